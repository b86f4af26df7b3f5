/* SPDX-License-Identifier: MIT */
/*
 * What the kernel must forget when a list goes from one snapshot to the next. Pure: snapshots in,
 * addresses and names out.
 */
#ifndef VERGEFS_DIFFERENCES_H
#define VERGEFS_DIFFERENCES_H

#include "fs/inode.h"
#include "lib/inventory.h"

struct difference_sink {
    void (*inode)(void *argument, struct address address);
    /* NULL, with all below: who asks does not care. */
    void (*name)(void *argument, struct address directory, const char *name);
    /* A name in the directory of this kind of every VM. */
    void (*name_of_each)(void *argument, enum kind directory, const char *name);
    /* The VM of a machine and the `sub` of a group, from what is held; 0 where that is not known:
     * the kernel holds no directory of it then. */
    uint32_t (*vm)(void *argument, uint32_t machine);
    uint32_t (*group)(void *argument, const struct verge_reference *reference);
    /* A device that is there no more, or has left its key to another one. */
    void (*gone)(void *argument, uint32_t device);
};

/* Of names, only those that no longer lead where they led; what is new was never cached. */
void differences(enum verge_list_id list, const struct verge_snapshot *before,
                 const struct verge_snapshot *after, const struct difference_sink *sink,
                 void *argument);

/* What the kernel must ask for again because these rows are in doubt (see verge_doubted): files
 * alone, so that the way through a directory costs nothing. `held` is what is held of the list. */
void differences_doubted(enum verge_list_id list, const struct verge_snapshot *held, uint32_t owner,
                         uint32_t key, const struct difference_sink *sink, void *argument);

#endif
