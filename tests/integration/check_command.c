/* SPDX-License-Identifier: MIT
 *
 * The command: what it takes, what it says when it cannot mount, with which status it ends, and how
 * it lives until then.
 */
#include "tests/integration/command.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* In the background and in the foreground. */
static const char *const manners[] = {"", " -f"};

static const struct {
    const char *arguments, *part;
} usage[] = {
    {"-o bogus $SIM_HOST", "bogus"},
    {"-o ttl=soon $SIM_HOST", "ttl="},
    {"-o ttl=-1 $SIM_HOST", "ttl="},
    {"-o ttl $SIM_HOST", "ttl="},
    {"-o timeout=0 $SIM_HOST", "timeout="},
    {"-o retries=many $SIM_HOST", "retries="},
    {"-o budget=1.5 $SIM_HOST", "budget="},
    {"-o umask=8 $SIM_HOST", "umask="},
    {"-o uid=root $SIM_HOST", "uid="},
    {"-x $SIM_HOST", "-x"},
    {"--token=secret $SIM_HOST", "--token"},
    {"$SIM_HOST /tmp", "too many arguments"},
    {"$SIM_HOST /nowhere/at/all #", "/nowhere/at/all"},
    {"$SIM_HOST /etc/passwd #", "/etc/passwd"},
    {"#", "mount point"},
    {"admin:secret@$SIM_HOST", "user or a password"},
};

