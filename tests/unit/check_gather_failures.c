/* SPDX-License-Identifier: MIT */
/* What follows a write that failed. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/gather_fixture.h"

/* After failures. */

START_TEST(a_repeated_write_gets_the_same_answer)
{
    verdict = -EBUSY;
    ck_assert_int_eq(write_at("true\n", 0), -EBUSY);
    verdict = 0;
    ck_assert_int_eq(write_at("true\n", 0), -EBUSY);
    ck_assert_int_eq(write_at("", 0), 0);
    ck_assert_int_eq(write_at("true\n", 0), -EBUSY);
    ck_assert_uint_eq(requests, 1);
    ck_assert_int_eq(write_at("false\n", 0), 0);
    ck_assert_int_eq(write_at("true\n", 0), 0);
    ck_assert_str_eq(applied, "false|true|");
}
END_TEST

START_TEST(other_bytes_are_no_repetition)
{
    verdict = -EBUSY;
    ck_assert_int_eq(write_at("on\n", 3), -EBUSY);
    verdict = 0;
    ck_assert_int_eq(write_at("no\n", 3), 0);
    ck_assert_str_eq(applied, "no|");
}
END_TEST

START_TEST(another_offset_is_no_repetition)
{
    ck_assert_int_eq(write_at("true\n", 0), 0);
    verdict = -EBUSY;
    ck_assert_int_eq(write_at("false\n", 5), -EBUSY);
    verdict = 0;
    ck_assert_int_eq(write_at("false\n", 0), 0);
    ck_assert_str_eq(applied, "true|false|");
}
END_TEST

START_TEST(after_the_writers_close_it_is_a_new_attempt)
{
    verdict = -EAGAIN;
    ck_assert_int_eq(write_at("true\n", 0), -EAGAIN);
    verdict = 0;
    ck_assert_int_eq(close_by(CHILD), 0);
    ck_assert_int_eq(write_at("true\n", 0), -EAGAIN);
    ck_assert_int_eq(close_by(WRITER), 0);
    ck_assert_int_eq(write_at("true\n", 0), 0);
    ck_assert_str_eq(applied, "true|");
}
END_TEST

START_TEST(a_repeated_refusal_of_a_document)
{
    open_as(SYNTAX_DOCUMENT);
    ck_assert_int_eq(write_at("{\"a\":", 0), 0);
    verdict = -EIO;
    ck_assert_int_eq(write_at("1}\n", 5), -EIO);
    verdict = 0;
    ck_assert_int_eq(write_at("1}\n", 5), -EIO);
    ck_assert_uint_eq(requests, 1);
    ck_assert_int_eq(write_at("{\"a\":2}\n", 0), 0);
    ck_assert_str_eq(applied, "{\"a\":2}|");
}
END_TEST

START_TEST(a_whole_value_follows_a_refused_one)
{
    ck_assert_int_eq(write_at("bogus\n", 3), -EINVAL);
    ck_assert_int_eq(write_at("true\n", 3), 0);
    ck_assert_int_eq(write_at("bogus\n", 8), -EINVAL);
    ck_assert_int_eq(write_at("false\n", 0), 0);
    ck_assert_str_eq(applied, "true|false|");
    open_as(SYNTAX_DOCUMENT);
    ck_assert_int_eq(write_at("bogus\n", 0), -EINVAL);
    ck_assert_int_eq(write_at("{}\n", 0), 0);
    ck_assert_str_eq(applied, "{}|");
}
END_TEST

/* A writer that does not look: each of the pieces, none at a new place, for writes that fail do not
 * move on. */
static void check_deaf_writer(enum syntax syntax, const char *const pieces[])
{
    off_t offset = 0;

    open_as(syntax);
    for (size_t i = 0; pieces[i]; i++) {
        if (write_at(pieces[i], offset) == 0)
            offset += (off_t)strlen(pieces[i]);
    }
    ck_assert_msg(applied[0] == '\0', "%s", applied);
}

START_TEST(the_rest_of_what_was_refused_is_no_value)
{
    check_deaf_writer(SYNTAX_TEXT, (const char *const[]){"\a", "\n", NULL});
    check_deaf_writer(SYNTAX_TEXT, (const char *const[]){"abc", "\a", "\n", "x\n", NULL});
    check_deaf_writer(SYNTAX_INTEGER, (const char *const[]){"4", "x", "6", "\n", NULL});
    check_deaf_writer(SYNTAX_INTEGER, (const char *const[]){"x", "6", "\n", NULL});
    check_deaf_writer(SYNTAX_DOCUMENT, (const char *const[]){"[\n", "{}\n", "]\n", NULL});
    check_deaf_writer(SYNTAX_DOCUMENT, (const char *const[]){"{\n", "]\n", "{}\n", "}\n", NULL});
    check_deaf_writer(SYNTAX_DOCUMENT, (const char *const[]){"{ ]\n", "{}\n", "}\n", NULL});
    check_deaf_writer(SYNTAX_DOCUMENT, (const char *const[]){"x\n", "{\n", "}\n", NULL});
    ck_assert_int_eq(close_by(WRITER), 0);
    ck_assert_int_eq(write_at("{}", 0), 0);
    ck_assert_str_eq(applied, "{}|");
}
END_TEST

START_TEST(a_failed_close_is_not_repeated)
{
    open_as(SYNTAX_INTEGER);
    ck_assert_int_eq(write_at("41", 0), 0);
    verdict = -EBUSY;
    ck_assert_int_eq(close_by(WRITER), -EBUSY);
    verdict = 0;
    ck_assert_int_eq(write_at("41", 9), 0);
    ck_assert_int_eq(close_by(WRITER), 0);
    ck_assert_str_eq(applied, "41|");
    verdict = -EBUSY;
    ck_assert_int_eq(write_at("42\n", 0), -EBUSY);
    ck_assert_int_eq(write_at("43", 0), 0);
    ck_assert_int_eq(close_by(WRITER), -EBUSY);
    verdict = 0;
    ck_assert_int_eq(write_at("42\n", 17), 0);
    ck_assert_str_eq(applied, "41|42|");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gather");
    TCase *tests = gather_case(suite, "failures");
    tcase_add_test(tests, a_repeated_write_gets_the_same_answer);
    tcase_add_test(tests, other_bytes_are_no_repetition);
    tcase_add_test(tests, another_offset_is_no_repetition);
    tcase_add_test(tests, after_the_writers_close_it_is_a_new_attempt);
    tcase_add_test(tests, a_repeated_refusal_of_a_document);
    tcase_add_test(tests, a_whole_value_follows_a_refused_one);
    tcase_add_test(tests, the_rest_of_what_was_refused_is_no_value);
    tcase_add_test(tests, a_failed_close_is_not_repeated);
    return unit_run_suite(suite);
}
