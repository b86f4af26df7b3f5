/* SPDX-License-Identifier: MIT */
/*
 * A list of rows read row by row, without a tree of all of them: a page has a thousand rows, and
 * most of the time that a tree takes goes into making and freeing its nodes. Each row comes as a
 * small tree whose nodes and texts are used again for the next one.
 *
 * What is written in an unusual way (numbers with a fraction, \u escapes, nesting deeper than a row
 * of the API has) and what is malformed is left to verge_json_parse, which knows all.
 */
#ifndef VERGE_SCAN_H
#define VERGE_SCAN_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* The row is valid during the call; false ends the reading. */
typedef bool verge_row_taker(void *argument, const cJSON *row);

/*
 * True when `bytes` are an array that was read to its end; every element was taken. False when
 * somebody else has to read it: then the first elements have been taken, exactly as
 * verge_json_parse would give them.
 */
bool verge_scan_rows(const char *bytes, size_t length, verge_row_taker *take, void *argument);

#endif
