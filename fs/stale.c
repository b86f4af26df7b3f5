/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/stale.h"

#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* Not by stat(2): of a root that somebody has just looked at, the kernel still knows the answer. */
static bool is_dead(const char *mountpoint)
{
    struct statvfs attr;
    return statvfs(mountpoint, &attr) != 0 && errno == ENOTCONN;
}

/* fusermount3 may do it for an ordinary user. */
static int unmount(const char *mountpoint)
{
    char program[] = "fusermount3", lazily[] = "-uz", end[] = "--";
    char *const arguments[] = {program, lazily, end, (char *)mountpoint, NULL};
    pid_t child;
    int status = 0;
    int result = posix_spawnp(&child, arguments[0], NULL, NULL, arguments, environ);
    if (result)
        return -result;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EBUSY;
}

int stale_clear(const char *mountpoint)
{
    if (!is_dead(mountpoint))
        return 0;
    int result = unmount(mountpoint);
    if (!result && is_dead(mountpoint))
        result = -EBUSY; /* another dead one lies below it */
    return result;
}
