/* SPDX-License-Identifier: MIT */
/*
 * What the server has, as far as we need to know it now: immutable snapshots of the lists of VMs,
 * devices, resource groups and settings, shared by reference and swapped whole; how fresh each part
 * is; one fetch for all who wait for it; and the local writes, visible at once.
 *
 * A list is a sequence of cells, one per owner: a machine's devices, a device's settings row, a VM,
 * a group. A cell is fetched with its whole list in pages of VERGE_PAGE rows (bulk), or alone
 * (targeted) where the list is longer than a page and nobody walks it: reading one attribute of one
 * device costs at most two requests at any size of fleet, and a walk a number of requests that
 * grows with pages, never with VMs or devices (spec §5).
 *
 * Coherence: each local write takes a number. A cell that a local write has touched after a fetch
 * began is kept when the fetch's answer arrives, for that answer may be older than the write.
 *
 * No lock is held while a request is in flight. Fetches run on threads of the inventory's own, so a
 * caller that is cancelled leaves at once, and a fetch that nobody waits for any more is cancelled.
 */
#ifndef VERGE_INVENTORY_H
#define VERGE_INVENTORY_H

#include "lib/models.h"

struct verge_inventory;
struct verge_snapshot;

enum verge_list_id {
    VERGE_VMS,
    VERGE_DEVICES,
    VERGE_GROUPS,
    VERGE_SETTINGS, /* the first of the settings lists: VERGE_SETTINGS + index of the settings table
                     */
};

/* Tells that a list went from one snapshot to the next; either may be empty, neither is NULL.
 * Called on the thread that brought the news, without any lock of the inventory: hold what is kept,
 * return soon. */
typedef void verge_changed(void *argument, enum verge_list_id list,
                           const struct verge_snapshot *before, const struct verge_snapshot *after);

/* Tells that rows may not be what is held of them, because of a write to them or to something else:
 * the row of this key, or all rows of this owner; the other number is 0. Called as above. */
typedef void verge_doubted(void *argument, enum verge_list_id list, uint32_t owner, uint32_t key);

struct verge_inventory_options {
    int64_t ttl_ms; /* how long rows are fresh; 0: every call that asks for fresh rows fetches */
    int64_t timeout_ms;     /* of a fetch, retries included */
    verge_changed *changed; /* may be NULL */
    verge_doubted *doubted; /* may be NULL */
    void *changed_argument; /* of both */
};

struct verge_inventory *verge_inventory_new(struct verge_client *client,
                                            const struct verge_inventory_options *options);

/* Cancels and joins what is in flight. Snapshots and records that are still held stay valid. */
void verge_inventory_free(struct verge_inventory *inventory);

/*
 * Asks how many VMs and devices there are, so that the first access already knows whether a list
 * fits a page: two small requests in parallel ("fields=," gives {"$count":N}, vergeos-api §2.1). A
 * server that answers otherwise is no error: lists are then taken to fit until a full page is seen.
 * Errors are those of the connection, the login and the rights.
 */
int verge_inventory_measure(struct verge_inventory *inventory, const struct verge_call *call,
                            struct verge_error *error);

/*
 * How fresh rows must be.
 *   VERGE_FRESH    what the ttl allows (stretched while the budget is low); what open(2) asks for
 *   VERGE_SETTLED  the same, but at least one second, so that with ttl=0 the lookups of one path
 *                  share an answer
 *   VERGE_RECENT   the same, and a row will do in which a write to something else may show: for
 *                  whoever is on the way to that something else
 *   VERGE_CACHED   whatever is held, without a request; -EAGAIN when nothing is
 */
enum verge_freshness { VERGE_FRESH, VERGE_SETTLED, VERGE_RECENT, VERGE_CACHED };

/* What a caller wants: until when, and how fresh. */
struct verge_want {
    struct verge_call call;
    enum verge_freshness freshness;
};

/*
 * Lookups. Each gives a held record or snapshot (release it), and in *until (may be NULL) the
 * verge_now() up to which it is fresh. -ENOENT when the server has no such row. Errors of a fetch
 * are as client.h says; when the budget is spent and something is held, that is what is given.
 */
int verge_find_vm(struct verge_inventory *inventory, const struct verge_want *want, uint32_t key,
                  struct verge_vm **vm, int64_t *until, struct verge_error *error);
/* Of several VMs of one name: the one with the lowest key. Names compare byte for byte. */
int verge_find_vm_named(struct verge_inventory *inventory, const struct verge_want *want,
                        const char *name, struct verge_vm **vm, int64_t *until,
                        struct verge_error *error);
