/* SPDX-License-Identifier: MIT */
/* Rows as records: one allocation each, the struct followed by its strings. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/print.h"
#include "lib/record.h"
#include "lib/value.h"

/* A name of a server that means no harm is a hundred times shorter; the rest of a longer one is
 * cut. */
#define LONGEST_STRING ((size_t)64 * 1024)

/* 10^15, up to which cJSON prints an integer in full. */
#define SHORT_INTEGER INT64_C(1000000000000000)

/* What a row has for the columns of its model, gathered before the size of the record is known. */
struct reading {
    const cJSON *items[VERGE_COLUMNS];
    const char *texts[VERGE_COLUMNS]; /* borrowed from the row, or in one of the rooms */
    size_t lengths[VERGE_COLUMNS];
    bool is_number[VERGE_COLUMNS];
    char rooms[VERGE_COLUMNS][64];
    struct verge_text rest;
    size_t size; /* of all texts, each with its NUL; the empty ones need none */
};

static size_t cut_length(const char *text)
{
    size_t length = strnlen(text, LONGEST_STRING + 1);

    if (length <= LONGEST_STRING) {
        return length;
    }
    length = LONGEST_STRING;
    while (length > LONGEST_STRING - 3 && ((unsigned char)text[length] & 0xc0) == 0x80) {
        length--;
    }
    return length;
}

static void keep_string(struct reading *reading, size_t index, const char *text)
{
    size_t length = cut_length(text);

    reading->texts[index] = text;
    reading->lengths[index] = length;
    reading->size += length > 0 ? length + 1 : 0;
}

static void gather_string(struct reading *reading, size_t index)
{
    keep_string(reading, index, verge_value_text(reading->items[index], reading->rooms[index]));
}

static void gather_reference(struct reading *reading, size_t index)
{
    keep_string(reading, index,
                verge_value_reference_text(reading->items[index], reading->rooms[index],
                                           &reading->is_number[index]));
}

static void store_key(const struct verge_column *column, const cJSON *item, void *field)
{
    (void)column;
    verge_value_key(item, field);
}

static void store_integer(const struct verge_column *column, const cJSON *item, void *field)
{
    *(int64_t *)field = verge_value_integer(item, column->missing);
}

static void store_boolean(const struct verge_column *column, const cJSON *item, void *field)
{
    *(bool *)field = verge_value_boolean(item, column->missing != 0);
}

static void store_time(const struct verge_column *column, const cJSON *item, void *field)
{
    (void)column;
    *(int64_t *)field = verge_value_time(item);
}

static bool same_key(const void *one, const void *other)
{
    return *(const uint32_t *)one == *(const uint32_t *)other;
}

static bool same_integer(const void *one, const void *other)
{
    return *(const int64_t *)one == *(const int64_t *)other;
}

static bool same_boolean(const void *one, const void *other)
{
    return *(const bool *)one == *(const bool *)other;
}

static bool same_string(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other) == 0;
}

static bool same_reference(const void *one, const void *other)
{
    const struct verge_reference *first = one, *second = other;

    return first->is_number == second->is_number && strcmp(first->text, second->text) == 0;
}

static cJSON *json_key(const void *field)
{
    uint32_t key = *(const uint32_t *)field;

    return key == 0 ? cJSON_CreateNull() : cJSON_CreateNumber(key);
}

static cJSON *json_integer(const void *field)
{
    return cJSON_CreateNumber((double)*(const int64_t *)field);
}

static cJSON *json_boolean(const void *field)
{
    return cJSON_CreateBool(*(const bool *)field);
}

static cJSON *json_string(const void *field)
{
    return cJSON_CreateString(*(const char *const *)field);
}

static cJSON *json_reference(const void *field)
{
    return verge_reference_json(field);
}

static bool show_key(const void *field, struct verge_text *text)
{
    uint32_t key = *(const uint32_t *)field;

    return key == 0 ? verge_text_string(text, "") : verge_text_number(text, key);
}

static bool show_integer(const void *field, struct verge_text *text)
{
    return verge_text_number(text, *(const int64_t *)field);
}

