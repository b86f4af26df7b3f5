/* SPDX-License-Identifier: MIT
 *
 * The harness itself: that it sees what is there, and that it fails when it should.
 */
#include "tests/integration/harness_internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void expect_failure(const char *part, void (*body)(void))
{
    const char *message = failure_of(body);
    if (message == NULL) {
        fail_test("this was to fail, with \"%s\"", part);
    }
    expect_contains(part, message);
}

/* ---- files ---- */

static void make_file(const char *name, const char *content)
{
    int fd = open_file(O_WRONLY | O_CREAT | O_TRUNC, "%s", name);
    expect_ok(fd);
    expect_ok(write_piece(fd, content));
    expect_ok(close(fd));
}

static void wrong_content(void)
{
    expect_file("two\n", "file");
}

START_TEST(files_are_read_and_compared)
{
    make_file("file", "one\n");
    expect_file("one\n", "fi%s", "le");
    expect_text("one\n", read_file("file"));
    expect_failure("expected: \"two\n\"\nfound:    \"one\n\"", wrong_content);
    expect_errno(ENOENT, try_read("none"));
}
END_TEST

static void wrong_step(void)
{
    expect_write_errno(EINVAL, "x", "file");
}

START_TEST(writes_tell_which_step_failed)
{
    make_file("file", "one\n");
    expect_ok(write_file("two\n", "file"));
    expect_file("two\n", "file");
    expect_errno(ENOENT, write_file("x", "none"));
    expect_write_errno(ENOSPC, "x", "/dev/full");
    expect_failure("expected: open success, write EINVAL", wrong_step);
}
END_TEST

static void wrong_list(void)
{
    expect_list("a", "folder");
}

START_TEST(folders_are_listed_in_order)
{
    expect_ok(mkdir(path("folder"), 0755));
    expect_list("", "folder");
    make_file("folder/b", "");
    make_file("folder/a", "");
    make_file("folder/.c", "");
    expect_list(".c a b", "folder");
    expect_failure("found:    .c a b", wrong_list);
    expect_run(0, "", "rm -r folder");
    expect_missing("folder");
}
END_TEST

static void wrong_mode(void)
{
    expect_mode(0644, "file");
}

static void wrong_link(void)
{
    expect_link("elsewhere", "link");
}

START_TEST(modes_links_and_sizes_are_seen)
{
    make_file("file", "one\n");
    expect_ok(chmod(path("file"), 0600));
    expect_mode(0600, "file");
    expect_failure("expected mode 0644, found 0600", wrong_mode);
    ck_assert_int_eq(status_of("file").st_size, 4);
    expect_ok(symlink("file", path("link")));
    expect_link("file", "link");
    expect_failure("'elsewhere', found 'file'", wrong_link);
    expect_exists("link");
    expect_ok(unlink(path("link")));
    expect_missing("link");
}
END_TEST

static void not_json(void)
{
    read_json("file");
}

static void other_json(void)
{
    expect_json_file("{\"b\":[1],\"a\":3}", "file");
}

START_TEST(json_is_compared_as_json)
{
    make_file("file", "{\"a\": 2,\n \"b\": [1]}\n");
    expect_json_file("{\"b\":[1],\"a\":2}", "file");
    expect_failure("expected: {\"b\":[1],\"a\":3}", other_json);
    make_file("file", "{\"a\": 2");
    expect_failure("is not one JSON value", not_json);
}
END_TEST

static void wrong_errno(void)
{
    expect_errno(EPERM, rmdir("/nowhere"));
}

static void no_success(void)
{
    expect_ok(rmdir("/nowhere"));
}

START_TEST(errors_are_told_by_name)
{
    expect_errno(ENOENT, rmdir("/nowhere"));
    expect_failure("rmdir(\"/nowhere\")\nexpected: EPERM\nfound:    ENOENT", wrong_errno);
    expect_failure("expected: success\nfound:    ENOENT", no_success);
}
END_TEST

/* ---- commands ---- */

static void wrong_status(void)
{
    expect_run(0, "", "echo out; echo err >&2; exit 3");
}

START_TEST(commands_give_status_and_output)
{
    struct result result = run("echo %d; echo bad >&2; exit 3", 42);
    ck_assert_int_eq(result.status, 3);
    expect_text("42\n", result.out);
    expect_text("bad\n", result.err);
    ck_assert_int_eq(run("kill -9 $$").status, 128 + SIGKILL);
    expect_run(0, text("%s\n", path(".")), "pwd");
    expect_failure("found status 3, output:\nout\nerr\n", wrong_status);
}
END_TEST

