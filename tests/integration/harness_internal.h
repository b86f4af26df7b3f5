/* SPDX-License-Identifier: MIT
 *
 * What the files of the harness share with each other, and with tests of what it starts.
 */
#ifndef VERGEFS_TESTS_HARNESS_INTERNAL_H
#define VERGEFS_TESTS_HARNESS_INTERNAL_H

#include "tests/integration/harness.h"

#include <stdarg.h>

/* ---- memory (harness.c) ---- */

/* Owns it until the test ends; returns it. Fails the test when it is NULL. */
void *keep(void *memory, void (*release)(void *));
char *keep_text(char *memory);
char *format_text(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* A text for the caller to free. */
char *sentence(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/* What the test would have failed with inside body(), or NULL: for the tests of the harness. */
const char *failure_of(void (*body)(void));

/* ---- limits (harness.c) ---- */

/* Seconds, stretched by CK_TIMEOUT_MULTIPLIER as Check's own limits are. */
double patience_limit(double seconds);
void nap(long milliseconds);

/* The folder of this program's own files, and a new name in it. */
const char *scratch_folder(void);
char *scratch_name(const char *kind);

/* What a failure appends about the current mount; kept. */
const char *mount_story(void);

/* ---- processes (harness_process.c) ---- */

struct process {
    pid_t pid;
    pid_t group; /* of it and of what it started, which may outlive it */
    int status;  /* as waitpid gave it, once pid is 0 */
    int death;   /* the signal it gets when its parent dies */
    char *out;   /* files it writes to */
    char *err;
};

/* How long a command of a test may take, in seconds. */
extern double command_limit;

/* Starts argv in a session of its own, with the environment changed by changes ("NAME=value" or
 * "NAME"), in folder when that is not NULL. False with errno when it could not be started. */
bool process_start(struct process *process, const char *const *argv, const char *const *changes,
                   const char *folder);
bool process_ended(struct process *process);
bool process_wait(struct process *process, double seconds);
void process_kill(struct process *process);
void process_release(struct process *process);
int process_exit_code(const struct process *process);

/* A list of words, for argv and environments; ends with NULL. */
struct words {
    const char **list;
    size_t count;
};
void words_add(struct words *words, const char *word);
void words_split(struct words *words, const char *line);
void words_release(struct words *words);

/* Whole file, NUL-terminated; NULL with errno. Caller frees. */
char *slurp(const char *file, size_t *size);
/* The last lines of a text: a pointer into it. */
const char *last_lines(const char *content, int lines);

/* ---- daemons that must never be left behind (harness_daemon.c) ---- */

/* Remembers a daemon, and its mountpoint if it has one, in memory all processes share. */
void daemon_remember(pid_t pid, const char *mountpoint);
void daemon_forget(pid_t pid);
/* Kills what is still there and clears its mounts; says so on stderr. */
void daemons_sweep(void);
void detach_mount(const char *mountpoint);
bool is_mounted(const char *mountpoint);

/* A process that kills all mounts' daemons when no test has begun for so long that one must hang in
 * the kernel, where only the death of the daemon frees it. */
void watchdog_start(double limit);
void watchdog_feed(void);
void watchdog_stop(void);

/* ---- simulator and mount (harness_sim.c, harness_mount.c) ---- */

/* NULL when it could not be started; then there is a complaint, for the caller to free. */
struct sim *sim_launch(const struct sim_options *options, char **complaint);
struct mount *mount_launch(const struct mount_options *options, char **complaint);
/* Ends it and frees it. The complaint about how it ended, for the caller to free, or NULL. */
char *sim_finish(struct sim *sim);
char *mount_finish(struct mount *mount);

/* What the test itself started and has not stopped; fails the test when it does not end well. */
void mounts_of_test_stop(void);
void sims_of_test_stop(void);

void mount_clear_error_log(void);
void mount_refresh(void);

/* The sentence about a daemon that ended: its exit status and what it wrote, or NULL if all well.
 */
char *ended_well(const struct process *process, const char *name);
void daemon_environment(struct words *environment, const struct sim *sim);
/* $VARIABLE or the default, as words; the first one as an absolute path. */
void program_words(struct words *words, const char *variable, const char *standard);

#endif
