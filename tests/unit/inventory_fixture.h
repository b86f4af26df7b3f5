/* SPDX-License-Identifier: MIT */
/* An inventory of a small VergeOS in memory, for the tests of it. */
#ifndef INVENTORY_FIXTURE_H
#define INVENTORY_FIXTURE_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/inventory.h"
#include "lib/value.h"
#include "tests/unit/fake_server.h"
#include "tests/unit/unit.h"

#define LONG_TTL 600000

struct fixture {
    struct fake_server *server;
    struct verge_client *client;
    struct verge_inventory *inventory;
    struct verge_want fresh, recent, cached;
    struct verge_error error;
    unsigned changes; /* calls of verge_changed */
};

static inline void fixture_changed(void *argument, enum verge_list_id list,
                                   const struct verge_snapshot *before,
                                   const struct verge_snapshot *after)
{
    struct fixture *f = argument;

    (void)list;
    ck_assert_uint_gt(verge_snapshot_generation(after), verge_snapshot_generation(before));
    __atomic_fetch_add(&f->changes, 1, __ATOMIC_RELAXED);
}

/* Devices of the five kinds of fake_server.c, in turn; ten groups; settings rows if wanted. */
static inline void setup(struct fixture *f, size_t vms, size_t devices, bool settings, int64_t ttl)
{
    struct verge_inventory_options options = {
        .ttl_ms = ttl, .timeout_ms = 600000, .changed = fixture_changed, .changed_argument = f};
    struct verge_call call = {verge_now() + 6L * LONG_TTL, NULL};

    memset(f, 0, sizeof(*f));
    f->server = fake_server_new(vms, devices, 10, settings);
    f->client = fake_client_new(f->server, 0);
    f->inventory = verge_inventory_new(f->client, &options);
    f->fresh = (struct verge_want){call, VERGE_FRESH};
    f->recent = (struct verge_want){call, VERGE_RECENT};
    f->cached = (struct verge_want){call, VERGE_CACHED};
}

static inline void teardown(struct fixture *f)
{
    verge_inventory_free(f->inventory);
    verge_client_free(f->client);
    fake_server_free(f->server);
}

#define FIXTURE __attribute__((cleanup(teardown))) struct fixture

static inline void fault(struct fixture *f, struct fake_fault fault)
{
    pthread_mutex_lock(&f->server->lock);
    f->server->fault = fault;
    f->server->fault.times = fault.times > 0 ? fault.times : 1;
    pthread_mutex_unlock(&f->server->lock);
}

static inline void measure(struct fixture *f)
{
    ck_assert_int_eq(verge_inventory_measure(f->inventory, &f->fresh.call, &f->error), 0);
    f->server->requests = 0;
    f->server->rows_most = 0;
}

/* The description of a device in at most 40 bytes, or an errno. */
static inline int read_device(struct fixture *f, const struct verge_want *want, uint32_t key,
                              char *description)
{
    struct verge_device *device;
    int64_t until;
    int rc = verge_find_device(f->inventory, want, key, &device, &until, &f->error);

    if (description != NULL) {
        snprintf(description, 40, "%s", rc == 0 ? device->description : "");
    }
    verge_record_release(device);
    return rc;
}

static inline int read_list(struct fixture *f, const struct verge_want *want,
                            enum verge_list_id list, size_t *count)
{
    struct verge_snapshot *snapshot;
    int rc = verge_list(f->inventory, want, list, &snapshot, NULL, &f->error);

    if (count != NULL) {
        *count = rc == 0 ? verge_snapshot_count(snapshot) : 0;
    }
    verge_snapshot_release(snapshot);
    return rc;
}

static inline int read_machine(struct fixture *f, const struct verge_want *want, uint32_t vm,
                               size_t *count)
{
    struct verge_snapshot *snapshot;
    int rc = verge_list_devices(f->inventory, want, vm + FAKE_MACHINE, &snapshot, NULL, &f->error);

    if (count != NULL) {
        *count = rc == 0 ? verge_snapshot_slice(snapshot, vm + FAKE_MACHINE).count : 0;
    }
    verge_snapshot_release(snapshot);
    return rc;
}

static inline int read_vm(struct fixture *f, const struct verge_want *want, const char *name,
                          int64_t *ram)
{
    struct verge_vm *vm;
    int rc = verge_find_vm_named(f->inventory, want, name, &vm, NULL, &f->error);

    if (ram != NULL) {
        *ram = rc == 0 ? vm->ram : 0;
    }
    verge_record_release(vm);
    return rc;
}

/* Type, status, enabled of every device and the name of its VM. */
static inline void read_fleet(struct fixture *f, size_t vms, size_t devices)
{
    char name[32];

    ck_assert_int_eq(read_list(f, &f->recent, VERGE_VMS, NULL), 0);
    for (size_t vm = 1; vm <= vms; vm++) {
        size_t count;

        snprintf(name, sizeof(name), "vm%zu", vm);
        ck_assert_int_eq(read_vm(f, &f->recent, name, NULL), 0);
        ck_assert_int_eq(read_machine(f, &f->recent, (uint32_t)vm, &count), 0);
        ck_assert_uint_eq(count, devices);
    }
    for (size_t i = 0; i < f->server->device_count; i++) {
        ck_assert_int_eq(read_device(f, &f->fresh, f->server->devices[i].key, NULL), 0);
    }
}

/* The settings of a device as text in at most 256 bytes; "" for none. */
static inline int read_settings(struct fixture *f, const struct verge_want *want, uint32_t key,
                                char *rest, bool *missing)
{
    struct verge_device *device;
    struct verge_settings *settings;
    int rc = verge_find_device(f->inventory, want, key, &device, NULL, &f->error);

    if (rc < 0) {
        return rc;
    }
    rc = verge_find_settings(f->inventory, want, device, &settings, missing, NULL, &f->error);
    if (rest != NULL) {
        snprintf(rest, 256, "%s", rc == 0 && settings != NULL ? settings->record.rest : "");
    }
    verge_record_release(device);
    verge_record_release(settings);
    return rc;
}

static inline struct verge_identity identity_of(struct fixture *f, uint32_t key)
{
    const struct fake_device *device = fake_device(f->server, key);
    struct verge_identity identity = {.key = key, .machine = device->machine};

    snprintf(identity.uuid, sizeof(identity.uuid), "%s", device->uuid);
    return identity;
}

static inline int describe(struct fixture *f, uint32_t key, const char *description)
{
    struct verge_identity identity = identity_of(f, key);
    VERGE_JSON_LOCAL *fields = cJSON_CreateObject();

    cJSON_AddStringToObject(fields, "description", description);
    return verge_change_device(f->inventory, &f->fresh.call, &identity, fields, &f->error);
}

static inline int attach(struct fixture *f, uint32_t vm, const char *type, const char *name,
                         uint32_t *key)
{
    struct verge_device_request request = {
        .machine = vm + FAKE_MACHINE, .type = type, .name = name, .enabled = true};
    struct verge_device **rows;
    size_t count;
    int rc = verge_attach_device(f->inventory, &f->fresh.call, &request, &rows, &count, &f->error);

    if (key != NULL) {
        *key = count > 0 ? rows[0]->record.key : 0;
    }
    verge_rows_free((struct verge_record **)rows, count);
    return rc;
}

static inline int detach(struct fixture *f, const struct verge_identity *identity)
{
    return verge_detach_device(f->inventory, &f->fresh.call, identity, &f->error);
}

#endif
