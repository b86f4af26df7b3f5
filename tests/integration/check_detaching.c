/* SPDX-License-Identifier: MIT
 *
 * Detach: rmdir from each directory, and the guard against recursive deletion.
 */
#include "tests/integration/requests.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VM "vms/render-03"
#define NIC VM "/devices/nic0"
#define NIC_KEY "108"

/* ---- rmdir ---- */

START_TEST(rmdir_detaches_from_each_directory)
{
    static const char *const directories[] = {NIC, VM "/by-type/sriov_nic/nic0",
                                              VM "/by-resource-group/SR-IOV 25G/nic0"};
    expect_exists("%s", directories[_i]);
    sim_clear_log();
    expect_run(0, "", "rmdir '%s'", directories[_i]);
    expect_requests("GET machine_devices/" NIC_KEY "\nDELETE machine_devices/" NIC_KEY
                    "\nGET machine_devices/" NIC_KEY "\n");
    for (size_t i = 0; i < 3; i++) {
        expect_gone("%s", directories[i]);
    }
    expect_list("gpu0 tpm_0", VM "/devices");
    ck_assert(sim_row("machine_devices", NIC_KEY) == NULL);
}
END_TEST

START_TEST(rmdir_of_what_is_no_device_is_refused)
{
    static const char *const places[] = {"vms",
                                         VM,
                                         VM "/devices",
                                         VM "/by-type",
                                         VM "/by-type/tpm",
                                         VM "/by-resource-group/GPU Pool",
                                         "resource_groups",
                                         "resource_groups/GPU Pool",
                                         "devices",
                                         "devices/by-type",
                                         ".vergefs"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (rmdir(path("%s", places[i])) == 0 || errno != EPERM) {
            fail_test("rmdir %s: expected EPERM, found %s", places[i], strerror(errno));
        }
    }
    expect_no_change();
}
END_TEST

START_TEST(a_device_that_is_gone_already_is_not_found)
{
    expect_exists(NIC);
    sim_delete("machine_devices", NIC_KEY);
    expect_errno(ENOENT, rmdir(path(NIC)));
    expect_no_change();
    expect_gone(NIC);
}
END_TEST

START_TEST(a_delete_whose_answer_was_lost_is_a_success_when_the_row_is_gone)
{
    sim_fault("{\"method\": \"DELETE\", \"drop\": \"after\"}");
    expect_ok(rmdir(path(NIC)));
    expect_gone(NIC);
    ck_assert(sim_row("machine_devices", NIC_KEY) == NULL);
}
END_TEST

START_TEST(a_refused_delete_leaves_the_device)
{
    sim_quirk("running_refusal", "409");
    expect_errno(EBUSY, rmdir(path("vms/render-01/devices/nic0")));
    expect_error("rmdir", "vms/render-01/devices/nic0", "DELETE /api/v4/machine_devices/102",
                 "409 EBUSY", "powered off");
    expect_exists("vms/render-01/devices/nic0/enabled");
}
END_TEST

START_TEST(unlink_is_not_permitted)
{
    static const char *const files[] = {NIC "/enabled",
                                        NIC "/settings.json",
                                        VM "/vm.json",
                                        VM "/attach",
                                        VM "/by-type/sriov_nic/nic0/device",
                                        VM "/by-type/sriov_nic/nic0/enabled",
                                        ("devices/by-key/" NIC_KEY),
                                        ".vergefs/stats",
                                        "resource_groups/GPU Pool/name"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        expect_errno(EPERM, unlink(path("%s", files[i])));
    }
    expect_no_change();
}
END_TEST

/* ---- the recursive-delete guard ---- */

