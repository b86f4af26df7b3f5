/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/breaker.h"
#include "tests/unit/unit.h"

#define FAILURES 3

static struct verge_breaker *breaker;

static int enter(int64_t now)
{
    struct verge_error error = VERGE_ERROR_INIT;
    return verge_breaker_enter(breaker, now, &error);
}

static void leave(int64_t now, int result, long status)
{
    struct verge_error error = {.errnum = -result, .http_status = status, .text = "gone"};
    verge_breaker_leave(breaker, now, result, &error);
}

static void time_out(int64_t now)
{
    ck_assert_int_eq(enter(now), 0);
    leave(now, -ETIMEDOUT, 0);
}

static void open_at(int64_t now)
{
    breaker = verge_breaker_new(FAILURES);
    for (int i = 0; i < FAILURES; i++)
        time_out(now);
}

START_TEST(some_failures_in_a_row_open_it)
{
    struct verge_error error = VERGE_ERROR_INIT;
    open_at(0);
    ck_assert_int_eq(verge_breaker_enter(breaker, 1, &error), -ETIMEDOUT);
    ck_assert_ptr_nonnull(strstr(error.text, "gone"));
    verge_breaker_free(breaker);
}
END_TEST

START_TEST(an_answer_between_them_keeps_it_closed)
{
    breaker = verge_breaker_new(FAILURES);
    for (int i = 0; i < 5 * FAILURES; i++) {
        ck_assert_int_eq(enter(i), 0);
        leave(i, i % FAILURES ? -ECONNREFUSED : 0, 0);
    }
    ck_assert_int_eq(enter(100), 0);
    verge_breaker_free(breaker);
}
END_TEST

START_TEST(any_status_is_an_answer)
{
    breaker = verge_breaker_new(FAILURES);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(enter(i), 0);
        leave(i, -EREMOTEIO, 503);
    }
    ck_assert_int_eq(enter(9), 0);
    verge_breaker_free(breaker);
}
END_TEST

START_TEST(a_cancelled_call_tells_nothing)
{
    open_at(0);
    ck_assert_int_eq(enter(VERGE_BREAKER_FIRST_MS), 0);
    leave(VERGE_BREAKER_FIRST_MS, -EINTR, 0);
    ck_assert_int_eq(enter(VERGE_BREAKER_FIRST_MS), 0);
    leave(VERGE_BREAKER_FIRST_MS, 0, 200);
    ck_assert_int_eq(enter(VERGE_BREAKER_FIRST_MS), 0);
    verge_breaker_free(breaker);
}
END_TEST

START_TEST(one_probe_at_a_time_finds_it_back)
{
    int64_t now = VERGE_BREAKER_FIRST_MS;
    open_at(0);
    ck_assert_int_eq(enter(now - 1), -ETIMEDOUT);
    ck_assert_int_eq(enter(now), 0);
    ck_assert_int_eq(enter(now + 50000), -ETIMEDOUT);
    leave(now + 50000, 0, 200);
    ck_assert_int_eq(enter(now + 50001), 0);
    ck_assert_int_eq(enter(now + 50001), 0);
    verge_breaker_free(breaker);
}
END_TEST

START_TEST(each_probe_that_fails_doubles_the_pause_up_to_a_bound)
{
    int64_t now = 0, pause = VERGE_BREAKER_FIRST_MS;
    open_at(0);
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(enter(now + pause - 1), -ETIMEDOUT);
        now += pause;
        time_out(now);
        pause = pause * 2 > VERGE_BREAKER_MOST_MS ? VERGE_BREAKER_MOST_MS : pause * 2;
    }
    verge_breaker_free(breaker);
}
END_TEST

START_TEST(without_a_number_it_never_opens)
{
    breaker = verge_breaker_new(0);
    for (int i = 0; i < 100; i++)
        time_out(i);
    verge_breaker_free(breaker);
}
END_TEST

UNIT_MAIN("breaker", without_a_number_it_never_opens, some_failures_in_a_row_open_it,
          an_answer_between_them_keeps_it_closed, any_status_is_an_answer,
          a_cancelled_call_tells_nothing, one_probe_at_a_time_finds_it_back,
          each_probe_that_fails_doubles_the_pause_up_to_a_bound)
