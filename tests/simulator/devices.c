/* SPDX-License-Identifier: MIT */
#include "tests/simulator/devices.h"
#include "tests/simulator/keys.h"
#include "tests/simulator/settings.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const enum table_id DEVICES = TABLE_MACHINE_DEVICES;

enum { MOST_DEVICES_AT_ONCE = 16, LAST_ORDER = 64 };

/* What is known of each type beyond its label. */
static const struct type {
    const char *name, *prefix;
    bool needs_group, counted;
} types[] = {
    {"gpu", "gpu", false, false},
    {"nvidia_vgpu", "vgpu", false, false},
    {"tpm", "tpm", false, false},
    {"node_usb_devices", "usb", true, true},
    {"node_sriov_nic_devices", "sriov", true, true},
    {"node_pci_devices", "pci", true, true},
    {"node_host_gpu_devices", "gpu", true, true},
    {"node_nvidia_vgpu_devices", "vgpu", true, true},
};

static const struct type *find_type(const char *name)
{
    static const struct type unknown = {"", "device", false, true};

    for (size_t index = 0; index < sizeof(types) / sizeof(*types); index++) {
        if (strcmp(types[index].name, name) == 0)
            return &types[index];
    }
    return &unknown;
}

static struct range siblings(const struct store *store, const struct value *machine)
{
    return store_pointing(store, DEVICES, "machine", machine);
}

static bool name_taken(struct range devices, const char *name, const struct row *but)
{
    for (size_t index = 0; index < devices.count; index++) {
        if (devices.rows[index] != but &&
            strcmp(store_text(DEVICES, devices.rows[index], "name"), name) == 0)
            return true;
    }
    return false;
}

/* The first of stem_0, stem_1, … (or from 1, for the copies of a given name) that is free. */
static void free_name(char name[256], struct range devices, const char *stem, int first)
{
    do
        (void)snprintf(name, 256, "%.240s_%d", stem, first++);
    while (name_taken(devices, name, NULL));
}

static void set_name(struct store *store, struct row *device)
{
    char name[256];
    struct range devices = siblings(store, store_cell(DEVICES, device, "machine"));

    if (*store_text(DEVICES, device, "name"))
        return;
    free_name(name, devices, find_type(store_text(DEVICES, device, "type"))->prefix, 0);
    store_set_text(store, DEVICES, device, "name", name);
}

void device_set_last(struct store *store, struct row *device)
{
    struct range devices = siblings(store, store_cell(DEVICES, device, "machine"));
    int64_t next = 0;

    for (size_t index = 0; index < devices.count; index++) {
        int64_t order = store_number(DEVICES, devices.rows[index], "orderid");

        if (devices.rows[index] != device && order >= next)
            next = order + 1;
    }
    store_set_number(store, DEVICES, device, "orderid", next < LAST_ORDER ? next : LAST_ORDER);
}

static void set_status_row(struct store *store, struct row *device)
{
    struct row *status = store_append(store, TABLE_MACHINE_DEVICE_STATUS);

    store_set(store, TABLE_MACHINE_DEVICE_STATUS, status,
              column_named(TABLE_MACHINE_DEVICE_STATUS, "machine_device"),
              value_copy(&device->cells[COLUMN_KEY]));
    store_set(store, DEVICES, device, column_named(DEVICES, "status"),
              value_copy(&status->cells[COLUMN_KEY]));
}

void device_complete(struct store *store, struct row *device)
{
    const struct row *machine = store_follow(store, DEVICES, device, "machine");
    char uuid[37];

    set_name(store, device);
    if (machine)
        store_set_text(store, DEVICES, device, "machine_type",
                       store_text(TABLE_MACHINES, machine, "type"));
    if (!*store_text(DEVICES, device, "uuid")) {
        store_uuid(store, uuid);
        store_set_text(store, DEVICES, device, "uuid", uuid);
    }
    if (!store_follow(store, DEVICES, device, "status"))
        set_status_row(store, device);
    if (!settings_row(store, device))
        settings_create(store, device);
}