static bool show_boolean(const void *field, struct verge_text *text)
{
    return verge_text_string(text, *(const bool *)field ? "true" : "false");
}

static bool show_time(const void *field, struct verge_text *text)
{
    return verge_show_time(*(const int64_t *)field, text);
}

static bool show_string(const void *field, struct verge_text *text)
{
    return verge_text_string(text, *(const char *const *)field);
}

static bool show_reference(const void *field, struct verge_text *text)
{
    return verge_text_string(text, ((const struct verge_reference *)field)->text);
}

static bool print_string(const void *field, struct verge_text *text)
{
    return verge_print_string(text, *(const char *const *)field);
}

/* How cJSON prints what is neither a string nor a small number, cJSON knows best. */
static bool print_tree(cJSON *value_take, struct verge_text *text)
{
    char *printed = value_take != NULL ? cJSON_PrintUnformatted(value_take) : NULL;
    bool ok = printed != NULL && verge_text_string(text, printed);

    cJSON_free(printed);
    cJSON_Delete(value_take);
    return ok;
}

static bool print_integer(const void *field, struct verge_text *text)
{
    int64_t number = *(const int64_t *)field;

    if (number > -SHORT_INTEGER && number < SHORT_INTEGER) {
        return show_integer(field, text);
    }
    return print_tree(json_integer(field), text);
}

static bool print_key(const void *field, struct verge_text *text)
{
    return *(const uint32_t *)field == 0 ? verge_text_string(text, "null") : show_key(field, text);
}

static bool print_reference(const void *field, struct verge_text *text)
{
    const struct verge_reference *reference = field;

    if (*reference->text == '\0' || reference->is_number) {
        return print_tree(json_reference(field), text);
    }
    return verge_print_string(text, reference->text);
}

/* What a kind of column is, once for all of them. */
static const struct kind {
    void (*gather)(struct reading *reading, size_t index);
    void (*store)(const struct verge_column *column, const cJSON *item, void *field);
    bool (*same)(const void *one, const void *other);
    cJSON *(*json)(const void *field);
    bool (*show)(const void *field, struct verge_text *text);
    bool (*print)(const void *field, struct verge_text *text); /* as JSON */
} kinds[] = {
    [VERGE_KEY] = {NULL, store_key, same_key, json_key, show_key, print_key},
    [VERGE_INTEGER] = {NULL, store_integer, same_integer, json_integer, show_integer,
                       print_integer},
    [VERGE_BOOLEAN] = {NULL, store_boolean, same_boolean, json_boolean, show_boolean, show_boolean},
    [VERGE_TIME] = {NULL, store_time, same_integer, json_integer, show_time, print_integer},
    [VERGE_STRING] = {gather_string, NULL, same_string, json_string, show_string, print_string},
    [VERGE_REFERENCE] = {gather_reference, NULL, same_reference, json_reference, show_reference,
                         print_reference},
};

static const void *field_of(const struct verge_record *record, const struct verge_column *column)
{
    return (const char *)record + column->offset;
}

/* Rows come in the order of the projection, mostly: the search goes on where the last one ended. */
static const cJSON *find_member(const cJSON *row, const cJSON *from, const char *name)
{
    for (const cJSON *item = from; item != NULL; item = item->next) {
        if (item->string != NULL && strcmp(item->string, name) == 0) {
            return item;
        }
    }
    for (const cJSON *item = row->child; item != from; item = item->next) {
        if (item->string != NULL && strcmp(item->string, name) == 0) {
            return item;
        }
    }
    return NULL;
}

static void gather(struct reading *reading, const struct verge_model *model, const cJSON *row)
{
    const cJSON *from = row->child;

    reading->size = 1;
    for (size_t i = 0; i < model->count; i++) {
        const struct verge_column *column = &model->columns[i];
        const cJSON *item = find_member(row, from, column->name);

        reading->items[i] = item;
        if (item != NULL && item->next != NULL) {
            from = item->next;
        }
        if (kinds[column->kind].gather != NULL) {
            kinds[column->kind].gather(reading, i);
        }
    }
}

