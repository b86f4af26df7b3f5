/* SPDX-License-Identifier: MIT */
/* What makes a value of each syntax, and what is none. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/gather_fixture.h"

/* However the bytes are cut into writes, they are one value, applied once. */
static const struct {
    enum syntax syntax;
    const char *bytes, *value;
} values[] = {
    {SYNTAX_BOOLEAN, "true\n", "true|"},
    {SYNTAX_BOOLEAN, "false", "false|"},
    {SYNTAX_BOOLEAN, "FALSE\r\n", "FALSE|"},
    {SYNTAX_BOOLEAN, "  Yes \t\n", "Yes|"},
    {SYNTAX_BOOLEAN, "y\n", "y|"},
    {SYNTAX_BOOLEAN, "n", "n|"},
    {SYNTAX_BOOLEAN, "no", "no|"},
    {SYNTAX_BOOLEAN, "on\n", "on|"},
    {SYNTAX_BOOLEAN, "off\n\n  \n", "off|"},
    {SYNTAX_BOOLEAN, "1\n", "1|"},
    {SYNTAX_BOOLEAN, "0", "0|"},
    {SYNTAX_INTEGER, "4196\n", "4196|"},
    {SYNTAX_INTEGER, "4196", "4196|"},
    {SYNTAX_INTEGER, " -17\r\n", "-17|"},
    {SYNTAX_INTEGER, "+5 \n", "+5|"},
    {SYNTAX_INTEGER, "9223372036854775807\n", "9223372036854775807|"},
    {SYNTAX_INTEGER, "-9223372036854775808\n", "-9223372036854775808|"},
    {SYNTAX_TEXT, "a GPU\n", "a GPU|"},
    {SYNTAX_TEXT, "  kept \t \n", "  kept \t |"},
    {SYNTAX_TEXT, "no newline", "no newline|"},
    {SYNTAX_TEXT, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n",
     "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80|"},
    {SYNTAX_TEXT, "\n", "|"},
    {SYNTAX_TEXT, "once\n\n", "once|"},
    {SYNTAX_DOCUMENT, "{}", "{}|"},
    {SYNTAX_DOCUMENT, " \r\n\t{\"a\": [1, {\"b\": null}]}\n \n", "{\"a\": [1, {\"b\": null}]}|"},
    {SYNTAX_DOCUMENT, "{\"a}\\\"}{[\\\\\":\"]\",\n\"b\":[[],{}]}\n",
     "{\"a}\\\"}{[\\\\\":\"]\",\n\"b\":[[],{}]}|"},
};

START_TEST(a_value_is_applied_once_however_it_is_cut)
{
    size_t length = strlen(values[_i].bytes);

    for (size_t step = 1; step <= length; step++) {
        ck_assert_int_eq(write_in_steps(values[_i].syntax, values[_i].bytes, step), 0);
        ck_assert_str_eq(applied, values[_i].value);
    }
}
END_TEST

START_TEST(a_value_is_applied_once_in_random_pieces)
{
    unsigned state = 7;

    for (int round = 0; round < 2000; round++) {
        size_t i = (size_t)round % COUNT(values);
        open_as(values[i].syntax);
        for (size_t at = 0, length = strlen(values[i].bytes); at < length;) {
            state = state * 1664525 + 1013904223;
            size_t piece = 1 + (state >> 16) % (length - at);
            ck_assert_int_eq(write_bytes(values[i].bytes + at, piece, (off_t)at), 0);
            at += piece;
        }
        ck_assert_int_eq(close_by(WRITER), 0);
        ck_assert_str_eq(applied, values[i].value);
    }
}
END_TEST

