/* SPDX-License-Identifier: MIT */
/* The libcurl transport, and requests to a server that may misbehave. */
#ifndef TRANSPORT_FIXTURE_H
#define TRANSPORT_FIXTURE_H

#include "lib/transport.h"

/* The header that all requests carry, of which no error may tell. */
#define SECRET "Bearer s3cret-s3cret"

/* What a decent server answers. */
#define OK "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

/* Far away: a test that waits for it is broken, and is ended by the test runner. */
static const struct verge_call patient = {.deadline = INT64_MAX};

/* An answer and what went wrong, of one request. */
struct result {
    int rc;
    struct verge_answer answer;
    struct verge_error error;
};

/* With four connections, or as told. */
struct verge_transport *transport_to(const char *url);
struct verge_transport *transport_with(const struct verge_transport_options *options);

/* A request for "/api/v4/vms?fields=all", with the body {"a":1} for PUT and POST. */
struct result ask(struct verge_transport *transport, const char *method);
struct result ask_until(struct verge_transport *transport, const char *method,
                        const struct verge_call *call);

/* Asks and expects an answer with this body. */
void expect(struct verge_transport *transport, const char *method, const char *body);

void expect_failure(struct result result, int errnum, bool uncertain);

#endif
