/* SPDX-License-Identifier: MIT */
/* Waiting in a request's thread, in a way that the end of the program or of the client ends. */
#ifndef SIMULATOR_WAIT_H
#define SIMULATOR_WAIT_H

#include <stdatomic.h>
#include <stdbool.h>

/*
 * Waits `ms` milliseconds, or for ever if that is negative. False if the wait was cut short:
 * `stopping` was set, or the peer of `socket` went away. `released`, which may be NULL, ends the
 * wait early with true.
 */
bool wait_ms(long ms, int socket, const atomic_bool *stopping, const atomic_bool *released);

#endif
