/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/guard.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    pid_t process;
    uint32_t device;
    int64_t when; /* of the last refusal */
};

/*
 * A plain array, looked through from end to end: it is asked only where something is deleted, and
 * 64 KiB are read faster than one request is written.
 */
struct guard {
    pthread_mutex_t lock; /* guards all below */
    size_t used;
    struct entry entries[GUARD_ENTRIES];
};

struct guard *guard_new(void)
{
    struct guard *guard = calloc(1, sizeof *guard);

    if (guard)
        pthread_mutex_init(&guard->lock, NULL);
    return guard;
}

void guard_free(struct guard *guard)
{
    if (!guard)
        return;
    pthread_mutex_destroy(&guard->lock);
    free(guard);
}

static struct entry *find(struct guard *guard, pid_t process, uint32_t device)
{
    for (size_t i = 0; i < guard->used; i++) {
        if (guard->entries[i].process == process && guard->entries[i].device == device)
            return &guard->entries[i];
    }
    return NULL;
}

/* An unused entry, or else the oldest. */
static struct entry *make_room(struct guard *guard)
{
    struct entry *oldest = &guard->entries[0];

    if (guard->used < GUARD_ENTRIES)
        return &guard->entries[guard->used++];
    for (size_t i = 1; i < guard->used; i++) {
        if (guard->entries[i].when < oldest->when)
            oldest = &guard->entries[i];
    }
    return oldest;
}

void guard_refused(struct guard *guard, pid_t process, uint32_t device, int64_t now)
{
    pthread_mutex_lock(&guard->lock);
    struct entry *entry = find(guard, process, device);
    if (!entry)
        entry = make_room(guard);
    *entry = (struct entry){.process = process, .device = device, .when = now};
    pthread_mutex_unlock(&guard->lock);
}

bool guard_forbids(struct guard *guard, pid_t process, uint32_t device, int64_t now)
{
    pthread_mutex_lock(&guard->lock);
    const struct entry *entry = find(guard, process, device);
    bool forbids = entry && now - entry->when < GUARD_MS;
    pthread_mutex_unlock(&guard->lock);
    return forbids;
}

pid_t guard_process(pid_t thread)
{
    static const char tag[] = "Tgid:";
    char path[64];
    char line[128];
    long group = 0;

    snprintf(path, sizeof path, "/proc/%d/status", (int)thread);
    FILE *status = fopen(path, "re");
    if (!status)
        return thread;
    while (group <= 0 && fgets(line, sizeof line, status)) {
        if (strncmp(line, tag, sizeof tag - 1) == 0)
            group = strtol(line + sizeof tag - 1, NULL, 10);
    }
    fclose(status);
    return group > 0 ? (pid_t)group : thread;
}
