/* SPDX-License-Identifier: MIT */
/*
 * query/<filter>/: a filter of the API as a directory name, its devices as links. Rows of tree.c
 * point here.
 */
#ifndef VERGEFS_QUERY_H
#define VERGEFS_QUERY_H

#include "fs/subject.h"

/*
 * The filters that inode numbers stand for. A number is a hash of 58 bits, so the text has to be
 * kept; the filter used longest ago is forgotten, and its directory is then looked up anew
 * (ESTALE).
 */
struct filters;
struct filters *filters_new(void); /* NULL: no memory */
void filters_free(struct filters *filters);

/* The filter that a directory's name stands for: %2F is the slash that no name can hold, and so on
 * for any byte but NUL. False for a stray '%'. */
bool query_filter(const char *name, char text[NAME_ROOM]);

/* query/ lists nothing: it is entered only. */
int queries_find(struct request *request, struct subject *subject, struct address directory,
                 const char *name, struct node *node);
int queries_list(struct request *request, struct subject *subject, struct address directory,
                 struct listing *listing);
int query_find(struct request *request, struct subject *subject, struct address directory,
               const char *name, struct node *node);
int query_list(struct request *request, struct subject *subject, struct address directory,
               struct listing *listing);

#endif
