/* SPDX-License-Identifier: MIT
 *
 * What a failure of the server becomes: the errno of the specification's table, a line in the error
 * log with the server's own words and no secret, and a mount that works again afterwards.
 */
#include "tests/integration/requests.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define VM "vms/render-03"
#define NIC VM "/devices/nic0"
#define NIC_KEY "108"
#define NEW VM "/by-type/tpm/new"

/* ---- the table ---- */

enum method { GET, PUT, POST, DELETE, METHODS };

static int do_get(void)
{
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    return try_read(NIC "/enabled");
}

static int do_put(void)
{
    return write_file("false\n", NIC "/enabled");
}

static int do_post(void)
{
    return mkdir(path(NEW), 0755);
}

static int do_delete(void)
{
    return rmdir(path(NIC));
}

static const struct {
    const char *name, *path, *operation;
    int (*act)(void);
} methods[METHODS] = {
    [GET] = {"GET", "machine_devices*", "/vms/render-03/devices", do_get},
    [PUT] = {"PUT", "machine_devices/" NIC_KEY, "write /" NIC "/enabled", do_put},
    [POST] = {"POST", "machine_devices", "mkdir /" NEW, do_post},
    [DELETE] = {"DELETE", "machine_devices/" NIC_KEY, "rmdir /" NIC, do_delete},
};

/* By method: of a read, of a change of what is there, of a creation, of a deletion. */
static const struct {
    int status;
    int error[METHODS];
} statuses[] = {
    {400, {EINVAL, EINVAL, EINVAL, EINVAL}},
    {401, {EKEYREJECTED, EKEYREJECTED, EKEYREJECTED, EKEYREJECTED}},
    {403, {EACCES, EACCES, EACCES, EACCES}},
    /* A whole list that is missing is no list of the API's; of a write the row is still there, and
     * what it refers to is not. */
    {404, {EREMOTEIO, EINVAL, EINVAL, EINVAL}},
    {405, {EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP, EOPNOTSUPP}},
    {409, {EBUSY, EBUSY, EEXIST, EBUSY}},
    {413, {EFBIG, EFBIG, EFBIG, EFBIG}},
    {422, {EINVAL, EINVAL, EINVAL, EINVAL}},
    {429, {EAGAIN, EAGAIN, EAGAIN, EAGAIN}},
    {500, {EREMOTEIO, EREMOTEIO, EREMOTEIO, EREMOTEIO}},
    {502, {EREMOTEIO, EREMOTEIO, EREMOTEIO, EREMOTEIO}},
    {503, {EREMOTEIO, EREMOTEIO, EREMOTEIO, EREMOTEIO}},
    {504, {EREMOTEIO, EREMOTEIO, EREMOTEIO, EREMOTEIO}},
    {507, {ENOSPC, ENOSPC, ENOSPC, ENOSPC}},
};
enum { STATUSES = sizeof(statuses) / sizeof(statuses[0]) };

static void expect_line(enum method method, int status, int error)
{
    expect_error(
        methods[method].operation, text("%s /api/v4/machine_devices", methods[method].name),
        text(" %d %s: ", status, strerrorname_np(error)), text("Words of the server, %d", status));
}

START_TEST(each_status_has_its_errno_and_its_line_in_the_log)
{
    enum method method = (enum method)(_i % METHODS);
    int status = statuses[_i / METHODS].status;
    int error = statuses[_i / METHODS].error[method];
    expect_exists(NIC "/enabled");
    sim_fault(text("{\"method\": \"%s\", \"path\": \"%s\", \"status\": %d, \"times\": 0,"
                   " \"body\": \"{\\\"err\\\": \\\"Words of the server, %d\\\"}\"}",
                   methods[method].name, methods[method].path, status, status));
    sim_clear_log();
    int result = methods[method].act();
    if (result == 0 || errno != error) {
        fail_test("%s answered with %d: expected %s, found %s", methods[method].name, status,
                  strerrorname_np(error), result == 0 ? "success" : strerrorname_np(errno));
    }
    expect_line(method, status, error);
    if (method != GET) {
        ck_assert_int_eq(sim_count(methods[method].name, NULL), 1);
    }
    sim_clear_faults();
    expect_file("true\n", NIC "/enabled");
    expect_ok(methods[method].act());
}
END_TEST

