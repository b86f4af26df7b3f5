/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/differences.h"

#include <string.h>
#include <strings.h>

#include "fs/attributes.h"
#include "fs/entries.h"
#include "fs/shelves.h"

#define MOST_FILES 32

struct comparison;
typedef void found_name(struct comparison *comparison, const struct verge_record *before,
                        const struct verge_record *after);

/* Two snapshots of one list and where what is found goes. */
struct comparison {
    const struct verge_snapshot *before, *after;
    const struct difference_sink *sink;
    void *argument;
    enum kind directory, file; /* what a row of this list is in the tree */
    const enum kind *others;   /* that have the row's times; ends with KIND_COUNT */
    found_name *found_name;
    uint64_t uuid;              /* the column */
    uint64_t shown[MOST_FILES]; /* by the file of this place: columns, as verge_record_diff says */
    uint32_t named;             /* the owner whose devices' names were compared last */
};

/* ---- inodes ---- */

static uint64_t column_bit(const struct verge_model *model, const char *name)
{
    const struct verge_column *column = verge_model_column(model, name);
    return column ? UINT64_C(1) << (column - model->columns) : 0;
}

/* Times are those of the row, so a row touched anew changes every file's; a file without a column
 * is made of several. */
static void find_shown(struct comparison *comparison, const struct verge_model *model)
{
    struct attribute_table table = attributes_of(comparison->file);
    for (size_t i = 0; i < table.count && i < MOST_FILES; i++)
        comparison->shown[i] = table.rows[i].column ? column_bit(model, "modified") |
                                                          column_bit(model, table.rows[i].column)
                                                    : ~UINT64_C(0);
}

static bool touches(const struct comparison *comparison, size_t file, uint64_t changed)
{
    return file >= MOST_FILES || (comparison->shown[file] & changed);
}

/* What else has the times of a row: the entries that stand for a device, what is fixed in a VM and
 * a group. */
static const enum kind device_kinds[] = {KIND_TYPE_ENTRY, KIND_GROUP_ENTRY, KIND_COUNT};
static const enum kind vm_kinds[] = {KIND_DEVICES, KIND_TYPES, KIND_VM_GROUPS, KIND_COUNT};
static const enum kind group_kinds[] = {KIND_GROUP_FLEET, KIND_COUNT};

static void forget_files(const struct comparison *comparison, const struct verge_record *row,
                         uint64_t changed)
{
    struct attribute_table table = attributes_of(comparison->file);
    for (uint32_t i = 0; i < table.count; i++)
        if (touches(comparison, i, changed))
            comparison->sink->inode(comparison->argument,
                                    (struct address){comparison->file, i, row->key});
    comparison->sink->inode(comparison->argument,
                            (struct address){comparison->directory, 0, row->key});
    for (const enum kind *kind = comparison->others; *kind != KIND_COUNT; kind++)
        comparison->sink->inode(comparison->argument, (struct address){*kind, 0, row->key});
}

/* Settings show in the documents of their device. */
static void forget_documents(const struct difference_sink *sink, void *argument, uint32_t device)
{
    struct attribute_table table = attributes_of(KIND_DEVICE_FILE);
    for (uint32_t i = 0; i < table.count; i++)
        if (table.rows[i].needs_settings)
            sink->inode(argument, (struct address){KIND_DEVICE_FILE, i, device});
}

static void compare_rows(const struct comparison *comparison, const struct verge_record *before,
                         const struct verge_record *after)
{
    uint64_t changed = before && after ? verge_record_diff(before, after) : ~UINT64_C(0);
    if (!changed)
        return;
    if (comparison->file == KIND_COUNT)
        forget_documents(comparison->sink, comparison->argument, (before ? before : after)->owner);
    else if (before) /* of a row that is new the kernel holds nothing */
        forget_files(comparison, before, changed);
    if (comparison->file == KIND_DEVICE_FILE && before && comparison->sink->gone &&
        (changed & comparison->uuid))
        comparison->sink->gone(comparison->argument, before->key);
}

/* ---- names ---- */

static void vm_name(const struct verge_snapshot *vms, const struct verge_record *vm,
                    char file_name[NAME_ROOM])
{
    struct verge_slice equals = verge_snapshot_named(vms, row_name(vm));
    vm_file_name((const struct verge_vm *)vm, equals.count && equals.rows[0] == vm, file_name);
}

