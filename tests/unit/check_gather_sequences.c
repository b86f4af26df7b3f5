/* SPDX-License-Identifier: MIT */
/* Values that follow each other, and whose close counts. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/gather_fixture.h"

START_TEST(an_append_starts_anywhere)
{
    ck_assert_int_eq(write_at("fal", 5), 0);
    ck_assert_int_eq(write_at("se\n", 8), 0);
    ck_assert_str_eq(applied, "false|");
}
END_TEST

/* The size that the kernel appends at is read again between two values, and is theirs, not ours. */
START_TEST(appended_values_need_no_offset)
{
    gather.append = true;
    ck_assert_int_eq(write_at("true\n", 5), 0);
    ck_assert_int_eq(write_at("false\n", 5), 0);
    ck_assert_int_eq(write_at("tr", 6), 0);
    ck_assert_int_eq(write_at("ue\n", 6), 0);
    ck_assert_str_eq(applied, "true|false|true|");
}
END_TEST

START_TEST(values_follow_each_other)
{
    ck_assert_int_eq(write_at("true\n", 0), 0);
    ck_assert_int_eq(write_at("false\n", 5), 0);
    ck_assert_int_eq(write_at("\n\ntrue\n", 11), 0);
    ck_assert_int_eq(write_at("off\n", 0), 0);
    ck_assert_str_eq(applied, "true|false|true|off|");
    open_as(SYNTAX_TEXT);
    ck_assert_int_eq(write_at("one\n", 0), 0);
    ck_assert_int_eq(write_at("\n", 4), 0);
    ck_assert_int_eq(write_at("\n two\n", 5), 0);
    ck_assert_str_eq(applied, "one| two|");
}
END_TEST

START_TEST(after_a_word_only_white_space_follows)
{
    ck_assert_int_eq(write_at("1", 0), 0);
    ck_assert_int_eq(write_at("0", 1), -EINVAL);
    ck_assert_int_eq(write_at("\n", 1), -EINVAL);
    ck_assert_int_eq(write_at("0\n", 1), -EINVAL);
    ck_assert_str_eq(applied, "1|");
    open_as(SYNTAX_BOOLEAN);
    ck_assert_int_eq(write_at("1", 0), 0);
    ck_assert_int_eq(write_at(" ", 1), 0);
    ck_assert_int_eq(write_at(" 0", 2), -EINVAL);
    open_as(SYNTAX_BOOLEAN);
    ck_assert_int_eq(write_at("1", 0), 0);
    ck_assert_int_eq(write_at("\n0", 1), 0);
    ck_assert_str_eq(applied, "1|0|");
}
END_TEST

START_TEST(a_word_starts_again_at_0_or_after_the_close)
{
    ck_assert_int_eq(write_at("1", 0), 0);
    ck_assert_int_eq(write_at("0", 0), 0);
    ck_assert_int_eq(close_by(WRITER), 0);
    ck_assert_int_eq(write_at("1", 1), 0);
    ck_assert_str_eq(applied, "1|0|1|");
    ck_assert_int_eq(write_at("bogus\n", 0), -EINVAL);
    ck_assert_int_eq(write_at("off\n", 0), 0);
    ck_assert_str_eq(applied, "1|0|1|off|");
}
END_TEST

START_TEST(gaps_are_refused)
{
    ck_assert_int_eq(write_at("tr", 0), 0);
    ck_assert_int_eq(write_at("ue\n", 3), -EINVAL);
    ck_assert_int_eq(write_at("ue\n", 2), -EINVAL);
    ck_assert_str_eq(applied, "");
    ck_assert_int_eq(write_at("true\n", 0), 0);
    ck_assert_int_eq(write_at("true\n", 7), -EINVAL);
    ck_assert_int_eq(write_at("off\n", 7), -EINVAL);
    ck_assert_str_eq(applied, "true|");
}
END_TEST

/* Documents. */

START_TEST(one_document_until_the_close)
{
    open_as(SYNTAX_DOCUMENT);
    ck_assert_int_eq(write_at("{\"a\":1}\n", 0), 0);
    ck_assert_int_eq(write_at(" \n", 8), 0);
    ck_assert_int_eq(write_at("{\"a\":2}\n", 10), -EINVAL);
    ck_assert_str_eq(applied, "{\"a\":1}|");
    ck_assert_int_eq(close_by(WRITER), 0);
    ck_assert_int_eq(write_at("{\"a\":3}\n", 10), 0);
    ck_assert_int_eq(write_at("{\"a\":4}\n", 0), 0);
    ck_assert_str_eq(applied, "{\"a\":1}|{\"a\":3}|{\"a\":4}|");
}
END_TEST

static char *nested(char text[256], unsigned depth)
{
    size_t at = 0;

    text[at++] = '{';
    for (unsigned i = 1; i < depth; i++)
        text[at++] = i % 2 ? '[' : '{';
    for (unsigned i = depth - 1; i > 0; i--)
        text[at++] = i % 2 ? ']' : '}';
    text[at++] = '}';
    text[at] = '\0';
    return text;
}

