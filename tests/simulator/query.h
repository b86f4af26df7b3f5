/* SPDX-License-Identifier: MIT */
/* A list request: which rows of a table, in which order, from where to where. */
#ifndef SIMULATOR_QUERY_H
#define SIMULATOR_QUERY_H

#include "tests/simulator/answer.h"
#include "tests/simulator/request.h"
#include "tests/simulator/store.h"
#include "tests/simulator/quirks.h"

struct matches {
    struct range page;
    size_t total;     /* before paging */
    struct row **own; /* what the page lies in, if not in an order of the store */
};

/* False, with the complaint in `answer`. The matches hold until the store changes. */
bool query_run(const struct store *store, const struct quirks *quirks, enum table_id table,
               const struct request *request, struct matches *matches, struct answer *answer);
void query_clear(struct matches *matches);

#endif
