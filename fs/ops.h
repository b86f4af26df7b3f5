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
    pthread_mutex_t lock; /* guards all below */
    struct operation
        *running; /* operations that wait, so that the end of the mount can cancel them */
    bool ending;
    unsigned left;           /* of those that waited when the end began */
    pthread_cond_t all_left; /* there is none any more */
};

extern const struct fuse_lowlevel_ops ops;

void mount_init(struct mount *mount, struct tree *tree, struct notify *notify);
void mount_destroy(struct mount *mount);

/* Cancels what is in flight and what comes from now on. Safe from any thread. */
void mount_end(struct mount *mount);

/* After mount_end: waits for what could not be cancelled, which is a change that has been sent. Who
 * comes meanwhile is served, so that he does not wait as well. */
void mount_wait(struct mount *mount);

#endif
