/* SPDX-License-Identifier: MIT */
/* How fresh what is held is, and whether that is enough. */
#include "config.h"

#include "lib/inventory_private.h"

/* What VERGE_SETTLED allows at the least, and what a ttl of 0 is stretched from. */
#define RECENT_MS 1000
/* From this stretch on the budget counts as spent: what can be had from the refill is for those
 * who hold nothing yet, and nobody who holds something is kept waiting. */
#define SPENT_STRETCH 8

static const struct verge_mark no_mark;

static const struct verge_mark *mark_of(const struct verge_list *list, enum verge_part part,
                                        uint32_t key)
{
    const struct verge_mark *mark = verge_marks_find(&list->marks, verge_mark_id(part, key));

    return mark != NULL ? mark : &no_mark;
}

/* From which request on an answer speaks for the marked part. */
static uint64_t needed(const struct verge_mark *mark, enum verge_freshness freshness)
{
    bool settled = freshness == VERGE_FRESH || freshness == VERGE_SETTLED;

    return settled && mark->doubted > mark->written ? mark->doubted : mark->written;
}

/* The younger of two stamps; one that does not speak for the mark is none. */
static struct verge_stamp best(const struct verge_mark *mark, enum verge_freshness freshness,
                               struct verge_stamp one, struct verge_stamp other)
{
    uint64_t least = needed(mark, freshness);

    if (one.covers < least) {
        one = (struct verge_stamp){0};
    }
    if (other.covers < least) {
        other = (struct verge_stamp){0};
    }
    return one.number > other.number ? one : other;
}

/* What is known of two things together is as old as the older of them. */
static void make_older(struct verge_stamp *stamp, struct verge_stamp other)
{
    if (other.number == 0 || stamp->number == 0) {
        *stamp = (struct verge_stamp){0};
    }
    if (other.at < stamp->at) {
        stamp->at = other.at;
    }
    if (other.number < stamp->number) {
        stamp->number = other.number;
    }
}

/* ---- how fresh each part is ---- */

/* Of a list it is known what is in it, and what is not, as far as what was written since is known:
 * an answer that a write of ours has overtaken says nothing of the row, not even that it exists. */
static void limit_to_marks(const struct verge_list *list, struct verge_view *view)
{
    struct verge_stamp stamp = view->stamp;

    for (size_t i = 0; i < list->marks.size; i++) {
        const struct verge_mark *mark = &list->marks.slots[i];

        if (mark->id != 0 && mark->written > stamp.covers) {
            make_older(&view->stamp, best(mark, VERGE_RECENT, mark->asked, stamp));
        }
    }
}

static void look_list(const struct verge_list *list, const struct verge_selection *selection,
                      enum verge_freshness freshness, struct verge_view *view)
{
    (void)selection;
    (void)freshness;
    view->stamp = list->asked;
    view->known = list->asked.number > 0;
    limit_to_marks(list, view);
}

/* The rows of an owner: as the owner was asked for, but no fresher than rows written since. */
static void look_owner(const struct verge_list *list, const struct verge_selection *selection,
                       enum verge_freshness freshness, struct verge_view *view)
{
    const struct verge_mark *owner = mark_of(list, VERGE_PART_OWNER, selection->key);
    struct verge_slice slice = verge_snapshot_slice(list->snapshot, selection->key);

    view->row = slice.count > 0 ? slice.rows[0] : NULL;
    view->known = owner->asked.number > 0 || list->asked.number > 0;
    view->stamp = best(owner, freshness, owner->asked, list->asked);
    for (size_t i = 0; list->model == &verge_device_model && i < slice.count; i++) {
        const struct verge_mark *row = mark_of(list, VERGE_PART_ROW, slice.rows[i]->key);

        if (row->written > view->stamp.covers) {
            make_older(&view->stamp, best(row, freshness, row->asked, (struct verge_stamp){0}));
        }
    }
}

/* One row that is not its own owner: as it was asked for, or its owner, or all. */
static void look_row(const struct verge_list *list, const struct verge_selection *selection,
                     enum verge_freshness freshness, struct verge_view *view)
{
    const struct verge_mark *row = mark_of(list, VERGE_PART_ROW, selection->key);
    struct verge_stamp around = list->asked;

