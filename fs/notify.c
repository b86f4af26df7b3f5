/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/notify.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "fs/differences.h"
#include "fs/given.h"
#include "fs/groups.h"
#include "fs/options.h"
#include "fs/scratch.h"
#include "fs/unshare.h"
#include "lib/snapshot.h"

/* How long somebody waits for inodes, of which a fleet has many, and for names, one of which may be
 * in a directory where a request of somebody else's is on its way. */
#define INODES_MS 2000
#define NAMES_MS 200

/* One change of a list, one doubt about rows of it, or one name to be forgotten. */
struct item {
    struct item *next;
    void (*handle)(struct notify *notify, const struct item *item);
    enum verge_list_id list;
    const struct verge_snapshot *before, *after; /* of a change; held */
    bool stale;          /* nothing is known to be gone: to be asked for again */
    uint32_t owner, key; /* of a doubt */
    fuse_ino_t parent;   /* of a name */
    char name[];
};

/* A queue with its thread. */
struct worker {
    struct notify *notify;
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t came, done;
    struct item *first, **last;
    atomic_uint_fast64_t put, finished; /* items so far; read without the lock, too */
    bool running, ending;
    bool blocks; /* in the kernel, for who may wait for us */
};

struct notify {
    struct fuse_session *session;
    struct verge_inventory *inventory;
    struct scratch *scratch;
    struct verge_snapshot *none; /* an empty one */
    struct given *given;
    atomic_uint_fast64_t told;
    struct worker inodes; /* compares snapshots, invalidates inodes: never blocks in the kernel */
    struct worker names;  /* invalidates names: may wait for the lock of a directory */
};

/* ---- queues ---- */

static void item_free(struct item *item)
{
    verge_snapshot_release(item->before);
    verge_snapshot_release(item->after);
    free(item);
}

static struct item *item_new(void (*handle)(struct notify *notify, const struct item *item),
                             const char *name)
{
    struct item *item = calloc(1, sizeof(*item) + strlen(name) + 1);
    if (!item)
        return NULL; /* the kernel's copies end with their timeouts */
    item->handle = handle;
    strcpy(item->name, name);
    return item;
}

/* Takes the item; before the start and after the end it is dropped. */
static void put(struct worker *worker, struct item *item)
{
    pthread_mutex_lock(&worker->lock);
    bool taken = worker->running && !worker->ending;
    if (taken) {
        *worker->last = item;
        worker->last = &item->next;
        worker->put++;
        pthread_cond_signal(&worker->came);
    }
    pthread_mutex_unlock(&worker->lock);
    if (!taken)
        item_free(item);
}

