/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/again.h"

#include <pthread.h>
#include <stdlib.h>

#include "fs/inode.h"

struct refusal {
    pid_t thread; /* 0: none */
    uint64_t place;
    int64_t when;
};

struct again {
    pthread_mutex_t lock; /* guards all below */
    size_t next;
    struct refusal refusals[AGAIN_ENTRIES];
};

struct again *again_new(void)
{
    struct again *again = calloc(1, sizeof *again);

    if (again)
        pthread_mutex_init(&again->lock, NULL);
    return again;
}

void again_free(struct again *again)
{
    if (!again)
        return;
    pthread_mutex_destroy(&again->lock);
    free(again);
}

uint64_t again_place(uint64_t directory, const char *name)
{
    return directory ^ (uint64_t)inode_hash(name) << 32;
}

void again_refused(struct again *again, pid_t thread, uint64_t place, int64_t now)
{
    pthread_mutex_lock(&again->lock);
    again->refusals[again->next] = (struct refusal){thread, place, now};
    again->next = (again->next + 1) % AGAIN_ENTRIES;
    pthread_mutex_unlock(&again->lock);
}

bool again_repeats(struct again *again, pid_t thread, uint64_t place, int64_t now)
{
    bool repeats = false;

    pthread_mutex_lock(&again->lock);
    for (size_t i = 0; i < AGAIN_ENTRIES && !repeats; i++) {
        struct refusal *refusal = &again->refusals[i];
        repeats =
            refusal->thread == thread && refusal->place == place && now - refusal->when < AGAIN_MS;
        if (repeats)
            refusal->thread = 0;
    }
    pthread_mutex_unlock(&again->lock);
    return repeats;
}
