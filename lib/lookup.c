/* SPDX-License-Identifier: MIT */
/* What callers ask: looks at what is held, and fetches when that is not fresh. */
#include "config.h"

#include <errno.h>

#include "lib/inventory_private.h"

/* ---- waiting ---- */

static void wake(void *argument)
{
    struct verge_waiter *waiter = argument;

    pthread_mutex_lock(&waiter->inventory->lock);
    waiter->cancelled = true;
    pthread_cond_broadcast(&waiter->inventory->news);
    pthread_mutex_unlock(&waiter->inventory->lock);
}

int verge_waiter_begin(struct verge_waiter *waiter, struct verge_inventory *inventory,
                       const struct verge_call *call, struct verge_error *error)
{
    *waiter = (struct verge_waiter){inventory, call, call->deadline, false};
    if (!verge_cancel_watch(call->cancel, wake, waiter)) {
        return verge_error_set(error, EINTR, "cancelled");
    }
    return 0;
}

void verge_waiter_end(struct verge_waiter *waiter)
{
    verge_cancel_watch(waiter->call->cancel, NULL, NULL);
}

int verge_waiter_wait(struct verge_waiter *waiter, struct verge_error *error)
{
    if (waiter->cancelled) {
        return verge_error_set(error, EINTR, "cancelled");
    }
    if (verge_now() >= waiter->deadline) {
        return verge_error_set(error, ETIMEDOUT, "no answer within the time allowed");
    }
    verge_condition_wait(&waiter->inventory->news, &waiter->inventory->lock, waiter->deadline);
    return 0;
}

/* ---- asking ---- */

/* How much longer than its own answer took those wait who have theirs, for those asked for beside
 * it: they are what will be wanted next. */
#define BESIDE_MS 1000

/* One question on its way. */
struct question {
    struct verge_inventory *inventory;
    const struct verge_want *want;
    enum verge_list_id list;
    const struct verge_selection *selection;
    uint64_t arrival;
    struct verge_found *answer;
};

/* With the lock. Takes what is held for the answer. */
static void give(const struct question *question, const struct verge_view *view)
{
    struct verge_list *list = &question->inventory->lists[question->list];

    question->answer->row = verge_record_hold(view->row);
    if (question->selection->part == VERGE_PART_LIST ||
        question->selection->part == VERGE_PART_OWNER) {
        question->answer->snapshot = verge_snapshot_hold(list->snapshot);
    }
}

/* With the lock. Whether what is held will do; it is given then. */
static bool held_will_do(const struct question *question, struct verge_view *view)
{
    struct verge_inventory *inventory = question->inventory;
    struct verge_found *answer = question->answer;

    verge_look(inventory, question->list, question->selection, question->want->freshness, view);
    answer->missing = verge_now() < inventory->lists[question->list].missing_until;
    if (answer->missing) {
        answer->until = inventory->lists[question->list].missing_until;
    } else if (!verge_fresh(inventory, question->list, question->want->freshness, view,
                            question->arrival, &answer->until)) {
        return false;
    }
    give(question, view);
    return true;
}

/* A fetch, and those that go along with it. */
struct fetches {
    struct verge_fetch *fetch;
    struct verge_fetch *beside[VERGE_SETTINGS_TABLES];
    size_t count; /* of those beside */
};

static bool join(const struct question *question, const struct verge_view *view,
                 struct fetches *fetches, struct verge_error *error)
{
    bool whole;
    bool list = verge_prefers_list(question->inventory, question->list, view, &whole);

    fetches->count = 0;
    fetches->fetch = verge_fetch_join(question->inventory, question->list,
                                      list ? &verge_whole_list : &view->fetch, whole, error);
    if (fetches->fetch == NULL) {
        return false;
    }
    if (list && view->fetch.part != VERGE_PART_LIST) {
        fetches->count =
            verge_walk_beside(question->inventory, question->list, whole, fetches->beside);
    }
    return true;
}

/* He has what he asked for; one that hangs is not to keep it from him. What becomes of those beside
 * is for whoever asks for them to hear. */
static void wait_beside(const struct fetches *fetches, struct verge_waiter *waiter, int64_t took)
{
    struct verge_error unused = VERGE_ERROR_INIT;
    int64_t patience = verge_now() + took + BESIDE_MS;
    int rc = 0;

    if (patience < waiter->deadline) {
        waiter->deadline = patience;
    }
    for (size_t i = 0; rc != -EINTR && rc != -ETIMEDOUT && i < fetches->count; i++) {
        rc = verge_fetch_wait(fetches->beside[i], waiter, &unused);
    }
    waiter->deadline = waiter->call->deadline;
}

static int wait_and_leave(struct fetches *fetches, struct verge_waiter *waiter,
                          struct verge_error *error)
{
    int64_t begun = verge_now();
    int rc = verge_fetch_wait(fetches->fetch, waiter, error);

