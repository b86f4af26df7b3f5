/* SPDX-License-Identifier: MIT */
/*
 * News put into a list: an answer of the server, or what a write of ours left behind. Both become
 * the cells in which the next snapshot differs from this one. When none differs, the snapshot
 * stays, and only what is known about its freshness changes.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/inventory_private.h"
#include "lib/sort.h"

/* News on its way into a list. list->building is held. */
struct merge {
    const struct verge_list *list;
    const struct verge_snapshot *base;
    const struct verge_news *news;
    struct verge_stamp stamp;
    const struct verge_record **rows; /* of the news, those that the selection covers */
    size_t row_count;
    uint32_t *owners; /* whose cells may change; ascending */
    size_t owner_count;
    const struct verge_record **pool; /* where the rows of the cells are */
    size_t pooled;
    struct verge_cell *cells; /* that differ */
    size_t cell_count;
    bool moved; /* a row has come to another owner */
};

/* ---- what the news covers ---- */

static bool covers(const struct verge_selection *selection, const struct verge_record *row)
{
    switch (selection->part) {
    case VERGE_PART_OWNER:
        return row->owner == selection->key;
    case VERGE_PART_ROW:
        return row->key == selection->key;
    case VERGE_PART_MACHINE:
        return ((const struct verge_vm *)row)->machine == selection->key;
    case VERGE_PART_NAME:
        return strcmp(((const struct verge_vm *)row)->name, selection->name) == 0;
    default:
        return true;
    }
}

static bool younger(const struct merge *merge, enum verge_part part, uint32_t key, bool written)
{
    const struct verge_mark *mark = verge_marks_find(&merge->list->marks, verge_mark_id(part, key));

    return mark != NULL && (mark->asked.number > merge->stamp.number ||
                            (written && mark->written > merge->stamp.covers));
}

/* What is held of this row, be it nothing, is younger than the news: a write of ours was done, or
 * a part asked for, after the request was begun whose answer this is. A write to an owner of
 * devices, on the other hand, is one that may have added to them. */
static bool outdated(const struct merge *merge, const struct verge_record *row)
{
    bool devices = merge->list->model == &verge_device_model;

    return !merge->news->written && (younger(merge, VERGE_PART_OWNER, row->owner, !devices) ||
                                     (devices && younger(merge, VERGE_PART_ROW, row->key, true)));
}

/* A device of which nothing is known since a write: an old row is better than to miss it in the
 * list of its machine. It is not fresh, so whoever asks for it gets a new one. */
static bool is_lost(const struct merge *merge, const struct verge_record *row)
{
    const struct verge_mark *mark =
        verge_marks_find(&merge->list->marks, verge_mark_id(VERGE_PART_ROW, row->key));

    return merge->list->model == &verge_device_model && mark != NULL &&
           mark->asked.covers < mark->written;
}

static int compare_numbers(const void *one, const void *other)
{
    uint32_t first = *(const uint32_t *)one, second = *(const uint32_t *)other;

    return first < second ? -1 : first > second;
}

static void add_owner(struct merge *merge, uint32_t owner)
{
    if (merge->owner_count == 0 || merge->owners[merge->owner_count - 1] != owner) {
        merge->owners[merge->owner_count++] = owner;
    }
}

static void add_owners(struct merge *merge, struct verge_slice held)
{
    for (size_t i = 0; i < held.count; i++) {
        add_owner(merge, held.rows[i]->owner);
    }
}

/* Owners of rows that are held and that the news may take away or change. */
static void add_held_owners(struct merge *merge)
{
    const struct verge_selection *selection = &merge->news->selection;
    const struct verge_record *row = NULL;

    switch (selection->part) {
    case VERGE_PART_LIST:
        for (size_t i = 0; i < verge_snapshot_count(merge->base); i++) {
            add_owner(merge, verge_snapshot_at(merge->base, i)->owner);
        }
        break;
    case VERGE_PART_OWNER:
        add_owner(merge, selection->key);
        break;
    case VERGE_PART_ROW:
        row = verge_snapshot_row(merge->base, selection->key);
        break;
    case VERGE_PART_NAME:
        add_owners(merge, verge_snapshot_named(merge->base, selection->name));
        break;
    default:
        row = (const struct verge_record *)verge_snapshot_machine(merge->base, selection->key);
    }
    if (row != NULL) {
        add_owner(merge, row->owner);
    }
}

static void sort_owners(struct merge *merge)
{
    size_t kept = 0;

    verge_sort(merge->owners, merge->owner_count, sizeof(uint32_t), compare_numbers);
    for (size_t i = 0; i < merge->owner_count; i++) {
        if (kept == 0 || merge->owners[kept - 1] != merge->owners[i]) {
            merge->owners[kept++] = merge->owners[i];
        }
    }
    merge->owner_count = kept;
}

