/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/scratch.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct entry {
    struct entry *next;
    char name[NAME_MAX + 1]; /* "": unlinked, kept while it is open */
    struct scratch_info info;
    unsigned opens;
    struct verge_text content;
};

struct scratch {
    pthread_mutex_t lock; /* guards all below */
    struct entry *entries;
    unsigned count;
    size_t bytes;
    uint32_t last_id;
};

struct scratch *scratch_new(void)
{
    struct scratch *scratch = calloc(1, sizeof(*scratch));
    if (scratch)
        pthread_mutex_init(&scratch->lock, NULL);
    return scratch;
}

/* ---- entries; the lock is held ---- */

static void entry_remove(struct scratch *scratch, struct entry **link)
{
    struct entry *entry = *link;
    *link = entry->next;
    scratch->bytes -= entry->content.length;
    scratch->count--;
    verge_text_free(&entry->content);
    free(entry);
}

/* Without a name and not open, nobody can reach it any more. */
static void entry_settle(struct scratch *scratch, struct entry **link)
{
    if (!*(*link)->name && !(*link)->opens)
        entry_remove(scratch, link);
}

static struct entry **by_name(struct scratch *scratch, uint32_t device, const char *name)
{
    struct entry **link = &scratch->entries;
    while (*link && ((*link)->info.device != device || strcmp((*link)->name, name) != 0))
        link = &(*link)->next;
    return link;
}

static struct entry **by_id(struct scratch *scratch, uint32_t id)
{
    struct entry **link = &scratch->entries;
    while (*link && (*link)->info.id != id)
        link = &(*link)->next;
    return link;
}

static struct scratch_info info_of(const struct entry *entry)
{
    struct scratch_info info = entry->info;
    info.size = (off_t)entry->content.length;
    info.name = entry->name;
    return info;
}

void scratch_free(struct scratch *scratch)
{
    if (!scratch)
        return;
    while (scratch->entries)
        entry_remove(scratch, &scratch->entries);
    pthread_mutex_destroy(&scratch->lock);
    free(scratch);
}

/* Ids are inode numbers: not given again while the counter goes round, which takes 2^32 files. */
static struct entry *entry_new(struct scratch *scratch, uint32_t device, const char *name,
                               mode_t mode)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    if (!entry)
        return NULL;
    entry->info = (struct scratch_info){
        .id = ++scratch->last_id, .device = device, .mode = mode, .time = time(NULL), .origin = -1};
    strncpy(entry->name, name, NAME_MAX);
    entry->next = scratch->entries;
    scratch->entries = entry;
    scratch->count++;
    return entry;
}

static int entry_resize(struct scratch *scratch, struct entry *entry, size_t size)
{
    size_t length = entry->content.length;
    if (size > length && scratch->bytes + (size - length) > SCRATCH_BYTES)
        return -ENOSPC;
    if (size > length && !verge_text_reserve(&entry->content, size - length))
        return -ENOMEM;
    if (size > length)
        memset(entry->content.data + length, 0, size - length);
    scratch->bytes += size - length; /* wraps round for a smaller size, as it should */
    entry->content.length = size;
    if (entry->content.data)
        entry->content.data[size] = '\0';
    entry->info.origin = -1;
    entry->info.time = time(NULL);
    return 0;
}

/* ---- the outside ---- */

int scratch_create(struct scratch *scratch, uint32_t device, const char *name, mode_t mode,
                   const char *target, struct scratch_info *info)
{
    int result = 0;
    pthread_mutex_lock(&scratch->lock);
    if (*by_name(scratch, device, name))
        result = -EEXIST;
    else if (scratch->count >= SCRATCH_FILES)
        result = -ENOSPC;
    struct entry *entry = result ? NULL : entry_new(scratch, device, name, mode);
    if (!result && !entry)
        result = -ENOMEM;
    if (entry && target) {
        result = entry_resize(scratch, entry, strlen(target));
        if (result)
            entry_remove(scratch, by_id(scratch, entry->info.id));
        else
            memcpy(entry->content.data, target, strlen(target));
    }
    if (!result)
        *info = info_of(entry);
    pthread_mutex_unlock(&scratch->lock);
    return result;
}

int scratch_find(struct scratch *scratch, uint32_t device, const char *name,
                 struct scratch_info *info)
{
    pthread_mutex_lock(&scratch->lock);
    struct entry *entry = *by_name(scratch, device, name);
    if (entry)
        *info = info_of(entry);
    pthread_mutex_unlock(&scratch->lock);
    return entry ? 0 : -ENOENT;
}

int scratch_stat(struct scratch *scratch, uint32_t id, struct scratch_info *info)
{
    pthread_mutex_lock(&scratch->lock);
    struct entry *entry = *by_id(scratch, id);
    if (entry)
        *info = info_of(entry);
    pthread_mutex_unlock(&scratch->lock);
    return entry ? 0 : -ENOENT;
}

void scratch_each(struct scratch *scratch, uint32_t device,
                  void (*each)(void *argument, const struct scratch_info *info), void *argument)
{
    pthread_mutex_lock(&scratch->lock);
    for (struct entry *entry = scratch->entries; entry; entry = entry->next) {
        struct scratch_info info = info_of(entry);
        if (entry->info.device == device && *entry->name)
            each(argument, &info);
    }
    pthread_mutex_unlock(&scratch->lock);
}

