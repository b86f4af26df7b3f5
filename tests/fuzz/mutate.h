/* SPDX-License-Identifier: MIT */
/*
 * Inputs, and what chance makes of them: bytes changed, put in, taken out, moved, parts of other
 * inputs, and words that readers look for. The same seed gives the same mutations everywhere.
 */
#ifndef MUTATE_H
#define MUTATE_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_LONGEST 65536

struct inputs {
    struct input {
        char *path;
        uint8_t *bytes;
        size_t length;
    } * inputs;
    size_t count;
};

/* Reads a file of at most FUZZ_LONGEST bytes; ends the program where that fails. */
void inputs_add(struct inputs *inputs, const char *path);
/* By name: the order in a folder is anybody's. */
void inputs_sort(struct inputs *inputs);
void inputs_free(struct inputs *inputs);

struct mutator {
    uint64_t random; /* the seed, at first */
    const struct inputs *corpus;
};

/* Writes the next mutation of one of the corpus and returns its length. */
size_t mutate(struct mutator *mutator, uint8_t bytes[FUZZ_LONGEST]);

#endif
