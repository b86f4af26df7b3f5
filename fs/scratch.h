/* SPDX-License-Identifier: MIT */
/*
 * Files that are nobody's attribute yet: what editors, sed -i and atomic writers leave beside a
 * file before they rename it into place (spec §3). Regular files and symlinks in memory, seen only
 * in their device's directory, bounded, gone at unmount; none is ever sent. Pure: knows neither
 * FUSE nor VergeOS. Safe for many threads.
 */
#ifndef VERGEFS_SCRATCH_H
#define VERGEFS_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "lib/text.h"

#define SCRATCH_FILES 1024    /* in all */
#define SCRATCH_BYTES 1048576 /* of content, in all */

struct scratch;

/* What is known of a file; a copy. */
struct scratch_info {
    uint32_t id, device;
    mode_t mode; /* with its type */
    off_t size;
    int64_t time;
    const char *name; /* valid inside scratch_each only */
    int origin;       /* the attribute that it is an untouched copy of; -1: none */
};

struct scratch *scratch_new(void); /* NULL: no memory */
void scratch_free(struct scratch *scratch);

/* A new file, or a symlink when `target` is not NULL. -EEXIST, -ENOSPC, -ENOMEM. */
int scratch_create(struct scratch *scratch, uint32_t device, const char *name, mode_t mode,
                   const char *target, struct scratch_info *info);

/* By name in a device's directory, or by id; -ENOENT. An unlinked file keeps its id as long as it
 * is open. */
int scratch_find(struct scratch *scratch, uint32_t device, const char *name,
                 struct scratch_info *info);
int scratch_stat(struct scratch *scratch, uint32_t id, struct scratch_info *info);

/* Each named file of a device; `each` must not call back. */
void scratch_each(struct scratch *scratch, uint32_t device,
                  void (*each)(void *argument, const struct scratch_info *info), void *argument);

/* Every open needs its close. */
int scratch_open(struct scratch *scratch, uint32_t id);
void scratch_close(struct scratch *scratch, uint32_t id);

/* Content: appended to `text` from an offset (a symlink's is its target); written; cut or extended
 * with zeros. -ENOSPC above the bound. */
int scratch_read(struct scratch *scratch, uint32_t id, off_t offset, size_t length,
                 struct verge_text *text);
int scratch_write(struct scratch *scratch, uint32_t id, const char *bytes, size_t length,
                  off_t offset);
int scratch_truncate(struct scratch *scratch, uint32_t id, off_t size);
int scratch_chmod(struct scratch *scratch, uint32_t id, mode_t mode);
int scratch_touch(struct scratch *scratch, uint32_t id, int64_t time);

/* Marks a file as an untouched copy of an attribute, until it is written. */
void scratch_mark(struct scratch *scratch, uint32_t id, int origin);

int scratch_unlink(struct scratch *scratch, uint32_t device, const char *name);
/* Within one directory; replaces the target unless `exclusive` (-EEXIST). */
int scratch_rename(struct scratch *scratch, uint32_t device, const char *from, const char *to,
                   bool exclusive);

/* A device is gone and its scratch with it. */
void scratch_drop(struct scratch *scratch, uint32_t device);

#endif
