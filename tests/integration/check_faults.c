/* SPDX-License-Identifier: MIT
 *
 * The matrix of faults: what each way in which a server, or the network before it, can fail makes
 * of each kind of request. A cell says which errno the caller gets, how often the request was sent
 * and what the server has afterwards; what holds in every cell is in judge().
 */
#include "tests/integration/requests.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define VM "vms/render-03"
#define NIC VM "/devices/nic0"
#define NIC_KEY "108"
#define NEW VM "/by-type/tpm/new"
#define SRIOV "machine_device_settings_sriov_nic"

/* No cell may come near it: above the mount's own timeout, below the patience of a person. */
#define BOUND_SECONDS 60

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the columns: the requests that a fault can strike ---- */

enum method { LIST, SETTINGS, CHECK, PUT, READBACK, PUT_SETTINGS, POST, DELETE, METHODS };

static int list_devices(void)
{
    DIR *folder = opendir(path(VM "/devices"));
    errno = folder == NULL ? errno : 0;
    while (errno == 0 && folder != NULL && readdir(folder) != NULL) {
    }
    int error = errno;
    if (folder != NULL) {
        closedir(folder);
    }
    errno = error;
    return error == 0 ? 0 : -1;
}

/* Known by name: to look it up is to ask for its size, which takes the settings as well. */
static int settings = -1;

static int read_settings(void)
{
    return try_read("/proc/self/fd/%d", settings);
}

static int disable(void)
{
    return write_file("false\n", NIC "/enabled");
}

static int change_vlan(void)
{
    return write_file("{\"vlan\": 7}", NIC "/settings.json");
}

static int create(void)
{
    return mkdir(path(NEW), 0755);
}

static int delete (void)
{
    return rmdir(path(NIC));
}

static bool never(void)
{
    return false;
}

static bool is_disabled(void)
{
    return strcmp(sim_field("machine_devices", NIC_KEY, "enabled"), "false") == 0;
}

static bool has_new_vlan(void)
{
    return strcmp(sim_field(SRIOV, sim_key(SRIOV, "machine_device", NIC_KEY), "vlan"), "7") == 0;
}

static bool is_created(void)
{
    int count = 0;
    const cJSON *row = NULL;
    cJSON_ArrayForEach(row, sim_rows("machine_devices"))
    {
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(row, "name");
        count += strcmp(cJSON_GetStringValue(name), "new") == 0;
    }
    if (count > 1) {
        fail_test("the device was created %d times", count);
    }
    return count == 1;
}

static bool is_deleted(void)
{
    return sim_row("machine_devices", NIC_KEY) == NULL;
}

/* What the mount shows of the change that `done` finds at the server. */
static bool shows_nothing(void)
{
    return false;
}

static bool shows_disabled(void)
{
    return strcmp(read_file(NIC "/enabled"), "false\n") == 0;
}

static bool shows_vlan(void)
{
    return strstr(read_file(NIC "/settings.json"), "\"vlan\":\t7,") != NULL;
}

static bool shows_created(void)
{
    return exists(VM "/devices/new");
}

static bool shows_deleted(void)
{
    return !exists(NIC);
}

static const struct {
    const char *name, *verb, *path; /* of the requests that the fault strikes */
    const char *operation;          /* as the error log has it */
    int (*act)(void);
    bool (*done)(void);  /* whether the server carried it out */
    bool (*shown)(void); /* whether the mount shows that it did */
    bool changes, repeats;
} methods[METHODS] = {
    [LIST] = {"list", "GET", "machine_devices", "/vms/render-03/devices", list_devices, never,
              shows_nothing, false, true},
    [SETTINGS] = {"settings", "GET", SRIOV, "settings.json", read_settings, never, shows_nothing,
                  false, true},
    [CHECK] = {"row before DELETE", "GET", "machine_devices/" NIC_KEY, "rmdir", delete, is_deleted,
               shows_deleted, false, true},
    [PUT] = {"PUT", "PUT", "machine_devices/" NIC_KEY, "write", disable, is_disabled,
             shows_disabled, true, true},
    [READBACK] = {"row after PUT", "GET", "machine_devices/" NIC_KEY, "write", disable, is_disabled,
                  shows_disabled, false, true},
    [PUT_SETTINGS] = {"PUT settings", "PUT", SRIOV "/*", "write", change_vlan, has_new_vlan,
                      shows_vlan, true, true},
    [POST] = {"POST", "POST", "machine_devices", "mkdir", create, is_created, shows_created, true,
              false},
    [DELETE] = {"DELETE", "DELETE", "machine_devices/" NIC_KEY, "rmdir", delete, is_deleted,
                shows_deleted, true, true},
};

