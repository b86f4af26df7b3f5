/* SPDX-License-Identifier: MIT */
/*
 * Values of JSON in every reading that lib/value.h has, and JSON as lib/print.h writes it: two
 * lines, each a document. A value is the same as itself and as its copy, whichever comes first;
 * what is printed without a tree is what cJSON prints.
 */
#include "config.h"

#include "lib/print.h"
#include "lib/value.h"
#include "tests/fuzz/fuzz.h"

FUZZ_RUNS(20000);

static cJSON *next_document(struct fuzz *fuzz)
{
    size_t length;
    char *bytes = fuzz_line(fuzz, &length);
    cJSON *json = verge_json_parse(bytes, length);

    free(bytes);
    return json;
}

static void check_readings(const cJSON *item)
{
    VERGE_TEXT_LOCAL reference = VERGE_TEXT_INIT;
    char room[64];
    uint32_t key = 7;
    bool is_number = false;
    bool is_key = verge_value_key(item, &key);

    must(is_key == (key != 0));
    must(verge_value_reference(item, &reference, &is_number));
    must(!is_key || reference.length > 0);
    must(!is_number || reference.length > 0);
    must(verge_value_time(item) >= 0);
    must(verge_value_text(item, room) != NULL);
    must(verge_value_boolean(item, false) == verge_value_boolean(item, true) ||
         !verge_value_boolean(item, false));
    must(verge_value_integer(item, 0) == verge_value_integer(item, 1) ||
         verge_value_integer(item, 0) == 0);
}

/* cJSON prints fifteen digits, which are enough for what is compared here; the infinite is null. */
static bool is_inexact(const cJSON *item)
{
    double number = item->valuedouble;

    if (cJSON_IsNumber(item) &&
        !(number > -1e15 && number < 1e15 && (double)(int64_t)number >= number &&
          (double)(int64_t)number <= number))
        return true;
    for (const cJSON *child = item->child; child; child = child->next)
        if (is_inexact(child))
            return true;
    return false;
}

/* Of members with one name only the first is ever read. */
static bool has_doubles(const cJSON *item)
{
    for (const cJSON *child = item->child; child; child = child->next) {
        if (child->string && cJSON_GetObjectItemCaseSensitive(item, child->string) != child)
            return true;
        if (has_doubles(child))
            return true;
    }
    return false;
}

static void check_printing(const cJSON *item)
{
    char *compact = cJSON_PrintUnformatted(item), *whole = cJSON_Print(item);
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    VERGE_JSON_LOCAL *again = verge_json_parse(compact, strlen(compact));

    must(again != NULL);
    must(is_inexact(item) || has_doubles(item) || verge_value_same(item, again));
    must(verge_print_indented(&text, compact, 0));
    must(strcmp(verge_text_content(&text), whole) == 0);
    cJSON_free(compact);
    cJSON_free(whole);
    if (cJSON_IsString(item)) {
        char *quoted = cJSON_PrintUnformatted(item);
        verge_text_clear(&text);
        must(verge_print_string(&text, item->valuestring));
        must(strcmp(verge_text_content(&text), quoted) == 0);
        cJSON_free(quoted);
    }
}

static void check_all(const cJSON *item)
{
    check_readings(item);
    for (const cJSON *child = item->child; child; child = child->next)
        check_all(child);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = {data, size};
    VERGE_JSON_LOCAL *one = next_document(&fuzz), *other = next_document(&fuzz);

    check_readings(NULL);
    if (one) {
        check_all(one);
        check_printing(one);
    }
    must(verge_value_same(one, other) == verge_value_same(other, one));
    return 0;
}
