/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/ready.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A path, or with '@' in front the name of an abstract socket. False when it is neither. */
static bool make_address(const char *name, struct sockaddr_un *address, socklen_t *length)
{
    size_t size = strlen(name);

    if ((name[0] != '/' && name[0] != '@') || size >= sizeof address->sun_path)
        return false;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, name, size);
    if (name[0] == '@')
        address->sun_path[0] = '\0';
    *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    return true;
}

int ready_notify(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t length;

    if (!name || !*name)
        return 0;
    if (!make_address(name, &address, &length))
        return -EINVAL;
    int end = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (end < 0)
        return -errno;
    ssize_t sent =
        sendto(end, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, length);
    int result = sent < 0 ? -errno : 1;
    close(end);
    return result;
}