/* ---- the rows: what goes wrong, until it is cleared ---- */

struct fault {
    const char *name;
    const char *effect; /* members of the simulator's fault; NULL: idle connections are closed */
    bool after;         /* the request takes effect all the same */
    int tries;          /* of what may be repeated; `retries` is 1 */
    int error[METHODS];
};

#define ALL(error) \
    { \
        error, error, error, error, error, error, error, error \
    }
/* The answer to a change is lost after it was made: it is looked for and found. */
#define FOUND(error) \
    { \
        error, error, error, 0, error, 0, 0, 0 \
    }
/* What matters to reads alone, in the order of a list, settings, a row before, a row after. */
#define READS(list, settings, before, after) \
    { \
        list, settings, before, 0, after, 0, 0, 0 \
    }
#define STATUS(status) "\"status\": " #status
#define LATER(status, when) STATUS(status) ", \"headers\": {\"Retry-After\": \"" when "\"}"
#define HTML "\"content_type\": \"text/html\", \"body\": \"<html>oops</html>\""
#define INSTEAD(json) "\"replace\": " json
#define MEMBER(name, json) "\"patch\": {\"" name "\": " json "}"

static const struct fault answered[] = {
    /* the connection */
    {"idle connections closed", NULL, true, 1, ALL(0)},
    {"reset before", "\"drop\": \"before\"", false, 2, ALL(ECONNRESET)},
    {"reset after", "\"drop\": \"after\"", true, 2, FOUND(ECONNRESET)},
    {"truncated", "\"truncate\": 1", true, 2, FOUND(EBADMSG)},
    /* answers that are none */
    {"HTML instead", STATUS(200) ", " HTML, false, 1, ALL(EREMOTEIO)},
    {"HTML after", HTML, true, 1, FOUND(EREMOTEIO)},
    {"malformed", "\"body\": \"[{\\\"$key\\\": 1,\"", true, 1, FOUND(EBADMSG)},
    {"deeply nested", "\"deep\": 100000", false, 1, ALL(EBADMSG)},
    {"100 MB", "\"huge\": 100000000", false, 1, ALL(EFBIG)},
    /* statuses */
    {"400", STATUS(400), false, 1, ALL(EINVAL)},
    {"401", STATUS(401), false, 1, ALL(EKEYREJECTED)},
    {"403", STATUS(403), false, 1, ALL(EACCES)},
    {"404", STATUS(404), false, 1, {EREMOTEIO, 0, ENOENT, EINVAL, ENOENT, EINVAL, EINVAL, EINVAL}},
    {"405", STATUS(405), false, 1, ALL(EOPNOTSUPP)},
    {"409", STATUS(409), false, 1, {EBUSY, EBUSY, EBUSY, EBUSY, EBUSY, EBUSY, EEXIST, EBUSY}},
    {"413", STATUS(413), false, 1, ALL(EFBIG)},
    {"422", STATUS(422), false, 1, ALL(EINVAL)},
    {"429", STATUS(429), false, 2, ALL(EAGAIN)},
    {"429, try at once", LATER(429, "0"), false, 2, ALL(EAGAIN)},
    {"429, try in a second", LATER(429, "1"), false, 2, ALL(EAGAIN)},
    {"500", STATUS(500), false, 1, ALL(EREMOTEIO)},
    {"502", STATUS(502) ", " HTML, false, 2, ALL(EREMOTEIO)},
    {"503", STATUS(503), false, 2, ALL(EREMOTEIO)},
    {"503, try in a second", LATER(503, "1"), false, 2, ALL(EREMOTEIO)},
    {"504", STATUS(504), false, 2, ALL(EREMOTEIO)},
    {"507", STATUS(507), false, 1, ALL(ENOSPC)},
};

