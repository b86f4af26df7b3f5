/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's word, or else its exit status: it printed the reason itself. */
_Noreturn static void wait_for(pid_t child, int descriptor)
{
    char ready;
    ssize_t got;
    int status = 0;
    do
        got = read(descriptor, &ready, 1);
    while (got < 0 && errno == EINTR);
    if (got == 1)
        _exit(EXIT_SUCCESS);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

int daemon_fork(void)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return -1;
    pid_t child = fork();
    if (child < 0)
        return -1;
    if (child > 0) {
        close(ends[1]);
        wait_for(child, ends[0]);
    }
    close(ends[0]);
    return ends[1];
}

/* A session of our own only now: below an automount, only the process group that systemd started
 * may look at the mount point before the mount is there. */
void daemon_ready(int descriptor)
{
    setsid();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        if (null > STDERR_FILENO)
            close(null);
    }
    if (write(descriptor, "", 1) != 1)
        _exit(EXIT_FAILURE); /* whoever waited is gone: nobody would know of the mount */
    close(descriptor);
}

void daemon_harden(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(VERGE_SANITIZED)
    prctl(PR_SET_DUMPABLE, 0); /* leak checkers attach like debuggers and must be let in */
#endif
}