static void compare_vm_names(const struct comparison *comparison, const struct verge_record *before)
{
    char old[NAME_ROOM], new[NAME_ROOM] = "";
    const struct verge_record *after = verge_snapshot_row(comparison->after, before->key);
    vm_name(comparison->before, before, old);
    if (after)
        vm_name(comparison->after, after, new);
    if (strcmp(old, new) != 0)
        comparison->sink->name(comparison->argument, (struct address){KIND_VMS, 0, 1}, old);
}

/* The name of a device in one of its directories, before and after. */
static void compare_in(const struct comparison *comparison, struct address directory,
                       const struct entries *before, const struct entries *after,
                       const struct verge_record *row)
{
    char old[NAME_ROOM], new[NAME_ROOM] = "";
    entries_name(before, row, old);
    for (size_t i = 0; i < after->slice.count; i++)
        if (after->slice.rows[i]->key == row->key && entries_member(after, after->slice.rows[i]))
            entries_name(after, after->slice.rows[i], new);
    if (strcmp(old, new) != 0)
        comparison->sink->name(comparison->argument, directory, old);
}

static bool device_of_reference(const struct verge_record *row, const void *argument)
{
    const struct verge_reference *reference = argument;
    return !strcasecmp(((const struct verge_device *)row)->resource_group.text, reference->text);
}

static void compare_device_names(const struct comparison *comparison,
                                 const struct verge_record *row)
{
    const struct verge_device *device = (const struct verge_device *)row;
    uint32_t vm = comparison->sink->vm(comparison->argument, device->machine);
    uint32_t group = comparison->sink->group(comparison->argument, &device->resource_group);
    uint32_t type = type_sub(device->type);
    struct entries before = {.slice = verge_snapshot_slice(comparison->before, row->owner)};
    struct entries after = {.slice = verge_snapshot_slice(comparison->after, row->owner)};
    if (!vm)
        return;
    compare_in(comparison, (struct address){KIND_DEVICES, 0, vm}, &before, &after, row);
    before.member = after.member = device_of_type;
    before.argument = after.argument = &type;
    compare_in(comparison, (struct address){KIND_TYPE, type, vm}, &before, &after, row);
    before.member = after.member = device_of_reference;
    before.argument = after.argument = &device->resource_group;
    if (group)
        compare_in(comparison, (struct address){KIND_VM_GROUP, group, vm}, &before, &after, row);
}

static const char *group_key(const struct verge_record *group)
{
    return ((const struct verge_group *)group)->key.text;
}

/* Of groups there are few. */
static void group_name(const struct verge_snapshot *groups, const struct verge_record *group,
                       char file_name[NAME_ROOM])
{
    bool plain = true;
    for (size_t i = 0; plain && i < verge_snapshot_count(groups); i++) {
        const struct verge_record *other = verge_snapshot_at(groups, i);
        plain = strcmp(row_name(other), row_name(group)) != 0 ||
                strcasecmp(group_key(other), group_key(group)) >= 0;
    }
    name_encode(row_name(group), group_key(group), plain, file_name);
}

static void compare_group_names(const struct comparison *comparison,
                                const struct verge_record *before)
{
    char old[NAME_ROOM], new[NAME_ROOM] = "";
    const struct verge_record *after = verge_snapshot_row(comparison->after, before->key);
    group_name(comparison->before, before, old);
    if (after)
        group_name(comparison->after, after, new);
    if (strcmp(old, new) == 0)
        return;
    comparison->sink->name(comparison->argument, (struct address){KIND_GROUPS, 0, 1}, old);
    comparison->sink->name_of_each(comparison->argument, KIND_VM_GROUPS, old);
}

/* ---- walking both snapshots ---- */

static int order(const struct verge_record *one, const struct verge_record *other)
{
    if (!one || !other)
        return one ? -1 : 1;
    if (one->owner != other->owner)
        return one->owner < other->owner ? -1 : 1;
    return one->key < other->key ? -1 : one->key > other->key;
}

static const struct verge_record *at(const struct verge_snapshot *snapshot, size_t index)
{
    return index < verge_snapshot_count(snapshot) ? verge_snapshot_at(snapshot, index) : NULL;
}

static void found(struct comparison *comparison, const struct verge_record *before,
                  const struct verge_record *after)
{
    compare_rows(comparison, before, after);
    if (comparison->sink->name && comparison->found_name)
        comparison->found_name(comparison, before, after);
}

/* Finds the rows that are not the same record in both; those that are it does not even look at. */
static void walk(struct comparison *comparison)
{
    size_t i = 0, j = 0;
    const struct verge_record *before = at(comparison->before, 0);
    const struct verge_record *after = at(comparison->after, 0);
    while (before || after) {
        int side = before == after ? 0 : order(before, after);
        if (before != after)
            found(comparison, side <= 0 ? before : NULL, side >= 0 ? after : NULL);
        if (side <= 0)
            before = at(comparison->before, ++i);
        if (side >= 0)
            after = at(comparison->after, ++j);
    }
}

