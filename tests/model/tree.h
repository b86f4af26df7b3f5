/* SPDX-License-Identifier: MIT
 *
 * The mount held against the model: names, contents and sizes. Every call goes to the kernel
 * directly, thousands of times. What is not as the model says comes back as words, for the caller
 * to free; NULL is right.
 */
#ifndef VERGEFS_MODEL_TREE_H
#define VERGEFS_MODEL_TREE_H

#include <sys/types.h>

#include "tests/model/world.h"

/* How a device can be reached. */
enum way { BY_NAME, BY_TYPE, BY_GROUP, BY_KEY, WAYS };

/* Below the mount; BY_GROUP of a device without a group is BY_TYPE. */
void tree_path(const struct world *shown, const struct device *device, enum way way,
               char path[WORLD_FILE]);

/* The device's directory as a descriptor, or -1. Names elsewhere than where something was renamed
 * or removed are set right a moment later: for that much it waits. */
int tree_enter(const struct world *shown, const struct device *device, enum way way);

/* A whole file; the caller frees it. NULL with errno. */
char *tree_read(int folder, const char *file, size_t *length);

/* Some of its files, chosen by the number; -1: all of them. */
char *tree_check_device(const struct world *shown, const struct device *device, enum way way,
                        int which);
/* No settings. */
char *tree_check_row(const struct world *shown, const struct device *device, enum way way);
/* As little as makes every list known: the rows of all devices, and the names of their VMs. */
char *tree_check_rows(const struct world *shown);
/* The directories of a VM, name by name. */
char *tree_check_names(const struct world *shown, unsigned vm);
char *tree_check_all(const struct world *shown);

/* What is at the key in this moment: no directory, or one with the files of this row, of these
 * settings. */
int tree_enter_key(unsigned key);
bool tree_has_row(int folder, const struct device *device);
bool tree_has_settings(int folder, const struct device *device);

/* From here on others look at the files, too. An answer that is on its way to one of them when a
 * change is told may give the kernel the old size after that, until its time is over: the size is
 * that of what is read for who has opened the file, no more. */
void tree_shared(void);

#endif
