/* SPDX-License-Identifier: MIT */
/*
 * The listeners: HTTP and HTTPS on the loopback address, one thread per connection, so that a
 * request that is made to wait holds up no other.
 */
#ifndef SIMULATOR_HTTP_H
#define SIMULATOR_HTTP_H

#include "tests/simulator/simulator.h"

struct http;

/*
 * Starts a listener; port 0 takes any. With `certificate` and `key`, both PEM, it speaks TLS.
 * NULL if the port cannot be had. The simulator must outlive it.
 */
struct http *http_start(struct simulator *simulator, int port, const char *certificate,
                        const char *key);
int http_port(const struct http *http);

/* Set `stopping` in the simulator first, or waiting requests hold it up. */
void http_stop(struct http *http);

#endif
