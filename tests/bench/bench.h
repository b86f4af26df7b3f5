/* SPDX-License-Identifier: MIT */
/*
 * What the sections of the benchmark share. Each is a test of Check, so that the harness starts and
 * ends its simulators and mounts. Figures go into one table: counts that must hold exactly, and
 * ratios of things measured in turn in one run, so that a busy machine slows both alike.
 */
#ifndef VERGEFS_BENCH_H
#define VERGEFS_BENCH_H

#include "tests/integration/harness.h"

#include <stdint.h>

/* The sizes of fleets, in VMs of 8 devices. $BENCH_MOST_VMS leaves the larger ones out. */
extern const unsigned bench_sizes[];
int bench_size_count(void);
#define BENCH_DEVICES 8

/* ---- the table (bench.c) ---- */

void bench_title(const char *format, ...) __attribute__((format(printf, 1, 2)));
void bench_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What stands behind a figure that has a target. */
const char *bench_verdict(double figure, double target);

/* ---- helpers (bench.c) ---- */

double bench_now(void); /* seconds */
/* Processor time that a process has used, in seconds; 0: this one. */
double bench_cpu(pid_t pid);
double bench_median(double *figures, size_t count);
struct sim *bench_sim(unsigned vms, unsigned delay_ms);
/* Rows stay fresh for the whole run. The first as `options` say, or all alike. */
struct mount *bench_mount(const char *options);
/* Waits until the pace of requests has forgotten what was sent so far. */
void bench_rest(void);

/* ---- libcurl alone, over one kept-alive connection (bare.c) ---- */

struct bare;
struct bare *bare_open(void);
void bare_close(struct bare *bare);
/* The lists as vergefs asks for them, from the log of the simulator: sent again one by one, the
 * answers thrown away. Seconds. */
double bare_replay(struct bare *bare, const cJSON *log);

/* ---- the sections ---- */

void add_requests(Suite *suite);
void add_cold(Suite *suite);
void add_warm(Suite *suite);
void add_memory(Suite *suite);
void add_refresh(Suite *suite);

#endif
