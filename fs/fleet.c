/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/fleet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/node.h"
#include "fs/shelves.h"

int fleet_open(struct request *request, struct tree *tree, enum verge_freshness freshness,
               struct fleet *fleet)
{
    static const enum verge_list_id both[] = {VERGE_VMS, VERGE_DEVICES};
    struct verge_want want = want_of(request, freshness);
    int64_t vms_until = 0, devices_until = 0;
    *fleet = (struct fleet){0};
    int result = verge_prefetch(tree->inventory, &want, both, 2, &request->error);
    want.freshness = result ? freshness : VERGE_RECENT;
    if (!result)
        result =
            verge_list(tree->inventory, &want, VERGE_VMS, &fleet->vms, &vms_until, &request->error);
    if (!result)
        result = verge_list(tree->inventory, &want, VERGE_DEVICES, &fleet->devices, &devices_until,
                            &request->error);
    fleet->until = vms_until < devices_until ? vms_until : devices_until;
    return result;
}

void fleet_close(struct fleet *fleet)
{
    verge_snapshot_release(fleet->vms);
    verge_snapshot_release(fleet->devices);
}

/* ---- names of links ---- */

static bool is_member(const struct fleet_members *members, const struct verge_device *device)
{
    return !members->member || members->member(device, members->argument);
}

/* The lowest key among the members of one VM with this name; 0 for none. */
static uint32_t first_of_vm(const struct fleet *fleet, const struct fleet_members *members,
                            uint32_t machine, const char *name)
{
    struct verge_slice slice = verge_snapshot_slice(fleet->devices, machine);
    for (size_t i = 0; i < slice.count; i++)
        if (!strcmp(row_name(slice.rows[i]), name) &&
            is_member(members, (const struct verge_device *)slice.rows[i]))
            return slice.rows[i]->key;
    return 0;
}

/* The same among all VMs whose name is what stands before one of the colons. */
static uint32_t first_of_name(const struct fleet *fleet, const struct fleet_members *members,
                              const char *name)
{
    uint32_t first = 0;
    char vm_name[2 * NAME_ROOM];
    for (const char *colon = strchr(name, ':'); colon; colon = strchr(colon + 1, ':')) {
        if ((size_t)(colon - name) >= sizeof(vm_name))
            break;
        snprintf(vm_name, sizeof(vm_name), "%.*s", (int)(colon - name), name);
        struct verge_slice vms = verge_snapshot_named(fleet->vms, vm_name);
        for (size_t i = 0; i < vms.count; i++) {
            uint32_t machine = ((const struct verge_vm *)vms.rows[i])->machine;
            uint32_t key = first_of_vm(fleet, members, machine, colon + 1);
            if (key && (!first || key < first))
                first = key;
        }
    }
    return first;
}

/* -ENOENT for a device that no VM of the tree has: a snapshot's, a node's. */
static int link_name(const struct fleet *fleet, const struct fleet_members *members,
                     const struct verge_device *device, char file_name[NAME_ROOM])
{
    const struct verge_vm *vm = verge_snapshot_machine(fleet->vms, device->machine);
    VERGE_TEXT_LOCAL name = VERGE_TEXT_INIT;
    char key[16];
    if (!vm)
        return -ENOENT;
    if (!verge_text_printf(&name, "%s:%s", vm->name, device->name))
        return -ENOMEM;
    snprintf(key, sizeof(key), "%u", (unsigned)device->record.key);
    bool plain = first_of_name(fleet, members, name.data) == device->record.key;
    name_encode(name.data, key, plain, file_name);
    return 0;
}

/* ---- targets ---- */

static const char *up(enum kind link)
{
    return link == KIND_FLEET_NEAR ? "../.." : "../../..";
}

/* From the lists alone. */
size_t fleet_target_length(const struct fleet *fleet, const struct verge_device *device,
                           enum kind link)
{
    const struct verge_vm *vm = verge_snapshot_machine(fleet->vms, device->machine);
    struct verge_slice equals = verge_snapshot_named(fleet->vms, vm->name);
    struct entries siblings = {.slice = verge_snapshot_slice(fleet->devices, device->machine)};
    char vm_name[NAME_ROOM], device_name[NAME_ROOM];
    vm_file_name(vm, equals.rows[0] == &vm->record, vm_name);
    entries_name(&siblings, &device->record, device_name);
    return strlen(up(link)) + strlen("/vms/") + strlen(vm_name) + strlen("/devices/") +
           strlen(device_name);
}

