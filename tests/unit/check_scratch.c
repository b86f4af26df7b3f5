/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "fs/scratch.h"
#include "tests/unit/unit.h"

static struct scratch *scratch;

static void setup(void)
{
    scratch = scratch_new();
    ck_assert_ptr_nonnull(scratch);
}

static void teardown(void)
{
    scratch_free(scratch);
}

static uint32_t make(uint32_t device, const char *name)
{
    struct scratch_info info;
    ck_assert_int_eq(scratch_create(scratch, device, name, S_IFREG | 0600, NULL, &info), 0);
    return info.id;
}

static void expect_content(uint32_t id, const char *content)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    ck_assert_int_eq(scratch_read(scratch, id, 0, SCRATCH_BYTES, &text), 0);
    ck_assert_str_eq(verge_text_content(&text), content);
}

START_TEST(what_is_written_is_read_back)
{
    uint32_t id = make(7, "a");
    ck_assert_int_eq(scratch_write(scratch, id, "hello", 5, 0), 0);
    ck_assert_int_eq(scratch_write(scratch, id, "p!", 2, 3), 0);
    expect_content(id, "help!");
    ck_assert_int_eq(scratch_truncate(scratch, id, 2), 0);
    expect_content(id, "he");
    VERGE_TEXT_LOCAL behind = VERGE_TEXT_INIT;
    ck_assert_int_eq(scratch_read(scratch, id, 5, 10, &behind), 0);
    ck_assert_uint_eq(behind.length, 0);
}
END_TEST

START_TEST(a_hole_reads_as_zeros)
{
    uint32_t id = make(7, "a");
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    ck_assert_int_eq(scratch_write(scratch, id, "x", 1, 3), 0);
    ck_assert_int_eq(scratch_read(scratch, id, 0, 100, &text), 0);
    ck_assert_uint_eq(text.length, 4);
    ck_assert_mem_eq(text.data, "\0\0\0x", 4);
}
END_TEST

START_TEST(names_are_private_to_a_device)
{
    struct scratch_info info;
    uint32_t id = make(7, "a");
    ck_assert_int_eq(scratch_find(scratch, 8, "a", &info), -ENOENT);
    ck_assert_int_eq(scratch_create(scratch, 7, "a", S_IFREG, NULL, &info), -EEXIST);
    ck_assert_int_eq(scratch_find(scratch, 7, "a", &info), 0);
    ck_assert_uint_eq(info.id, id);
}
END_TEST

START_TEST(an_open_file_outlives_its_name)
{
    struct scratch_info info;
    uint32_t id = make(7, "a");
    ck_assert_int_eq(scratch_open(scratch, id), 0);
    ck_assert_int_eq(scratch_write(scratch, id, "kept", 4, 0), 0);
    ck_assert_int_eq(scratch_unlink(scratch, 7, "a"), 0);
    ck_assert_int_eq(scratch_find(scratch, 7, "a", &info), -ENOENT);
    expect_content(id, "kept");
    scratch_close(scratch, id);
    ck_assert_int_eq(scratch_stat(scratch, id, &info), -ENOENT);
}
END_TEST

START_TEST(a_rename_replaces_unless_told_not_to)
{
    struct scratch_info info;
    uint32_t a = make(7, "a"), b = make(7, "b");
    ck_assert_int_eq(scratch_rename(scratch, 7, "a", "b", true), -EEXIST);
    ck_assert_int_eq(scratch_rename(scratch, 7, "a", "b", false), 0);
    ck_assert_int_eq(scratch_find(scratch, 7, "b", &info), 0);
    ck_assert_uint_eq(info.id, a);
    ck_assert_int_eq(scratch_stat(scratch, b, &info), -ENOENT);
    ck_assert_int_eq(scratch_rename(scratch, 7, "b", "b", false), 0);
    ck_assert_int_eq(scratch_find(scratch, 7, "b", &info), 0);
    ck_assert_int_eq(scratch_rename(scratch, 7, "a", "c", false), -ENOENT);
}
END_TEST

