/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <time.h>

#include "lib/cancel.h"

void verge_cancel_init(struct verge_cancel *cancel)
{
    pthread_mutex_init(&cancel->lock, NULL);
    cancel->fired = false;
    cancel->wake = NULL;
    cancel->argument = NULL;
    cancel->arm = NULL;
}

void verge_cancel_init_unarmed(struct verge_cancel *cancel, void (*arm)(void *argument),
                               void *argument)
{
    verge_cancel_init(cancel);
    cancel->arm = arm;
    cancel->arm_argument = argument;
}

static void make_armed(struct verge_cancel *cancel)
{
    void (*arm)(void *argument) = cancel->arm;
    cancel->arm = NULL;
    if (arm) {
        arm(cancel->arm_argument);
    }
}

void verge_cancel_destroy(struct verge_cancel *cancel)
{
    pthread_mutex_destroy(&cancel->lock);
}

void verge_cancel_fire(struct verge_cancel *cancel)
{
    pthread_mutex_lock(&cancel->lock);
    bool first = !cancel->fired;
    cancel->fired = true;
    if (first && cancel->wake) {
        cancel->wake(cancel->argument);
    }
    pthread_mutex_unlock(&cancel->lock);
}

bool verge_cancel_fired(struct verge_cancel *cancel)
{
    if (!cancel) {
        return false;
    }
    make_armed(cancel);
    pthread_mutex_lock(&cancel->lock);
    bool fired = cancel->fired;
    pthread_mutex_unlock(&cancel->lock);
    return fired;
}

bool verge_cancel_watch(struct verge_cancel *cancel, void (*wake)(void *argument), void *argument)
{
    if (!cancel) {
        return true;
    }
    if (wake) {
        make_armed(cancel);
    }
    pthread_mutex_lock(&cancel->lock);
    bool accepted = !wake || !cancel->fired;
    cancel->wake = accepted ? wake : NULL;
    cancel->argument = accepted ? argument : NULL;
    pthread_mutex_unlock(&cancel->lock);
    return accepted;
}

int64_t verge_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void verge_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

void verge_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until)
{
    until = until > 0 ? until : 0;
    struct timespec when = {.tv_sec = (time_t)(until / 1000),
                            .tv_nsec = (long)(until % 1000) * 1000000};
    pthread_cond_timedwait(condition, lock, &when);
}

struct sleeper {
    pthread_mutex_t lock; /* guards `woken` */
    pthread_cond_t condition;
    bool woken;
};

static void sleeper_wake(void *argument)
{
    struct sleeper *sleeper = argument;
    pthread_mutex_lock(&sleeper->lock);
    sleeper->woken = true;
    pthread_cond_signal(&sleeper->condition);
    pthread_mutex_unlock(&sleeper->lock);
}

/* Returns whether it was woken before its time. */
static bool sleeper_sleep(struct sleeper *sleeper, int64_t until)
{
    pthread_mutex_lock(&sleeper->lock);
    while (!sleeper->woken && verge_now() < until) {
        verge_condition_wait(&sleeper->condition, &sleeper->lock, until);
    }
    bool woken = sleeper->woken;
    pthread_mutex_unlock(&sleeper->lock);
    return woken;
}

int verge_sleep_until(const struct verge_call *call, int64_t until)
{
    bool late = call->deadline < until;
    struct sleeper sleeper = {.woken = false};
    pthread_mutex_init(&sleeper.lock, NULL);
    verge_condition_init(&sleeper.condition);
    bool woken = true;
    if (verge_cancel_watch(call->cancel, sleeper_wake, &sleeper)) {
        woken = sleeper_sleep(&sleeper, late ? call->deadline : until);
        verge_cancel_watch(call->cancel, NULL, NULL);
    }
    pthread_cond_destroy(&sleeper.condition);
    pthread_mutex_destroy(&sleeper.lock);
    return woken ? -EINTR : late ? -ETIMEDOUT : 0;
}
