/* SPDX-License-Identifier: MIT */
#include "tests/simulator/vms.h"
#include "tests/simulator/devices.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct row *vm_status(const struct store *store, const struct row *vm)
{
    const struct row *machine = store_follow(store, TABLE_VMS, vm, "machine");

    return machine ? store_follow(store, TABLE_MACHINES, machine, "status") : NULL;
}

bool vm_runs(const struct store *store, const struct row *vm)
{
    const struct row *status = vm_status(store, vm);

    return status && store_truth(TABLE_MACHINE_STATUS, status, "running");
}

/* Points one row's reference column at another row. */
static void point(struct store *store, enum table_id table, struct row *row, const char *column,
                  const struct row *target)
{
    store_set(store, table, row, column_named(table, column),
              value_copy(&target->cells[COLUMN_KEY]));
}

/* The key that the VM names, or a new one. A VM's key and its machine's must never be mistaken
 * for each other, so they never agree. */
static struct row *new_machine(struct store *store, const struct row *vm)
{
    const struct value *wanted = store_cell(TABLE_VMS, vm, "machine");
    int64_t key = store_next_number(store, TABLE_MACHINES);

    if (wanted->kind == VALUE_NUMBER)
        key = wanted->number;
    else if (vm->cells[COLUMN_KEY].kind == VALUE_NUMBER && key == vm->cells[COLUMN_KEY].number)
        key++;
    return store_insert(store, TABLE_MACHINES, value_number(key));
}

void machine_complete(struct store *store, struct row *machine)
{
    bool runs = strcmp(store_text(TABLE_MACHINES, machine, "type"), "vm") != 0;
    struct row *status;

    if (store_follow(store, TABLE_MACHINES, machine, "status"))
        return;
    status = store_append(store, TABLE_MACHINE_STATUS);
    point(store, TABLE_MACHINES, machine, "status", status);
    point(store, TABLE_MACHINE_STATUS, status, "machine", machine);
    store_set_bool(store, TABLE_MACHINE_STATUS, status, "running", runs);
    store_set_bool(store, TABLE_MACHINE_STATUS, status, "powerstate", runs);
    store_set_text(store, TABLE_MACHINE_STATUS, status, "status", runs ? "running" : "stopped");
    store_set_text(store, TABLE_MACHINE_STATUS, status, "state", runs ? "online" : "offline");
}

static void add_machine(struct store *store, struct row *vm)
{
    struct row *machine = new_machine(store, vm);
    struct range clusters = store_all(store, TABLE_CLUSTERS, COLUMN_KEY);

    if (clusters.count)
        point(store, TABLE_MACHINES, machine, "cluster", clusters.rows[0]);
    point(store, TABLE_VMS, vm, "machine", machine);
    machine_complete(store, machine);
}

void vm_complete(struct store *store, struct row *vm)
{
    char uuid[37];

    if (!*store_text(TABLE_VMS, vm, "uuid")) {
        store_uuid(store, uuid);
        store_set_text(store, TABLE_VMS, vm, "uuid", uuid);
    }
    if (!store_follow(store, TABLE_VMS, vm, "machine"))
        add_machine(store, vm);

    struct row *machine = store_follow(store, TABLE_VMS, vm, "machine");

    if (machine)
        store_set_text(store, TABLE_MACHINES, machine, "name", store_text(TABLE_VMS, vm, "name"));
}

void vm_remove(struct store *store, struct row *vm)
{
    struct row *machine = store_follow(store, TABLE_VMS, vm, "machine");
    struct row *status = vm_status(store, vm);

    for (;;) {
        struct range devices = store_pointing(store, TABLE_MACHINE_DEVICES, "machine",
                                              store_cell(TABLE_VMS, vm, "machine"));

        if (!machine || !devices.count)
            break;
        device_remove(store, devices.rows[devices.count - 1]);
    }
    if (status)
        store_remove(store, TABLE_MACHINE_STATUS, status);
    if (machine)
        store_remove(store, TABLE_MACHINES, machine);
    store_remove(store, TABLE_VMS, vm);
}

static bool check_fields(struct change *change)
{
    const struct value *ram = draft_value(&change->draft, "ram");

    if (ram->kind == VALUE_NUMBER && ram->number % 256 != 0)
        return draft_fails(change->answer, "ram");
    return change_named(change);
}

static void created(struct change *change)
{
    char machine[32];

    vm_complete(change->store, change->row);
    (void)snprintf(machine, sizeof(machine), "%" PRId64,
                   store_number(TABLE_VMS, change->row, "machine"));
    change->response = cJSON_CreateObject();
    cJSON_AddStringToObject(change->response, "machine", machine);
}

static void updated(struct change *change)
{
    vm_complete(change->store, change->row);
    if (vm_runs(change->store, change->row))
        store_set_bool(change->store, TABLE_VMS, change->row, "need_restart", true);
}

static bool check_delete(struct change *change)
{
    if (vm_runs(change->store, change->row))
        return answer_error(change->answer, 409, "A running VM cannot be deleted");
    return true;
}

const struct rules vm_rules = {
    .check_create = check_fields,
    .created = created,
    .check_update = check_fields,
    .updated = updated,
    .check_delete = check_delete,
    .remove = vm_remove,
};
