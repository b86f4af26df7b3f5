/* SPDX-License-Identifier: MIT */
/* A client of a scripted transport. */
#ifndef CLIENT_FIXTURE_H
#define CLIENT_FIXTURE_H

#include "lib/client.h"
#include "tests/unit/fake_transport.h"

/* A call with all the time it wants. */
static const struct verge_call patient = {.deadline = INT64_MAX};

struct fixture {
    struct fake_transport *fake;
    struct verge_client *client;
    struct verge_error error;
};

/* With the key "s3cret-key", three retries that come at once, and no budget; or as told. */
struct fixture set_up(void);
struct fixture set_up_with(const struct verge_client_options *options);
void tear_down(struct fixture *fixture);

/* A request of this method to row 1 of table "t", without caring for the answer. */
int ask(struct fixture *fixture, const char *method, const struct verge_call *call);

#endif
