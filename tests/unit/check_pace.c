/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>

#include "lib/bucket.h"
#include "lib/pace.h"
#include "tests/unit/unit.h"

/* A call with all the time it wants, and one that cannot wait. */
static const struct verge_call patient = {.deadline = INT64_MAX};
static const struct verge_call hasty = {.deadline = 0};

static int take(struct verge_pace *pace, enum verge_urgency urgency, const struct verge_call *call)
{
    struct verge_error error = VERGE_ERROR_INIT;
    unsigned number;
    int rc = verge_pace_take(pace, urgency, call, &number, &error);
    ck_assert_int_eq(error.errnum, -rc);
    return rc;
}

static void wait_briefly(int64_t ms)
{
    struct verge_call call = {.deadline = INT64_MAX};
    verge_sleep_until(&call, verge_now() + ms);
}

START_TEST(bucket_refills)
{
    struct verge_bucket bucket;
    verge_bucket_init(&bucket, 10, 0.5, 1000);
    ck_assert_double_eq(verge_bucket_level(&bucket, 1000), 10);
    for (int i = 0; i < 10; i++) {
        verge_bucket_take(&bucket);
    }
    ck_assert_double_eq(verge_bucket_level(&bucket, 1000), 0);
    ck_assert_double_eq(verge_bucket_level(&bucket, 1003), 1.5);
    /* A clock read earlier by another thread takes nothing away. */
    ck_assert_double_eq(verge_bucket_level(&bucket, 1001), 1.5);
    ck_assert_double_eq(verge_bucket_level(&bucket, 9999), 10);
}
END_TEST

START_TEST(bucket_tells_when)
{
    struct verge_bucket bucket;
    verge_bucket_init(&bucket, 2, 0.25, 0);
    ck_assert_int_eq(verge_bucket_when(&bucket, 2, 0), 0);
    ck_assert_int_eq(verge_bucket_when(&bucket, 2.5, 0), INT64_MAX);
    verge_bucket_take(&bucket);
    verge_bucket_take(&bucket);
    int64_t when = verge_bucket_when(&bucket, 1, 0);
    ck_assert_int_ge(when, 4);
    ck_assert_int_le(when, 5);
    ck_assert_int_eq(verge_bucket_when(&bucket, 1, when), when);
}
END_TEST

/* The hour's budget may go in one burst, but for the writes' reserve. */
START_TEST(reserve_is_for_writes)
{
    struct verge_pace *pace = verge_pace_new(5);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(take(pace, VERGE_READ, &hasty), 0);
    }
    ck_assert_int_eq(take(pace, VERGE_READ, &hasty), -EAGAIN);
    ck_assert_int_eq(take(pace, VERGE_WRITE, &hasty), 0);
    ck_assert_int_eq(take(pace, VERGE_WRITE, &hasty), -EAGAIN);
    ck_assert_double_lt(verge_pace_left(pace), 1);
    verge_pace_free(pace);
}
END_TEST

START_TEST(a_budget_of_one_can_be_read)
{
    struct verge_pace *pace = verge_pace_new(1);
    ck_assert_int_eq(take(pace, VERGE_READ, &hasty), 0);
    ck_assert_int_eq(take(pace, VERGE_WRITE, &hasty), -EAGAIN);
    verge_pace_free(pace);
}
END_TEST

/* Refused at once when the next token is due too late: hours from now here. */
START_TEST(no_vain_waiting)
{
    struct verge_pace *pace = verge_pace_new(1);
    ck_assert_int_eq(take(pace, VERGE_READ, &hasty), 0);
    struct verge_call call = {.deadline = verge_now() + 600000};
    ck_assert_int_eq(take(pace, VERGE_READ, &call), -EAGAIN);
    ck_assert_uint_eq(verge_pace_waits(pace), 0);
    verge_pace_free(pace);
}
END_TEST

/* A burst of as many as a second may have passes at once; none that exceeds it does. */
START_TEST(the_twenty_first_waits)
{
    struct verge_pace *pace = verge_pace_new(0);
    int64_t start = verge_now();
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(take(pace, VERGE_READ, &hasty), 0);
    }
    ck_assert_uint_eq(verge_pace_waits(pace), 0);
    int rc = take(pace, VERGE_READ, &hasty);
    ck_assert(rc == -EAGAIN || verge_now() - start >= 1000);
    ck_assert_int_eq(take(pace, VERGE_WRITE, &patient), 0);
    ck_assert_int_ge(verge_now() - start, 1000);
    verge_pace_free(pace);
}
END_TEST

/* Of what was answered late it is not known when it arrived. */
START_TEST(a_second_begins_with_the_answer)
{
    struct verge_pace *pace = verge_pace_new(0);
    struct verge_error error = VERGE_ERROR_INIT;
    unsigned numbers[20];
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(verge_pace_take(pace, VERGE_READ, &patient, &numbers[i], &error), 0);
    }
    wait_briefly(30);
    int64_t answered = verge_now();
    for (int i = 0; i < 20; i++) {
        verge_pace_done(pace, numbers[i]);
    }
    ck_assert_int_eq(take(pace, VERGE_READ, &patient), 0);
    ck_assert_int_ge(verge_now() - answered, 1000);
    ck_assert_uint_eq(verge_pace_waits(pace), 1);
    verge_pace_free(pace);
}
END_TEST

