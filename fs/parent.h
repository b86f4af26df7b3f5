/* SPDX-License-Identifier: MIT */
/*
 * Which directory a directory is in: what NFS asks for when it comes back with a handle of
 * something that the kernel has long forgotten.
 */
#ifndef VERGEFS_PARENT_H
#define VERGEFS_PARENT_H

#include "fs/subject.h"

/*
 * The parent of `directory`; the root's is the root. -ENOENT when the directory is gone, -ESTALE
 * for what is no directory.
 */
int parent_of(struct tree *tree, struct request *request, struct address directory,
              struct address *parent);

#endif