int scratch_open(struct scratch *scratch, uint32_t id)
{
    pthread_mutex_lock(&scratch->lock);
    struct entry *entry = *by_id(scratch, id);
    if (entry)
        entry->opens++;
    pthread_mutex_unlock(&scratch->lock);
    return entry ? 0 : -ENOENT;
}

void scratch_close(struct scratch *scratch, uint32_t id)
{
    pthread_mutex_lock(&scratch->lock);
    struct entry **link = by_id(scratch, id);
    if (*link) {
        (*link)->opens--;
        entry_settle(scratch, link);
    }
    pthread_mutex_unlock(&scratch->lock);
}

int scratch_read(struct scratch *scratch, uint32_t id, off_t offset, size_t length,
                 struct verge_text *text)
{
    int result = 0;
    pthread_mutex_lock(&scratch->lock);
    struct entry *entry = *by_id(scratch, id);
    if (!entry)
        result = -ENOENT;
    size_t left = entry && (size_t)offset < entry->content.length
                      ? entry->content.length - (size_t)offset
                      : 0;
    if (left > length)
        left = length;
    if (left && !verge_text_append(text, entry->content.data + offset, left))
        result = -ENOMEM;
    pthread_mutex_unlock(&scratch->lock);
    return result;
}

int scratch_write(struct scratch *scratch, uint32_t id, const char *bytes, size_t length,
                  off_t offset)
{
    int result = 0;
    pthread_mutex_lock(&scratch->lock);
    struct entry *entry = *by_id(scratch, id);
    size_t end = (size_t)offset + length;
    if (!entry)
        result = -ENOENT;
    else if (offset > SCRATCH_BYTES)
        result = -ENOSPC;
    else
        result =
            entry_resize(scratch, entry, end > entry->content.length ? end : entry->content.length);
    if (!result && length)
        memcpy(entry->content.data + offset, bytes, length);
    pthread_mutex_unlock(&scratch->lock);
    return result;
}

int scratch_truncate(struct scratch *scratch, uint32_t id, off_t size)
{
    pthread_mutex_lock(&scratch->lock);
    struct entry *entry = *by_id(scratch, id);
    int result = entry ? 0 : -ENOENT;
    if (entry && size > SCRATCH_BYTES)
        result = -ENOSPC;
    else if (entry && (size_t)size != entry->content.length)
        result = entry_resize(scratch, entry, (size_t)size);
    pthread_mutex_unlock(&scratch->lock);
    return result;
}

int scratch_chmod(struct scratch *scratch, uint32_t id, mode_t mode)
{
    pthread_mutex_lock(&scratch->lock);
    struct entry *entry = *by_id(scratch, id);
    if (entry)
        entry->info.mode = (entry->info.mode & (mode_t)S_IFMT) | (mode & 07777);
    pthread_mutex_unlock(&scratch->lock);
    return entry ? 0 : -ENOENT;
}

int scratch_touch(struct scratch *scratch, uint32_t id, int64_t time)
{
    pthread_mutex_lock(&scratch->lock);
    struct entry *entry = *by_id(scratch, id);
    if (entry)
        entry->info.time = time;
    pthread_mutex_unlock(&scratch->lock);
    return entry ? 0 : -ENOENT;
}

void scratch_mark(struct scratch *scratch, uint32_t id, int origin)
{
    pthread_mutex_lock(&scratch->lock);
    struct entry *entry = *by_id(scratch, id);
    if (entry)
        entry->info.origin = origin;
    pthread_mutex_unlock(&scratch->lock);
}

static void unname(struct scratch *scratch, struct entry **link)
{
    (*link)->name[0] = '\0';
    entry_settle(scratch, link);
}

int scratch_unlink(struct scratch *scratch, uint32_t device, const char *name)
{
    pthread_mutex_lock(&scratch->lock);
    struct entry **link = by_name(scratch, device, name);
    int result = *link ? 0 : -ENOENT;
    if (*link)
        unname(scratch, link);
    pthread_mutex_unlock(&scratch->lock);
    return result;
}

int scratch_rename(struct scratch *scratch, uint32_t device, const char *from, const char *to,
                   bool exclusive)
{
    int result = 0;
    pthread_mutex_lock(&scratch->lock);
    struct entry *entry = *by_name(scratch, device, from);
    struct entry **target = by_name(scratch, device, to);
    if (!entry)
        result = -ENOENT;
    else if (*target && exclusive)
        result = -EEXIST;
    if (!result && *target && *target != entry)
        unname(scratch, target);
    if (!result) {
        memset(entry->name, 0, sizeof(entry->name));
        strncpy(entry->name, to, NAME_MAX);
    }
    pthread_mutex_unlock(&scratch->lock);
    return result;
}

void scratch_drop(struct scratch *scratch, uint32_t device)
{
    pthread_mutex_lock(&scratch->lock);
    struct entry **link = &scratch->entries;
    while (*link) {
        struct entry *entry = *link;
        if (entry->info.device == device && *entry->name)
            unname(scratch, link);
        if (*link == entry)
            link = &entry->next;
    }
    pthread_mutex_unlock(&scratch->lock);
}
