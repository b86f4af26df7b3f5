/* SPDX-License-Identifier: MIT */
/*
 * GET, PUT, POST and DELETE of the REST API: JSON in and out, what may be retried and when, pace
 * and budget. Retries (spec §5): GET, PUT, DELETE on 429, 502, 503, 504 and broken connections,
 * with backoff and jitter, at most `retries` times and within the call's deadline; Retry-After is
 * honoured. POST never. 401 never, except once with credentials that have changed since (`renew`).
 */
#ifndef VERGE_CLIENT_H
#define VERGE_CLIENT_H

#include <cjson/cJSON.h>
#include <stdatomic.h>

#include "lib/credentials.h"
#include "lib/pace.h"
#include "lib/query.h"
#include "lib/scan.h"
#include "lib/transport.h"

struct verge_client;

/* Bounds of the latency histogram's buckets in ms; the last bucket is everything above. */
#define VERGE_LATENCY_BUCKETS 12
extern const unsigned verge_latency_bounds[VERGE_LATENCY_BUCKETS - 1];

enum verge_method { VERGE_GET, VERGE_PUT, VERGE_POST, VERGE_DELETE, VERGE_METHODS };
extern const char *const verge_method_names[VERGE_METHODS];

/* Status classes: 0 is "no answer", 1 to 5 are 1xx to 5xx. */
#define VERGE_STATUS_CLASSES 6

/* Counters since the start; a copy, taken without stopping anybody. */
struct verge_client_stats {
    uint64_t requests[VERGE_METHODS][VERGE_STATUS_CLASSES];
    uint64_t bytes_sent, bytes_received; /* of bodies */
    uint64_t retries;
    uint64_t throttled; /* requests that had to wait for their turn */
    uint64_t latency[VERGE_LATENCY_BUCKETS];
    double latency_sum; /* seconds */
    double budget_left;
};

struct verge_client_options {
    unsigned retries;
    double backoff;      /* seconds before the first retry; doubled each time, with jitter */
    unsigned budget;     /* per hour; 0 for none */
    size_t answer_limit; /* bytes; 0 for the default of 32 MiB */
    unsigned away_after; /* calls without any answer in a row, after which others fail at once until
                            the server is back (lib/breaker.h); 0: never */
    /*
     * Asked after a 401 where an earlier request had succeeded: returns true, with `credentials`
     * filled anew, when they differ from those in use; the request is then tried once more with
     * them. A 401 to the new ones is final, and there is no asking again until something succeeded.
     * Called by one thread at a time while the others wait, so it must be quick and must not use
     * the client. NULL: a 401 is final.
     */
    bool (*renew)(void *argument, struct verge_credentials *credentials);
    void *renew_argument;
    /* Where -d goes; called with one line that holds no secret; NULL for silence. */
    void (*trace)(void *argument, const char *line);
    void *trace_argument;
};

/* Takes the transport over, even on failure; copies what it needs of the credentials. */
struct verge_client *verge_client_new(struct verge_transport *transport_take,
                                      const struct verge_credentials *credentials,
                                      const struct verge_client_options *options,
                                      struct verge_error *error);
void verge_client_free(struct verge_client *client);

/*
 * Each performs one request of the API. `answer` may be NULL where it does not matter; otherwise
 * the caller frees *answer, which is NULL on failure and when the server sent nothing or null, or
 * [] or {} to a write. Any 2xx is a success, and leaves the error empty.
 * Errors: spec §4; a body that is not the API's JSON is -EREMOTEIO (HTML) or -EBADMSG (malformed,
 * truncated). error->uncertain is set when any of the tries may have done what the last one did
 * not. A DELETE that is answered 404 after such a try has succeeded.
 */
int verge_client_get(struct verge_client *client, const struct verge_call *call,
                     const struct verge_query *query, cJSON **answer, struct verge_error *error);
/* The same for a read that is part of a change: what verifies a write goes as soon as a write. */
int verge_client_get_urgent(struct verge_client *client, const struct verge_call *call,
                            const struct verge_query *query, cJSON **answer,
                            struct verge_error *error);
/*
 * The same for a list: each of its rows is handed to `take` as lib/scan.h says, and *taken is true.
 * Where the answer can't be read so, *taken is false and *answer is what verge_client_get would
 * give; rows that were handed over until then are to be forgotten.
 */
int verge_client_get_rows(struct verge_client *client, const struct verge_call *call,
                          const struct verge_query *query, bool urgent, verge_row_taker *take,
                          void *argument, bool *taken, cJSON **answer, struct verge_error *error);
int verge_client_put(struct verge_client *client, const struct verge_call *call, const char *table,
                     const char *key, const cJSON *body, struct verge_error *error);
int verge_client_post(struct verge_client *client, const struct verge_call *call, const char *table,
                      const cJSON *body, cJSON **answer, struct verge_error *error);
int verge_client_delete(struct verge_client *client, const struct verge_call *call,
                        const char *table, const char *key, struct verge_error *error);

/* GET of a path outside the tables, e.g. "/version.json", without credentials. */
int verge_client_get_path(struct verge_client *client, const struct verge_call *call,
                          const char *path, cJSON **answer, struct verge_error *error);

void verge_client_stats(struct verge_client *client, struct verge_client_stats *stats);
struct verge_pace *verge_client_pace(struct verge_client *client);

#endif