void device_remove(struct store *store, struct row *device)
{
    struct row *status = store_follow(store, DEVICES, device, "status");

    settings_remove(store, device);
    if (status)
        store_remove(store, TABLE_MACHINE_DEVICE_STATUS, status);
    store_remove(store, DEVICES, device);
}

void device_set_status(struct store *store, const struct row *device, const char *status,
                       const char *information)
{
    struct row *row = store_follow(store, DEVICES, device, "status");

    if (row && status)
        store_set_text(store, TABLE_MACHINE_DEVICE_STATUS, row, "status", status);
    if (row && information)
        store_set_text(store, TABLE_MACHINE_DEVICE_STATUS, row, "status_info", information);
    if (row)
        store_set_number(store, TABLE_MACHINE_DEVICE_STATUS, row, "last_update", time(NULL));
}

static bool machine_runs(const struct store *store, const struct value *key)
{
    const struct row *machine = store_row(store, TABLE_MACHINES, key);
    const struct row *status =
        machine ? store_follow(store, TABLE_MACHINES, machine, "status") : NULL;

    return status && store_truth(TABLE_MACHINE_STATUS, status, "running");
}

bool device_runs(const struct store *store, const struct row *device)
{
    return machine_runs(store, store_cell(DEVICES, device, "machine"));
}

void device_mark_restart(struct store *store, const struct row *device)
{
    const struct value *machine = store_cell(DEVICES, device, "machine");
    struct range vms = store_pointing(store, TABLE_VMS, "machine", machine);

    if (vms.count && machine_runs(store, machine))
        store_set_bool(store, TABLE_VMS, vms.rows[0], "need_restart", true);
}

static bool may_attach(const struct change *change, const struct value *machine)
{
    int refusal = (int)quirk(change->quirks, QUIRK_RUNNING_REFUSAL);

    if (refusal && machine_runs(change->store, machine))
        return answer_error(change->answer, refusal,
                            "The machine must be powered off to change its devices");
    return true;
}

/* A group implies the type, and the type says whether there must be a group. */
static bool check_type(struct change *change)
{
    const struct value *key = draft_value(&change->draft, "resource_group");
    const struct row *group =
        key->kind == VALUE_NULL ? NULL : store_row(change->store, TABLE_RESOURCE_GROUPS, key);

    if (group && !*draft_text(&change->draft, "type"))
        draft_set(&change->draft, "type",
                  value_copy(store_cell(TABLE_RESOURCE_GROUPS, group, "type")));

    const char *type = draft_text(&change->draft, "type");

    if (!*type)
        return draft_fails(change->answer, "type");
    if (find_type(type)->needs_group != (group != NULL))
        return draft_fails(change->answer, "resource_group");
    if (group && strcmp(store_text(TABLE_RESOURCE_GROUPS, group, "type"), type) != 0)
        return draft_fails(change->answer, "resource_group");
    return true;
}

/* How many devices the body asks for; 0 if that is no number from 1 to 16. */
static int64_t count_of(const cJSON *body)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(body, "count");
    struct value value = value_from_json(member);
    int64_t count = value.kind == VALUE_NUMBER ? value.number : 0;

    if (!member || cJSON_IsNull(member))
        count = 1;
    else if (value.kind == VALUE_TEXT && !parse_number(value_characters(&value), &count))
        count = 0;
    value_clear(&value);
    return count >= 1 && count <= MOST_DEVICES_AT_ONCE ? count : 0;
}

static bool check_count(struct change *change)
{
    int64_t count = count_of(change->body);

    if (!count || (count > 1 && !find_type(draft_text(&change->draft, "type"))->counted))
        return draft_fails(change->answer, "count");
    return true;
}

static bool check_name(const struct change *change)
{
    const char *name = draft_text(&change->draft, "name");

    if (!*name || quirk(change->quirks, QUIRK_DEVICE_NAMES) == DEVICE_NAMES_FREE)
        return true;
    if (name_taken(siblings(change->store, draft_value(&change->draft, "machine")), name,
                   change->row))
        return change_duplicate(change);
    return true;
}

static void drop_if_blank(struct draft *draft, const char *column)
{
    int index = column_named(draft->table, column);

    if (!*draft_text(draft, column))
        draft->given[index] = false;
}

