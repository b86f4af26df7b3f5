/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/again.h"
#include "tests/unit/unit.h"

static struct again *again;

static void setup(void)
{
    again = again_new();
    ck_assert_ptr_nonnull(again);
}

static void teardown(void)
{
    again_free(again);
}

START_TEST(a_refusal_is_repeated_once)
{
    ck_assert(!again_repeats(again, 100, 7, 0));
    again_refused(again, 100, 7, 0);
    ck_assert(again_repeats(again, 100, 7, 1));
    ck_assert(!again_repeats(again, 100, 7, 2));
}
END_TEST

START_TEST(only_to_that_thread_and_that_place)
{
    again_refused(again, 100, 7, 0);
    ck_assert(!again_repeats(again, 101, 7, 1));
    ck_assert(!again_repeats(again, 100, 8, 1));
    ck_assert(again_repeats(again, 100, 7, 1));
}
END_TEST

START_TEST(what_does_not_come_soon_is_no_repetition)
{
    again_refused(again, 100, 7, 0);
    ck_assert(!again_repeats(again, 100, 7, AGAIN_MS));
    ck_assert(again_repeats(again, 100, 7, AGAIN_MS - 1));
}
END_TEST

START_TEST(the_oldest_goes_when_it_is_full)
{
    for (uint32_t i = 0; i <= AGAIN_ENTRIES; i++)
        again_refused(again, 100, i, 0);
    ck_assert(!again_repeats(again, 100, 0, 1));
    ck_assert(again_repeats(again, 100, 1, 1));
    ck_assert(again_repeats(again, 100, AGAIN_ENTRIES, 1));
}
END_TEST

START_TEST(a_place_is_a_name_in_a_directory)
{
    ck_assert_uint_eq(again_place(1, "nic0"), again_place(1, "nic0"));
    ck_assert_uint_ne(again_place(1, "nic0"), again_place(2, "nic0"));
    ck_assert_uint_ne(again_place(1, "nic0"), again_place(1, "nic1"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("again");
    TCase *tests = tcase_create("again");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_refusal_is_repeated_once);
    tcase_add_test(tests, only_to_that_thread_and_that_place);
    tcase_add_test(tests, what_does_not_come_soon_is_no_repetition);
    tcase_add_test(tests, the_oldest_goes_when_it_is_full);
    tcase_add_test(tests, a_place_is_a_name_in_a_directory);
    suite_add_tcase(suite, tests);
    return unit_run_suite(suite);
}
