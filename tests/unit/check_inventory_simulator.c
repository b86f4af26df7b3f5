/* SPDX-License-Identifier: MIT */
/*
 * The inventory and the real transport against the simulator of the API, under each of its quirks.
 * Skipped where the simulator was not built.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/inventory.h"
#include "lib/value.h"
#include "tests/unit/unit.h"

#define SIMULATOR "./vergesim"
#define SKIPPED 77
#define TTL 600000

struct fixture {
    char directory[64], url[64];
    pid_t simulator;
    struct verge_transport *control;
    struct verge_client *client;
    struct verge_inventory *inventory;
    struct verge_want fresh;
    struct verge_error error;
};

static struct verge_transport *connect_to(const char *url)
{
    struct verge_transport_options options = {
        .base_url = url, .connect_ms = 10000, .connections = 4, .user_agent = "check"};
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_transport *transport = verge_transport_curl(&options, &error);

    ck_assert_ptr_nonnull(transport);
    return transport;
}

/* Of a generated fleet, or of the simulator's own data centre. */
static void start_simulator(struct fixture *f, const char *fleet)
{
    char ready[96], line[128];
    struct verge_call call = {INT64_MAX, NULL};
    FILE *file = NULL;

    snprintf(ready, sizeof(ready), "%s/ready", f->directory);
    f->simulator = fork();
    if (f->simulator == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL) {
            _exit(126);
        }
        execl(SIMULATOR, SIMULATOR, "--http", "0", "--https", "off", "--state", f->directory,
              "--ready-file", ready, "--die-with-parent", fleet != NULL ? "--fleet" : NULL, fleet,
              (char *)NULL);
        _exit(127);
    }
    while (file == NULL) {
        ck_assert_int_eq(waitpid(f->simulator, NULL, WNOHANG), 0);
        verge_sleep_until(&call, verge_now() + 10);
        file = fopen(ready, "r");
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        sscanf(line, "http %63s", f->url);
    }
    fclose(file);
}

static void control(struct fixture *f, const char *method, const char *path, const char *body)
{
    struct verge_request request = {
        .method = method, .path = path, .body = body, .answer_limit = (size_t)1 << 20};
    struct verge_answer answer = {.retry_after_ms = -1};

    ck_assert_int_eq(f->control->send(f->control, &f->fresh.call, &request, &answer, &f->error), 0);
    ck_assert_int_lt(answer.status, 300);
    verge_answer_free(&answer);
}

