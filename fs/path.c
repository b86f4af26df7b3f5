/* SPDX-License-Identifier: MIT */
/* The path of an address, for the error log: from what is held, without a request. */
#include "config.h"

#include <stdio.h>

#include "fs/attributes.h"
#include "fs/entries.h"

/* How the path of a kind is made: %v the VM, %d the device, %g the group of the key, %a the file,
 * %t the type, %r the group of the sub. */
static const char *const patterns[KIND_COUNT] = {
    [KIND_ROOT] = "",
    [KIND_VMS] = "/vms",
    [KIND_VM] = "/vms/%v",
    [KIND_VM_FILE] = "/vms/%v/%a",
    [KIND_DEVICES] = "/vms/%v/devices",
    [KIND_DEVICE] = "/vms/%v/devices/%d",
    [KIND_DEVICE_FILE] = "/vms/%v/devices/%d/%a",
    [KIND_TYPES] = "/vms/%v/by-type",
    [KIND_TYPE] = "/vms/%v/by-type/%t",
    [KIND_TYPE_ENTRY] = "/vms/%v/devices/%d",
    [KIND_TYPE_LINK] = "/vms/%v/devices/%d",
    [KIND_VM_GROUPS] = "/vms/%v/by-resource-group",
    [KIND_VM_GROUP] = "/vms/%v/by-resource-group/%r",
    [KIND_GROUP_ENTRY] = "/vms/%v/devices/%d",
    [KIND_GROUP_LINK] = "/vms/%v/devices/%d",
    [KIND_GROUPS] = "/resource_groups",
    [KIND_GROUP] = "/resource_groups/%g",
    [KIND_GROUP_FILE] = "/resource_groups/%g/%a",
    [KIND_CONTROL] = "/.vergefs",
    [KIND_CONTROL_FILE] = "/.vergefs/%a",
    [KIND_SCRATCH] = "(scratch)",
    [KIND_FLEET] = "/devices",
    [KIND_FLEET_VIEW] = "/devices/?",
    [KIND_FLEET_SET] = "/devices/?/?",
    [KIND_FLEET_NEAR] = "/vms/%v/devices/%d",
    [KIND_FLEET_FAR] = "/vms/%v/devices/%d",
    [KIND_GROUP_FLEET] = "/resource_groups/%g/devices",
    [KIND_QUERIES] = "/query",
    [KIND_QUERY] = "/query/?",
};

static void append_name(struct verge_text *path, const struct verge_record *row)
{
    char file_name[NAME_ROOM], key[16];
    snprintf(key, sizeof(key), "%u", (unsigned)row->key);
    name_encode(row_name(row), key, true, file_name);
    verge_text_string(path, file_name);
}

static void append_group(struct verge_text *path, struct tree *tree, struct request *request,
                         uint32_t key)
{
    SUBJECT_LOCAL subject;
    struct address group = {KIND_GROUP, 0, key};
    if (!subject_load(tree, request, group, VERGE_CACHED, &subject))
        append_name(path, &subject.group->record);
    else
        verge_text_char(path, '?');
}

/* The VM of a device is found through its machine. */
static void find_vm_of(struct subject *subject, struct request *request)
{
    struct verge_want want = want_of(request, VERGE_CACHED);
    if (subject->device && !subject->vm &&
        verge_find_vm_of_machine(subject->tree->inventory, &want, subject->device->machine,
                                 &subject->vm, NULL, &request->error))
        subject->vm = NULL;
}

static void append_row(struct verge_text *path, const void *row)
{
    if (row)
        append_name(path, row);
    else
        verge_text_char(path, '?');
}

static void append_part(struct verge_text *path, struct tree *tree, struct request *request,
                        const struct subject *subject, struct address address, char part)
{
    if (part == 'v')
        append_row(path, subject->vm);
    else if (part == 'd')
        append_row(path, subject->device);
    else if (part == 'g')
        append_row(path, subject->group);
    else if (part == 'r')
        append_group(path, tree, request, address.sub);
    else if (part == 'a' && attribute_at(address))
        verge_text_string(path, attribute_at(address)->name);
    else if (part == 't' && address.sub < verge_device_type_count)
        verge_text_string(path, verge_device_types[address.sub].directory);
    else
        verge_text_char(path, '?');
}

void tree_path(struct tree *tree, struct address address, const char *name, struct verge_text *path)
{
    struct request request = {.call = {.deadline = verge_now()}};
    SUBJECT_LOCAL subject;
    if (subject_load(tree, &request, address, VERGE_CACHED, &subject))
        request.error = (struct verge_error)VERGE_ERROR_INIT;
    find_vm_of(&subject, &request);
    for (const char *c = patterns[address.kind]; *c; c++)
        if (*c == '%')
            append_part(path, tree, &request, &subject, address, *++c);
        else
            verge_text_char(path, *c);
    if (name)
        verge_text_printf(path, "/%s", name);
    else if (address.kind == KIND_ROOT)
        verge_text_char(path, '/');
}
