/* SPDX-License-Identifier: MIT */
/*
 * A circuit breaker: while the server does not answer, calls fail at once instead of each waiting
 * for its deadline, and one call at a time is let through to find out whether it is back. Pure but
 * for its lock: the time is passed in.
 *
 *     closed ── some failures in a row ──► open ── after a while ──► one probe ── answered ──►
 * closed ▲                           │ └──── twice the while ◄── not answered
 */
#ifndef VERGE_BREAKER_H
#define VERGE_BREAKER_H

#include <stdint.h>

#include "lib/error.h"

#define VERGE_BREAKER_FIRST_MS 1000
#define VERGE_BREAKER_MOST_MS 15000

struct verge_breaker;

/* Opens after so many failures in a row; 0: never. NULL: no memory. */
struct verge_breaker *verge_breaker_new(unsigned failures);
void verge_breaker_free(struct verge_breaker *breaker);

/*
 * Asks for leave to call. 0: go, and tell verge_breaker_leave. Else the negative errno of the
 * failure that opened it, with its text.
 */
int verge_breaker_enter(struct verge_breaker *breaker, int64_t now, struct verge_error *error);

/*
 * What became of the call: 0 or the negative errno with its error. Only the lack of any answer
 * counts as a failure; a call that was cancelled tells nothing, and any HTTP status is an answer.
 */
void verge_breaker_leave(struct verge_breaker *breaker, int64_t now, int result,
                         const struct verge_error *error);

#endif
