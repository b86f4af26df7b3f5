/* SPDX-License-Identifier: MIT */
#include "tests/simulator/raw.h"
#include "tests/simulator/change.h"
#include "tests/simulator/devices.h"
#include "tests/simulator/power.h"
#include "tests/simulator/settings.h"
#include "tests/simulator/vms.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* 2024-01-01, from which the rows of a fleet date, an hour apart by key. */
enum { EPOCH = 1704067200, APART = 3600 };

static void add_devices(struct store *store, const struct value *machine, const cJSON *list);

/* A name in place of a key. */
static struct value resolve(const struct store *store, const struct column *column,
                            const cJSON *json)
{
    struct value value = value_from_json(json);

    if (column->type != TYPE_REFERENCE || value.kind != VALUE_TEXT ||
        column_find(column->target, "name") < 0 || store_row(store, column->target, &value))
        return value;

    struct range named = store_pointing(store, column->target, "name", &value);

    if (named.count) {
        value_clear(&value);
        value = value_copy(&named.rows[0]->cells[COLUMN_KEY]);
    }
    return value;
}

static void merge_settings(struct store *store, const struct row *device, const cJSON *json)
{
    struct row *row = settings_row(store, device);

    if (row)
        raw_merge(store, settings_table(store_text(TABLE_MACHINE_DEVICES, device, "type")), row,
                  json);
}

/* Members of a device that are no cells of its own row. */
static bool merge_device_member(struct store *store, const struct row *device, const cJSON *member)
{
    if (strcmp(member->string, "settings") == 0 && cJSON_IsObject(member))
        merge_settings(store, device, member);
    else if (strcmp(member->string, "status") == 0 && cJSON_IsString(member))
        device_set_status(store, device, member->valuestring, NULL);
    else if (strcmp(member->string, "status_info") == 0 && cJSON_IsString(member))
        device_set_status(store, device, NULL, member->valuestring);
    else
        return false;
    return true;
}

/* A VM that runs on a node is in the node's cluster. */
static void set_node(struct store *store, const struct row *vm, const cJSON *json)
{
    int column = column_named(TABLE_MACHINE_STATUS, "node");
    struct row *status = vm_status(store, vm);
    struct row *machine = store_follow(store, TABLE_VMS, vm, "machine");
    const struct row *node = NULL;

    if (!status || !machine)
        return;
    store_set(store, TABLE_MACHINE_STATUS, status, column,
              resolve(store, column_of(TABLE_MACHINE_STATUS, column), json));
    node = store_follow(store, TABLE_MACHINE_STATUS, status, "node");
    if (node)
        store_set(store, TABLE_MACHINES, machine, column_named(TABLE_MACHINES, "cluster"),
                  value_copy(store_cell(TABLE_NODES, node, "cluster")));
}

static bool merge_vm_member(struct store *store, const struct row *vm, const cJSON *member)
{
    struct row *status = vm_status(store, vm);

    if (strcmp(member->string, "running") == 0 && cJSON_IsBool(member))
        power_set(store, vm, cJSON_IsTrue(member));
    else if (strcmp(member->string, "status") == 0 && cJSON_IsString(member) && status)
        store_set_text(store, TABLE_MACHINE_STATUS, status, "status", member->valuestring);
    else if (strcmp(member->string, "node") == 0)
        set_node(store, vm, member);
    else if (strcmp(member->string, "devices") == 0)
        add_devices(store, store_cell(TABLE_VMS, vm, "machine"), member);
    else
        return false;
    return true;
}

static void add_resources(struct store *store, const struct row *group, const cJSON *count)
{
    for (int index = 0; cJSON_IsNumber(count) && index < count->valueint; index++) {
        struct row *resource = store_append(store, TABLE_RESOURCES);
        char name[300];

        (void)snprintf(name, sizeof(name), "%.256s #%d",
                       store_text(TABLE_RESOURCE_GROUPS, group, "name"), index + 1);
        store_set(store, TABLE_RESOURCES, resource, column_named(TABLE_RESOURCES, "resource_group"),
                  value_copy(&group->cells[COLUMN_KEY]));
        store_set_text(store, TABLE_RESOURCES, resource, "name", name);
    }
}

static bool merge_special(struct store *store, enum table_id table, struct row *row,
                          const cJSON *member)
{
    if (table == TABLE_MACHINE_DEVICES)
        return merge_device_member(store, row, member);
    if (table == TABLE_VMS)
        return merge_vm_member(store, row, member);
    if (table == TABLE_MACHINES && strcmp(member->string, "devices") == 0) {
        add_devices(store, &row->cells[COLUMN_KEY], member);
        return true;
    }
    if (table == TABLE_RESOURCE_GROUPS && strcmp(member->string, "resources") == 0) {
        add_resources(store, row, member);
        return true;
    }
    return false;
}

