/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/error.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *printable(const char *bytes, size_t length)
{
    static char out[64];
    verge_printable(out, sizeof(out), bytes, length);
    return out;
}

static int from_http(struct verge_error *error, long status, const char *method, const char *body)
{
    return verge_error_from_http(error, status, method, "/api/v4/vms/1?fields=a", body,
                                 strlen(body));
}

/* The table of spec §4, row by row. */
START_TEST(statuses)
{
    static const struct {
        long status;
        const char *method;
        int errnum;
        bool uncertain;
    } rows[] = {
        {100, "PUT", EREMOTEIO, true},      {302, "PUT", EREMOTEIO, false},
        {400, "PUT", EINVAL, false},        {422, "POST", EINVAL, false},
        {401, "GET", EKEYREJECTED, false},  {403, "GET", EACCES, false},
        {404, "GET", ENOENT, false},        {404, "POST", EINVAL, false},
        {405, "DELETE", EOPNOTSUPP, false}, {408, "GET", ETIMEDOUT, false},
        {409, "POST", EEXIST, false},       {409, "PUT", EBUSY, false},
        {409, "DELETE", EBUSY, false},      {413, "PUT", EFBIG, false},
        {429, "GET", EAGAIN, false},        {507, "POST", ENOSPC, false},
        {500, "GET", EREMOTEIO, false},     {502, "GET", EREMOTEIO, false},
        {503, "GET", EREMOTEIO, false},     {504, "GET", EREMOTEIO, false},
        {599, "GET", EREMOTEIO, false},     {302, "GET", EREMOTEIO, false},
        {418, "GET", EREMOTEIO, false},     {504, "POST", EREMOTEIO, true},
        {500, "PUT", EREMOTEIO, true},      {502, "DELETE", EREMOTEIO, true},
        {408, "POST", ETIMEDOUT, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct verge_error error = VERGE_ERROR_INIT;
        int rc = from_http(&error, rows[i].status, rows[i].method, "{}");
        ck_assert_msg(rc == -rows[i].errnum && error.errnum == rows[i].errnum, "%s %ld gives %d",
                      rows[i].method, rows[i].status, rc);
        ck_assert_int_eq(error.http_status, rows[i].status);
        ck_assert_int_eq(error.uncertain, rows[i].uncertain);
        ck_assert_str_eq(error.method, rows[i].method);
        ck_assert_str_eq(error.path, "/api/v4/vms/1");
    }
}
END_TEST

#define PAGE "a web page answers in place of the API: HTTP 422"

START_TEST(words_of_the_server)
{
    static const struct {
        const char *body, *text;
    } rows[] = {
        {"{\"err\":\"Login required\",\"message\":\"other\"}", "Login required"},
        {"{\"err\":{\"message\":\"inside\"},\"error\":\"other\"}", "inside"},
        {"{\"err\":true,\"message\":\"beside\",\"error\":\"other\"}", "beside"},
        {"{\"err\":false,\"message\":\"last\",\"error\":\"first\"}", "first"},
        {"{\"error\":\"an error\",\"message\":\"other\"}", "an error"},
        {"{\"message\":\"a message\"}", "a message"},
        {"{\"err\":\"\",\"message\":\"not empty\"}", "not empty"},
        {"{\"err\":12}", "{\"err\":12}"},
        {"<html>\r\n  <b>Bad Gateway</b>", PAGE ", Bad Gateway"},
        {"\n<!DOCTYPE HTML>\n<html><HEAD><style>p{}</style><TITLE>404 Not\n Found</TITLE></HEAD>"
         "<body><h1>Oops</h1></body></html>",
         PAGE ", 404 Not Found"},
        {"<title>cut", PAGE ", cut"},
        {"<title", PAGE},
        {"<", PAGE},
        {"<html></html>", PAGE},
        {"\n  raw\x1b[31m\n", "raw?[31m "},
        {"{\"err\":\"a\\nb\\u001b\\u0007\"}", "a b??"},
        {"", "HTTP 422 without a word"},
        {"  \n", "HTTP 422 without a word"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct verge_error error = VERGE_ERROR_INIT;
        from_http(&error, 422, "PUT", rows[i].body);
        ck_assert_str_eq(error.text, rows[i].text);
    }
}
END_TEST

START_TEST(a_redirect_says_so)
{
    struct verge_error error = VERGE_ERROR_INIT;
    from_http(&error, 302, "GET", "<html>moved</html>");
    ck_assert_ptr_nonnull(strstr(error.text, "redirects are not followed"));
}
END_TEST

START_TEST(long_words_are_cut)
{
    char body[4000];
    memset(body, 'x', sizeof(body));
    body[sizeof(body) - 1] = '\0';
    struct verge_error error = VERGE_ERROR_INIT;
    verge_error_from_http(&error, 500, "GET", body, body, sizeof(body) - 1);
    ck_assert_uint_eq(strlen(error.text), sizeof(error.text) - 1);
    verge_error_request(&error, "OPTIONS and more", body);
    ck_assert_str_eq(error.method, "OPTIONS");
    ck_assert_uint_eq(strlen(error.path), sizeof(error.path) - 1);
}
END_TEST

START_TEST(set)
{
    struct verge_error error = {.http_status = 500, .uncertain = true};
    ck_assert_int_eq(verge_error_set(&error, EINVAL, "%s: %d\n\tis no", "count", 17), -EINVAL);
    ck_assert_int_eq(error.errnum, EINVAL);
    ck_assert_int_eq(error.http_status, 0);
    ck_assert(!error.uncertain);
    ck_assert_str_eq(error.text, "count: 17 is no");
    verge_error_set(&error, EIO, "again: %s", error.text);
    ck_assert_str_eq(error.text, "again: count: 17 is no");
    verge_error_request(&error, "GET", "/api/v4/vms?filter=x");
    ck_assert_str_eq(error.path, "/api/v4/vms");
    ck_assert_int_eq(error.errnum, EIO);
}
END_TEST

START_TEST(names)
{
    ck_assert_str_eq(verge_errno_name(EINVAL), "EINVAL");
    ck_assert_str_eq(verge_errno_name(EKEYREJECTED), "EKEYREJECTED");
    ck_assert_str_eq(verge_errno_name(EREMOTEIO), "EREMOTEIO");
    ck_assert_str_eq(verge_errno_name(0), "EUNKNOWN");
    ck_assert_str_eq(verge_errno_name(-1), "EUNKNOWN");
    ck_assert_str_eq(verge_errno_name(12345), "EUNKNOWN");
}
END_TEST

START_TEST(printable_passes_text)
{
    ck_assert_str_eq(printable("plain", 5), "plain");
    ck_assert_str_eq(printable("Größe 木 😀", strlen("Größe 木 😀")), "Größe 木 😀");
    ck_assert_str_eq(printable("", 0), "");
    ck_assert_str_eq(printable("a \t\r\n\v\f b", 9), "a b");
}
END_TEST

START_TEST(printable_stops_harm)
{
    static const struct {
        const char *bytes, *out;
    } rows[] = {
        {"a\x1b[2Jb", "a?[2Jb"},            /* escape */
        {"\x01\x7f", "??"},                 /* C0, DEL */
        {"x\xc2\x9by", "x?y"},              /* C1: CSI in one character */
        {"\xe2\x80\xae\xe2\x80\xac", "??"}, /* right-to-left override, and its end */
        {"\xe2\x80\xa8", "?"},              /* line separator */
        {"\xff\xfe", "??"},                 /* no UTF-8 at all */
        {"\xc0\xaf", "??"},                 /* overlong */
        {"\xed\xa0\x80", "???"},            /* surrogate */
        {"\xf4\x90\x80\x80", "????"},       /* beyond Unicode */
        {"\xe6\x9c", "??"},                 /* cut short */
        {"\xe6"
         "abc",
         "?abc"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_str_eq(printable(rows[i].bytes, strlen(rows[i].bytes)), rows[i].out);
    }
    ck_assert_str_eq(printable("a\0b", 3), "a?b");
}
END_TEST

START_TEST(printable_cuts_at_a_character)
{
    char out[5] = "zzzz";
    verge_printable(out, sizeof(out), "abc木", 6);
    ck_assert_str_eq(out, "abc");
    verge_printable(out, sizeof(out), "abcd木", 7);
    ck_assert_str_eq(out, "abcd");
    verge_printable(out, sizeof(out), "a木b", 5);
    ck_assert_str_eq(out, "a木");
    verge_printable(out, 1, "a", 1);
    ck_assert_str_eq(out, "");
    out[0] = 'z';
    verge_printable(out, 0, "a", 1);
    ck_assert_int_eq(out[0], 'z');
}
END_TEST

UNIT_MAIN("error", statuses, words_of_the_server, a_redirect_says_so, long_words_are_cut, set,
          names, printable_passes_text, printable_stops_harm, printable_cuts_at_a_character)
