/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/window.h"

/* A millisecond more, for the clock cuts off what is less than one. */
#define SECOND_MS 1001

void verge_window_init(struct verge_window *window)
{
    for (unsigned i = 0; i < VERGE_WINDOW_SIZE; i++) {
        window->times[i] = INT64_MIN / 2;
    }
}

static unsigned oldest(const struct verge_window *window)
{
    unsigned found = 0;
    for (unsigned i = 1; i < VERGE_WINDOW_SIZE; i++) {
        if (window->times[i] < window->times[found]) {
            found = i;
        }
    }
    return found;
}

int64_t verge_window_when(const struct verge_window *window)
{
    return window->times[oldest(window)] + SECOND_MS;
}

unsigned verge_window_take(struct verge_window *window, int64_t now)
{
    unsigned number = oldest(window);
    window->times[number] = now;
    return number;
}

void verge_window_done(struct verge_window *window, unsigned number, int64_t now)
{
    if (window->times[number] < now) {
        window->times[number] = now;
    }
}