/* Answers of the right form that say something else than is so. */
static const struct fault untrue[] = {
    {"nothing changed", "\"ignore\": true", false, 1, {0, 0, 0, EIO, 0, EIO, EREMOTEIO, EIO}},
    {"a string", INSTEAD("\"text\""), true, 1, FOUND(EBADMSG)},
    {"a number", INSTEAD("5"), true, 1, FOUND(EBADMSG)},
    {"true", INSTEAD("true"), true, 1, FOUND(EBADMSG)},
    {"null", INSTEAD("null"), true, 1, READS(0, 0, ENOENT, ENOENT)},
    {"an empty array", INSTEAD("[]"), true, 1, READS(0, 0, ENOENT, ENOENT)},
    {"an empty object", INSTEAD("{}"), true, 1, READS(0, 0, ENOENT, ENOENT)},
    {"arrays in an array", INSTEAD("[[], []]"), true, 1, FOUND(EBADMSG)},
    {"strings in an array", INSTEAD("[\"a\"]"), true, 1, FOUND(EBADMSG)},
    {"null in an array", INSTEAD("[null]"), true, 1, FOUND(EBADMSG)},
    {"$key is a word", MEMBER("$key", "\"word\""), true, 1, READS(0, 0, EBADMSG, EBADMSG)},
    {"$key is null", MEMBER("$key", "null"), true, 1, READS(0, 0, EBADMSG, EBADMSG)},
    {"$key is negative", MEMBER("$key", "-1"), true, 1, READS(0, 0, EBADMSG, EBADMSG)},
    {"$key is vast", MEMBER("$key", "1e300"), true, 1, READS(0, 0, EBADMSG, EBADMSG)},
    {"$key is another", MEMBER("$key", "5"), true, 1, READS(0, 0, ESTALE, ESTALE)},
    {"machine is another", MEMBER("machine", "5"), true, 1, READS(0, 0, ESTALE, ESTALE)},
    {"uuid is another", MEMBER("uuid", "\"x\""), true, 1, READS(0, 0, ESTALE, ESTALE)},
    {"name is an array", MEMBER("name", "[1]"), true, 1, READS(0, 0, 0, 0)},
    {"type is a number", MEMBER("type", "5"), true, 1, READS(0, 0, 0, 0)},
    {"enabled is an object", MEMBER("enabled", "{\"a\": 1}"), true, 1, READS(0, 0, 0, EIO)},
    {"enabled is null", MEMBER("enabled", "null"), true, 1, READS(0, 0, 0, EIO)},
    {"orderid is a word", MEMBER("orderid", "\"first\""), true, 1, READS(0, 0, 0, 0)},
    {"modified is vast", MEMBER("modified", "-1e300"), true, 1, READS(0, 0, 0, 0)},
};

/* These last for as long as the mount lets them. */
static const struct fault silent[] = {
    {"stall", "\"hang\": true", false, 1, ALL(ETIMEDOUT)},
    {"stall after", "\"after_ms\": 600000", true, 1, ALL(ETIMEDOUT)},
    {"trickle",
     "\"trickle_ms\": 5000",
     true,
     1,
     {ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, 0}},
    {"429, try much later", LATER(429, "1000"), false, 1, ALL(EAGAIN)},
    {"503, try much later", LATER(503, "1000"), false, 1, ALL(EREMOTEIO)},
};

/* ---- a cell ---- */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The tree is known, but nothing of it fresh. */
static void warm_up(void)
{
    sim_clear_faults();
    sim_reset();
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    wait_until(exists(NIC "/enabled"));
    clear_error_log();
}

/* Only what is read here is to be asked for. */
static void make_stale(enum method method)
{
    if (method == SETTINGS) {
        settings = open_file(O_PATH, NIC "/settings.json");
        expect_ok(settings);
    } else {
        expect_exists(NIC "/settings.json");
    }
    if (method == LIST || method == SETTINGS) {
        expect_ok(write_file("1\n", ".vergefs/refresh"));
    }
}

static void strike(enum method method, const struct fault *fault)
{
    if (fault->effect == NULL) {
        sim_control("DELETE", "connections", NULL);
        return;
    }
    sim_fault(text("{\"method\": \"%s\", \"path\": \"%s\", \"times\": 0, %s}", methods[method].verb,
                   methods[method].path, fault->effect));
}

/* How often the method's requests were sent. */
static int sendings(enum method method)
{
    int count = 0;
    const cJSON *entry = NULL;
    size_t length = strcspn(methods[method].path, "*");
    cJSON_ArrayForEach(entry, sim_log())
    {
        const char *verb = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "method"));
        const char *where = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "path"));
        where += strlen("/api/v4/");
        count += strcmp(verb, methods[method].verb) == 0 &&
                 strncmp(where, methods[method].path, length) == 0 &&
                 (methods[method].path[length] == '*' || where[length] == '\0');
    }
    return count;
}

static const char *error_name(int error)
{
    return error == 0 ? "success" : strerrorname_np(error);
}

/* The kinds of rows differ in what can be said of all of them. */
enum kind {
    ANSWERED, /* the error log names the request */
    UNTRUE,   /* what the server said is shown until it is asked again */
    SILENT,
};

