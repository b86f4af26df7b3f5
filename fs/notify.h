/* SPDX-License-Identifier: MIT */
/*
 * Tells the kernel what a new snapshot changed: inodes whose attributes or content differ, names
 * that lead elsewhere. From threads of its own, never from a handler: a name's invalidation wants
 * the lock of its directory, which the kernel holds while a mkdir, rmdir or rename is answered.
 * Inodes need no lock and have a thread of their own, so that a writer can wait for them: after a
 * write returns, every size that the kernel holds is right. The scratch of devices that are gone
 * goes with them.
 */
#ifndef VERGEFS_NOTIFY_H
#define VERGEFS_NOTIFY_H

#include "lib/inventory.h"

#include "fs/inode.h"

struct fuse_session;
struct scratch;
struct notify;

struct notify *notify_new(void); /* NULL: no memory */

/* Starts the threads; changes before this are forgotten, for the kernel holds nothing yet. 0 or
 * -errno. */
int notify_start(struct notify *notify, struct fuse_session *session,
                 struct verge_inventory *inventory, struct scratch *scratch);

/* Joins the threads. A name's invalidation that waits for the kernel ends with the unmounting, so
 * unmount first. */
void notify_free(struct notify *notify);

/* A verge_changed callback; argument is the notify. */
void notify_changed(void *argument, enum verge_list_id list, const struct verge_snapshot *before,
                    const struct verge_snapshot *after);

/* A verge_doubted callback; argument is the notify. */
void notify_doubted(void *argument, enum verge_list_id list, uint32_t owner, uint32_t key);

/*
 * How often the kernel was told that something has changed. An answer that was begun at one number
 * and is ready at another may be made of what the kernel was told to forget: it is not to be held.
 */
uint64_t notify_told(struct notify *notify);

/* The kernel is about to hold this until then (see given.h), unless that number turns out to have
 * changed; to be called before it is compared. */
void notify_given(struct notify *notify, struct address address, int64_t now, int64_t until);

/* Everything is stale: what the kernel was given for a while it is to ask for again. */
void notify_stale(struct notify *notify);

/* A name that no longer leads where the kernel thinks: after a rename between attributes and
 * scratch. */
void notify_name(struct notify *notify, uint64_t directory, const char *name);

/* Waits until the inodes of all changes so far are invalidated. Costs next to nothing when they
 * are. */
void notify_settle(struct notify *notify);

/* The same, and waits a moment for the names. Not for a handler during which the kernel holds the
 * lock of a directory: mkdir, rmdir, rename, lookup, readdir. */
void notify_settle_names(struct notify *notify);

#endif
