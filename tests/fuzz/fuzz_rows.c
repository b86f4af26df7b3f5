/* SPDX-License-Identifier: MIT */
/*
 * Lists and rows of every model: a digit for the model, then the answer. However it is read, row by
 * row or as a tree, the records are the same; and what a record shows is JSON that reads as the
 * same record.
 */
#include "config.h"

#include <math.h>

#include "lib/models.h"
#include "lib/scan.h"
#include "lib/value.h"
#include "tests/fuzz/fuzz.h"

FUZZ_RUNS(10000);

#define MODELS (3 + VERGE_SETTINGS_TABLES)

static const struct verge_model *model_of(unsigned number)
{
    static const struct verge_model *const named[] = {&verge_vm_model, &verge_device_model,
                                                      &verge_group_model};

    return number < 3 ? named[number] : &verge_settings_models[number - 3];
}

static bool same_string(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}

/* Down to the order of the members. */
static bool same_item(const cJSON *one, const cJSON *other)
{
    if (one->type != other->type || (cJSON_IsNumber(one) && one->valueint != other->valueint) ||
        one->valuedouble < other->valuedouble || one->valuedouble > other->valuedouble ||
        signbit(one->valuedouble) != signbit(other->valuedouble) ||
        !same_string(one->string, other->string) ||
        !same_string(one->valuestring, other->valuestring))
        return false;
    const cJSON *mine = one->child, *theirs = other->child;
    for (; mine && theirs; mine = mine->next, theirs = theirs->next)
        if (!same_item(mine, theirs))
            return false;
    return !mine && !theirs;
}

static bool same_record(const struct verge_record *one, const struct verge_record *other)
{
    if (!one || !other)
        return one == other;
    return one->key == other->key && one->owner == other->owner &&
           verge_record_diff(one, other) == 0 && strcmp(one->rest, other->rest) == 0;
}

/* Columns that need not come back: a time is shown in seconds, and those beyond the year 5138 would
 * be read as milliseconds; of numbers JSON shows fifteen digits. */
static uint64_t inexact_columns(const struct verge_record *record)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    uint64_t columns = 0;

    for (size_t i = 0; i < record->model->count; i++) {
        const struct verge_column *column = &record->model->columns[i];
        verge_text_clear(&text);
        must(verge_record_show(record, column, &text));
        const char *content = verge_text_content(&text);
        bool is_number = strspn(content, "0123456789+-.e") == text.length;
        if (column->kind == VERGE_TIME ||
            (column->kind != VERGE_STRING && is_number && text.length > 15))
            columns |= (uint64_t)1 << i;
    }
    return columns;
}

static void check_json(const struct verge_record *record)
{
    VERGE_JSON_LOCAL *shown = verge_record_json(record);
    must(cJSON_IsObject(shown));
    char *printed = cJSON_Print(shown);
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    VERGE_JSON_LOCAL *again = verge_json_parse(printed, strlen(printed));
    struct verge_record *reread = verge_record_read(record->model, again);

    must(reread != NULL);
    uint64_t inexact = inexact_columns(record);
    bool is_exact = record->model != &verge_group_model || !(inexact & 1); /* a group's key */
    must(!is_exact || (reread->key == record->key && reread->owner == record->owner));
    must((verge_record_diff(record, reread) & ~inexact) == 0);
    must(verge_record_print(record, &text));
    if (*record->rest == '\0') {
        verge_text_string(&text, "\n}");
        must(strlen(printed) == text.length + 1);
        must(strcmp(printed + 1, verge_text_content(&text)) == 0);
    }
    verge_record_release(reread);
    cJSON_free(printed);
}

static void check_columns(const struct verge_record *record)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;

    for (size_t i = 0; i < record->model->count; i++) {
        const struct verge_column *column = &record->model->columns[i];
        bool ours = column->kind != VERGE_STRING && column->kind != VERGE_REFERENCE;

        verge_text_clear(&text);
        must(verge_record_show(record, column, &text));
        must(strlen(verge_text_content(&text)) == text.length);
        must(!ours || !strpbrk(verge_text_content(&text), "\n\r\t /"));
        must(verge_model_column(record->model, column->name) == column);
    }
}

static void check_record(const struct verge_record *record)
{
    if (!record)
        return;
    must(record->key != 0 && record->owner != 0);
    check_json(record);
    check_columns(record);
    if (*record->rest) {
        VERGE_JSON_LOCAL *rest = verge_json_parse(record->rest, strlen(record->rest));
        must(cJSON_IsObject(rest));
    }
}

/* The rows that the tree has, to be met one after the other. */
struct walk {
    const struct verge_model *model;
    const cJSON *tree, *next;
    size_t count;
};

static bool meet(void *argument, const cJSON *row)
{
    struct walk *walk = argument;

    walk->count++;
    if (!walk->tree)
        return true;
    must(walk->next && same_item(row, walk->next));
    struct verge_record *one = verge_record_read(walk->model, row);
    struct verge_record *other = verge_record_read(walk->model, walk->next);
    must(same_record(one, other));
    verge_record_release(one);
    verge_record_release(other);
    walk->next = walk->next->next;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = {data, size};
    const struct verge_model *model = model_of(fuzz_choice(&fuzz, MODELS));
    size_t length;
    char *bytes = fuzz_rest(&fuzz, &length);
    VERGE_JSON_LOCAL *tree = verge_json_parse(bytes, length);
    const cJSON *rows = cJSON_IsArray(tree) ? tree->child : NULL;
    struct walk walk = {model, tree, rows, 0};

    if (verge_scan_rows(bytes, length, meet, &walk))
        must(cJSON_IsArray(tree) && !walk.next);
    must(!tree || cJSON_IsArray(tree) || walk.count == 0);
    for (const cJSON *row = cJSON_IsArray(tree) ? rows : tree; row; row = row->next) {
        struct verge_record *record = verge_record_read(model, row);
        check_record(record);
        verge_record_release(record);
    }
    free(bytes);
    return 0;
}