static void hang(void)
{
    command_limit = 0.2;
    run("echo begun; sleep 1000");
}

START_TEST(commands_that_hang_are_killed)
{
    expect_failure("did not end by itself and was killed; it wrote:\nbegun\n", hang);
}
END_TEST

START_TEST(jobs_run_beside_the_test)
{
    struct job *job =
        start("trap 'echo stopped; exit 7' INT; echo ready >ready; sleep 1000 & wait");
    wait_until(exists("ready") && status_of("ready").st_size > 0);
    ck_assert(job_runs(job));
    job_signal(job, SIGINT);
    struct result result = job_finish(job);
    ck_assert_int_eq(result.status, 7);
    expect_text("stopped\n", result.out);
}
END_TEST

/* ---- daemons ---- */

/* What the harness would say of a daemon that did this. */
static const char *verdict_on(const char *command)
{
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    struct process process = {0};
    ck_assert(process_start(&process, argv, NULL, NULL));
    ck_assert(process_wait(&process, patience_limit(20)));
    char *verdict = ended_well(&process, "it");
    process_release(&process);
    return verdict == NULL ? "well" : keep_text(verdict);
}

START_TEST(daemons_must_end_well)
{
    expect_text("well", verdict_on("echo 'vergefs: EIO at web01' >&2"));
    expect_contains("exit status 3; it wrote:\nlast words",
                    verdict_on("echo last words >&2; exit 3"));
    expect_contains("exit status 139", verdict_on("kill -SEGV $$"));
    expect_contains("a.c:1: runtime error: bad",
                    verdict_on("echo fine >&2; echo 'a.c:1: runtime error: bad' >&2"));
    expect_contains("WARNING: ThreadSanitizer",
                    verdict_on("echo 'WARNING: ThreadSanitizer: x' >&2"));
}
END_TEST

START_TEST(mounting_fails_loudly)
{
    char *complaint = NULL;
    setenv("VERGEFS", "/bin/sh -c exit", 1);
    ck_assert(mount_launch(NULL, &complaint) == NULL);
    expect_contains("vergefs did not mount: it ended", keep_text(complaint));
}
END_TEST

START_TEST(refusals_to_mount_are_results)
{
    setenv("VERGEFS", "/bin/ls", 1);
    struct result result = mount_refused(&(struct mount_options){.host = "no-such-host"});
    ck_assert_int_eq(result.status, 2);
    expect_contains("no-such-host", result.err);
}
END_TEST

START_TEST(daemons_get_the_simulator_and_no_other_credentials)
{
    setenv("VERGE_PASSWORD", "of the person who runs the tests", 1);
    expect_run(0, text("%s\n", sim_token()), "echo $VERGE_TOKEN$VERGE_PASSWORD");
    expect_run(0, text("%s\n", sim_url(sim_current())), "echo $SIM_HOST");
}
END_TEST

START_TEST(hanging_tests_cost_the_daemon_its_life)
{
    const char *const argv[] = {"sleep", "1000", NULL};
    struct process process = {0};
    ck_assert(process_start(&process, argv, NULL, NULL));
    daemon_remember(process.pid, "/nowhere");
    watchdog_start(0.2);
    wait_until(process_ended(&process));
    ck_assert_int_eq(process_exit_code(&process), 128 + SIGKILL);
    process_release(&process);
}
END_TEST

START_TEST(mounts_are_told_from_folders)
{
    ck_assert(!is_mounted("/proc"));
    ck_assert(!is_mounted(scratch_folder()));
    ck_assert(!is_mounted(""));
}
END_TEST

/* ---- waiting ---- */

static void wait_in_vain(void)
{
    struct patience patience = {.waited_ms = 100000000};
    wait_a_little(&patience, "something");
}

START_TEST(waiting_ends)
{
    int turns = 0;
    wait_until(++turns == 3);
    ck_assert_int_eq(turns, 3);
    expect_failure("waited in vain for: something", wait_in_vain);
}
END_TEST

/* ---- the simulator ---- */

static const char *some_key(const char *table)
{
    const cJSON *row = cJSON_GetArrayItem(sim_rows(table), 0);
    if (row == NULL) {
        fail_test("%s has no rows", table);
    }
    const cJSON *key = cJSON_GetObjectItem(row, "$key");
    return cJSON_IsString(key) ? key->valuestring : text("%d", key->valueint);
}

