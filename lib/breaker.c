/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/breaker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct verge_breaker {
    unsigned most;        /* failures; 0: any number */
    pthread_mutex_t lock; /* guards all below */
    unsigned failures;    /* in a row */
    int64_t pause_ms;     /* how long it is open this time */
    int64_t until;        /* open until then */
    bool probing;         /* a call has been let through meanwhile */
    struct verge_error last;
};

struct verge_breaker *verge_breaker_new(unsigned failures)
{
    struct verge_breaker *breaker = calloc(1, sizeof(*breaker));
    if (!breaker)
        return NULL;
    breaker->most = failures;
    pthread_mutex_init(&breaker->lock, NULL);
    return breaker;
}

void verge_breaker_free(struct verge_breaker *breaker)
{
    if (!breaker)
        return;
    pthread_mutex_destroy(&breaker->lock);
    free(breaker);
}

int verge_breaker_enter(struct verge_breaker *breaker, int64_t now, struct verge_error *error)
{
    int result = 0;
    pthread_mutex_lock(&breaker->lock);
    if (breaker->most && breaker->failures >= breaker->most) {
        if (breaker->probing || now < breaker->until)
            result = verge_error_set(error, breaker->last.errnum,
                                     "the server does not answer; last: %s", breaker->last.text);
        else
            breaker->probing = true;
    }
    pthread_mutex_unlock(&breaker->lock);
    return result;
}

static bool unanswered(int result, const struct verge_error *error)
{
    return result < 0 && error->http_status == 0 && result != -EFBIG && result != -EAGAIN &&
           result != -ENOMEM && result != -EBADMSG;
}

static void fail(struct verge_breaker *breaker, int64_t now, const struct verge_error *error)
{
    breaker->last = *error;
    if (++breaker->failures < breaker->most)
        return;
    /* Those that were under way when it opened make it no longer. */
    if (breaker->failures == breaker->most)
        breaker->pause_ms = VERGE_BREAKER_FIRST_MS;
    else if (breaker->probing && breaker->pause_ms < VERGE_BREAKER_MOST_MS / 2)
        breaker->pause_ms *= 2;
    else if (breaker->probing)
        breaker->pause_ms = VERGE_BREAKER_MOST_MS;
    breaker->until = now + breaker->pause_ms;
}

void verge_breaker_leave(struct verge_breaker *breaker, int64_t now, int result,
                         const struct verge_error *error)
{
    pthread_mutex_lock(&breaker->lock);
    if (result != -EINTR) {
        if (unanswered(result, error))
            fail(breaker, now, error);
        else
            breaker->failures = 0;
    }
    breaker->probing = false;
    pthread_mutex_unlock(&breaker->lock);
}
