/* SPDX-License-Identifier: MIT */
/* One fetch for all who wait for it, and the threads that fetches run on. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "lib/inventory_private.h"
#include "lib/pages.h"
#include "lib/value.h"

/* A missing settings table is asked for again after so many ttl, and no sooner than a minute. */
#define MISSING_TTLS 12
#define MISSING_LEAST_MS 60000

enum fetch_state { QUEUED, RUNNING, DONE };

struct verge_fetch {
    struct verge_inventory *inventory;
    enum verge_list_id list;
    struct verge_selection selection;
    char *name;                                /* that the selection points to */
    struct verge_cancel cancel, second_cancel; /* a token has one waiter: one for each page read */

    /* Guarded by inventory->lock: */
    struct verge_fetch *next; /* of those that can be joined */
    struct verge_fetch *next_queued;
    unsigned references; /* waiters and the worker */
    unsigned waiters;
    enum fetch_state state;
    bool whole;     /* somebody wants the list however long it is */
    bool abandoned; /* by its last waiter; not to be joined */
    int rc;
    struct verge_error error;
};

static void fetch_release(struct verge_fetch *fetch)
{
    if (--fetch->references > 0) {
        return;
    }
    verge_cancel_destroy(&fetch->cancel);
    verge_cancel_destroy(&fetch->second_cancel);
    free(fetch->name);
    free(fetch);
}

static void unlink_fetch(struct verge_fetch *fetch)
{
    struct verge_fetch **at = &fetch->inventory->fetches;

    while (*at != NULL && *at != fetch) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = fetch->next;
    }
}

/* ---- what a fetch does ---- */

static bool goes_on(void *argument)
{
    struct verge_fetch *fetch = argument;
    bool whole;

    pthread_mutex_lock(&fetch->inventory->lock);
    whole = fetch->whole || fetch->selection.part != VERGE_PART_LIST;
    pthread_mutex_unlock(&fetch->inventory->lock);
    return whole;
}

static bool make_filter(const struct verge_fetch *fetch, struct verge_text *filter)
{
    const struct verge_list *list = &fetch->inventory->lists[fetch->list];
    const struct verge_selection *selection = &fetch->selection;

    switch (selection->part) {
    case VERGE_PART_OWNER:
        return verge_filter_number(filter, list->owner_column, "eq", selection->key);
    case VERGE_PART_ROW:
        return verge_filter_number(filter, "$key", "eq", selection->key);
    case VERGE_PART_MACHINE:
        return verge_filter_number(filter, "machine", "eq", selection->key);
    case VERGE_PART_NAME:
        return verge_filter_string(filter, "name", "eq", selection->name);
    default:
        return true;
    }
}

/* A settings table that is not there has no rows; any other list that is not is no VergeOS's. */
static int judge_missing(struct verge_fetch *fetch, const struct verge_stamp *stamp, int rc,
                         struct verge_error *error)
{
    struct verge_inventory *inventory = fetch->inventory;
    int64_t wait = inventory->options.ttl_ms * MISSING_TTLS;
    struct verge_news news = {.list = fetch->list, .stamp = *stamp};

    if (error->http_status != 404) {
        return rc;
    }
    if (fetch->list < VERGE_SETTINGS) {
        return -(error->errnum = EREMOTEIO);
    }
    *error = (struct verge_error)VERGE_ERROR_INIT;
    if (verge_store(inventory, &news) < 0) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    pthread_mutex_lock(&inventory->lock);
    if (stamp->number > inventory->lists[fetch->list].distrust) {
        inventory->lists[fetch->list].missing_until =
            verge_now() + (wait > MISSING_LEAST_MS ? wait : MISSING_LEAST_MS);
    }
    pthread_mutex_unlock(&inventory->lock);
    return 0;
}

static int store_pages(struct verge_fetch *fetch, const struct verge_stamp *stamp,
                       const struct verge_pages *pages, struct verge_error *error)
{
    struct verge_news news = {.list = fetch->list,
                              .selection = fetch->selection,
                              .stamp = *stamp,
                              .rows = pages->rows,
                              .count = pages->count};

    if (pages->too_long) {
        struct verge_list *list = &fetch->inventory->lists[fetch->list];

        pthread_mutex_lock(&fetch->inventory->lock);
        if (list->expected <= VERGE_PAGE) {
            list->expected = VERGE_PAGE + 1;
        }
        pthread_mutex_unlock(&fetch->inventory->lock);
        return 0;
    }
    if (verge_store(fetch->inventory, &news) < 0) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    return 0;
}

