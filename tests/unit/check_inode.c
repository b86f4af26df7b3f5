/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/inode.h"
#include "tests/unit/unit.h"

static const uint32_t keys[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff};
static const uint32_t subs[] = {0, 1, 0x1555555, INODE_SUB_MAX};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void check_round_trip(struct address address)
{
    struct address back = {.kind = KIND_COUNT};

    ck_assert(inode_unpack(inode_pack(address), &back));
    ck_assert_int_eq(back.kind, address.kind);
    ck_assert_uint_eq(back.sub, address.sub);
    ck_assert_uint_eq(back.key, address.key);
}

START_TEST(round_trip_of_every_kind)
{
    for (size_t i = 0; i < COUNT(keys); i++) {
        for (size_t j = 0; j < COUNT(subs); j++)
            check_round_trip((struct address){(enum kind)_i, subs[j], keys[i]});
    }
}
END_TEST

START_TEST(root_is_fuses_root)
{
    struct address address;

    ck_assert_uint_eq(inode_pack((struct address){KIND_ROOT, 0, 1}), 1);
    ck_assert(inode_unpack(1, &address));
    ck_assert_int_eq(address.kind, KIND_ROOT);
    ck_assert(!inode_unpack(0, &address));
    ck_assert(!inode_unpack(2, &address));
    ck_assert(!inode_unpack(UINT64_C(1) << 32 | 1, &address));
}
END_TEST

/* Inode numbers are seen by users and survive a remount: their layout is a promise. */
START_TEST(layout_is_fixed)
{
    struct address file = {KIND_DEVICE_FILE, 3, 42};

    ck_assert_uint_eq(inode_pack(file), UINT64_C(6) << 58 | UINT64_C(3) << 32 | 42);
    ck_assert_int_eq(KIND_CONTROL_FILE, 19);
    ck_assert_int_le(KIND_COUNT, 64);
}
END_TEST

START_TEST(unknown_kinds_are_refused)
{
    struct address address;

    ck_assert(!inode_unpack((uint64_t)KIND_COUNT << 58 | 1, &address));
    ck_assert(!inode_unpack(UINT64_MAX, &address));
}
END_TEST

START_TEST(a_wide_sub_does_not_touch_the_kind)
{
    struct address address;

    ck_assert(inode_unpack(inode_pack((struct address){KIND_VM_FILE, UINT32_MAX, 9}), &address));
    ck_assert_int_eq(address.kind, KIND_VM_FILE);
    ck_assert_uint_eq(address.key, 9);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inode");
    TCase *tests = tcase_create("inode");

    tcase_set_timeout(tests, 120); /* sanitizers are slow */
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, round_trip_of_every_kind, KIND_ROOT + 1, KIND_COUNT);
    tcase_add_test(tests, root_is_fuses_root);
    tcase_add_test(tests, layout_is_fixed);
    tcase_add_test(tests, unknown_kinds_are_refused);
    tcase_add_test(tests, a_wide_sub_does_not_touch_the_kind);
    return unit_run_suite(suite);
}
