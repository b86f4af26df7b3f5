/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/queries.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pages.h"
#include "lib/snapshot.h"

/* Lookups of one path share an answer even where rows are never fresh. */
#define RECENT_MS 1000

struct answer {
    struct answer *next;
    char *filter;
    struct verge_snapshot *rows; /* held; NULL: not asked yet, or stale */
    int64_t asked;               /* when the request was begun */
    bool busy;                   /* somebody is asking */
};

struct verge_queries {
    struct verge_client *client;
    int64_t ttl_ms;
    pthread_mutex_t lock;   /* guards all below; never held in a request */
    pthread_cond_t news;    /* an answer came, or a waiter was cancelled */
    struct answer *answers; /* the one used last comes first */
    uint64_t forgotten;     /* how often; an answer to an older question is not kept */
};

struct verge_queries *verge_queries_new(struct verge_client *client, int64_t ttl_ms)
{
    struct verge_queries *queries = calloc(1, sizeof(*queries));
    if (!queries)
        return NULL;
    queries->client = client;
    queries->ttl_ms = ttl_ms;
    pthread_mutex_init(&queries->lock, NULL);
    verge_condition_init(&queries->news);
    return queries;
}

static void answer_free(struct answer *answer)
{
    verge_snapshot_release(answer->rows);
    free(answer->filter);
    free(answer);
}

void verge_queries_free(struct verge_queries *queries)
{
    if (!queries)
        return;
    while (queries->answers) {
        struct answer *answer = queries->answers;
        queries->answers = answer->next;
        answer_free(answer);
    }
    pthread_cond_destroy(&queries->news);
    pthread_mutex_destroy(&queries->lock);
    free(queries);
}

void verge_queries_forget(struct verge_queries *queries)
{
    pthread_mutex_lock(&queries->lock);
    queries->forgotten++;
    for (struct answer *answer = queries->answers; answer; answer = answer->next) {
        verge_snapshot_release(answer->rows);
        answer->rows = NULL;
    }
    pthread_mutex_unlock(&queries->lock);
}

/* ---- which answer; with the lock ---- */

static void drop_oldest(struct verge_queries *queries)
{
    struct answer **last = NULL;
    unsigned count = 0;
    for (struct answer **link = &queries->answers; *link; link = &(*link)->next, count++)
        if (!(*link)->busy)
            last = link;
    if (count < VERGE_QUERIES_HELD || !last)
        return;
    struct answer *answer = *last;
    *last = answer->next;
    answer_free(answer);
}

/* The answer to a filter, put in front; a new one when there is none. */
static struct answer *answer_to(struct verge_queries *queries, const char *filter)
{
    struct answer **link = &queries->answers;
    while (*link && strcmp((*link)->filter, filter) != 0)
        link = &(*link)->next;
    struct answer *answer = *link;
    if (answer) {
        *link = answer->next;
    } else {
        drop_oldest(queries);
        answer = calloc(1, sizeof(*answer));
        if (answer && !(answer->filter = strdup(filter))) {
            free(answer);
            answer = NULL;
        }
    }
    if (answer) {
        answer->next = queries->answers;
        queries->answers = answer;
    }
    return answer;
}

static int64_t fresh_until(struct verge_queries *queries, const struct answer *answer,
                           enum verge_freshness freshness)
{
    int64_t life = queries->ttl_ms;
    if (freshness == VERGE_RECENT && life < RECENT_MS)
        life = RECENT_MS;
    double stretch = verge_pace_stretch(verge_client_pace(queries->client));
    if (stretch > 1)
        life = (int64_t)((double)(life > RECENT_MS ? life : RECENT_MS) * stretch);
    return answer->asked + life;
}

static bool will_do(struct verge_queries *queries, const struct answer *answer,
                    enum verge_freshness freshness, int64_t *until)
{
    if (!answer->rows)
        return false;
    *until = fresh_until(queries, answer, freshness);
    return freshness == VERGE_CACHED || verge_now() < *until;
}

/* ---- asking; without the lock ---- */

static int make_snapshot(const struct verge_pages *pages, struct verge_snapshot **rows)
{
    struct verge_snapshot *empty = verge_snapshot_empty(&verge_device_model);
    struct verge_cell *cells = calloc(pages->count + 1, sizeof(*cells));
    size_t count = 0;
    for (size_t i = 0; cells && i < pages->count; i++) {
        if (!count || cells[count - 1].owner != pages->rows[i]->owner)
            cells[count++] = (struct verge_cell){pages->rows[i]->owner,
                                                 (const struct verge_record **)&pages->rows[i], 0};
        cells[count - 1].count++;
    }
    *rows = empty && cells ? verge_snapshot_apply(empty, cells, count) : NULL;
    free(cells);
    verge_snapshot_release(empty);
    return *rows ? 0 : -ENOMEM;
}

