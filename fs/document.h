/* SPDX-License-Identifier: MIT */
/*
 * Where a JSON object begins and ends in bytes that come piece by piece: brackets and quotes, no
 * more. Whether what lies between is JSON is for the parser to say.
 */
#ifndef VERGEFS_DOCUMENT_H
#define VERGEFS_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCUMENT_DEPTH 64

struct document {
    unsigned depth;  /* brackets open; of an array in the place of the object, 1 */
    uint64_t arrays; /* a bit for each open bracket, the innermost lowest: 1 for [ and 0 for { */
    bool in_string, escaped;
};

/*
 * Takes the next piece, of which *from up to *to belong to the object. 1: its last brace is the one
 * before *to, and what comes after has not been looked at. 0: it goes on. -EINVAL: there is
 * anything but white space before it, a bracket that does not match, a NUL, or it is nested too
 * deeply.
 */
int document_take(struct document *document, const char *bytes, size_t length, size_t *from,
                  size_t *to);

/* What JSON, and everybody else here, takes for white space. */
bool document_white(char c);

#endif
