/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/attributes.h"
#include "fs/given.h"
#include "tests/unit/unit.h"

static struct given *given;

static void begin(void)
{
    given = given_new();
    ck_assert_ptr_nonnull(given);
}

static void end(void)
{
    given_free(given);
}

static const struct address file = {KIND_DEVICE_FILE, 9, 70000};

START_TEST(what_was_never_given_is_not_held)
{
    ck_assert(!given_is_held(given, file, 0));
    given_mark(given, file, 1000, 5000);
    ck_assert(given_is_held(given, file, 1000));
    ck_assert(!given_is_held(given, (struct address){KIND_DEVICE_FILE, 9, 70001}, 1000));
    ck_assert(!given_is_held(given, (struct address){KIND_DEVICE_FILE, 10, 70000}, 1000));
    ck_assert(!given_is_held(given, (struct address){KIND_VM_FILE, 9, 70000}, 1000));
}
END_TEST

/* The kernel counts from when it has the answer: later than we do, never earlier. */
START_TEST(what_was_given_is_held_until_then_and_a_little_longer)
{
    given_mark(given, file, 1000, 5000);
    ck_assert(given_is_held(given, file, 5999));
    ck_assert(!given_is_held(given, file, 60000));
    given_mark(given, file, 60000, 61000);
    ck_assert(given_is_held(given, file, 61000));
}
END_TEST

START_TEST(a_later_end_is_not_shortened)
{
    given_mark(given, file, 1000, 90000);
    given_mark(given, file, 2000, 3000);
    ck_assert(given_is_held(given, file, 90000));
}
END_TEST

START_TEST(what_ran_out_does_not_come_back_with_another)
{
    struct address other = {KIND_DEVICE_FILE, 3, file.key};
    given_mark(given, file, 1000, 5000);
    given_mark(given, other, 60000, 90000);
    ck_assert(given_is_held(given, other, 60000));
    ck_assert(!given_is_held(given, file, 60000));
    given_mark(given, file, 60000, 61000);
    ck_assert(given_is_held(given, file, 60000));
    ck_assert(given_is_held(given, other, 60000));
}
END_TEST

START_TEST(what_no_server_can_change_is_held_for_good)
{
    struct address root = {KIND_VMS, 0, 1};
    given_mark(given, root, 1000, INT64_MAX);
    ck_assert(given_is_held(given, root, 1000));
    ck_assert(given_is_held(given, root, INT64_C(1000) * 3600 * 24 * 365));
}
END_TEST

/* Two that share a bit cost a call too many for each other: files of one row do not. */
START_TEST(files_of_a_row_are_told_apart)
{
    static const enum kind kinds[] = {KIND_VM_FILE, KIND_DEVICE_FILE, KIND_GROUP_FILE};
    enum kind kind = kinds[_i];
    struct attribute_table table = attributes_of(kind);
    for (uint32_t i = 0; i < table.count; i++) {
        for (uint32_t j = i; j < table.count; j++)
            ck_assert(!given_is_held(given, (struct address){kind, j, 5}, 1000));
        given_mark(given, (struct address){kind, i, 5}, 1000, 5000);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("given");
    TCase *tcase = tcase_create("given");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, what_was_never_given_is_not_held);
    tcase_add_test(tcase, what_was_given_is_held_until_then_and_a_little_longer);
    tcase_add_test(tcase, a_later_end_is_not_shortened);
    tcase_add_test(tcase, what_ran_out_does_not_come_back_with_another);
    tcase_add_test(tcase, what_no_server_can_change_is_held_for_good);
    tcase_add_loop_test(tcase, files_of_a_row_are_told_apart, 0, 3);
    suite_add_tcase(suite, tcase);
    return unit_run_suite(suite);
}
