/* SPDX-License-Identifier: MIT */
/*
 * Changes: done by the models, which verify them, and put into the lists before they return. Two
 * writes to one thing take turns: each compares what it sent with what the server then shows, and
 * the other's effect would look like the server's disobedience.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/inventory_private.h"
#include "lib/verify.h"

/* A thing that is being written, for as long as it is; on the writer's stack. */
struct verge_busy {
    struct verge_busy *next;
    enum verge_list_id list;
    enum verge_part part;
    uint32_t key;
};

/* What a write needs all along. */
struct writing {
    struct verge_inventory *inventory;
    const struct verge_call *call;
    struct verge_error *error;
    struct verge_busy busy;
};

static bool is_busy(const struct verge_inventory *inventory, const struct verge_busy *wanted)
{
    for (const struct verge_busy *at = inventory->busy; at != NULL; at = at->next) {
        if (at->list == wanted->list && at->part == wanted->part && at->key == wanted->key) {
            return true;
        }
    }
    return false;
}

/* Waits until nobody else writes this. */
static int enter(struct writing *writing, enum verge_list_id list, enum verge_part part,
                 uint32_t key)
{
    struct verge_inventory *inventory = writing->inventory;
    struct verge_waiter waiter;
    int rc = verge_waiter_begin(&waiter, inventory, writing->call, writing->error);

    if (rc < 0) {
        return rc;
    }
    writing->busy = (struct verge_busy){NULL, list, part, key};
    pthread_mutex_lock(&inventory->lock);
    while (rc == 0 && is_busy(inventory, &writing->busy)) {
        rc = verge_waiter_wait(&waiter, writing->error);
    }
    if (rc == 0) {
        writing->busy.next = inventory->busy;
        inventory->busy = &writing->busy;
    }
    pthread_mutex_unlock(&inventory->lock);
    verge_waiter_end(&waiter);
    return rc;
}

static void leave(struct writing *writing)
{
    struct verge_inventory *inventory = writing->inventory;
    struct verge_busy **at = &inventory->busy;

    pthread_mutex_lock(&inventory->lock);
    while (*at != &writing->busy) {
        at = &(*at)->next;
    }
    *at = writing->busy.next;
    pthread_cond_broadcast(&inventory->news);
    pthread_mutex_unlock(&inventory->lock);
}

/* A row as a write left it; NULL: gone. Without the memory to hold it, the list is stale: no error.
 * False when another write of the row came in between. */
static bool store_row(const struct writing *writing, enum verge_list_id list, enum verge_part part,
                      uint32_t key, const struct verge_stamp *stamp, const void *row)
{
    struct verge_record *rows[1] = {(struct verge_record *)row};
    struct verge_news news = {.list = list,
                              .selection = {part, key, NULL},
                              .stamp = *stamp,
                              .rows = rows,
                              .count = row != NULL,
                              .written = true};

    return verge_store(writing->inventory, &news) <= 0;
}

/* A device was changed: its VM may need a restart now, which its row will say when asked. */
static void doubt_vm(const struct writing *writing, uint32_t machine)
{
    struct verge_inventory *inventory = writing->inventory;
    const struct verge_vm *vm;
    uint32_t key;

    pthread_mutex_lock(&inventory->lock);
    vm = verge_snapshot_machine(inventory->lists[VERGE_VMS].snapshot, machine);
    key = vm != NULL ? vm->record.key : 0;
    pthread_mutex_unlock(&inventory->lock);
    if (key != 0) {
        verge_store_doubt(inventory, VERGE_VMS, VERGE_PART_OWNER, key);
    }
}

/* Nobody knows what the server has now: a request may have been carried out, or the row that we
 * hold is not what it was. */
static bool is_lost(int rc, const struct verge_error *error)
{
    return rc < 0 && (error->uncertain || rc == -ENOENT || rc == -ESTALE);
}

/* The device that the caller means, from a row as fresh as the lookups of its path were. */
static int find_meant(const struct writing *writing, const struct verge_identity *identity,
                      struct verge_device **device)
{
    struct verge_want want = {*writing->call, VERGE_RECENT};
    int rc =
        verge_find_device(writing->inventory, &want, identity->key, device, NULL, writing->error);