    if (rc == 0) {
        wait_beside(fetches, waiter, verge_now() - begun);
    }
    verge_fetch_leave(fetches->fetch, rc);
    for (size_t i = 0; i < fetches->count; i++) {
        verge_fetch_leave(fetches->beside[i], rc);
    }
    return rc;
}

/* The budget said no (a server that did would have said 429): what is held has to do. */
static bool make_do(const struct question *question, int rc, const struct verge_view *view,
                    const struct verge_error *error)
{
    if (rc != -EAGAIN || error->http_status != 0 || !view->known) {
        return false;
    }
    question->inventory->stretched++;
    question->answer->until = verge_now();
    return true;
}

/* With the lock. Goes round until what is held will do: an answer may be older than the question
 * or than a write, and what was asked for as a list may turn out to be too long for that. */
static int ask_locked(const struct question *question, struct verge_waiter *waiter,
                      struct verge_error *error)
{
    for (;;) {
        struct verge_view view;
        struct fetches fetches;
        int rc;

        if (held_will_do(question, &view)) {
            return 0;
        }
        if (question->want->freshness == VERGE_CACHED) {
            return verge_error_set(error, EAGAIN, "nothing of this is held");
        }
        if (!join(question, &view, &fetches, error)) {
            return -error->errnum;
        }
        rc = wait_and_leave(&fetches, waiter, error);
        if (rc == 0) {
            continue;
        }
        verge_look(question->inventory, question->list, question->selection,
                   question->want->freshness, &view);
        if (!make_do(question, rc, &view, error)) {
            return rc;
        }
        *error = (struct verge_error)VERGE_ERROR_INIT;
        give(question, &view);
        return 0;
    }
}

int verge_ask(struct verge_inventory *inventory, const struct verge_want *want,
              enum verge_list_id list, const struct verge_selection *selection, uint64_t arrival,
              struct verge_found *answer, struct verge_error *error)
{
    struct question question = {inventory, want, list, selection, arrival, answer};
    struct verge_waiter waiter;
    struct verge_view view;
    bool done;
    int rc;

    *answer = (struct verge_found){0};
    pthread_mutex_lock(&inventory->lock);
    if (arrival == VERGE_ARRIVES_NOW) {
        question.arrival = inventory->moment;
    }
    if (selection->part == VERGE_PART_LIST) { /* who asks for all VMs wants their devices next */
        inventory->lists[list].listed_at = verge_now();
    }
    done = held_will_do(&question, &view);
    pthread_mutex_unlock(&inventory->lock);
    if (done) {
        return 0;
    }
    rc = verge_waiter_begin(&waiter, inventory, &want->call, error);
    if (rc < 0) {
        return rc;
    }
    pthread_mutex_lock(&inventory->lock);
    rc = ask_locked(&question, &waiter, error);
    pthread_mutex_unlock(&inventory->lock);
    verge_waiter_end(&waiter);
    return rc;
}

/* ---- lookups ---- */

static int find(struct verge_inventory *inventory, const struct verge_want *want,
                enum verge_list_id list, struct verge_selection selection, void *row,
                int64_t *until, struct verge_error *error)
{
    struct verge_found answer;
    int rc = verge_ask(inventory, want, list, &selection, VERGE_ARRIVES_NOW, &answer, error);

    *(struct verge_record **)row = NULL;
    if (rc < 0) {
        return rc;
    }
    verge_snapshot_release(answer.snapshot);
    if (until != NULL) {
        *until = answer.until;
    }
    if (answer.row == NULL) {
        return verge_error_set(error, ENOENT, "no such row in %s",
                               inventory->lists[list].model->table);
    }
    *(struct verge_record **)row = answer.row;
    return 0;
}

int verge_find_vm(struct verge_inventory *inventory, const struct verge_want *want, uint32_t key,
                  struct verge_vm **vm, int64_t *until, struct verge_error *error)
{
    return find(inventory, want, VERGE_VMS, (struct verge_selection){VERGE_PART_OWNER, key, NULL},
                vm, until, error);
}

int verge_find_vm_named(struct verge_inventory *inventory, const struct verge_want *want,
                        const char *name, struct verge_vm **vm, int64_t *until,
                        struct verge_error *error)
{
    return find(inventory, want, VERGE_VMS, (struct verge_selection){VERGE_PART_NAME, 0, name}, vm,
                until, error);
}

int verge_find_vm_of_machine(struct verge_inventory *inventory, const struct verge_want *want,
                             uint32_t machine, struct verge_vm **vm, int64_t *until,
                             struct verge_error *error)
{
    return find(inventory, want, VERGE_VMS,
                (struct verge_selection){VERGE_PART_MACHINE, machine, NULL}, vm, until, error);
}

