/* SPDX-License-Identifier: MIT
 *
 * What the integration tests stand on. A test program is one promise: it starts one simulator and
 * one vergefs on a real mount, over HTTPS, once for each of its cases; every test of the case runs
 * in a process of its own and begins with the simulator's first data and an empty error log.
 *
 *     START_TEST(echo_disables_a_device)
 *     {
 *         expect_ok(write_file("false\n", "vms/web01/devices/nic0/enabled"));
 *         expect_file("false\n", "vms/web01/devices/nic0/enabled");
 *         expect_field("false", "machine_devices", "7", "enabled");
 *     }
 *     END_TEST
 *
 * Paths are printf formats relative to the mount, which itself is "."; one that begins with '/' is
 * taken as it is.
 * What a function returns lives until the test ends: nothing here has to be freed. Whatever is
 * not as expected fails the test with what was expected, what was found, the end of the mount's
 * error log and the end of what the daemon wrote. No call waits for ever.
 */
#ifndef VERGEFS_TESTS_HARNESS_H
#define VERGEFS_TESTS_HARNESS_H

#include <check.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct sim;
struct mount;

/* How the simulator is started. All zero: its built-in demo data centre. */
struct sim_options {
    const char *fleet;  /* "VMSxDEVICES": a generated fleet instead */
    const char *data;   /* a JSON file instead; a relative name is one beside the tests */
    const char *quirks; /* "name=value,name=value": in force at the start of each test */
    const char *args;   /* further arguments, separated by spaces */
};

/* How vergefs is started. All zero: as a user would, but for the hourly budget, which is off. */
struct mount_options {
    const char *options;    /* for -o, after cacert=...,budget=0 which may be overridden here */
    const char *args;       /* further arguments, separated by spaces */
    const char *const *env; /* "NAME=value" to set, "NAME" to unset; ends with NULL */
    const char *host;       /* instead of the simulator's address */
    struct sim *sim;        /* instead of the current simulator */
    bool plain;             /* neither cacert= nor budget=0 */
};

/* ---- programs: one suite, some cases, each with its own simulator and mount ---- */

TCase *mounted_case(Suite *suite, const char *name, const struct sim_options *sim,
                    const struct mount_options *mount);
TCase *simulated_case(Suite *suite, const char *name, const struct sim_options *sim);
TCase *bare_case(Suite *suite, const char *name); /* neither; a test may start its own */

void case_limit(TCase *tcase, double seconds); /* how long each of its tests may take: 60 */
#define add_tests(tcase, ...) add_test_list(tcase, (const TTest *const[]){__VA_ARGS__, NULL})
void add_test_list(TCase *tcase, const TTest *const *tests);

/* Runs it, and one more test per case: that its daemons ended well. Returns main's status. */
int run_suite(Suite *suite);

/* ---- mounts: the case has one; a test may start more ---- */

struct mount *mount_start(const struct mount_options *options);
void mount_stop(struct mount *mount); /* SIGTERM; must exit 0 and have written no warning */
void mount_kill(struct mount *mount); /* SIGKILL; clears the dead mount away */
/* SIGKILL, and the dead mount stays; then vergefs is started on top of it, as its next start is. */
void mount_crash(struct mount *mount);
void mount_restart(struct mount *mount, const struct mount_options *options);
void mount_use(struct mount *mount); /* what relative paths mean from here on */
struct mount *mount_current(void);
const char *mount_path(const struct mount *mount);
pid_t mount_pid(const struct mount *mount);
const char *mount_stderr(const struct mount *mount);

/* ---- commands ---- */

struct result {
    int status; /* exit status; 128 + N when signal N ended it */
    const char *out;
    const char *err;
};

/* By /bin/sh, in the root of the mount, with $VERGEFS, $MOUNT, $SIM_HOST, $SIM_CACERT,
 * $SIM_PASSWORD and $VERGE_TOKEN in its environment. Killed, with a failure of the test, when it
 * takes too long. */