/* However they are cut, an error comes before anything was applied. */
static const struct refusal {
    enum syntax syntax;
    const char *bytes;
} refusals[] = {
    {SYNTAX_BOOLEAN, "maybe\n"},
    {SYNTAX_BOOLEAN, "\n"},
    {SYNTAX_BOOLEAN, "tr"},
    {SYNTAX_BOOLEAN, "tr \n"},
    {SYNTAX_BOOLEAN, "t rue\n"},
    {SYNTAX_BOOLEAN, "2\n"},
    {SYNTAX_BOOLEAN, "y n\n"},
    {SYNTAX_INTEGER, "\n"},
    {SYNTAX_INTEGER, " \n"},
    {SYNTAX_INTEGER, "-\n"},
    {SYNTAX_INTEGER, "-"},
    {SYNTAX_INTEGER, "- 1\n"},
    {SYNTAX_INTEGER, "4x\n"},
    {SYNTAX_INTEGER, "4 1\n"},
    {SYNTAX_INTEGER, "0x10\n"},
    {SYNTAX_INTEGER, "1.5\n"},
    {SYNTAX_INTEGER, "--1\n"},
    {SYNTAX_INTEGER, "9223372036854775808\n"},
    {SYNTAX_INTEGER, "-9223372036854775809\n"},
    {SYNTAX_TEXT, "bell\a\n"},
    {SYNTAX_TEXT, "dos\r\n"},
    {SYNTAX_TEXT, "del\x7f\n"},
    {SYNTAX_TEXT, "latin \xe4\n"},
    {SYNTAX_TEXT, "half \xe2\x82"},
    {SYNTAX_TEXT, "surrogate \xed\xa0\x80\n"},
    {SYNTAX_DOCUMENT, "\n"},
    {SYNTAX_DOCUMENT, "[1]\n"},
    {SYNTAX_DOCUMENT, "\"text\"\n"},
    {SYNTAX_DOCUMENT, "true\n"},
    {SYNTAX_DOCUMENT, "x{}\n"},
    {SYNTAX_DOCUMENT, "\xef\xbb\xbf{}\n"},
    {SYNTAX_DOCUMENT, "{\"a\":1"},
    {SYNTAX_DOCUMENT, "{\"a\":\"}"},
    {SYNTAX_DOCUMENT, "{\"a\":[1}}"},
    {SYNTAX_DOCUMENT, "{]"},
};

START_TEST(what_is_no_value_is_refused)
{
    const struct refusal *refusal = &refusals[_i];
    size_t length = strlen(refusal->bytes);

    for (size_t step = 1; step <= length; step++) {
        ck_assert_int_eq(write_in_steps(refusal->syntax, refusal->bytes, step), -EINVAL);
        ck_assert_str_eq(applied, "");
    }
}
END_TEST

START_TEST(two_values_in_one_write_are_none)
{
    static const struct {
        enum syntax syntax;
        const char *bytes;
    } doubles[] = {
        {SYNTAX_BOOLEAN, "true\nfalse\n"}, {SYNTAX_BOOLEAN, "10\n"},
        {SYNTAX_BOOLEAN, "true false"},    {SYNTAX_INTEGER, "1\n2\n"},
        {SYNTAX_TEXT, "one\ntwo\n"},       {SYNTAX_DOCUMENT, "{}{}"},
        {SYNTAX_DOCUMENT, "{}x"},          {SYNTAX_DOCUMENT, "{},\n"},
    };

    for (size_t i = 0; i < COUNT(doubles); i++) {
        open_as(doubles[i].syntax);
        ck_assert_int_eq(write_at(doubles[i].bytes, 0), -EINVAL);
        ck_assert_str_eq(applied, "");
    }
}
END_TEST

START_TEST(nul_bytes_are_refused)
{
    static const enum syntax syntaxes[] = {SYNTAX_BOOLEAN, SYNTAX_INTEGER, SYNTAX_TEXT};

    for (size_t i = 0; i < COUNT(syntaxes); i++) {
        open_as(syntaxes[i]);
        ck_assert_int_eq(write_bytes("1\0\n", 3, 0), -EINVAL);
        open_as(syntaxes[i]);
        ck_assert_int_eq(write_bytes("1\n\0", 3, 0), -EINVAL);
        open_as(syntaxes[i]);
        ck_assert_int_eq(write_bytes("\0", 1, 0), -EINVAL);
    }
    open_as(SYNTAX_BOOLEAN);
    ck_assert_int_eq(write_bytes("true\0\n", 6, 0), -EINVAL);
    open_as(SYNTAX_BOOLEAN);
    ck_assert_int_eq(write_bytes("true\0", 5, 0), -EINVAL);
    open_as(SYNTAX_DOCUMENT);
    ck_assert_int_eq(write_bytes("{\"a\":\"\0\"}", 9, 0), -EINVAL);
    open_as(SYNTAX_DOCUMENT);
    ck_assert_int_eq(write_bytes("{}\0", 3, 0), -EINVAL);
}
END_TEST

