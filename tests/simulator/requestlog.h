/* SPDX-License-Identifier: MIT */
/*
 * What was asked, for tests to count and look at. Bounded; numbers go on counting. Has its own
 * lock. Headers, and with them credentials, never get here; nor does the body of a login.
 */
#ifndef SIMULATOR_REQUESTLOG_H
#define SIMULATOR_REQUESTLOG_H

#include "tests/simulator/buffer.h"
#include "tests/simulator/request.h"

struct requestlog;

/* Which entries are meant: an empty one means all. */
struct log_wanted {
    uint64_t since;
    const char *method, *path; /* NULL: any; the path is a beginning */
};

struct requestlog *requestlog_new(void);
void requestlog_free(struct requestlog *log);
void requestlog_clear(struct requestlog *log);

/* Enters a request as it arrives, with status 0, and gives its number. */
uint64_t requestlog_begin(struct requestlog *log, const struct request *request);
/* Completes the entry, if it is still there; `fault` may be NULL. Status 0: no answer. */
void requestlog_end(struct requestlog *log, uint64_t number, int status, size_t bytes,
                    const char *fault);

void requestlog_write(struct requestlog *log, const struct log_wanted *wanted, struct buffer *out);
size_t requestlog_count(struct requestlog *log, const struct log_wanted *wanted);

#endif
