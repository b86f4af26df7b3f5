/* SPDX-License-Identifier: MIT */
/*
 * Filters and URLs: a digit, then a literal's bytes, the name of a directory below query/, or the
 * parts of a request, a line each. A literal is one token that stands for its bytes; a filter of a
 * user stays within the parentheses it is sent in; no part of a URL ends before its end.
 */
#include "config.h"

#include <errno.h>

#include "fs/query.h"
#include "lib/queries.h"
#include "lib/query.h"
#include "tests/fuzz/canned.h"

FUZZ_RUNS(20000);

/* ---- a server's reading ---- */

/* The bytes of the literal that begins at the quote, and where it ends; NULL when it does not. */
static const char *read_literal(const char *at, struct verge_text *bytes)
{
    for (at++; *at && *at != '\''; at++) {
        must(*at != '{'); /* has a meaning of its own, unless a backslash is before it */
        if (*at == '\\')
            at++;
        if (*at)
            verge_text_char(bytes, *at);
    }
    return *at ? at + 1 : NULL;
}

/* Where the parenthesis at `at` is closed; NULL where it is not. */
static const char *closing(const char *at)
{
    size_t depth = 0;
    bool in_literal = false;

    for (; *at; at++) {
        if (in_literal && *at == '\\' && at[1])
            at++;
        else if (*at == '\'')
            in_literal = !in_literal;
        else if (!in_literal && *at == '(')
            depth++;
        else if (!in_literal && *at == ')' && --depth == 0)
            return at;
    }
    return NULL;
}

static unsigned hex(char digit)
{
    return (unsigned)(digit <= '9' ? digit - '0' : digit - 'A' + 10);
}

/* Decodes up to one of the bytes that end a part, and says where that was. */
static const char *read_part(const char *at, const char *ends, struct verge_text *part)
{
    for (; *at && !strchr(ends, *at); at++) {
        char byte = *at;
        must((unsigned char)byte > 0x20 && (unsigned char)byte < 0x7f &&
             !strchr("\"<>\\^`{|}#", byte));
        if (byte == '%') {
            must(strspn(at + 1, "0123456789ABCDEF") >= 2);
            byte = (char)(hex(at[1]) << 4 | hex(at[2]));
            at += 2;
        }
        verge_text_char(part, byte);
    }
    return at;
}

/* ---- what is checked ---- */

static void check_literal(struct fuzz *fuzz)
{
    char *bytes = fuzz_rest_string(fuzz);
    VERGE_TEXT_LOCAL filter = VERGE_TEXT_INIT;
    VERGE_TEXT_LOCAL read = VERGE_TEXT_INIT;

    must(verge_filter_string(&filter, "name", "eq", bytes));
    must(strncmp(verge_text_content(&filter), "name eq '", 9) == 0);
    const char *end = read_literal(verge_text_content(&filter) + 8, &read);
    must(end && *end == '\0');
    must(strcmp(verge_text_content(&read), bytes) == 0);
    must(verge_filter_whole(verge_text_content(&filter)));
    free(bytes);
}

static void check_sent(const struct canned *canned, const char *text)
{
    const char *filter = strstr(canned->last, "&filter=");
    VERGE_TEXT_LOCAL sent = VERGE_TEXT_INIT;

    must(filter != NULL);
    read_part(filter + 8, "&", &sent);
    const char *content = verge_text_content(&sent);
    must(sent.length == strlen(text) + 2 && strncmp(content + 1, text, strlen(text)) == 0);
    must(*content == '(' && closing(content) == content + sent.length - 1);
}

/* Names are given by the kernel: any bytes but NUL and '/', at most NAME_MAX of them. */
static void check_directory(struct fuzz *fuzz)
{
    char *name = fuzz_line_string(fuzz);
    char text[NAME_ROOM];
    static struct canned canned;
    struct verge_want want = {{verge_now() + 600000, NULL}, VERGE_FRESH};
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_snapshot *rows = NULL;

    name[strnlen(name, NAME_MAX)] = '\0';
    if (query_filter(name, text)) {
        must(strlen(text) <= strlen(name));
        canned_start(&canned, fuzz);
        struct verge_queries *queries = verge_queries_new(canned.client, 1000);
        int result = verge_query_devices(queries, &want, text, &rows, NULL, &error);
        canned_check(&error, result);
        must((result == 0) == (rows != NULL));
        if (verge_filter_whole(text))
            check_sent(&canned, text);
        else
            must(result == -EINVAL && canned.sent[VERGE_GET] == 0);
        verge_snapshot_release(rows);
        verge_queries_free(queries);
        canned_stop(&canned);
    }
    free(name);
}

static void check_parameter(const char **at, const char *name, const char *value)
{
    VERGE_TEXT_LOCAL part = VERGE_TEXT_INIT;

    must(**at == '?' || **at == '&');
    must(strncmp(*at + 1, name, strlen(name)) == 0);
    *at = read_part(*at + 1 + strlen(name), "&?", &part);
    must(strcmp(verge_text_content(&part), value) == 0);
}

static void check_url(struct fuzz *fuzz)
{
    char *key = fuzz_line_string(fuzz), *fields = fuzz_line_string(fuzz);
    char *filter = fuzz_line_string(fuzz), *sort = fuzz_rest_string(fuzz);
    struct verge_query query = {"t", key, fields, filter, sort, 7, 8};
    VERGE_TEXT_LOCAL url = VERGE_TEXT_INIT;
    VERGE_TEXT_LOCAL part = VERGE_TEXT_INIT;

    must(verge_query_url(&url, &query));
    const char *at = verge_text_content(&url);
    must(strncmp(at, "/api/v4/t/", 10) == 0);
    at = read_part(at + 10, "/?", &part);
    must(strcmp(verge_text_content(&part), key) == 0 && *at == '?');
    check_parameter(&at, "fields=", fields);
    check_parameter(&at, "filter=", filter);
    check_parameter(&at, "sort=", sort);
    must(strcmp(at, "&limit=7&offset=8") == 0);
    free(key);
    free(fields);
    free(filter);
    free(sort);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(struct fuzz * fuzz) = {check_literal, check_directory, check_url};
    struct fuzz fuzz = {data, size};

    checks[fuzz_choice(&fuzz, 3)](&fuzz);
    return 0;
}
