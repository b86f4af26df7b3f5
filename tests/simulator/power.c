/* SPDX-License-Identifier: MIT */
#include "tests/simulator/power.h"
#include "tests/simulator/change.h"
#include "tests/simulator/devices.h"
#include "tests/simulator/keys.h"
#include "tests/simulator/vms.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const enum table_id STATUS = TABLE_MACHINE_STATUS;

static void set_node(struct store *store, struct row *status, bool on)
{
    struct range nodes = store_all(store, TABLE_NODES, COLUMN_KEY);
    struct value node = {.kind = VALUE_NULL};

    if (on && store_follow(store, STATUS, status, "node"))
        return;
    if (on && nodes.count)
        node = value_copy(&nodes.rows[0]->cells[COLUMN_KEY]);
    store_set(store, STATUS, status, column_named(STATUS, "node"), node);
}

void power_set(struct store *store, const struct row *vm, bool on)
{
    struct row *status = vm_status(store, vm);

    if (!status)
        return;
    store_set_bool(store, STATUS, status, "running", on);
    store_set_bool(store, STATUS, status, "powerstate", on);
    store_set_text(store, STATUS, status, "status", on ? "running" : "stopped");
    store_set_text(store, STATUS, status, "state", on ? "online" : "offline");
    store_set_number(store, STATUS, status, "running_cores",
                     on ? store_number(TABLE_VMS, vm, "cpu_cores") : 0);
    store_set_number(store, STATUS, status, "running_ram",
                     on ? store_number(TABLE_VMS, vm, "ram") : 0);
    set_node(store, status, on);
}

static void set_devices(struct store *store, const struct row *vm, bool on)
{
    struct range devices = store_pointing(store, TABLE_MACHINE_DEVICES, "machine",
                                          store_cell(TABLE_VMS, vm, "machine"));

    for (size_t index = 0; index < devices.count; index++) {
        bool enabled = store_truth(TABLE_MACHINE_DEVICES, devices.rows[index], "enabled");

        device_set_status(store, devices.rows[index], on && enabled ? "online" : "offline", "");
    }
}

static void switch_power(struct store *store, struct row *vm, bool on)
{
    struct row *status = vm_status(store, vm);

    power_set(store, vm, on);
    set_devices(store, vm, on);
    if (status) {
        store_set_number(store, STATUS, status, "started", on ? time(NULL) : 0);
        store_set_number(store, STATUS, status, "last_update", time(NULL));
    }
    store_set_bool(store, TABLE_VMS, vm, "need_restart", false);
}

static void copy_cells(struct store *store, enum table_id table, struct row *into,
                       const struct row *from, const char *const *but)
{
    for (int column = 1; column < table_width(table); column++) {
        const char *name = column_of(table, column)->name;
        bool skip = column_of(table, column)->type == TYPE_ROWS;

        for (const char *const *other = but; *other; other++)
            skip = skip || strcmp(*other, name) == 0;
        if (!skip)
            store_set(store, table, into, column, value_copy(&from->cells[column]));
    }
}

static void copy_devices(struct store *store, const struct row *from, const struct row *into)
{
    static const char *const own[] = {"machine", "uuid", "status", NULL};
    const enum table_id table = TABLE_MACHINE_DEVICES;
    const struct value *machine = store_cell(TABLE_VMS, from, "machine");

    /* The range is asked for anew each time, as every copy changes the order it comes from. */
    for (size_t index = 0; index < store_pointing(store, table, "machine", machine).count;
         index++) {
        const struct row *device = store_pointing(store, table, "machine", machine).rows[index];
        struct row *copy = store_append(store, table);

        copy_cells(store, table, copy, device, own);
        store_set(store, table, copy, column_named(table, "machine"),
                  value_copy(store_cell(TABLE_VMS, into, "machine")));
        device_complete(store, copy);
    }
}

static struct row *copy_vm(struct store *store, const struct row *vm, const char *name,
                           bool snapshot)
{
    static const char *const own[] = {"machine", "uuid", "name", NULL};
    struct row *copy = store_append(store, TABLE_VMS);

    copy_cells(store, TABLE_VMS, copy, vm, own);
    store_set_text(store, TABLE_VMS, copy, "name", name);
    store_set_bool(store, TABLE_VMS, copy, "is_snapshot", snapshot);
    store_set_bool(store, TABLE_VMS, copy, "need_restart", false);
    store_set_number(store, TABLE_VMS, copy, "created", time(NULL));
    change_touch(store, TABLE_VMS, copy);
    vm_complete(store, copy);
    copy_devices(store, vm, copy);
    return copy;
}

