/* SPDX-License-Identifier: MIT */
/*
 * Directories that show rows of the server: VMs, devices, types, groups. Rows of tree.c point here.
 */
#ifndef VERGEFS_SHELVES_H
#define VERGEFS_SHELVES_H

#include "fs/entries.h"

int vms_find(struct request *request, struct subject *subject, struct address directory,
             const char *name, struct node *node);
int vms_list(struct request *request, struct subject *subject, struct address directory,
             struct listing *listing);

/* devices/, by-type/T/ and by-resource-group/G/: the same, but for which devices are members. */
int devices_find(struct request *request, struct subject *subject, struct address directory,
                 const char *name, struct node *node);
int devices_list(struct request *request, struct subject *subject, struct address directory,
                 struct listing *listing);

int types_find(struct request *request, struct subject *subject, struct address directory,
               const char *name, struct node *node);
int types_list(struct request *request, struct subject *subject, struct address directory,
               struct listing *listing);

/* resource_groups/ and by-resource-group/: the same groups under the same names. */
int groups_find(struct request *request, struct subject *subject, struct address directory,
                const char *name, struct node *node);
int groups_list(struct request *request, struct subject *subject, struct address directory,
                struct listing *listing);

/* The entry of a typed directory: lists its `device` link, resolves the device's files. */
int link_find(struct request *request, struct subject *subject, struct address directory,
              const char *name, struct node *node);
int link_list(struct request *request, struct subject *subject, struct address directory,
              struct listing *listing);
int link_target(struct request *request, struct subject *subject, struct address link,
                struct verge_text *target);

/*
 * The devices of a directory of devices; held until shelf_close. `subject` is the directory's.
 */
struct shelf {
    struct entries entries;
    struct verge_snapshot *devices, *groups;
    const struct verge_record **rows; /* of a directory that shows a whole list */
    uint32_t type;
    int64_t until;
};
int shelf_open(struct request *request, const struct subject *subject, struct address directory,
               enum verge_freshness freshness, struct shelf *shelf);
void shelf_close(struct shelf *shelf);
#define SHELF_LOCAL __attribute__((cleanup(shelf_close))) struct shelf

/* The file name of a VM; `plain` as vm_is_plain tells. */
void vm_file_name(const struct verge_vm *vm, bool plain, char file_name[NAME_ROOM]);
/* Whether this VM has the lowest key of its name. */
int vm_is_plain(struct request *request, struct tree *tree, const struct verge_vm *vm, bool *plain);

/* The group that by-resource-group/<group> is about; NULL when it is gone. Borrowed from the
 * snapshot. */
const struct verge_group *group_at(const struct verge_snapshot *groups, uint32_t sub);

#endif