static void merge_cells(struct store *store, enum table_id table, struct row *row,
                        const cJSON *json)
{
    const cJSON *member = NULL;

    cJSON_ArrayForEach(member, json)
    {
        int column = column_find(table, member->string);
        bool special = (table == TABLE_MACHINE_DEVICES && cJSON_IsString(member) &&
                        strcmp(member->string, "status") == 0) ||
                       (table == TABLE_VMS && strcmp(member->string, "running") == 0);

        if (column > 0 && column_of(table, column)->type != TYPE_ROWS && !special)
            store_set(store, table, row, column, resolve(store, column_of(table, column), member));
    }
}

static void merge_specials(struct store *store, enum table_id table, struct row *row,
                           const cJSON *json)
{
    const cJSON *member = NULL;

    cJSON_ArrayForEach(member, json)(void) merge_special(store, table, row, member);
}

void raw_merge(struct store *store, enum table_id table, struct row *row, const cJSON *json)
{
    merge_cells(store, table, row, json);
    merge_specials(store, table, row, json);
}

static void set_time(struct store *store, enum table_id table, struct row *row, const cJSON *json,
                     const char *name, int64_t time)
{
    int column = column_find(table, name);

    if (column >= 0 && !cJSON_HasObjectItem(json, name))
        store_set(store, table, row, column, value_number(time));
}

static void set_times(struct store *store, enum table_id table, struct row *row, const cJSON *json,
                      enum raw_times times)
{
    const struct value *key = &row->cells[COLUMN_KEY];
    int64_t number =
        key->kind == VALUE_NUMBER ? key->number % 100000 : (int64_t)store_count(store, table);
    int64_t then = times == RAW_TIMES_NOW ? time(NULL) : EPOCH + number * APART;

    set_time(store, table, row, json, "created", then);
    set_time(store, table, row, json, "modified", times == RAW_TIMES_NOW ? then : then + 60);
    set_time(store, table, row, json, "last_update", then);
}

/* A device of a running machine is online unless the row says otherwise. */
static void set_usual_status(struct store *store, const struct row *device)
{
    bool on = device_runs(store, device) && store_truth(TABLE_MACHINE_DEVICES, device, "enabled");

    device_set_status(store, device, on ? "online" : "offline", NULL);
}

/* Where the key is neither given nor wrong it is the next one. */
static struct row *insert_row(struct store *store, enum table_id table, const cJSON *json,
                              char problem[256])
{
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(json, "$key");
    struct value key = value_from_json(given);
    enum value_kind wanted = table_of(table)->flags & UUID_KEYS ? VALUE_TEXT : VALUE_NUMBER;

    if (!given)
        return store_append(store, table);
    if (key.kind != wanted || store_row(store, table, &key)) {
        (void)snprintf(problem, 256, "%s: the $key is taken, or not of the right type",
                       table_of(table)->name);
        value_clear(&key);
        return NULL;
    }
    return store_insert(store, table, key);
}

struct row *raw_insert(struct store *store, enum table_id table, const cJSON *json,
                       enum raw_times times, char problem[256])
{
    struct row *row = insert_row(store, table, json, problem);

    if (!row)
        return NULL;
    set_times(store, table, row, json, times);
    merge_cells(store, table, row, json);
    change_complete(store, table, row);
    if (table == TABLE_MACHINE_DEVICES)
        set_usual_status(store, row);
    if (table == TABLE_MACHINE_DEVICES && !cJSON_HasObjectItem(json, "orderid"))
        device_set_last(store, row);
    merge_specials(store, table, row, json);
    return row;
}

static void add_devices(struct store *store, const struct value *machine, const cJSON *list)
{
    const cJSON *given = NULL;
    char problem[256];

    cJSON_ArrayForEach(given, list)
    {
        cJSON *json = cJSON_Duplicate(given, true);

        cJSON_DeleteItemFromObjectCaseSensitive(json, "machine");
        cJSON_AddItemToObject(json, "machine", value_to_json(machine));
        (void)raw_insert(store, TABLE_MACHINE_DEVICES, json, RAW_TIMES_FIXED, problem);
        cJSON_Delete(json);
    }
}

cJSON *raw_show(enum table_id table, const struct row *row)
{
    cJSON *json = cJSON_CreateObject();

    for (int column = 0; column < table_width(table); column++) {
        if (column_of(table, column)->type != TYPE_ROWS)
            cJSON_AddItemToObject(json, column_of(table, column)->name,
                                  value_to_json(&row->cells[column]));
    }
    return json;
}
