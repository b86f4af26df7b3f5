/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/entries.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct verge_group *as_group(const struct verge_record *row)
{
    return row->model == &verge_group_model ? (const struct verge_group *)row : NULL;
}

const char *row_name(const struct verge_record *row)
{
    if (row->model == &verge_vm_model)
        return ((const struct verge_vm *)row)->name;
    if (row->model == &verge_device_model)
        return ((const struct verge_device *)row)->name;
    return ((const struct verge_group *)row)->name;
}

/* The key as people see it: a group's is a text of the API, the others' a number. */
static void row_key(const struct verge_record *row, char key[NAME_ROOM])
{
    const struct verge_group *group = as_group(row);
    if (group)
        snprintf(key, NAME_ROOM, "%s", group->key.text);
    else
        snprintf(key, NAME_ROOM, "%u", (unsigned)row->key);
}

static bool lower_key(const struct verge_record *one, const struct verge_record *other)
{
    const struct verge_group *group = as_group(one);
    if (!group)
        return one->key < other->key;
    return strcasecmp(group->key.text, as_group(other)->key.text) < 0;
}

bool entries_member(const struct entries *entries, const struct verge_record *row)
{
    return !entries->member || entries->member(row, entries->argument);
}

/* The member with the lowest key among those of one name. */
static const struct verge_record *first_named(const struct entries *entries, const char *name)
{
    const struct verge_record *first = NULL;
    for (size_t i = 0; i < entries->slice.count; i++) {
        const struct verge_record *row = entries->slice.rows[i];
        if (!strcmp(row_name(row), name) && entries_member(entries, row) &&
            (!first || lower_key(row, first)))
            first = row;
    }
    return first;
}

void entries_name(const struct entries *entries, const struct verge_record *row,
                  char file_name[NAME_ROOM])
{
    char key[NAME_ROOM];
    row_key(row, key);
    name_encode(row_name(row), key, first_named(entries, row_name(row)) == row, file_name);
}

static const struct verge_record *find_keyed(const struct entries *entries, const char *key)
{
    char other[NAME_ROOM];
    for (size_t i = 0; i < entries->slice.count; i++) {
        row_key(entries->slice.rows[i], other);
        if (!strcmp(other, key) && entries_member(entries, entries->slice.rows[i]))
            return entries->slice.rows[i];
    }
    return NULL;
}

const struct verge_record *entries_find(const struct entries *entries, const char *file_name)
{
    struct parsed_name parsed;
    if (name_parse(file_name, &parsed))
        return NULL;
    const struct verge_record *row =
        *parsed.key ? find_keyed(entries, parsed.key) : first_named(entries, parsed.name);
    if (!row)
        return NULL;
    char canonical[NAME_ROOM];
    entries_name(entries, row, canonical);
    return strcmp(canonical, file_name) ? NULL : row;
}

uint32_t type_sub(const char *token)
{
    const struct verge_device_type *known = verge_device_type_by_token(token);
    if (known)
        return (uint32_t)(known - verge_device_types);
    uint32_t first = (uint32_t)verge_device_type_count;
    return first + inode_hash(token) % (INODE_SUB_MAX - first);
}

bool device_of_type(const struct verge_record *row, const void *argument)
{
    return type_sub(((const struct verge_device *)row)->type) == *(const uint32_t *)argument;
}

bool device_of_group(const struct verge_record *row, const void *argument)
{
    return verge_group_is(argument, &((const struct verge_device *)row)->resource_group);
}
