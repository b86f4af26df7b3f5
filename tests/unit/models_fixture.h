/* SPDX-License-Identifier: MIT */
/* A client of a small VergeOS in memory, for the tests of the models. */
#ifndef MODELS_FIXTURE_H
#define MODELS_FIXTURE_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/models.h"
#include "lib/value.h"
#include "tests/unit/fake_server.h"
#include "tests/unit/unit.h"

#define MACHINE (FAKE_MACHINE + 1)

/* One VM with a device of each kind; keys are 1 to 8, settings rows in between. */
struct fixture {
    struct fake_server *server;
    struct verge_client *client;
    struct verge_call call;
    struct verge_error error;
};

static inline void setup(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    fixture->server = fake_server_new(2, 5, 3, true);
    fixture->client = fake_client_new(fixture->server, 0);
    fixture->call = (struct verge_call){verge_now() + 20000, NULL};
}

static inline void teardown(struct fixture *fixture)
{
    verge_client_free(fixture->client);
    fake_server_free(fixture->server);
}

#define FIXTURE __attribute__((cleanup(teardown))) struct fixture

/* The first device of this type. */
static inline struct fake_device *of_type(struct fixture *fixture, const char *type)
{
    for (size_t i = 0; i < fixture->server->device_count; i++) {
        if (strcmp(fixture->server->devices[i].type, type) == 0) {
            return &fixture->server->devices[i];
        }
    }
    return NULL;
}

static inline struct verge_identity identity_of(const struct fake_device *device)
{
    struct verge_identity identity = {.key = device->key, .machine = device->machine};

    snprintf(identity.uuid, sizeof(identity.uuid), "%s", device->uuid);
    return identity;
}

static inline void fault(struct fixture *fixture, struct fake_fault fault)
{
    fixture->server->fault = fault;
    if (fixture->server->fault.times == 0) {
        fixture->server->fault.times = 1;
    }
}

#endif
