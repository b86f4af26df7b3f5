/* SPDX-License-Identifier: MIT */
/*
 * Devices by a filter of the API's own language (vergeos-api §2.2), asked once and held for a
 * while. The filter goes out in parentheses, since the API's `and` and `or` have no precedence;
 * whose the devices are is the caller's to look at.
 */
#ifndef VERGE_QUERIES_H
#define VERGE_QUERIES_H

#include "lib/inventory.h"

/* Answers held at once; beyond it the one used longest ago goes. */
#define VERGE_QUERIES_HELD 32

struct verge_queries;

struct verge_queries *verge_queries_new(struct verge_client *client,
                                        int64_t ttl_ms); /* NULL: no memory */
/* Nobody may be asking any more. */
void verge_queries_free(struct verge_queries *queries);

/*
 * The devices that a filter names, as a snapshot to be released. Concurrent callers with one filter
 * share a request. A filter that the server refuses is -EINVAL with its words; so is, unasked, one
 * that would not stay within its parentheses.
 */
int verge_query_devices(struct verge_queries *queries, const struct verge_want *want,
                        const char *filter, struct verge_snapshot **rows, int64_t *until,
                        struct verge_error *error);

/* All answers are stale from now on: something was written or refreshed. */
void verge_queries_forget(struct verge_queries *queries);

#endif
