/* SPDX-License-Identifier: MIT */
/* The open connections: numbered as they come, counted, and cut when a test wants that. */
#ifndef SIMULATOR_CONNECTIONS_H
#define SIMULATOR_CONNECTIONS_H

#include <stddef.h>
#include <stdint.h>

struct connections;

struct connections *connections_new(void);
void connections_free(struct connections *connections);

/* A connection has come; gives its number, which is never used again. */
uint64_t connections_add(struct connections *connections, int socket);
void connections_remove(struct connections *connections, uint64_t number);

/* How many there are, and how many there ever were. */
size_t connections_open(struct connections *connections);
uint64_t connections_total(struct connections *connections);

/* Shuts all down but one, as a server does that is restarted or tired of idle ones. */
void connections_cut(struct connections *connections, uint64_t but);

#endif
