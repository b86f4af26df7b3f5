/* SPDX-License-Identifier: MIT */
/*
 * What a fuzz target stands on. A target is a program with LLVMFuzzerTestOneInput, which takes any
 * bytes and must survive them, and keep the promises that it checks with `must`.
 *
 * Each is built twice: with libFuzzer (scripts/fuzz), which searches, and with driver.c, which goes
 * through the corpus and a fixed count of mutations of it (make check). Where a target has a choice
 * to make, the input's first bytes make it, as digits where they can be, so that the files of the
 * corpus can be read and written by hand.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many mutations `make check` makes of the target's corpus: as many as take half a second. */
extern const unsigned fuzz_default_runs;
#define FUZZ_RUNS(count) const unsigned fuzz_default_runs = (count)

/* Tells what was broken, and ends the program as a crash would. */
#define must(condition) \
    do { \
        if (!(condition)) \
            fuzz_broken(__FILE__, __LINE__, #condition); \
    } while (0)

__attribute__((noreturn)) static inline void fuzz_broken(const char *file, int line,
                                                         const char *condition)
{
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, condition);
    abort();
}

/* What is left of an input. */
struct fuzz {
    const uint8_t *at;
    size_t left;
};

/* 0 when there is no more. */
static inline unsigned fuzz_byte(struct fuzz *fuzz)
{
    if (fuzz->left == 0)
        return 0;
    fuzz->left--;
    return *fuzz->at++;
}

/* One of so many: '0' is the first. */
static inline unsigned fuzz_choice(struct fuzz *fuzz, unsigned count)
{
    return (fuzz_byte(fuzz) + 256U - '0') % 256U % count;
}

/* A copy of exactly these bytes, so that a memory checker sees who reads beyond them. */
static inline char *fuzz_copy(const void *bytes, size_t length)
{
    char *copy = length > 0 ? malloc(length) : calloc(1, 1);

    must(copy != NULL);
    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

/* The next line without its end, all that is left when it is the last; the caller frees. */
static inline char *fuzz_line(struct fuzz *fuzz, size_t *length)
{
    const uint8_t *end = fuzz->left > 0 ? memchr(fuzz->at, '\n', fuzz->left) : NULL;

    *length = end != NULL ? (size_t)(end - fuzz->at) : fuzz->left;
    char *line = fuzz_copy(fuzz->at, *length);
    fuzz->at += *length + (end != NULL);
    fuzz->left -= *length + (end != NULL);
    return line;
}

/* Passes over what is left of the line. */
static inline void fuzz_end_line(struct fuzz *fuzz)
{
    size_t length;

    free(fuzz_line(fuzz, &length));
}

static inline char *fuzz_rest(struct fuzz *fuzz, size_t *length)
{
    char *rest = fuzz_copy(fuzz->at, fuzz->left);

    *length = fuzz->left;
    fuzz->left = 0;
    return rest;
}

/* The same as a string, which ends at a NUL among the bytes. */
static inline char *fuzz_string_of(char *bytes_take, size_t length)
{
    char *string = calloc(length + 1, 1);

    must(string != NULL);
    memcpy(string, bytes_take, strnlen(bytes_take, length));
    free(bytes_take);
    return string;
}

static inline char *fuzz_line_string(struct fuzz *fuzz)
{
    size_t length;
    char *line = fuzz_line(fuzz, &length);

    return fuzz_string_of(line, length);
}

static inline char *fuzz_rest_string(struct fuzz *fuzz)
{
    size_t length;
    char *rest = fuzz_rest(fuzz, &length);

    return fuzz_string_of(rest, length);
}

#endif
