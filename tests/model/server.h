/* SPDX-License-Identifier: MIT
 *
 * The simulator as the model sees it: all of its devices as a world, what it was asked, and changes
 * that others make.
 */
#ifndef VERGEFS_MODEL_SERVER_H
#define VERGEFS_MODEL_SERVER_H

#include "tests/model/world.h"

/* Speaks to the current simulator, on one connection; ends with it. */
struct server;
struct server *server_open(void);
void server_close(struct server *server);

void server_read(struct server *server, struct world *world);

/* Requests since the log was cleared. */
struct requests {
    int puts, posts, deletes;
};
void server_forget(struct server *server); /* clears the log */
void server_requests(struct server *server, struct requests *requests);

/* Behind the mount's back. */
void server_set(const struct device *device); /* all that the model knows of it */
unsigned
server_insert(const struct device *device); /* its key: the device's, or with 0 a new one */
void server_delete(unsigned key);

#endif
