/* SPDX-License-Identifier: MIT
 *
 * A server that answers whatever a test makes it say, as much of it and as often as it likes: for
 * what no fault of the simulator is bad enough for. It speaks HTTP on the loopback address, where
 * vergefs allows that, and says of itself that it is a VergeOS.
 */
#ifndef VERGEFS_TESTS_LIAR_H
#define VERGEFS_TESTS_LIAR_H

#include <stdbool.h>
#include <stddef.h>

/* What is asked, decoded. */
struct question {
    const char *method; /* "GET" */
    const char *table;  /* "vms" */
    const char *key;    /* of one row; "" for a list */
    const char *filter; /* "" for none */
    unsigned long limit, offset;
    bool counts; /* asks how many rows there are */
};

/* What is being said. */
struct answer;

/* Says it; the status is 200. */
typedef void lie(struct answer *answer, const struct question *question);

/* True as long as somebody listens. */
bool say_bytes(struct answer *answer, const char *bytes, size_t length);
__attribute__((format(printf, 2, 3))) bool say(struct answer *answer, const char *format, ...);
/* A JSON string in its quotes, of any bytes; what is no UTF-8 goes out as it is. */
bool say_string(struct answer *answer, const char *bytes, size_t length);

struct liar;

/* Lives until the test ends. `tell` is called by a thread for each connection. */
struct liar *liar_start(lie *tell);
/* "http://127.0.0.1:PORT" */
const char *liar_url(const struct liar *liar);
/* Requests so far whose table is this one; NULL: any. */
int liar_asked(struct liar *liar, const char *table);

#endif