/* The owners of what comes, those of what goes, and those who had a row that another has now. */
static void gather_owners(struct merge *merge)
{
    bool all = merge->news->selection.part == VERGE_PART_LIST;

    add_held_owners(merge);
    for (size_t i = 0; i < merge->row_count; i++) {
        const struct verge_record *held =
            all ? NULL : verge_snapshot_row(merge->base, merge->rows[i]->key);

        add_owner(merge, merge->rows[i]->owner);
        if (held != NULL) {
            add_owner(merge, held->owner);
            merge->moved = merge->moved || held->owner != merge->rows[i]->owner;
        }
    }
    sort_owners(merge);
}

/* ---- the cells it makes ---- */

/* The row that was held has another owner now. */
static bool moved_away(const struct merge *merge, const struct verge_record *held)
{
    if (merge->news->selection.part == VERGE_PART_LIST) {
        return false; /* covered anyway, and absent from its old place */
    }
    for (size_t i = 0; i < merge->row_count; i++) {
        if (merge->rows[i]->key == held->key && merge->rows[i]->owner != held->owner) {
            return true;
        }
    }
    return false;
}

/* Which of the two a key keeps: what is held, what came, or neither. Either may be NULL. */
static const struct verge_record *choose(const struct merge *merge, const struct verge_record *held,
                                         const struct verge_record *came)
{
    if (outdated(merge, came != NULL ? came : held)) {
        return held == NULL && is_lost(merge, came) ? came : held;
    }
    if (came == NULL) {
        return covers(&merge->news->selection, held) || moved_away(merge, held) ? NULL : held;
    }
    return held != NULL && verge_record_diff(held, came) == 0 ? held : came;
}

/* Rows of the news from `next` on that are of this owner. */
static struct verge_slice coming(const struct merge *merge, uint32_t owner, size_t *next)
{
    size_t start;

    while (*next < merge->row_count && merge->rows[*next]->owner < owner) {
        ++*next;
    }
    start = *next;
    while (*next < merge->row_count && merge->rows[*next]->owner == owner) {
        ++*next;
    }
    return (struct verge_slice){&merge->rows[start], *next - start};
}

static void merge_owner(struct merge *merge, uint32_t owner, struct verge_slice came)
{
    struct verge_slice held = verge_snapshot_slice(merge->base, owner);
    const struct verge_record **rows = &merge->pool[merge->pooled];
    size_t count = 0, i = 0, j = 0;
    bool differs = false;

    while (i < held.count || j < came.count) {
        uint64_t old = i < held.count ? held.rows[i]->key : UINT64_MAX;
        uint64_t new = j < came.count ? came.rows[j]->key : UINT64_MAX;
        const struct verge_record *before = old <= new ? held.rows[i++] : NULL;
        const struct verge_record *after = new <= old ? came.rows[j++] : NULL;
        const struct verge_record *kept = choose(merge, before, after);

        differs = differs || kept != before;
        if (kept != NULL) {
            rows[count++] = kept;
        }
    }
    if (!differs) {
        return;
    }
    merge->cells[merge->cell_count++] = (struct verge_cell){owner, rows, count};
    merge->pooled += count;
}

static int compare_rows(const void *one, const void *other)
{
    const struct verge_record *first = *(const struct verge_record *const *)one;
    const struct verge_record *second = *(const struct verge_record *const *)other;

    if (first->owner != second->owner) {
        return first->owner < second->owner ? -1 : 1;
    }
    return first->key < second->key ? -1 : first->key > second->key;
}

static bool merge_alloc(struct merge *merge)
{
    bool all = merge->news->selection.part == VERGE_PART_LIST;
    size_t held = all ? verge_snapshot_count(merge->base) : 0;
    size_t most = 2 * merge->news->count + held + 1;

    if (merge->news->selection.part == VERGE_PART_NAME) {
        most += verge_snapshot_named(merge->base, merge->news->selection.name).count;
    }
    merge->rows = calloc(merge->news->count + 1, sizeof(*merge->rows));
    merge->owners = calloc(most, sizeof(*merge->owners));
    return merge->rows != NULL && merge->owners != NULL;
}

/* Room for every row that a cell can get, now that the owners are known. */
static bool merge_alloc_cells(struct merge *merge)
{
    size_t most = merge->row_count + 1;

    for (size_t i = 0; i < merge->owner_count; i++) {
        most += verge_snapshot_slice(merge->base, merge->owners[i]).count;
    }
    merge->pool = calloc(most, sizeof(*merge->pool));
    merge->cells = calloc(merge->owner_count + 1, sizeof(*merge->cells));
    return merge->pool != NULL && merge->cells != NULL;
}

