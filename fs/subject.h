/* SPDX-License-Identifier: MIT */
/*
 * What an address is about: the rows behind it, held while they are looked at.
 */
#ifndef VERGEFS_SUBJECT_H
#define VERGEFS_SUBJECT_H

#include "fs/tree.h"

struct subject {
    struct tree *tree;
    struct verge_vm *vm;
    struct verge_device *device;
    struct verge_group *group;
    struct verge_settings *settings;
    int64_t until; /* the earliest end of freshness among the rows */
};

/* For cleanup attributes. */
void subject_release(struct subject *subject);
#define SUBJECT_LOCAL __attribute__((cleanup(subject_release))) struct subject

/*
 * Loads the row that the address's key names: the VM, device or group; none for the rest. -ENOENT
 * when it is gone.
 */
int subject_load(struct tree *tree, struct request *request, struct address address,
                 enum verge_freshness freshness, struct subject *subject);

/* Adds the settings of the subject's device; none is no error. */
int subject_load_settings(struct request *request, enum verge_freshness freshness,
                          struct subject *subject);

/* The want of a request. */
struct verge_want want_of(const struct request *request, enum verge_freshness freshness);

#endif
