/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fs/ready.h"
#include "tests/unit/unit.h"

static char directory[] = "/tmp/check_ready.XXXXXX";
static char got[64];

/* The service manager's end, bound to `name`, of which the first byte is '@' when it is abstract.
 */
static int listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    int end = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    ck_assert_int_ge(end, 0);
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    ck_assert_int_eq(bind(end, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
    return end;
}

static const char *receive(int end)
{
    ssize_t length = recv(end, got, sizeof got - 1, 0);

    got[length > 0 ? length : 0] = '\0';
    return got;
}

START_TEST(nobody_waits)
{
    unsetenv("NOTIFY_SOCKET");
    ck_assert_int_eq(ready_notify("READY=1"), 0);
    setenv("NOTIFY_SOCKET", "", 1);
    ck_assert_int_eq(ready_notify("READY=1"), 0);
}
END_TEST

START_TEST(a_path)
{
    char name[64];

    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(name, sizeof name, "%s/notify", directory);
    int end = listen_at(name);
    ck_assert_int_eq(ready_notify("READY=1"), 1);
    ck_assert_str_eq(receive(end), "READY=1");
    close(end);
    unlink(name);
    rmdir(directory);
}
END_TEST

START_TEST(an_abstract_name)
{
    char name[64];

    snprintf(name, sizeof name, "@check_ready/%d", (int)getpid());
    int end = listen_at(name);
    ck_assert_int_eq(ready_notify("STOPPING=1\nSTATUS=unmounting"), 1);
    ck_assert_str_eq(receive(end), "STOPPING=1\nSTATUS=unmounting");
    close(end);
}
END_TEST

START_TEST(what_cannot_be_told)
{
    char name[300];

    setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
    ck_assert_int_eq(ready_notify("READY=1"), -EINVAL);
    memset(name, 'x', sizeof name);
    name[0] = '/';
    name[sizeof name - 1] = '\0';
    setenv("NOTIFY_SOCKET", name, 1);
    ck_assert_int_eq(ready_notify("READY=1"), -EINVAL);
    setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
    ck_assert_int_eq(ready_notify("READY=1"), -ENOENT);
}
END_TEST

UNIT_MAIN("ready", nobody_waits, a_path, an_abstract_name, what_cannot_be_told)
