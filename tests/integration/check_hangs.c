/* SPDX-License-Identifier: MIT
 *
 * Servers that do not answer: whoever waits can be ended, nobody else waits, the mount can be taken
 * away, and it finds the server back by itself.
 */
#include "tests/integration/requests.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define VM "vms/render-03"
#define NIC VM "/devices/nic0"
#define NIC_KEY "108"

/* More than the daemon has threads for. */
#define CROWD 80

static void hang(const char *method)
{
    sim_fault(text("{\"method\": \"%s\", \"hang\": true, \"times\": 0}", method));
}

static void hang_reads(void)
{
    wait_until(exists(NIC "/settings.json"));
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    hang("GET");
    sim_clear_log();
}

static int open_connections(void)
{
    return cJSON_GetObjectItemCaseSensitive(sim_control("GET", "connections", NULL), "open")
        ->valueint;
}

/* ---- who waits can be ended ---- */

static const int signals[] = {SIGINT, SIGTERM, SIGKILL};
static const char *const readers[] = {"cat " NIC "/enabled", "ls " VM "/devices",
                                      "stat " NIC "/settings.json", "cat " NIC "/settings.json"};
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };
enum { WAITING = sizeof(readers) / sizeof(readers[0]) };

START_TEST(a_signal_ends_who_waits_and_cancels_the_request)
{
    hang_reads();
    struct job *job = start("exec %s", readers[_i / SIGNALS]);
    wait_until(sim_count("GET", NULL) > 0);
    int open = open_connections();
    ck_assert(job_runs(job));
    job_signal(job, signals[_i % SIGNALS]);
    ck_assert_int_eq(job_finish(job).status, 128 + signals[_i % SIGNALS]);
    wait_until(open_connections() < open);
    sim_clear_faults();
    expect_file("true\n", NIC "/enabled");
}
END_TEST

/* Sent is sent: who is killed leaves a change that is whole, and shown. */
START_TEST(a_change_under_way_is_not_cut_off)
{
    expect_exists(NIC "/enabled");
    sim_fault("{\"method\": \"PUT\", \"delay_ms\": 1500}");
    sim_clear_log();
    struct job *job = start("exec sh -c 'echo false > " NIC "/enabled'");
    wait_until(sim_count("PUT", NULL) == 1);
    job_signal(job, SIGKILL);
    job_finish(job);
    wait_until(strcmp(sim_field("machine_devices", NIC_KEY, "enabled"), "false") == 0);
    wait_until(strcmp(read_file(NIC "/enabled"), "false\n") == 0);
    ck_assert_int_eq(sim_count("PUT", NULL), 1);
}
END_TEST

/* The names are known, so that each of them waits in open(2): a name that somebody is looking up is
 * waited for in the kernel, which no signal ends before he is. */
START_TEST(a_crowd_that_hangs_does_not_keep_others_from_being_ended)
{
    const char *all = outside("all");
    const char *last = run("ls vms | tail -n 1 | tr -d '\\n'").out;
    const char *many = run("ls vms | head -n %d | tr '\\n' ' '", CROWD).out;
    expect_run(0, "", "stat vms/*/name > /dev/null");
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    hang("GET");
    struct job *crowd =
        start("for vm in %s; do cat vms/$vm/name & done; : > '%s'; wait", many, all);
    wait_until(exists("%s", all) && sim_count("GET", NULL) > 0);
    const char *also = outside("also");
    struct job *one = start(": > '%s'; exec cat 'vms/%s/name'", also, last);
    wait_until(exists("%s", also));
    job_signal(one, SIGINT);
    ck_assert_int_eq(job_finish(one).status, 128 + SIGINT);
    job_signal(crowd, SIGTERM);
    ck_assert_int_eq(job_finish(crowd).status, 128 + SIGTERM);
    expect_ok(unlink(all));
    expect_ok(unlink(also));
    sim_clear_faults();
    expect_run(0, "", "cat vms/*/name > /dev/null");
}
END_TEST

/* ---- nobody else waits ---- */

START_TEST(what_needs_no_server_does_not_wait_for_it)
{
    struct statvfs fs;
    hang_reads();
    struct job *job = start("exec cat " NIC "/enabled");
    wait_until(sim_count("GET", NULL) > 0);
    ck_assert_int_eq(statvfs(path("."), &fs), 0);
    expect_list("devices query resource_groups vms", ".");
    expect_list("by-class by-key by-status by-type", "devices");
    expect_exists(".vergefs/stats");
    read_file(".vergefs/stats");
    read_file(".vergefs/error_log");
    ck_assert(job_runs(job));
    job_signal(job, SIGKILL);
    job_finish(job);
}
END_TEST

