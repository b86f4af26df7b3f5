/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/unshare.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fuse.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int open_again(int session)
{
    uint32_t original = (uint32_t)session;
    int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (device >= 0 && ioctl(device, FUSE_DEV_IOC_CLONE, &original) == -1) {
        close(device);
        return -1;
    }
    return device;
}

/* Who started us may wait for the end of what these three are in the other table. */
static void drop_streams(void)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (nothing == -1 || dup2(nothing, fd) == -1)
            close(fd);
}

void unshare_files(int session)
{
    if (session <= STDERR_FILENO || unshare(CLONE_FILES) == -1)
        return;
    int device = open_again(session);
    if (device >= 0)
        (void)dup3(device, session, O_CLOEXEC);
    drop_streams();
    if (session > STDERR_FILENO + 1)
        (void)close_range(STDERR_FILENO + 1, (unsigned)session - 1, 0);
    (void)close_range((unsigned)session + 1, UINT_MAX, 0);
}