int fleet_target(struct request *request, struct subject *subject, struct address link,
                 struct verge_text *target)
{
    struct verge_want want = want_of(request, VERGE_RECENT);
    struct verge_vm *vm = NULL;
    SHELF_LOCAL shelf;
    char vm_name[NAME_ROOM], device_name[NAME_ROOM];
    bool plain = true;
    int result =
        shelf_open(request, subject, (struct address){KIND_DEVICES, 0, 0}, VERGE_RECENT, &shelf);
    if (!result)
        result = verge_find_vm_of_machine(subject->tree->inventory, &want, subject->device->machine,
                                          &vm, NULL, &request->error);
    if (!result)
        result = vm_is_plain(request, subject->tree, vm, &plain);
    if (!result) {
        vm_file_name(vm, plain, vm_name);
        entries_name(&shelf.entries, &subject->device->record, device_name);
        verge_text_printf(target, "%s/vms/%s/devices/%s", up(link.kind), vm_name, device_name);
    }
    verge_record_release((struct verge_record *)vm);
    return result ? result : target->failed ? -ENOMEM : 0;
}

/* The kernel holds no link of a fleet: its name changes with its VM, its device and their equals,
 * and which set it is in with the device. To look it up again costs no request. */
static void length_link(const struct subject *subject, const struct verge_device *device,
                        enum kind link, size_t length, struct node *node)
{
    struct subject other = {.tree = subject->tree, .device = (struct verge_device *)device};
    node_link(&other, (struct address){link, 0, device->record.key}, length, node);
}

static void device_link(const struct subject *subject, const struct fleet *fleet,
                        const struct verge_device *device, enum kind link, struct node *node)
{
    length_link(subject, device, link, fleet_target_length(fleet, device, link), node);
}

/* From the inventory, which knows the device's siblings. */
static int ask_link(struct request *request, const struct subject *subject,
                    const struct verge_device *device, enum kind link, struct node *node)
{
    struct subject other = {.tree = subject->tree, .device = (struct verge_device *)device};
    VERGE_TEXT_LOCAL target = VERGE_TEXT_INIT;
    int result = fleet_target(request, &other, (struct address){link, 0, 0}, &target);
    if (!result)
        length_link(subject, device, link, target.length, node);
    return result;
}

/* ---- directories of links ---- */

static int find_member(const struct fleet *fleet, const struct fleet_members *members,
                       const char *file_name, const struct verge_device **found)
{
    struct parsed_name parsed;
    char canonical[NAME_ROOM];
    if (name_parse(file_name, &parsed))
        return -ENOENT;
    uint32_t key = *parsed.key ? (uint32_t)strtoul(parsed.key, NULL, 10)
                               : first_of_name(fleet, members, parsed.name);
    *found = (const struct verge_device *)verge_snapshot_row(fleet->devices, key);
    if (!*found || !is_member(members, *found))
        return -ENOENT;
    int result = link_name(fleet, members, *found, canonical);
    return !result && strcmp(canonical, file_name) != 0 ? -ENOENT : result;
}

int fleet_find_link(struct request *request, const struct subject *subject,
                    const struct fleet *fleet, const struct fleet_members *members,
                    const char *name, struct node *node)
{
    const struct verge_device *device;
    int result = find_member(fleet, members, name, &device);
    if (result)
        return result;
    if (members->bare)
        return ask_link(request, subject, device, members->link, node);
    device_link(subject, fleet, device, members->link, node);
    return 0;
}

int fleet_list_links(const struct subject *subject, const struct fleet *fleet,
                     const struct fleet_members *members, struct listing *listing)
{
    for (size_t i = 0; i < verge_snapshot_count(fleet->devices); i++) {
        const struct verge_device *device =
            (const struct verge_device *)verge_snapshot_at(fleet->devices, i);
        char file_name[NAME_ROOM];
        struct node node;
        if (!is_member(members, device))
            continue;
        int result = link_name(fleet, members, device, file_name);
        if (result == -ENOENT)
            continue;
        if (result)
            return result;
        if (members->bare)
            length_link(subject, device, members->link, 0, &node);
        else
            device_link(subject, fleet, device, members->link, &node);
        listing_add(listing, file_name, &node, members->bare);
    }
    return 0;
}

static bool of_group(const struct verge_device *device, const void *argument)
{
    return device_of_group(&device->record, argument);
}

int group_fleet_find(struct request *request, struct subject *subject, struct address directory,
                     const char *name, struct node *node)
{
    (void)directory;
    FLEET_LOCAL fleet;
    const struct fleet_members members = {of_group, subject->group, KIND_FLEET_FAR, false};
    int result = fleet_open(request, subject->tree, VERGE_RECENT, &fleet);
    return result ? result : fleet_find_link(request, subject, &fleet, &members, name, node);
}

int group_fleet_list(struct request *request, struct subject *subject, struct address directory,
                     struct listing *listing)
{
    (void)directory;
    FLEET_LOCAL fleet;
    const struct fleet_members members = {of_group, subject->group, KIND_FLEET_FAR, false};
    int result = fleet_open(request, subject->tree, VERGE_FRESH, &fleet);
    return result ? result : fleet_list_links(subject, &fleet, &members, listing);
}