static void setup(struct fixture *f, const char *fleet)
{
    struct verge_client_options client = {.retries = 2, .backoff = 0.1};
    struct verge_inventory_options inventory = {.ttl_ms = TTL, .timeout_ms = 60000};
    struct verge_credentials credentials;

    memset(f, 0, sizeof(*f));
    strcpy(f->directory, "/tmp/check_inventory_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(f->directory));
    start_simulator(f, fleet);
    f->fresh = (struct verge_want){{verge_now() + 600000, NULL}, VERGE_FRESH};
    f->control = connect_to(f->url);
    verge_credentials_init(&credentials);
    credentials.token = strdup("vergesim-key");
    f->client = verge_client_new(connect_to(f->url), &credentials, &client, &f->error);
    verge_credentials_free(&credentials);
    f->inventory = verge_inventory_new(f->client, &inventory);
}

static void teardown(struct fixture *f)
{
    char command[128];

    verge_inventory_free(f->inventory);
    verge_client_free(f->client);
    f->control->free(f->control);
    kill(f->simulator, SIGTERM);
    waitpid(f->simulator, NULL, 0);
    snprintf(command, sizeof(command), "%s/ready", f->directory);
    unlink(command);
    rmdir(f->directory);
}

#define FIXTURE __attribute__((cleanup(teardown))) struct fixture

static uint64_t requests(struct fixture *f)
{
    struct verge_client_stats stats;
    uint64_t sum = 0;

    verge_client_stats(f->client, &stats);
    for (size_t i = 0; i < VERGE_METHODS; i++) {
        for (size_t j = 0; j < VERGE_STATUS_CLASSES; j++) {
            sum += stats.requests[i][j];
        }
    }
    return sum;
}

static struct verge_snapshot *list(struct fixture *f, enum verge_list_id id)
{
    struct verge_snapshot *snapshot = NULL;
    int rc = verge_list(f->inventory, &f->fresh, id, &snapshot, NULL, &f->error);

    ck_assert_msg(rc == 0, "%s: %s", verge_errno_name(f->error.errnum), f->error.text);
    return snapshot;
}

static size_t count(struct fixture *f, enum verge_list_id id)
{
    struct verge_snapshot *snapshot = list(f, id);
    size_t count = verge_snapshot_count(snapshot);

    verge_snapshot_release(snapshot);
    return count;
}

START_TEST(a_fleet_is_read)
{
    FIXTURE f;

    setup(&f, "300x5");
    ck_assert_int_eq(verge_inventory_measure(f.inventory, &f.fresh.call, &f.error), 0);
    ck_assert_uint_eq(requests(&f), 2);
    ck_assert_uint_eq(count(&f, VERGE_VMS), 300);
    ck_assert_uint_gt(count(&f, VERGE_DEVICES), 1500); /* and those of nodes, and of snapshots */
    ck_assert_uint_gt(count(&f, VERGE_GROUPS), 0);
    ck_assert_uint_eq(requests(&f), 2 + 1 + 2 + 1);
}
END_TEST

/* Of every type, each device with its settings: as many requests as there are tables. */
START_TEST(every_device_has_settings_where_its_type_has)
{
    FIXTURE f;
    struct verge_snapshot *devices;
    uint64_t before;
    size_t with = 0;

    setup(&f, "20x8");
    devices = list(&f, VERGE_DEVICES);
    before = requests(&f);
    for (size_t i = 0; i < verge_snapshot_count(devices); i++) {
        const struct verge_device *device =
            (const struct verge_device *)verge_snapshot_at(devices, i);
        const struct verge_device_type *type = verge_device_type_by_token(device->type);
        struct verge_settings *settings;

        ck_assert_int_eq(
            verge_find_settings(f.inventory, &f.fresh, device, &settings, NULL, NULL, &f.error), 0);
        if (type != NULL && type->setting_count > 0) {
            ck_assert_msg(settings != NULL, "no settings of a %s", device->type);
        }
        with += settings != NULL;
        verge_record_release(settings);
    }
    ck_assert_uint_gt(with, 0);
    ck_assert_uint_le(requests(&f) - before, VERGE_SETTINGS_TABLES);
    verge_snapshot_release(devices);
}
END_TEST

/* ---- whatever the manners of the server, the rows are the same ---- */

static const char *const quirks[] = {
    "{\"key_type\":\"string\"}",
    "{\"references\":\"string\"}",
    "{\"references\":\"object\"}",
    "{\"booleans\":\"int\"}",
    "{\"booleans\":\"string\"}",
    "{\"booleans\":\"yesno\"}",
    "{\"booleans\":\"onoff\"}",
    "{\"numbers\":\"string\"}",
    "{\"times\":\"ms\"}",
    "{\"times\":\"us\"}",
    "{\"strings_null\":\"on\"}",
    "{\"strings_null\":\"missing\"}",
    "{\"slashes\":\"escaped\"}",
    "{\"count_field\":\"off\"}",
    "{\"list_single\":\"object\"}",
    "{\"page_max\":\"1000\"}",
    "{\"settings_tables\":\"missing-for-machine_device_settings_usb\"}",
};

static void compare(const struct verge_snapshot *one, const struct verge_snapshot *other,
                    const char *quirk)
{
    ck_assert_uint_eq(verge_snapshot_count(one), verge_snapshot_count(other));
    for (size_t i = 0; i < verge_snapshot_count(one); i++) {
        const struct verge_record *before = verge_snapshot_at(one, i);
        uint64_t diff = verge_record_diff(before, verge_snapshot_at(other, i));

        ck_assert_msg(diff == 0, "%s: %s", quirk,
                      before->model->columns[__builtin_ctzll(diff)].name);
    }
}

START_TEST(rows_are_the_same_under_every_quirk)
{
    static const enum verge_list_id lists[] = {VERGE_VMS, VERGE_DEVICES, VERGE_GROUPS};
    struct verge_snapshot *plain[3];
    FIXTURE f;

    setup(&f, "12x8");
    for (size_t i = 0; i < 3; i++) {
        plain[i] = list(&f, lists[i]);
    }
    for (size_t j = 0; j < sizeof(quirks) / sizeof(quirks[0]); j++) {
        control(&f, "PUT", "/_sim/quirks", quirks[j]);
        verge_refresh(f.inventory);
        ck_assert_int_eq(verge_inventory_measure(f.inventory, &f.fresh.call, &f.error), 0);
        for (size_t i = 0; i < 3; i++) {
            struct verge_snapshot *snapshot = list(&f, lists[i]);

            if (i != 1 || strstr(quirks[j], "references") == NULL) {
                compare(plain[i], snapshot, quirks[j]);
            }
            verge_snapshot_release(snapshot);
        }
        control(&f, "DELETE", "/_sim/quirks", NULL);
    }
    for (size_t i = 0; i < 3; i++) {
        verge_snapshot_release(plain[i]);
    }
}
END_TEST

/* ---- writes, under each quirk ---- */

static struct verge_vm *first_vm(struct fixture *f)
{
    struct verge_snapshot *vms = list(f, VERGE_VMS);
    struct verge_vm *vm = verge_record_hold(verge_snapshot_at(vms, 0));

    verge_snapshot_release(vms);
    return vm;
}

/* The only enabled group of a type, or the first of them. */
static struct verge_group *group_for(struct fixture *f, const char *type)
{
    struct verge_snapshot *groups = list(f, VERGE_GROUPS);
    struct verge_group *found = NULL;

    for (size_t i = 0; found == NULL && i < verge_snapshot_count(groups); i++) {
        const struct verge_group *group = (const struct verge_group *)verge_snapshot_at(groups, i);

        if (strcmp(group->type, type) == 0 && group->enabled) {
            found = verge_record_hold(group);
        }
    }
    verge_snapshot_release(groups);
    return found;
}

static uint32_t attach(struct fixture *f, uint32_t machine, const struct verge_device_type *type)
{
    struct verge_group *group = type->needs_group ? group_for(f, type->token) : NULL;
    VERGE_JSON_LOCAL *settings = verge_type_default_settings(type);
    struct verge_device_request request = {.machine = machine,
                                           .type = type->token,
                                           .name = "made",
                                           .enabled = true,
                                           .resource_group = group != NULL ? &group->key : NULL,
                                           .settings = settings};
    struct verge_device **rows;
    size_t made;
    uint32_t key;
    int rc = verge_attach_device(f->inventory, &f->fresh.call, &request, &rows, &made, &f->error);

    ck_assert_msg(rc == 0, "%s: %s: %s", type->directory, verge_errno_name(f->error.errnum),
                  f->error.text);
    ck_assert_uint_eq(made, 1);
    ck_assert_str_eq(rows[0]->name, "made");
    key = rows[0]->record.key;
    verge_rows_free((struct verge_record **)rows, made);
    verge_record_release(group);
    return key;
}

static void check_settings(struct fixture *f, const struct verge_device *device,
                           const struct verge_identity *identity)
{
    VERGE_JSON_LOCAL *changes = cJSON_Parse(
        strcmp(device->type, "tpm") == 0 ? "{\"model\":\"tis\"}" : "{\"guest_reset\":false}");
    struct verge_settings *settings;
    int rc = verge_change_settings(f->inventory, &f->fresh.call, identity, changes, &f->error);

    ck_assert_msg(rc == 0, "%s: %s", verge_errno_name(f->error.errnum), f->error.text);
    ck_assert_int_eq(
        verge_find_settings(f->inventory, &f->fresh, device, &settings, NULL, NULL, &f->error), 0);
    if (settings != NULL) {
        VERGE_JSON_LOCAL *shown = verge_settings_json(settings);

        ck_assert(
            verge_setting_same(changes->child->string, changes->child,
                               cJSON_GetObjectItemCaseSensitive(shown, changes->child->string)));
    }
    verge_record_release(settings);
}

static void write_all(struct fixture *f)
{
    static const char *const types[] = {"tpm", "usb", "vgpu", "sriov_nic", "pci", "host_gpu"};
    struct verge_vm *vm = first_vm(f);
    VERGE_JSON_LOCAL *fields = cJSON_Parse("{\"name\":\"it's {new}\\\\\",\"enabled\":false,"
                                           "\"description\":\"\\u00e4/\\\"\",\"optional\":true}");

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        uint32_t key = attach(f, vm->machine, verge_device_type_by_directory(types[i]));
        struct verge_identity identity;
        struct verge_device *device;
        int rc;

        ck_assert_int_eq(verge_find_device(f->inventory, &f->fresh, key, &device, NULL, &f->error),
                         0);
        verge_device_identity(device, &identity);
        rc = verge_change_device(f->inventory, &f->fresh.call, &identity, fields, &f->error);
        ck_assert_msg(rc == 0, "%s: %s", verge_errno_name(f->error.errnum), f->error.text);
        if (i < 2) {
            check_settings(f, device, &identity);
        }
        ck_assert_int_eq(verge_detach_device(f->inventory, &f->fresh.call, &identity, &f->error),
                         0);
        verge_record_release(device);
    }
    verge_record_release(vm);
}

