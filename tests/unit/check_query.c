/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/query.h"
#include "tests/unit/unit.h"

static void expect(const struct verge_query *query, const char *url)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    ck_assert(verge_query_url(&text, query));
    ck_assert_str_eq(verge_text_content(&text), url);
}

START_TEST(paths)
{
    expect(&(struct verge_query){.table = "vms"}, "/api/v4/vms");
    expect(&(struct verge_query){.table = "machine_devices", .key = "17"},
           "/api/v4/machine_devices/17");
    expect(&(struct verge_query){.table = "t", .key = "../a b/\xc3\xbc?#$%"},
           "/api/v4/t/..%2Fa%20b%2F%C3%BC%3F%23%24%25");
}
END_TEST

START_TEST(parameters)
{
    expect(&(struct verge_query){.table = "vms", .limit = 1000}, "/api/v4/vms?limit=1000");
    expect(&(struct verge_query){.table = "vms", .sort = "+$key", .offset = 5000000000},
           "/api/v4/vms?sort=%2B$key&offset=5000000000");
    expect(&(struct verge_query){.table = "vms",
                                 .key = "1",
                                 .fields = "$key,machine#status#status as s,display(type)",
                                 .filter = "a eq 1",
                                 .sort = "-name",
                                 .limit = 2,
                                 .offset = 4},
           "/api/v4/vms/1?fields=$key,machine%23status%23status%20as%20s,display(type)"
           "&filter=a%20eq%201&sort=-name&limit=2&offset=4");
}
END_TEST

/* What would end a parameter, or the query, must never come through. */
START_TEST(hostile_bytes)
{
    expect(&(struct verge_query){.table = "vms", .filter = "a&b=c+d#e%f?[g]'\"\n\x7f\xff"},
           "/api/v4/vms?filter=a%26b%3Dc%2Bd%23e%25f%3F%5Bg%5D%27%22%0A%7F%FF");
}
END_TEST

START_TEST(appends_to_what_is_there)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    verge_text_string(&text, "https://host");
    ck_assert(verge_query_url(&text, &(struct verge_query){.table = "vms"}));
    ck_assert_str_eq(verge_text_content(&text), "https://host/api/v4/vms");
    verge_text_reserve(&text, SIZE_MAX - 1);
    ck_assert(!verge_query_url(&text, &(struct verge_query){.table = "vms"}));
}
END_TEST

START_TEST(literals)
{
    static const struct {
        const char *bytes, *literal;
    } rows[] = {
        {"", "''"},
        {"plain }", "'plain }'"},
        {"O'Neill", "'O\\'Neill'"},
        {"a\\b", "'a\\\\b'"},
        {"{x}", "'\\{x}'"},
        {"\\'{", "'\\\\\\'\\{'"},
        {"' or 'a' eq 'a", "'\\' or \\'a\\' eq \\'a'"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
        ck_assert(verge_filter_literal(&text, rows[i].bytes));
        ck_assert_str_eq(verge_text_content(&text), rows[i].literal);
    }
}
END_TEST

START_TEST(conditions)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    ck_assert(verge_filter_number(&text, "machine", "eq", UINT64_MAX));
    verge_text_string(&text, " and ");
    ck_assert(verge_filter_string(&text, "name", "ne", "it's"));
    ck_assert_str_eq(verge_text_content(&text),
                     "machine eq 18446744073709551615 and name ne 'it\\'s'");
}
END_TEST

START_TEST(filters_within_parentheses)
{
    static const char *const whole[] = {"",
                                        "a eq 1",
                                        "(a eq 1) or (b eq 2)",
                                        "name eq ')'",
                                        "name eq '\\')'",
                                        "name eq '(' and (x eq '\\\\')"};
    static const char *const not_whole[] = {
        "a eq 1) or (b eq 2",         ")",        "(", "'", "name eq 'a\\'",
        "name eq '\\\\') or (x eq '", "((a eq 1)"};
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        ck_assert_msg(verge_filter_whole(whole[i]), "%s", whole[i]);
    for (size_t i = 0; i < sizeof(not_whole) / sizeof(not_whole[0]); i++)
        ck_assert_msg(!verge_filter_whole(not_whole[i]), "%s", not_whole[i]);
}
END_TEST

UNIT_MAIN("query", paths, parameters, hostile_bytes, appends_to_what_is_there, literals, conditions,
          filters_within_parentheses)
