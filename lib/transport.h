/* SPDX-License-Identifier: MIT */
/*
 * One request, one answer, with a deadline, a size limit and a cancel token. An interface; the real
 * one speaks HTTPS through a pool of kept-alive libcurl handles, the tests have a recorded and a
 * failing one.
 */
#ifndef VERGE_TRANSPORT_H
#define VERGE_TRANSPORT_H

#include <stdint.h>

#include "lib/cancel.h"
#include "lib/error.h"
#include "lib/text.h"

struct verge_request {
    const char *method;        /* "GET" "PUT" "POST" "DELETE" */
    const char *path;          /* "/api/v4/…", encoded */
    const char *body;          /* JSON; NULL for none */
    const char *authorization; /* header value, a secret; NULL for none */
    size_t answer_limit;       /* bytes; a longer answer is -EFBIG */
};

struct verge_answer {
    long status;            /* HTTP */
    int64_t retry_after_ms; /* from Retry-After (seconds or a date); -1 when there was none */
    bool is_json;           /* the content type says JSON, or none was given */
    struct verge_text body;
};

struct verge_transport {
    /*
     * Sends one request and waits for its answer, which the caller frees. 0 with any HTTP status;
     * else the errno of spec §4: -EHOSTUNREACH could not resolve or reach, -ECONNREFUSED, -EPROTO
     * TLS refused, -ETIMEDOUT the deadline passed, -EINTR cancelled, -ECONNRESET the connection
     * broke before an answer, -EBADMSG amid it, -EFBIG, -EREMOTEIO what answers speaks no HTTP,
     * -EIO, -ENOMEM; the answer is then empty. error->uncertain is set when the request would
     * change something and was (or may have been) sent whole. Never retries. Safe for many threads.
     * A request other than GET is not aborted by the cancel token once it has begun to be sent.
     */
    int (*send)(struct verge_transport *transport, const struct verge_call *call,
                const struct verge_request *request, struct verge_answer *answer,
                struct verge_error *error);
    void (*free)(struct verge_transport *transport);
};

struct verge_transport_options {
    const char *base_url; /* from verge_host_url */
    const char *ca_file;  /* NULL: the system's */
    bool insecure;        /* neither certificate nor host name is verified */
    int64_t connect_ms;   /* the most that connecting may take of a call's deadline */
    unsigned connections; /* at the most this many at once; a further caller waits */
    const char *user_agent;
};

/*
 * The libcurl transport. To be made after the fork into the background: libcurl must not cross it.
 * NULL with `error` set when curl cannot start. Bodies and headers are never logged.
 */
struct verge_transport *verge_transport_curl(const struct verge_transport_options *options,
                                             struct verge_error *error);

void verge_answer_free(struct verge_answer *answer);

#endif