struct result run(const char *format, ...) __attribute__((format(printf, 1, 2)));
void expect_run(int status, const char *out, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct job;
struct job *start(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool job_runs(struct job *job);
void job_signal(struct job *job, int signal); /* to all its processes, as Ctrl-C does */
struct result job_finish(struct job *job);

/* vergefs where it is expected to end by itself instead of mounting. */
struct result mount_refused(const struct mount_options *options);

/* ---- files; a failing call returns -1 and sets errno ---- */

const char *path(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool exists(const char *format, ...) __attribute__((format(printf, 1, 2)));
struct stat status_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* All but "." and "..", sorted; NULL behind the last. */
const char **names_in(size_t *count, const char *format, ...) __attribute__((format(printf, 2, 3)));

const char *read_file(const char *format, ...) __attribute__((format(printf, 1, 2)));
const cJSON *read_json(const char *format, ...) __attribute__((format(printf, 1, 2)));
int try_read(const char *format, ...) __attribute__((format(printf, 1, 2)));
int write_file(const char *content, const char *format, ...) __attribute__((format(printf, 2, 3)));
int open_file(int flags, const char *format, ...) __attribute__((format(printf, 2, 3)));
int write_piece(int fd, const char *piece);

void expect_file(const char *content, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void expect_json_file(const char *json, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void expect_list(const char *names, const char *format, ...) __attribute__((format(printf, 2, 3)));
void expect_link(const char *target, const char *format, ...) __attribute__((format(printf, 2, 3)));
void expect_mode(mode_t mode, const char *format, ...) __attribute__((format(printf, 2, 3)));
void expect_exists(const char *format, ...) __attribute__((format(printf, 1, 2)));
void expect_missing(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The value is refused by write(2) itself, which every tool sees, or only by close(2). */
void expect_write_errno(int error, const char *content, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void expect_close_errno(int error, const char *content, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* expect_ok(mkdir(path("vms/web01/by-type/tpm/tpm0"), 0755));  expect_errno(EPERM, unlink(...)); */
#define expect_ok(call) expect_result(#call, 0, (call))
#define expect_errno(error, call) expect_result(#call, (error), (call))
void expect_result(const char *call, int error, long returned);
void expect_text(const char *expected, const char *found);
void expect_contains(const char *part, const char *whole);

/* ---- the simulator: what the server has and what it was asked ---- */

struct sim *sim_start(const struct sim_options *options);
void sim_stop(struct sim *sim);
void sim_use(struct sim *sim); /* what the functions below speak to from here on */
struct sim *sim_current(void);
const char *sim_url(const struct sim *sim);
const char *sim_control_url(const struct sim *sim); /* for who has many requests to make */
const char *sim_cacert(const struct sim *sim);      /* NULL when nothing vouches for it */
const char *sim_token(void);                        /* the API key it accepts */
const char *sim_password(void);                     /* the password of its user admin */

/* A request as a client makes it, with the token; returns the HTTP status. */
long sim_ask(const char *method, const char *api_path, const char *body);

void sim_reset(void); /* first data; no faults, no log, the case's quirks */
void sim_clear_log(void);
int sim_count(const char *method, const char *path_prefix); /* requests since; NULL: any */
const cJSON *sim_log(void);

const cJSON *sim_rows(const char *table);
const cJSON *sim_row(const char *table, const char *key); /* NULL when there is none */
const cJSON *sim_find(const char *table, const char *field, const char *value);
const char *sim_key(const char *table, const char *field, const char *value);
const char *sim_field(const char *table, const char *key, const char *field);
void expect_field(const char *value, const char *table, const char *key, const char *field);

void sim_set_row(const char *table, const char *key, const char *json);
const char *sim_insert(const char *table, const char *json); /* its key */
void sim_delete(const char *table, const char *key);
void sim_fault(const char *json);
void sim_clear_faults(void);
void sim_quirk(const char *name, const char *value);

/* All else of its control interface (its README): sim_control("DELETE", "sessions", NULL). */
const cJSON *sim_control(const char *method, const char *what, const char *json);

/* ---- memory: a test of very many steps gives back what it got since ---- */

struct kept *kept_until_now(void);
void release_since(struct kept *mark);

/* ---- waiting: for a condition, never for a time ---- */

#define wait_until(condition) \
    for (struct patience patience = {0}; !(condition);) \
    wait_a_little(&patience, #condition)

/* Whether sanitizers or valgrind watch the daemon, which then needs much memory of its own. */
bool memory_is_checked(void);

struct patience {
    long waited_ms;
};
void wait_a_little(struct patience *patience, const char *condition);

/* Failures name the line of the test, not one of the harness. */
void called_from(const char *file, int line);
void fail_test(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#define FROM_HERE(call) (called_from(__FILE__, __LINE__), call)
#ifndef VERGEFS_TESTS_HARNESS_INTERNAL_H
#define mount_start(...) FROM_HERE(mount_start(__VA_ARGS__))
#define mount_stop(...) FROM_HERE(mount_stop(__VA_ARGS__))
#define mount_refused(...) FROM_HERE(mount_refused(__VA_ARGS__))
#define run(...) FROM_HERE(run(__VA_ARGS__))
#define expect_run(...) FROM_HERE(expect_run(__VA_ARGS__))
#define job_finish(...) FROM_HERE(job_finish(__VA_ARGS__))
#define status_of(...) FROM_HERE(status_of(__VA_ARGS__))
#define names_in(...) FROM_HERE(names_in(__VA_ARGS__))
#define read_file(...) FROM_HERE(read_file(__VA_ARGS__))
#define read_json(...) FROM_HERE(read_json(__VA_ARGS__))
#define expect_file(...) FROM_HERE(expect_file(__VA_ARGS__))
#define expect_json_file(...) FROM_HERE(expect_json_file(__VA_ARGS__))
#define expect_list(...) FROM_HERE(expect_list(__VA_ARGS__))
#define expect_link(...) FROM_HERE(expect_link(__VA_ARGS__))
#define expect_mode(...) FROM_HERE(expect_mode(__VA_ARGS__))
#define expect_exists(...) FROM_HERE(expect_exists(__VA_ARGS__))
#define expect_missing(...) FROM_HERE(expect_missing(__VA_ARGS__))
#define expect_write_errno(...) FROM_HERE(expect_write_errno(__VA_ARGS__))
#define expect_close_errno(...) FROM_HERE(expect_close_errno(__VA_ARGS__))
#define expect_result(...) FROM_HERE(expect_result(__VA_ARGS__))
#define expect_text(...) FROM_HERE(expect_text(__VA_ARGS__))
#define expect_contains(...) FROM_HERE(expect_contains(__VA_ARGS__))
#define expect_field(...) FROM_HERE(expect_field(__VA_ARGS__))
#define sim_start(...) FROM_HERE(sim_start(__VA_ARGS__))
#define sim_ask(...) FROM_HERE(sim_ask(__VA_ARGS__))
#define sim_row(...) FROM_HERE(sim_row(__VA_ARGS__))
#define sim_find(...) FROM_HERE(sim_find(__VA_ARGS__))
#define sim_key(...) FROM_HERE(sim_key(__VA_ARGS__))
#define sim_field(...) FROM_HERE(sim_field(__VA_ARGS__))
#define sim_set_row(...) FROM_HERE(sim_set_row(__VA_ARGS__))
#define sim_insert(...) FROM_HERE(sim_insert(__VA_ARGS__))
#define sim_delete(...) FROM_HERE(sim_delete(__VA_ARGS__))
#define sim_fault(...) FROM_HERE(sim_fault(__VA_ARGS__))
#define sim_control(...) FROM_HERE(sim_control(__VA_ARGS__))
#define sim_quirk(...) FROM_HERE(sim_quirk(__VA_ARGS__))
#define wait_a_little(...) FROM_HERE(wait_a_little(__VA_ARGS__))
#endif

#endif