/* What is wrong with the last line of the error log; "" if nothing. */
static const char *judge_line(enum method method, enum kind kind, int error)
{
    const char *line = last_error();
    const char *where = methods[method].path;
    const char *const parts[] = {methods[method].operation, text(" %s: ", error_name(error)),
                                 methods[method].verb,
                                 text("%.*s", (int)strcspn(where, "*"), where)};
    for (size_t i = 0; i < (kind == ANSWERED ? 4 : 2); i++) {
        if (strstr(line, parts[i]) == NULL) {
            return text(" no '%s' in the error log's line: %s", parts[i], line);
        }
    }
    return "";
}

struct outcome {
    enum kind kind;
    int error, expected;
    int tries;  /* expected */
    bool after; /* the server does it in spite of the error */
    double took;
};

static bool to_be_done(enum method method, const struct outcome *outcome)
{
    bool worked = outcome->expected == 0;
    return methods[method].changes ? outcome->after || worked
                                   : method == READBACK || (method == CHECK && worked);
}

static const char *judge_requests(enum method method, const struct outcome *outcome)
{
    int sent = sendings(method);
    bool done = methods[method].done();
    const char *story = "";
    if (method == CHECK && outcome->expected == 0) {
        sent--; /* it is also asked afterwards whether the row is gone */
    }
    if (sent != outcome->tries) {
        story = text(" sent %d times, not %d;", sent, outcome->tries);
    }
    if (done != to_be_done(method, outcome)) {
        story = text("%s the server did%s do it;", story, done ? "" : " not");
    }
    if (sim_count("POST", NULL) > 1) {
        story = text("%s it was created more than once;", story);
    }
    return story;
}

/* Whatever happened, the mount shows what the server has; at once, but where that was denied. */
static const char *judge_mount(enum method method, const struct outcome *outcome)
{
    bool done = methods[method].done();
    sim_clear_faults();
    wait_until(exists(VM "/devices") && list_devices() == 0);
    if (outcome->error == ENOENT || outcome->kind == UNTRUE) {
        expect_ok(write_file("1\n", ".vergefs/refresh"));
    }
    return methods[method].shown() == done ? ""
                                           : text(" the mount does%s show it;", done ? " not" : "");
}

/* What is not as it has to be; "" if nothing. */
static const char *judge(enum method method, const struct outcome *outcome)
{
    const char *story = "";
    if (outcome->error != outcome->expected) {
        story = text(" expected %s, found %s;", error_name(outcome->expected),
                     error_name(outcome->error));
    } else if (outcome->error != 0 && outcome->error != ENOENT) {
        story = judge_line(method, outcome->kind, outcome->error);
    }
    if (outcome->took > BOUND_SECONDS) {
        story = text("%s took %.1f s;", story, outcome->took);
    }
    story = text("%s%s", story, judge_requests(method, outcome));
    return text("%s%s", story, judge_mount(method, outcome));
}

static const char *try_cell(enum method method, enum kind kind, const struct fault *fault)
{
    warm_up();
    make_stale(method);
    strike(method, fault);
    sim_clear_log();
    double start = seconds();
    errno = 0;
    int error = methods[method].act() == 0 ? 0 : errno;
    struct outcome outcome = {.kind = kind,
                              .error = error,
                              .expected = fault->error[method],
                              .tries = methods[method].repeats ? fault->tries : 1,
                              .after = fault->after,
                              .took = seconds() - start};
    const char *story = judge(method, &outcome);
    if (method == SETTINGS) {
        close(settings);
    }
    return *story == '\0' ? "" : text("%s x %s:%s\n", methods[method].name, fault->name, story);
}

/* The answer to a DELETE has no body that could be cut. */
static bool can_strike(enum method method, const struct fault *fault)
{
    return method != DELETE || strcmp(fault->name, "truncated") != 0;
}

static void try_row(enum kind kind, const struct fault *fault)
{
    const char *story = "";
    for (enum method method = 0; method < METHODS; method++) {
        if (can_strike(method, fault)) {
            story = text("%s%s", story, try_cell(method, kind, fault));
        }
    }
    if (*story != '\0') {
        fail_test("%s", story);
    }
}

START_TEST(each_fault_has_its_outcome_for_each_method)
{
    try_row(ANSWERED, &answered[_i]);
}
END_TEST

START_TEST(what_is_untrue_changes_nothing_else)
{
    try_row(UNTRUE, &untrue[_i]);
}
END_TEST

START_TEST(silence_ends_with_the_timeout)
{
    try_row(SILENT, &silent[_i]);
}
END_TEST

/* ---- another server, or none, at the address ---- */