static bool gather_rest(struct reading *reading, const struct verge_model *model, const cJSON *row)
{
    reading->rest = (struct verge_text)VERGE_TEXT_INIT;
    if (model->read_rest == NULL) {
        return true;
    }
    if (!model->read_rest(row, &reading->rest) || reading->rest.failed) {
        return false;
    }
    reading->size += reading->rest.length > 0 ? reading->rest.length + 1 : 0;
    return true;
}

/* Copies a text behind those that are there. */
static const char *put(char **end, const char *text, size_t length)
{
    char *place = *end;

    if (length == 0) {
        return place - 1; /* the NUL of the one before */
    }
    memcpy(place, text, length);
    *end += length + 1; /* the record was made of zeros */
    return place;
}

static void fill_column(struct verge_record *record, const struct reading *reading, size_t index,
                        char **end)
{
    const struct verge_column *column = &record->model->columns[index];
    void *field = (char *)record + column->offset;

    if (kinds[column->kind].store != NULL) {
        kinds[column->kind].store(column, reading->items[index], field);
        return;
    }
    const char *text = put(end, reading->texts[index], reading->lengths[index]);

    if (column->kind == VERGE_STRING) {
        *(const char **)field = text;
    } else {
        *(struct verge_reference *)field =
            (struct verge_reference){text, reading->is_number[index]};
    }
}

static struct verge_record *make_record(const struct verge_model *model,
                                        const struct reading *reading)
{
    struct verge_record *record = calloc(1, model->size + reading->size);
    char *end;

    if (record == NULL) {
        return NULL;
    }
    end = (char *)record + model->size + 1;
    atomic_init(&record->references, 1);
    record->model = model;
    for (size_t i = 0; i < model->count; i++) {
        fill_column(record, reading, i, &end);
    }
    record->rest = put(&end, verge_text_content(&reading->rest), reading->rest.length);
    if (record->owner == 0) {
        record->owner = record->key;
    }
    return record;
}

struct verge_record *verge_record_read(const struct verge_model *model, const cJSON *row)
{
    struct reading reading; /* of which only what the model has is touched */
    struct verge_record *record = NULL;

