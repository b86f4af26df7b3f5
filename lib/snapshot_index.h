/* SPDX-License-Identifier: MIT */
/*
 * From a number that rows have (a device's key, a VM's machine) to their owner: pairs in order of
 * that number, eight bytes a row. Immutable, and shared by all snapshots that agree in it.
 */
#ifndef VERGE_SNAPSHOT_INDEX_H
#define VERGE_SNAPSHOT_INDEX_H

#include "lib/snapshot.h"

struct verge_index;

struct verge_index *verge_index_empty(void);
void verge_index_release(struct verge_index *index); /* NULL is nothing */

/* The index of `base` after these cells have replaced those it has, by the number `number_of`
 * gives; the same one, held once more, when nothing in it changes. NULL when memory ran out. */
struct verge_index *verge_index_apply(struct verge_index *index, const struct verge_snapshot *base,
                                      const struct verge_cell *cells, size_t count,
                                      uint32_t (*number_of)(const struct verge_record *record));

/* The owner of the row with this number; of several the lowest. */
bool verge_index_find(const struct verge_index *index, uint32_t number, uint32_t *owner);

#endif
