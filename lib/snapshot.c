/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/snapshot.h"
#include "lib/snapshot_index.h"
#include "lib/sort.h"

/* A leaf is closed at the end of an owner once it has half of this; one owner may have more. */
#define LEAF_ROWS 256

/* What rows are looked for by, so that a search touches no row but the one it finds. */
struct place {
    uint32_t owner, key;
};

/* Rows in order of (owner, key), and a reference to each. All rows of an owner are in one leaf. */
struct leaf {
    atomic_uint references;
    size_t count;
    const struct place *places; /* of the rows, behind them */
    const struct verge_record *rows[];
};

struct branch {
    uint32_t first;  /* the lowest owner of the leaf */
    size_t position; /* of its first row among all */
    struct leaf *leaf;
};

struct verge_snapshot {
    atomic_uint references;
    uint64_t generation;
    const struct verge_model *model;
    size_t count;                      /* of rows */
    struct verge_index *by_key;        /* NULL where each row is its own owner */
    struct verge_index *by_machine;    /* of VMs only */
    const struct verge_record **named; /* VMs in order of (name, key); borrowed from the leaves */
    size_t branch_count;
    struct branch branches[];
};

/* A snapshot being made. */
struct builder {
    const struct verge_record **rows; /* of the leaf that is open */
    size_t count, size;
    struct branch *branches;
    size_t branch_count, branch_size;
    size_t position;
    bool failed;
};

