/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/subject.h"

#include <errno.h>

struct verge_want want_of(const struct request *request, enum verge_freshness freshness)
{
    return (struct verge_want){.call = request->call, .freshness = freshness};
}

void subject_release(struct subject *subject)
{
    verge_record_release((struct verge_record *)subject->vm);
    verge_record_release((struct verge_record *)subject->device);
    verge_record_release((struct verge_record *)subject->group);
    verge_record_release((struct verge_record *)subject->settings);
}

static void hold_until(struct subject *subject, int64_t until)
{
    if (until < subject->until)
        subject->until = until;
}

static int load_vm(struct request *request, const struct verge_want *want, uint32_t key,
                   struct subject *subject)
{
    int64_t until = 0;
    int result =
        verge_find_vm(subject->tree->inventory, want, key, &subject->vm, &until, &request->error);
    hold_until(subject, until);
    return result;
}

static int load_device(struct request *request, const struct verge_want *want, uint32_t key,
                       struct subject *subject)
{
    int64_t until = 0;
    int result = verge_find_device(subject->tree->inventory, want, key, &subject->device, &until,
                                   &request->error);
    hold_until(subject, until);
    return result;
}

static int load_group(struct request *request, const struct verge_want *want, uint32_t key,
                      struct subject *subject)
{
    int64_t until = 0;
    struct verge_snapshot *groups = NULL;
    int result =
        verge_list(subject->tree->inventory, want, VERGE_GROUPS, &groups, &until, &request->error);
    if (result)
        return result;
    hold_until(subject, until);
    subject->group = verge_record_hold(verge_snapshot_row(groups, key));
    verge_snapshot_release(groups);
    return subject->group ? 0 : -ENOENT;
}

typedef int loader(struct request *request, const struct verge_want *want, uint32_t key,
                   struct subject *subject);

/* Whose row the key of an address is; the kinds left out have none. */
static loader *const loaders[KIND_COUNT] = {
    [KIND_VM] = load_vm,
    [KIND_VM_FILE] = load_vm,
    [KIND_DEVICES] = load_vm,
    [KIND_DEVICE] = load_device,
    [KIND_DEVICE_FILE] = load_device,
    [KIND_TYPES] = load_vm,
    [KIND_TYPE] = load_vm,
    [KIND_TYPE_ENTRY] = load_device,
    [KIND_TYPE_LINK] = load_device,
    [KIND_VM_GROUPS] = load_vm,
    [KIND_VM_GROUP] = load_vm,
    [KIND_GROUP_ENTRY] = load_device,
    [KIND_GROUP_LINK] = load_device,
    [KIND_GROUP] = load_group,
    [KIND_GROUP_FILE] = load_group,
    [KIND_GROUP_FLEET] = load_group,
    [KIND_FLEET_NEAR] = load_device,
    [KIND_FLEET_FAR] = load_device,
};

int subject_load(struct tree *tree, struct request *request, struct address address,
                 enum verge_freshness freshness, struct subject *subject)
{
    *subject = (struct subject){.tree = tree, .until = NODE_FOREVER};
    if (!loaders[address.kind])
        return 0;
    struct verge_want want = want_of(request, freshness);
    return loaders[address.kind](request, &want, address.key, subject);
}

int subject_load_settings(struct request *request, enum verge_freshness freshness,
                          struct subject *subject)
{
    int64_t until = 0;
    struct verge_want want = want_of(request, freshness);
    int result = verge_find_settings(subject->tree->inventory, &want, subject->device,
                                     &subject->settings, NULL, &until, &request->error);
    hold_until(subject, until);
    return result;
}
