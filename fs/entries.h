/* SPDX-License-Identifier: MIT */
/*
 * Which file name a row has among the others of its directory, and which row a file name means
 * (spec §2): of rows with the same name the lowest key keeps it.
 */
#ifndef VERGEFS_ENTRIES_H
#define VERGEFS_ENTRIES_H

#include "fs/subject.h"

/* The rows that a directory shows: those of a slice that are members. */
struct entries {
    struct verge_slice slice;
    bool (*member)(const struct verge_record *row, const void *argument); /* NULL: all */
    const void *argument;
};

bool entries_member(const struct entries *entries, const struct verge_record *row);

/* The file name of a member. */
void entries_name(const struct entries *entries, const struct verge_record *row,
                  char file_name[NAME_ROOM]);

/* The member of this file name; NULL when there is none. Borrowed from the slice. */
const struct verge_record *entries_find(const struct entries *entries, const char *file_name);

/* What the API calls a VM, device or group. */
const char *row_name(const struct verge_record *row);

/* The directories of types, as the `sub` of an address: one of the eight, or a hash of an unknown
 * token. */
uint32_t type_sub(const char *token);

/* Member functions: devices of a type (argument: uint32_t *, type_sub), devices of a group
 * (argument: struct verge_group *). */
bool device_of_type(const struct verge_record *row, const void *argument);
bool device_of_group(const struct verge_record *row, const void *argument);

#endif
