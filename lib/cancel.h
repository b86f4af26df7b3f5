/* SPDX-License-Identifier: MIT */
/*
 * Cancelling a call from another thread: whoever waits registers how to be woken, whoever cancels
 * fires. A token is fired at most once and stays fired.
 */
#ifndef VERGE_CANCEL_H
#define VERGE_CANCEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct verge_cancel {
    pthread_mutex_t lock; /* guards all below */
    bool fired;
    /* NULL: nobody waits. Called under the lock, so it is short and calls nothing of this room. */
    void (*wake)(void *argument);
    void *argument;
    /* Of the thread that waits under it, without the lock; NULL once called. */
    void (*arm)(void *argument);
    void *arm_argument;
};

void verge_cancel_init(struct verge_cancel *cancel);

/* The same; `arm` is called, once, by the first who waits under the token or asks it: only then
 * whoever fires it has to know of it. Most calls wait for nothing. */
void verge_cancel_init_unarmed(struct verge_cancel *cancel, void (*arm)(void *argument),
                               void *argument);
void verge_cancel_destroy(struct verge_cancel *cancel);

/* Safe from any thread, any number of times. */
void verge_cancel_fire(struct verge_cancel *cancel);

/* A NULL token is one that is never fired. */
bool verge_cancel_fired(struct verge_cancel *cancel);

/*
 * Registers the waker of the one thread that waits under this token; NULL takes it away. After
 * the return of the taking away, the waker is not running and will not run. Returns false, with
 * nothing registered, if the token is fired already. A NULL token accepts everything.
 */
bool verge_cancel_watch(struct verge_cancel *cancel, void (*wake)(void *argument), void *argument);

/*
 * What every call of this library carries: until when it may take, and what ends it early.
 * `deadline` is in milliseconds of verge_now().
 */
struct verge_call {
    int64_t deadline;
    struct verge_cancel *cancel; /* may be NULL */
};

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t verge_now(void);

/* A condition whose waits are timed by verge_now(), and such a wait; it may end early. */
void verge_condition_init(pthread_cond_t *condition);
void verge_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until);

/* Sleeps until `until` (verge_now), the deadline or the cancel; 0, -ETIMEDOUT or -EINTR. */
int verge_sleep_until(const struct verge_call *call, int64_t until);

#endif
