/* SPDX-License-Identifier: MIT */
/*
 * How fast we may ask: an hourly budget as a token bucket with a burst, and never more than 20
 * requests a second (vergeos-api §1.4: 1000 an hour are documented, above some 36 a second
 * connections are dropped). Writes go before reads.
 *
 * The short-term rate is that of a window (lib/window.h): 20 may go at once, so that lists that are
 * needed together go out together, but in no second do more than 20 arrive.
 */
#ifndef VERGE_PACE_H
#define VERGE_PACE_H

#include "lib/cancel.h"
#include "lib/error.h"

enum verge_urgency { VERGE_READ, VERGE_WRITE };

struct verge_pace;

/*
 * `per_hour` requests, 0 for no budget; the burst is the whole hour's, refilled evenly. The last
 * twentieth of it, but at least one, is a reserve for writes (none when the budget is a single
 * request). NULL when memory ran out.
 */
struct verge_pace *verge_pace_new(unsigned per_hour);
void verge_pace_free(struct verge_pace *pace);

/*
 * Takes one request from the budget, waiting for its turn within the call's deadline. -EAGAIN, at
 * once, when the budget will not have one before the deadline (writes may use a reserve that reads
 * may not), -EINTR when cancelled. On success *number is to be given to verge_pace_done.
 */
int verge_pace_take(struct verge_pace *pace, enum verge_urgency urgency,
                    const struct verge_call *call, unsigned *number, struct verge_error *error);

/* The request was answered, or has failed. */
void verge_pace_done(struct verge_pace *pace, unsigned number);

/* Nothing is sent before `until`: what Retry-After asked for. */
void verge_pace_hold(struct verge_pace *pace, int64_t until);

/* Requests left now; INFINITY without a budget. */
double verge_pace_left(struct verge_pace *pace);

/*
 * How much longer than `ttl` rows should be held while the budget is low: a factor from 1 to
 * VERGE_PACE_STRETCH. 1 as long as more than half is left or there is no budget; below,
 *
 *     (half - reserve) / (left - reserve)
 *
 * so 2 when halfway from there to the reserve of the writes, 10 when a tenth of that way is left.
 * Whatever the readers' demand is, up to VERGE_PACE_STRETCH times the refill, it meets the refill
 * at some level above the reserve and stays there.
 */
#define VERGE_PACE_STRETCH 100
double verge_pace_stretch(struct verge_pace *pace);

/* Takes so far that had to wait for their turn. */
uint64_t verge_pace_waits(struct verge_pace *pace);

#endif