static struct sim *restart(const char *port, const char *kind)
{
    const struct sim_options options = {.args =
                                            text("--https=%s --certificate-kind=%s", port, kind)};
    struct sim *sim = sim_start(&options);
    sim_use(sim);
    return sim;
}

static const struct {
    const char *name;
    const char *kind; /* of the certificate; NULL: no server */
    int error;
} impostors[] = {
    {"refused", NULL, ECONNREFUSED},
    {"wrong host", "wrong-host", EPROTO},
};

/* What the method comes to while the impostor is there instead. */
static const char *meet_impostor(enum method method, int which, const char *port, struct sim **sim)
{
    const char *story = "";
    warm_up();
    make_stale(method);
    sim_stop(*sim);
    *sim = impostors[which].kind == NULL ? NULL : restart(port, impostors[which].kind);
    errno = 0;
    int error = methods[method].act() == 0 ? 0 : errno;
    if (error != impostors[which].error) {
        story = text("%s x %s: expected %s, found %s\n", methods[method].name,
                     impostors[which].name, error_name(impostors[which].error), error_name(error));
    }
    if (*sim != NULL) {
        if (sim_count(NULL, NULL) != 0) {
            story = text("%s%s: requests were sent\n", story, impostors[which].name);
        }
        sim_stop(*sim);
    }
    *sim = restart(port, "good");
    wait_until(list_devices() == 0);
    return methods[method].shown() ? text("%s the mount shows it\n", story) : story;
}

START_TEST(nothing_is_sent_to_an_impostor)
{
    static const struct mount_options options = {.options = "retries=1,timeout=20"};
    struct sim *sim = sim_start(NULL);
    const char *port = text("%s", strrchr(sim_url(sim), ':') + 1);
    const char *story = "";
    sim_use(sim);
    mount_use(mount_start(&options));
    for (enum method method = 0; method < METHODS; method++) {
        story = text("%s%s", story, meet_impostor(method, _i, port, &sim));
    }
    if (*story != '\0') {
        fail_test("%s", story);
    }
}
END_TEST

/* ---- a login that came to its end ---- */

/* POST too: what was refused with 401 was not done. */
START_TEST(a_new_login_is_tried_once)
{
    const char *file = outside("credentials");
    const char *const env[] = {"VERGE_TOKEN", NULL};
    make_outside("credentials", text("VERGE_TOKEN=%s\n", sim_token()));
    expect_ok(chmod(file, 0600));
    const struct mount_options options = {.options = text("credentials=%s", file), .env = env};
    mount_use(mount_start(&options));
    warm_up();
    make_stale((enum method)_i);
    expect_ok(write_file("VERGE_TOKEN=another\n", "%s", file));
    sim_control("PUT", "token", "{\"token\": \"another\"}");
    sim_clear_log();
    expect_ok(methods[_i].act());
    if (_i != LIST && _i != SETTINGS) {
        ck_assert(methods[_i].done());
    }
    int refused = 0;
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, sim_log())
    {
        refused += cJSON_GetObjectItemCaseSensitive(entry, "status")->valueint == 401;
    }
    ck_assert_int_eq(refused, 1);
    expect_ok(unlink(file));
}
END_TEST

static Suite *make_suite(void)
{
    static const char *const backoff[] = {"VERGE_RETRY_BACKOFF=0.01", NULL};
    static const struct mount_options patient = {.options = "retries=1,timeout=20", .env = backoff};
    static const struct mount_options hasty = {.options = "retries=1,timeout=1", .env = backoff};
    Suite *suite = suite_create("faults");
    TCase *tcase = mounted_case(suite, "answered", NULL, &patient);
    tcase_add_loop_test(tcase, each_fault_has_its_outcome_for_each_method, 0, COUNT(answered));
    tcase_add_loop_test(tcase, what_is_untrue_changes_nothing_else, 0, COUNT(untrue));
    case_limit(tcase, 180);
    tcase = mounted_case(suite, "silent", NULL, &hasty);
    tcase_add_loop_test(tcase, silence_ends_with_the_timeout, 0, COUNT(silent));
    case_limit(tcase, 180);
    tcase = bare_case(suite, "impostor");
    tcase_add_loop_test(tcase, nothing_is_sent_to_an_impostor, 0, COUNT(impostors));
    case_limit(tcase, 180);
    tcase = mounted_case(suite, "login", NULL, &patient);
    tcase_add_loop_test(tcase, a_new_login_is_tried_once, 0, METHODS);
    return suite;
}

int main(void)
{
    return run_suite(make_suite());
}
