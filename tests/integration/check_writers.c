/* SPDX-License-Identifier: MIT
 *
 * Who writes a value, through which path, and to which device it goes.
 */
#include "tests/integration/card.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- for whom ---- */

START_TEST(a_childs_close_does_nothing)
{
    int fd = open_file(O_WRONLY, NIC "/orderid");
    expect_ok(write_piece(fd, "4"));
    pid_t child = fork();
    if (child == 0) {
        _exit(close(fd) == 0 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
    expect_no_change();
    expect_ok(write_piece(fd, "2\n"));
    expect_ok(close(fd));
    expect_changes(nic_change("orderid", "42"));
}
END_TEST

START_TEST(a_shells_children_do_not_end_its_value)
{
    expect_run(0, "", "{ printf 4; /bin/true; printf 2; /bin/true; echo; } > " NIC "/orderid");
    expect_changes(nic_change("orderid", "42"));
}
END_TEST

START_TEST(the_close_of_the_last_writer_counts)
{
    int fd = open_file(O_WRONLY, NIC "/orderid");
    pid_t child = fork();
    if (child == 0) {
        _exit(write(fd, "42", 2) == 2 && close(fd) == 0 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
    expect_changes(nic_change("orderid", "42"));
    expect_ok(close(fd));
    expect_changes(nic_change("orderid", "42"));
}
END_TEST

START_TEST(two_descriptors_have_each_its_own_value)
{
    int one = open_file(O_WRONLY, NIC "/orderid");
    int other = open_file(O_WRONLY, NIC "/orderid");
    expect_ok(write_piece(one, "1"));
    expect_ok(write_piece(other, "2\n"));
    expect_nic("2", "orderid");
    expect_ok(write_piece(one, "3\n"));
    expect_nic("13", "orderid");
    expect_ok(close(one));
    expect_ok(close(other));
    expect_changes(text("%s%s", nic_change("orderid", "2"), nic_change("orderid", "13")));
}
END_TEST

START_TEST(two_writers_take_turns_and_both_succeed)
{
    sim_fault("{\"method\": \"PUT\", \"after_ms\": 20, \"times\": 0}");
    static const char loop[] = "for i in 1 2 3 4 5; do echo %d > " NIC "/orderid || exit 1; done";
    struct job *one = start(loop, 11);
    struct job *other = start(loop, 12);
    ck_assert_int_eq(job_finish(one).status, 0);
    ck_assert_int_eq(job_finish(other).status, 0);
    ck_assert_int_eq(sim_count("PUT", "/api/v4/machine_devices/" NIC_KEY), 10);
}
END_TEST

/* ---- through which path ---- */

START_TEST(a_typed_directory_leads_to_the_same_files)
{
    expect_ok(write_file("false\n", "vms/render-03/by-type/sriov_nic/nic0/enabled"));
    expect_ok(write_file("9\n", "vms/render-03/by-resource-group/SR-IOV 25G/nic0/orderid"));
    expect_ok(write_file("true\n", "devices/by-key/" NIC_KEY "/optional"));
    expect_nic("false", "enabled");
    expect_nic("9", "orderid");
    expect_nic("true", "optional");
}
END_TEST

START_TEST(a_write_shows_at_once_on_every_path_without_a_request)
{
    expect_run(0, NULL,
               "cat " NIC "/settings.json " VM "/by-type/sriov_nic/nic0/enabled " VM
               "/by-resource-group/'SR-IOV 25G'/nic0/enabled");
    expect_ok(write_file("false\n", NIC "/enabled"));
    sim_clear_log();
    expect_file("false\n", "vms/render-03/by-type/sriov_nic/nic0/enabled");
    expect_file("false\n", "vms/render-03/by-resource-group/SR-IOV 25G/nic0/enabled");
    expect_contains("\"enabled\":\tfalse", read_file(NIC "/device.json"));
    ck_assert_int_eq(status_of(NIC "/enabled").st_size, 6);
    expect_requests("");
}
END_TEST

START_TEST(devices_of_one_name_are_told_apart)
{
    expect_ok(write_file("second\n", "vms/licence-server/devices/dongle%%~119/description"));
    expect_changes("PUT machine_devices/119 {\"description\":\"second\"}\n");
}
END_TEST

/* ---- to whom ---- */

/* Another device in the row, as after a deletion and a new one of the same key. */
static void replace_nic(void)
{
    sim_set_row("machine_devices", NIC_KEY,
                "{\"uuid\": \"00000000-0000-4000-8000-000000000001\", \"description\": \"other\"}");
}

START_TEST(an_open_file_never_writes_to_another_device)
{
    int fd = open_file(O_WRONLY, NIC "/enabled");
    replace_nic();
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    sim_clear_log();
    expect_errno(ESTALE, write_piece(fd, "false\n"));
    expect_error("write", "ESTALE");
    expect_no_change();
    expect_nic("true", "enabled");
    expect_ok(close(fd));
    expect_ok(write_file("false\n", NIC "/enabled"));
    expect_nic("false", "enabled");
}
END_TEST

START_TEST(the_read_back_notices_another_device)
{
    expect_exists(NIC "/enabled");
    replace_nic();
    expect_write_errno(ESTALE, "false\n", NIC "/enabled");
    expect_error("ESTALE", "another device");
}
END_TEST

START_TEST(a_device_moved_to_another_machine_is_another)
{
    int fd = open_file(O_WRONLY, NIC "/settings.json");
    sim_set_row("machine_devices", NIC_KEY, "{\"machine\": 54}");
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    sim_clear_log();
    expect_errno(ESTALE, write_piece(fd, "{\"vlan\": 7}\n"));
    expect_no_change();
    expect_ok(close(fd));
}
END_TEST

START_TEST(a_device_that_is_gone_is_not_written)
{
    int fd = open_file(O_WRONLY, NIC "/enabled");
    sim_delete("machine_devices", NIC_KEY);
    expect_errno(ENOENT, write_piece(fd, "false\n"));
    expect_ok(close(fd));
    expect_errno(ENOENT, write_file("true\n", NIC "/enabled"));
    expect_gone(NIC);
}
END_TEST

START_TEST(a_delete_asks_first_and_never_hits_another_device)
{
    expect_exists(NIC "/enabled");
    replace_nic();
    sim_clear_log();
    expect_errno(ESTALE, rmdir(path(NIC)));
    expect_error("rmdir", NIC, "ESTALE", "another device");
    expect_no_change();
    ck_assert(sim_row("machine_devices", NIC_KEY) != NULL);
    expect_ok(rmdir(path(NIC)));
    ck_assert(sim_row("machine_devices", NIC_KEY) == NULL);
}
END_TEST

START_TEST(a_rename_is_not_tried_again_on_another_device)
{
    expect_exists(NIC "/enabled");
    replace_nic();
    sim_clear_log();
    sim_fault("{\"method\": \"PUT\", \"ignore\": true}");
    expect_errno(ESTALE, rename(path(NIC), path("vms/render-03/devices/nic1")));
    expect_changes(nic_change("name", "\"nic1\""));
    expect_nic("nic0", "name");
}
END_TEST

#define DONGLE "vms/licence-server/devices/dongle"

/* Of two of one name the first goes: the second has its name now. */
static void pass_on_the_name(void)
{
    expect_exists(DONGLE "/enabled");
    expect_exists(DONGLE "%%~119/enabled");
    sim_set_row("machine_devices", "118",
                "{\"uuid\": \"00000000-0000-4000-8000-000000000001\", \"name\": \"other\"}");
    sim_clear_log();
}

/* The kernel tries again after ESTALE, and finds the heir. */
START_TEST(a_second_try_does_not_reach_who_has_the_name_now)
{
    pass_on_the_name();
    expect_errno(ESTALE, rmdir(path(DONGLE)));
    expect_no_change();
    sim_reset();
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    pass_on_the_name();
    sim_fault("{\"method\": \"PUT\", \"ignore\": true}");
    expect_errno(ESTALE, rename(path(DONGLE), path("vms/licence-server/devices/new")));
    expect_changes("PUT machine_devices/118 {\"name\":\"new\"}\n");
    expect_field("dongle", "machine_devices", "119", "name");
    expect_ok(rmdir(path(DONGLE)));
    ck_assert(sim_row("machine_devices", "119") == NULL);
}
END_TEST

/* With ttl=0 a row does for a second, in which a path is walked and its file opened. */
START_TEST(a_put_asks_first_when_what_is_known_is_old)
{
    struct mount *mount = mount_start(&(struct mount_options){.options = "ttl=0"});
    mount_use(mount);
    int fd = open_file(O_WRONLY, NIC "/enabled");
    replace_nic();
    sleep(2);
    sim_clear_log();
    expect_errno(ESTALE, write_piece(fd, "false\n"));
    expect_no_change();
    expect_ok(close(fd));
}
END_TEST

static void add_writer_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "writers", NULL, NULL);
    add_tests(tests, a_childs_close_does_nothing, a_shells_children_do_not_end_its_value,
              the_close_of_the_last_writer_counts, two_descriptors_have_each_its_own_value,
              two_writers_take_turns_and_both_succeed, a_typed_directory_leads_to_the_same_files,
              a_write_shows_at_once_on_every_path_without_a_request,
              devices_of_one_name_are_told_apart);
}

static void add_server_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "the server", NULL, NULL);
    add_tests(tests, an_open_file_never_writes_to_another_device,
              the_read_back_notices_another_device, a_device_moved_to_another_machine_is_another,
              a_device_that_is_gone_is_not_written,
              a_delete_asks_first_and_never_hits_another_device,
              a_rename_is_not_tried_again_on_another_device,
              a_second_try_does_not_reach_who_has_the_name_now,
              a_put_asks_first_when_what_is_known_is_old);
}

int main(void)
{
    Suite *suite = suite_create("writers");
    add_writer_tests(suite);
    add_server_tests(suite);
    return run_suite(suite);
}