    if (rc < 0 || verge_device_matches(*device, identity)) {
        return rc;
    }
    verge_record_release(*device);
    *device = NULL;
    return verge_error_set(writing->error, ESTALE, "key %u is another device's by now",
                           identity->key);
}

/* ---- a device's own fields ---- */

static int change_device(const struct writing *writing, const struct verge_identity *identity,
                         const cJSON *fields)
{
    struct verge_inventory *inventory = writing->inventory;
    struct verge_device *device, *after = NULL;
    struct verge_stamp stamp;
    int rc = find_meant(writing, identity, &device);

    if (rc < 0) {
        return rc;
    }
    verge_record_release(device);
    stamp = verge_stamp_now(inventory);
    rc = verge_device_update(inventory->client, writing->call, identity, fields, &after,
                             writing->error);
    if (after != NULL) {
        (void)store_row(writing, VERGE_DEVICES, VERGE_PART_ROW, identity->key, &stamp, after);
    }
    if (is_lost(rc, writing->error)) {
        verge_store_lost(inventory, VERGE_DEVICES, VERGE_PART_ROW, identity->key);
    }
    if (after != NULL || is_lost(rc, writing->error)) {
        doubt_vm(writing, identity->machine);
    }
    verge_record_release(after);
    return rc;
}

int verge_change_device(struct verge_inventory *inventory, const struct verge_call *call,
                        const struct verge_identity *identity, const cJSON *fields,
                        struct verge_error *error)
{
    struct writing writing = {.inventory = inventory, .call = call, .error = error};
    int rc = enter(&writing, VERGE_DEVICES, VERGE_PART_ROW, identity->key);

    if (rc < 0) {
        return rc;
    }
    rc = change_device(&writing, identity, fields);
    leave(&writing);
    return rc;
}

/* ---- its settings ---- */

/* What the update left in the settings list, and in doubt elsewhere. */
static void settle_settings(const struct writing *writing, const struct verge_device *device,
                            const struct verge_stamp *stamp, const struct verge_settings *before,
                            const struct verge_settings *after, int rc)
{
    enum verge_list_id list = (enum verge_list_id)verge_settings_list(device);

    if (rc == 0 || after != NULL) {
        (void)store_row(writing, list, VERGE_PART_OWNER, device->record.key, stamp, after);
    }
    if (is_lost(rc, writing->error)) {
        verge_store_lost(writing->inventory, list, VERGE_PART_OWNER, device->record.key);
    }
    if (before == NULL) { /* they went to the device itself, whose `modified` may show it */
        verge_store_doubt(writing->inventory, VERGE_DEVICES, VERGE_PART_ROW, device->record.key);
    }
    doubt_vm(writing, device->machine);
}

static int change_settings(const struct writing *writing, const struct verge_device *device,
                           const cJSON *changes)
{
    struct verge_inventory *inventory = writing->inventory;
    struct verge_want want = {*writing->call, VERGE_RECENT};
    struct verge_settings *before, *after = NULL;
    struct verge_stamp stamp;
    unsigned unverified = 0;
    int rc = verge_find_settings(inventory, &want, device, &before, NULL, NULL, writing->error);

    if (rc < 0) {
        return rc;
    }
    stamp = verge_stamp_now(inventory);
    rc = verge_settings_update(inventory->client, writing->call, device, before, changes, &after,
                               &unverified, writing->error);
    if (verge_settings_list(device) >= 0 && (after == NULL || after != before) &&
        (rc == 0 || after != NULL || is_lost(rc, writing->error))) {
        settle_settings(writing, device, &stamp, before, after, rc);
    }
    pthread_mutex_lock(&inventory->lock);
    inventory->unverified += unverified;
    pthread_mutex_unlock(&inventory->lock);
    verge_record_release(before);
    verge_record_release(after);
    return rc;
}

int verge_change_settings(struct verge_inventory *inventory, const struct verge_call *call,
                          const struct verge_identity *identity, const cJSON *changes,
                          struct verge_error *error)
{
    struct writing writing = {.inventory = inventory, .call = call, .error = error};
    struct verge_device *device = NULL;
    int rc = enter(&writing, VERGE_DEVICES, VERGE_PART_ROW, identity->key);