START_TEST(a_row_that_is_gone_is_not_found)
{
    expect_exists(NIC "/enabled");
    sim_delete("machine_devices", NIC_KEY);
    expect_errno(ENOENT, do_put());
    sim_reset();
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    expect_exists(NIC "/enabled");
    sim_delete("machine_devices", NIC_KEY);
    expect_errno(ENOENT, do_delete());
    expect_gone(NIC);
}
END_TEST

START_TEST(a_group_that_is_gone_makes_a_creation_invalid)
{
    expect_exists(VM "/by-type/pci");
    read_file("resource_groups/NVMe Controllers/name");
    sim_delete("resource_groups", "5d1f0a10-6c01-4e1a-9b00-000000000007");
    expect_errno(EINVAL, mkdir(path(VM "/by-type/pci/new"), 0755));
    expect_error("mkdir", "POST /api/v4/machine_devices", "404 EINVAL", "resource_group");
}
END_TEST

/* ---- the server's words ---- */

static const struct {
    const char *body, *words;
} bodies[] = {
    {"{\\\"err\\\": \\\"plain words\\\"}", "EREMOTEIO: plain words"},
    {"{\\\"err\\\": {\\\"message\\\": \\\"nested words\\\"}}", "EREMOTEIO: nested words"},
    {"{\\\"err\\\": true, \\\"message\\\": \\\"words beside\\\"}", "EREMOTEIO: words beside"},
    {"{\\\"error\\\": \\\"other words\\\"}", "EREMOTEIO: other words"},
    {"{\\\"message\\\": \\\"a message\\\"}", "EREMOTEIO: a message"},
    {"just text", "EREMOTEIO: just text"},
    {"<html><body>Bad Gateway</body></html>", "in place of the API: HTTP 500, Bad Gateway"},
    {"", "EREMOTEIO: HTTP 500 without a word"},
    {"{\\\"err\\\": \\\"cut", "EREMOTEIO: {\"err\": \"cut"},
    {"[]", "EREMOTEIO: []"},
};

START_TEST(the_servers_words_are_found_in_every_form)
{
    expect_exists(NIC "/enabled");
    sim_fault(text("{\"method\": \"DELETE\", \"status\": 500, \"body\": \"%s\"}", bodies[_i].body));
    expect_errno(EREMOTEIO, do_delete());
    expect_error("500", bodies[_i].words);
}
END_TEST

/* ---- answers that are none ---- */

static const struct {
    const char *fault;
    int error;
} answers[] = {
    {"\"body\": \"[{\\\"$key\\\": 108,\"", EBADMSG},
    {"\"body\": \"[}\"", EBADMSG},
    {"\"body\": \"5\"", EBADMSG},
    {"\"truncate\": 200", EBADMSG},
    {"\"body\": \"<html>Welcome</html>\", \"content_type\": \"text/html\"", EREMOTEIO},
    {"\"body\": \"Welcome\", \"content_type\": \"text/plain\"", EREMOTEIO},
    {"\"deep\": 5000", EBADMSG},
    {"\"status\": 302, \"headers\": {\"Location\": \"/elsewhere\"}, \"body\": \"\"", EREMOTEIO},
};

START_TEST(an_answer_that_is_not_the_apis_is_an_error)
{
    expect_file("true\n", NIC "/enabled");
    sim_fault(text("{\"method\": \"GET\", \"path\": \"machine_devices*\", \"times\": 0, %s}",
                   answers[_i].fault));
    expect_errno(answers[_i].error, do_get());
    expect_error("GET /api/v4/machine_devices", strerrorname_np(answers[_i].error));
    sim_clear_faults();
    expect_file("true\n", NIC "/enabled");
}
END_TEST

START_TEST(an_answer_without_bounds_is_cut_off)
{
    sim_fault("{\"method\": \"GET\", \"path\": \"machine_devices*\", \"huge\": 50000000,"
              " \"times\": 0}");
    ck_assert_int_eq(do_get(), -1);
    expect_error("GET /api/v4/machine_devices");
    sim_clear_faults();
    expect_file("true\n", NIC "/enabled");
}
END_TEST