START_TEST(what_is_fresh_is_read_while_the_server_hangs)
{
    expect_file("true\n", NIC "/enabled");
    hang("GET");
    sim_clear_log();
    expect_file("true\n", NIC "/enabled");
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

/* ---- a server that is away ---- */

static void expect_probe_only(int least_calls)
{
    int refused = 0;
    sim_clear_log();
    for (int i = 0; i < least_calls; i++) {
        refused += try_read(NIC "/enabled") == -1;
    }
    ck_assert_int_eq(refused, least_calls);
    /* Without the breaker it would be one for each. */
    ck_assert_int_lt(sim_count(NULL, NULL), least_calls / 2);
}

START_TEST(while_the_server_is_silent_calls_fail_at_once_until_it_is_back)
{
    hang_reads();
    for (int i = 0; i < 3; i++) {
        expect_errno(ETIMEDOUT, try_read(NIC "/enabled"));
    }
    expect_probe_only(20);
    expect_error("ETIMEDOUT", "the server does not answer");
    sim_clear_faults();
    wait_until(try_read(NIC "/enabled") == 0);
    expect_file("true\n", NIC "/enabled");
}
END_TEST

START_TEST(a_server_that_was_restarted_is_found_back)
{
    struct sim *sim = sim_start(NULL);
    const char *port = text("%s", strrchr(sim_url(sim), ':') + 1);
    const struct sim_options again = {.args = text("--https=%s", port)};
    sim_use(sim);
    mount_use(mount_start(NULL));
    expect_exists(NIC "/enabled");
    sim_stop(sim);
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    for (int i = 0; i < 10; i++) {
        expect_errno(ECONNREFUSED, try_read(NIC "/enabled"));
    }
    sim_use(sim_start(&again));
    wait_until(try_read(NIC "/enabled") == 0);
    expect_ok(write_file("false\n", NIC "/enabled"));
    expect_field("false", "machine_devices", NIC_KEY, "enabled");
}
END_TEST

/* ---- unmounting while requests hang ---- */

static bool is_over(pid_t pid)
{
    char state = 'X';
    const char *stat = text("/proc/%d/stat", (int)pid);
    FILE *file = fopen(stat, "r");
    if (file == NULL) {
        return true;
    }
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1) {
        state = 'X';
    }
    fclose(file);
    return state == 'Z' || state == 'X';
}

static bool is_gone(const struct mount *mount)
{
    return run("grep -c ' %s fuse' /proc/self/mounts", mount_path(mount)).status == 1;
}

static const struct mount_options patient = {.options = "timeout=600"};

START_TEST(it_can_be_unmounted_with_requests_hanging)
{
    struct mount *mount = mount_start(&patient);
    mount_use(mount);
    hang_reads();
    struct job *job = start("exec cat " NIC "/enabled");
    struct job *other = start("exec ls " VM);
    wait_until(sim_count("GET", NULL) > 0);
    pid_t pid = mount_pid(mount);
    if (_i == 2) {
        expect_run(0, "", "cd / && fusermount3 -uz '%s'", mount_path(mount));
        ck_assert(is_gone(mount));
        job_signal(job, SIGKILL); /* detached, not ended: the last one inside keeps it */
        job_signal(other, SIGKILL);
    } else {
        ck_assert_int_eq(kill(pid, _i == 0 ? SIGTERM : SIGINT), 0);
    }
    job_finish(job);
    job_finish(other);
    wait_until(is_over(pid));
    ck_assert(is_gone(mount));
}
END_TEST

/* Not lazily: who is inside keeps it, and is told from what is wrong. */
START_TEST(it_is_busy_until_who_hangs_is_ended)
{
    struct mount *mount = mount_start(&patient);
    mount_use(mount);
    hang_reads();
    struct job *job = start("exec cat " NIC "/enabled");
    wait_until(sim_count("GET", NULL) > 0);
    pid_t pid = mount_pid(mount);
    struct result result = run("cd / && fusermount3 -u '%s'", mount_path(mount));
    ck_assert_int_eq(result.status, 1);
    expect_contains("busy", result.err);
    ck_assert(!is_over(pid));
    expect_list("devices query resource_groups vms", ".");
    job_signal(job, SIGINT);
    ck_assert_int_eq(job_finish(job).status, 128 + SIGINT);
    wait_until(run("cd / && fusermount3 -u '%s'", mount_path(mount)).status == 0);
    wait_until(is_over(pid));
    ck_assert(is_gone(mount));
}
END_TEST

static struct job *begin_change(void)
{
    expect_exists(NIC "/enabled");
    hang("PUT");
    sim_clear_log();
    struct job *job = start("exec bash -c 'echo false > " NIC "/enabled'");
    wait_until(sim_count("PUT", NULL) == 1);
    return job;
}

/* The end waits for a change that was sent, and for nothing else: what it did is not looked at. */
START_TEST(a_signal_lets_a_change_be_done)
{
    struct mount *mount = mount_start(&patient);
    mount_use(mount);
    pid_t pid = mount_pid(mount);
    struct job *job = begin_change();
    struct job *reader = start("exec ls vms/*/devices");
    ck_assert_int_eq(kill(pid, _i == 0 ? SIGTERM : SIGINT), 0);
    job_finish(reader); /* who only reads does not keep it */
    ck_assert(job_runs(job));
    ck_assert(!is_over(pid));
    sim_clear_faults();
    expect_contains("Interrupted system call", job_finish(job).err);
    wait_until(is_over(pid));
    ck_assert(is_gone(mount));
    ck_assert_int_eq(sim_count("PUT", NULL), 1);
    expect_field("false", "machine_devices", NIC_KEY, "enabled");
}
END_TEST