    if (rc < 0) {
        return rc;
    }
    rc = find_meant(&writing, identity, &device);
    if (device != NULL) {
        rc = change_settings(&writing, device, changes);
    }
    verge_record_release(device);
    leave(&writing);
    return rc;
}

/* ---- devices that come ---- */

static int keep_keys(const struct verge_record *const *rows, size_t row_count, uint32_t **keys,
                     size_t *count, struct verge_error *error)
{
    *keys = calloc(row_count + 1, sizeof(**keys));
    *count = *keys != NULL ? row_count : 0;
    for (size_t i = 0; i < *count; i++) {
        (*keys)[i] = rows[i]->key;
    }
    return *keys != NULL ? 0 : verge_error_set(error, ENOMEM, "out of memory");
}

/* The keys of the devices that the machine has already; caller frees. Several new ones may get any
 * name: then a device that somebody else has made since must not look like one of them. */
static int known_keys(const struct writing *writing, const struct verge_device_request *request,
                      uint32_t **keys, size_t *count)
{
    struct verge_want want = {*writing->call, VERGE_FRESH};
    struct verge_snapshot *snapshot = NULL;
    struct verge_rows rows = {0};
    struct verge_slice slice = {0};
    int rc;

    if (request->count > 1) {
        rc = verge_rows_look(writing->inventory->client, writing->call, &verge_device_model,
                             "machine", request->machine, &rows, writing->error);
        slice = (struct verge_slice){(const struct verge_record *const *)rows.rows, rows.count};
    } else {
        rc = verge_list_devices(writing->inventory, &want, request->machine, &snapshot, NULL,
                                writing->error);
        if (rc == 0) {
            slice = verge_snapshot_slice(snapshot, request->machine);
        }
    }
    if (rc == 0) {
        rc = keep_keys(slice.rows, slice.count, keys, count, writing->error);
    }
    verge_rows_free(rows.rows, rows.count);
    verge_snapshot_release(snapshot);
    return rc;
}

/* A settings list that was read before a device was made has no row for it, and is no proof that
 * there is none. */
static void settle_created(const struct writing *writing, const struct verge_stamp *stamp,
                           const struct verge_device *device)
{
    int settings = verge_settings_list(device);

    if (!store_row(writing, VERGE_DEVICES, VERGE_PART_ROW, device->record.key, stamp, device)) {
        verge_store_lost(writing->inventory, VERGE_DEVICES, VERGE_PART_OWNER, device->machine);
    }
    if (settings >= 0) {
        verge_store_lost(writing->inventory, (enum verge_list_id)settings, VERGE_PART_OWNER,
                         device->record.key);
    }
}

static int attach_device(const struct writing *writing, const struct verge_device_request *request,
                         struct verge_device ***rows, size_t *count)
{
    struct verge_inventory *inventory = writing->inventory;
    struct verge_stamp stamp;
    uint32_t *keys = NULL;
    size_t key_count;
    int rc = known_keys(writing, request, &keys, &key_count);

    if (rc < 0) {
        return rc;
    }
    stamp = verge_stamp_now(inventory);
    rc = verge_device_create(inventory->client, writing->call, request, keys, key_count, rows,
                             count, writing->error);
    free(keys);
    for (size_t i = 0; i < *count; i++) {
        settle_created(writing, &stamp, (*rows)[i]);
    }
    if (is_lost(rc, writing->error)) {
        verge_store_lost(inventory, VERGE_DEVICES, VERGE_PART_OWNER, request->machine);
    }
    if (*count > 0 || is_lost(rc, writing->error)) {
        doubt_vm(writing, request->machine);
    }
    return rc;
}

int verge_attach_device(struct verge_inventory *inventory, const struct verge_call *call,
                        const struct verge_device_request *request, struct verge_device ***rows,
                        size_t *count, struct verge_error *error)
{
    struct writing writing = {.inventory = inventory, .call = call, .error = error};
    int rc = enter(&writing, VERGE_DEVICES, VERGE_PART_OWNER, request->machine);

    *rows = NULL;
    *count = 0;
    if (rc < 0) {
        return rc;
    }
    rc = attach_device(&writing, request, rows, count);
    leave(&writing);
    return rc;
}