/* When exactly a value is applied: what write(2) returns is the server's answer. */

START_TEST(closed_words_apply_at_once)
{
    static const char *const closed[] = {"true", "FALSE", "1",   "0",    "yes",
                                         "no",   "On",    "off", " true"};

    for (size_t i = 0; i < COUNT(closed); i++) {
        open_as(SYNTAX_BOOLEAN);
        verdict = -EACCES;
        ck_assert_int_eq(write_at(closed[i], 0), -EACCES);
    }
}
END_TEST

START_TEST(open_values_wait_for_newline_or_close)
{
    static const struct {
        enum syntax syntax;
        const char *bytes;
    } held[] = {{SYNTAX_BOOLEAN, "y"},
                {SYNTAX_BOOLEAN, "N"},
                {SYNTAX_INTEGER, "41"},
                {SYNTAX_TEXT, "text"}};

    for (size_t i = 0; i < COUNT(held); i++) {
        open_as(held[i].syntax);
        ck_assert_int_eq(write_at(held[i].bytes, 0), 0);
        ck_assert_uint_eq(requests, 0);
        verdict = -EACCES;
        ck_assert_int_eq(close_by(WRITER), -EACCES);
        ck_assert_int_eq(close_by(WRITER), 0);
        ck_assert_uint_eq(requests, 1);
    }
}
END_TEST

START_TEST(open_values_are_checked_at_once)
{
    open_as(SYNTAX_BOOLEAN);
    ck_assert_int_eq(write_at("tr ", 0), -EINVAL);
    open_as(SYNTAX_INTEGER);
    ck_assert_int_eq(write_at("- ", 0), -EINVAL);
    open_as(SYNTAX_INTEGER);
    ck_assert_int_eq(write_at("4x", 0), -EINVAL);
    open_as(SYNTAX_INTEGER);
    ck_assert_int_eq(write_at("99999999999999999999", 0), -EINVAL);
    open_as(SYNTAX_TEXT);
    ck_assert_int_eq(write_at("a\x01", 0), -EINVAL);
}
END_TEST

START_TEST(emacs_writes_in_two_pieces)
{
    open_as(SYNTAX_INTEGER);
    ck_assert_int_eq(write_at("41", 0), 0);
    ck_assert_int_eq(write_at("96\n", 2), 0);
    ck_assert_str_eq(applied, "4196|");
}
END_TEST

START_TEST(unbuffered_python_writes_the_newline_after)
{
    ck_assert_int_eq(write_at("False", 0), 0);
    ck_assert_str_eq(applied, "False|");
    ck_assert_int_eq(write_at("\n", 5), 0);
    ck_assert_int_eq(close_by(WRITER), 0);
    ck_assert_str_eq(applied, "False|");
}
END_TEST

START_TEST(the_limit_is_of_the_value)
{
    open_as(SYNTAX_TEXT);
    gather.limit = 4;
    ck_assert_int_eq(write_at("1234\n", 0), 0);
    ck_assert_int_eq(write_at("12345\n", 0), -EFBIG);
    ck_assert_int_eq(write_at("12", 0), -EFBIG); /* may be the rest of the same */
    open_as(SYNTAX_TEXT);
    gather.limit = 4;
    ck_assert_int_eq(write_at("1234", 0), 0);
    ck_assert_int_eq(write_at("5", 4), -EFBIG);
    open_as(SYNTAX_DOCUMENT);
    gather.limit = 4;
    ck_assert_int_eq(write_at("    {  }    ", 0), 0);
    ck_assert_int_eq(write_at("{   }", 0), -EFBIG);
    ck_assert_str_eq(applied, "{  }|");
}
END_TEST

