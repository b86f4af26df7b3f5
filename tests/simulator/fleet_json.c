/* SPDX-License-Identifier: MIT */
#include "tests/simulator/fleet.h"
#include "tests/simulator/raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char demo[] =
#include "tests/simulator/demo_data.h"
    ;

/* What others refer to by name comes first. */
static const enum table_id first[] = {
    TABLE_SYSTEM,   TABLE_USERS, TABLE_CLUSTERS, TABLE_RESOURCE_GROUPS,
    TABLE_MACHINES, TABLE_NODES, TABLE_NODE_PCI, TABLE_VMS,
};

static bool is_first(enum table_id table)
{
    for (size_t index = 0; index < sizeof(first) / sizeof(*first); index++) {
        if (first[index] == table)
            return true;
    }
    return false;
}

static bool add_rows(struct store *store, enum table_id table, const cJSON *rows, char problem[256])
{
    const cJSON *row = NULL;

    cJSON_ArrayForEach(row, rows)
    {
        if (!cJSON_IsObject(row)) {
            (void)snprintf(problem, 256, "%s: a row is an object", table_of(table)->name);
            return false;
        }
        if (!raw_insert(store, table, row, RAW_TIMES_FIXED, problem))
            return false;
    }
    return true;
}

static bool add_tables(struct store *store, const cJSON *json, char problem[256])
{
    const cJSON *member = NULL;

    for (size_t index = 0; index < sizeof(first) / sizeof(*first); index++) {
        member = cJSON_GetObjectItemCaseSensitive(json, table_of(first[index])->name);
        if (!add_rows(store, first[index], member, problem))
            return false;
    }
    cJSON_ArrayForEach(member, json)
    {
        enum table_id table = table_find(member->string);

        if (table == TABLE_NONE) {
            (void)snprintf(problem, 256, "there is no table '%.100s'", member->string);
            return false;
        }
        if (!is_first(table) && !add_rows(store, table, member, problem))
            return false;
    }
    return true;
}

/* A file about VMs need not say what the system is called. */
static void add_system(struct store *store)
{
    struct row *system;

    if (store_count(store, TABLE_SYSTEM))
        return;
    system = store_append(store, TABLE_SYSTEM);
    store_set_text(store, TABLE_SYSTEM, system, "yb_version", "26.1.8");
    store_set_text(store, TABLE_SYSTEM, system, "os_version", "26.1.8");
    store_set_text(store, TABLE_SYSTEM, system, "cloud_name", "vergesim");
    store_set_text(store, TABLE_SYSTEM, system, "branch", "stable");
}

struct store *fleet_from_json(const char *text, char problem[256])
{
    cJSON *json = cJSON_Parse(text);
    struct store *store = store_new();
    bool good = cJSON_IsObject(json);

    if (good)
        good = add_tables(store, json, problem);
    else
        (void)snprintf(problem, 256, "not a JSON object");
    cJSON_Delete(json);
    if (!good) {
        store_free(store);
        return NULL;
    }
    add_system(store);
    return store;
}

struct store *fleet_demo(void)
{
    char problem[256] = "";
    struct store *store = fleet_from_json(demo, problem);

    if (!store) {
        (void)fprintf(stderr, "vergesim: the demo data: %s\n", problem);
        abort();
    }
    return store;
}
