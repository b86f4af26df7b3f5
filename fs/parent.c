/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/parent.h"

#include <errno.h>

#include "fs/entries.h"
#include "fs/groups.h"

/* The root's key, which the directories right below it have too. */
#define ROOT_KEY 1

/* Where the parent's key comes from. */
enum key_from {
    NO_PARENT,
    FROM_ROOT,  /* the parent is one of a kind */
    FROM_KEY,   /* it is about the same row */
    FROM_DEVICE /* it is about the VM of the row, a device */
};

static const struct {
    enum key_from from;
    enum kind kind;
} parents[KIND_COUNT] = {
    [KIND_ROOT] = {FROM_ROOT, KIND_ROOT},
    [KIND_VMS] = {FROM_ROOT, KIND_ROOT},
    [KIND_VM] = {FROM_ROOT, KIND_VMS},
    [KIND_DEVICES] = {FROM_KEY, KIND_VM},
    [KIND_DEVICE] = {FROM_DEVICE, KIND_DEVICES},
    [KIND_TYPES] = {FROM_KEY, KIND_VM},
    [KIND_TYPE] = {FROM_KEY, KIND_TYPES},
    [KIND_TYPE_ENTRY] = {FROM_DEVICE, KIND_TYPE},
    [KIND_VM_GROUPS] = {FROM_KEY, KIND_VM},
    [KIND_VM_GROUP] = {FROM_KEY, KIND_VM_GROUPS},
    [KIND_GROUP_ENTRY] = {FROM_DEVICE, KIND_VM_GROUP},
    [KIND_GROUPS] = {FROM_ROOT, KIND_ROOT},
    [KIND_GROUP] = {FROM_ROOT, KIND_GROUPS},
    [KIND_GROUP_FLEET] = {FROM_KEY, KIND_GROUP},
    [KIND_CONTROL] = {FROM_ROOT, KIND_ROOT},
    [KIND_FLEET] = {FROM_ROOT, KIND_ROOT},
    [KIND_FLEET_VIEW] = {FROM_ROOT, KIND_FLEET},
    [KIND_FLEET_SET] = {FROM_KEY, KIND_FLEET_VIEW},
    [KIND_QUERIES] = {FROM_ROOT, KIND_ROOT},
    [KIND_QUERY] = {FROM_ROOT, KIND_QUERIES},
};

/* by-resource-group/<group>: the number of the group that the device was attached from. */
static int find_group(struct request *request, const struct subject *subject, uint32_t *number)
{
    struct verge_want want = want_of(request, VERGE_RECENT);
    struct verge_snapshot *groups = NULL;
    int result =
        verge_list(subject->tree->inventory, &want, VERGE_GROUPS, &groups, NULL, &request->error);
    if (result)
        return result;
    const struct verge_group *group = groups_of(groups, &subject->device->resource_group);
    if (group)
        *number = group->record.key;
    verge_snapshot_release(groups);
    return group ? 0 : -ENOENT;
}

static int parent_of_device(struct request *request, const struct subject *subject, enum kind kind,
                            struct address *parent)
{
    struct verge_want want = want_of(request, VERGE_RECENT);
    struct verge_vm *vm = NULL;
    int result = verge_find_vm_of_machine(subject->tree->inventory, &want, subject->device->machine,
                                          &vm, NULL, &request->error);
    if (result)
        return result;
    *parent = (struct address){kind, 0, vm->record.key};
    verge_record_release(&vm->record);
    if (kind == KIND_TYPE)
        parent->sub = type_sub(subject->device->type);
    return kind == KIND_VM_GROUP ? find_group(request, subject, &parent->sub) : 0;
}

int parent_of(struct tree *tree, struct request *request, struct address directory,
              struct address *parent)
{
    enum kind kind = parents[directory.kind].kind;
    switch (parents[directory.kind].from) {
    case FROM_ROOT:
        *parent = (struct address){kind, 0, ROOT_KEY};
        return 0;
    case FROM_KEY:
        *parent = (struct address){kind, 0, directory.key};
        return 0;
    case FROM_DEVICE: {
        SUBJECT_LOCAL subject;
        int result = subject_load(tree, request, directory, VERGE_RECENT, &subject);
        return result ? result : parent_of_device(request, &subject, kind, parent);
    }
    default:
        return -ESTALE;
    }
}
