/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/shelves.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/fixed.h"
#include "fs/node.h"

/* A node of a row that is not the directory's own subject. */
static void row_node(const struct subject *subject, const struct verge_record *row,
                     struct address address, int64_t until, struct node *node)
{
    struct subject other = {.tree = subject->tree, .until = until};
    if (row->model == &verge_vm_model)
        other.vm = (struct verge_vm *)row;
    else if (row->model == &verge_device_model)
        other.device = (struct verge_device *)row;
    else
        other.group = (struct verge_group *)row;
    node_directory(&other, address, node);
}

static int64_t earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* ---- vms/ ---- */

static void vm_node(const struct subject *subject, const struct verge_record *vm, int64_t until,
                    struct node *node)
{
    row_node(subject, vm, (struct address){KIND_VM, 0, vm->key}, until, node);
}

/*
 * By name or key, through the inventory: with more VMs than a page holds, the list is not fetched
 * for one.
 */
static int find_vm(struct request *request, struct tree *tree, const struct parsed_name *parsed,
                   struct verge_vm **vm, int64_t *until)
{
    struct verge_want want = want_of(request, VERGE_RECENT);
    char *end = NULL;
    unsigned long key = strtoul(parsed->key, &end, 10);
    if (!*parsed->key)
        return verge_find_vm_named(tree->inventory, &want, parsed->name, vm, until,
                                   &request->error);
    if (*end || key == 0 || key > UINT32_MAX)
        return -ENOENT;
    return verge_find_vm(tree->inventory, &want, (uint32_t)key, vm, until, &request->error);
}

int vm_is_plain(struct request *request, struct tree *tree, const struct verge_vm *vm, bool *plain)
{
    struct verge_want want = want_of(request, VERGE_RECENT);
    struct verge_vm *first = NULL;
    int result =
        verge_find_vm_named(tree->inventory, &want, vm->name, &first, NULL, &request->error);
    *plain = !result && first->record.key == vm->record.key;
    verge_record_release((struct verge_record *)first);
    return result;
}

void vm_file_name(const struct verge_vm *vm, bool plain, char file_name[NAME_ROOM])
{
    char key[16];
    snprintf(key, sizeof(key), "%u", (unsigned)vm->record.key);
    name_encode(vm->name, key, plain, file_name);
}

int vms_find(struct request *request, struct subject *subject, struct address directory,
             const char *name, struct node *node)
{
    (void)directory;
    struct parsed_name parsed;
    if (name_parse(name, &parsed))
        return -ENOENT;
    struct verge_vm *vm = NULL;
    int64_t until = 0;
    int result = find_vm(request, subject->tree, &parsed, &vm, &until);
    bool plain = !*parsed.key;
    if (!result && !plain)
        result = vm_is_plain(request, subject->tree, vm, &plain);
    if (!result) {
        char canonical[NAME_ROOM];
        vm_file_name(vm, plain, canonical);
        result = strcmp(canonical, name) ? -ENOENT : 0;
    }
    if (!result)
        vm_node(subject, &vm->record, until, node);
    verge_record_release((struct verge_record *)vm);
    return result;
}

int vms_list(struct request *request, struct subject *subject, struct address directory,
             struct listing *listing)
{
    (void)directory;
    struct verge_want want = want_of(request, VERGE_FRESH);
    struct verge_snapshot *vms = NULL;
    int64_t until = 0;
    int result =
        verge_list(subject->tree->inventory, &want, VERGE_VMS, &vms, &until, &request->error);
    if (result)
        return result;
    for (size_t i = 0; i < verge_snapshot_count(vms); i++) {
        const struct verge_record *row = verge_snapshot_at(vms, i);
        struct node node;
        char file_name[NAME_ROOM];
        struct verge_slice equals = verge_snapshot_named(vms, row_name(row));
        vm_file_name((const struct verge_vm *)row, equals.rows[0] == row, file_name);
        vm_node(subject, row, until, &node);
        listing_add(listing, file_name, &node, false);
    }
    verge_snapshot_release(vms);
    return 0;
}

/* ---- directories of devices ---- */

const struct verge_group *group_at(const struct verge_snapshot *groups, uint32_t sub)
{
    return (const struct verge_group *)verge_snapshot_row(groups, sub);
}

/* by-resource-group/<group>: its members are told by the group's key and UUID. */
static int shelf_group(struct request *request, const struct subject *subject, uint32_t sub,
                       enum verge_freshness freshness, struct shelf *shelf)
{
    struct verge_want want = want_of(request, freshness);
    int64_t until = 0;
    int result = verge_list(subject->tree->inventory, &want, VERGE_GROUPS, &shelf->groups, &until,
                            &request->error);
    if (result)
        return result;
    shelf->until = earlier(shelf->until, until);
    shelf->entries.member = device_of_group;
    shelf->entries.argument = group_at(shelf->groups, sub);
    return shelf->entries.argument ? 0 : -ENOENT;
}

