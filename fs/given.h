/* SPDX-License-Identifier: MIT */
/*
 * What the kernel was given to hold, and until when: so that after a change it is told only of what
 * it may still hold, be the fleet as large as it is. A word for each row, found by its key. Two
 * rows that share one, and two parts of a row that share a bit, are told of together, which costs a
 * call too many and loses nothing.
 */
#ifndef VERGEFS_GIVEN_H
#define VERGEFS_GIVEN_H

#include "fs/inode.h"

struct given;

struct given *given_new(void); /* NULL: no memory */
void given_free(struct given *given);

/* Held from `now` to `until`, each a verge_now(). An inode is marked with its own address, a name
 * with that of its directory. Any thread. */
void given_mark(struct given *given, struct address address, int64_t now, int64_t until);

/* Whether the kernel may hold it now, or a name in it. */
bool given_is_held(const struct given *given, struct address address, int64_t now);

#endif
