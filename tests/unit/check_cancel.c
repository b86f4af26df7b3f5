/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "lib/cancel.h"
#include "tests/unit/unit.h"

static void count(void *argument)
{
    ++*(int *)argument;
}

START_TEST(fires_once)
{
    struct verge_cancel cancel;
    verge_cancel_init(&cancel);
    int wakes = 0;
    ck_assert(!verge_cancel_fired(&cancel));
    ck_assert(verge_cancel_watch(&cancel, count, &wakes));
    verge_cancel_fire(&cancel);
    verge_cancel_fire(&cancel);
    ck_assert_int_eq(wakes, 1);
    ck_assert(verge_cancel_fired(&cancel));
    verge_cancel_destroy(&cancel);
}
END_TEST

START_TEST(nobody_is_woken_after_leaving)
{
    struct verge_cancel cancel;
    verge_cancel_init(&cancel);
    int wakes = 0;
    ck_assert(verge_cancel_watch(&cancel, count, &wakes));
    ck_assert(verge_cancel_watch(&cancel, NULL, NULL));
    verge_cancel_fire(&cancel);
    ck_assert_int_eq(wakes, 0);
    ck_assert(!verge_cancel_watch(&cancel, count, &wakes));
    ck_assert(verge_cancel_watch(&cancel, NULL, NULL));
    ck_assert_int_eq(wakes, 0);
    verge_cancel_destroy(&cancel);
}
END_TEST

struct armed {
    struct verge_cancel cancel;
    int times;
};

/* Whoever fires it may have done so before. */
static void arm(void *argument)
{
    struct armed *armed = argument;
    armed->times++;
    verge_cancel_fire(&armed->cancel);
}

START_TEST(a_token_is_armed_when_somebody_waits)
{
    struct armed armed = {.times = 0};
    int wakes = 0;
    verge_cancel_init_unarmed(&armed.cancel, arm, &armed);
    ck_assert(verge_cancel_watch(&armed.cancel, NULL, NULL));
    ck_assert_int_eq(armed.times, 0);
    ck_assert(!verge_cancel_watch(&armed.cancel, count, &wakes));
    ck_assert(verge_cancel_fired(&armed.cancel));
    ck_assert_int_eq(armed.times, 1);
    ck_assert_int_eq(wakes, 0);
    verge_cancel_destroy(&armed.cancel);
}
END_TEST

START_TEST(a_token_is_armed_when_somebody_asks)
{
    struct armed armed = {.times = 0};
    verge_cancel_init_unarmed(&armed.cancel, arm, &armed);
    ck_assert(verge_cancel_fired(&armed.cancel));
    ck_assert(verge_cancel_fired(&armed.cancel));
    ck_assert_int_eq(armed.times, 1);
    verge_cancel_destroy(&armed.cancel);
}
END_TEST

START_TEST(no_token_never_fires)
{
    ck_assert(!verge_cancel_fired(NULL));
    ck_assert(verge_cancel_watch(NULL, count, NULL));
    ck_assert(verge_cancel_watch(NULL, NULL, NULL));
}
END_TEST

START_TEST(sleep_reaches_its_time)
{
    struct verge_call call = {.deadline = verge_now() + 60000};
    int64_t until = verge_now() + 20;
    ck_assert_int_eq(verge_sleep_until(&call, until), 0);
    ck_assert_int_ge(verge_now(), until);
    ck_assert_int_eq(verge_sleep_until(&call, until - 1000), 0);
    ck_assert_int_eq(verge_sleep_until(&call, -5), 0);
}
END_TEST

START_TEST(sleep_ends_at_the_deadline)
{
    struct verge_call call = {.deadline = verge_now() + 20};
    ck_assert_int_eq(verge_sleep_until(&call, INT64_MAX), -ETIMEDOUT);
    ck_assert_int_ge(verge_now(), call.deadline);
}
END_TEST

START_TEST(no_sleep_after_cancel)
{
    struct verge_cancel cancel;
    verge_cancel_init(&cancel);
    verge_cancel_fire(&cancel);
    struct verge_call call = {.deadline = INT64_MAX, .cancel = &cancel};
    ck_assert_int_eq(verge_sleep_until(&call, INT64_MAX / 2), -EINTR);
    verge_cancel_destroy(&cancel);
}
END_TEST

static void *fire(void *argument)
{
    struct verge_call brief = {.deadline = verge_now() + 20};
    verge_sleep_until(&brief, brief.deadline);
    verge_cancel_fire(argument);
    return NULL;
}

/* Would sleep for ever if the waker did not reach it. */
START_TEST(cancel_ends_a_sleep)
{
    struct verge_cancel cancel;
    verge_cancel_init(&cancel);
    struct verge_call call = {.deadline = INT64_MAX, .cancel = &cancel};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, fire, &cancel), 0);
    ck_assert_int_eq(verge_sleep_until(&call, verge_now() + 1000000000), -EINTR);
    pthread_join(thread, NULL);
    ck_assert_ptr_null(cancel.wake);
    verge_cancel_destroy(&cancel);
}
END_TEST

UNIT_MAIN("cancel", fires_once, nobody_is_woken_after_leaving, a_token_is_armed_when_somebody_waits,
          a_token_is_armed_when_somebody_asks, no_token_never_fires, sleep_reaches_its_time,
          sleep_ends_at_the_deadline, no_sleep_after_cancel, cancel_ends_a_sleep)