static const char *const deleters[] = {
    "rm -rf " NIC,
    "rm -r " NIC " < /dev/null",
    "rm -rf " VM "/by-type/sriov_nic/nic0 " VM "/by-resource-group/*/nic0",
    "rm -rf " VM,
    "rm -rf vms resource_groups devices",
    "cd " NIC " && rm -rf ./* .[!.]*",
    "find " NIC " -delete",
    "find " VM " -delete",
    "find vms -delete",
    "find " VM "/by-type/sriov_nic/nic0 -delete",
    "busybox rm -rf " NIC,
    "python3 -c 'import shutil; shutil.rmtree(\"" NIC "\")'",
    "python3 -c 'import shutil; shutil.rmtree(\"" NIC "\", ignore_errors=True)'",
    "python3 -c 'import shutil; shutil.rmtree(\"" VM "\", ignore_errors=True)'",
    "python3 -c 'import shutil; shutil.rmtree(\"" VM
    "/by-type/sriov_nic/nic0\", ignore_errors=True)'",
    "perl -MFile::Path=remove_tree -e 'remove_tree(\"" NIC "\")'",
    "perl -MFile::Path=remove_tree -e 'remove_tree(\"" VM "\", {keep_root => 1})'",
    "mkdir \"$FILE\" && rsync -r --delete \"$FILE/\" " VM "/devices/; rmdir \"$FILE\"",
};

START_TEST(recursive_deletion_is_harmless)
{
    run("FILE='%s'; %s", outside("folder"), deleters[_i]);
    ck_assert_int_gt(sim_count("GET", NULL), 0);
    expect_no_change();
    expect_list("gpu0 nic0 tpm_0", VM "/devices");
    expect_run(0, "", "rmdir " NIC);
    expect_changes("DELETE machine_devices/" NIC_KEY "\n");
}
END_TEST

START_TEST(who_was_refused_an_unlink_is_refused_the_rmdir_of_that_device)
{
    expect_errno(EPERM, unlink(path(NIC "/enabled")));
    expect_errno(ENOTEMPTY, rmdir(path(NIC)));
    expect_error("rmdir", NIC, "ENOTEMPTY", "detached by rmdir alone");
    expect_errno(ENOTEMPTY, rmdir(path(VM "/by-type/sriov_nic/nic0")));
    expect_no_change();
    expect_ok(rmdir(path(VM "/devices/gpu0")));
    expect_run(0, "", "rmdir " NIC);
}
END_TEST

START_TEST(removing_ones_own_scratch_file_is_no_sign_of_recursion)
{
    int fd = open_file(O_WRONLY | O_CREAT, NIC "/mine");
    expect_ok(close(fd));
    expect_ok(unlink(path(NIC "/mine")));
    expect_ok(rmdir(path(NIC)));
}
END_TEST

START_TEST(with_nodelete_no_rmdir_is_permitted)
{
    struct mount *mount = mount_start(&(struct mount_options){.options = "nodelete"});
    mount_use(mount);
    expect_errno(EPERM, rmdir(path(NIC)));
    expect_error("rmdir", "EPERM", "nodelete");
    expect_errno(EPERM, rmdir(path(VM "/by-type/sriov_nic/nic0")));
    expect_errno(EPERM, rmdir(path(VM "/by-resource-group/SR-IOV 25G/nic0")));
    expect_run(1, NULL, "find " NIC " -type d -delete");
    expect_no_change();
    expect_ok(write_file("false\n", NIC "/enabled"));
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void add_rmdir_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "rmdir", NULL, NULL);
    tcase_add_loop_test(tests, rmdir_detaches_from_each_directory, 0, 3);
    tcase_add_loop_test(tests, recursive_deletion_is_harmless, 0, COUNT(deleters));
    add_tests(tests, rmdir_of_what_is_no_device_is_refused,
              a_device_that_is_gone_already_is_not_found,
              a_delete_whose_answer_was_lost_is_a_success_when_the_row_is_gone,
              a_refused_delete_leaves_the_device, unlink_is_not_permitted,
              who_was_refused_an_unlink_is_refused_the_rmdir_of_that_device,
              removing_ones_own_scratch_file_is_no_sign_of_recursion,
              with_nodelete_no_rmdir_is_permitted);
}

int main(void)
{
    Suite *suite = suite_create("detaching");
    add_rmdir_tests(suite);
    return run_suite(suite);
}
