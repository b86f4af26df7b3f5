/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/fixed.h"

#include <errno.h>
#include <string.h>

#include "fs/node.h"

/* The directories that every directory of a kind has; they keep its key. */
struct fixed {
    enum kind parent;
    const char *name;
    enum kind kind;
    bool hidden; /* entered, not listed: as .zfs is */
};

static const struct fixed rows[] = {
    {KIND_ROOT, "vms", KIND_VMS, false},
    {KIND_ROOT, "resource_groups", KIND_GROUPS, false},
    {KIND_ROOT, "devices", KIND_FLEET, false},
    {KIND_ROOT, "query", KIND_QUERIES, false},
    {KIND_ROOT, ".vergefs", KIND_CONTROL, true},
    {KIND_VM, "devices", KIND_DEVICES, false},
    {KIND_VM, "by-type", KIND_TYPES, false},
    {KIND_VM, "by-resource-group", KIND_VM_GROUPS, false},
    {KIND_GROUP, "devices", KIND_GROUP_FLEET, false},
};
static const size_t row_count = sizeof(rows) / sizeof(rows[0]);

int fixed_find(struct request *request, struct subject *subject, struct address directory,
               const char *name, struct node *node)
{
    for (size_t i = 0; i < row_count; i++)
        if (rows[i].parent == directory.kind && !strcmp(rows[i].name, name)) {
            node_directory(subject, (struct address){rows[i].kind, 0, directory.key}, node);
            return 0;
        }
    return files_find(request, subject, directory, name, node);
}

int fixed_list(struct request *request, struct subject *subject, struct address directory,
               struct listing *listing)
{
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].parent != directory.kind || rows[i].hidden)
            continue;
        struct node node;
        node_directory(subject, (struct address){rows[i].kind, 0, directory.key}, &node);
        listing_add(listing, rows[i].name, &node, false);
    }
    return files_list(request, subject, directory, listing);
}

/* Which kind the files of a directory are; the typed entries show the device's own files, never
 * second ones. */
static const enum kind file_kinds[KIND_COUNT] = {
    [KIND_VM] = KIND_VM_FILE,
    [KIND_DEVICE] = KIND_DEVICE_FILE,
    [KIND_TYPE_ENTRY] = KIND_DEVICE_FILE,
    [KIND_GROUP_ENTRY] = KIND_DEVICE_FILE,
    [KIND_GROUP] = KIND_GROUP_FILE,
    [KIND_CONTROL] = KIND_CONTROL_FILE,
};

int files_find(struct request *request, struct subject *subject, struct address directory,
               const char *name, struct node *node)
{
    uint32_t index = 0;
    if (!attribute_find(attributes_of(directory.kind), name, &index))
        return -ENOENT;
    struct address file = {file_kinds[directory.kind], index, directory.key};
    return node_file(request, subject, file, VERGE_RECENT, node);
}

int files_list(struct request *request, struct subject *subject, struct address directory,
               struct listing *listing)
{
    struct address file = {file_kinds[directory.kind], 0, directory.key};
    return node_list_files(request, subject, directory.kind, file, listing);
}
