/* SPDX-License-Identifier: MIT */
/*
 * A small VergeOS in memory, behind the transport's interface: VMs, devices, groups and settings
 * tables with the manners of vergeos-api, a count of what it was asked, and switches for what can
 * go wrong. Fast enough for a fleet of 80 000 devices.
 */
#ifndef FAKE_SERVER_H
#define FAKE_SERVER_H

#include <pthread.h>

#include "lib/client.h"

/* How the machines' keys differ from the VMs'. */
#define FAKE_MACHINE 1000000

struct fake_vm {
    uint32_t key;
    char name[40];
    bool running, snapshot;
    unsigned version; /* counts the changes; shown as ram */
};

struct fake_device {
    uint32_t key, machine;
    char name[40], description[40], type[32], uuid[40];
    bool enabled, optional;
    int orderid;
    unsigned version;    /* counts the changes; shown as status_info */
    unsigned written;    /* the version that the last PUT made */
    int64_t changed;     /* verge_now() when the version before was replaced */
    int64_t history[64]; /* when version n was replaced, at n % 64 */
};

struct fake_setting {
    uint32_t key, device;
    const char *table;
    cJSON *values;
};

/* A request that goes wrong: the next ones whose "METHOD path" has `match`, after `skip` of them.
 */
struct fake_fault {
    const char *match; /* NULL: no fault */
    unsigned skip, times;
    bool after; /* the request is carried out first, and the error is uncertain */
    int errnum; /* of the transport; 0: an answer with this status and body */
    long status;
    const char *body;
};

struct fake_server {
    struct verge_transport transport;
    pthread_mutex_t lock; /* guards all below */
    struct fake_vm *vms;
    size_t vm_count;
    struct fake_device *devices; /* in order of key */
    size_t device_count, device_room;
    size_t group_count;
    struct fake_setting *settings;
    size_t setting_count, setting_room;
    uint32_t next_key;

    struct fake_fault fault;
    const char *missing_table; /* answers 404 */
    bool ignores_put;          /* 200, and nothing changes */
    bool ignores_limit, ignores_offset, ignores_sort, ignores_filter, ignores_count;
    bool refuses_settings_row; /* new devices get no settings row */
    unsigned most_rows;        /* of an answer, whatever the limit; 0 for no such rule */
    const char *envelope;      /* format of the answer to a create, with the key; NULL: the usual */
    unsigned latency_us;       /* each request takes up to this, at random */
    const char *stall;         /* requests whose "METHOD path" has this wait until it is NULL */
    /* Called without the lock between doing a request and answering it. */
    void (*during)(void *argument, const char *request);
    void *during_argument;

    unsigned requests, gets, puts, posts, deletes;
    unsigned stalled;   /* requests that wait now */
    size_t rows_most;   /* of one answer so far */
    char last[2560];    /* "METHOD path body" of the last request */
    char log[64][1024]; /* decoded "METHOD path", the last 64, at requests % 64 */
};

struct fake_server *fake_server_new(size_t vms, size_t devices_per_vm, size_t groups,
                                    bool settings);
/* A client that speaks to it; freeing the client does not free the server. */
struct verge_client *fake_client_new(struct fake_server *server, unsigned budget);
void fake_server_free(struct fake_server *server);

/* With the lock: */
struct fake_device *fake_device(struct fake_server *server, uint32_t key);
struct fake_vm *fake_vm(struct fake_server *server, uint32_t key);
struct fake_device *fake_device_add(struct fake_server *server, uint32_t machine, const char *type,
                                    const char *name);
void fake_device_remove(struct fake_server *server, uint32_t key);
/* After a change: the version grows. */
void fake_device_touch(struct fake_device *device);
struct fake_setting *fake_setting_of(struct fake_server *server, uint32_t device);

/* Without the lock: */
unsigned fake_requests(struct fake_server *server);
void fake_set_stall(struct fake_server *server, const char *match);
/* Waits until so many requests are stalled. */
void fake_await_stalled(struct fake_server *server, unsigned count);
/* How many of the last 64 requests have this in "METHOD path?query", decoded. */
unsigned fake_logged(struct fake_server *server, const char *match);

#endif