START_TEST(wrong_usage_ends_with_2)
{
    sim_clear_log();
    for (size_t i = 0; i < COUNT(usage); i++) {
        expect_refused(2, usage[i].part, text("$VERGEFS %s", usage[i].arguments));
    }
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(nothing_that_was_typed_in_the_wrong_place_is_repeated)
{
    static const char *const typed[] = {
        "--token=hush-hush $SIM_HOST",  "-phush-hush $SIM_HOST",
        "admin:hush-hush@localhost",    "-o password=hush-hush $SIM_HOST",
        "-o token=hush-hush $SIM_HOST", "$SIM_HOST hush-hush@nowhere #",
    };
    for (size_t i = 0; i < COUNT(typed); i++) {
        struct result result = run("$VERGEFS %s %s", typed[i], new_folder());
        ck_assert_int_eq(result.status, 2);
        ck_assert_ptr_null(strstr(result.err, "hush-hush"));
        expect_one_line(result.err);
    }
}
END_TEST

static const struct {
    const char *command, *part;
} unconfigured[] = {
    {"env -u VERGE_TOKEN $VERGEFS $SIM_HOST", "nothing to log in with"},
    {"env -u VERGE_TOKEN VERGE_USERNAME=admin $VERGEFS $SIM_HOST", "nothing to log in with"},
    {"$VERGEFS", "no host"},
    {"$VERGEFS -o cacert=/nowhere $SIM_HOST", "/nowhere"},
    {"$VERGEFS -o credentials=/nowhere $SIM_HOST", "/nowhere"},
    {"$VERGEFS -o credentials=/tmp $SIM_HOST", "/tmp"},
    {"VERGE_TIMEOUT=soon $VERGEFS $SIM_HOST", "VERGE_TIMEOUT"},
    {"VERGE_VERIFY_SSL=perhaps $VERGEFS $SIM_HOST", "VERGE_VERIFY_SSL"},
    {"VERGE_RETRY_TOTAL=-1 $VERGEFS $SIM_HOST", "VERGE_RETRY_TOTAL"},
    {"$VERGEFS http://192.0.2.1", "http://"},
    {"$VERGEFS http://vergeos.example.com", "http://"},
    {"$VERGEFS ftp://localhost", "https"},
    {"$VERGEFS https://localhost/api", "name:port"},
    {"$VERGEFS localhost:99999", "name:port"},
    {"VERGE_HOST=admin:secret@localhost $VERGEFS", "user or a password"},
};

START_TEST(wrong_configuration_ends_with_3)
{
    sim_clear_log();
    for (size_t i = 0; i < COUNT(unconfigured); i++) {
        expect_refused(3, unconfigured[i].part, unconfigured[i].command);
    }
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(a_wrong_key_ends_with_4_after_one_try)
{
    expect_refused(4, "check the key",
                   text("VERGE_TOKEN=another %s%s", good("$SIM_HOST"), manners[_i]));
    ck_assert_int_eq(sim_count(NULL, NULL), 1);
}
END_TEST

START_TEST(a_wrong_password_ends_with_4_after_one_try)
{
    expect_refused(4, "password",
                   text("env -u VERGE_TOKEN VERGE_USERNAME=admin VERGE_PASSWORD=another %s%s",
                        good("$SIM_HOST"), manners[_i]));
    ck_assert_int_eq(sim_count(NULL, NULL), 1);
}
END_TEST

START_TEST(missing_rights_end_with_5)
{
    sim_fault("{\"status\":403,\"body\":\"{\\\"err\\\":\\\"Not for you\\\"}\",\"times\":0}");
    expect_refused(5, "Not for you", text("%s%s", good("$SIM_HOST"), manners[_i]));
}
END_TEST

START_TEST(rights_that_are_missing_behind_the_login_end_with_5)
{
    sim_fault("{\"path\":\"machine_devices\",\"status\":403,\"times\":0}");
    expect_refused(5, "rights", text("%s%s", good("$SIM_HOST"), manners[_i]));
}
END_TEST

START_TEST(a_server_that_hangs_ends_with_9)
{
    sim_fault("{\"hang\":true,\"times\":0}");
    expect_refused(9, "timeout=", text("%s%s", good("-o timeout=0.3 $SIM_HOST"), manners[_i]));
}
END_TEST

START_TEST(a_refused_connection_ends_with_10)
{
    expect_refused(10, "port",
                   text("%s localhost:%d%s", good("-o retries=0"), free_port(), manners[_i]));
}
END_TEST

START_TEST(a_name_that_is_none_ends_with_10)
{
    expect_refused(10, "name", text("%s no..such..host%s", good("-o retries=0"), manners[_i]));
}
END_TEST

START_TEST(a_certificate_of_nobody_ends_with_10)
{
    expect_refused(10, "certificate", text("$VERGEFS $SIM_HOST%s", manners[_i]));
    ck_assert_int_eq(sim_count(NULL, NULL), 0); /* the key went nowhere */
}
END_TEST

START_TEST(what_is_no_vergeos_ends_with_10)
{
    static const char *const faults[] = {
        "{\"body\":\"<html>Welcome</html>\",\"content_type\":\"text/html\",\"status\":200,"
        "\"times\":0}",
        "{\"status\":404,\"body\":\"<html>Not here</html>\",\"content_type\":\"text/html\","
        "\"times\":0}",
        "{\"replace\":[],\"times\":0}",
        "{\"truncate\":5,\"times\":0}",
        "{\"status\":502,\"times\":0}",
    };
    for (size_t i = 0; i < COUNT(faults); i++) {
        sim_clear_faults();
        sim_fault(faults[i]);
        expect_refused(10, "VergeOS system", good("-o retries=0 $SIM_HOST"));
    }
}
END_TEST

START_TEST(a_web_server_is_told_from_a_vergeos)
{
    sim_fault("{\"status\": 404, \"content_type\": \"text/html\", \"times\": 0, \"body\":"
              " \"<html><head>\\n<title>404 Not Found</title></head><h1>Oops</h1></html>\"}");
    struct result result = run("%s %s", good("-o retries=0 $SIM_HOST"), new_folder());
    ck_assert_int_eq(result.status, 10);
    expect_text(text("vergefs: %s: a web page answers in place of the API: HTTP 404, 404 Not Found;"
                     " check that this is a VergeOS system, 26.0 or later\n",
                     sim_url(sim_current())),
                result.err);
}
END_TEST

START_TEST(redirects_are_not_followed)
{
    sim_fault(text("{\"path\":\"system\",\"status\":302,\"times\":0,\"headers\":"
                   "{\"Location\":\"%s/api/v4/elsewhere\"}}",
                   sim_url(sim_current())));
    expect_refused(10, "", good("$SIM_HOST"));
    ck_assert_int_eq(sim_count(NULL, "/api/v4/elsewhere"), 0);
    ck_assert_int_ge(sim_count("GET", "/api/v4/system"), 1);
}
END_TEST

START_TEST(who_cannot_mount_there_is_told)
{
    const char *file = new_file("", 0644);
    struct result result = run("%s %s", good("$SIM_HOST"), file);
    ck_assert_int_eq(result.status, 2);
    expect_contains("Not a directory", result.err);
}
END_TEST

/* ---- saying what it is ---- */

START_TEST(it_tells_its_version)
{
    for (int i = 0; i < 2; i++) {
        struct result result = run("$VERGEFS %s", i == 0 ? "-V" : "--version");
        ck_assert_int_eq(result.status, 0);
        ck_assert(strncmp(result.out, "vergefs ", 8) == 0 && isdigit(result.out[8]));
        expect_text("", result.err);
    }
}
END_TEST

START_TEST(it_tells_its_options)
{
    static const char *const options[] = {
        "HOST",     "MOUNTPOINT", "credentials=", "cacert=",     "insecure", "ttl=",
        "timeout=", "retries=",   "budget=",      "nodelete",    "-o ro",    "allow_other",
        "uid=",     "gid=",       "umask=",       "-f",          "-d",       "-V",
        "-h",       "--check",    "VERGE_HOST",   "VERGE_TOKEN",
    };
    struct result result = run("$VERGEFS -h");
    ck_assert_int_eq(result.status, 0);
    expect_text("", result.err);
    for (size_t i = 0; i < COUNT(options); i++) {
        expect_contains(options[i], result.out);
    }
    expect_run(0, result.out, "$VERGEFS --help");
}
END_TEST

START_TEST(check_says_what_is_there_and_mounts_nothing)
{
    struct result result = run("%s", good("--check $SIM_HOST"));
    ck_assert_int_eq(result.status, 0);
    expect_contains("demo", result.out);
    expect_contains("26.1.8", result.out);
    expect_contains("vms          15", result.out);
    expect_contains("groups       8", result.out);
    expect_text("", result.err);
    result = run("VERGE_TOKEN=another %s", good("--check $SIM_HOST"));
    ck_assert_int_eq(result.status, 4);
    expect_contains("answer       ok", result.out);
    expect_contains("login", result.err);
}
END_TEST

/* Whether the login is good cannot be told where it was not looked at. */
START_TEST(check_says_nothing_of_what_it_did_not_come_to)
{
    sim_fault("{\"status\": 404, \"body\": \"<html></html>\", \"times\": 0}");
    struct result result = run("%s", good("--check -o retries=0 $SIM_HOST"));
    ck_assert_int_eq(result.status, 10);
    expect_contains("certificate  ok", result.out);
    ck_assert_ptr_null(strstr(result.out, "login"));
    expect_contains("answer       failed: a web page", result.err);
}
END_TEST

/* ---- in the background and in the foreground ---- */

START_TEST(the_command_returns_when_the_tree_is_there)
{
    sim_fault("{\"path\":\"system\",\"delay_ms\":300}");
    const char *folder = mount_in_background(good("$SIM_HOST"));
    expect_file("render-01\n", "%s/vms/render-01/name", folder);
    end_background(folder);
}
END_TEST

/* No terminal can be its own then: Ctrl-C and hanging up do not reach it. */
START_TEST(the_daemon_has_a_session_of_its_own)
{
    const char *folder = mount_in_background(good("$SIM_HOST"));
    pid_t pid = daemon_of(folder);
    ck_assert_int_eq(stat_field(pid, SESSION), pid);
    end_background(folder);
}
END_TEST

/* Else the shell would wait for the end of the output. */
START_TEST(the_daemon_keeps_nobodys_output_open)
{
    const char *folder = new_folder();
    struct job *job =
        start("said=$(%s %s 2>&1) && echo said ${said:-nothing}", good("$SIM_HOST"), folder);
    wait_until(is_mounted(folder) || !job_runs(job));
    remember_daemon(folder);
    expect_text("said nothing\n", job_finish(job).out);
    end_background(folder);
}
END_TEST

START_TEST(the_daemon_keeps_no_folder_busy)
{
    const char *busy = new_folder();
    const char *folder = mount_in_background(text("cd %s && %s", busy, good("$SIM_HOST")));
    char where[64] = "";
    ssize_t length = readlink(text("/proc/%d/cwd", (int)daemon_of(folder)), where, 63);
    if (length != -1) { /* only root may look */
        expect_text("/", where);
    }
    expect_ok(rmdir(busy));
    end_background(folder);
}
END_TEST

START_TEST(a_relative_mount_point_is_found_from_the_background)
{
    const char *folder = new_folder();
    const char *name = strrchr(folder, '/') + 1;
    expect_run(0, "", "cd %s/.. && %s %s", folder, good("$SIM_HOST"), name);
    pid_t pid = daemon_of(name);
    ck_assert_int_gt(pid, 0);
    daemon_remember(pid, folder);
    ck_assert(is_mounted(folder));
    expect_run(0, "", "fusermount3 -u %s", folder);
    expect_ended(folder, pid);
}
END_TEST

START_TEST(in_the_foreground_it_stays_and_writes_failures_to_stderr)
{
    struct foreground mount = start_in_foreground(good("-f $SIM_HOST"));
    const char *file = text("%s/vms/render-01/devices/gpu0/enabled", mount.folder);
    expect_file("true\n", "%s", file);
    ck_assert(job_runs(mount.job));
    sim_fault("{\"status\":403,\"times\":0,\"body\":\"{\\\"err\\\":\\\"no way\\\"}\"}");
    expect_errno(EACCES, write_file("false\n", "%s", file));
    job_signal(mount.job, SIGINT);
    expect_contains("no way", expect_end(&mount).err);
}
END_TEST

START_TEST(unmounting_ends_it_with_success)
{
    struct foreground mount = start_in_foreground(good("-f $SIM_HOST"));
    expect_run(0, "", "fusermount3 -u %s", mount.folder);
    expect_end(&mount);
}
END_TEST

START_TEST(a_signal_unmounts_and_ends_it_with_success)
{
    static const int signals[] = {SIGTERM, SIGINT};
    struct foreground mount = start_in_foreground(good("-f $SIM_HOST"));
    job_signal(mount.job, signals[_i]);
    expect_end(&mount);
}
END_TEST

START_TEST(a_terminal_that_goes_away_is_no_reason_to_unmount)
{
    const char *folder = mount_in_background(good("$SIM_HOST"));
    expect_ok(kill(daemon_of(folder), SIGHUP));
    expect_file("render-01\n", "%s/vms/render-01/name", folder);
    end_background(folder);
}
END_TEST

START_TEST(sigterm_ends_it_while_a_request_hangs)
{
    struct foreground mount = start_in_foreground(good("-f $SIM_HOST"));
    sim_clear_log();
    sim_fault("{\"hang\":true,\"times\":0}");
    struct job *reader = start("cat %s/vms/render-01/name", mount.folder);
    wait_until(sim_count("GET", NULL) > 0);
    ck_assert(job_runs(reader));
    job_signal(mount.job, SIGTERM);
    expect_end(&mount);
    ck_assert_int_ne(job_finish(reader).status, 0);
}
END_TEST

START_TEST(sigterm_ends_it_while_somebody_is_inside)
{
    const char *mark = new_file("", 0600);
    struct foreground mount = start_in_foreground(good("-f $SIM_HOST"));
    int fd = open_file(O_RDONLY, "%s/vms/render-01/name", mount.folder);
    struct job *inside = start("cd %s/vms && echo there > %s && sleep 60", mount.folder, mark);
    wait_until(strcmp(read_file("%s", mark), "there\n") == 0);
    job_signal(mount.job, SIGTERM);
    expect_end(&mount);
    ck_assert(job_runs(inside));
    job_signal(inside, SIGKILL);
    close(fd);
}
END_TEST

START_TEST(a_mount_whose_daemon_was_killed_is_mounted_anew)
{
    const char *folder = mount_in_background(good("$SIM_HOST"));
    pid_t pid = daemon_of(folder);
    expect_ok(kill(pid, SIGKILL));
    wait_until(!is_alive(pid));
    wait_until(try_read("%s/vms/render-01/name", folder) == -1 && errno == ENOTCONN);
    daemon_forget(pid);
    expect_run(0, "", "%s %s", good("$SIM_HOST"), folder);
    remember_daemon(folder);
    expect_file("render-01\n", "%s/vms/render-01/name", folder);
    end_background(folder);
}
END_TEST

/* ---- the suite ---- */

static void refusal_case(Suite *suite)
{
    TCase *tcase = simulated_case(suite, "refusals", NULL);
    const TTest *const both[] = {
        a_wrong_key_ends_with_4_after_one_try,
        a_wrong_password_ends_with_4_after_one_try,
        missing_rights_end_with_5,
        rights_that_are_missing_behind_the_login_end_with_5,
        a_server_that_hangs_ends_with_9,
        a_refused_connection_ends_with_10,
        a_name_that_is_none_ends_with_10,
        a_certificate_of_nobody_ends_with_10,
    };
    for (size_t i = 0; i < COUNT(both); i++) {
        tcase_add_loop_test(tcase, both[i], 0, (int)COUNT(manners));
    }
    add_tests(tcase, wrong_usage_ends_with_2, nothing_that_was_typed_in_the_wrong_place_is_repeated,
              wrong_configuration_ends_with_3, what_is_no_vergeos_ends_with_10,
              a_web_server_is_told_from_a_vergeos, redirects_are_not_followed,
              who_cannot_mount_there_is_told);
}

static void life_case(Suite *suite)
{
    TCase *tcase = simulated_case(suite, "life", NULL);
    tcase_add_loop_test(tcase, a_signal_unmounts_and_ends_it_with_success, 0, 2);
    add_tests(
        tcase, it_tells_its_version, it_tells_its_options,
        check_says_what_is_there_and_mounts_nothing, check_says_nothing_of_what_it_did_not_come_to,
        the_command_returns_when_the_tree_is_there, the_daemon_has_a_session_of_its_own,
        the_daemon_keeps_nobodys_output_open, the_daemon_keeps_no_folder_busy,
        a_relative_mount_point_is_found_from_the_background,
        in_the_foreground_it_stays_and_writes_failures_to_stderr, unmounting_ends_it_with_success,
        a_terminal_that_goes_away_is_no_reason_to_unmount, sigterm_ends_it_while_a_request_hangs,
        sigterm_ends_it_while_somebody_is_inside, a_mount_whose_daemon_was_killed_is_mounted_anew);
}

int main(void)
{
    Suite *suite = suite_create("command");
    refusal_case(suite);
    life_case(suite);
    return run_suite(suite);
}
