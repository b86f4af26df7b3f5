/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "fs/options.h"

struct poller {
    struct poller *next;
    struct file *file;
    struct fuse_pollhandle *handle; /* NULL: woken already */
};

struct watch {
    struct tree *tree;
    int64_t interval_ms;
    struct verge_cancel cancel; /* fired at the end: the thread may be waiting for the server */
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below; taken before a file's own lock */
    pthread_cond_t changed;
    struct poller *pollers;
    bool running, ending;
};

struct watch *watch_new(struct tree *tree, int64_t interval_ms)
{
    pthread_condattr_t monotonic;
    struct watch *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return NULL;
    watch->tree = tree;
    watch->interval_ms = interval_ms;
    verge_cancel_init(&watch->cancel);
    pthread_mutex_init(&watch->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&watch->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return watch;
}

static void drop_handle(struct poller *poller)
{
    if (poller->handle)
        fuse_pollhandle_destroy(poller->handle);
    poller->handle = NULL;
}

/* ---- the thread ---- */

static void wait_interval(struct watch *watch)
{
    int64_t until = verge_now() + watch->interval_ms;
    struct timespec when = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
    while (!watch->ending && !watch->pollers)
        pthread_cond_wait(&watch->changed, &watch->lock);
    while (!watch->ending && verge_now() < until)
        pthread_cond_timedwait(&watch->changed, &watch->lock, &when);
}

/* The addresses that are polled, each once; the lock is held. NULL with *count 0 when there are
 * none. */
static struct address *polled(const struct watch *watch, size_t *count)
{
    size_t size = 0;
    *count = 0;
    for (struct poller *poller = watch->pollers; poller; poller = poller->next)
        size++;
    struct address *addresses = calloc(size + 1, sizeof(*addresses));
    for (struct poller *poller = watch->pollers; addresses && poller; poller = poller->next) {
        uint64_t inode = inode_pack(file_address(poller->file));
        size_t i = 0;
        while (i < *count && inode_pack(addresses[i]) != inode)
            i++;
        if (i == *count)
            addresses[(*count)++] = file_address(poller->file);
    }
    return addresses;
}

static void wake_pollers(struct watch *watch, struct address address, const struct verge_text *now)
{
    pthread_mutex_lock(&watch->lock);
    for (struct poller *poller = watch->pollers; poller; poller = poller->next) {
        if (!poller->handle || inode_pack(file_address(poller->file)) != inode_pack(address) ||
            !file_differs(poller->file, now))
            continue;
        fuse_lowlevel_notify_poll(poller->handle);
        drop_handle(poller);
    }
    pthread_mutex_unlock(&watch->lock);
}

/* A server that is away or a device that is gone wakes nobody: who reads is told. */
static void check(struct watch *watch, struct address address)
{
    struct request request = {
        .call = {.deadline = verge_now() + watch->tree->timeout_ms, .cancel = &watch->cancel}};
    VERGE_TEXT_LOCAL now = VERGE_TEXT_INIT;
    if (!file_content(watch->tree, &request, address, &now))
        wake_pollers(watch, address, &now);
}

static void *work(void *argument)
{
    struct watch *watch = argument;
    pthread_mutex_lock(&watch->lock);
    while (!watch->ending) {
        wait_interval(watch);
        size_t count = 0;
        struct address *addresses = polled(watch, &count);
        pthread_mutex_unlock(&watch->lock);
        for (size_t i = 0; i < count; i++)
            check(watch, addresses[i]);
        free(addresses);
        pthread_mutex_lock(&watch->lock);
    }
    pthread_mutex_unlock(&watch->lock);
    return NULL;
}

/* ---- the outside ---- */

/* The poller of a file; made when there is none. The lock is held. */
static struct poller *poller_of(struct watch *watch, struct file *file)
{
    struct poller *poller = watch->pollers;
    while (poller && poller->file != file)
        poller = poller->next;
    if (poller)
        return poller;
    poller = calloc(1, sizeof(*poller));
    if (!poller)
        return NULL;
    poller->file = file;
    poller->next = watch->pollers;
    watch->pollers = poller;
    return poller;
}

static int start(struct watch *watch)
{
    if (watch->running)
        return 0;
    int result = pthread_create(&watch->thread, NULL, work, watch);
    watch->running = !result;
    return -result;
}

int watch_add(struct watch *watch, struct file *file, struct fuse_pollhandle *handle_take)
{
    pthread_mutex_lock(&watch->lock);
    int result = watch->ending ? -ESHUTDOWN : start(watch);
    struct poller *poller = result ? NULL : poller_of(watch, file);
    if (!result && !poller)
        result = -ENOMEM;
    if (poller) {
        drop_handle(poller);
        poller->handle = handle_take;
        pthread_cond_signal(&watch->changed);
    }
    pthread_mutex_unlock(&watch->lock);
    if (result)
        fuse_pollhandle_destroy(handle_take);
    return result;
}

void watch_remove(struct watch *watch, const struct file *file)
{
    pthread_mutex_lock(&watch->lock);
    struct poller **link = &watch->pollers;
    while (*link && (*link)->file != file)
        link = &(*link)->next;
    struct poller *poller = *link;
    if (poller) {
        *link = poller->next;
        drop_handle(poller);
        free(poller);
    }
    pthread_mutex_unlock(&watch->lock);
}

void watch_end(struct watch *watch)
{
    if (!watch)
        return;
    pthread_mutex_lock(&watch->lock);
    bool running = watch->running && !watch->ending;
    watch->ending = true;
    pthread_cond_broadcast(&watch->changed);
    pthread_mutex_unlock(&watch->lock);
    verge_cancel_fire(&watch->cancel);
    if (running)
        pthread_join(watch->thread, NULL);
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    while (watch->pollers)
        watch_remove(watch, watch->pollers->file);
    pthread_cond_destroy(&watch->changed);
    pthread_mutex_destroy(&watch->lock);
    verge_cancel_destroy(&watch->cancel);
    free(watch);
}