static void merge_free(struct merge *merge)
{
    free(merge->rows);
    free(merge->owners);
    free(merge->pool);
    free(merge->cells);
}

/* The next snapshot; the one there is, held once more, when nothing differs; NULL without memory.
 */
static struct verge_snapshot *merge_news(struct merge *merge)
{
    size_t next = 0;

    if (!merge_alloc(merge)) {
        return NULL;
    }
    for (size_t i = 0; i < merge->news->count; i++) {
        if (covers(&merge->news->selection, merge->news->rows[i])) {
            merge->rows[merge->row_count++] = merge->news->rows[i];
        }
    }
    verge_sort(merge->rows, merge->row_count, sizeof(struct verge_record *), compare_rows);
    gather_owners(merge);
    if (!merge_alloc_cells(merge)) {
        return NULL;
    }
    for (size_t i = 0; i < merge->owner_count; i++) {
        merge_owner(merge, merge->owners[i], coming(merge, merge->owners[i], &next));
    }
    if (merge->cell_count == 0) {
        return verge_snapshot_hold(merge->base);
    }
    return verge_snapshot_apply(merge->base, merge->cells, merge->cell_count);
}

/* ---- what is known now; with both locks ---- */

static bool mark_asked(struct verge_list *list, uint64_t id, const struct verge_stamp *stamp,
                       bool written)
{
    struct verge_mark *mark = verge_marks_make(&list->marks, id);

    if (mark == NULL) {
        return false;
    }
    if (written || (stamp->number > mark->asked.number && stamp->covers >= mark->written)) {
        mark->asked = *stamp;
    }
    if (written) {
        mark->written = stamp->covers;
    }
    return true;
}

/* A row that an answer took away without saying what has become of it: no older answer is to
 * bring it back. */
static bool mark_gone(struct verge_list *list, uint32_t owner, const struct verge_stamp *stamp)
{
    struct verge_mark *mark =
        verge_marks_make(&list->marks, verge_mark_id(VERGE_PART_OWNER, owner));

    if (mark != NULL && mark->written < stamp->number) {
        mark->written = stamp->number;
    }
    return mark != NULL;
}

static bool mark_list(struct verge_list *list, const struct verge_news *news,
                      const struct verge_stamp *stamp)
{
    list->asked = *stamp;
    list->expected = (int64_t)news->count;
    verge_walk_listed(list);
    verge_marks_sweep(&list->marks, stamp->number);
    return true;
}

/* An answer to a name or a machine speaks for the VMs in it, and against those no longer in it. */
static bool mark_vms(struct verge_list *list, const struct merge *merge)
{
    bool ok = true;

    for (size_t i = 0; ok && i < merge->row_count; i++) {
        ok = mark_asked(list, verge_mark_id(VERGE_PART_OWNER, merge->rows[i]->owner), &merge->stamp,
                        false);
    }
    for (size_t i = 0; ok && i < merge->cell_count; i++) {
        if (merge->cells[i].count == 0) {
            ok = mark_gone(list, merge->cells[i].owner, &merge->stamp);
        }
    }
    return ok;
}

static bool mark_rows(struct verge_list *list, const struct merge *merge)
{
    bool ok = true;

    for (size_t i = 0; ok && i < merge->row_count; i++) {
        ok = mark_asked(list, verge_mark_id(VERGE_PART_ROW, merge->rows[i]->key), &merge->stamp,
                        false);
    }
    return ok;
}

static bool mark_news(struct verge_list *list, const struct merge *merge)
{
    const struct verge_selection *selection = &merge->news->selection;
    bool name = selection->part == VERGE_PART_NAME;
    uint64_t id;

    if (selection->part == VERGE_PART_LIST) {
        return mark_list(list, merge->news, &merge->stamp);
    }
    id =
        name ? verge_mark_name_id(selection->name) : verge_mark_id(selection->part, selection->key);
    if (!mark_asked(list, id, &merge->stamp, merge->news->written)) {
        return false;
    }
    if (name || selection->part == VERGE_PART_MACHINE) {
        return mark_vms(list, merge);
    }
    return !merge->moved || mark_rows(list, merge);
}

