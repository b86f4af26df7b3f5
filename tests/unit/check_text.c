/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "lib/text.h"
#include "tests/unit/unit.h"

START_TEST(empty)
{
    struct verge_text text = VERGE_TEXT_INIT;
    ck_assert_str_eq(verge_text_content(&text), "");
    char *taken = verge_text_take(&text);
    ck_assert_ptr_nonnull(taken);
    ck_assert_str_eq(taken, "");
    free(taken);
}
END_TEST

START_TEST(appends)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    ck_assert(verge_text_string(&text, "abc"));
    ck_assert(verge_text_char(&text, 'd'));
    ck_assert(verge_text_printf(&text, "%d-%s", 42, "x"));
    ck_assert(verge_text_append(&text, "\0y", 2));
    ck_assert_uint_eq(text.length, 10);
    ck_assert_mem_eq(text.data, "abcd42-x\0y", 11);
}
END_TEST

START_TEST(numbers_are_decimal)
{
    static const int64_t numbers[] = {0, 1, -1, 9, 10, -10, 4294967295, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT, printed = VERGE_TEXT_INIT;
        ck_assert(verge_text_number(&text, numbers[i]));
        ck_assert(verge_text_printf(&printed, "%lld", (long long)numbers[i]));
        ck_assert_str_eq(verge_text_content(&text), verge_text_content(&printed));
    }
}
END_TEST

/* Every length across several doublings, by each of the ways to grow. */
START_TEST(grows)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    for (size_t i = 0; i < 3000; i++) {
        char c = (char)('a' + i % 26);
        ck_assert(i % 2 ? verge_text_char(&text, c) : verge_text_printf(&text, "%c", c));
        ck_assert_uint_eq(text.length, i + 1);
        ck_assert_uint_lt(text.length, text.size);
        ck_assert_int_eq(text.data[i + 1], '\0');
    }
    for (size_t i = 0; i < 3000; i++) {
        ck_assert_int_eq(text.data[i], (char)('a' + i % 26));
    }
}
END_TEST

START_TEST(reserve_adds_nothing)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    ck_assert(verge_text_string(&text, "x"));
    ck_assert(verge_text_reserve(&text, 5000));
    ck_assert_uint_gt(text.size, 5001);
    ck_assert_str_eq(verge_text_content(&text), "x");
    const char *data = text.data;
    for (int i = 0; i < 5000; i++) {
        verge_text_char(&text, 'y');
    }
    ck_assert_ptr_eq(text.data, data);
}
END_TEST

START_TEST(failure_sticks)
{
    struct verge_text text = VERGE_TEXT_INIT;
    ck_assert(verge_text_string(&text, "x"));
    ck_assert(!verge_text_reserve(&text, SIZE_MAX - 1));
    ck_assert(text.failed);
    ck_assert(!verge_text_string(&text, "y"));
    ck_assert(!verge_text_printf(&text, "%s", "y"));
    ck_assert(!verge_text_char(&text, 'y'));
    ck_assert_ptr_null(verge_text_take(&text));
    ck_assert(verge_text_string(&text, "again"));
    verge_text_free(&text);
}
END_TEST

START_TEST(clear_keeps_memory)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    verge_text_clear(&text);
    verge_text_string(&text, "something");
    size_t size = text.size;
    verge_text_clear(&text);
    ck_assert_str_eq(verge_text_content(&text), "");
    ck_assert_uint_eq(text.size, size);
    verge_text_reserve(&text, SIZE_MAX - 1);
    verge_text_clear(&text);
    ck_assert(verge_text_string(&text, "new"));
    ck_assert_str_eq(verge_text_content(&text), "new");
}
END_TEST

START_TEST(take_leaves_nothing)
{
    struct verge_text text = VERGE_TEXT_INIT;
    verge_text_string(&text, "mine");
    char *taken = verge_text_take(&text);
    ck_assert_str_eq(taken, "mine");
    free(taken);
    ck_assert_ptr_null(text.data);
    ck_assert_uint_eq(text.size, 0);
    ck_assert_uint_eq(text.length, 0);
    verge_text_string(&text, "secret");
    verge_text_wipe(&text);
    ck_assert_ptr_null(text.data);
}
END_TEST

UNIT_MAIN("text", empty, appends, numbers_are_decimal, grows, reserve_adds_nothing, failure_sticks,
          clear_keeps_memory, take_leaves_nothing)
