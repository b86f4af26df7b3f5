/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/attributes.h"
#include "fs/entries.h"
#include "fs/fixed.h"
#include "fs/fleet.h"
#include "fs/node.h"
#include "fs/options.h"
#include "fs/parent.h"
#include "fs/query.h"
#include "fs/shelves.h"
#include "fs/workbench.h"

/* A directory of one kind. Both functions get the subject of the directory's own address. */
struct directory {
    int (*find)(struct request *request, struct subject *subject, struct address directory,
                const char *name, struct node *node);
    int (*list)(struct request *request, struct subject *subject, struct address directory,
                struct listing *listing);
};

/* ---- symlinks ---- */

/* What each kind of symlink points to; the subject is its device. */
typedef int target_of(struct request *request, struct subject *subject, struct address link,
                      struct verge_text *target);
static target_of *const targets[KIND_COUNT] = {
    [KIND_TYPE_LINK] = link_target,
    [KIND_GROUP_LINK] = link_target,
    [KIND_FLEET_NEAR] = fleet_target,
    [KIND_FLEET_FAR] = fleet_target,
};

static int stat_link(struct request *request, struct subject *subject, struct address link,
                     struct node *node)
{
    VERGE_TEXT_LOCAL target = VERGE_TEXT_INIT;
    int result = targets[link.kind](request, subject, link, &target);
    node_link(subject, link, target.length, node);
    return result;
}

/* ---- directories ---- */

/* A device's directory is a place to work in, too. */
static int device_find(struct request *request, struct subject *subject, struct address directory,
                       const char *name, struct node *node)
{
    int result = files_find(request, subject, directory, name, node);
    return result == -ENOENT ? workbench_find(subject, directory, name, node) : result;
}

static int device_list(struct request *request, struct subject *subject, struct address directory,
                       struct listing *listing)
{
    int result = files_list(request, subject, directory, listing);
    workbench_list(subject, directory, listing);
    return result;
}

/* What one opens to see the tree: each kind of directory, how a child is found, how all are listed.
 */
static const struct directory directories[KIND_COUNT] = {
    [KIND_ROOT] = {fixed_find, fixed_list},
    [KIND_VMS] = {vms_find, vms_list},
    [KIND_VM] = {fixed_find, fixed_list},
    [KIND_DEVICES] = {devices_find, devices_list},
    [KIND_DEVICE] = {device_find, device_list},
    [KIND_TYPES] = {types_find, types_list},
    [KIND_TYPE] = {devices_find, devices_list},
    [KIND_TYPE_ENTRY] = {link_find, link_list},
    [KIND_VM_GROUPS] = {groups_find, groups_list},
    [KIND_VM_GROUP] = {devices_find, devices_list},
    [KIND_GROUP_ENTRY] = {link_find, link_list},
    [KIND_GROUPS] = {groups_find, groups_list},
    [KIND_GROUP] = {fixed_find, fixed_list},
    [KIND_CONTROL] = {files_find, files_list},
    [KIND_FLEET] = {fleet_find, fleet_list},
    [KIND_FLEET_VIEW] = {view_find, view_list},
    [KIND_FLEET_SET] = {set_find, set_list},
    [KIND_GROUP_FLEET] = {group_fleet_find, group_fleet_list},
    [KIND_QUERIES] = {queries_find, queries_list},
    [KIND_QUERY] = {query_find, query_list},
};

/* On the way through a directory its row may be in doubt, but not for the files that show it. */
static enum verge_freshness freshness_for(bool files)
{
    return files ? VERGE_SETTLED : VERGE_RECENT;
}

/* "." and "..": asked for by nobody but NFS, by a handle alone, and "." of a file too. */
static int lookup_handle(struct tree *tree, struct request *request, struct address address,
                         bool parent, struct node *node)
{
    int result = parent ? parent_of(tree, request, address, &address) : 0;
    return result ? result : tree_stat(tree, request, address, node);
}

int tree_lookup(struct tree *tree, struct request *request, struct address directory,
                const char *name, struct node *node)
{
    if (!strcmp(name, ".") || !strcmp(name, ".."))
        return lookup_handle(tree, request, directory, name[1] == '.', node);
    const struct directory *row = &directories[directory.kind];
    if (!row->find)
        return -ENOTDIR;
    /* Every name of the API that begins with a dot is encoded: no request for .git, .hidden,
     * .Trash. */
    if (name[0] == '.' && directory.kind != KIND_ROOT && directory.kind != KIND_DEVICE)
        return -ENOENT;
    if (strlen(name) > NAME_MAX)
        return -ENAMETOOLONG; /* the kernel lets longer ones through */
    SUBJECT_LOCAL subject;
    uint32_t index;
    bool file = attribute_find(attributes_of(directory.kind), name, &index);
    int result = subject_load(tree, request, directory, freshness_for(file), &subject);
    return result ? result : row->find(request, &subject, directory, name, node);
}

int tree_list(struct tree *tree, struct request *request, struct address directory,
              struct listing *listing)
{
    const struct directory *row = &directories[directory.kind];
    if (!row->list)
        return -ENOTDIR;
    SUBJECT_LOCAL subject;
    bool files = attributes_of(directory.kind).count > 0;
    int result = subject_load(tree, request, directory, freshness_for(files), &subject);
    if (!result)
        result = row->list(request, &subject, directory, listing);
    if (!result && listing->failed)
        result = -ENOMEM;
    return result;
}

int tree_stat(struct tree *tree, struct request *request, struct address address, struct node *node)
{
    if (address.kind == KIND_SCRATCH)
        return workbench_stat(tree, address, node);
    SUBJECT_LOCAL subject;
    enum verge_freshness freshness = freshness_for(attribute_at(address) != NULL);
    int result = subject_load(tree, request, address, freshness, &subject);
    if (result)
        return result;
    if (directories[address.kind].find)
        node_directory(&subject, address, node);
    else if (targets[address.kind])
        result = stat_link(request, &subject, address, node);
    else
        result = node_file(request, &subject, address, freshness, node);
    return result;
}

int tree_readlink(struct tree *tree, struct request *request, struct address link,
                  struct verge_text *target)
{
    if (link.kind == KIND_SCRATCH)
        return workbench_readlink(tree, link, target);
    if (!targets[link.kind])
        return -EINVAL;
    SUBJECT_LOCAL subject;
    int result = subject_load(tree, request, link, VERGE_RECENT, &subject);
    return result ? result : targets[link.kind](request, &subject, link, target);
}
