/* SPDX-License-Identifier: MIT */
/*
 * A request of the API's query language as a URL path. The only place that knows quoting: of
 * literals in a filter (vergeos-api §2.2) and of everything in a URL (§1.1).
 */
#ifndef VERGE_QUERY_H
#define VERGE_QUERY_H

#include <stdint.h>

#include "lib/text.h"

/* Rows of one page: the vendor's clients go no higher (vergeos-api §2.3). */
#define VERGE_PAGE 1000

/* Which rows, and what of them. NULL members are left out of the URL. */
struct verge_query {
    const char *table;  /* "machine_devices" */
    const char *key;    /* one row: /table/key, percent-encoded here */
    const char *fields; /* raw: "$key,status#status as device_status" */
    const char *filter; /* raw, from the functions below */
    const char *sort;   /* raw: "+$key" */
    unsigned limit;     /* 0: not sent */
    uint64_t offset;    /* 0: not sent */
};

/* Appends "/api/v4/table[/key][?…]" to `url`, encoded; false when memory ran out. */
bool verge_query_url(struct verge_text *url, const struct verge_query *query);

/*
 * Whether a filter can stand in parentheses and stays within them: none of its own closes one that
 * it has not opened, and none is open at its end, nor is a literal.
 */
bool verge_filter_whole(const char *filter);

/* Appends a string literal in single quotes, with a backslash before each backslash, apostrophe and
 * '{'. */
bool verge_filter_literal(struct verge_text *filter, const char *bytes);

/* Appends `column op N`. */
bool verge_filter_number(struct verge_text *filter, const char *column, const char *op,
                         uint64_t number);

/* Appends `column op 'literal'`. */
bool verge_filter_string(struct verge_text *filter, const char *column, const char *op,
                         const char *bytes);

#endif