static void add_number(cJSON *object, const char *name, int64_t number)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%" PRId64, number);
    cJSON_AddStringToObject(object, name, text);
}

static cJSON *clone(struct store *store, struct row *vm, const cJSON *parameters, bool snapshot)
{
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(parameters, "name");
    cJSON *response = cJSON_CreateObject();
    char name[256];

    (void)snprintf(name, sizeof(name), "%.200s_%lld", store_text(TABLE_VMS, vm, "name"),
                   (long long)time(NULL));

    struct row *copy =
        copy_vm(store, vm, cJSON_IsString(given) ? given->valuestring : name, snapshot);
    const struct row *machine = store_follow(store, TABLE_VMS, copy, "machine");

    add_number(response, "vmkey", copy->cells[COLUMN_KEY].number);
    add_number(response, "machinekey", store_number(TABLE_VMS, copy, "machine"));
    add_number(response, "machinestatuskey", store_number(TABLE_MACHINES, machine, "status"));
    add_number(response, "clusterkey", store_number(TABLE_MACHINES, machine, "cluster"));
    return response;
}

/* The guest starts anew, but on the hardware it has: what awaits a restart goes on waiting. */
static void reset(struct store *store, const struct row *vm)
{
    struct row *status = vm_status(store, vm);

    if (status && vm_runs(store, vm))
        store_set_number(store, STATUS, status, "last_update", time(NULL));
}

/* What the answer's `response` holds; NULL for most. */
static cJSON *perform(struct store *store, struct row *vm, const char *action,
                      const cJSON *parameters)
{
    bool start = strcmp(action, "poweron") == 0;
    bool stop = strcmp(action, "poweroff") == 0 || strcmp(action, "kill") == 0 ||
                strcmp(action, "hibernate") == 0;

    if (stop || (start && !vm_runs(store, vm)))
        switch_power(store, vm, start);
    else if (strcmp(action, "reset") == 0)
        reset(store, vm);
    else if (strcmp(action, "clone") == 0 || strcmp(action, "snapshot") == 0)
        return clone(store, vm, parameters, *action == 's');
    return NULL;
}

/* Those that are not performed are accepted all the same. */
static bool known(const char *action)
{
    static const char *const actions[] = {
        "poweron", "poweroff", "kill",      "reset",    "clone",        "snapshot",  "restore",
        "migrate", "move",     "hibernate", "changecd", "hotplugdrive", "hotplugnic"};

    for (size_t index = 0; index < sizeof(actions) / sizeof(*actions); index++) {
        if (strcmp(actions[index], action) == 0)
            return true;
    }
    return false;
}

static struct row *find_vm(const struct store *store, const struct quirks *quirks,
                           const cJSON *body)
{
    struct value key = value_from_json(cJSON_GetObjectItemCaseSensitive(body, "vm"));

    key_coerce(store, quirks, TABLE_VMS, &key);

    struct row *vm = key.kind == VALUE_NULL ? NULL : store_row(store, TABLE_VMS, &key);

    value_clear(&key);
    return vm;
}

void power_action(struct store *store, const struct quirks *quirks, const cJSON *body,
                  struct answer *answer)
{
    struct row *vm = find_vm(store, quirks, body);
    const cJSON *action = cJSON_GetObjectItemCaseSensitive(body, "action");
    const char *word = cJSON_IsString(action) ? action->valuestring : "";

    if (!vm) {
        (void)answer_error(answer, 404, "error setting field 'vm': No such file or directory");
        return;
    }
    if (!known(word)) {
        (void)answer_error(answer, 422, "value '%s' is not in list for field 'action'", word);
        return;
    }
    if (strcmp(word, "poweron") == 0 && store_truth(TABLE_VMS, vm, "is_snapshot")) {
        (void)answer_error(answer, 409, "A snapshot cannot be powered on");
        return;
    }

    cJSON *response = perform(store, vm, word, cJSON_GetObjectItemCaseSensitive(body, "params"));
    char *text = response ? cJSON_PrintUnformatted(response) : NULL;

    answer->status = 201;
    buffer_text(&answer->body, "{\"location\":\"/v4/vm_actions/1\",\"dbpath\":\"vm_actions/1\","
                               "\"$row\":1,\"$key\":\"1\"");
    if (text)
        buffer_printf(&answer->body, ",\"response\":%s", text);
    buffer_character(&answer->body, '}');
    cJSON_free(text);
    cJSON_Delete(response);
}
