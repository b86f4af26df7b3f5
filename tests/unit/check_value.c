/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/value.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "" stands for a missing item. */
static cJSON *parse(const char *json)
{
    cJSON *item = verge_json_parse(json, strlen(json));
    ck_assert_msg(item || !*json, "%s is no JSON", json);
    return item;
}

START_TEST(keys)
{
    static const struct {
        const char *json;
        uint32_t key;
    } rows[] = {
        {"17", 17},
        {"\"17\"", 17},
        {"4294967295", UINT32_MAX},
        {"\"4294967295\"", UINT32_MAX},
        {"\"vms/39\"", 39},
        {"\"/v4/users/2\"", 2},
        {"{\"$key\":5}", 5},
        {"{\"$key\":\"6\",\"id\":7}", 6},
        {"{\"$key\":null,\"id\":\"7\"}", 7},
        {"4294967296", 0},
        {"\"4294967296\"", 0},
        {"\"99999999999999999999\"", 0},
        {"0", 0},
        {"-3", 0},
        {"1.5", 0},
        {"\"1.5\"", 0},
        {"\"\"", 0},
        {"\"vms/\"", 0},
        {"\" 1\"", 0},
        {"\"+1\"", 0},
        {"\"3a33\"", 0},
        {"null", 0},
        {"true", 0},
        {"[1]", 0},
        {"{}", 0},
        {"{\"$key\":{\"$key\":1}}", 0},
        {"", 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        VERGE_JSON_LOCAL *item = parse(rows[i].json);
        uint32_t key = 99;
        bool found = verge_value_key(item, &key);
        ck_assert_msg(found == (rows[i].key != 0) && key == rows[i].key, "%s gives %u",
                      rows[i].json, key);
    }
}
END_TEST

START_TEST(references)
{
    static const struct {
        const char *json, *text;
        bool is_number;
    } rows[] = {
        {"12", "12", true},
        {"9007199254740991", "9007199254740991", true},
        {"\"12\"", "12", false},
        {"\"934E-aB\"", "934E-aB", false},
        {"{\"$key\":3,\"id\":4}", "3", true},
        {"{\"id\":\"x\"}", "x", false},
        {"1e309", "", false}, /* infinite: could not be sent back */
        {"null", "", false},
        {"true", "", false},
        {"", "", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        VERGE_JSON_LOCAL *item = parse(rows[i].json);
        VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
        bool is_number = !rows[i].is_number;
        ck_assert(verge_value_reference(item, &text, &is_number));
        ck_assert_str_eq(verge_text_content(&text), rows[i].text);
        ck_assert_int_eq(is_number, rows[i].is_number);
    }
}
END_TEST

START_TEST(booleans)
{
    static const char *const yes[] = {"true",     "1",       "2",      "-1",   "0.5",
                                      "\"true\"", "\"YES\"", "\"On\"", "\"1\""};
    static const char *const no[] = {"false", "0", "\"False\"", "\"no\"", "\"OFF\"", "\"0\""};
    static const char *const neither[] = {"null", "\"\"", "\"maybe\"", "\"2\"", "[]", "{}", ""};
    for (size_t i = 0; i < COUNT(yes); i++) {
        VERGE_JSON_LOCAL *item = parse(yes[i]);
        ck_assert_msg(verge_value_boolean(item, false), "%s", yes[i]);
    }
    for (size_t i = 0; i < COUNT(no); i++) {
        VERGE_JSON_LOCAL *item = parse(no[i]);
        ck_assert_msg(!verge_value_boolean(item, true), "%s", no[i]);
    }
    for (size_t i = 0; i < COUNT(neither); i++) {
        VERGE_JSON_LOCAL *item = parse(neither[i]);
        ck_assert_msg(verge_value_boolean(item, true), "%s", neither[i]);
        ck_assert_msg(!verge_value_boolean(item, false), "%s", neither[i]);
    }
}
END_TEST

START_TEST(integers)
{
    static const struct {
        const char *json;
        int64_t integer;
    } rows[] = {
        {"0", 0},
        {"-7", -7},
        {"1.9", 1},
        {"-1.9", -1},
        {"9007199254740992", 9007199254740992},
        {"\"42\"", 42},
        {"\"-42\"", -42},
        {"\"42.75\"", 42},
        {"\"9223372036854775807\"", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"9223372036854775808", -99},
        {"1e300", -99},
        {"\"9223372036854775808\"", -99},
        {"\" 1\"", -99},
        {"\"1 \"", -99},
        {"\"0x10\"", -99},
        {"\"1.\"", -99},
        {"\"-\"", -99},
        {"\"\"", -99},
        {"true", -99},
        {"null", -99},
        {"{}", -99},
        {"", -99},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        VERGE_JSON_LOCAL *item = parse(rows[i].json);
        int64_t integer = verge_value_integer(item, -99);
        ck_assert_msg(integer == rows[i].integer, "%s gives %lld", rows[i].json,
                      (long long)integer);
    }
}
END_TEST

START_TEST(times)
{
    static const struct {
        const char *json;
        int64_t time;
    } rows[] = {
        {"1704067200", 1704067200},
        {"\"1704067200\"", 1704067200},
        {"1704067200123", 1704067200},
        {"1704067200123456", 1704067200},
        {"100000000000", 100000000000},
        {"100000000001", 100000000},
        {"0", 0},
        {"-5", 0},
        {"null", 0},
        {"\"2024-01-01\"", 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        VERGE_JSON_LOCAL *item = parse(rows[i].json);
        ck_assert_int_eq(verge_value_time(item), rows[i].time);
    }
}
END_TEST

START_TEST(texts)
{
    static const struct {
        const char *json, *text;
    } rows[] = {
        {"\"a b\"", "a b"},
        {"\"\"", ""},
        {"null", ""},
        {"12", "12"},
        {"-12", "-12"},
        {"0.1", "0.1"},
        {"1000000000000000", "1000000000000000"},
        {"1e300", "1e+300"},
        {"true", "true"},
        {"false", "false"},
        {"{\"$key\":1,\"name\":\"n\",\"$display\":\"d\"}", "n"},
        {"{\"$key\":1,\"$display\":\"d\"}", "d"},
        {"{\"$key\":1}", "1"},
        {"{\"x\":1}", ""},
        {"{\"name\":{\"name\":\"n\"}}", ""},
        {"[1]", ""},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        VERGE_JSON_LOCAL *item = parse(rows[i].json);
        char room[64];
        ck_assert_str_eq(verge_value_text(item, room), rows[i].text);
    }
}
END_TEST

START_TEST(a_text_is_borrowed)
{
    VERGE_JSON_LOCAL *item = parse("\"longer than sixty-four bytes would ever allow a copy to be "
                                   "made of it, so it is not copied\"");
    char room[64];
    ck_assert_ptr_eq(verge_value_text(item, room), item->valuestring);
}
END_TEST

static bool same(const char *one, const char *other)
{
    VERGE_JSON_LOCAL *a = parse(one);
    VERGE_JSON_LOCAL *b = parse(other);
    bool result = verge_value_same(a, b);
    ck_assert_int_eq(result, verge_value_same(b, a));
    return result;
}

START_TEST(same_by_meaning)
{
    static const char *const pairs[][2] = {
        {"1", "1"},
        {"1", "\"1\""},
        {"1", "\"1.0\""},
        {"-3", "\"-3\""},
        {"0.5", "0.50"},
        {"true", "1"},
        {"true", "\"yes\""},
        {"true", "\"ON\""},
        {"false", "0"},
        {"false", "\"off\""},
        {"false", "\"\""},
        {"null", "\"\""},
        {"", "null"},
        {"", "\"\""},
        {"\"a\"", "\"a\""},
        {"[1,true,null]", "[\"1\",1,\"\"]"},
        {"{\"a\":1,\"b\":[{\"c\":true}]}", "{\"b\":[{\"c\":\"yes\"}],\"a\":\"1\"}"},
        {"{\"a\":1,\"b\":null}", "{\"a\":1}"},
        {"{}", "{}"},
        {"[]", "[]"},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        ck_assert_msg(same(pairs[i][0], pairs[i][1]), "%s and %s", pairs[i][0], pairs[i][1]);
    }
}
END_TEST

START_TEST(not_the_same)
{
    static const char *const pairs[][2] = {
        {"1", "2"},
        {"1", "\"2\""},
        {"1", "\"1x\""},
        {"1", "\"\""},
        {"0", "null"},
        {"0", ""},
        {"true", "false"},
        {"true", "\"\""},
        {"true", "\"maybe\""},
        {"false", "null"},
        {"false", ""},
        {"\"a\"", "\"A\""},
        {"\"01\"", "\"1\""},
        {"\"yes\"", "\"on\""},
        {"[1,2]", "[1]"},
        {"[1]", "[1,2]"},
        {"[1,2]", "[2,1]"},
        {"[]", "{}"},
        {"[]", "null"},
        {"{}", "null"},
        {"{\"a\":1}", "{\"a\":2}"},
        {"{\"a\":1}", "{\"A\":1}"},
        {"{\"a\":1}", "{\"a\":1,\"b\":2}"},
        {"{\"a\":[1]}", "{\"a\":[2]}"},
        {"\"x\"", "[]"},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        ck_assert_msg(!same(pairs[i][0], pairs[i][1]), "%s and %s", pairs[i][0], pairs[i][1]);
    }
}
END_TEST

START_TEST(parses_json)
{
    static const char *const good[] = {
        "1", " {\"a\":[1,2]} \r\n\t", "\"[[[{{{\"", "null", "\"\\\"[\"", "[\"\\/\"]"};
    static const char *const bad[] = {"",     " ",   "{",      "{\"a\":1", "[1,]",      "1 2",
                                      "{} x", "nul", "\"open", "<html>",   "{\"a\" 1}", "[1]]"};
    for (size_t i = 0; i < COUNT(good); i++) {
        VERGE_JSON_LOCAL *item = verge_json_parse(good[i], strlen(good[i]));
        ck_assert_msg(item != NULL, "%s", good[i]);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        VERGE_JSON_LOCAL *item = verge_json_parse(bad[i], strlen(bad[i]));
        ck_assert_msg(item == NULL, "%s", bad[i]);
    }
}
END_TEST

START_TEST(parses_no_further_than_told)
{
    VERGE_JSON_LOCAL *item = verge_json_parse("12345", 3);
    ck_assert_int_eq(verge_value_integer(item, 0), 123);
    VERGE_JSON_LOCAL *cut = verge_json_parse("[1,2]", 4);
    ck_assert_ptr_null(cut);
    VERGE_JSON_LOCAL *nul = verge_json_parse("1\0", 2);
    ck_assert_ptr_null(nul);
    /* Bytes that nothing follows: an allocation of the exact size lets a sanitizer see it. */
    static const char letters[4] = {'t', 'r', 'u', 'e'};
    char *exact = malloc(4);
    memcpy(exact, letters, 4);
    VERGE_JSON_LOCAL *word = verge_json_parse(exact, 4);
    ck_assert(verge_value_boolean(word, false));
    free(exact);
}
END_TEST

START_TEST(depth_is_bounded)
{
    char json[2 * 65 + 1] = "";
    for (size_t depth = 64; depth <= 65; depth++) {
        memset(json, '[', depth);
        memset(json + depth, ']', depth);
        VERGE_JSON_LOCAL *item = verge_json_parse(json, 2 * depth);
        ck_assert_int_eq(item != NULL, depth <= 64);
    }
    /* Brackets within a string nest nothing, also behind an escaped quote. */
    json[0] = json[129] = '"';
    json[1] = '\\';
    json[2] = '"';
    memset(json + 3, '[', 126);
    VERGE_JSON_LOCAL *string = verge_json_parse(json, 130);
    ck_assert(cJSON_IsString(string));
}
END_TEST

UNIT_MAIN("value", keys, references, booleans, integers, times, texts, a_text_is_borrowed,
          same_by_meaning, not_the_same, parses_json, parses_no_further_than_told, depth_is_bounded)