int verge_find_device(struct verge_inventory *inventory, const struct verge_want *want,
                      uint32_t key, struct verge_device **device, int64_t *until,
                      struct verge_error *error)
{
    return find(inventory, want, VERGE_DEVICES, (struct verge_selection){VERGE_PART_ROW, key, NULL},
                device, until, error);
}

int verge_settings_list(const struct verge_device *device)
{
    const struct verge_device_type *type = verge_device_type_by_token(device->type);

    if (type == NULL || type->settings_table == NULL) {
        return -1;
    }
    return VERGE_SETTINGS + verge_settings_index(type->settings_table);
}

int verge_find_settings(struct verge_inventory *inventory, const struct verge_want *want,
                        const struct verge_device *device, struct verge_settings **settings,
                        bool *table_missing, int64_t *until, struct verge_error *error)
{
    struct verge_selection selection = {VERGE_PART_OWNER, device->record.key, NULL};
    struct verge_found answer = {.until = verge_now() + inventory->options.ttl_ms};
    int list = verge_settings_list(device), rc = 0;

    *settings = NULL;
    if (list >= 0) {
        rc = verge_ask(inventory, want, (enum verge_list_id)list, &selection, VERGE_ARRIVES_NOW,
                       &answer, error);
    }
    if (rc < 0) {
        return rc;
    }
    verge_snapshot_release(answer.snapshot);
    *settings = (struct verge_settings *)answer.row;
    if (table_missing != NULL) {
        *table_missing = answer.missing;
    }
    if (until != NULL) {
        *until = answer.until;
    }
    return 0;
}

static int find_snapshot(struct verge_inventory *inventory, const struct verge_want *want,
                         enum verge_list_id list, struct verge_selection selection,
                         uint64_t arrival, struct verge_snapshot **snapshot, int64_t *until,
                         struct verge_error *error)
{
    struct verge_found answer;
    int rc = verge_ask(inventory, want, list, &selection, arrival, &answer, error);

    *snapshot = NULL;
    if (rc < 0) {
        return rc;
    }
    verge_record_release(answer.row);
    *snapshot = answer.snapshot;
    if (until != NULL) {
        *until = answer.until;
    }
    return 0;
}

int verge_list(struct verge_inventory *inventory, const struct verge_want *want,
               enum verge_list_id list, struct verge_snapshot **snapshot, int64_t *until,
               struct verge_error *error)
{
    return find_snapshot(inventory, want, list, verge_whole_list, VERGE_ARRIVES_NOW, snapshot,
                         until, error);
}

int verge_list_devices(struct verge_inventory *inventory, const struct verge_want *want,
                       uint32_t machine, struct verge_snapshot **snapshot, int64_t *until,
                       struct verge_error *error)
{
    return find_snapshot(inventory, want, VERGE_DEVICES,
                         (struct verge_selection){VERGE_PART_OWNER, machine, NULL},
                         VERGE_ARRIVES_NOW, snapshot, until, error);
}

/* With the lock. Begins the fetches of the lists that are not fresh. */
static void begin_all(struct verge_inventory *inventory, const struct verge_want *want,
                      const enum verge_list_id *lists, size_t count, uint64_t arrival,
                      struct verge_fetch **fetches)
{
    struct verge_error unused = VERGE_ERROR_INIT;

    for (size_t i = 0; i < count && i < VERGE_LISTS; i++) {
        struct verge_found answer = {0};
        struct question question = {inventory, want, lists[i], &verge_whole_list, arrival, &answer};
        struct verge_view view;

        fetches[i] = NULL;
        if (held_will_do(&question, &view)) {
            verge_record_release(answer.row);
            verge_snapshot_release(answer.snapshot);
        } else {
            fetches[i] = verge_fetch_join(inventory, lists[i], &verge_whole_list, true, &unused);
        }
    }
}

int verge_prefetch(struct verge_inventory *inventory, const struct verge_want *want,
                   const enum verge_list_id *lists, size_t count, struct verge_error *error)
{
    struct verge_fetch *fetches[VERGE_LISTS] = {NULL};
    uint64_t arrival;
    int rc = 0;

    if (want->freshness == VERGE_CACHED) {
        return 0;
    }
    pthread_mutex_lock(&inventory->lock);
    arrival = inventory->moment;
    begin_all(inventory, want, lists, count, arrival, fetches);
    pthread_mutex_unlock(&inventory->lock);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct verge_snapshot *snapshot;

        rc = find_snapshot(inventory, want, lists[i], verge_whole_list, arrival, &snapshot, NULL,
                           error);
        verge_snapshot_release(snapshot);
    }
    pthread_mutex_lock(&inventory->lock);
    for (size_t i = 0; i < VERGE_LISTS; i++) {
        if (fetches[i] != NULL) {
            verge_fetch_leave(fetches[i], rc);
        }
    }
    pthread_mutex_unlock(&inventory->lock);
    return rc;
}