START_TEST(triggers_take_anything)
{
    open_as(SYNTAX_TRIGGER);
    ck_assert_int_eq(write_at("\n", 0), 0);
    ck_assert_int_eq(write_at("x", 17), 0);
    ck_assert_int_eq(write_bytes("\0", 1, 5), 0);
    ck_assert_uint_eq(requests, 3);
    verdict = -EAGAIN;
    ck_assert_int_eq(write_at("y", 0), -EAGAIN);
    ck_assert_int_eq(write_at("y", 0), -EAGAIN);
    ck_assert_uint_eq(requests, 4);
}
END_TEST

START_TEST(read_only_syntax_takes_nothing)
{
    open_as(SYNTAX_NONE);
    ck_assert_int_eq(write_at("true\n", 0), -EINVAL);
}
END_TEST

START_TEST(booleans_are_read)
{
    static const char *const yes[] = {"true", "1", "yes", "on", "y", "TRUE", "Yes", "oN", "Y"};
    static const char *const no[] = {"false", "0", "no", "off", "n", "False", "NO"};
    static const char *const none[] = {"",   "t",   "tru", "truee", "2", " 1",
                                       "1 ", "1\n", "o",   "of",    "01"};
    bool value;

    for (size_t i = 0; i < COUNT(yes); i++) {
        value = false;
        ck_assert(scalar_boolean(yes[i], &value) && value);
    }
    for (size_t i = 0; i < COUNT(no); i++) {
        value = true;
        ck_assert(scalar_boolean(no[i], &value) && !value);
    }
    for (size_t i = 0; i < COUNT(none); i++)
        ck_assert(!scalar_boolean(none[i], &value));
}
END_TEST

START_TEST(integers_are_read)
{
    static const char *const none[] = {"",
                                       "-",
                                       "+",
                                       " 1",
                                       "1 ",
                                       "1a",
                                       "0x1",
                                       "1.0",
                                       "9223372036854775808",
                                       "-9223372036854775809",
                                       "1-"};
    int64_t value;

    ck_assert(scalar_integer("0", &value) && value == 0);
    ck_assert(scalar_integer("-0", &value) && value == 0);
    ck_assert(scalar_integer("+17", &value) && value == 17);
    ck_assert(scalar_integer("007", &value) && value == 7);
    ck_assert(scalar_integer("9223372036854775807", &value) && value == INT64_MAX);
    ck_assert(scalar_integer("-9223372036854775808", &value) && value == INT64_MIN);
    for (size_t i = 0; i < COUNT(none); i++)
        ck_assert(!scalar_integer(none[i], &value));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gather");
    TCase *tests = gather_case(suite, "values");
    tcase_add_loop_test(tests, a_value_is_applied_once_however_it_is_cut, 0, (int)COUNT(values));
    tcase_add_test(tests, a_value_is_applied_once_in_random_pieces);
    tcase_add_loop_test(tests, what_is_no_value_is_refused, 0, (int)COUNT(refusals));
    tcase_add_test(tests, two_values_in_one_write_are_none);
    tcase_add_test(tests, nul_bytes_are_refused);
    tcase_add_test(tests, closed_words_apply_at_once);
    tcase_add_test(tests, open_values_wait_for_newline_or_close);
    tcase_add_test(tests, open_values_are_checked_at_once);
    tcase_add_test(tests, emacs_writes_in_two_pieces);
    tcase_add_test(tests, unbuffered_python_writes_the_newline_after);
    tcase_add_test(tests, the_limit_is_of_the_value);
    tcase_add_test(tests, triggers_take_anything);
    tcase_add_test(tests, read_only_syntax_takes_nothing);
    tcase_add_test(tests, booleans_are_read);
    tcase_add_test(tests, integers_are_read);
    return unit_run_suite(suite);
}
