/* SPDX-License-Identifier: MIT
 *
 * mv of a device: it renames where it can, and says so where it cannot.
 */
#include "tests/integration/requests.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VM "vms/render-03"
#define NIC VM "/devices/nic0"
#define NIC_KEY "108"

/* ---- mv ---- */

static const char *const shelves[] = {VM "/devices", VM "/by-type/sriov_nic",
                                      VM "/by-resource-group/SR-IOV 25G"};

START_TEST(mv_renames_in_each_directory)
{
    expect_run(0, "", "cd '%s' && mv nic0 'a%%2Fb'", shelves[_i]);
    expect_changes("PUT machine_devices/" NIC_KEY " {\"name\":\"a/b\"}\n");
    for (size_t i = 0; i < 3; i++) {
        expect_gone("%s/nic0", shelves[i]);
        expect_file("a/b\n", "%s/a%%2Fb/name", shelves[i]);
    }
}
END_TEST

START_TEST(mv_never_replaces_a_device)
{
    expect_errno(EEXIST, rename(path(NIC), path(VM "/devices/gpu0")));
    ck_assert_int_ne(run("cd " VM "/devices && mv -T nic0 gpu0").status, 0);
    ck_assert_int_ne(run("cd " VM "/devices && mv nic0 gpu0").status, 0);
    expect_no_change();
    expect_list("gpu0 nic0 tpm_0", VM "/devices");
}
END_TEST

START_TEST(mv_to_a_bad_name_is_refused)
{
    expect_errno(EINVAL, rename(path(NIC), path(VM "/devices/50%%")));
    expect_errno(EINVAL, rename(path(NIC), path(VM "/devices/.hidden")));
    expect_error("rename", NIC, "EINVAL", "is not how a name");
    expect_no_change();
}
END_TEST

START_TEST(mv_elsewhere_is_not_permitted_and_copies_nothing)
{
    static const char *const moves[][2] = {
        {NIC, "vms/backup/devices/nic0"},
        {NIC, VM "/nic0"},
        {NIC, VM "/by-type/sriov_nic/nic1"},
        {VM "/by-type/sriov_nic/nic0", VM "/by-type/tpm/nic0"},
        {VM "/by-resource-group/SR-IOV 25G/nic0", VM "/devices/nic1"},
        {VM, "vms/render-04"},
        {VM "/devices", VM "/things"},
        {NIC "/enabled", VM "/devices/gpu0/enabled"},
        {NIC "/enabled", VM "/enabled"},
        {NIC "/enabled", NIC "/optional"},
        {VM "/vm.json", VM "/other.json"},
        {VM "/by-type/sriov_nic/nic0/device", VM "/by-type/sriov_nic/nic0/other"},
        {"resource_groups/GPU Pool", "resource_groups/GPUs"},
        {"devices/by-key/" NIC_KEY, "devices/by-key/1"},
        {".vergefs/stats", ".vergefs/other"},
    };
    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        if (rename(path("%s", moves[i][0]), path("%s", moves[i][1])) == 0 || errno != EPERM) {
            fail_test("mv %s %s: expected EPERM, found %s", moves[i][0], moves[i][1],
                      strerror(errno));
        }
    }
    struct result result = run("mv " NIC " vms/backup/devices/");
    ck_assert_int_eq(result.status, 1);
    expect_contains("Operation not permitted", result.err);
    expect_no_change();
}
END_TEST

START_TEST(the_flags_of_renameat2_are_honoured)
{
    const char *from = path(NIC);
    const char *taken = path(VM "/devices/gpu0");
    const char *to = path(VM "/devices/nic1");
    expect_errno(EEXIST, renameat2(AT_FDCWD, from, AT_FDCWD, taken, RENAME_NOREPLACE));
    expect_errno(EINVAL, renameat2(AT_FDCWD, from, AT_FDCWD, taken, RENAME_EXCHANGE));
    expect_errno(EINVAL, renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_WHITEOUT));
    expect_no_change();
    expect_ok(renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE));
    expect_changes("PUT machine_devices/" NIC_KEY " {\"name\":\"nic1\"}\n");
}
END_TEST

START_TEST(working_directories_and_open_files_survive_a_rename)
{
    int fd = open_file(O_RDWR, NIC "/enabled");
    char room[4096];
    expect_ok(chdir(path(NIC)));
    expect_ok(rename(path(NIC), path(VM "/devices/moved")));
    expect_text(path(VM "/devices/moved"), getcwd(room, sizeof(room)));
    expect_ok(access("settings.json", R_OK));
    ck_assert_int_eq(pread(fd, room, sizeof(room), 0), 5);
    expect_ok(write_piece(fd, "false\n"));
    expect_ok(close(fd));
    expect_ok(chdir("/"));
    expect_file("false\n", VM "/devices/moved/enabled");
}
END_TEST

START_TEST(a_rename_that_the_server_does_not_make_is_an_error)
{
    sim_fault("{\"method\": \"PUT\", \"ignore\": true}");
    expect_errno(EIO, rename(path(NIC), path(VM "/devices/nic1")));
    expect_error("rename", NIC, "EIO: name: sent \"nic1\", the server shows \"nic0\"");
    expect_exists(NIC);
    expect_missing(VM "/devices/nic1");
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void add_mv_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "mv", NULL, NULL);
    tcase_add_loop_test(tests, mv_renames_in_each_directory, 0, COUNT(shelves));
    add_tests(tests, mv_never_replaces_a_device, mv_to_a_bad_name_is_refused,
              mv_elsewhere_is_not_permitted_and_copies_nothing, the_flags_of_renameat2_are_honoured,
              working_directories_and_open_files_survive_a_rename,
              a_rename_that_the_server_does_not_make_is_an_error);
}

int main(void)
{
    Suite *suite = suite_create("moving");
    add_mv_tests(suite);
    return run_suite(suite);
}
