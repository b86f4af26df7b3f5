/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/query.h"

#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

/* In a query these may stay as they are (RFC 3986), which keeps traces and logs readable. */
#define READABLE UNRESERVED "$,():"

static bool encode(struct verge_text *url, const char *bytes, const char *plain)
{
    while (*bytes) {
        size_t run = strspn(bytes, plain);
        verge_text_append(url, bytes, run);
        bytes += run;
        if (*bytes) {
            verge_text_printf(url, "%%%02X", (unsigned char)*bytes++);
        }
    }
    return !url->failed;
}

static void segment(struct verge_text *url, const char *bytes)
{
    if (bytes) {
        verge_text_char(url, '/');
        encode(url, bytes, UNRESERVED);
    }
}

/* Appends "?name=" or "&name=". */
static void parameter(struct verge_text *url, char *separator, const char *name)
{
    verge_text_printf(url, "%c%s=", *separator, name);
    *separator = '&';
}

static void text_parameter(struct verge_text *url, char *separator, const char *name,
                           const char *value)
{
    if (value) {
        parameter(url, separator, name);
        encode(url, value, READABLE);
    }
}

static void number_parameter(struct verge_text *url, char *separator, const char *name,
                             uint64_t value)
{
    if (value) {
        parameter(url, separator, name);
        verge_text_printf(url, "%" PRIu64, value);
    }
}

bool verge_query_url(struct verge_text *url, const struct verge_query *query)
{
    char separator = '?';
    verge_text_string(url, "/api/v4");
    segment(url, query->table);
    segment(url, query->key);
    text_parameter(url, &separator, "fields", query->fields);
    text_parameter(url, &separator, "filter", query->filter);
    text_parameter(url, &separator, "sort", query->sort);
    number_parameter(url, &separator, "limit", query->limit);
    number_parameter(url, &separator, "offset", query->offset);
    return !url->failed;
}

bool verge_filter_literal(struct verge_text *filter, const char *bytes)
{
    verge_text_char(filter, '\'');
    for (; *bytes; bytes++) {
        if (strchr("\\'{", *bytes)) {
            verge_text_char(filter, '\\');
        }
        verge_text_char(filter, *bytes);
    }
    return verge_text_char(filter, '\'');
}

bool verge_filter_whole(const char *filter)
{
    size_t open = 0;
    bool in_literal = false;
    for (; *filter; filter++) {
        char c = *filter;
        if (c == '\'') {
            in_literal = !in_literal;
        } else if (in_literal) {
            filter += c == '\\' && filter[1];
        } else if (c == '(') {
            open++;
        } else if (c == ')' && open-- == 0) {
            return false;
        }
    }
    return open == 0 && !in_literal;
}

bool verge_filter_number(struct verge_text *filter, const char *column, const char *op,
                         uint64_t number)
{
    return verge_text_printf(filter, "%s %s %" PRIu64, column, op, number);
}

bool verge_filter_string(struct verge_text *filter, const char *column, const char *op,
                         const char *bytes)
{
    verge_text_printf(filter, "%s %s ", column, op);
    return verge_filter_literal(filter, bytes);
}
