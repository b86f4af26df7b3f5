/* SPDX-License-Identifier: MIT */
/*
 * An inode number is an address: which kind of thing, which one, and which part of it. Two pure
 * functions; no table of inodes, nothing to forget, the same numbers after a remount.
 *
 *     63    58 57                  32 31                              0
 *    +--------+----------------------+---------------------------------+
 *    |  kind  |         sub          |               key               |
 *    +--------+----------------------+---------------------------------+
 */
#ifndef VERGEFS_INODE_H
#define VERGEFS_INODE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The order is part of the inode numbers: new kinds go to the end. The comment says what `key` and
 * `sub` are.
 */
enum kind {
    KIND_ROOT,         /* key 1: FUSE's root is inode 1 */
    KIND_VMS,          /* vms/ */
    KIND_VM,           /* vms/<vm>/: VM */
    KIND_VM_FILE,      /* vms/<vm>/<attribute>: VM, attribute */
    KIND_DEVICES,      /* vms/<vm>/devices/: VM */
    KIND_DEVICE,       /* vms/<vm>/devices/<device>/: device */
    KIND_DEVICE_FILE,  /* …/<attribute>: device, attribute */
    KIND_TYPES,        /* vms/<vm>/by-type/: VM */
    KIND_TYPE,         /* vms/<vm>/by-type/<type>/: VM, type */
    KIND_TYPE_ENTRY,   /* vms/<vm>/by-type/<type>/<device>/: device */
    KIND_TYPE_LINK,    /* …/device: device */
    KIND_VM_GROUPS,    /* vms/<vm>/by-resource-group/: VM */
    KIND_VM_GROUP,     /* vms/<vm>/by-resource-group/<group>/: VM, group */
    KIND_GROUP_ENTRY,  /* vms/<vm>/by-resource-group/<group>/<device>/: device */
    KIND_GROUP_LINK,   /* …/device: device */
    KIND_GROUPS,       /* resource_groups/ */
    KIND_GROUP,        /* resource_groups/<group>/: group */
    KIND_GROUP_FILE,   /* resource_groups/<group>/<attribute>: group, attribute */
    KIND_CONTROL,      /* .vergefs/ */
    KIND_CONTROL_FILE, /* .vergefs/<file>: none, file */
    KIND_SCRATCH,      /* vms/<vm>/devices/<device>/<scratch>: scratch file */
    KIND_FLEET,        /* devices/ */
    KIND_FLEET_VIEW,   /* devices/by-key/ and its like: none, view */
    KIND_FLEET_SET,    /* devices/by-status/<status>/: hash of the value, view */
    KIND_FLEET_NEAR,   /* a link to a device, two directories below the root: device */
    KIND_FLEET_FAR,    /* the same, three below: device */
    KIND_GROUP_FLEET,  /* resource_groups/<group>/devices/: group */
    KIND_QUERIES,      /* query/ */
    KIND_QUERY,        /* query/<filter>/: hash of the filter, in sub and key */
    KIND_COUNT
};

#define INODE_SUB_BITS 26
#define INODE_SUB_MAX ((UINT32_C(1) << INODE_SUB_BITS) - 1)

struct address {
    enum kind kind;
    uint32_t sub; /* at most INODE_SUB_MAX */
    uint32_t key;
};

uint64_t inode_pack(struct address address);

/* False for a number that packs no address (an unknown kind, a root that is not 1): ESTALE. */
bool inode_unpack(uint64_t inode, struct address *address);

/* A number for what has only a text: an unknown type, a set of a view, a UUID. */
uint32_t inode_hash(const char *text);

#endif
