/* SPDX-License-Identifier: MIT */
/*
 * Reading JSON that can't make up its mind (vergeos-api §3.3): keys, references, booleans,
 * integers, times and text, each tolerant in one place. A missing item (NULL) reads like null.
 */
#ifndef VERGE_VALUE_H
#define VERGE_VALUE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/text.h"

/*
 * A key or a reference to a row, as a number: a number, a numeric string, the number behind the
 * last slash of a path ("vms/39", "/v4/users/2"), or an object with `$key` or `id`. Keys are row
 * numbers from 1 to 4294967295; false for anything else, null included, and *key is 0.
 */
bool verge_value_key(const cJSON *item, uint32_t *key);

/*
 * A reference kept exactly as it came: its text is appended ("" for null; of an object its `$key`,
 * else `id`), and *is_number tells whether JSON had it as a number, so that it can be sent back
 * unchanged. A reference is told from another by comparing the texts without regard to case.
 */
bool verge_value_reference(const cJSON *item, struct verge_text *text, bool *is_number);
/* The same without a copy: borrowed from the item where it is a string, else printed into `room`.
 */
const char *verge_value_reference_text(const cJSON *item, char room[64], bool *is_number);

/* true/false, numbers (0 is false), "true" "yes" "on" "1" and their opposites in any case;
 * `missing` for null, "" and anything unknown. */
bool verge_value_boolean(const cJSON *item, bool missing);

/* A number (fractions cut) or a numeric string; `missing` for everything else and for what int64_t
 * cannot hold. Numbers are exact up to 2^53, as JSON's are. */
int64_t verge_value_integer(const cJSON *item, int64_t missing);

/* UTC seconds; 0 when unset. Values above 10^11 are taken for milliseconds, above 10^14 for
 * microseconds. */
int64_t verge_value_time(const cJSON *item);

/*
 * Text: a string as it is; null "" ; a number or boolean as JSON writes it; of an object its
 * `name`, `$display` or
 * `$key`. Borrowed from the item where it is a string; otherwise printed into `room`.
 */
const char *verge_value_text(const cJSON *item, char room[64]);

/* Same value for the purpose of "did my write arrive": numbers and numeric strings, booleans in
 * every spelling of vergeos-api §3.3, null and "" compare by meaning; objects and arrays deeply,
 * order of members aside. */
bool verge_value_same(const cJSON *one, const cJSON *other);

/* Parses at most `length` bytes as one JSON value; NULL on malformed text, on trailing garbage and
 * on nesting deeper than 64. Caller frees with cJSON_Delete. */
cJSON *verge_json_parse(const char *bytes, size_t length);

/* Adds a member, which it takes over in any case; false when memory ran out, for the member too
 * (NULL). */
bool verge_json_put(cJSON *object, const char *name, cJSON *member_take);

/* For `__attribute__((cleanup))` locals. */
void verge_json_cleanup(cJSON **item);
#define VERGE_JSON_LOCAL __attribute__((cleanup(verge_json_cleanup))) cJSON

#endif