    view->row = verge_snapshot_row(list->snapshot, selection->key);
    if (view->row != NULL) {
        const struct verge_mark *owner = mark_of(list, VERGE_PART_OWNER, view->row->owner);

        around = best(owner, freshness, owner->asked, list->asked);
        view->fetch = (struct verge_selection){VERGE_PART_OWNER, view->row->owner, NULL};
    }
    view->known = view->row != NULL || row->asked.number > 0 || list->asked.number > 0;
    view->stamp = best(row, freshness, row->asked, around);
}

/* The VM that was found: no fresher than its own row. */
static void add_vm(const struct verge_list *list, const struct verge_record *vm,
                   enum verge_freshness freshness, struct verge_view *view)
{
    const struct verge_mark *own;

    if (vm == NULL) {
        limit_to_marks(list, view);
        return;
    }
    own = mark_of(list, VERGE_PART_OWNER, vm->key);
    view->row = vm;
    view->known = true;
    make_older(&view->stamp, best(own, freshness, own->asked, view->stamp));
}

/* That a name means this VM must have been asked for itself: there may be another of that name. */
static void look_name(const struct verge_list *list, const struct verge_selection *selection,
                      enum verge_freshness freshness, struct verge_view *view)
{
    const struct verge_mark *mark =
        verge_marks_find(&list->marks, verge_mark_name_id(selection->name));
    struct verge_slice slice = verge_snapshot_named(list->snapshot, selection->name);

    view->stamp =
        best(&no_mark, freshness, mark != NULL ? mark->asked : no_mark.asked, list->asked);
    view->known = view->stamp.number > 0;
    add_vm(list, slice.count > 0 ? slice.rows[0] : NULL, freshness, view);
}

static void look_machine(const struct verge_list *list, const struct verge_selection *selection,
                         enum verge_freshness freshness, struct verge_view *view)
{
    const struct verge_mark *mark = mark_of(list, VERGE_PART_MACHINE, selection->key);
    const struct verge_vm *vm = verge_snapshot_machine(list->snapshot, selection->key);

    view->stamp = best(mark, freshness, mark->asked, list->asked);
    view->known = view->stamp.number > 0;
    if (vm == NULL) {
        limit_to_marks(list, view);
        return;
    }
    look_owner(list, &(struct verge_selection){VERGE_PART_OWNER, vm->record.key, NULL}, freshness,
               view);
}

static void (*const looks[])(const struct verge_list *list, const struct verge_selection *selection,
                             enum verge_freshness freshness, struct verge_view *view) = {
    [VERGE_PART_LIST] = look_list,   [VERGE_PART_COUNT] = look_list,
    [VERGE_PART_OWNER] = look_owner, [VERGE_PART_ROW] = look_row,
    [VERGE_PART_NAME] = look_name,   [VERGE_PART_MACHINE] = look_machine,
};

void verge_look(struct verge_inventory *inventory, enum verge_list_id id,
                const struct verge_selection *selection, enum verge_freshness freshness,
                struct verge_view *view)
{
    *view = (struct verge_view){.fetch = *selection};
    looks[selection->part](&inventory->lists[id], selection, freshness, view);
    verge_walk_look(inventory, id, selection, view);
}

/* ---- whether that is enough ---- */

bool verge_fresh(struct verge_inventory *inventory, enum verge_list_id list,
                 enum verge_freshness freshness, const struct verge_view *view, uint64_t arrival,
                 int64_t *until)
{
    int64_t ttl = inventory->options.ttl_ms, now = verge_now();
    int64_t least = ttl > RECENT_MS ? ttl : RECENT_MS;
    int64_t life = freshness == VERGE_RECENT || freshness == VERGE_SETTLED ? least : ttl;
    double stretch;

    *until = view->stamp.at + life;
    if (freshness == VERGE_CACHED) {
        if (view->stamp.number <= inventory->lists[list].distrust) {
            *until = now; /* it will do, but nobody is to rely on it any longer */
        }
        return view->known;
    }
    if (view->stamp.number > 0 && view->stamp.number > inventory->lists[list].distrust &&
        (view->stamp.number > arrival || now < *until)) {
        return true;
    }
    stretch = view->known ? verge_pace_stretch(verge_client_pace(inventory->client)) : 1;
    if (stretch <= 1) {
        return false;
    }
    if (view->stamp.number > 0) {
        *until += (int64_t)((stretch - 1) * (double)least);
    }
    if (stretch < SPENT_STRETCH &&
        (view->stamp.number <= inventory->lists[list].distrust || now >= *until)) {
        return false;
    }
    inventory->stretched++;
    return true;
}