static int fetch_rows(struct verge_fetch *fetch, const struct verge_stamp *stamp,
                      const struct verge_call *call, struct verge_error *error)
{
    struct verge_inventory *inventory = fetch->inventory;
    struct verge_list *list = &inventory->lists[fetch->list];
    VERGE_TEXT_LOCAL filter = VERGE_TEXT_INIT;
    struct verge_call second_call = {call->deadline, &fetch->second_cancel};
    struct verge_snapshot *held;
    struct verge_pages pages = {.client = inventory->client,
                                .call = call,
                                .second_call = &second_call,
                                .model = list->model,
                                .go_on = goes_on,
                                .argument = fetch,
                                .expected = -1};
    int rc;

    if (!make_filter(fetch, &filter)) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    pages.filter = filter.length > 0 ? verge_text_content(&filter) : NULL;
    pthread_mutex_lock(&inventory->lock);
    held = verge_snapshot_hold(list->snapshot);
    if (fetch->selection.part == VERGE_PART_LIST) {
        pages.expected = list->expected;
    }
    pthread_mutex_unlock(&inventory->lock);
    pages.held = held;
    rc = verge_pages_read(&pages, error);
    rc = rc < 0 ? judge_missing(fetch, stamp, rc, error) : store_pages(fetch, stamp, &pages, error);
    verge_pages_free(&pages);
    verge_snapshot_release(held);
    return rc;
}

/* "fields=," gives {"$count":N} in place of the rows; a server that gives something else has said
 * nothing, and one that refuses it has at least let us in. */
static int fetch_count(struct verge_fetch *fetch, const struct verge_stamp *stamp,
                       const struct verge_call *call, struct verge_error *error)
{
    struct verge_inventory *inventory = fetch->inventory;
    struct verge_list *list = &inventory->lists[fetch->list];
    struct verge_query query = {
        .table = list->model->table, .fields = ",", .filter = list->model->filter};
    VERGE_JSON_LOCAL *answer = NULL;
    const cJSON *row;
    int64_t count;
    int rc = verge_client_get(inventory->client, call, &query, &answer, error);

    (void)stamp;
    if (rc == -EINVAL) {
        *error = (struct verge_error)VERGE_ERROR_INIT;
    }
    if (rc == -ENOENT) {
        error->errnum = EREMOTEIO;
    }
    if (rc < 0) {
        return -error->errnum;
    }
    row = cJSON_IsArray(answer) ? answer->child : answer;
    count = verge_value_integer(cJSON_GetObjectItemCaseSensitive(row, "$count"), -1);
    pthread_mutex_lock(&inventory->lock);
    if (count >= 0) {
        list->expected = count;
    }
    pthread_mutex_unlock(&inventory->lock);
    return 0;
}

static int run(struct verge_fetch *fetch, const struct verge_stamp *stamp,
               struct verge_error *error)
{
    struct verge_call call = {stamp->at + fetch->inventory->options.timeout_ms, &fetch->cancel};

    if (fetch->selection.part == VERGE_PART_COUNT) {
        return fetch_count(fetch, stamp, &call, error);
    }
    return fetch_rows(fetch, stamp, &call, error);
}

/* ---- the threads they run on ---- */

/* With the lock, which is let go meanwhile. */
static void work_off(struct verge_fetch *fetch)
{
    struct verge_inventory *inventory = fetch->inventory;
    struct verge_stamp stamp = {verge_now(), ++inventory->moment, inventory->moment};
    struct verge_error error = VERGE_ERROR_INIT;
    int rc = -EINTR;

    fetch->state = RUNNING;
    if (fetch->abandoned || inventory->stopping) {
        verge_error_set(&error, EINTR, "cancelled");
    } else {
        pthread_mutex_unlock(&inventory->lock);
        rc = run(fetch, &stamp, &error);
        pthread_mutex_lock(&inventory->lock);
    }
    fetch->rc = rc;
    fetch->error = error;
    fetch->state = DONE;
    unlink_fetch(fetch);
    fetch_release(fetch);
    pthread_cond_broadcast(&inventory->news);
}

static void *worker(void *argument)
{
    struct verge_inventory *inventory = argument;

    pthread_mutex_lock(&inventory->lock);
    for (;;) {
        struct verge_fetch *fetch = inventory->queue;

        if (fetch == NULL && inventory->stopping) {
            break;
        }
        if (fetch == NULL) {
            inventory->idle_count++;
            pthread_cond_wait(&inventory->work, &inventory->lock);
            inventory->idle_count--;
            continue;
        }
        inventory->queue = fetch->next_queued;
        if (inventory->queue == NULL) {
            inventory->queue_end = &inventory->queue;
        }
        work_off(fetch);
    }
    pthread_mutex_unlock(&inventory->lock);
    return NULL;
}

/* Signals are the business of the threads of the program that uses us. */
static bool start_worker(struct verge_inventory *inventory)
{
    sigset_t all, before;
    bool started;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    started =
        pthread_create(&inventory->workers[inventory->worker_count], NULL, worker, inventory) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    inventory->worker_count += started;
    return started;
}

/* More than the idle ones are wanted when the queue is longer than they are many. */
static bool enqueue(struct verge_fetch *fetch)
{
    struct verge_inventory *inventory = fetch->inventory;
    unsigned queued = 1;

    for (const struct verge_fetch *at = inventory->queue; at != NULL; at = at->next_queued) {
        queued++;
    }
    if (queued > inventory->idle_count && inventory->worker_count < VERGE_WORKERS &&
        !start_worker(inventory) && inventory->worker_count == 0) {
        return false;
    }
    *inventory->queue_end = fetch;
    inventory->queue_end = &fetch->next_queued;
    pthread_cond_signal(&inventory->work);
    return true;
}