/* One change of a name can give another row the plain one: all of the same owner are compared. */
static void found_device_name(struct comparison *comparison, const struct verge_record *before,
                              const struct verge_record *after)
{
    if (before && after && !strcmp(row_name(before), row_name(after)))
        return;
    const struct verge_record *row = before ? before : after;
    if (comparison->named == row->owner)
        return;
    comparison->named = row->owner;
    struct verge_slice slice = verge_snapshot_slice(comparison->before, row->owner);
    for (size_t i = 0; i < slice.count; i++)
        compare_device_names(comparison, slice.rows[i]);
}

static void found_vm_name(struct comparison *comparison, const struct verge_record *before,
                          const struct verge_record *after)
{
    if (before && after && !strcmp(row_name(before), row_name(after)))
        return;
    const struct verge_record *row = before ? before : after;
    struct verge_slice equals = verge_snapshot_named(comparison->before, row_name(row));
    for (size_t i = 0; i < equals.count; i++)
        compare_vm_names(comparison, equals.rows[i]);
    if (!after)
        return;
    equals = verge_snapshot_named(comparison->before, row_name(after));
    for (size_t i = 0; i < equals.count; i++)
        compare_vm_names(comparison, equals.rows[i]);
}

static void found_group_name(struct comparison *comparison, const struct verge_record *before,
                             const struct verge_record *after)
{
    if (before && after && !strcmp(row_name(before), row_name(after)))
        return;
    for (size_t i = 0; i < verge_snapshot_count(comparison->before); i++) {
        const struct verge_record *row = verge_snapshot_at(comparison->before, i);
        if ((before && !strcmp(row_name(row), row_name(before))) ||
            (after && !strcmp(row_name(row), row_name(after))))
            compare_group_names(comparison, row);
    }
}

/* What each list is in the tree; all lists behind these hold settings. */
static const struct {
    enum kind directory, file;
    const enum kind *others;
    found_name *found_name;
    const struct verge_model *model;
} lists[] = {
    [VERGE_VMS] = {KIND_VM, KIND_VM_FILE, vm_kinds, found_vm_name, &verge_vm_model},
    [VERGE_DEVICES] = {KIND_DEVICE, KIND_DEVICE_FILE, device_kinds, found_device_name,
                       &verge_device_model},
    [VERGE_GROUPS] = {KIND_GROUP, KIND_GROUP_FILE, group_kinds, found_group_name,
                      &verge_group_model},
};

void differences(enum verge_list_id list, const struct verge_snapshot *before,
                 const struct verge_snapshot *after, const struct difference_sink *sink,
                 void *argument)
{
    struct comparison comparison = {.before = before,
                                    .after = after,
                                    .sink = sink,
                                    .argument = argument,
                                    .directory = KIND_COUNT,
                                    .file = KIND_COUNT};
    if (!verge_snapshot_count(before) && list < VERGE_SETTINGS)
        return; /* the first of its list; of settings it shows, too, that there are none */
    if (list < VERGE_SETTINGS) {
        comparison.directory = lists[list].directory;
        comparison.file = lists[list].file;
        comparison.others = lists[list].others;
        comparison.found_name = lists[list].found_name;
        comparison.uuid = column_bit(lists[list].model, "uuid");
        find_shown(&comparison, lists[list].model);
    }
    walk(&comparison);
}

/* ---- rows in doubt ---- */

static void doubt_files(enum kind file, uint32_t key, const struct difference_sink *sink,
                        void *argument)
{
    struct attribute_table table = attributes_of(file);
    for (uint32_t i = 0; i < table.count; i++)
        sink->inode(argument, (struct address){file, i, key});
}

void differences_doubted(enum verge_list_id list, const struct verge_snapshot *held, uint32_t owner,
                         uint32_t key, const struct difference_sink *sink, void *argument)
{
    if (list >= VERGE_SETTINGS) {
        forget_documents(sink, argument, owner);
        return;
    }
    if (list != VERGE_DEVICES || !owner) {
        doubt_files(lists[list].file, owner ? owner : key, sink, argument);
        return;
    }
    struct verge_slice devices = verge_snapshot_slice(held, owner);
    for (size_t i = 0; i < devices.count; i++)
        doubt_files(KIND_DEVICE_FILE, devices.rows[i]->key, sink, argument);
}
