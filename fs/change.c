/* SPDX-License-Identifier: MIT */
/* Attach, detach, rename (spec §3): the operations of the tree that change what exists. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/attach.h"
#include "fs/node.h"
#include "fs/options.h"
#include "fs/shelves.h"
#include "fs/workbench.h"
#include "lib/value.h"

/* Characters of a device's name (vergeos-api §4.4). */
#define DEVICE_NAME_MAX 128

static bool shows_devices(enum kind kind)
{
    return kind == KIND_DEVICES || kind == KIND_TYPE || kind == KIND_VM_GROUP;
}

static int new_name(struct request *request, const char *file_name, char name[NAME_ROOM])
{
    int result = name_decode_new(file_name, DEVICE_NAME_MAX, name);
    if (result)
        return verge_error_set(&request->error, -result,
                               "'%s' is not how a name of 1 to %d characters is written here: "
                               "see NAMES in the manual",
                               file_name, DEVICE_NAME_MAX);
    return 0;
}

/* ---- which group, which type ---- */

/* The token that a typed directory stands for; of an unknown type it is found among the devices. */
static const char *token_of(const struct shelf *shelf, uint32_t sub)
{
    if (sub < verge_device_type_count)
        return verge_device_types[sub].token;
    for (size_t i = 0; i < shelf->entries.slice.count; i++) {
        const struct verge_device *device =
            (const struct verge_device *)shelf->entries.slice.rows[i];
        if (type_sub(device->type) == sub)
            return device->type;
    }
    return NULL;
}

/* What a directory implies for what is made in it. The borrowed parts belong to the shelf. */
static int implied(struct address directory, const struct shelf *shelf,
                   struct verge_device_request *wanted)
{
    const struct verge_group *group = shelf->entries.argument;
    if (directory.kind == KIND_VM_GROUP) {
        wanted->type = group->type;
        wanted->resource_group = &group->key;
    } else {
        wanted->type = token_of(shelf, directory.sub);
    }
    return wanted->type ? 0 : -ENOENT;
}

/* ---- mkdir ---- */

static int attach(struct request *request, const struct subject *subject, struct address directory,
                  struct verge_device_request *wanted, struct node *node)
{
    VERGE_JSON_LOCAL *settings = NULL;
    struct verge_snapshot *groups = NULL;
    struct verge_device **rows = NULL;
    size_t count = 0;
    int result = attach_complete(request, subject->tree, wanted, NULL, &settings, &groups);
    if (!result)
        result = verge_attach_device(subject->tree->inventory, &request->call, wanted, &rows,
                                     &count, &request->error);
    verge_snapshot_release(groups);
    if (result) { /* rows there may be, even so: made, but not as they should be */
        verge_rows_free((struct verge_record **)rows, count);
        return result;
    }
    struct subject made = {.tree = subject->tree, .device = rows[0], .until = 0};
    enum kind kind = directory.kind == KIND_TYPE ? KIND_TYPE_ENTRY : KIND_GROUP_ENTRY;
    node_directory(&made, (struct address){kind, 0, rows[0]->record.key}, node);
    verge_rows_free((struct verge_record **)rows, count);
    return 0;
}

int tree_mkdir(struct tree *tree, struct request *request, struct address directory,
               const char *file_name, struct node *node)
{
    char name[NAME_ROOM];
    if (directory.kind != KIND_TYPE && directory.kind != KIND_VM_GROUP)
        return -EPERM;
    int result = new_name(request, file_name, name);
    if (result)
        return result;
    SUBJECT_LOCAL subject;
    result = subject_load(tree, request, directory, VERGE_RECENT, &subject);
    if (result)
        return result;
    SHELF_LOCAL shelf;
    result = shelf_open(request, &subject, directory, VERGE_RECENT, &shelf);
    if (!result && entries_find(&shelf.entries, file_name))
        result = -EEXIST;
    struct verge_device_request wanted = {
        .machine = subject.vm->machine, .name = name, .enabled = true};
    if (!result)
        result = implied(directory, &shelf, &wanted);
    return result ? result : attach(request, &subject, directory, &wanted, node);
}

/* ---- rmdir, unlink, rename ---- */