void verge_fetch_stop(struct verge_inventory *inventory)
{
    struct verge_fetch *running[VERGE_LISTS + VERGE_WORKERS];
    size_t count = 0;

    pthread_mutex_lock(&inventory->lock);
    inventory->stopping = true;
    for (struct verge_fetch *at = inventory->fetches; at != NULL; at = at->next) {
        if (at->state == RUNNING && count < sizeof(running) / sizeof(running[0])) {
            at->references++;
            running[count++] = at;
        }
    }
    pthread_cond_broadcast(&inventory->work);
    pthread_mutex_unlock(&inventory->lock);
    for (size_t i = 0; i < count; i++) {
        verge_cancel_fire(&running[i]->cancel);
        verge_cancel_fire(&running[i]->second_cancel);
    }
    for (unsigned i = 0; i < inventory->worker_count; i++) {
        pthread_join(inventory->workers[i], NULL);
    }
    pthread_mutex_lock(&inventory->lock);
    for (size_t i = 0; i < count; i++) {
        fetch_release(running[i]);
    }
    pthread_mutex_unlock(&inventory->lock);
}

/* ---- joining and leaving ---- */

static bool same_selection(const struct verge_selection *one, const struct verge_selection *other)
{
    if (one->part != other->part || one->key != other->key) {
        return false;
    }
    return one->part != VERGE_PART_NAME || strcmp(one->name, other->name) == 0;
}

static struct verge_fetch *fetch_new(struct verge_inventory *inventory, enum verge_list_id list,
                                     const struct verge_selection *selection)
{
    struct verge_fetch *fetch = calloc(1, sizeof(*fetch));

    if (fetch == NULL) {
        return NULL;
    }
    fetch->inventory = inventory;
    fetch->list = list;
    fetch->selection = *selection;
    if (selection->name != NULL) {
        fetch->name = strdup(selection->name);
        fetch->selection.name = fetch->name;
    }
    verge_cancel_init(&fetch->cancel);
    verge_cancel_init(&fetch->second_cancel);
    fetch->references = 1;
    if (selection->name != NULL && fetch->name == NULL) {
        fetch_release(fetch);
        return NULL;
    }
    return fetch;
}

static struct verge_fetch *begin(struct verge_inventory *inventory, enum verge_list_id list,
                                 const struct verge_selection *selection)
{
    struct verge_fetch *fetch = fetch_new(inventory, list, selection);

    if (fetch == NULL) {
        return NULL;
    }
    if (!enqueue(fetch)) {
        fetch_release(fetch);
        return NULL;
    }
    fetch->next = inventory->fetches;
    inventory->fetches = fetch;
    return fetch;
}

/* One that can be joined. */
static struct verge_fetch *find(const struct verge_inventory *inventory, enum verge_list_id list,
                                const struct verge_selection *selection)
{
    struct verge_fetch *fetch = inventory->fetches;

    while (fetch != NULL && (fetch->abandoned || fetch->list != list ||
                             !same_selection(&fetch->selection, selection))) {
        fetch = fetch->next;
    }
    return fetch;
}

struct verge_fetch *verge_fetch_join(struct verge_inventory *inventory, enum verge_list_id list,
                                     const struct verge_selection *selection, bool whole,
                                     struct verge_error *error)
{
    struct verge_fetch *fetch = find(inventory, list, selection);

    if (fetch != NULL) {
        inventory->shared_misses++;
    } else {
        fetch = begin(inventory, list, selection);
    }
    if (fetch == NULL) {
        verge_error_set(error, ENOMEM, "out of memory");
        return NULL;
    }
    fetch->references++;
    fetch->waiters++;
    fetch->whole = fetch->whole || whole;
    return fetch;
}

bool verge_fetch_is_running(const struct verge_inventory *inventory, enum verge_list_id list)
{
    return find(inventory, list, &verge_whole_list) != NULL;
}

int verge_fetch_wait(struct verge_fetch *fetch, struct verge_waiter *waiter,
                     struct verge_error *error)
{
    while (fetch->state != DONE) {
        int rc = verge_waiter_wait(waiter, error);

        if (rc < 0) {
            return rc;
        }
    }
    *error = fetch->error;
    return fetch->rc;
}

void verge_fetch_leave(struct verge_fetch *fetch, int rc)
{
    struct verge_inventory *inventory = fetch->inventory;
    bool left = --fetch->waiters == 0 && fetch->state != DONE;

    fetch->abandoned = fetch->abandoned || left;
    /* Who waited for as long as he may began to wait before it began: it is about to end by itself,
     * and what it then says, that the server is silent, is worth knowing. */
    if (left && rc != -ETIMEDOUT) {
        pthread_mutex_unlock(&inventory->lock);
        verge_cancel_fire(&fetch->cancel);
        verge_cancel_fire(&fetch->second_cancel);
        pthread_mutex_lock(&inventory->lock);
    }
    fetch_release(fetch);
}
