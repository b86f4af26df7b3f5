/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/models.h"

#define AT(member) offsetof(struct verge_group, member)

static const struct verge_column columns[] = {
    {"$key", NULL, VERGE_REFERENCE, AT(key), 0, false},
    {"uuid", NULL, VERGE_STRING, AT(uuid), 0, false},
    {"name", NULL, VERGE_STRING, AT(name), 0, false},
    {"description", NULL, VERGE_STRING, AT(description), 0, false},
    {"type", NULL, VERGE_STRING, AT(type), 0, false},
    {"type_display", "display(type) as type_display", VERGE_STRING, AT(type_display), 0, false},
    {"class", NULL, VERGE_STRING, AT(group_class), 0, false},
    {"class_display", "display(class) as class_display", VERGE_STRING, AT(class_display), 0, false},
    {"enabled", NULL, VERGE_BOOLEAN, AT(enabled), 1, false},
    {"resource_count", "count(resources) as resource_count", VERGE_INTEGER, AT(resource_count), 0,
     false},
    {"created", NULL, VERGE_TIME, AT(created), 0, false},
    {"modified", NULL, VERGE_TIME, AT(modified), 0, false},
};

/* A key that is a number, and small enough, is its own hash; of a UUID it is FNV-1a, case aside. */
static uint32_t hash_key(const struct verge_reference *key)
{
    uint32_t hash = 2166136261U;
    char *end;
    unsigned long number = strtoul(key->text, &end, 10);

    if (*end == '\0' && number > 0 && number <= VERGE_GROUP_KEY_MASK) {
        return (uint32_t)number;
    }
    for (const char *c = key->text; *c != '\0'; c++) {
        hash = (hash ^ (uint32_t)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c)) * 16777619U;
    }
    hash = (hash ^ (hash >> 26)) & VERGE_GROUP_KEY_MASK;
    return hash != 0 ? hash : 1;
}

static bool accept(struct verge_record *record)
{
    struct verge_group *group = (struct verge_group *)record;

    if (*group->key.text == '\0') {
        return false;
    }
    record->key = record->owner = hash_key(&group->key);
    return true;
}

const struct verge_model verge_group_model = {
    .table = "resource_groups",
    .columns = columns,
    .count = sizeof(columns) / sizeof(columns[0]),
    .size = sizeof(struct verge_group),
    .accept = accept,
};

bool verge_group_is(const struct verge_group *group, const struct verge_reference *reference)
{
    if (*reference->text == '\0') {
        return false;
    }
    return strcasecmp(group->key.text, reference->text) == 0 ||
           strcasecmp(group->uuid, reference->text) == 0;
}
