/* SPDX-License-Identifier: MIT
 *
 * Scratch files: what may stand beside a device's attributes, and how much of it.
 */
#include "tests/integration/card.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* ---- scratch files ---- */

START_TEST(scratch_is_a_file_as_any_other)
{
    char room[64];
    int fd = open_file(O_RDWR | O_CREAT | O_EXCL, NIC "/.new");
    expect_ok(write_piece(fd, "hello world"));
    ck_assert_int_eq(pwrite(fd, "W", 1, 6), 1);
    ck_assert_int_eq(pread(fd, room, sizeof(room), 0), 11);
    ck_assert(memcmp(room, "hello World", 11) == 0);
    expect_ok(ftruncate(fd, 5));
    ck_assert_int_eq(pwrite(fd, "!", 1, 7), 1);
    ck_assert_int_eq(pread(fd, room, sizeof(room), 0), 8);
    ck_assert(memcmp(room, "hello\0\0!", 8) == 0);
    ck_assert_int_eq(status_of(NIC "/.new").st_size, 8);
    expect_ok(close(fd));
    expect_ok(truncate(path(NIC "/.new"), 5));
    expect_run(0, "", "echo ' again' >> " NIC "/.new");
    expect_file("hello again\n", NIC "/.new");
    expect_errno(EEXIST, open_file(O_WRONLY | O_CREAT | O_EXCL, NIC "/.new"));
    expect_no_change();
}
END_TEST

START_TEST(scratch_keeps_its_mode_and_time)
{
    make_scratch("new", "x");
    expect_ok(chmod(path(NIC "/new"), 0600));
    expect_mode(0600, NIC "/new");
    expect_run(0, "", "touch -d '2020-02-02 UTC' " NIC "/new");
    ck_assert_int_eq(status_of(NIC "/new").st_mtime, 1580601600);
    expect_run(0, "", "chown $(id -u):$(id -g) " NIC "/new");
    ck_assert_int_eq(status_of(NIC "/new").st_nlink, 1);
}
END_TEST

START_TEST(scratch_is_seen_in_its_own_directory_only)
{
    make_scratch("mine", "x");
    expect_beside("mine");
    expect_missing(VM "/devices/gpu0/mine");
    expect_missing(VM "/by-type/sriov_nic/nic0/mine");
    expect_list("device", VM "/by-type/sriov_nic/nic0");
    expect_file("x", VM "/by-type/sriov_nic/nic0/device/mine");
    expect_no_change();
}
END_TEST

START_TEST(scratch_is_made_nowhere_else)
{
    static const char *const places[] = {"x",
                                         "vms/x",
                                         VM "/x",
                                         VM "/devices/x",
                                         VM "/by-type/x",
                                         VM "/by-type/tpm/x",
                                         VM "/by-type/sriov_nic/nic0/x",
                                         "resource_groups/x",
                                         "resource_groups/GPU Pool/x",
                                         "devices/x",
                                         "devices/by-key/x",
                                         ".vergefs/x"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (open_file(O_WRONLY | O_CREAT, "%s", places[i]) != -1 || errno != EPERM) {
            fail_test("creating %s: expected EPERM, found %s", places[i], strerror(errno));
        }
        if (symlink("x", path("%s", places[i])) == 0 || errno != EPERM) {
            fail_test("symlink %s: expected EPERM, found %s", places[i], strerror(errno));
        }
    }
    expect_no_change();
}
END_TEST

START_TEST(links_are_kept_as_they_are)
{
    expect_ok(symlink("settings.json", path(NIC "/link")));
    expect_link("settings.json", NIC "/link");
    expect_text(read_file(NIC "/settings.json"), read_file(NIC "/link"));
    ck_assert_int_eq(status_of(NIC "/link").st_size, 13);
    expect_errno(EEXIST, symlink("other", path(NIC "/link")));
    expect_errno(EEXIST, symlink("other", path(NIC "/enabled")));
    expect_errno(EPERM, rename(path(NIC "/link"), path(NIC "/enabled")));
    expect_ok(rename(path(NIC "/link"), path(NIC "/.#link")));
    expect_ok(unlink(path(NIC "/.#link")));
    expect_beside("");
    expect_no_change();
}
END_TEST

START_TEST(scratch_may_be_renamed_and_replaced)
{
    make_scratch("a", "A");
    make_scratch("b", "B");
    const char *a = path(NIC "/a");
    const char *b = path(NIC "/b");
    expect_errno(EEXIST, renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_NOREPLACE));
    expect_errno(EINVAL, renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE));
    expect_errno(EEXIST, renameat2(AT_FDCWD, a, AT_FDCWD, path(NIC "/enabled"), RENAME_NOREPLACE));
    expect_errno(EPERM, rename(a, path(VM "/devices/gpu0/a")));
    expect_ok(rename(a, b));
    expect_file("A", NIC "/b");
    expect_beside("b");
    expect_errno(ENOENT, rename(a, b));
    expect_no_change();
}
END_TEST

START_TEST(what_is_open_outlives_its_name)
{
    char room[8];
    make_scratch("a", "A");
    int fd = open_file(O_RDWR, NIC "/a");
    expect_ok(unlink(path(NIC "/a")));
    expect_missing(NIC "/a");
    ck_assert_int_eq(pread(fd, room, sizeof(room), 0), 1);
    ck_assert_int_eq(pwrite(fd, "more", 4, 0), 4);
    struct stat status;
    expect_ok(fstat(fd, &status));
    ck_assert_int_eq(status.st_size, 4);
    expect_ok(close(fd));
    expect_beside("");
}
END_TEST