/* But not for ever. */
START_TEST(a_signal_ends_it_at_the_timeout_of_a_change)
{
    static const struct mount_options hasty = {.options = "timeout=1"};
    struct mount *mount = mount_start(&hasty);
    mount_use(mount);
    pid_t pid = mount_pid(mount);
    struct job *job = begin_change();
    ck_assert_int_eq(kill(pid, SIGTERM), 0);
    ck_assert_int_ne(job_finish(job).status, 0);
    wait_until(is_over(pid));
    ck_assert(is_gone(mount));
    ck_assert_int_eq(sim_count("PUT", NULL), 1);
}
END_TEST

/* Taken away, it ends what it has begun. */
START_TEST(a_change_that_hangs_outlives_the_mount)
{
    struct mount *mount = mount_start(&patient);
    mount_use(mount);
    pid_t pid = mount_pid(mount);
    struct job *job = begin_change();
    expect_run(0, "", "cd / && fusermount3 -uz '%s'", mount_path(mount));
    ck_assert(is_gone(mount));
    ck_assert(job_runs(job));
    ck_assert(!is_over(pid));
    sim_clear_faults();
    ck_assert_int_eq(job_finish(job).status, 0);
    wait_until(is_over(pid));
    ck_assert_int_eq(sim_count("PUT", NULL), 1);
    expect_field("false", "machine_devices", NIC_KEY, "enabled");
}
END_TEST

static bool is_blocked(pid_t pid)
{
    return run("grep -l '^State:.D' /proc/%d/task/*/status", (int)pid).status == 0;
}

/* The kernel holds the lock of a directory while a device in it is removed, and a name of it that
 * is to be forgotten waits for the lock, in the daemon. Killed then, it must not be kept by that.
 */
START_TEST(a_daemon_that_is_killed_leaves_nobody_waiting)
{
    struct mount *mount = mount_start(&patient);
    mount_use(mount);
    pid_t pid = mount_pid(mount);
    expect_run(0, NULL, "ls -l " VM "/devices " VM "/by-type/host_gpu");
    hang("DELETE");
    sim_clear_log();
    struct job *job = start("exec rmdir " NIC);
    wait_until(sim_count("DELETE", NULL) == 1);
    sim_set_row("machine_devices", "107", "{\"name\": \"renamed\"}");
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    wait_until(strstr(run("ls " VM "/by-type/host_gpu").out, "renamed") != NULL);
    wait_until(is_blocked(pid));
    ck_assert(job_runs(job));
    expect_ok(kill(pid, SIGKILL));
    ck_assert_int_ne(job_finish(job).status, 0);
    wait_until(is_over(pid));
    mount_crash(mount);
    mount_restart(mount, &patient);
}
END_TEST

static Suite *make_suite(void)
{
    static const struct mount_options waiting = {.options = "timeout=600,retries=0"};
    static const struct mount_options lasting = {.options = "timeout=600,retries=0,ttl=3600"};
    static const struct sim_options large = {.fleet = "100x1"};
    static const struct mount_options hasty = {.options = "timeout=1,retries=0"};
    Suite *suite = suite_create("hangs");
    TCase *tcase = mounted_case(suite, "waiting", NULL, &waiting);
    tcase_add_loop_test(tcase, a_signal_ends_who_waits_and_cancels_the_request, 0,
                        SIGNALS * WAITING);
    add_tests(tcase, a_change_under_way_is_not_cut_off, what_needs_no_server_does_not_wait_for_it,
              what_is_fresh_is_read_while_the_server_hangs);
    tcase = mounted_case(suite, "crowd", &large, &lasting);
    add_tests(tcase, a_crowd_that_hangs_does_not_keep_others_from_being_ended);
    tcase = mounted_case(suite, "breaker", NULL, &hasty);
    add_tests(tcase, while_the_server_is_silent_calls_fail_at_once_until_it_is_back);
    tcase = bare_case(suite, "restart");
    add_tests(tcase, a_server_that_was_restarted_is_found_back);
    tcase = simulated_case(suite, "unmounting", NULL);
    tcase_add_loop_test(tcase, it_can_be_unmounted_with_requests_hanging, 0, 3);
    tcase_add_loop_test(tcase, a_signal_lets_a_change_be_done, 0, 2);
    add_tests(tcase, a_signal_ends_it_at_the_timeout_of_a_change,
              it_is_busy_until_who_hangs_is_ended, a_change_that_hangs_outlives_the_mount,
              a_daemon_that_is_killed_leaves_nobody_waiting);
    return suite;
}

int main(void)
{
    return run_suite(make_suite());
}
