/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>

#include "lib/snapshot_index.h"
#include "lib/sort.h"

struct verge_index {
    atomic_uint references;
    size_t count;
    uint64_t pairs[]; /* number above, owner below; ascending */
};

typedef uint32_t number_of_record(const struct verge_record *record);

static uint64_t pair_of(const struct verge_record *record, number_of_record *number_of)
{
    return (uint64_t)number_of(record) << 32 | record->owner;
}

static struct verge_index *index_new(size_t room)
{
    struct verge_index *index = malloc(sizeof(*index) + room * sizeof(index->pairs[0]));

    if (index != NULL) {
        atomic_init(&index->references, 1);
        index->count = 0;
    }
    return index;
}

struct verge_index *verge_index_empty(void)
{
    return index_new(0);
}

void verge_index_release(struct verge_index *index)
{
    if (index != NULL &&
        atomic_fetch_sub_explicit(&index->references, 1, memory_order_acq_rel) == 1) {
        free(index);
    }
}

static bool same_pairs(const struct verge_snapshot *base, const struct verge_cell *cell,
                       number_of_record *number_of)
{
    struct verge_slice held = verge_snapshot_slice(base, cell->owner);

    if (held.count != cell->count) {
        return false;
    }
    for (size_t i = 0; i < held.count; i++) {
        if (pair_of(held.rows[i], number_of) != pair_of(cell->rows[i], number_of)) {
            return false;
        }
    }
    return true;
}

static int compare_pairs(const void *one, const void *other)
{
    uint64_t first = *(const uint64_t *)one, second = *(const uint64_t *)other;

    return first < second ? -1 : first > second;
}

static int compare_owner(const void *owner, const void *cell)
{
    uint32_t wanted = *(const uint32_t *)owner, held = ((const struct verge_cell *)cell)->owner;

    return wanted < held ? -1 : wanted > held;
}

/* The pairs that the cells bring, in order. Caller frees. */
static uint64_t *new_pairs(const struct verge_cell *cells, size_t count,
                           number_of_record *number_of, size_t *added)
{
    size_t total = 0;
    uint64_t *pairs;

    for (size_t i = 0; i < count; i++) {
        total += cells[i].count;
    }
    pairs = calloc(total + 1, sizeof(*pairs));
    *added = 0;
    if (pairs == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < cells[i].count; j++) {
            pairs[(*added)++] = pair_of(cells[i].rows[j], number_of);
        }
    }
    verge_sort(pairs, *added, sizeof(*pairs), compare_pairs);
    return pairs;
}

/* Old pairs of other owners and new pairs, merged. */
static struct verge_index *merge(const struct verge_index *old, const struct verge_cell *cells,
                                 size_t count, const uint64_t *pairs, size_t added)
{
    struct verge_index *index = index_new(old->count + added);
    size_t next = 0;

    if (index == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < old->count; i++) {
        uint32_t owner = (uint32_t)old->pairs[i];

        if (bsearch(&owner, cells, count, sizeof(*cells), compare_owner) != NULL) {
            continue;
        }
        while (next < added && pairs[next] < old->pairs[i]) {
            index->pairs[index->count++] = pairs[next++];
        }
        index->pairs[index->count++] = old->pairs[i];
    }
    while (next < added) {
        index->pairs[index->count++] = pairs[next++];
    }
    return index;
}

struct verge_index *verge_index_apply(struct verge_index *index, const struct verge_snapshot *base,
                                      const struct verge_cell *cells, size_t count,
                                      number_of_record *number_of)
{
    struct verge_index *result;
    uint64_t *pairs;
    size_t same = 0, added;

    while (same < count && same_pairs(base, &cells[same], number_of)) {
        same++;
    }
    if (same == count) {
        atomic_fetch_add_explicit(&index->references, 1, memory_order_relaxed);
        return index;
    }
    pairs = new_pairs(cells, count, number_of, &added);
    if (pairs == NULL) {
        return NULL;
    }
    result = merge(index, cells, count, pairs, added);
    free(pairs);
    return result;
}

bool verge_index_find(const struct verge_index *index, uint32_t number, uint32_t *owner)
{
    size_t low = 0, high = index->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (index->pairs[middle] >> 32 < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == index->count || index->pairs[low] >> 32 != number) {
        return false;
    }
    *owner = (uint32_t)index->pairs[low];
    return true;
}