START_TEST(a_lost_answer_to_a_put_is_looked_up)
{
    expect_exists(NIC "/enabled");
    sim_fault("{\"method\": \"PUT\", \"drop\": \"after\"}");
    expect_ok(write_file("false\n", NIC "/enabled"));
    expect_field("false", "machine_devices", NIC_KEY, "enabled");
    sim_fault("{\"method\": \"PUT\", \"drop\": \"before\"}");
    ck_assert_int_eq(write_file("true\n", NIC "/enabled"), -1);
    expect_error("write", "PUT /api/v4/machine_devices/" NIC_KEY);
    expect_file("false\n", NIC "/enabled");
}
END_TEST

START_TEST(a_read_back_that_fails_is_an_error_and_nothing_stale_is_shown)
{
    expect_exists(NIC "/enabled");
    sim_fault("{\"method\": \"GET\", \"path\": \"machine_devices/*\", \"status\": 500}");
    expect_write_errno(EREMOTEIO, "false\n", NIC "/enabled");
    expect_error("EREMOTEIO", "; the change may have been made");
    expect_file("false\n", NIC "/enabled");
}
END_TEST

/* The kernel held the size of what was there before. */
START_TEST(after_a_read_back_that_fails_sizes_are_those_of_what_is_read)
{
    off_t size = status_of(NIC "/settings.json").st_size;
    sim_fault("{\"method\": \"GET\", \"path\": \"machine_device_settings*\", \"status\": 500}");
    expect_write_errno(EREMOTEIO, "{\"vlan\": 5}\n", NIC "/settings.json");
    ck_assert_int_eq(status_of(NIC "/settings.json").st_size, size - 2);
    ck_assert_uint_eq(strlen(read_file(NIC "/settings.json")), size - 2);
}
END_TEST

/* ---- the network ---- */

static volatile sig_atomic_t alarms;

static void count_alarm(int signal)
{
    (void)signal;
    alarms++;
}

static void alarm_soon(void)
{
    static const struct itimerval soon = {.it_value.tv_usec = 200000};
    struct sigaction action = {.sa_handler = count_alarm}; /* without SA_RESTART */
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
}

START_TEST(a_signal_interrupts_a_call)
{
    expect_exists(NIC "/enabled");
    sim_fault("{\"method\": \"GET\", \"hang\": true, \"times\": 0}");
    alarm_soon();
    expect_errno(EINTR, do_get());
    ck_assert_int_eq(alarms, 1);
    alarm_soon();
    expect_errno(EINTR, do_delete()); /* it asks first */
    ck_assert_int_eq(alarms, 2);
    expect_no_change();
    sim_clear_faults();
    expect_text("", last_error());
    expect_ok(do_delete());
}
END_TEST

/* Cut off, it would leave nobody knowing what became of it. */
START_TEST(a_change_that_is_under_way_is_waited_for_and_shown)
{
    expect_exists(NIC "/enabled");
    sim_fault("{\"method\": \"PUT\", \"after_ms\": 700}");
    alarm_soon();
    expect_errno(EINTR, do_put());
    ck_assert_int_eq(alarms, 1);
    expect_field("false", "machine_devices", NIC_KEY, "enabled");
    expect_file("false\n", NIC "/enabled");
    expect_changes("PUT machine_devices/" NIC_KEY " {\"enabled\":false}\n");
}
END_TEST

START_TEST(a_server_that_does_not_answer_times_out)
{
    struct mount *mount = mount_start(&(struct mount_options){.options = "timeout=1,retries=0"});
    mount_use(mount);
    expect_exists(NIC "/enabled");
    sim_fault("{\"method\": \"PUT\", \"hang\": true, \"times\": 0}");
    expect_errno(ETIMEDOUT, do_put());
    expect_error("write", "PUT /api/v4/machine_devices/" NIC_KEY, "ETIMEDOUT");
    sim_clear_faults();
    expect_ok(do_put());
}
END_TEST

START_TEST(a_server_that_is_gone_refuses_connections)
{
    struct sim *first = sim_current();
    struct sim *own = sim_start(NULL);
    sim_use(own);
    struct mount *mount = mount_start(&(struct mount_options){.options = "retries=0"});
    mount_use(mount);
    expect_exists(NIC "/enabled");
    sim_stop(own);
    sim_use(first);
    expect_errno(ECONNREFUSED, do_get());
    expect_error("GET /api/v4/vms", "ECONNREFUSED");
}
END_TEST

