/* SPDX-License-Identifier: MIT */
/*
 * No more than so many in any second: the times of the last ones. Pure arithmetic: the caller has
 * the clock (verge_now) and the lock.
 */
#ifndef VERGE_WINDOW_H
#define VERGE_WINDOW_H

#include <stdint.h>

#ifndef VERGE_WINDOW_SIZE /* a test of very many requests is built with more */
#define VERGE_WINDOW_SIZE 20
#endif

struct verge_window {
    int64_t times[VERGE_WINDOW_SIZE];
};

void verge_window_init(struct verge_window *window);

/* When the next one may go; a time that has passed: now. */
int64_t verge_window_when(const struct verge_window *window);

/* One goes now. Its number is for verge_window_done. */
unsigned verge_window_take(struct verge_window *window, int64_t now);

/*
 * It has arrived by now at the latest: it may have been on its way for a while, and it is on
 * arrival that the server counts. One that is still on its way after a second has left its place
 * to another; what is said of it then keeps others waiting for longer, never for less.
 */
void verge_window_done(struct verge_window *window, unsigned number, int64_t now);

#endif
