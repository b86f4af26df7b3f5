/* SPDX-License-Identifier: MIT */
/*
 * One cell of a row.
 *
 * Texts are shared by counted reference, so that copying a whole store costs no text. The counts
 * are plain integers: whoever guards the rows guards them.
 */
#ifndef SIMULATOR_VALUE_H
#define SIMULATOR_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

struct shared_text {
    unsigned references;
    char text[];
};

enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_NUMBER,
    VALUE_TEXT,
    VALUE_DOCUMENT, /* the text of any other JSON: object, array, fraction */
};

struct value {
    enum value_kind kind;
    union {
        bool truth;
        int64_t number;
        struct shared_text *shared;
    };
};

struct value value_bool(bool truth);
struct value value_number(int64_t number);
struct value value_text(const char *text);

/* Whatever the JSON holds, as it is. NULL gives a null. */
struct value value_from_json(const cJSON *json);
/* The inverse; the caller deletes it. */
cJSON *value_to_json(const struct value *value);

struct value value_copy(const struct value *value);
void value_clear(struct value *value);

/* The characters of a text or document; "" for anything else. */
const char *value_characters(const struct value *value);

/*
 * A total order: kinds apart, then numbers by size and texts byte by byte. Nulls come last, so
 * that a new row, whose references are still null, goes to the end of an order and not its front.
 */
int value_compare(const struct value *left, const struct value *right);

/* Reads all of `text` as a decimal integer. */
bool parse_number(const char *text, int64_t *number);

#endif