/* Swaps the snapshot in; gives the one that was there, whose reference is the caller's now. */
static struct verge_snapshot *swap(struct verge_inventory *inventory, struct verge_list *list,
                                   const struct merge *merge, struct verge_snapshot *next)
{
    struct verge_snapshot *before;

    pthread_mutex_lock(&inventory->lock);
    before = list->snapshot;
    if (next == NULL) {
        list->distrust = ++inventory->moment;
    } else {
        list->snapshot = next;
    }
    if (next != NULL && !mark_news(list, merge)) {
        list->distrust = ++inventory->moment;
    }
    pthread_mutex_unlock(&inventory->lock);
    return before;
}

/* Writes of one thing take turns, but for the one that makes it: who sees a new device early may
 * have changed or removed it before its maker has stored it. */
static bool overtaken(const struct merge *merge)
{
    const struct verge_selection *selection = &merge->news->selection;
    const struct verge_mark *mark =
        verge_marks_find(&merge->list->marks, verge_mark_id(selection->part, selection->key));

    return merge->news->count > 0 && mark != NULL && mark->written > merge->stamp.number;
}

/* Whether the news count at all. Of a write the second number is taken here, before anybody can
 * see what was written. */
static bool news_count(struct verge_inventory *inventory, struct merge *merge)
{
    bool counts = true;

    merge->stamp = merge->news->stamp;
    pthread_mutex_lock(&inventory->lock);
    if (merge->news->written) {
        counts = !overtaken(merge);
        merge->stamp.covers = ++inventory->moment;
    } else {
        counts = merge->stamp.number > merge->list->distrust &&
                 merge->stamp.number > merge->list->asked.number;
    }
    pthread_mutex_unlock(&inventory->lock);
    return counts;
}

struct verge_stamp verge_stamp_now(struct verge_inventory *inventory)
{
    struct verge_stamp stamp = {.at = verge_now()};

    pthread_mutex_lock(&inventory->lock);
    stamp.number = stamp.covers = ++inventory->moment;
    pthread_mutex_unlock(&inventory->lock);
    return stamp;
}

int verge_store(struct verge_inventory *inventory, const struct verge_news *news)
{
    struct verge_list *list = &inventory->lists[news->list];
    struct merge merge = {.list = list, .news = news};
    struct verge_snapshot *before, *next;

    pthread_mutex_lock(&list->building);
    if (!news_count(inventory, &merge)) {
        pthread_mutex_unlock(&list->building);
        return news->written;
    }
    merge.base = list->snapshot;
    next = merge_news(&merge);
    /* For whom is told about the change; the list's own reference moves on. */
    if (next != NULL) {
        verge_snapshot_hold(next);
    }
    before = swap(inventory, list, &merge, next);
    pthread_mutex_unlock(&list->building);
    merge_free(&merge);
    if (next == NULL) {
        return -ENOMEM;
    }
    if (next != before && inventory->options.changed != NULL) {
        inventory->options.changed(inventory->options.changed_argument, news->list, before, next);
    }
    verge_snapshot_release(before);
    verge_snapshot_release(next);
    if (news->list == VERGE_DEVICES) {
        verge_walk_tables(inventory, news);
    }
    return 0;
}

/* Marks without news; when there is no memory for a mark, nothing of the list is trusted. */
static struct verge_mark *mark_part(struct verge_inventory *inventory, enum verge_list_id id,
                                    enum verge_part part, uint32_t key)
{
    struct verge_list *list = &inventory->lists[id];
    struct verge_mark *mark;

    pthread_mutex_lock(&list->building);
    pthread_mutex_lock(&inventory->lock);
    mark = verge_marks_make(&list->marks, verge_mark_id(part, key));
    ++inventory->moment;
    if (mark == NULL) {
        list->distrust = inventory->moment;
    }
    return mark;
}

static void mark_done(struct verge_inventory *inventory, enum verge_list_id id,
                      enum verge_part part, uint32_t key)
{
    bool owner = part == VERGE_PART_OWNER;

    pthread_mutex_unlock(&inventory->lock);
    pthread_mutex_unlock(&inventory->lists[id].building);
    if (inventory->options.doubted != NULL) {
        inventory->options.doubted(inventory->options.changed_argument, id, owner ? key : 0,
                                   owner ? 0 : key);
    }
}

void verge_store_lost(struct verge_inventory *inventory, enum verge_list_id list,
                      enum verge_part part, uint32_t key)
{
    struct verge_mark *mark = mark_part(inventory, list, part, key);

    if (mark != NULL) {
        mark->written = inventory->moment;
    }
    mark_done(inventory, list, part, key);
}

void verge_store_doubt(struct verge_inventory *inventory, enum verge_list_id list,
                       enum verge_part part, uint32_t key)
{
    struct verge_mark *mark = mark_part(inventory, list, part, key);

    if (mark != NULL) {
        mark->doubted = inventory->moment;
    }
    mark_done(inventory, list, part, key);
}
