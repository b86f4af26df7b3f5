/* SPDX-License-Identifier: MIT */
/*
 * What a file does around its gather, for the tests of it: one that is being written, the values
 * that came out of it, and a server that takes them or not. Fresh for each test.
 */
#ifndef VERGEFS_TESTS_GATHER_FIXTURE_H
#define VERGEFS_TESTS_GATHER_FIXTURE_H

#include "fs/gather.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define WRITER 1
#define CHILD 2

extern struct gather gather;
extern char applied[4096]; /* all values so far, each followed by '|' */
extern int verdict;        /* what the server says to the next values */
extern unsigned requests;

/* Begins anew. */
void open_as(enum syntax syntax);

/* What a file does with what gather says: the errno of the value, if there is one. */
int apply(int result);

/* Each returns what write(2) or close(2) would: 0 or a negative errno. */
int write_bytes(const char *bytes, size_t length, off_t offset);
int write_at(const char *bytes, off_t offset);
int close_by(uint64_t owner);

/* One open, the same bytes in pieces of `step`, one close; the first error ends it. */
int write_in_steps(enum syntax syntax, const char *bytes, size_t step);

TCase *gather_case(Suite *suite, const char *name);

#endif