static void wrong_field(void)
{
    expect_field("something else", "vms", some_key("vms"), "description");
}

START_TEST(rows_are_seen_and_changed)
{
    const char *key = some_key("vms");
    sim_set_row("vms", key, "{\"description\": \"changed\"}");
    expect_field("changed", "vms", key, "description");
    expect_text(key, sim_key("vms", "description", "changed"));
    ck_assert(sim_find("vms", "description", "no such") == NULL);
    ck_assert(sim_row("vms", "99999") == NULL);
    expect_failure("expected: something else\nfound:    changed", wrong_field);
}
END_TEST

START_TEST(rows_come_and_go)
{
    const char *key = sim_insert("vms", "{\"name\": \"new\"}");
    expect_field("new", "vms", key, "name");
    sim_delete("vms", key);
    ck_assert(sim_row("vms", key) == NULL);
}
END_TEST

START_TEST(each_test_begins_with_the_first_data)
{
    const char *key = some_key("vms");
    const char *first = sim_field("vms", key, "description");
    sim_set_row("vms", key, "{\"description\": \"changed\"}");
    sim_reset();
    expect_field(first, "vms", key, "description");
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(requests_are_counted)
{
    ck_assert_int_eq(sim_count("GET", "/api/v4/vms"), 0);
    ck_assert_int_eq(sim_ask("GET", "/api/v4/vms?limit=1", NULL), 200);
    ck_assert_int_eq(sim_ask("GET", "/api/v4/machine_devices?limit=1", NULL), 200);
    ck_assert_int_eq(sim_count("GET", "/api/v4/vms"), 1);
    ck_assert_int_eq(sim_count("PUT", "/api/v4/vms"), 0);
    ck_assert_int_eq(sim_count(NULL, "/api"), 2);
    ck_assert_int_eq(cJSON_GetArraySize(sim_log()), 2);
    sim_clear_log();
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(faults_happen_as_often_as_asked)
{
    sim_fault("{\"method\": \"GET\", \"path\": \"/api/v4/vms\", \"status\": 503, \"times\": 1}");
    ck_assert_int_eq(sim_ask("GET", "/api/v4/vms", NULL), 503);
    ck_assert_int_eq(sim_ask("GET", "/api/v4/vms", NULL), 200);
    sim_fault("{\"method\": \"GET\", \"path\": \"/api/v4/vms\", \"status\": 503}");
    sim_clear_faults();
    ck_assert_int_eq(sim_ask("GET", "/api/v4/vms", NULL), 200);
}
END_TEST

static void unknown_quirk(void)
{
    sim_quirk("no_such_quirk", "on");
}

START_TEST(quirks_must_exist)
{
    expect_failure("the simulator's control answered", unknown_quirk);
}
END_TEST

START_TEST(a_test_may_have_a_simulator_of_its_own)
{
    struct sim *first = sim_current();
    struct sim *second = sim_start(&(struct sim_options){.fleet = "3x2"});
    sim_use(second);
    const char *key = some_key("vms");
    sim_set_row("vms", key, "{\"description\": \"of the second\"}");
    expect_field("of the second", "vms", key, "description");
    ck_assert_str_ne(sim_url(first), sim_url(second));
    sim_stop(second);
    sim_use(first);
    ck_assert(sim_find("vms", "description", "of the second") == NULL);
    ck_assert_int_eq(sim_ask("GET", "/api/v4/vms?limit=1", NULL), 200);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("harness");
    TCase *tests = bare_case(suite, "by itself");
    add_tests(tests, files_are_read_and_compared, writes_tell_which_step_failed,
              folders_are_listed_in_order, modes_links_and_sizes_are_seen, json_is_compared_as_json,
              errors_are_told_by_name, commands_give_status_and_output,
              commands_that_hang_are_killed, jobs_run_beside_the_test, daemons_must_end_well,
              mounting_fails_loudly, refusals_to_mount_are_results,
              hanging_tests_cost_the_daemon_its_life, mounts_are_told_from_folders, waiting_ends);
    tests = simulated_case(suite, "with the simulator", NULL);
    add_tests(
        tests, rows_are_seen_and_changed, rows_come_and_go, each_test_begins_with_the_first_data,
        requests_are_counted, faults_happen_as_often_as_asked, quirks_must_exist,
        daemons_get_the_simulator_and_no_other_credentials, a_test_may_have_a_simulator_of_its_own);
    return run_suite(suite);
}
