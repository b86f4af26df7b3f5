/* SPDX-License-Identifier: MIT */
/* Rows read one by one are those that the tree would have, and nothing is taken that it refuses. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/scan.h"
#include "lib/value.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The tree's elements, to be compared one after the other with those that come. */
struct expected {
    const char *json;
    const cJSON *next;
    size_t count, limit;
};

static bool compare(void *argument, const cJSON *row)
{
    struct expected *expected = argument;
    if (expected->count == expected->limit)
        return false;
    if (expected->next) {
        char *one = cJSON_PrintUnformatted(row), *other = cJSON_PrintUnformatted(expected->next);
        ck_assert_msg(!strcmp(one, other), "row %zu of %s is %s", expected->count, expected->json,
                      one);
        cJSON_free(one);
        cJSON_free(other);
        expected->next = expected->next->next;
    }
    expected->count++;
    return true;
}

/* Whether it was read whole. What the tree refuses may be taken in part, but never as a whole. */
static bool scan(const char *json)
{
    VERGE_JSON_LOCAL *tree = verge_json_parse(json, strlen(json));
    struct expected expected = {json, cJSON_IsArray(tree) ? tree->child : NULL, 0, SIZE_MAX};
    bool whole = verge_scan_rows(json, strlen(json), compare, &expected);
    ck_assert_msg(!whole || cJSON_IsArray(tree), "%s was read whole", json);
    if (tree && whole)
        ck_assert_msg((int)expected.count == cJSON_GetArraySize(tree), "%s: %zu rows", json,
                      expected.count);
    if (tree)
        ck_assert_msg(expected.count == 0 || cJSON_IsArray(tree), "%s: rows of no array", json);
    return whole;
}

static const char *const plain[] = {
    "[]",
    " [ ] \n",
    "[{}]",
    "[{\"$key\":1,\"name\":\"a\"},{\"$key\":2,\"name\":\"\"}]",
    ("[ {\t\"a\" : null , \"b\" : [ 1 , [ ] , { } ] , \"c\" : { \"d\" : true } } "
     ",\r\n{\"e\":false}]"),
    "[{\"n\":0},{\"n\":-1},{\"n\":123456789012345678},{\"n\":-0},{\"n\":4294967296}]",
    "[{\"s\":\"\\\"q\\\" \\\\ \\/ \\n\\t\\b\\f\\r\"},{\"s\":\"\\\\\"},{\"s\":\"\\\\\\\\\\\"\"}]",
    "[{\"s\":\"\xc3\xbc \xe2\x80\x93\"},{\"s\":\"a\nb\"},{\"\":\"\"}]",
    "[1,\"two\",null,[3]]",
    "[{\"a\":1,\"a\":2}]",
};

START_TEST(plain_lists_are_read_whole)
{
    for (size_t i = 0; i < COUNT(plain); i++)
        ck_assert_msg(scan(plain[i]), "%s was not read", plain[i]);
}
END_TEST

/* For the tree to read, or to refuse. */
static const char *const unusual[] = {
    "",
    " ",
    "{}",
    "null",
    "[",
    "]",
    "[{]",
    "[{}",
    "[{},]",
    "[{}]]",
    "[{}] x",
    "[{\"a\"}]",
    "[{\"a\":}]",
    "[{\"a\":1,}]",
    "[{a:1}]",
    "[{\"a\":1.5}]",
    "[{\"a\":1e3}]",
    "[{\"a\":-}]",
    "[{\"a\":+1}]",
    "[{\"a\":1-2}]",
    "[{\"a\":1234567890123456789}]",
    "[{\"a\":\"\\u00fc\"}]",
    "[{\"a\":\"\\x\"}]",
    "[{\"a\":\"\\\"}]",
    "[{\"a\":\"b}]",
    "[{\"a\":truth}]",
    "[{\"a\":nul}]",
    "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
    "\xef\xbb\xbf[{}]",
    "[{}]\v",
};

START_TEST(the_rest_is_left_to_the_tree)
{
    for (size_t i = 0; i < COUNT(unusual); i++)
        ck_assert_msg(!scan(unusual[i]), "%s was read", unusual[i]);
}
END_TEST

START_TEST(a_nul_is_left_to_the_tree)
{
    struct expected expected = {.limit = SIZE_MAX};
    ck_assert(!verge_scan_rows("[{\"a\":\"b\0c\"}]", 13, compare, &expected));
}
END_TEST

START_TEST(the_taker_may_end_it)
{
    struct expected expected = {.limit = 1};
    ck_assert(!verge_scan_rows("[1,2,3]", 7, compare, &expected));
    ck_assert_uint_eq(expected.count, 1);
}
END_TEST

START_TEST(more_than_a_row_has_is_left_to_the_tree)
{
    char json[8000] = "[{\"a\":[0";
    for (int i = 0; i < 1000; i++)
        strcat(json, ",1");
    ck_assert(!scan(strcat(json, "]}]")));
}
END_TEST

/* One change of a text: a byte more, a byte less, another byte. Gives the new length. */
static size_t spoil(char *json, size_t length, unsigned random)
{
    static const char bytes[] = "{}[]\",:\\/ntu0123456789-+.eE truefalsn\n\x01\xc3";
    size_t at = (random >> 8) % (length + 1);
    char byte = bytes[(random >> 20) % (sizeof(bytes) - 1)];
    if (random & 64) {
        memmove(json + at + 1, json + at, length + 1 - at);
        json[at] = byte;
        return length + 1;
    }
    if (at < length && random & 128) {
        memmove(json + at, json + at + 1, length - at);
        return length - 1;
    }
    if (at < length)
        json[at] = byte;
    return length;
}

START_TEST(nothing_is_taken_that_the_tree_refuses)
{
    unsigned random = 1, whole = 0;
    for (int round = 0; round < 60000; round++) {
        char json[300];
        size_t length =
            (size_t)snprintf(json, sizeof(json), "%s", plain[(size_t)round % COUNT(plain)]);
        for (int change = 0; change < 1 + round % 3; change++) {
            random = random * 1103515245 + 12345;
            length = spoil(json, length, random);
        }
        whole += scan(json);
    }
    ck_assert_uint_gt(whole, 1000);
}
END_TEST

UNIT_MAIN("scan", plain_lists_are_read_whole, the_rest_is_left_to_the_tree,
          a_nul_is_left_to_the_tree, the_taker_may_end_it, more_than_a_row_has_is_left_to_the_tree,
          nothing_is_taken_that_the_tree_refuses)