/* ---- the error log ---- */

static void fail_with(const char *words)
{
    sim_fault(text("{\"method\": \"PUT\", \"status\": 422, \"body\": \"%s\"}", words));
    expect_errno(EINVAL, do_put());
}

START_TEST(a_line_tells_who_did_what_to_which_file_and_what_came_of_it)
{
    fail_with("{\\\"err\\\": \\\"no such luck\\\"}");
    const char *line = last_error();
    struct tm utc;
    const char *rest = strptime(line, "%Y-%m-%dT%H:%M:%SZ ", &utc);
    ck_assert(rest != NULL);
    expect_text(text("check_errors[%d] write /" NIC "/enabled: PUT /api/v4/machine_devices/" NIC_KEY
                     ": 422 EINVAL: no such luck\n",
                     (int)getpid()),
                rest);
    double age = difftime(time(NULL), timegm(&utc));
    ck_assert(age >= -1 && age < 3600); /* time(2) may be a tick behind the clock of the log */
}
END_TEST

START_TEST(the_log_names_the_process)
{
    sim_fault("{\"method\": \"PUT\", \"status\": 422}");
    expect_run(1, "", "cp '%s' " NIC "/enabled 2>/dev/null || exit 1",
               (make_outside("value", "false\n"), outside("value")));
    expect_error(" cp[", " write /" NIC "/enabled");
}
END_TEST

static int lines_in(const char *log)
{
    int lines = 0;
    for (; *log != '\0'; log++) {
        lines += *log == '\n';
    }
    return lines;
}

START_TEST(the_log_holds_the_last_64_newest_last)
{
    for (int i = 1; i <= 70; i++) {
        fail_with(text("{\\\"err\\\": \\\"failure %d.\\\"}", i));
    }
    const char *log = read_file(".vergefs/error_log");
    ck_assert_int_eq(lines_in(log), 64);
    ck_assert(strstr(log, "failure 6.") == NULL);
    expect_contains("failure 7.\n", log);
    expect_contains("failure 70.\n", last_error());
    ck_assert(strstr(log, "failure 41.") < strstr(log, "failure 42."));
}
END_TEST

START_TEST(writing_anything_clears_the_log)
{
    static const char *const words[] = {"\n", "0\n", "x", "clear it\nall\n"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        fail_with("");
        ck_assert_int_eq(lines_in(read_file(".vergefs/error_log")), 1);
        expect_ok(write_file(words[i], ".vergefs/error_log"));
        expect_file("", ".vergefs/error_log");
    }
    fail_with("");
    expect_run(0, "", "echo > .vergefs/error_log");
    expect_file("", ".vergefs/error_log");
}
END_TEST

static const struct {
    const char *sent, *logged;
} hostile[] = {
    {"\\\"err\\\": \\\"bell \\\\u0007 and \\\\u001b[31mred\\\"", "bell ? and ?[31mred\n"},
    {"\\\"err\\\": \\\"two\\\\nlines\\\\r\\\\nand\\\\ttab\\\"", "two lines and tab\n"},
    {"\\\"err\\\": \\\"turn \\\\u202e round\\\"", "turn ? round\n"},
    {"\\\"err\\\": \\\"c1 \\\\u009b31m\\\"", "c1 ?31m\n"},
    {"\\\"err\\\": \\\"Grüße, 世界\\\"", "Grüße, 世界\n"},
};

START_TEST(the_log_is_printable_whatever_the_server_says)
{
    fail_with(text("{%s}", hostile[_i].sent));
    const char *log = read_file(".vergefs/error_log");
    ck_assert_int_eq(lines_in(log), 1);
    expect_contains(text("EINVAL: %s", hostile[_i].logged), log);
    ck_assert(strchr(mount_stderr(mount_current()), '\033') == NULL);
}
END_TEST

