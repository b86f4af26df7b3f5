/* SPDX-License-Identifier: MIT */
/*
 * How snapshots are made; how they are read stands in inventory.h. A snapshot is a sorted run of
 * leaves, each an immutable run of the rows of some owners. A snapshot that differs from another in
 * a few owners shares all leaves but theirs, so a change costs as much as it changes, not as much
 * as there is.
 */
#ifndef VERGE_SNAPSHOT_H
#define VERGE_SNAPSHOT_H

#include "lib/inventory.h"

/* The rows that an owner is to have, in order of key; none takes the owner away. */
struct verge_cell {
    uint32_t owner;
    const struct verge_record **rows;
    size_t count;
};

struct verge_snapshot *verge_snapshot_empty(const struct verge_model *model);

/* `base` with these cells in place of those it has; cells in order of owner, each owner once.
 * The rows are held by the new snapshot, not taken over. NULL when memory ran out. */
struct verge_snapshot *verge_snapshot_apply(const struct verge_snapshot *base,
                                            const struct verge_cell *cells, size_t count);

#endif