/* The identity of the device that a path names. */
static int named_device(struct tree *tree, struct request *request, struct address directory,
                        const char *file_name, struct verge_identity *identity)
{
    SUBJECT_LOCAL subject;
    int result = subject_load(tree, request, directory, VERGE_RECENT, &subject);
    if (result)
        return result;
    SHELF_LOCAL shelf;
    result = shelf_open(request, &subject, directory, VERGE_RECENT, &shelf);
    if (result)
        return result;
    const struct verge_record *row = entries_find(&shelf.entries, file_name);
    if (!row)
        return -ENOENT;
    verge_device_identity((const struct verge_device *)row, identity);
    return 0;
}

/* Nothing more is said of the kernel's second try: it was of the first. */
static bool tried_before(struct tree *tree, struct request *request, uint64_t place)
{
    return again_repeats(tree->again, request->thread, place, verge_now());
}

static int remember_stale(struct tree *tree, struct request *request, uint64_t place, int result)
{
    if (result == -ESTALE)
        again_refused(tree->again, request->thread, place, verge_now());
    return result;
}

int tree_rmdir(struct tree *tree, struct request *request, struct address directory,
               const char *file_name)
{
    if (!shows_devices(directory.kind))
        return -EPERM;
    if (tree->options->nodelete)
        return verge_error_set(&request->error, EPERM, "mounted with -o nodelete");
    struct verge_identity identity;
    uint64_t place = again_place(inode_pack(directory), file_name);
    if (tried_before(tree, request, place))
        return -ESTALE;
    int result = named_device(tree, request, directory, file_name, &identity);
    if (result)
        return result;
    if (guard_forbids(tree->guard, guard_process(request->thread), identity.key, verge_now()))
        return verge_error_set(&request->error, ENOTEMPTY,
                               "this process tried to delete the device's files first; "
                               "a device is detached by rmdir alone");
    result = verge_detach_device(tree->inventory, &request->call, &identity, &request->error);
    if (!result)
        scratch_drop(tree->scratch, identity.key);
    return remember_stale(tree, request, place, result);
}

int tree_unlink(struct tree *tree, struct request *request, struct address directory,
                const char *name)
{
    int result = directory.kind == KIND_DEVICE ? workbench_unlink(tree, directory, name) : -EPERM;
    if (result != -EPERM)
        return result;
    if (directory.kind == KIND_DEVICE || directory.kind == KIND_TYPE_ENTRY ||
        directory.kind == KIND_GROUP_ENTRY)
        guard_refused(tree->guard, guard_process(request->thread), directory.key, verge_now());
    return -EPERM;
}

static bool same_address(struct address one, struct address other)
{
    return inode_pack(one) == inode_pack(other);
}

static int free_target(struct tree *tree, struct request *request, struct address directory,
                       const char *file_name)
{
    struct verge_identity other;
    int result = named_device(tree, request, directory, file_name, &other);
    if (!result)
        return -EEXIST;
    return result == -ENOENT ? 0 : result;
}

int tree_rename(struct tree *tree, struct request *request, struct address directory,
                const char *name, struct address to_directory, const char *to_name, bool exclusive)
{
    char api_name[NAME_ROOM];
    struct verge_identity identity;
    if (!same_address(directory, to_directory))
        return -EPERM; /* never EXDEV: mv would copy */
    if (directory.kind == KIND_DEVICE)
        return workbench_rename(tree, request, directory, name, to_name, exclusive);
    if (!shows_devices(directory.kind))
        return -EPERM;
    uint64_t place = again_place(inode_pack(directory), name);
    if (tried_before(tree, request, place))
        return -ESTALE;
    int result = named_device(tree, request, directory, name, &identity);
    if (!result)
        result = new_name(request, to_name, api_name);
    if (!result)
        result = free_target(tree, request, directory, to_name);
    if (result)
        return result;
    VERGE_JSON_LOCAL *fields = cJSON_CreateObject();
    if (!fields || !cJSON_AddStringToObject(fields, "name", api_name))
        return -ENOMEM;
    result =
        verge_change_device(tree->inventory, &request->call, &identity, fields, &request->error);
    return remember_stale(tree, request, place, result);
}