int shelf_open(struct request *request, const struct subject *subject, struct address directory,
               enum verge_freshness freshness, struct shelf *shelf)
{
    *shelf = (struct shelf){.until = subject->until, .type = directory.sub};
    struct verge_want want = want_of(request, freshness);
    uint32_t machine = subject->device ? subject->device->machine : subject->vm->machine;
    int64_t until = 0;
    int result = verge_list_devices(subject->tree->inventory, &want, machine, &shelf->devices,
                                    &until, &request->error);
    if (result)
        return result;
    shelf->until = earlier(shelf->until, until);
    shelf->entries.slice = verge_snapshot_slice(shelf->devices, machine);
    if (directory.kind == KIND_TYPE) {
        shelf->entries.member = device_of_type;
        shelf->entries.argument = &shelf->type;
    }
    if (directory.kind == KIND_VM_GROUP)
        result = shelf_group(request, subject, directory.sub, freshness, shelf);
    return result;
}

void shelf_close(struct shelf *shelf)
{
    verge_snapshot_release(shelf->devices);
    verge_snapshot_release(shelf->groups);
    free(shelf->rows);
}

/* What a device is in a directory: only devices/ has the real one. */
static const enum kind entry_kinds[KIND_COUNT] = {
    [KIND_DEVICES] = KIND_DEVICE,
    [KIND_TYPE] = KIND_TYPE_ENTRY,
    [KIND_VM_GROUP] = KIND_GROUP_ENTRY,
};

static void device_node(const struct subject *subject, const struct shelf *shelf,
                        struct address directory, const struct verge_record *device,
                        struct node *node)
{
    struct address address = {entry_kinds[directory.kind], 0, device->key};
    row_node(subject, device, address, shelf->until, node);
}

int devices_find(struct request *request, struct subject *subject, struct address directory,
                 const char *name, struct node *node)
{
    SHELF_LOCAL shelf;
    int result = shelf_open(request, subject, directory, VERGE_RECENT, &shelf);
    if (result)
        return result;
    const struct verge_record *device = entries_find(&shelf.entries, name);
    if (!device)
        return -ENOENT;
    device_node(subject, &shelf, directory, device, node);
    return 0;
}

int devices_list(struct request *request, struct subject *subject, struct address directory,
                 struct listing *listing)
{
    SHELF_LOCAL shelf;
    int result = shelf_open(request, subject, directory, VERGE_FRESH, &shelf);
    if (result)
        return result;
    for (size_t i = 0; i < shelf.entries.slice.count; i++) {
        const struct verge_record *device = shelf.entries.slice.rows[i];
        if (!entries_member(&shelf.entries, device))
            continue;
        struct node node;
        char file_name[NAME_ROOM];
        entries_name(&shelf.entries, device, file_name);
        device_node(subject, &shelf, directory, device, &node);
        listing_add(listing, file_name, &node, false);
    }
    return 0;
}

/* ---- by-type/ ---- */

static void type_node(const struct subject *subject, struct address directory, uint32_t type,
                      struct node *node)
{
    node_directory(subject, (struct address){KIND_TYPE, type, directory.key}, node);
}

static void unknown_type_name(const char *token, char file_name[NAME_ROOM])
{
    name_encode(token, "", true, file_name);
}

/* A type that this program does not know has a directory as long as the VM has a device of it. */
static const struct verge_device *first_unknown(const struct shelf *shelf, size_t index)
{
    const struct verge_device *device =
        (const struct verge_device *)shelf->entries.slice.rows[index];
    if (verge_device_type_by_token(device->type) || !*device->type)
        return NULL;
    for (size_t i = 0; i < index; i++)
        if (type_sub(((const struct verge_device *)shelf->entries.slice.rows[i])->type) ==
            type_sub(device->type))
            return NULL;
    return device;
}

int types_find(struct request *request, struct subject *subject, struct address directory,
               const char *name, struct node *node)
{
    const struct verge_device_type *known = verge_device_type_by_directory(name);
    if (known) {
        type_node(subject, directory, type_sub(known->token), node);
        return 0;
    }
    SHELF_LOCAL shelf;
    int result = shelf_open(request, subject, directory, VERGE_RECENT, &shelf);
    for (size_t i = 0; !result && i < shelf.entries.slice.count; i++) {
        const struct verge_device *device = first_unknown(&shelf, i);
        char file_name[NAME_ROOM];
        if (!device)
            continue;
        unknown_type_name(device->type, file_name);
        if (!strcmp(file_name, name)) {
            type_node(subject, directory, type_sub(device->type), node);
            return 0;
        }
    }
    return result ? result : -ENOENT;
}

