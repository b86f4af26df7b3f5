/* SPDX-License-Identifier: MIT */
/*
 * The kernel's second try. Told ESTALE, it walks the path again and repeats the call by itself, and
 * by then the path may name a device that is not the one meant, under the same key or another: what
 * was refused would be done to it, with the caller none the wiser. So the repetition of what was
 * refused is refused, too. The caller's own next try finds a device that the path names, and works.
 */
#ifndef VERGEFS_AGAIN_H
#define VERGEFS_AGAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Refusals remembered at once: beyond it the oldest goes. */
#define AGAIN_ENTRIES 64
/* How long the repetition may take to come: the walk may ask the server. */
#define AGAIN_MS 30000

struct again;

struct again *again_new(void); /* NULL: no memory */
void again_free(struct again *again);

/* What a call was about: a name in a directory, whose inode number is given. */
uint64_t again_place(uint64_t directory, const char *name);

/* `now` in milliseconds of verge_now(). Safe for many threads. */
void again_refused(struct again *again, pid_t thread, uint64_t place, int64_t now);
/* True once for each refusal. */
bool again_repeats(struct again *again, pid_t thread, uint64_t place, int64_t now);

#endif