    errno = 0;
    if (!cJSON_IsObject(row)) {
        return NULL;
    }
    gather(&reading, model, row);
    if (gather_rest(&reading, model, row)) {
        record = make_record(model, &reading);
    }
    verge_text_free(&reading.rest);
    if (record == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    if ((model->accept != NULL && !model->accept(record)) || record->key == 0) {
        verge_record_release(record);
        return NULL;
    }
    return record;
}

void *verge_record_hold(const void *record)
{
    struct verge_record *held = (struct verge_record *)record;

    if (held != NULL) {
        atomic_fetch_add_explicit(&held->references, 1, memory_order_relaxed);
    }
    return held;
}

void verge_record_release(const void *record)
{
    struct verge_record *held = (struct verge_record *)record;

    if (held != NULL &&
        atomic_fetch_sub_explicit(&held->references, 1, memory_order_acq_rel) == 1) {
        free(held);
    }
}

uint64_t verge_record_diff(const struct verge_record *one, const struct verge_record *other)
{
    const struct verge_model *model = one->model;
    uint64_t differ = 0;

    if (one == other) {
        return 0;
    }
    for (size_t i = 0; i < model->count; i++) {
        const struct verge_column *column = &model->columns[i];

        if (!kinds[column->kind].same(field_of(one, column), field_of(other, column))) {
            differ |= (uint64_t)1 << i;
        }
    }
    if (strcmp(one->rest, other->rest) != 0) {
        differ |= VERGE_REST_DIFFERS;
    }
    return differ;
}

bool verge_model_projection(const struct verge_model *model, struct verge_text *fields)
{
    for (size_t i = 0; i < model->count; i++) {
        const struct verge_column *column = &model->columns[i];

        if (i > 0) {
            verge_text_char(fields, ',');
        }
        verge_text_string(fields, column->source != NULL ? column->source : column->name);
    }
    if (model->extra_fields != NULL) {
        verge_text_char(fields, ',');
        verge_text_string(fields, model->extra_fields);
    }
    return !fields->failed;
}

/* The members of `rest` after those of the columns. */
static bool add_rest(cJSON *object, const char *rest)
{
    VERGE_JSON_LOCAL *members = NULL;
    cJSON *member;

    if (*rest == '\0') {
        return true;
    }
    members = verge_json_parse(rest, strlen(rest));
    if (members == NULL) {
        return false;
    }
    while ((member = cJSON_DetachItemFromArray(members, 0)) != NULL) {
        if (!verge_json_put(object, member->string, member)) {
            return false;
        }
    }
    return true;
}

cJSON *verge_record_json(const struct verge_record *record)
{
    const struct verge_model *model = record->model;
    cJSON *object = cJSON_CreateObject();
    bool ok = object != NULL;

    for (size_t i = 0; ok && i < model->count; i++) {
        const struct verge_column *column = &model->columns[i];

        if (!column->hidden) {
            ok = verge_json_put(object, column->name,
                                kinds[column->kind].json(field_of(record, column)));
        }
    }
    if (ok && add_rest(object, record->rest)) {
        return object;
    }
    cJSON_Delete(object);
    return NULL;
}

bool verge_record_print(const struct verge_record *record, struct verge_text *text)
{
    const struct verge_model *model = record->model;
    const char *separator = "\n\t\"";
    bool ok = true;

    for (size_t i = 0; ok && i < model->count; i++) {
        const struct verge_column *column = &model->columns[i];

        if (!column->hidden) {
            verge_text_string(text, separator);
            verge_text_string(text, column->name);
            verge_text_append(text, "\":\t", 3);
            ok = kinds[column->kind].print(field_of(record, column), text);
            separator = ",\n\t\"";
        }
    }
    return ok;
}

bool verge_record_show(const struct verge_record *record, const struct verge_column *column,
                       struct verge_text *text)
{
    return kinds[column->kind].show(field_of(record, column), text);
}

static char *put_two(char *at, int number, const char *after)
{
    *at++ = (char)('0' + number / 10);
    *at++ = (char)('0' + number % 10);
    return stpcpy(at, after);
}

/* By hand: every file of a listing has its length from here, and printf takes ten times as long. */
bool verge_show_time(int64_t seconds, struct verge_text *text)
{
    time_t when = (time_t)seconds;
    struct tm parts;
    char shown[24], *at = shown;

    if (seconds == 0 || gmtime_r(&when, &parts) == NULL) {
        return verge_text_string(text, "");
    }
    if (parts.tm_year < -1900 || parts.tm_year > 9999 - 1900) {
        return verge_text_printf(text, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900,
                                 parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                                 parts.tm_sec);
    }
    at = put_two(at, (parts.tm_year + 1900) / 100, "");
    at = put_two(at, (parts.tm_year + 1900) % 100, "-");
    at = put_two(at, parts.tm_mon + 1, "-");
    at = put_two(at, parts.tm_mday, "T");
    at = put_two(at, parts.tm_hour, ":");
    at = put_two(at, parts.tm_min, ":");
    at = put_two(at, parts.tm_sec, "Z");
    return verge_text_append(text, shown, (size_t)(at - shown));
}

cJSON *verge_reference_json(const struct verge_reference *reference)
{
    char *end;
    double number;

    if (*reference->text == '\0') {
        return cJSON_CreateNull();
    }
    number = reference->is_number ? strtod(reference->text, &end) : NAN;
    return isnan(number) ? cJSON_CreateString(reference->text) : cJSON_CreateNumber(number);
}

const struct verge_column *verge_model_column(const struct verge_model *model, const char *name)
{
    for (size_t i = 0; i < model->count; i++)
        if (model->columns[i].name[0] == name[0] && strcmp(model->columns[i].name, name) == 0)
            return &model->columns[i];
    return NULL;
}