int types_list(struct request *request, struct subject *subject, struct address directory,
               struct listing *listing)
{
    struct node node;
    for (size_t i = 0; i < verge_device_type_count; i++) {
        type_node(subject, directory, (uint32_t)i, &node);
        listing_add(listing, verge_device_types[i].directory, &node, false);
    }
    SHELF_LOCAL shelf;
    int result = shelf_open(request, subject, directory, VERGE_FRESH, &shelf);
    for (size_t i = 0; !result && i < shelf.entries.slice.count; i++) {
        const struct verge_device *device = first_unknown(&shelf, i);
        char file_name[NAME_ROOM];
        if (!device)
            continue;
        unknown_type_name(device->type, file_name);
        type_node(subject, directory, type_sub(device->type), &node);
        listing_add(listing, file_name, &node, false);
    }
    return result;
}

/* ---- resource_groups/ and by-resource-group/ ---- */

static void group_node(const struct subject *subject, struct address directory,
                       const struct verge_record *group, int64_t until, struct node *node)
{
    struct subject vm = *subject; /* by-resource-group/<group> is a part of the VM, times and all */
    vm.until = earlier(until, subject->until);
    if (directory.kind == KIND_VM_GROUPS)
        node_directory(&vm, (struct address){KIND_VM_GROUP, group->key, directory.key}, node);
    else
        row_node(subject, group, (struct address){KIND_GROUP, 0, group->key}, vm.until, node);
}

static int groups_open(struct request *request, struct subject *subject,
                       enum verge_freshness freshness, struct shelf *shelf)
{
    *shelf = (struct shelf){0};
    struct verge_want want = want_of(request, freshness);
    int result = verge_list(subject->tree->inventory, &want, VERGE_GROUPS, &shelf->groups,
                            &shelf->until, &request->error);
    if (result)
        return result;
    size_t count = verge_snapshot_count(shelf->groups);
    shelf->rows = calloc(count + 1, sizeof(*shelf->rows));
    if (!shelf->rows)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        shelf->rows[i] = verge_snapshot_at(shelf->groups, i);
    shelf->entries.slice = (struct verge_slice){shelf->rows, count};
    return 0;
}

int groups_find(struct request *request, struct subject *subject, struct address directory,
                const char *name, struct node *node)
{
    SHELF_LOCAL shelf;
    int result = groups_open(request, subject, VERGE_RECENT, &shelf);
    if (result)
        return result;
    const struct verge_record *group = entries_find(&shelf.entries, name);
    if (!group)
        return -ENOENT;
    group_node(subject, directory, group, shelf.until, node);
    return 0;
}

int groups_list(struct request *request, struct subject *subject, struct address directory,
                struct listing *listing)
{
    SHELF_LOCAL shelf;
    int result = groups_open(request, subject, VERGE_FRESH, &shelf);
    for (size_t i = 0; !result && i < shelf.entries.slice.count; i++) {
        struct node node;
        char file_name[NAME_ROOM];
        entries_name(&shelf.entries, shelf.entries.slice.rows[i], file_name);
        group_node(subject, directory, shelf.entries.slice.rows[i], shelf.until, &node);
        listing_add(listing, file_name, &node, false);
    }
    return result;
}

/* ---- the entries of typed directories ---- */

static const char link_name[] = "device";

static struct address link_address(struct address directory)
{
    enum kind kind = directory.kind == KIND_TYPE_ENTRY ? KIND_TYPE_LINK : KIND_GROUP_LINK;
    return (struct address){kind, 0, directory.key};
}

int link_target(struct request *request, struct subject *subject, struct address link,
                struct verge_text *target)
{
    (void)link;
    SHELF_LOCAL shelf;
    struct address devices = {KIND_DEVICES, 0, 0};
    int result = shelf_open(request, subject, devices, VERGE_RECENT, &shelf);
    if (result)
        return result;
    char file_name[NAME_ROOM];
    entries_name(&shelf.entries, &subject->device->record, file_name);
    return verge_text_printf(target, "../../../devices/%s", file_name) ? 0 : -ENOMEM;
}

static int link_stat(struct request *request, struct subject *subject, struct address link,
                     struct node *node)
{
    VERGE_TEXT_LOCAL target = VERGE_TEXT_INIT;
    int result = link_target(request, subject, link, &target);
    node_link(subject, link, target.length, node);
    return result;
}

int link_find(struct request *request, struct subject *subject, struct address directory,
              const char *name, struct node *node)
{
    if (!strcmp(name, link_name))
        return link_stat(request, subject, link_address(directory), node);
    return files_find(request, subject, directory, name, node);
}

int link_list(struct request *request, struct subject *subject, struct address directory,
              struct listing *listing)
{
    struct node node;
    int result = link_stat(request, subject, link_address(directory), &node);
    if (!result)
        listing_add(listing, link_name, &node, false);
    return result;
}
