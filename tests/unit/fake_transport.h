/* SPDX-License-Identifier: MIT */
/*
 * A transport that sends nothing: it answers from a script and remembers what it was asked.
 *
 * A script is a list of answers, each for a method and the beginning of a path. Of those that fit a
 * request the longest beginning counts; among equals they are given in the order of the script, and
 * the last one of them again and again. What fits none is answered with HTTP 599.
 */
#ifndef FAKE_TRANSPORT_H
#define FAKE_TRANSPORT_H

#include "lib/transport.h"

struct fake_transport;

/* Belongs to the test, and outlives the client that its interface is given to. */
struct fake_transport *fake_transport_new(void);
void fake_transport_free(struct fake_transport *fake);

/* To be given to a client, which may free it; the script and the log stay. */
struct verge_transport *fake_transport_interface(struct fake_transport *fake);

/* True once the client has freed it. */
bool fake_transport_freed(struct fake_transport *fake);

/* Adds an answer to the script; the body is JSON. */
void fake_answer(struct fake_transport *fake, const char *method, const char *path, long status,
                 const char *body);

/* The same with what else an answer has: is_json and Retry-After (-1 for none). */
void fake_answer_as(struct fake_transport *fake, const char *method, const char *path, long status,
                    const char *body, bool is_json, int64_t retry_after_ms);

/* Adds a failure of the transport; `uncertain` counts for requests that change something. */
void fake_failure(struct fake_transport *fake, const char *method, const char *path, int errnum,
                  bool uncertain);

/* Called within each send, before the answer, by the thread that sends; NULL takes it away. */
void fake_on_send(struct fake_transport *fake, void (*hook)(void *argument), void *argument);

/* How many requests with this method ("" for any) and beginning of a path were made so far. */
unsigned fake_count(struct fake_transport *fake, const char *method, const char *path);

/*
 * The requests so far, a line "METHOD PATH[ BODY]" each; a copy that the caller frees. The value of
 * the last Authorization header, "" for none; valid until the next request.
 */
char *fake_log(struct fake_transport *fake);
const char *fake_authorization(struct fake_transport *fake);

/* Forgets the log, and keeps the script. */
void fake_log_clear(struct fake_transport *fake);

#endif
