/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "lib/bucket.h"
#include "lib/pace.h"
#include "lib/window.h"

#define HOUR_MS 3600000.0

struct verge_pace {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t turn;  /* somebody left the queue, or was cancelled */
    struct verge_bucket budget;
    struct verge_window rate;
    bool limited;    /* there is a budget */
    double reserve;  /* of the budget, for writes */
    int64_t held;    /* nothing goes out before */
    unsigned writes; /* waiting: reads stay behind them */
    uint64_t waits;
};

struct verge_pace *verge_pace_new(unsigned per_hour)
{
    struct verge_pace *pace = calloc(1, sizeof(*pace));
    if (!pace) {
        return NULL;
    }
    pthread_mutex_init(&pace->lock, NULL);
    verge_condition_init(&pace->turn);
    int64_t now = verge_now();
    verge_bucket_init(&pace->budget, per_hour, per_hour / HOUR_MS, now);
    verge_window_init(&pace->rate);
    pace->limited = per_hour > 0;
    pace->reserve = per_hour < 2 ? 0 : per_hour < 20 ? 1 : per_hour / 20.0;
    return pace;
}

void verge_pace_free(struct verge_pace *pace)
{
    if (pace) {
        pthread_cond_destroy(&pace->turn);
        pthread_mutex_destroy(&pace->lock);
        free(pace);
    }
}

static int64_t later(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

/* When a request may go out, others that wait aside. */
static int64_t due(struct verge_pace *pace, enum verge_urgency urgency, int64_t now)
{
    int64_t when = later(pace->held, verge_window_when(&pace->rate));
    if (pace->limited) {
        double needed = urgency == VERGE_WRITE ? 1 : 1 + pace->reserve;
        when = later(when, verge_bucket_when(&pace->budget, needed, now));
    }
    return when;
}

/* One request in the queue. */
struct waiter {
    struct verge_pace *pace;
    bool waited;
    bool cancelled; /* by the token's waker: asking the token under our lock could deadlock */
};

static void cancel_waiter(void *argument)
{
    struct waiter *waiter = argument;
    pthread_mutex_lock(&waiter->pace->lock);
    waiter->cancelled = true;
    pthread_cond_broadcast(&waiter->pace->turn);
    pthread_mutex_unlock(&waiter->pace->lock);
}

/* Under the lock. 0 when it is this request's turn, else as verge_pace_take. */
static int wait_turn(struct waiter *waiter, enum verge_urgency urgency, int64_t deadline)
{
    struct verge_pace *pace = waiter->pace;
    while (!waiter->cancelled) {
        int64_t now = verge_now();
        int64_t when = due(pace, urgency, now);
        bool behind = urgency == VERGE_READ && pace->writes > 0;
        if (when <= now && !behind) {
            return 0;
        }
        if (when > deadline || now >= deadline) {
            return -EAGAIN;
        }
        waiter->waited = true;
        verge_condition_wait(&pace->turn, &pace->lock, when <= now ? deadline : when);
    }
    return -EINTR;
}

static int queue(struct waiter *waiter, enum verge_urgency urgency, int64_t deadline,
                 unsigned *number)
{
    struct verge_pace *pace = waiter->pace;
    pthread_mutex_lock(&pace->lock);
    pace->writes += urgency == VERGE_WRITE;
    int rc = wait_turn(waiter, urgency, deadline);
    if (!rc) {
        verge_bucket_take(&pace->budget);
        *number = verge_window_take(&pace->rate, verge_now());
    }
    pace->writes -= urgency == VERGE_WRITE;
    pace->waits += waiter->waited;
    /* Reads may have been waiting just for this write to go. */
    pthread_cond_broadcast(&pace->turn);
    pthread_mutex_unlock(&pace->lock);
    return rc;
}

int verge_pace_take(struct verge_pace *pace, enum verge_urgency urgency,
                    const struct verge_call *call, unsigned *number, struct verge_error *error)
{
    struct waiter waiter = {.pace = pace};
    int rc = -EINTR;
    if (verge_cancel_watch(call->cancel, cancel_waiter, &waiter)) {
        rc = queue(&waiter, urgency, call->deadline, number);
        verge_cancel_watch(call->cancel, NULL, NULL);
    }
    if (rc == -EINTR) {
        verge_error_set(error, EINTR, "interrupted while waiting to send a request");
    } else if (rc) {
        verge_error_set(
            error, EAGAIN,
            "no request may be sent in time: the budget is spent, or the server asked to wait");
    }
    return rc;
}

void verge_pace_done(struct verge_pace *pace, unsigned number)
{
    pthread_mutex_lock(&pace->lock);
    verge_window_done(&pace->rate, number, verge_now());
    pthread_mutex_unlock(&pace->lock);
}

void verge_pace_hold(struct verge_pace *pace, int64_t until)
{
    pthread_mutex_lock(&pace->lock);
    pace->held = later(pace->held, until);
    pthread_mutex_unlock(&pace->lock);
}

double verge_pace_left(struct verge_pace *pace)
{
    pthread_mutex_lock(&pace->lock);
    double left = pace->limited ? verge_bucket_level(&pace->budget, verge_now()) : (double)INFINITY;
    pthread_mutex_unlock(&pace->lock);
    return left;
}

double verge_pace_stretch(struct verge_pace *pace)
{
    double left = verge_pace_left(pace);
    /* Neither changes after the beginning. */
    double half = pace->budget.capacity / 2;
    double reserve = pace->reserve;
    if (left >= half) {
        return 1;
    }
    double stretch = left > reserve ? (half - reserve) / (left - reserve) : VERGE_PACE_STRETCH;
    return stretch < 1 ? 1 : stretch > VERGE_PACE_STRETCH ? VERGE_PACE_STRETCH : stretch;
}

uint64_t verge_pace_waits(struct verge_pace *pace)
{
    pthread_mutex_lock(&pace->lock);
    uint64_t waits = pace->waits;
    pthread_mutex_unlock(&pace->lock);
    return waits;
}
