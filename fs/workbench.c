/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/workbench.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "fs/file.h"
#include "fs/node.h"

static void scratch_node(struct tree *tree, const struct scratch_info *info, struct node *node)
{
    *node = (struct node){
        .address = {KIND_SCRATCH, 0, info->id},
        .mode = info->mode,
        .size = info->size,
        .time = info->time,
    };
    (void)tree;
}

/* Which attribute of the directory has this name; -1 for none. */
static int attribute_index(const char *name)
{
    uint32_t index = 0;
    return attribute_find(attributes_of(KIND_DEVICE), name, &index) ? (int)index : -1;
}

int workbench_find(const struct subject *subject, struct address directory, const char *name,
                   struct node *node)
{
    struct scratch_info info;
    int result = scratch_find(subject->tree->scratch, directory.key, name, &info);
    if (!result)
        scratch_node(subject->tree, &info, node);
    return result;
}

struct lister {
    struct tree *tree;
    struct listing *listing;
};

static void list_one(void *argument, const struct scratch_info *info)
{
    const struct lister *lister = argument;
    struct node node;
    scratch_node(lister->tree, info, &node);
    listing_add(lister->listing, info->name, &node, false);
}

void workbench_list(const struct subject *subject, struct address directory,
                    struct listing *listing)
{
    struct lister lister = {subject->tree, listing};
    scratch_each(subject->tree->scratch, directory.key, list_one, &lister);
}

int workbench_stat(struct tree *tree, struct address address, struct node *node)
{
    struct scratch_info info;
    int result = scratch_stat(tree->scratch, address.key, &info);
    if (!result)
        scratch_node(tree, &info, node);
    return result;
}

int workbench_create(struct tree *tree, struct request *request, struct address directory,
                     const char *name, mode_t mode, const char *target, struct node *node)
{
    struct scratch_info info;
    if (directory.kind != KIND_DEVICE || !(S_ISREG(mode) || S_ISLNK(mode)))
        return -EPERM;
    if (strlen(name) > NAME_MAX)
        return -ENAMETOOLONG;
    if (attribute_index(name) >= 0)
        return -EEXIST;
    SUBJECT_LOCAL subject;
    int result = subject_load(tree, request, directory, VERGE_RECENT, &subject);
    if (!result)
        result = scratch_create(tree->scratch, directory.key, name, mode, target, &info);
    if (!result)
        scratch_node(tree, &info, node);
    return result;
}

int workbench_unlink(struct tree *tree, struct address directory, const char *name)
{
    if (attribute_index(name) >= 0)
        return -EPERM;
    return scratch_unlink(tree->scratch, directory.key, name);
}

int workbench_readlink(struct tree *tree, struct address link, struct verge_text *target)
{
    return scratch_read(tree->scratch, link.key, 0, SCRATCH_BYTES, target);
}

int workbench_set(struct tree *tree, struct address address, const struct stat *attr, unsigned what,
                  struct node *node)
{
    int result = 0;
    if (what & WORKBENCH_MODE)
        result = scratch_chmod(tree->scratch, address.key, attr->st_mode);
    if (!result && (what & WORKBENCH_SIZE))
        result = scratch_truncate(tree->scratch, address.key, attr->st_size);
    if (!result && (what & (WORKBENCH_TIME | WORKBENCH_NOW)))
        result = scratch_touch(tree->scratch, address.key,
                               what & WORKBENCH_NOW ? time(NULL) : attr->st_mtim.tv_sec);
    return result ? result : workbench_stat(tree, address, node);
}

/* ---- renames ---- */

/* An attribute renamed away stays, and leaves a copy of itself: editors make their backups so. */
static int copy_out(struct tree *tree, struct request *request, struct address directory,
                    uint32_t index, const char *to, bool exclusive)
{
    struct scratch_info info = {0};
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    struct address file = {KIND_DEVICE_FILE, index, directory.key};
    int result = file_content(tree, request, file, &text);
    if (!result && !exclusive && scratch_unlink(tree->scratch, directory.key, to) == -ENOMEM)
        result = -ENOMEM;
    if (!result)
        result = scratch_create(tree->scratch, directory.key, to, S_IFREG | 0644, NULL, &info);
    if (!result)
        result = scratch_write(tree->scratch, info.id, verge_text_content(&text), text.length, 0);
    if (!result)
        scratch_mark(tree->scratch, info.id, (int)index);
    return result;
}

static int copy_in(struct tree *tree, struct request *request, struct address directory,
                   const char *from, uint32_t index)
{
    struct scratch_info info;
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    int result = scratch_find(tree->scratch, directory.key, from, &info);
    if (!result && !S_ISREG(info.mode))
        result = -EPERM;
    if (!result && info.origin != (int)index) {
        struct address file = {KIND_DEVICE_FILE, index, directory.key};
        result = scratch_read(tree->scratch, info.id, 0, SCRATCH_BYTES, &text);
        if (!result)
            result = file_commit(tree, request, file, verge_text_content(&text), text.length);
    }
    return result ? result : scratch_unlink(tree->scratch, directory.key, from);
}

int workbench_rename(struct tree *tree, struct request *request, struct address directory,
                     const char *from, const char *to, bool exclusive)
{
    int source = attribute_index(from), target = attribute_index(to);
    if (strlen(to) > NAME_MAX)
        return -ENAMETOOLONG;
    if (target >= 0 && exclusive)
        return -EEXIST;
    if (source >= 0 && target >= 0)
        return -EPERM;
    if (source >= 0)
        return copy_out(tree, request, directory, (uint32_t)source, to, exclusive);
    if (target >= 0)
        return copy_in(tree, request, directory, from, (uint32_t)target);
    return scratch_rename(tree->scratch, directory.key, from, to, exclusive);
}