int verge_find_vm_of_machine(struct verge_inventory *inventory, const struct verge_want *want,
                             uint32_t machine, struct verge_vm **vm, int64_t *until,
                             struct verge_error *error);
int verge_find_device(struct verge_inventory *inventory, const struct verge_want *want,
                      uint32_t key, struct verge_device **device, int64_t *until,
                      struct verge_error *error);
/* *settings is NULL, with 0 returned, when the device's type has no settings table, the server no
 * such table, or the table no row for it. *table_missing (may be NULL) tells the second from the
 * third. */
int verge_find_settings(struct verge_inventory *inventory, const struct verge_want *want,
                        const struct verge_device *device, struct verge_settings **settings,
                        bool *table_missing, int64_t *until, struct verge_error *error);

/* A whole list: all VMs, all groups, all devices of all machines. */
int verge_list(struct verge_inventory *inventory, const struct verge_want *want,
               enum verge_list_id list, struct verge_snapshot **snapshot, int64_t *until,
               struct verge_error *error);
/* The devices of one machine, in a snapshot that may hold others as well. */
int verge_list_devices(struct verge_inventory *inventory, const struct verge_want *want,
                       uint32_t machine, struct verge_snapshot **snapshot, int64_t *until,
                       struct verge_error *error);

/* Several lists that are needed together, in parallel; then ask for each. */
int verge_prefetch(struct verge_inventory *inventory, const struct verge_want *want,
                   const enum verge_list_id *lists, size_t count, struct verge_error *error);

/* ---- snapshots: immutable, any thread ---- */

struct verge_snapshot *verge_snapshot_hold(const struct verge_snapshot *snapshot);
void verge_snapshot_release(const struct verge_snapshot *snapshot);

/* Rows in order of (owner, key). Borrowed from the snapshot. */
size_t verge_snapshot_count(const struct verge_snapshot *snapshot);
const struct verge_record *verge_snapshot_at(const struct verge_snapshot *snapshot, size_t index);

/* The rows of one owner, in order of key. */
struct verge_slice {
    const struct verge_record *const *rows;
    size_t count;
};
struct verge_slice verge_snapshot_slice(const struct verge_snapshot *snapshot, uint32_t owner);

/* A row by its key; NULL when the snapshot has none. */
const struct verge_record *verge_snapshot_row(const struct verge_snapshot *snapshot, uint32_t key);

/* VMs only: those of one name, in order of key; and the VM of a machine. */
struct verge_slice verge_snapshot_named(const struct verge_snapshot *snapshot, const char *name);
const struct verge_vm *verge_snapshot_machine(const struct verge_snapshot *snapshot,
                                              uint32_t machine);

/* Grows with each swap of the list. */
uint64_t verge_snapshot_generation(const struct verge_snapshot *snapshot);

/* ---- writes: done when the server shows them; visible in the lists when they return ---- */

/* `identity` is what the caller's path named. A fresh row is compared with it before anything is
 * sent: -ESTALE. */
int verge_change_device(struct verge_inventory *inventory, const struct verge_call *call,
                        const struct verge_identity *identity, const cJSON *fields,
                        struct verge_error *error);
int verge_change_settings(struct verge_inventory *inventory, const struct verge_call *call,
                          const struct verge_identity *identity, const cJSON *changes,
                          struct verge_error *error);
/* *rows: array of *count held records; caller releases and frees. */
int verge_attach_device(struct verge_inventory *inventory, const struct verge_call *call,
                        const struct verge_device_request *request, struct verge_device ***rows,
                        size_t *count, struct verge_error *error);
int verge_detach_device(struct verge_inventory *inventory, const struct verge_call *call,
                        const struct verge_identity *identity, struct verge_error *error);
int verge_power(struct verge_inventory *inventory, const struct verge_call *call, uint32_t vm,
                const char *action, struct verge_error *error);

/* What is held of a list now, however old; for who has told others of it. Release it. */
struct verge_snapshot *verge_inventory_held(struct verge_inventory *inventory,
                                            enum verge_list_id list);

/* Everything is stale from now on. */
void verge_refresh(struct verge_inventory *inventory);

struct verge_inventory_stats {
    uint64_t rows[4];       /* held: VMs, devices, groups, settings */
    uint64_t shared_misses; /* callers that waited for a fetch another had begun */
    uint64_t stretched;     /* answers older than ttl because the budget was low */
    uint64_t unverified;    /* settings written that the API has no way to show */
};
void verge_inventory_stats(struct verge_inventory *inventory, struct verge_inventory_stats *stats);

#endif
