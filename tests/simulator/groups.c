/* SPDX-License-Identifier: MIT */
#include "tests/simulator/groups.h"

#include <inttypes.h>
#include <stdio.h>

static const enum table_id GROUPS = TABLE_RESOURCE_GROUPS;

static int64_t next_id(const struct store *store)
{
    struct range groups = store_all(store, GROUPS, COLUMN_KEY);
    int64_t last = 0;

    for (size_t i = 0; i < groups.count; i++) {
        int64_t id = store_number(GROUPS, groups.rows[i], "id");

        last = id > last ? id : last;
    }
    return last + 1;
}

void group_complete(struct store *store, struct row *group)
{
    if (!*store_text(GROUPS, group, "uuid"))
        store_set(store, GROUPS, group, column_named(GROUPS, "uuid"),
                  value_copy(&group->cells[COLUMN_KEY]));
    if (!store_number(GROUPS, group, "id"))
        store_set_number(store, GROUPS, group, "id", next_id(store));
    if (!store_number(GROUPS, group, "settings"))
        store_set_number(store, GROUPS, group, "settings", store_number(GROUPS, group, "id"));
}

static bool check_group(struct change *change)
{
    const cJSON *settings = cJSON_GetObjectItemCaseSensitive(change->body, "settings_args");

    if (settings && !cJSON_IsNull(settings) && !cJSON_IsObject(settings))
        return draft_fails(change->answer, "settings_args");
    return change_named(change);
}

/* The group's own settings are never shown, but its permissions to override matter. */
static void keep_settings(struct change *change)
{
    const cJSON *settings = cJSON_GetObjectItemCaseSensitive(change->body, "settings_args");

    if (cJSON_IsObject(settings))
        store_set(change->store, GROUPS, change->row, column_named(GROUPS, "settings_args"),
                  value_from_json(settings));
}

/* One rule for each host device that the group was created from. */
static void add_rules(struct change *change)
{
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(change->body, "key_args");
    const cJSON *key = NULL;

    cJSON_ArrayForEach(key, keys)
    {
        struct row *rule = store_append(change->store, TABLE_RESOURCE_RULES);
        char filter[64];

        (void)snprintf(filter, sizeof(filter), "$key eq %.0f", key->valuedouble);
        store_set(change->store, TABLE_RESOURCE_RULES, rule,
                  column_named(TABLE_RESOURCE_RULES, "resource_group"),
                  value_copy(&change->row->cells[COLUMN_KEY]));
        store_set(change->store, TABLE_RESOURCE_RULES, rule,
                  column_named(TABLE_RESOURCE_RULES, "type"),
                  value_copy(store_cell(GROUPS, change->row, "type")));
        store_set_text(change->store, TABLE_RESOURCE_RULES, rule, "name", filter);
        store_set_text(change->store, TABLE_RESOURCE_RULES, rule, "filter", filter);
        store_set_bool(change->store, TABLE_RESOURCE_RULES, rule, "system_created", true);
        change_touch(change->store, TABLE_RESOURCE_RULES, rule);
    }
}

static void group_created(struct change *change)
{
    group_complete(change->store, change->row);
    keep_settings(change);
    add_rules(change);
}

static bool check_group_delete(struct change *change)
{
    struct range devices = store_pointing(change->store, TABLE_MACHINE_DEVICES, "resource_group",
                                          &change->row->cells[COLUMN_KEY]);

    if (devices.count)
        return answer_error(change->answer, 409, "The resource group is in use by %zu devices",
                            devices.count);
    return true;
}

static void remove_pointing(struct store *store, enum table_id table, const char *column,
                            const struct row *target)
{
    for (;;) {
        struct range range = store_pointing(store, table, column, &target->cells[COLUMN_KEY]);

        if (!range.count)
            return;
        store_remove(store, table, range.rows[range.count - 1]);
    }
}

static void remove_group(struct store *store, struct row *group)
{
    remove_pointing(store, TABLE_RESOURCES, "resource_group", group);
    remove_pointing(store, TABLE_RESOURCE_RULES, "resource_group", group);
    store_remove(store, GROUPS, group);
}

const struct rules group_rules = {
    .check_create = check_group,
    .created = group_created,
    .check_update = check_group,
    .updated = keep_settings,
    .check_delete = check_group_delete,
    .remove = remove_group,
};

/* A rule is of the type of its group. */
static void rule_created(struct change *change)
{
    const struct row *group =
        store_follow(change->store, TABLE_RESOURCE_RULES, change->row, "resource_group");

    if (group)
        store_set(change->store, TABLE_RESOURCE_RULES, change->row,
                  column_named(TABLE_RESOURCE_RULES, "type"),
                  value_copy(store_cell(GROUPS, group, "type")));
}

static void remove_rule(struct store *store, struct row *rule)
{
    remove_pointing(store, TABLE_RESOURCES, "resource_rule", rule);
    store_remove(store, TABLE_RESOURCE_RULES, rule);
}

const struct rules rule_rules = {.created = rule_created, .remove = remove_rule};
