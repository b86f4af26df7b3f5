/* SPDX-License-Identifier: MIT */
/*
 * The rooms of the inventory and what they share.
 *
 *   lookup.c     what callers ask: looks at what is held, and fetches when that is not fresh
 *   freshness.c  how fresh what is held is
 *   walk.c       whether to ask for a part of a list or for all of it, and what will be asked next
 *   fetch.c      one fetch for all who wait for it; the threads that fetches run on
 *   pages.c      a list read in pages
 *   store.c      an answer, or a write of ours, put into a new snapshot
 *   writes.c     changes, verified, and what they make stale
 *
 * Locks, in the order in which they may be taken:
 *   list->building    who makes the next snapshot of a list; held while it is made, never in a
 * request inventory->lock   everything else; held for moments only A cancel token's waker takes
 * inventory->lock, so no token is touched under it.
 */
#ifndef VERGE_INVENTORY_PRIVATE_H
#define VERGE_INVENTORY_PRIVATE_H

#include <pthread.h>

#include "lib/inventory.h"
#include "lib/marks.h"
#include "lib/snapshot.h"

#define VERGE_LISTS (VERGE_SETTINGS + VERGE_SETTINGS_TABLES)
#define VERGE_WORKERS 8

/* What is asked of a list. */
struct verge_selection {
    enum verge_part part;
    uint32_t key;     /* of the owner, row or machine */
    const char *name; /* of VERGE_PART_NAME */
};

extern const struct verge_selection verge_whole_list;

/* Whether somebody walks. The settings lists share one. */
struct verge_guess {
    int64_t window_start; /* of the time in which strangers are counted */
    unsigned strangers;   /* parts asked for alone of which nothing was known */
    int64_t walked_at;    /* when they were so many that all was asked for; 0 for never */
    uint32_t last_owner;  /* that somebody looked for */
    unsigned uses;        /* owners looked for since all was last fetched */
    bool wasted;          /* all was fetched for lookups that were fewer than its pages */
};

struct verge_list {
    const struct verge_model *model;
    const char *owner_column; /* names the owner in a filter */

    pthread_mutex_t building; /* guards, together with inventory->lock, the changes of: */
    struct verge_snapshot *snapshot;
    struct verge_stamp asked; /* the whole list */
    struct verge_marks marks; /* parts of it */
    uint64_t distrust;        /* answers to requests up to this number count for nothing */

    /* Guarded by inventory->lock: */
    int64_t expected;      /* rows the server is thought to have; -1 for not known */
    int64_t missing_until; /* the server has no such table, we believe until then */
    int64_t listed_at;     /* when somebody last asked for all of it; 0 for never */
    bool unused;           /* it was asked for because it might be wanted, and was not yet */
    struct verge_guess *guess;
};

struct verge_fetch;
struct verge_busy;

struct verge_inventory {
    struct verge_client *client;
    struct verge_inventory_options options;
    struct verge_list lists[VERGE_LISTS];
    struct verge_guess guesses[VERGE_SETTINGS + 1];

    pthread_mutex_t lock;        /* guards all below */
    pthread_cond_t news;         /* a fetch is done, a writer has left, a waiter was cancelled */
    pthread_cond_t work;         /* a fetch is queued, or all is to end */
    uint64_t moment;             /* the sequence of requests begun and writes done */
    struct verge_fetch *fetches; /* queued or running, and to be joined */
    struct verge_fetch *queue, **queue_end;
    pthread_t workers[VERGE_WORKERS];
    unsigned worker_count, idle_count;
    bool stopping;
    struct verge_busy *busy; /* what is being written */
    unsigned tables;         /* of settings, a bit for each that a device seen so far has */
    uint64_t shared_misses, stretched, unverified;
};

/* ---- waiting, for news ---- */

struct verge_waiter {
    struct verge_inventory *inventory;
    const struct verge_call *call;
    int64_t deadline; /* the call's, or one that the waiter has set before it */
    bool cancelled;   /* guarded by inventory->lock */
};

/* To be called without the lock: registers with the call's cancel token; -EINTR if it is fired. */
int verge_waiter_begin(struct verge_waiter *waiter, struct verge_inventory *inventory,
                       const struct verge_call *call, struct verge_error *error);
void verge_waiter_end(struct verge_waiter *waiter);

/* With the lock, which is let go meanwhile: 0 after some news, else -EINTR or -ETIMEDOUT. */
int verge_waiter_wait(struct verge_waiter *waiter, struct verge_error *error);

/* ---- fetch.c; with the lock ---- */

/* Joins the fetch of this selection, or begins one; to be left by the one who joined. `whole`: of a
 * whole list, however long it turns out to be. NULL with the error set when it can't begin. */