START_TEST(content_is_bounded_in_all)
{
    static char half[SCRATCH_BYTES / 2];
    uint32_t a = make(7, "a"), b = make(8, "b");
    ck_assert_int_eq(scratch_write(scratch, a, half, sizeof(half), 0), 0);
    ck_assert_int_eq(scratch_write(scratch, b, half, sizeof(half), 0), 0);
    ck_assert_int_eq(scratch_write(scratch, b, "x", 1, sizeof(half)), -ENOSPC);
    ck_assert_int_eq(scratch_truncate(scratch, b, sizeof(half) + 1), -ENOSPC);
    ck_assert_int_eq(scratch_truncate(scratch, a, 0), 0);
    ck_assert_int_eq(scratch_write(scratch, b, "x", 1, sizeof(half)), 0);
}
END_TEST

START_TEST(files_are_bounded_in_number)
{
    struct scratch_info info;
    char name[16];
    for (int i = 0; i < SCRATCH_FILES; i++) {
        snprintf(name, sizeof(name), "%d", i);
        make(7, name);
    }
    ck_assert_int_eq(scratch_create(scratch, 7, "more", S_IFREG, NULL, &info), -ENOSPC);
    ck_assert_int_eq(scratch_unlink(scratch, 7, "5"), 0);
    ck_assert_int_eq(scratch_create(scratch, 7, "more", S_IFREG, NULL, &info), 0);
}
END_TEST

START_TEST(a_copy_is_untouched_until_it_is_written)
{
    struct scratch_info info;
    uint32_t id = make(7, "settings.json~");
    ck_assert_int_eq(scratch_write(scratch, id, "{}", 2, 0), 0);
    scratch_mark(scratch, id, 20);
    ck_assert_int_eq(scratch_stat(scratch, id, &info), 0);
    ck_assert_int_eq(info.origin, 20);
    ck_assert_int_eq(scratch_write(scratch, id, "[", 1, 0), 0);
    ck_assert_int_eq(scratch_stat(scratch, id, &info), 0);
    ck_assert_int_eq(info.origin, -1);
}
END_TEST

static void count_one(void *argument, const struct scratch_info *info)
{
    ck_assert_uint_eq(info->device, 7);
    ++*(int *)argument;
}

START_TEST(a_device_takes_its_scratch_along)
{
    struct scratch_info info;
    int count = 0;
    uint32_t opened = make(7, "a");
    make(7, "b");
    uint32_t other = make(8, "a");
    scratch_each(scratch, 7, count_one, &count);
    ck_assert_int_eq(count, 2);
    ck_assert_int_eq(scratch_open(scratch, opened), 0);
    scratch_drop(scratch, 7);
    count = 0;
    scratch_each(scratch, 7, count_one, &count);
    ck_assert_int_eq(count, 0);
    ck_assert_int_eq(scratch_stat(scratch, opened, &info), 0);
    scratch_close(scratch, opened);
    ck_assert_int_eq(scratch_stat(scratch, opened, &info), -ENOENT);
    ck_assert_int_eq(scratch_stat(scratch, other, &info), 0);
}
END_TEST

START_TEST(a_symlink_holds_its_target)
{
    struct scratch_info info;
    ck_assert_int_eq(
        scratch_create(scratch, 7, ".#settings.json", S_IFLNK | 0777, "me@host.1", &info), 0);
    ck_assert_int_eq(info.size, 9);
    ck_assert(S_ISLNK(info.mode));
    expect_content(info.id, "me@host.1");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("scratch");
    tcase_set_timeout(tcase, 120); /* sanitizers are slow */
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_is_written_is_read_back);
    tcase_add_test(tcase, a_hole_reads_as_zeros);
    tcase_add_test(tcase, names_are_private_to_a_device);
    tcase_add_test(tcase, an_open_file_outlives_its_name);
    tcase_add_test(tcase, a_rename_replaces_unless_told_not_to);
    tcase_add_test(tcase, content_is_bounded_in_all);
    tcase_add_test(tcase, files_are_bounded_in_number);
    tcase_add_test(tcase, a_copy_is_untouched_until_it_is_written);
    tcase_add_test(tcase, a_device_takes_its_scratch_along);
    tcase_add_test(tcase, a_symlink_holds_its_target);
    Suite *suite = suite_create("scratch");
    suite_add_tcase(suite, tcase);
    return unit_run_suite(suite);
}
