/* SPDX-License-Identifier: MIT */
/*
 * A server whose answers are the input: a line each, beginning with a digit for the status and one
 * for what else is odd about it. A client of it that never waits.
 */
#ifndef CANNED_H
#define CANNED_H

#include "lib/client.h"
#include "tests/fuzz/fuzz.h"

#define CANNED_MOST 12

struct canned {
    struct verge_transport interface;
    pthread_mutex_t lock; /* guards all below */
    struct canned_answer {
        long status; /* 0: the connection broke */
        bool is_json, uncertain;
        char *body;
        size_t length;
    } answers[CANNED_MOST];
    size_t count; /* of answers; the last one is given again and again */
    unsigned sent[VERGE_METHODS];
    unsigned taken;       /* changes that were answered 2xx */
    unsigned unanswered;  /* changes that may have been done, nobody knows */
    char last[4 * 1024];  /* the path of the last request */
    char body[64 * 1024]; /* the body of the last POST or PUT */
    struct verge_client *client;
};

/* Reads the rest of the input as answers. */
void canned_start(struct canned *canned, struct fuzz *fuzz);
void canned_stop(struct canned *canned);

/* What every error of the client must be; `result` is what came with it. */
void canned_check(const struct verge_error *error, int result);

#endif
