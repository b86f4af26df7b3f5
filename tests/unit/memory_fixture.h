/* SPDX-License-Identifier: MIT */
/* A small VergeOS, and all of lib/ and fs/ upon it, for the tests in which memory runs out. */
#ifndef MEMORY_FIXTURE_H
#define MEMORY_FIXTURE_H

#include "lib/queries.h"
#include "tests/unit/failing_alloc.h"
#include "tests/unit/inventory_fixture.h"

#define VMS 3
#define DEVICES 5
#define GROUPS 10

/* A small VergeOS that never runs out of memory, behind a client that may. */
struct world {
    struct verge_transport interface;
    struct verge_transport *server;
    struct verge_client *client;
    struct verge_inventory *inventory;
    struct verge_queries *queries;
    struct fake_server *fake;
    struct verge_error error;
    struct verge_want fresh;
};

static inline int world_send(struct verge_transport *interface, const struct verge_call *call,
                             const struct verge_request *request, struct verge_answer *answer,
                             struct verge_error *error)
{
    struct verge_transport *server = ((struct world *)interface)->server;

    alloc_spare();
    int rc = server->send(server, call, request, answer, error);
    alloc_spare_end();
    return rc;
}

static inline void world_free(struct verge_transport *interface)
{
    (void)interface;
}

static inline void start(struct world *world)
{
    struct verge_inventory_options options = {.ttl_ms = LONG_TTL, .timeout_ms = 600000};
    struct verge_client_options client_options = {.retries = 0};
    struct verge_credentials credentials;

    memset(world, 0, sizeof(*world));
    world->fake = fake_server_new(VMS, DEVICES, GROUPS, true);
    world->server = &world->fake->transport;
    world->interface = (struct verge_transport){world_send, world_free};
    verge_credentials_init(&credentials);
    credentials.token = strdup("key");
    world->client =
        verge_client_new(&world->interface, &credentials, &client_options, &world->error);
    verge_credentials_free(&credentials);
    world->inventory = verge_inventory_new(world->client, &options);
    world->queries = verge_queries_new(world->client, LONG_TTL);
    ck_assert(world->inventory && world->queries);
    world->fresh = (struct verge_want){{verge_now() + 600000, NULL}, VERGE_FRESH};
}

static inline void stop(struct world *world)
{
    verge_inventory_free(world->inventory);
    verge_queries_free(world->queries);
    verge_client_free(world->client);
    fake_server_free(world->fake);
}

/* What is malformed and what there was no memory to parse look alike to cJSON. */
static inline void check_rc(int rc, const struct verge_error *error, unsigned long n)
{
    ck_assert_msg(rc == 0 || rc == -ENOMEM || rc == -EBADMSG, "allocation %lu: %s: %s", n,
                  verge_errno_name(-rc), error->text);
    ck_assert_msg(rc == 0 || (error->errnum == -rc && *error->text), "allocation %lu", n);
}

#endif