START_TEST(documents_are_64_deep)
{
    char text[256];

    open_as(SYNTAX_DOCUMENT);
    ck_assert_int_eq(write_at(nested(text, 64), 0), 0);
    ck_assert_uint_eq(requests, 1);
    open_as(SYNTAX_DOCUMENT);
    ck_assert_int_eq(write_at(nested(text, 65), 0), -EINVAL);
    ck_assert_uint_eq(requests, 0);
}
END_TEST

START_TEST(a_large_document_in_many_writes)
{
    char piece[100];
    off_t at = 0;

    open_as(SYNTAX_DOCUMENT);
    gather.limit = SIZE_MAX;
    memset(piece, 'x', sizeof piece);
    ck_assert_int_eq(write_at("{\"a\":\"", at), 0);
    for (at = 6; at < 1000006; at += (off_t)sizeof piece)
        ck_assert_int_eq(gather_write(&gather, piece, sizeof piece, at, WRITER), 0);
    ck_assert_int_eq(gather_write(&gather, "\"}", 2, at, WRITER), 1);
    ck_assert_uint_eq(gather.text.length, 1000008);
}
END_TEST

/* Whose close counts. */

START_TEST(a_childs_close_does_nothing)
{
    open_as(SYNTAX_DOCUMENT);
    ck_assert_int_eq(write_at("{", 0), 0);
    ck_assert_int_eq(close_by(CHILD), 0);
    ck_assert_int_eq(write_at("}", 1), 0);
    ck_assert_str_eq(applied, "{}|");
    open_as(SYNTAX_INTEGER);
    ck_assert_int_eq(write_at("41", 0), 0);
    ck_assert_int_eq(close_by(CHILD), 0);
    ck_assert_int_eq(write_at("96\n", 2), 0);
    ck_assert_str_eq(applied, "4196|");
}
END_TEST

START_TEST(the_last_writers_close_counts)
{
    open_as(SYNTAX_INTEGER);
    ck_assert_int_eq(write_at("4", 0), 0);
    ck_assert_int_eq(apply(gather_write(&gather, "1", 1, 1, CHILD)), 0);
    ck_assert_int_eq(close_by(WRITER), 0);
    ck_assert_str_eq(applied, "");
    ck_assert_int_eq(close_by(CHILD), 0);
    ck_assert_str_eq(applied, "41|");
}
END_TEST

START_TEST(a_shell_may_close_a_duplicate_and_go_on)
{
    open_as(SYNTAX_DOCUMENT);
    ck_assert_int_eq(write_at("{\n", 0), 0);
    ck_assert_int_eq(close_by(WRITER), -EINVAL);
    ck_assert_int_eq(write_at("}\n", 2), 0);
    ck_assert_str_eq(applied, "{\n}|");
    open_as(SYNTAX_INTEGER);
    ck_assert_int_eq(write_at("41", 0), 0);
    ck_assert_int_eq(close_by(WRITER), 0);
    ck_assert_int_eq(write_at("\n", 2), 0);
    ck_assert_int_eq(write_at("42", 3), 0);
    ck_assert_int_eq(close_by(WRITER), 0);
    ck_assert_int_eq(write_at("43", 5), 0);
    ck_assert_int_eq(close_by(WRITER), 0);
    ck_assert_str_eq(applied, "41|42|43|");
}
END_TEST

START_TEST(nothing_written_is_nothing_to_do)
{
    static const enum syntax syntaxes[] = {SYNTAX_NONE, SYNTAX_BOOLEAN, SYNTAX_DOCUMENT,
                                           SYNTAX_TRIGGER};

    for (size_t i = 0; i < COUNT(syntaxes); i++) {
        open_as(syntaxes[i]);
        ck_assert_int_eq(close_by(0), 0);
        ck_assert_int_eq(close_by(WRITER), 0);
        ck_assert_int_eq(write_at("", 0), 0);
        ck_assert_int_eq(write_at("", 17), 0);
        ck_assert_int_eq(close_by(WRITER), 0);
        ck_assert_uint_eq(requests, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gather");
    TCase *tests = gather_case(suite, "sequences");
    tcase_add_test(tests, an_append_starts_anywhere);
    tcase_add_test(tests, appended_values_need_no_offset);
    tcase_add_test(tests, values_follow_each_other);
    tcase_add_test(tests, after_a_word_only_white_space_follows);
    tcase_add_test(tests, a_word_starts_again_at_0_or_after_the_close);
    tcase_add_test(tests, gaps_are_refused);
    tcase_add_test(tests, one_document_until_the_close);
    tcase_add_test(tests, documents_are_64_deep);
    tcase_add_test(tests, a_large_document_in_many_writes);
    tcase_add_test(tests, a_childs_close_does_nothing);
    tcase_add_test(tests, the_last_writers_close_counts);
    tcase_add_test(tests, a_shell_may_close_a_duplicate_and_go_on);
    tcase_add_test(tests, nothing_written_is_nothing_to_do);
    return unit_run_suite(suite);
}