START_TEST(hold)
{
    struct verge_pace *pace = verge_pace_new(100);
    int64_t until = verge_now() + 30;
    verge_pace_hold(pace, until);
    verge_pace_hold(pace, until - 20);
    ck_assert_int_eq(take(pace, VERGE_WRITE, &hasty), -EAGAIN);
    ck_assert_int_eq(take(pace, VERGE_WRITE, &patient), 0);
    ck_assert_int_ge(verge_now(), until);
    ck_assert_uint_eq(verge_pace_waits(pace), 1);
    verge_pace_free(pace);
}
END_TEST

struct taker {
    struct verge_pace *pace;
    struct verge_cancel *cancel;
    int64_t deadline;
    enum verge_urgency urgency;
    int rc;
    atomic_bool started;
};

static void *take_patiently(void *argument)
{
    struct taker *taker = argument;
    struct verge_call call = {.deadline = taker->deadline, .cancel = taker->cancel};
    struct verge_error error = VERGE_ERROR_INIT;
    atomic_store(&taker->started, true);
    unsigned number;
    taker->rc = verge_pace_take(taker->pace, taker->urgency, &call, &number, &error);
    return NULL;
}

/* Would wait for an hour if the cancel did not reach it. */
START_TEST(cancel_ends_the_wait)
{
    struct verge_pace *pace = verge_pace_new(1);
    struct verge_cancel cancel;
    verge_cancel_init(&cancel);
    ck_assert_int_eq(take(pace, VERGE_READ, &hasty), 0);
    struct taker taker = {.pace = pace, .cancel = &cancel, .deadline = INT64_MAX, .rc = 1};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, take_patiently, &taker), 0);
    wait_briefly(20);
    verge_cancel_fire(&cancel);
    pthread_join(thread, NULL);
    ck_assert_int_eq(taker.rc, -EINTR);
    struct verge_call call = {.deadline = INT64_MAX, .cancel = &cancel};
    ck_assert_int_eq(take(pace, VERGE_WRITE, &call), -EINTR);
    verge_cancel_destroy(&cancel);
    verge_pace_free(pace);
}
END_TEST

/* All wait for the only request that is left. The reads came first; the write gets it. */
START_TEST(writes_go_before_reads)
{
    enum { READS = 6, ALL };
    struct verge_pace *pace = verge_pace_new(1);
    struct taker takers[ALL];
    pthread_t threads[ALL];
    verge_pace_hold(pace, verge_now() + 1000);
    for (int i = 0; i < ALL; i++) {
        takers[i] = (struct taker){.pace = pace, .deadline = verge_now() + 600000};
        takers[i].urgency = i < READS ? VERGE_READ : VERGE_WRITE;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_patiently, &takers[i]), 0);
        /* On a busy machine a thread may be late; the hold goes on until each is there. */
        while (!atomic_load(&takers[i].started)) {
            verge_pace_hold(pace, verge_now() + 1000);
            wait_briefly(1);
        }
    }
    for (int i = 0; i < ALL; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(takers[i].rc, i < READS ? -EAGAIN : 0);
    }
    verge_pace_free(pace);
}
END_TEST

static void spend(struct verge_pace *pace, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        ck_assert_int_eq(take(pace, VERGE_WRITE, &patient), 0);
    }
}

/* What trickles in meanwhile is far below the tolerance, at ten an hour. */
START_TEST(stretch_rises_as_the_budget_falls)
{
    struct verge_pace *pace = verge_pace_new(10);
    ck_assert_double_eq(verge_pace_stretch(pace), 1);
    spend(pace, 4);
    ck_assert_double_eq(verge_pace_stretch(pace), 1);
    spend(pace, 2); /* 4 of 10 left, 1 in reserve: (5 - 1) / (4 - 1) */
    ck_assert_double_eq_tol(verge_pace_stretch(pace), 4 / 3.0, 0.1);
    ck_assert_double_eq_tol(verge_pace_left(pace), 4, 0.1);
    spend(pace, 1);
    ck_assert_double_eq_tol(verge_pace_stretch(pace), 2, 0.1);
    spend(pace, 1);
    ck_assert_double_eq_tol(verge_pace_stretch(pace), 4, 0.3);
    spend(pace, 2);
    ck_assert_double_eq(verge_pace_stretch(pace), VERGE_PACE_STRETCH);
    verge_pace_free(pace);
}
END_TEST

START_TEST(no_budget)
{
    struct verge_pace *pace = verge_pace_new(0);
    ck_assert_int_eq(take(pace, VERGE_READ, &hasty), 0);
    ck_assert(isinf(verge_pace_left(pace)));
    ck_assert_double_eq(verge_pace_stretch(pace), 1);
    verge_pace_free(pace);
}
END_TEST

UNIT_MAIN("pace", bucket_refills, bucket_tells_when, reserve_is_for_writes,
          a_budget_of_one_can_be_read, no_vain_waiting, the_twenty_first_waits,
          a_second_begins_with_the_answer, hold, cancel_ends_the_wait, writes_go_before_reads,
          stretch_rises_as_the_budget_falls, no_budget)
