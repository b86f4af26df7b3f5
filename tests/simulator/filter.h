/* SPDX-License-Identifier: MIT */
/*
 * The `filter` language: comparisons of a table's own columns with literals, joined by `and` and
 * `or`, which have no precedence: they are taken strictly from left to right. Parentheses group.
 *
 * In a string literal the backslash, the apostrophe and `{` are reserved. A backslash before one
 * stands for it; an unescaped balanced `{…}` silently vanishes from the literal; an unbalanced one
 * and a doubled apostrophe are errors.
 */
#ifndef SIMULATOR_FILTER_H
#define SIMULATOR_FILTER_H

#include "tests/simulator/quirks.h"
#include "tests/simulator/store.h"

struct filter;

/* NULL if the text is not a filter over the table. The store resolves keys under quirks. */
struct filter *filter_parse(const char *text, enum table_id table, const struct store *store,
                            const struct quirks *quirks);
void filter_free(struct filter *filter);

bool filter_accepts(const struct filter *filter, const struct row *row);

/* A comparison that all accepted rows fulfil and an order can answer: false if there is none. */
bool filter_anchor(const struct filter *filter, int *column, const struct value **value);

#endif