static void leaf_release(struct leaf *leaf)
{
    if (atomic_fetch_sub_explicit(&leaf->references, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < leaf->count; i++) {
        verge_record_release(leaf->rows[i]);
    }
    free(leaf);
}

static void add_branch(struct builder *builder, struct leaf *leaf)
{
    if (builder->branch_count == builder->branch_size) {
        size_t size = builder->branch_size * 2 + 4;
        struct branch *branches = reallocarray(builder->branches, size, sizeof(*branches));

        if (branches == NULL) {
            builder->failed = true;
            leaf_release(leaf);
            return;
        }
        builder->branches = branches;
        builder->branch_size = size;
    }
    builder->branches[builder->branch_count++] =
        (struct branch){leaf->rows[0]->owner, builder->position, leaf};
    builder->position += leaf->count;
}

/* Makes a leaf of the rows gathered so far. */
static void close_leaf(struct builder *builder)
{
    struct leaf *leaf;
    struct place *places;

    if (builder->count == 0) {
        return;
    }
    leaf = malloc(sizeof(*leaf) +
                  builder->count * (sizeof(struct verge_record *) + sizeof(struct place)));
    if (leaf == NULL) {
        builder->failed = true;
        return;
    }
    atomic_init(&leaf->references, 1);
    leaf->count = builder->count;
    places = (struct place *)&leaf->rows[builder->count];
    for (size_t i = 0; i < builder->count; i++) {
        leaf->rows[i] = verge_record_hold(builder->rows[i]);
        places[i] = (struct place){leaf->rows[i]->owner, leaf->rows[i]->key};
    }
    leaf->places = places;
    builder->count = 0;
    add_branch(builder, leaf);
}

static void share_leaf(struct builder *builder, struct leaf *leaf)
{
    close_leaf(builder);
    atomic_fetch_add_explicit(&leaf->references, 1, memory_order_relaxed);
    add_branch(builder, leaf);
}

/* Adds all rows of one owner. */
static void add_rows(struct builder *builder, const struct verge_record *const *rows, size_t count)
{
    if (count == 0 || builder->failed) {
        return;
    }
    if (builder->count >= LEAF_ROWS / 2) {
        close_leaf(builder);
    }
    if (builder->count + count > builder->size) {
        size_t size = builder->count + count + LEAF_ROWS;
        const struct verge_record **more =
            reallocarray(builder->rows, size, sizeof(struct verge_record *));

        if (more == NULL) {
            builder->failed = true;
            return;
        }
        builder->rows = more;
        builder->size = size;
    }
    memcpy(&builder->rows[builder->count], rows, count * sizeof(struct verge_record *));
    builder->count += count;
}

/* How many rows from `at` on are of the same owner. */
static size_t run_length(const struct leaf *leaf, size_t at)
{
    size_t end = at + 1;

    while (end < leaf->count && leaf->places[end].owner == leaf->places[at].owner) {
        end++;
    }
    return end - at;
}

/* A leaf anew, with the cells below `end` in their places; gives the number of cells used. */
static size_t merge_leaf(struct builder *builder, const struct leaf *leaf, uint64_t end,
                         const struct verge_cell *cells, size_t count)
{
    size_t used = 0, at = 0;

    while (at < leaf->count || (used < count && cells[used].owner < end)) {
        uint64_t held = at < leaf->count ? leaf->places[at].owner : UINT64_MAX;
        uint64_t next = used < count && cells[used].owner < end ? cells[used].owner : UINT64_MAX;
        size_t run = at < leaf->count && held <= next ? run_length(leaf, at) : 0;

        if (next <= held) {
            add_rows(builder, cells[used].rows, cells[used].count);
            used++;
        } else {
            add_rows(builder, &leaf->rows[at], run);
        }
        at += run;
    }
    return used;
}

static void build(struct builder *builder, const struct verge_snapshot *base,
                  const struct verge_cell *cells, size_t count)
{
    size_t used = 0;

    for (size_t i = 0; i < base->branch_count; i++) {
        const struct branch *branch = &base->branches[i];
        uint64_t end = i + 1 < base->branch_count ? branch[1].first : UINT64_MAX;

        if (used < count && cells[used].owner < end) {
            used += merge_leaf(builder, branch->leaf, end, &cells[used], count - used);
        } else {
            share_leaf(builder, branch->leaf);
        }
    }
    for (; used < count; used++) {
        add_rows(builder, cells[used].rows, cells[used].count);
    }
    close_leaf(builder);
}

/* Frees what the builder has left, and the leaves as well if they came to nothing. */
static void builder_free(struct builder *builder, bool with_leaves)
{
    for (size_t i = 0; with_leaves && i < builder->branch_count; i++) {
        leaf_release(builder->branches[i].leaf);
    }
    free(builder->branches);
    free(builder->rows);
}

static int compare_names(const void *one, const void *other)
{
    const struct verge_vm *first = *(const struct verge_vm *const *)one;
    const struct verge_vm *second = *(const struct verge_vm *const *)other;
    int order = strcmp(first->name, second->name);

    if (order != 0) {
        return order;
    }
    return first->record.key < second->record.key ? -1 : first->record.key > second->record.key;
}

/* VMs are few beside devices: their order by name is simply made anew. */
static bool index_names(struct verge_snapshot *snapshot)
{
    size_t count = 0;

    snapshot->named = calloc(snapshot->count + 1, sizeof(struct verge_record *));
    if (snapshot->named == NULL) {
        return false;
    }
    for (size_t i = 0; i < snapshot->branch_count; i++) {
        const struct leaf *leaf = snapshot->branches[i].leaf;

        memcpy(&snapshot->named[count], leaf->rows, leaf->count * sizeof(struct verge_record *));
        count += leaf->count;
    }
    verge_sort(snapshot->named, count, sizeof(struct verge_record *), compare_names);
    return true;
}

static uint32_t key_of(const struct verge_record *record)
{
    return record->key;
}

static uint32_t machine_of(const struct verge_record *record)
{
    return ((const struct verge_vm *)record)->machine;
}

static bool make_indexes(struct verge_snapshot *snapshot, const struct verge_snapshot *base,
                         const struct verge_cell *cells, size_t count)
{
    if (base->by_key != NULL) {
        snapshot->by_key = verge_index_apply(base->by_key, base, cells, count, key_of);
        return snapshot->by_key != NULL;
    }
    if (base->by_machine != NULL) {
        snapshot->by_machine = verge_index_apply(base->by_machine, base, cells, count, machine_of);
        return snapshot->by_machine != NULL && index_names(snapshot);
    }
    return true;
}

static struct verge_snapshot *finish(struct builder *builder, const struct verge_snapshot *base)
{
    size_t size = builder->branch_count * sizeof(struct branch);
    struct verge_snapshot *snapshot = calloc(1, sizeof(*snapshot) + size);

    if (snapshot == NULL) {
        return NULL;
    }
    atomic_init(&snapshot->references, 1);
    snapshot->generation = base->generation + 1;
    snapshot->model = base->model;
    snapshot->count = builder->position;
    snapshot->branch_count = builder->branch_count;
    if (size > 0) {
        memcpy(snapshot->branches, builder->branches, size);
    }
    return snapshot;
}

struct verge_snapshot *verge_snapshot_apply(const struct verge_snapshot *base,
                                            const struct verge_cell *cells, size_t count)
{
    struct builder builder = {0};
    struct verge_snapshot *snapshot = NULL;

    build(&builder, base, cells, count);
    if (!builder.failed) {
        snapshot = finish(&builder, base);
    }
    builder_free(&builder, snapshot == NULL);
    if (snapshot != NULL && !make_indexes(snapshot, base, cells, count)) {
        verge_snapshot_release(snapshot);
        return NULL;
    }
    return snapshot;
}

struct verge_snapshot *verge_snapshot_empty(const struct verge_model *model)
{
    struct verge_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    bool ok = true;

    if (snapshot == NULL) {
        return NULL;
    }
    atomic_init(&snapshot->references, 1);
    snapshot->model = model;
    if (model == &verge_vm_model) {
        snapshot->by_machine = verge_index_empty();
        ok = snapshot->by_machine != NULL && index_names(snapshot);
    } else if (model != &verge_group_model) {
        snapshot->by_key = verge_index_empty();
        ok = snapshot->by_key != NULL;
    }
    if (ok) {
        return snapshot;
    }
    verge_snapshot_release(snapshot);
    return NULL;
}

struct verge_snapshot *verge_snapshot_hold(const struct verge_snapshot *snapshot)
{
    struct verge_snapshot *held = (struct verge_snapshot *)snapshot;

    atomic_fetch_add_explicit(&held->references, 1, memory_order_relaxed);
    return held;
}

void verge_snapshot_release(const struct verge_snapshot *snapshot)
{
    struct verge_snapshot *held = (struct verge_snapshot *)snapshot;

    if (held == NULL ||
        atomic_fetch_sub_explicit(&held->references, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < held->branch_count; i++) {
        leaf_release(held->branches[i].leaf);
    }
    verge_index_release(held->by_key);
    verge_index_release(held->by_machine);
    free(held->named);
    free(held);
}

size_t verge_snapshot_count(const struct verge_snapshot *snapshot)
{
    return snapshot->count;
}

uint64_t verge_snapshot_generation(const struct verge_snapshot *snapshot)
{
    return snapshot->generation;
}

const struct verge_record *verge_snapshot_at(const struct verge_snapshot *snapshot, size_t index)
{
    size_t low = 0, high = snapshot->branch_count;

    if (index >= snapshot->count) {
        return NULL;
    }
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (snapshot->branches[middle].position <= index) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return snapshot->branches[low].leaf->rows[index - snapshot->branches[low].position];
}

/* The leaf that has the owner if any has. */
static const struct leaf *find_leaf(const struct verge_snapshot *snapshot, uint32_t owner)
{
    size_t low = 0, high = snapshot->branch_count;

    if (high == 0 || snapshot->branches[0].first > owner) {
        return NULL;
    }
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (snapshot->branches[middle].first <= owner) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return snapshot->branches[low].leaf;
}

/* The place of the owner's first row in its leaf; the leaf's count when it has none. */
static size_t find_place(const struct leaf *leaf, uint32_t owner)
{
    size_t low = 0, high = leaf->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (leaf->places[middle].owner < owner) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < leaf->count && leaf->places[low].owner == owner ? low : leaf->count;
}

struct verge_slice verge_snapshot_slice(const struct verge_snapshot *snapshot, uint32_t owner)
{
    const struct leaf *leaf = find_leaf(snapshot, owner);
    size_t at = leaf != NULL ? find_place(leaf, owner) : 0;

    if (leaf == NULL || at == leaf->count) {
        return (struct verge_slice){NULL, 0};
    }
    return (struct verge_slice){&leaf->rows[at], run_length(leaf, at)};
}

const struct verge_record *verge_snapshot_row(const struct verge_snapshot *snapshot, uint32_t key)
{
    const struct leaf *leaf;
    uint32_t owner = key;

    if (snapshot->by_key != NULL && !verge_index_find(snapshot->by_key, key, &owner)) {
        return NULL;
    }
    leaf = find_leaf(snapshot, owner);
    for (size_t at = leaf != NULL ? find_place(leaf, owner) : 0; leaf != NULL && at < leaf->count;
         at++) {
        if (leaf->places[at].key == key) {
            return leaf->rows[at];
        }
        if (leaf->places[at].owner != owner) {
            break;
        }
    }
    return NULL;
}

struct verge_slice verge_snapshot_named(const struct verge_snapshot *snapshot, const char *name)
{
    const struct verge_vm *const *vms = (const struct verge_vm *const *)snapshot->named;
    size_t low = 0, high = vms != NULL ? snapshot->count : 0, end;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(vms[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (end = low; vms != NULL && end < snapshot->count; end++) {
        if (strcmp(vms[end]->name, name) != 0) {
            break;
        }
    }
    return (struct verge_slice){end > low ? &snapshot->named[low] : NULL, end - low};
}

const struct verge_vm *verge_snapshot_machine(const struct verge_snapshot *snapshot,
                                              uint32_t machine)
{
    uint32_t key;

    if (snapshot->by_machine == NULL || !verge_index_find(snapshot->by_machine, machine, &key)) {
        return NULL;
    }
    return (const struct verge_vm *)verge_snapshot_row(snapshot, key);
}