static const char *const write_quirks[] = {
    "{}",
    "{\"put_reply\":\"object\"}",
    "{\"put_reply\":\"row\"}",
    "{\"put_reply\":\"empty\"}",
    "{\"group_key\":\"int\"}",
    "{\"key_type\":\"string\",\"references\":\"object\"}",
    "{\"booleans\":\"onoff\",\"numbers\":\"string\"}",
    "{\"times\":\"us\",\"strings_null\":\"missing\"}",
    "{\"settings_tables\":\"off\"}",
    "{\"settings_rows\":\"none\"}",
};

START_TEST(writes_are_verified_under_every_quirk)
{
    FIXTURE f;

    setup(&f, NULL);
    control(&f, "PUT", "/_sim/quirks", write_quirks[_i]);
    write_all(&f);
}
END_TEST

START_TEST(power_changes_the_vm)
{
    FIXTURE f;
    struct verge_vm *vm, *after;

    setup(&f, "4x2");
    vm = first_vm(&f);
    ck_assert_int_eq(verge_power(f.inventory, &f.fresh.call, vm->record.key,
                                 vm->running ? "kill" : "poweron", &f.error),
                     0);
    ck_assert_int_eq(verge_find_vm(f.inventory, &f.fresh, vm->record.key, &after, NULL, &f.error),
                     0);
    ck_assert_int_ne(after->running, vm->running);
    verge_record_release(vm);
    verge_record_release(after);
}
END_TEST