START_TEST(the_log_is_printable_whatever_bytes_come)
{
    sim_fault(
        "{\"method\": \"PUT\", \"status\": 422, \"body\": \"raw \\u001b[2J\\u0001\\r\\nend\"}");
    expect_errno(EINVAL, do_put());
    expect_error("EINVAL: raw ?[2J? end\n");
}
END_TEST

START_TEST(the_log_is_printable_whatever_the_process_is_called)
{
    make_outside("tool", "import ctypes, os\n"
                         "ctypes.CDLL(None).prctl(15, b'a\\x1b[1m\\nb', 0, 0, 0)\n"
                         "try: os.mkdir('vms/render-03/by-type/vgpu/x')\n"
                         "except OSError: pass\n");
    expect_run(0, "", "python3 '%s'", outside("tool"));
    ck_assert_int_eq(lines_in(read_file(".vergefs/error_log")), 1);
    expect_error("Z a?[1m[");
}
END_TEST

/* ---- no secret ---- */

START_TEST(the_key_is_in_no_log_error_or_process_list)
{
    fail_with(text("{\\\"err\\\": \\\"bad key %s given\\\"}", sim_token()));
    expect_error("bad key ****");
    fail_with(text("Authorization: Bearer %s", sim_token()));
    expect_error("Bearer ****");
    pid_t daemon = mount_pid(mount_current());
    const char *places[] = {
        read_file(".vergefs/error_log"),
        read_file(".vergefs/config"),
        read_file(".vergefs/stats"),
        mount_stderr(mount_current()),
        run("tr '\\0' ' ' < /proc/%d/cmdline", (int)daemon).out,
    };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        ck_assert(*places[i] != '\0' && strstr(places[i], sim_token()) == NULL);
    }
}
END_TEST

START_TEST(the_password_is_in_no_log_either)
{
    const char *password = text("VERGE_PASSWORD=%s", sim_password());
    const char *const env[] = {"VERGE_TOKEN", "VERGE_USERNAME=admin", password, NULL};
    struct mount *mount = mount_start(&(struct mount_options){.env = env, .options = "retries=0"});
    mount_use(mount);
    fail_with(
        text("{\\\"err\\\": \\\"for admin:%s or YWRtaW46dGhlLXBhc3N3b3JkLW9mLXRoZS10ZXN0cw==\\\"}",
             sim_password()));
    const char *log = read_file(".vergefs/error_log");
    ck_assert(strstr(log, "YWRtaW46dGhlLXBhc3N3b3JkLW9mLXRoZS10ZXN0cw") == NULL);
    ck_assert(strstr(log, sim_password()) == NULL);
    ck_assert(strstr(read_file(".vergefs/config"), sim_password()) == NULL);
}
END_TEST

/* ---- retries ---- */

static void fault(const char *method, const char *what, int times)
{
    sim_fault(text("{\"method\": \"%s\", \"path\": \"machine_devices*\", \"times\": %d, %s}",
                   method, times, what));
}

static const char *const passing[] = {
    "\"status\": 429",
    "\"status\": 502",
    "\"status\": 503",
    "\"status\": 504",
    "\"status\": 503, \"headers\": {\"Retry-After\": \"1\"}",
    "\"drop\": \"before\"",
    "\"drop\": \"after\"",
    "\"truncate\": 100",
};

START_TEST(what_passes_is_tried_again)
{
    double before = stat_value("vergefs_retries_total");
    fault("GET", passing[_i], 2);
    expect_ok(do_get());
    fault("PUT", passing[_i], 2);
    expect_ok(do_put());
    expect_field("false", "machine_devices", NIC_KEY, "enabled");
    bool put_passes =
        strstr(passing[_i], "truncate") == NULL; /* its answer is too short for that */
    ck_assert_int_eq((int)(stat_value("vergefs_retries_total") - before), put_passes ? 4 : 2);
    ck_assert_int_eq(sim_count("PUT", NULL), put_passes ? 3 : 1);
    fault("DELETE", passing[_i], 2);
    expect_ok(do_delete());
    ck_assert(sim_row("machine_devices", NIC_KEY) == NULL);
    expect_text("", last_error());
}
END_TEST