static int ask(struct verge_queries *queries, const struct verge_want *want, const char *filter,
               struct verge_snapshot **rows, struct verge_error *error)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    struct verge_snapshot *none = verge_snapshot_empty(&verge_device_model);
    struct verge_pages pages = {
        .client = queries->client,
        .call = &want->call,
        .model = &verge_device_model,
        .expected = -1,
        .held = none,
    };
    int result = -ENOMEM;
    if (none && verge_text_printf(&text, "(%s)", filter)) {
        pages.filter = verge_text_content(&text);
        result = verge_pages_read(&pages, error);
    }
    if (!result)
        result = make_snapshot(&pages, rows);
    verge_pages_free(&pages);
    verge_snapshot_release(none);
    if (result == -ENOMEM)
        verge_error_set(error, ENOMEM, "out of memory");
    return result;
}

/* With the lock, which is let go meanwhile. */
static int refill(struct verge_queries *queries, struct answer *answer,
                  const struct verge_want *want, struct verge_error *error)
{
    struct verge_snapshot *rows = NULL;
    int64_t asked = verge_now();
    uint64_t forgotten = queries->forgotten;
    answer->busy = true; /* nor is it dropped */
    pthread_mutex_unlock(&queries->lock);
    int result = ask(queries, want, answer->filter, &rows, error);
    pthread_mutex_lock(&queries->lock);
    answer->busy = false;
    verge_snapshot_release(answer->rows);
    answer->rows = rows;
    answer->asked = forgotten == queries->forgotten ? asked : INT64_MIN / 2;
    pthread_cond_broadcast(&queries->news);
    return result;
}

/* ---- waiting for who asks ---- */

struct waiter {
    struct verge_queries *queries;
    bool cancelled; /* guarded by the lock */
};

static void wake(void *argument)
{
    struct waiter *waiter = argument;
    pthread_mutex_lock(&waiter->queries->lock);
    waiter->cancelled = true;
    pthread_cond_broadcast(&waiter->queries->news);
    pthread_mutex_unlock(&waiter->queries->lock);
}

/* Without the lock: until nobody asks for this filter. */
static int wait_turn(struct verge_queries *queries, const struct verge_want *want,
                     const char *filter, struct verge_error *error)
{
    struct waiter waiter = {queries, false};
    int result = 0;
    if (!verge_cancel_watch(want->call.cancel, wake, &waiter))
        return verge_error_set(error, EINTR, "cancelled");
    pthread_mutex_lock(&queries->lock);
    for (;;) {
        const struct answer *answer = answer_to(queries, filter);
        if (!answer || !answer->busy)
            break;
        if (waiter.cancelled)
            result = verge_error_set(error, EINTR, "cancelled");
        else if (verge_now() >= want->call.deadline)
            result = verge_error_set(error, ETIMEDOUT, "no answer within the time allowed");
        if (result)
            break;
        verge_condition_wait(&queries->news, &queries->lock, want->call.deadline);
    }
    pthread_mutex_unlock(&queries->lock);
    verge_cancel_watch(want->call.cancel, NULL, NULL);
    return result;
}

/* One try: 1 when somebody else asks and has to be waited for. */
static int try_query(struct verge_queries *queries, const struct verge_want *want,
                     const char *filter, struct verge_snapshot **rows, int64_t *until,
                     struct verge_error *error)
{
    int result = 0;
    pthread_mutex_lock(&queries->lock);
    struct answer *answer = answer_to(queries, filter);
    if (!answer)
        result = verge_error_set(error, ENOMEM, "out of memory");
    else if (answer->busy)
        result = 1;
    else if (!will_do(queries, answer, want->freshness, until))
        result = want->freshness == VERGE_CACHED ? verge_error_set(error, EAGAIN, "not held")
                                                 : refill(queries, answer, want, error);
    if (!result) {
        *until = fresh_until(queries, answer, want->freshness);
        *rows = verge_snapshot_hold(answer->rows);
    }
    pthread_mutex_unlock(&queries->lock);
    return result;
}

int verge_query_devices(struct verge_queries *queries, const struct verge_want *want,
                        const char *filter, struct verge_snapshot **rows, int64_t *until,
                        struct verge_error *error)
{
    int64_t unused = 0;
    int result;
    *rows = NULL;
    if (!verge_filter_whole(filter))
        return verge_error_set(error, EINVAL,
                               "a parenthesis or a quote of the filter has no other");
    while ((result = try_query(queries, want, filter, rows, until ? until : &unused, error)) > 0) {
        int waited = wait_turn(queries, want, filter, error);
        if (waited)
            return waited;
    }
    return result;
}
