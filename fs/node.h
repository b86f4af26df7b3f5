/* SPDX-License-Identifier: MIT */
/*
 * What the kernel is told of an address: mode, size, times, and how long it may hold them.
 */
#ifndef VERGEFS_NODE_H
#define VERGEFS_NODE_H

#include "fs/attributes.h"

/* A directory about the subject's row, or about none. */
void node_directory(const struct subject *subject, struct address address, struct node *node);

/* The `device` link of a typed directory's entry. */
void node_link(const struct subject *subject, struct address address, size_t length,
               struct node *node);

/*
 * A file, with the exact size of what a read would give. Loads the settings when the file needs
 * them and `freshness` allows; with VERGE_CACHED, -EAGAIN when that would take a request.
 */
int node_file(struct request *request, struct subject *subject, struct address address,
              enum verge_freshness freshness, struct node *node);

/* All files of a directory of this kind, added to the listing; `file` is their kind. */
int node_list_files(struct request *request, struct subject *subject, enum kind directory,
                    struct address file, struct listing *listing);

#endif
