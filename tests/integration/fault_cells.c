/* SPDX-License-Identifier: MIT */
#include "tests/integration/fault_cells.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/integration/requests.h"

#define VM "vms/render-03"
#define NIC VM "/devices/nic0"
#define NIC_KEY "108"
#define NEW VM "/by-type/tpm/new"
#define SRIOV "machine_device_settings_sriov_nic"

/* No cell may come near it: above the mount's own timeout, below the patience of a person. */
#define BOUND_SECONDS 60

/* ---- the requests that a fault can strike ---- */

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

const struct fault_method methods[METHODS] = {
    [LIST] = {"GET", "machine_devices", "/vms/render-03/devices", list_devices, never,
              shows_nothing, false, true},
    [SETTINGS] = {"GET", SRIOV, "settings.json", read_settings, never, shows_nothing, false, true},
    [CHECK] = {"GET", "machine_devices/" NIC_KEY, "rmdir", delete, is_deleted, shows_deleted, false,
               true},
    [PUT] = {"PUT", "machine_devices/" NIC_KEY, "write", disable, is_disabled, shows_disabled, true,
             true},
    [READBACK] = {"GET", "machine_devices/" NIC_KEY, "write", disable, is_disabled, shows_disabled,
                  false, true},
    [PUT_SETTINGS] = {"PUT", SRIOV "/*", "write", change_vlan, has_new_vlan, shows_vlan, true,
                      true},
    [POST] = {"POST", "machine_devices", "mkdir", create, is_created, shows_created, true, false},
    [DELETE] = {"DELETE", "machine_devices/" NIC_KEY, "rmdir", delete, is_deleted, shows_deleted,
                true, true},
};

/* ---- a cell ---- */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void warm_up(void)
{
    sim_clear_faults();
    sim_reset();
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    wait_until(exists(NIC "/enabled"));
    clear_error_log();
}

void make_stale(enum method method)
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

/* What is wrong with the last line of the error log; "" if nothing. */
static const char *judge_line(enum method method, enum fault_kind kind, int error)
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
    enum fault_kind kind;
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

const char *try_cell(enum method method, enum fault_kind kind, const struct fault *fault)
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
    return *story == '\0' ? "" : text("%s x %s:%s\n", method_names[method], fault->name, story);
}
