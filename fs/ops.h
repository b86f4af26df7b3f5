/* SPDX-License-Identifier: MIT */
/*
 * The FUSE entry points: unpack, delegate, reply.
 */
#ifndef VERGEFS_OPS_H
#define VERGEFS_OPS_H

#include "fs/options.h"

#include "fs/notify.h"
#include "fs/tree.h"

/* The user data of the FUSE session. */
struct mount {
    struct tree *tree;
    struct notify *notify;
    pthread_mutex_t lock; /* guards the two below */
    struct operation
        *running; /* operations that wait, so that the end of the mount can cancel them */
    bool ending;
};

extern const struct fuse_lowlevel_ops ops;

void mount_init(struct mount *mount, struct tree *tree, struct notify *notify);
void mount_destroy(struct mount *mount);

/* Cancels what is in flight and what comes from now on. Safe from any thread. */
void mount_end(struct mount *mount);

#endif