/* A create whose answer is lost: the row is found, and there is one. */
START_TEST(a_lost_create_is_found)
{
    static const char *const faults[] = {
        "{\"method\":\"POST\",\"path\":\"machine_devices\",\"drop\":\"after\"}",
        "{\"method\":\"POST\",\"path\":\"machine_devices\",\"truncate\":0}",
    };
    FIXTURE f;
    struct verge_vm *vm;
    size_t before;

    setup(&f, "4x2");
    vm = first_vm(&f);
    before = count(&f, VERGE_DEVICES);
    control(&f, "POST", "/_sim/faults", faults[_i]);
    attach(&f, vm->machine, verge_device_type_by_directory("tpm"));
    verge_refresh(f.inventory);
    ck_assert_uint_eq(count(&f, VERGE_DEVICES), before + 1);
    verge_record_release(vm);
}
END_TEST

int main(void)
{
    Suite *suite;
    TCase *group;

    if (access(SIMULATOR, X_OK) != 0) {
        printf("there is no %s to run against\n", SIMULATOR);
        return SKIPPED;
    }
    suite = suite_create("inventory_simulator");
    group = tcase_create("simulator");
    suite_add_tcase(suite, group);
    tcase_set_timeout(group, 120);
    tcase_add_test(group, a_fleet_is_read);
    tcase_add_test(group, every_device_has_settings_where_its_type_has);
    tcase_add_test(group, rows_are_the_same_under_every_quirk);
    tcase_add_loop_test(group, writes_are_verified_under_every_quirk, 0,
                        sizeof(write_quirks) / sizeof(write_quirks[0]));
    tcase_add_test(group, power_changes_the_vm);
    tcase_add_loop_test(group, a_lost_create_is_found, 0, 2);
    return unit_run_suite(suite);
}
