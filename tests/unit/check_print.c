/* SPDX-License-Identifier: MIT */
/* What is written without a tree is what cJSON would have printed. */
#include "config.h"

#include <string.h>

#include "lib/models.h"
#include "lib/print.h"
#include "lib/value.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(strings_are_quoted)
{
    char all[256] = "";
    for (int i = 1; i < 256; i++)
        all[i - 1] = (char)i;
    const char *const strings[] = {"",          "plain",    "\"",       "\\",
                                   "a\"b\\c\n", "\x1f\x7f", "\xc3\xbc", all};
    for (size_t i = 0; i < COUNT(strings); i++) {
        VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
        VERGE_JSON_LOCAL *json = cJSON_CreateString(strings[i]);
        char *printed = cJSON_PrintUnformatted(json);
        ck_assert(verge_print_string(&text, strings[i]));
        ck_assert_str_eq(verge_text_content(&text), printed);
        cJSON_free(printed);
    }
}
END_TEST

static const char *const documents[] = {
    "{}",
    "[]",
    "1",
    "\"a\"",
    "{\"a\":1}",
    "{\"a\":{},\"b\":[],\"c\":[1,{},{\"d\":[{\"e\":1.5}]},[2]],\"f\":\"x\"}",
    "{\"a\":\"{[,:]}\",\"b,\":\"\\\"\",\"c\":\"\\\\\",\"d\":null,\"e\":[true,false,\"x, y\"]}",
    "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":{\"j\":1}}}}}}}}}}",
    "[[[]],[{\"a\":[]}]]",
};

START_TEST(documents_are_indented)
{
    for (size_t i = 0; i < COUNT(documents); i++) {
        VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
        VERGE_JSON_LOCAL *json = verge_json_parse(documents[i], strlen(documents[i]));
        char *printed = cJSON_Print(json);
        ck_assert(verge_print_indented(&text, documents[i], 0));
        ck_assert_str_eq(verge_text_content(&text), printed);
        cJSON_free(printed);
    }
}
END_TEST

START_TEST(parts_are_indented_as_in_the_whole)
{
    for (size_t i = 0; i < COUNT(documents); i++) {
        VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
        VERGE_JSON_LOCAL *whole = cJSON_CreateObject();
        cJSON_AddItemToObject(whole, "part", verge_json_parse(documents[i], strlen(documents[i])));
        char *printed = cJSON_Print(whole);
        verge_text_string(&text, "{\n\t\"part\":\t");
        ck_assert(verge_print_indented(&text, documents[i], 1));
        verge_text_string(&text, "\n}");
        ck_assert_str_eq(verge_text_content(&text), printed);
        cJSON_free(printed);
    }
}
END_TEST

/* Anything that is cut off ends with the text: none of it is read twice, or behind its end. */
START_TEST(broken_documents_end)
{
    static const char *const broken[] = {"{", "}",       "]",  "{\"a", "{\"a\\",
                                         ",", "{\"a\":", "[1", "x"};
    for (size_t i = 0; i < COUNT(broken); i++) {
        VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
        ck_assert(verge_print_indented(&text, broken[i], 0));
        ck_assert_uint_lt(text.length, 16);
    }
}
END_TEST

static const char *const rows[] = {
    "{\"$key\":2,\"machine\":54,\"name\":\"gpu\\n0\",\"orderid\":3,\"enabled\":false,"
    "\"resource_group\":17,\"created\":1700000000}",
    "{\"$key\":4294967295,\"machine\":1,\"name\":\"\\\"\",\"orderid\":-9007199254740991,"
    "\"resource_group\":\"3a-33\",\"modified\":1700000000000}",
    "{\"$key\":3,\"machine\":1,\"orderid\":999999999999999,\"resource_group\":1e300}",
    "{\"$key\":3,\"machine\":1,\"orderid\":1000000000000000,\"resource_group\":null}",
    "{\"$key\":3,\"machine\":1,\"orderid\":2147483648,\"description\":\"\xc3\xbc\"}",
};

START_TEST(records_are_printed_as_their_trees)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
        VERGE_JSON_LOCAL *row = verge_json_parse(rows[i], strlen(rows[i]));
        struct verge_record *record = verge_record_read(&verge_device_model, row);
        ck_assert_ptr_nonnull(record);
        VERGE_JSON_LOCAL *json = verge_record_json(record);
        char *printed = cJSON_Print(json);
        verge_text_char(&text, '{');
        ck_assert(verge_record_print(record, &text));
        verge_text_string(&text, "\n}");
        ck_assert_str_eq(verge_text_content(&text), printed);
        cJSON_free(printed);
        verge_record_release(record);
    }
}
END_TEST

UNIT_MAIN("print", strings_are_quoted, documents_are_indented, parts_are_indented_as_in_the_whole,
          broken_documents_end, records_are_printed_as_their_trees)
