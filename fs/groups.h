/* SPDX-License-Identifier: MIT */
/*
 * Which resource group a device comes from, be it new (spec §3) or there. All functions borrow from
 * the snapshot of groups that they are given.
 */
#ifndef VERGEFS_GROUPS_H
#define VERGEFS_GROUPS_H

#include "fs/subject.h"

/* The group that the reference of a device names; NULL when there is none. */
const struct verge_group *groups_of(const struct verge_snapshot *groups,
                                    const struct verge_reference *reference);

/* The only enabled group with devices of a type. -EINVAL when there is none, or several: the error
 * names the directories to use. */
int groups_only(struct request *request, const struct verge_snapshot *groups,
                const struct verge_device_type *type, const struct verge_group **found);

/* A group by name, UUID or key; -EINVAL when there is none, or several have the name. */
int groups_named(struct request *request, const struct verge_snapshot *groups, const char *text,
                 const struct verge_group **found);

#endif
