/* SPDX-License-Identifier: MIT
 *
 * What went out, in short: the requests that the simulator saw since its log was cleared, one to a
 * line, and what the mount's error log says. For tests of changes, which must be made once, with
 * nothing else in them, and looked at afterwards.
 */
#ifndef VERGEFS_TESTS_REQUESTS_H
#define VERGEFS_TESTS_REQUESTS_H

#include "tests/integration/harness.h"

/* "PUT machine_devices/108 {"enabled":false}\n": every request but reads, in their order. */
const char *changes_sent(void);
void expect_changes(const char *changes);
void expect_no_change(void);

/* "PUT machine_devices/108\nGET machine_devices/108\n": all requests, without query and body. */
const char *requests_sent(void);
void expect_requests(const char *requests);

/* The last line of the error log; "" when there is none. */
const char *last_error(void);
/* Each of up to eight parts is in the last line of the error log. */
#define expect_error(...) expect_error_parts(__VA_ARGS__, "", "", "", "", "", "", "", "")
#define expect_error_parts(a, b, c, d, e, f, g, h, ...) \
    (expect_in_error(a), expect_in_error(b), expect_in_error(c), expect_in_error(d), \
     expect_in_error(e), expect_in_error(f), expect_in_error(g), expect_in_error(h))
void expect_in_error(const char *part);
void clear_error_log(void);

/* A number of `.vergefs/stats`. */
double stat_value(const char *name);

/* A file outside of the mount, for tools to take from and leave in; its path. */
const char *outside(const char *name);
void make_outside(const char *name, const char *content);

/* Takes back what is held of the rows, as a person does who cannot wait for the ttl. */
void refresh_mount(void);

/* A text of one letter. */
const char *repeated(char letter, int count);

/* Names elsewhere than where something was renamed or deleted go a moment later: the kernel is told
 * of them when it holds no lock of their directory. */
#define expect_gone(...) wait_until(!exists(__VA_ARGS__))

#ifndef VERGEFS_TESTS_REQUESTS_C
#define expect_changes(...) FROM_HERE(expect_changes(__VA_ARGS__))
#define expect_no_change(...) FROM_HERE(expect_no_change(__VA_ARGS__))
#define expect_requests(...) FROM_HERE(expect_requests(__VA_ARGS__))
#define expect_in_error(part) FROM_HERE(expect_in_error(part))
#define refresh_mount() FROM_HERE(refresh_mount())
#define stat_value(...) FROM_HERE(stat_value(__VA_ARGS__))
#endif

#endif