/* A name of blanks only is no name. */
static void drop_blank_name(struct draft *draft)
{
    const char *name = draft_text(draft, "name");

    if (name[strspn(name, " \t\r\n")] == '\0')
        draft_set(draft, "name", value_text(""));
}

static bool check_create(struct change *change)
{
    struct draft *draft = &change->draft;

    if (draft_value(draft, "machine")->kind == VALUE_NULL)
        return draft_fails(change->answer, "machine");
    drop_blank_name(draft);
    drop_if_blank(draft, "uuid");
    return check_type(change) && check_count(change) && check_name(change) &&
           may_attach(change, draft_value(draft, "machine")) &&
           settings_read(
               &change->settings, change->store, change->quirks, draft_text(draft, "type"), NULL,
               cJSON_GetObjectItemCaseSensitive(change->body, "settings_args"), change->answer);
}

static void apply_settings(struct change *change, const struct row *device)
{
    struct row *row = settings_row(change->store, device);

    if (!row)
        return;
    if (quirk(change->quirks, QUIRK_SRIOV_OVERRIDES) == SRIOV_DROPPED &&
        change->settings.table == TABLE_SETTINGS_SRIOV)
        settings_drop_overrides(&change->settings, change->store, device);
    draft_apply(&change->settings, change->store, row);
}

/* The second and further devices of one request. */
static struct row *another(struct change *change)
{
    const char *name = draft_text(&change->draft, "name");
    struct row *device = store_append(change->store, DEVICES);
    char copy[256];

    draft_apply(&change->draft, change->store, device);
    store_set(change->store, DEVICES, device, column_named(DEVICES, "uuid"), value_text(""));
    if (*name) {
        free_name(copy, siblings(change->store, draft_value(&change->draft, "machine")), name, 1);
        store_set_text(change->store, DEVICES, device, "name", copy);
    }
    store_set_number(change->store, DEVICES, device, "created", time(NULL));
    change_touch(change->store, DEVICES, device);
    return device;
}

static void created(struct change *change)
{
    bool ordered = change->draft.given[column_named(DEVICES, "orderid")];
    struct row *device = change->row;

    for (int64_t left = count_of(change->body); left > 0; left--) {
        if (!ordered)
            device_set_last(change->store, device);
        device_complete(change->store, device);
        apply_settings(change, device);
        if (left > 1)
            device = another(change);
    }
    device_mark_restart(change->store, change->row);
    change->response = cJSON_CreateObject();
    cJSON_AddStringToObject(change->response, "uuid", store_text(DEVICES, change->row, "uuid"));
}

static bool check_update(struct change *change)
{
    const cJSON *arguments = cJSON_GetObjectItemCaseSensitive(change->body, "settings_args");

    drop_blank_name(&change->draft);
    if (change->draft.given[column_named(DEVICES, "name")] && !*draft_text(&change->draft, "name"))
        return draft_fails(change->answer, "name");
    return check_name(change) &&
           settings_read(&change->settings, change->store, change->quirks,
                         store_text(DEVICES, change->row, "type"),
                         settings_row(change->store, change->row), arguments, change->answer);
}

static void updated(struct change *change)
{
    if (quirk(change->quirks, QUIRK_SETTINGS_ARGS) == SETTINGS_ARGS_APPLY)
        apply_settings(change, change->row);
    device_mark_restart(change->store, change->row);
}

static bool check_delete(struct change *change)
{
    if (!may_attach(change, store_cell(DEVICES, change->row, "machine")))
        return false;
    device_mark_restart(change->store, change->row);
    return true;
}

const struct rules device_rules = {
    .check_create = check_create,
    .created = created,
    .check_update = check_update,
    .updated = updated,
    .check_delete = check_delete,
    .remove = device_remove,
};

static bool check_settings(struct change *change)
{
    return settings_check(&change->draft, change->answer);
}

static void settings_updated(struct change *change)
{
    const struct row *device =
        store_follow(change->store, change->draft.table, change->row, "machine_device");

    if (device)
        device_mark_restart(change->store, device);
}

const struct rules settings_rules = {.check_update = check_settings, .updated = settings_updated};
