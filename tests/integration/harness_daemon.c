/* SPDX-License-Identifier: MIT
 *
 * No daemon and no mount may outlive the tests, whatever happens to the test that started it.
 */
#include "tests/integration/harness_internal.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_DAEMONS = 64 };

/* ---- the list, shared by the test program and the processes of its tests ---- */

struct remembered {
    pid_t pid; /* 0: free */
    char mountpoint[PATH_MAX];
};

static struct remembered *daemons(void)
{
    static struct remembered *shared;
    if (shared == NULL) {
        void *memory = mmap(NULL, MOST_DAEMONS * sizeof(*shared), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            perror("harness: mmap");
            abort();
        }
        shared = memory;
    }
    return shared;
}

void daemon_remember(pid_t pid, const char *mountpoint)
{
    struct remembered *list = daemons();
    for (int i = 0; i < MOST_DAEMONS; i++) {
        pid_t nobody = 0;
        if (__atomic_compare_exchange_n(&list[i].pid, &nobody, pid, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
            snprintf(list[i].mountpoint, sizeof(list[i].mountpoint), "%s", mountpoint);
            return;
        }
    }
    fputs("harness: too many daemons in one program\n", stderr);
}

void daemon_forget(pid_t pid)
{
    struct remembered *list = daemons();
    for (int i = 0; i < MOST_DAEMONS; i++) {
        if (list[i].pid == pid) {
            list[i].mountpoint[0] = '\0';
            __atomic_store_n(&list[i].pid, 0, __ATOMIC_SEQ_CST);
        }
    }
}

static void kill_mounts(void)
{
    struct remembered *list = daemons();
    for (int i = 0; i < MOST_DAEMONS; i++) {
        if (list[i].pid > 0 && list[i].mountpoint[0] != '\0') {
            kill(list[i].pid, SIGKILL);
        }
    }
}

void daemons_sweep(void)
{
    struct remembered *list = daemons();
    for (int i = 0; i < MOST_DAEMONS; i++) {
        if (list[i].pid <= 0) {
            continue;
        }
        if (kill(list[i].pid, SIGKILL) == 0) {
            waitpid(list[i].pid, NULL, 0);
        }
        if (is_mounted(list[i].mountpoint)) {
            fprintf(stderr, "harness: %s was left mounted\n", list[i].mountpoint);
            detach_mount(list[i].mountpoint);
        }
        daemon_forget(list[i].pid);
    }
}

/* ---- mounts ---- */

static bool is_octal(const char *from)
{
    return strspn(from, "01234567") >= 3;
}

/* Undoes the \ooo with which the kernel writes blanks and backslashes. */
static void unescape(char *word)
{
    char *to = word;
    for (const char *from = word; *from != '\0';) {
        if (*from == '\\' && is_octal(from + 1)) {
            *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

bool is_mounted(const char *mountpoint)
{
    char line[2 * PATH_MAX];
    char where[PATH_MAX];
    bool found = false;
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    if (mounts == NULL || mountpoint[0] == '\0') {
        if (mounts != NULL) {
            fclose(mounts);
        }
        return false;
    }
    while (!found && fgets(line, sizeof(line), mounts) != NULL) {
        if (strstr(line, " - fuse") != NULL && sscanf(line, "%*s %*s %*s %*s %4095s", where) == 1) {
            unescape(where);
            found = strcmp(where, mountpoint) == 0;
        }
    }
    fclose(mounts);
    return found;
}

void detach_mount(const char *mountpoint)
{
    if (umount2(mountpoint, MNT_DETACH) == 0) {
        return;
    }
    const char *const argv[] = {"fusermount3", "-uz", mountpoint, NULL};
    struct process detach = {0};
    if (process_start(&detach, argv, NULL, "/")) {
        process_wait(&detach, patience_limit(10));
    }
    process_release(&detach);
}

/* ---- the watchdog ---- */

static int watchdog_pipe = -1;
static pid_t watchdog_pid;

_Noreturn static void watch(int pipe_end, double limit)
{
    char byte;
    struct pollfd waiting = {pipe_end, POLLIN, 0};
    for (;;) {
        int ready = poll(&waiting, 1, (int)(limit * 1000));
        if (ready == 0) {
            fputs("harness: a test hangs: killing the daemons of all mounts\n", stderr);
            kill_mounts();
        } else if (ready == 1 && read(pipe_end, &byte, 1) != 1) {
            _exit(EXIT_SUCCESS);
        }
    }
}

void watchdog_start(double limit)
{
    int ends[2];
    if (pipe(ends) == -1) {
        perror("harness: pipe");
        abort();
    }
    watchdog_pid = fork();
    if (watchdog_pid == 0) {
        setsid();
        close(ends[1]);
        watch(ends[0], limit);
    }
    close(ends[0]);
    watchdog_pipe = ends[1];
}

void watchdog_feed(void)
{
    if (watchdog_pipe != -1 && write(watchdog_pipe, "", 1) != 1) {
        fputs("harness: the watchdog is gone\n", stderr);
    }
}

void watchdog_stop(void)
{
    if (watchdog_pipe != -1) {
        close(watchdog_pipe);
        watchdog_pipe = -1;
        waitpid(watchdog_pid, NULL, 0);
    }
}
