/* SPDX-License-Identifier: MIT
 *
 * The command as users start it: in the background, in the foreground, refused; and what can be
 * seen of its process. For tests of the command itself; others have a mount of the harness.
 */
#ifndef VERGEFS_TESTS_COMMAND_H
#define VERGEFS_TESTS_COMMAND_H

#include "tests/integration/harness_internal.h"

/* ---- files and folders outside of any mount ---- */

const char *new_folder(void);
const char *new_file(const char *content, mode_t mode);

/* A port of this machine where nobody listens. */
int free_port(void);
/* "localhost:1234" */
const char *host_and_port(void);
const char *port_of_sim(void);

/* ---- processes ---- */

/* A file of /proc/PID; "" when it is gone. */
const char *proc_file(pid_t pid, const char *name);

/* A field of /proc/PID/stat by its number in proc(5); 0 for the state of who is dead. */
long stat_field(pid_t pid, int number);
enum { STATE = 3, SESSION = 6 };
bool is_alive(pid_t pid);

/* Who has the folder among its arguments and lives; 0 when nobody. */
pid_t daemon_of(const char *folder);
/* The same. Whoever mounted there, wanted or not, ends with the tests at the latest. */
pid_t remember_daemon(const char *folder);

/* ---- mounts ---- */

/* The command with the options that every test wants, and these; without a mountpoint. */
const char *good(const char *rest);

/* In the background, as users do; what the command said is to be nothing. Its folder. */
const char *mount_in_background(const char *command);
void expect_ended(const char *folder, pid_t pid);
void end_background(const char *folder);

/* One that stays where it was started. */
struct foreground {
    const char *folder;
    struct job *job;
    pid_t pid;
};

struct foreground start_in_foreground(const char *command);
/* It ends well, with nothing left; what it wrote. */
struct result expect_end(const struct foreground *foreground);

/* The command is fit to mount. */
void expect_mounts(const char *command);

/* The command with a folder behind it ends with the status, one line that has the part in it, and
 * nothing mounted. */
void expect_refused(int status, const char *part, const char *command);
void expect_one_line(const char *said);

#ifndef VERGEFS_TESTS_COMMAND_C
#define expect_refused(...) FROM_HERE(expect_refused(__VA_ARGS__))
#endif

#endif
