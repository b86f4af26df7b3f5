/* SPDX-License-Identifier: MIT */
/*
 * The recursive-delete guard (spec §3): remembers which process was refused an unlink in a device's
 * directory, and refuses it the rmdir of that device for a minute. `find -delete`,
 * rmtree(ignore_errors=True) and remove_tree go on after EPERM; a plain rmdir never asks to unlink
 * first.
 */
#ifndef VERGEFS_GUARD_H
#define VERGEFS_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Entries held at once: beyond it the oldest goes. */
#define GUARD_ENTRIES 4096
#define GUARD_MS 60000

struct guard;

struct guard *guard_new(void); /* NULL: no memory */
void guard_free(struct guard *guard);

/* `now` in milliseconds of verge_now(). Safe for many threads. */
void guard_refused(struct guard *guard, pid_t process, uint32_t device, int64_t now);
bool guard_forbids(struct guard *guard, pid_t process, uint32_t device, int64_t now);

/* The thread group of a thread, from /proc/TID/status; the thread itself where that cannot be read.
 */
pid_t guard_process(pid_t thread);

#endif