START_TEST(retries_come_to_an_end)
{
    expect_exists(NIC "/enabled");
    fault("PUT", "\"status\": 503", 0);
    expect_errno(EREMOTEIO, do_put());
    ck_assert_int_eq(sim_count("PUT", NULL), 3);
    fault("DELETE", "\"status\": 429", 0);
    expect_errno(EAGAIN, do_delete());
    ck_assert_int_eq(sim_count("DELETE", NULL), 3);
    sim_clear_faults();
    expect_ok(do_delete());
}
END_TEST

static const int final_statuses[] = {400, 401, 403, 405, 409, 413, 422, 500, 507};

START_TEST(what_does_not_pass_is_not_tried_again)
{
    expect_exists(NIC "/enabled");
    fault("PUT", text("\"status\": %d", final_statuses[_i]), 0);
    ck_assert_int_eq(do_put(), -1);
    ck_assert_int_eq(sim_count("PUT", NULL), 1);
    sim_clear_log();
    fault("GET", text("\"status\": %d", final_statuses[_i]), 0);
    ck_assert_int_eq(do_get(), -1);
    expect_requests("GET vms\nGET machine_devices\n");
}
END_TEST

START_TEST(a_creation_is_never_tried_again)
{
    static const char *const ways[] = {"\"status\": 429", "\"status\": 503",
                                       "\"drop\": \"before\""};
    fault("POST", ways[_i], 1);
    ck_assert_int_eq(do_post(), -1);
    ck_assert_int_eq(sim_count("POST", NULL), 1);
    expect_missing(NEW);
    expect_ok(do_post());
}
END_TEST

static void add_table_tests(Suite *suite)
{
    TCase *tests =
        mounted_case(suite, "table", NULL, &(struct mount_options){.options = "retries=0"});
    tcase_add_loop_test(tests, each_status_has_its_errno_and_its_line_in_the_log, 0,
                        STATUSES * METHODS);
    add_tests(tests, a_row_that_is_gone_is_not_found,
              a_group_that_is_gone_makes_a_creation_invalid);
}

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void add_answer_tests(Suite *suite)
{
    TCase *tests =
        mounted_case(suite, "answers", NULL, &(struct mount_options){.options = "retries=0"});
    tcase_add_loop_test(tests, the_servers_words_are_found_in_every_form, 0, COUNT(bodies));
    tcase_add_loop_test(tests, an_answer_that_is_not_the_apis_is_an_error, 0, COUNT(answers));
    add_tests(tests, an_answer_without_bounds_is_cut_off, a_lost_answer_to_a_put_is_looked_up,
              a_read_back_that_fails_is_an_error_and_nothing_stale_is_shown,
              after_a_read_back_that_fails_sizes_are_those_of_what_is_read,
              a_signal_interrupts_a_call, a_change_that_is_under_way_is_waited_for_and_shown,
              a_server_that_does_not_answer_times_out, a_server_that_is_gone_refuses_connections);
}

static void add_log_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "log", NULL, NULL);
    tcase_add_loop_test(tests, the_log_is_printable_whatever_the_server_says, 0, COUNT(hostile));
    add_tests(tests, a_line_tells_who_did_what_to_which_file_and_what_came_of_it,
              the_log_names_the_process, the_log_holds_the_last_64_newest_last,
              writing_anything_clears_the_log, the_log_is_printable_whatever_bytes_come,
              the_log_is_printable_whatever_the_process_is_called,
              the_key_is_in_no_log_error_or_process_list, the_password_is_in_no_log_either);
}

static void add_retry_tests(Suite *suite)
{
    static const char *const env[] = {"VERGE_RETRY_BACKOFF=0.01", NULL};
    TCase *tests = mounted_case(suite, "retries", NULL,
                                &(struct mount_options){.options = "retries=2", .env = env});
    tcase_add_loop_test(tests, what_passes_is_tried_again, 0, COUNT(passing));
    tcase_add_loop_test(tests, what_does_not_pass_is_not_tried_again, 0, COUNT(final_statuses));
    tcase_add_loop_test(tests, a_creation_is_never_tried_again, 0, 3);
    add_tests(tests, retries_come_to_an_end);
}

int main(void)
{
    Suite *suite = suite_create("errors");
    add_table_tests(suite);
    add_answer_tests(suite);
    add_log_tests(suite);
    add_retry_tests(suite);
    return run_suite(suite);
}