static struct item *take(struct worker *worker)
{
    while (!worker->first && !worker->ending)
        pthread_cond_wait(&worker->came, &worker->lock);
    struct item *item = worker->first;
    if (item) {
        worker->first = item->next;
        if (!worker->first)
            worker->last = &worker->first;
    }
    return item;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    if (worker->blocks)
        unshare_files(fuse_session_fd(worker->notify->session));
    pthread_mutex_lock(&worker->lock);
    struct item *item;
    while ((item = take(worker))) {
        bool ending = worker->ending;
        pthread_mutex_unlock(&worker->lock);
        if (!ending)
            item->handle(worker->notify, item);
        item_free(item);
        pthread_mutex_lock(&worker->lock);
        worker->finished++;
        pthread_cond_broadcast(&worker->done);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

static void worker_init(struct worker *worker, struct notify *notify)
{
    worker->notify = notify;
    worker->last = &worker->first;
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->came, NULL);
    verge_condition_init(&worker->done);
}

static int worker_start(struct worker *worker)
{
    int result = pthread_create(&worker->thread, NULL, work, worker);
    pthread_mutex_lock(&worker->lock);
    worker->running = !result;
    pthread_mutex_unlock(&worker->lock);
    return -result;
}

static void worker_end(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    bool running = worker->running;
    worker->ending = true;
    pthread_cond_broadcast(&worker->came);
    pthread_mutex_unlock(&worker->lock);
    if (running)
        pthread_join(worker->thread, NULL);
    pthread_mutex_destroy(&worker->lock);
    pthread_cond_destroy(&worker->came);
    pthread_cond_destroy(&worker->done);
}

/* ---- what the threads do ---- */

void notify_given(struct notify *notify, struct address address, int64_t now, int64_t until)
{
    given_mark(notify->given, address, now, until);
}

uint64_t notify_told(struct notify *notify)
{
    return atomic_load(&notify->told);
}

/* One item being told. The number goes up with the first thing that is to be forgotten, whether the
 * kernel seems to hold it or not: it may be about to be given, by one who looks at the number
 * then. */
struct telling {
    struct notify *notify;
    int64_t now;
    bool begun;
};

static bool is_to_be_told(struct telling *telling, struct address address)
{
    if (!telling->begun)
        atomic_fetch_add(&telling->notify->told, 1);
    telling->begun = true;
    return given_is_held(telling->notify->given, address, telling->now);
}

/* Attributes and size only: files are read with direct I/O, so no page is cached. ENOENT: the
 * kernel holds nothing. */
static void forget_inode(void *argument, struct address address)
{
    struct telling *telling = argument;
    if (is_to_be_told(telling, address))
        fuse_lowlevel_notify_inval_inode(telling->notify->session, inode_pack(address), -1, 0);
}

static void handle_name(struct notify *notify, const struct item *item)
{
    fuse_lowlevel_notify_inval_entry(notify->session, item->parent, item->name, strlen(item->name));
}

static void put_name(struct notify *notify, uint64_t directory, const char *name)
{
    struct item *item = item_new(handle_name, name);
    if (!item)
        return;
    item->parent = directory;
    put(&notify->names, item);
}

static void forget_name(void *argument, struct address directory, const char *name)
{
    struct telling *telling = argument;
    if (is_to_be_told(telling, directory))
        put_name(telling->notify, inode_pack(directory), name);
}

static void forget_name_of_each(void *argument, enum kind directory, const char *name)
{
    struct telling *telling = argument;
    struct verge_snapshot *vms = verge_inventory_held(telling->notify->inventory, VERGE_VMS);
    for (size_t i = 0; i < verge_snapshot_count(vms); i++)
        forget_name(argument, (struct address){directory, 0, verge_snapshot_at(vms, i)->key}, name);
    verge_snapshot_release(vms);
}

static struct verge_want held(void)
{
    return (struct verge_want){.call = {.deadline = verge_now()}, .freshness = VERGE_CACHED};
}

static uint32_t held_vm(void *argument, uint32_t machine)
{
    struct notify *notify = ((struct telling *)argument)->notify;
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_want want = held();
    struct verge_vm *vm = NULL;
    if (verge_find_vm_of_machine(notify->inventory, &want, machine, &vm, NULL, &error))
        return 0;
    uint32_t key = vm->record.key;
    verge_record_release((struct verge_record *)vm);
    return key;
}

static uint32_t held_group(void *argument, const struct verge_reference *reference)
{
    struct notify *notify = ((struct telling *)argument)->notify;
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_want want = held();
    struct verge_snapshot *groups = NULL;
    if (!*reference->text ||
        verge_list(notify->inventory, &want, VERGE_GROUPS, &groups, NULL, &error))
        return 0;
    const struct verge_group *group = groups_of(groups, reference);
    uint32_t key = group ? group->record.key : 0;
    verge_snapshot_release(groups);
    return key;
}

/* What lay in its directory is nobody's, least of all another device's. */
static void drop_scratch(void *argument, uint32_t device)
{
    struct notify *notify = ((struct telling *)argument)->notify;
    scratch_drop(notify->scratch, device);
}

static const struct difference_sink changed_sink = {forget_inode, forget_name, forget_name_of_each,
                                                    held_vm,      held_group,  drop_scratch};
/* A refresh takes nothing away: names lead to inodes whose rows are asked for anew, and without
 * its name a directory would have no path to itself for whoever works in it. */
static const struct difference_sink stale_sink = {.inode = forget_inode};

static void handle_change(struct notify *notify, const struct item *item)
{
    const struct difference_sink *sink = item->stale ? &stale_sink : &changed_sink;
    struct telling telling = {.notify = notify, .now = verge_now()};
    differences(item->list, item->before, item->after, sink, &telling);
}

static void handle_doubt(struct notify *notify, const struct item *item)
{
    struct verge_snapshot *held = verge_inventory_held(notify->inventory, item->list);
    struct telling telling = {.notify = notify, .now = verge_now()};
    differences_doubted(item->list, held, item->owner, item->key, &stale_sink, &telling);
    verge_snapshot_release(held);
}

/* ---- the outside ---- */

void notify_name(struct notify *notify, uint64_t directory, const char *name)
{
    atomic_fetch_add(&notify->told, 1);
    put_name(notify, directory, name);
}

struct notify *notify_new(void)
{
    struct notify *notify = calloc(1, sizeof(*notify));
    if (!notify)
        return NULL;
    notify->none = verge_snapshot_empty(&verge_vm_model);
    notify->given = given_new();
    if (!notify->none || !notify->given) {
        verge_snapshot_release(notify->none);
        given_free(notify->given);
        free(notify);
        return NULL;
    }
    worker_init(&notify->inodes, notify);
    worker_init(&notify->names, notify);
    notify->names.blocks = true;
    return notify;
}

int notify_start(struct notify *notify, struct fuse_session *session,
                 struct verge_inventory *inventory, struct scratch *scratch)
{
    notify->session = session;
    notify->inventory = inventory;
    notify->scratch = scratch;
    int result = worker_start(&notify->names);
    return result ? result : worker_start(&notify->inodes);
}

void notify_free(struct notify *notify)
{
    if (!notify)
        return;
    worker_end(&notify->inodes);
    worker_end(&notify->names);
    verge_snapshot_release(notify->none);
    given_free(notify->given);
    free(notify);
}

static void put_change(struct notify *notify, enum verge_list_id list,
                       const struct verge_snapshot *before, const struct verge_snapshot *after,
                       bool stale)
{
    struct item *item = item_new(handle_change, "");
    if (!item)
        return;
    item->list = list;
    item->before = verge_snapshot_hold(before);
    item->after = verge_snapshot_hold(after);
    item->stale = stale;
    put(&notify->inodes, item);
}

void notify_changed(void *argument, enum verge_list_id list, const struct verge_snapshot *before,
                    const struct verge_snapshot *after)
{
    put_change(argument, list, before, after, false);
}

void notify_doubted(void *argument, enum verge_list_id list, uint32_t owner, uint32_t key)
{
    struct notify *notify = argument;
    struct item *item = item_new(handle_doubt, "");
    if (!item)
        return;
    item->list = list;
    item->owner = owner;
    item->key = key;
    put(&notify->inodes, item);
}

void notify_stale(struct notify *notify)
{
    for (int i = 0; i < VERGE_SETTINGS + VERGE_SETTINGS_TABLES; i++) {
        enum verge_list_id list = (enum verge_list_id)i;
        struct verge_snapshot *held = verge_inventory_held(notify->inventory, list);
        put_change(notify, list, held, notify->none, true);
        verge_snapshot_release(held);
    }
}

/* Until all that was put so far is done, or `until` has come. */
static void settle(struct worker *worker, int64_t until)
{
    uint64_t target = atomic_load(&worker->put);
    if (atomic_load(&worker->finished) >= target)
        return;
    pthread_mutex_lock(&worker->lock);
    while (worker->running && !worker->ending && worker->finished < target && verge_now() < until)
        verge_condition_wait(&worker->done, &worker->lock, until);
    pthread_mutex_unlock(&worker->lock);
}

void notify_settle(struct notify *notify)
{
    settle(&notify->inodes, verge_now() + INODES_MS);
}

void notify_settle_names(struct notify *notify)
{
    settle(&notify->inodes, verge_now() + INODES_MS); /* names come out of the same comparison */
    settle(&notify->names, verge_now() + NAMES_MS);
}
