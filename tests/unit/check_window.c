/* SPDX-License-Identifier: MIT */
/* No second has more than twenty, by a clock of the test's own. */
#include "config.h"

#include <stdlib.h>

#include "lib/window.h"
#include "tests/unit/unit.h"

#define SIZE VERGE_WINDOW_SIZE

START_TEST(a_second_has_twenty)
{
    struct verge_window window;
    verge_window_init(&window);
    for (int i = 0; i < SIZE; i++) {
        ck_assert_int_le(verge_window_when(&window), 7);
        verge_window_take(&window, 7 + i);
    }
    /* The clock of milliseconds may have been late by almost one. */
    for (int i = 0; i < SIZE; i++) {
        ck_assert_int_eq(verge_window_when(&window), 1007 + i + 1);
        verge_window_take(&window, 1007 + i + 1);
    }
    ck_assert_int_eq(verge_window_when(&window), 2009);
}
END_TEST

START_TEST(a_small_burst_never_waits)
{
    struct verge_window window;
    verge_window_init(&window);
    for (int64_t now = 0; now < 100000; now += 1001) {
        for (int i = 0; i < SIZE; i++) {
            ck_assert_int_le(verge_window_when(&window), now);
            verge_window_done(&window, verge_window_take(&window, now), now);
        }
    }
}
END_TEST

START_TEST(what_arrives_late_counts_late)
{
    struct verge_window window;
    unsigned first;
    verge_window_init(&window);
    first = verge_window_take(&window, 0);
    for (int i = 1; i < SIZE; i++) {
        verge_window_take(&window, 10);
    }
    verge_window_done(&window, first, 400);
    ck_assert_int_eq(verge_window_when(&window), 1011);
    for (int i = 1; i < SIZE; i++) {
        verge_window_take(&window, 1011);
    }
    ck_assert_int_eq(verge_window_when(&window), 1401);
}
END_TEST

/* It has lost its place; whoever has that now does not go down in time. */
START_TEST(what_arrives_after_a_second_makes_nobody_faster)
{
    struct verge_window window;
    unsigned slow, next;
    verge_window_init(&window);
    slow = verge_window_take(&window, 0);
    for (int i = 1; i < SIZE; i++) {
        verge_window_take(&window, 2000);
    }
    next = verge_window_take(&window, 2100);
    ck_assert_uint_eq(next, slow);
    verge_window_done(&window, slow, 2050);
    for (int i = 1; i < SIZE; i++) {
        verge_window_take(&window, 3001);
    }
    ck_assert_int_eq(verge_window_when(&window), 3101);
}
END_TEST

static int compare(const void *one, const void *other)
{
    int64_t first = *(const int64_t *)one, second = *(const int64_t *)other;
    return first < second ? -1 : first > second;
}

static int chance(uint32_t *random)
{
    *random = *random * 1103515245 + 12345;
    return (int)(*random >> 8 & 0xffff);
}

/* Any number at once on their way, each for less than a second, that arrive at any time of it. */
START_TEST(no_second_has_more_whatever_they_take)
{
    enum { ALL = 20000, FLYING = 12 };
    static int64_t arrived[ALL];
    struct flight {
        unsigned number;
        int64_t ends; /* 0: none */
    } flights[FLYING] = {{0, 0}};
    struct verge_window window;
    uint32_t random = 1;
    int count = 0;
    verge_window_init(&window);
    for (int64_t now = 1; count < ALL; now++) {
        for (int i = 0; i < FLYING; i++) {
            if (flights[i].ends == now) {
                verge_window_done(&window, flights[i].number, now);
                flights[i].ends = 0;
            }
            if (!flights[i].ends && count < ALL && verge_window_when(&window) <= now &&
                chance(&random) % 4 == 0) {
                int takes = 1 + chance(&random) % (chance(&random) % 8 ? 20 : 900);
                flights[i] = (struct flight){verge_window_take(&window, now), now + takes};
                arrived[count++] = now + chance(&random) % (takes + 1);
            }
        }
    }
    qsort(arrived, ALL, sizeof(arrived[0]), compare);
    for (int i = SIZE; i < ALL; i++) {
        ck_assert_int_gt(arrived[i] - arrived[i - SIZE], 1000);
    }
}
END_TEST

UNIT_MAIN("window", a_second_has_twenty, a_small_burst_never_waits, what_arrives_late_counts_late,
          what_arrives_after_a_second_makes_nobody_faster, no_second_has_more_whatever_they_take)
