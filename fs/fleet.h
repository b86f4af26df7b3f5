/* SPDX-License-Identifier: MIT */
/*
 * Devices seen across VMs, as symlinks to the one real directory of each: /devices,
 * resource_groups/<group>/devices. Rows of tree.c point here. All from the lists that the rest of
 * the tree uses: no request of their own.
 */
#ifndef VERGEFS_FLEET_H
#define VERGEFS_FLEET_H

#include "fs/entries.h"

/* The lists of VMs and devices at one moment. */
struct fleet {
    struct verge_snapshot *vms, *devices;
    int64_t until;
};
int fleet_open(struct request *request, struct tree *tree, enum verge_freshness freshness,
               struct fleet *fleet);
void fleet_close(struct fleet *fleet);
#define FLEET_LOCAL __attribute__((cleanup(fleet_close))) struct fleet

/* Which devices a directory shows. */
struct fleet_members {
    bool (*member)(const struct verge_device *device, const void *argument);
    const void *argument;
    enum kind link; /* KIND_FLEET_NEAR or KIND_FLEET_FAR: how far below the root the links are */
    bool bare;      /* the fleet's devices are not all: what a link holds takes a question to the
                       inventory */
};

/* Links named <vm>:<device>, told apart as names are everywhere (spec §2). */
int fleet_find_link(struct request *request, const struct subject *subject,
                    const struct fleet *fleet, const struct fleet_members *members,
                    const char *name, struct node *node);
int fleet_list_links(const struct subject *subject, const struct fleet *fleet,
                     const struct fleet_members *members, struct listing *listing);

/* devices/ by-key/ by-type/… and their sets. */
int fleet_find(struct request *request, struct subject *subject, struct address directory,
               const char *name, struct node *node);
int fleet_list(struct request *request, struct subject *subject, struct address directory,
               struct listing *listing);
int view_find(struct request *request, struct subject *subject, struct address directory,
              const char *name, struct node *node);
int view_list(struct request *request, struct subject *subject, struct address directory,
              struct listing *listing);
int set_find(struct request *request, struct subject *subject, struct address directory,
             const char *name, struct node *node);
int set_list(struct request *request, struct subject *subject, struct address directory,
             struct listing *listing);

/* resource_groups/<group>/devices/ */
int group_fleet_find(struct request *request, struct subject *subject, struct address directory,
                     const char *name, struct node *node);
int group_fleet_list(struct request *request, struct subject *subject, struct address directory,
                     struct listing *listing);

/* The target of a link to the subject's device. */
int fleet_target(struct request *request, struct subject *subject, struct address link,
                 struct verge_text *target);

/* Its length, from the lists alone; of a device that a VM of the fleet has. */
size_t fleet_target_length(const struct fleet *fleet, const struct verge_device *device,
                           enum kind link);

#endif
