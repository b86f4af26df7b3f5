/* SPDX-License-Identifier: MIT */
/*
 * What is a boolean, an integer or a line of text, and what may still become one: the syntax of the
 * scalar attributes (spec §3).
 */
#ifndef VERGEFS_SCALAR_H
#define VERGEFS_SCALAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scalar {
    SCALAR_BOOLEAN, /* true false 1 0 yes no on off y n, any case */
    SCALAR_POWER,   /* on off kill reset, any case */
    SCALAR_INTEGER, /* decimal, an optional sign, 64 bits */
    SCALAR_TEXT,    /* valid UTF-8 without control characters other than tab */
};

enum verdict {
    VERDICT_NEVER,     /* no value, and nothing that follows makes it one */
    VERDICT_BEGINNING, /* no value yet: "tr", "-", half a character */
    VERDICT_OPEN,      /* a value, but more would make it another: "41", "y" */
    VERDICT_CLOSED,    /* a value that nothing can be added to: "true" */
};

/* Judges a line without its newline. Booleans and integers may have blanks (CR too) around. */
enum verdict scalar_judge(enum scalar scalar, const char *line, size_t length);

/* The value in a line: where it begins, and its length in *length; text is left as it is. */
size_t scalar_trim(enum scalar scalar, const char *line, size_t *length);

/* True, with *value, for each spelling of a boolean. */
bool scalar_boolean(const char *text, bool *value);
/* True, with *value, for a decimal integer that fits. */
bool scalar_integer(const char *text, int64_t *value);

#endif
