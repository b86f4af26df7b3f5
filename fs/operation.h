/* SPDX-License-Identifier: MIT */
/*
 * One FUSE request being served: its deadline, its cancelling by the kernel's INTERRUPT or by the
 * end of the mount, and what is written to the error log when it fails.
 */
#ifndef VERGEFS_OPERATION_H
#define VERGEFS_OPERATION_H

#include "fs/ops.h"

/* Of an answer. */
struct origin {
    uint64_t told; /* notify_told() before any of it was looked for */
    struct address asked;
};

struct operation {
    struct request request;
    struct verge_cancel cancel;
    struct mount *mount;
    fuse_req_t req;
    struct origin origin;
    bool waits; /* in the mount's list of those that wait for something */
    bool left;  /* it waited when the end of the mount began; guarded by its lock */
    struct operation *next, **link; /* in that list; guarded by its lock */
};

/* Begins serving; who fires its token knows of it as soon as it waits for something. -ESTALE for an
 * inode number that is no address. To be ended in any case, before the reply. */
int operation_begin(struct operation *operation, fuse_req_t req, fuse_ino_t inode,
                    struct address *address);

/* `name` may be NULL. A failure that has more to say than its errno goes to the error log. Returns
 * `result`. */
int operation_end(struct operation *operation, const char *what, struct address address,
                  const char *name, int result);

#endif