/* ---- devices that go ---- */

/* Where the device's settings are held, as far as we know the device; -1 for not at all. */
static int settings_list_of(const struct writing *writing, uint32_t key)
{
    struct verge_want want = {*writing->call, VERGE_CACHED};
    struct verge_error unused = VERGE_ERROR_INIT;
    struct verge_device *device;
    int list = -1;

    if (verge_find_device(writing->inventory, &want, key, &device, NULL, &unused) == 0) {
        list = verge_settings_list(device);
        verge_record_release(device);
    }
    return list;
}

static int detach_device(const struct writing *writing, const struct verge_identity *identity)
{
    struct verge_inventory *inventory = writing->inventory;
    struct verge_stamp stamp = verge_stamp_now(inventory);
    int settings = settings_list_of(writing, identity->key);
    int rc = verge_device_delete(inventory->client, writing->call, identity, writing->error);

    if (rc == 0 || rc == -ENOENT) {
        (void)store_row(writing, VERGE_DEVICES, VERGE_PART_ROW, identity->key, &stamp, NULL);
        if (settings >= 0) {
            (void)store_row(writing, (enum verge_list_id)settings, VERGE_PART_OWNER, identity->key,
                            &stamp, NULL);
        }
    } else if (is_lost(rc, writing->error)) {
        verge_store_lost(inventory, VERGE_DEVICES, VERGE_PART_ROW, identity->key);
    }
    if (rc == 0 || is_lost(rc, writing->error)) {
        doubt_vm(writing, identity->machine);
    }
    return rc;
}

int verge_detach_device(struct verge_inventory *inventory, const struct verge_call *call,
                        const struct verge_identity *identity, struct verge_error *error)
{
    struct writing writing = {.inventory = inventory, .call = call, .error = error};
    int rc = enter(&writing, VERGE_DEVICES, VERGE_PART_ROW, identity->key);

    if (rc < 0) {
        return rc;
    }
    rc = detach_device(&writing, identity);
    leave(&writing);
    return rc;
}

/* ---- a VM's power ---- */

/* The VM's row as it is after the action. What can't be read now will be when somebody asks. */
static void read_vm_again(const struct writing *writing, uint32_t vm)
{
    struct verge_inventory *inventory = writing->inventory;
    struct verge_error unused = VERGE_ERROR_INIT;
    struct verge_news news = {.list = VERGE_VMS,
                              .selection = {VERGE_PART_OWNER, vm, NULL},
                              .stamp = verge_stamp_now(inventory)};
    struct verge_rows rows;

    if (verge_rows_look(inventory->client, writing->call, &verge_vm_model, "$key", vm, &rows,
                        &unused) == 0) {
        news.rows = rows.rows;
        news.count = rows.count;
        (void)verge_store(inventory, &news);
    }
    verge_rows_free(rows.rows, rows.count);
}

/* The status of its devices goes with the VM's. */
static void doubt_devices(const struct writing *writing, uint32_t vm)
{
    struct verge_inventory *inventory = writing->inventory;
    const struct verge_record *row;
    uint32_t machine;

    pthread_mutex_lock(&inventory->lock);
    row = verge_snapshot_row(inventory->lists[VERGE_VMS].snapshot, vm);
    machine = row != NULL ? ((const struct verge_vm *)row)->machine : 0;
    pthread_mutex_unlock(&inventory->lock);
    if (machine != 0) {
        verge_store_doubt(inventory, VERGE_DEVICES, VERGE_PART_OWNER, machine);
    }
}

int verge_power(struct verge_inventory *inventory, const struct verge_call *call, uint32_t vm,
                const char *action, struct verge_error *error)
{
    struct writing writing = {.inventory = inventory, .call = call, .error = error};
    int rc = enter(&writing, VERGE_VMS, VERGE_PART_OWNER, vm);

    if (rc < 0) {
        return rc;
    }
    rc = verge_vm_action(inventory->client, call, vm, action, error);
    if (rc == 0 || verge_error_doubt(error)) {
        verge_store_lost(inventory, VERGE_VMS, VERGE_PART_OWNER, vm);
        doubt_devices(&writing, vm);
        read_vm_again(&writing, vm);
    }
    leave(&writing);
    return rc;
}
