/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a value to change: poll(2) on `status` and on the error log (spec: as sysfs
 * attributes are polled). While somebody polls, the rows are refreshed as they grow stale, within
 * the budget; a value that differs from what the descriptor last read wakes its poller. One thread,
 * made when the first poller comes.
 */
#ifndef VERGEFS_WATCH_H
#define VERGEFS_WATCH_H

#include "fs/file.h"

struct fuse_pollhandle;
struct watch;

struct watch *watch_new(struct tree *tree, int64_t interval_ms); /* NULL: no memory */

/* Ends the thread, then forgets all. */
void watch_end(struct watch *watch);
void watch_free(struct watch *watch);

/* The poller of an open file, in place of an earlier one; takes the handle over. 0, -ENOMEM or the
 * errno of starting the thread. */
int watch_add(struct watch *watch, struct file *file, struct fuse_pollhandle *handle_take);

/* The file is about to be freed. */
void watch_remove(struct watch *watch, const struct file *file);

#endif