struct verge_fetch *verge_fetch_join(struct verge_inventory *inventory, enum verge_list_id list,
                                     const struct verge_selection *selection, bool whole,
                                     struct verge_error *error);
/* Whether there is one of the whole list. */
bool verge_fetch_is_running(const struct verge_inventory *inventory, enum verge_list_id list);
/* Waits for its end: 0 or its error. */
int verge_fetch_wait(struct verge_fetch *fetch, struct verge_waiter *waiter,
                     struct verge_error *error);
/* The last one to leave ends it, unless his time was up (`rc` is -ETIMEDOUT): then so is its own.
 * The lock is let go for a moment. */
void verge_fetch_leave(struct verge_fetch *fetch, int rc);

/* Without the lock: cancels all fetches, ends and joins the workers. */
void verge_fetch_stop(struct verge_inventory *inventory);

/* ---- store.c; without any lock ---- */

struct verge_news {
    enum verge_list_id list;
    struct verge_selection selection;
    struct verge_stamp stamp; /* of the request; what a write covers is set in storing it */
    struct verge_record *
        *rows; /* borrowed; those of no interest to the selection are passed over */
    size_t count;
    bool written; /* the row as a write of ours left it: no answer to an older request beats it */
};

/* The stamp of a request that begins now; takes the lock. */
struct verge_stamp verge_stamp_now(struct verge_inventory *inventory);

/* Puts news into the list. 0, or -ENOMEM, after which everything held of the list is stale. 1 when
 * another write has changed, since this one began, what it says is there: then it is not stored. */
int verge_store(struct verge_inventory *inventory, const struct verge_news *news);

/* A part may have been changed by a write of ours, to what is not known. */
void verge_store_lost(struct verge_inventory *inventory, enum verge_list_id list,
                      enum verge_part part, uint32_t key);
/* A part may show the effect of a write to something else. */
void verge_store_doubt(struct verge_inventory *inventory, enum verge_list_id list,
                       enum verge_part part, uint32_t key);

/* ---- freshness.c; with the lock ---- */

/* What is held of a selection. */
struct verge_view {
    const struct verge_record *row; /* the first, or NULL; borrowed under the lock */
    struct verge_stamp stamp;       /* how fresh it is; number 0 for not at all */
    bool known;                     /* whether anything is known, fresh or not */
    struct verge_selection fetch;   /* what to ask for, should it not do */
};

void verge_look(struct verge_inventory *inventory, enum verge_list_id list,
                const struct verge_selection *selection, enum verge_freshness freshness,
                struct verge_view *view);

/* Whether it is fresh enough for one who came at `arrival`, and until when. */
bool verge_fresh(struct verge_inventory *inventory, enum verge_list_id list,
                 enum verge_freshness freshness, const struct verge_view *view, uint64_t arrival,
                 int64_t *until);

/* ---- walk.c; with the lock, but for the last ---- */

/* Somebody looked, and this is what is held. */
void verge_walk_look(struct verge_inventory *inventory, enum verge_list_id list,
                     const struct verge_selection *selection, const struct verge_view *view);
/* The whole list has come. */
void verge_walk_listed(struct verge_list *list);

/* Whether to ask for the whole list instead of the selection; *whole: however long it is. */
bool verge_prefers_list(struct verge_inventory *inventory, enum verge_list_id list,
                        const struct verge_view *view, bool *whole);

/* A list is about to be asked for by one who wanted a part of it: joins the fetches of the lists
 * that he will want next, should he walk; to be left by him. Gives their number. */
size_t verge_walk_beside(struct verge_inventory *inventory, enum verge_list_id list, bool whole,
                         struct verge_fetch *beside[VERGE_SETTINGS_TABLES]);

/* Devices have come: notes which settings tables are in use. Takes the lock. */
void verge_walk_tables(struct verge_inventory *inventory, const struct verge_news *news);

/* ---- lookup.c ---- */

/* For one who does not ask for what others have begun to ask for before: the moment now. */
#define VERGE_ARRIVES_NOW UINT64_MAX

struct verge_found {
    struct verge_record *row;        /* held; NULL: the server has none */
    struct verge_snapshot *snapshot; /* held */
    int64_t until;
    bool missing; /* the table */
};

/* Without the lock. `arrival` is the moment from which on a request is young enough for any ttl, or
 * VERGE_ARRIVES_NOW. Anything held is the caller's; nothing is after an error. */
int verge_ask(struct verge_inventory *inventory, const struct verge_want *want,
              enum verge_list_id list, const struct verge_selection *selection, uint64_t arrival,
              struct verge_found *answer, struct verge_error *error);

/* The settings list of a device's type, or -1. */
int verge_settings_list(const struct verge_device *device);

#endif
