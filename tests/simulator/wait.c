/* SPDX-License-Identifier: MIT */
#include "tests/simulator/wait.h"

#include <poll.h>
#include <stddef.h>
#include <time.h>

enum { SLICE_MS = 10 };

static long now_ms(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

bool wait_ms(long ms, int socket, const atomic_bool *stopping, const atomic_bool *released)
{
    long end = now_ms() + ms;

    for (;;) {
        long left = ms < 0 ? SLICE_MS : end - now_ms();
        struct pollfd peer = {.fd = socket, .events = POLLRDHUP};

        if (left <= 0 || (released && atomic_load(released)))
            return true;
        if (poll(&peer, 1, (int)(left < SLICE_MS ? left : SLICE_MS)) > 0 || atomic_load(stopping))
            return false;
    }
}
