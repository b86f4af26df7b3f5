/* SPDX-License-Identifier: MIT */
/*
 * A device's directory as a place to work in: scratch files beside the attributes, and renames
 * between the two (spec §3, fuse-rules §4). Renaming scratch onto an attribute applies its content;
 * renaming an attribute away copies it; an untouched copy put back is nothing.
 */
#ifndef VERGEFS_WORKBENCH_H
#define VERGEFS_WORKBENCH_H

#include "fs/scratch.h"
#include "fs/subject.h"

int workbench_find(const struct subject *subject, struct address directory, const char *name,
                   struct node *node);
void workbench_list(const struct subject *subject, struct address directory,
                    struct listing *listing);
int workbench_stat(struct tree *tree, struct address address, struct node *node);

/* A new file or, with a target, a symlink. -EPERM where there is no scratch, -EEXIST on an
 * attribute. */
int workbench_create(struct tree *tree, struct request *request, struct address directory,
                     const char *name, mode_t mode, const char *target, struct node *node);
/* -EPERM for an attribute. */
int workbench_unlink(struct tree *tree, struct address directory, const char *name);
int workbench_rename(struct tree *tree, struct request *request, struct address directory,
                     const char *from, const char *to, bool exclusive);
/* Mode, size, modification time of a scratch file; its owner is the mount's whatever chown says. */
enum { WORKBENCH_MODE = 1, WORKBENCH_SIZE = 2, WORKBENCH_TIME = 4, WORKBENCH_NOW = 8 };
int workbench_set(struct tree *tree, struct address address, const struct stat *attr, unsigned what,
                  struct node *node);
int workbench_readlink(struct tree *tree, struct address link, struct verge_text *target);

#endif