START_TEST(names_of_all_kinds_are_kept)
{
    static const char *const names[] = {".swp", "4913", "name with spaces", "Grüße", "50%",
                                        "a\\b", "-x",   "#settings.json#",  "x~"};
    char longest[256];
    memset(longest, 'l', 255);
    longest[255] = '\0';
    for (int i = 0; i < COUNT(names); i++) {
        make_scratch(names[i], names[i]);
        expect_file(names[i], NIC "/%s", names[i]);
    }
    make_scratch(longest, "long");
    expect_file("long", NIC "/%s", longest);
    expect_errno(ENAMETOOLONG, open_file(O_WRONLY | O_CREAT, NIC "/%sl", longest));
    expect_run(0, "",
               "cd " NIC " && rm -- .swp 4913 'name with spaces' Grüße 50%% 'a\\b' -x"
               " '#settings.json#' x~ lll*");
    expect_beside("");
}
END_TEST

/* ---- bounds ---- */

static int fill(const char *directory, size_t megabytes_and, size_t bytes)
{
    static char block[65536];
    size_t left = megabytes_and * 1024 * 1024 + bytes;
    int result = 0;
    int fd = open_file(O_WRONLY | O_CREAT | O_TRUNC, "%s/big", directory);
    while (left > 0 && result == 0) {
        size_t size = left < sizeof(block) ? left : sizeof(block);
        result = write(fd, block, size) == (ssize_t)size ? 0 : -1;
        left -= size;
    }
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

START_TEST(scratch_holds_a_mebibyte_in_all)
{
    expect_ok(fill(NIC, 1, 0));
    expect_errno(ENOSPC, fill(NIC, 1, 1));
    expect_ok(unlink(path(NIC "/big")));
    expect_ok(fill(NIC, 0, 1024 * 1024 - 1));
    make_scratch("x", "x");
    int fd = open_file(O_WRONLY | O_CREAT, VM "/devices/gpu0/y");
    expect_errno(ENOSPC, write(fd, "y", 1));
    expect_errno(ENOSPC, ftruncate(fd, 1 << 30));
    expect_ok(close(fd));
    expect_run(0, "", "rm " NIC "/big " NIC "/x " VM "/devices/gpu0/y");
    expect_ok(fill(VM "/devices/gpu0", 1, 0));
    expect_ok(unlink(path(VM "/devices/gpu0/big")));
}
END_TEST

START_TEST(scratch_has_so_many_files_and_no_more)
{
    int made = 0;
    while (made < 5000 && mknod(path(NIC "/f%d", made), S_IFREG | 0644, 0) == 0) {
        made++;
    }
    int error = errno;
    ck_assert_int_eq(error, ENOSPC);
    ck_assert_int_eq(made, 1024);
    expect_ok(unlink(path(NIC "/f0")));
    make_scratch("again", "x");
    expect_run(0, "", "cd " NIC " && rm f* again");
    expect_beside("");
}
END_TEST

START_TEST(scratch_goes_with_its_device)
{
    expect_ok(fill(NIC, 1, 0));
    expect_ok(rmdir(path(NIC)));
    expect_ok(fill(VM "/devices/gpu0", 1, 0));
    expect_ok(unlink(path(VM "/devices/gpu0/big")));
}
END_TEST

START_TEST(scratch_goes_with_a_device_that_others_detach)
{
    expect_ok(fill(NIC, 1, 0));
    sim_delete("machine_devices", NIC_KEY);
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    expect_gone(NIC);
    wait_until(fill(VM "/devices/gpu0", 1, 0) == 0);
    expect_ok(unlink(path(VM "/devices/gpu0/big")));
}
END_TEST

START_TEST(scratch_is_not_handed_to_another_device)
{
    make_scratch("mine", "x");
    sim_set_row("machine_devices", NIC_KEY, "{\"uuid\": \"00000000-0000-4000-8000-000000000001\"}");
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    wait_until(!exists(NIC "/mine"));
    expect_beside("");
}
END_TEST

START_TEST(scratch_goes_at_unmount)
{
    struct mount *first = mount_start(NULL);
    mount_use(first);
    make_scratch("mine", "x");
    mount_stop(first);
    mount_use(mount_start(NULL));
    expect_beside("");
}
END_TEST

static void add_scratch_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "scratch", NULL, NULL);
    tcase_add_checked_fixture(tests, clear_scratch, NULL);
    add_tests(tests, scratch_is_a_file_as_any_other, scratch_keeps_its_mode_and_time,
              scratch_is_seen_in_its_own_directory_only, scratch_is_made_nowhere_else,
              links_are_kept_as_they_are, scratch_may_be_renamed_and_replaced,
              what_is_open_outlives_its_name, names_of_all_kinds_are_kept);
}

static void add_bound_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "bounds", NULL, NULL);
    tcase_add_checked_fixture(tests, clear_scratch, NULL);
    add_tests(tests, scratch_holds_a_mebibyte_in_all, scratch_has_so_many_files_and_no_more,
              scratch_goes_with_its_device, scratch_goes_with_a_device_that_others_detach,
              scratch_is_not_handed_to_another_device, scratch_goes_at_unmount);
}

int main(void)
{
    Suite *suite = suite_create("scratch");
    add_scratch_tests(suite);
    add_bound_tests(suite);
    return run_suite(suite);
}
