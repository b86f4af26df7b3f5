/* SPDX-License-Identifier: MIT */
/*
 * Directories whose entries are known beforehand: the root, a VM, and the files of a directory.
 * Rows of tree.c point here.
 */
#ifndef VERGEFS_FIXED_H
#define VERGEFS_FIXED_H

#include "fs/subject.h"

int fixed_find(struct request *request, struct subject *subject, struct address directory,
               const char *name, struct node *node);
int fixed_list(struct request *request, struct subject *subject, struct address directory,
               struct listing *listing);

int files_find(struct request *request, struct subject *subject, struct address directory,
               const char *name, struct node *node);
int files_list(struct request *request, struct subject *subject, struct address directory,
               struct listing *listing);

#endif
