/* SPDX-License-Identifier: MIT */
/*
 * The way to the system: credentials, login, client and inventory; and one sentence with the right
 * exit status when it does not lead there.
 */
#ifndef VERGEFS_CONNECT_H
#define VERGEFS_CONNECT_H

#include "fs/options.h"
#include "lib/inventory.h"
#include "lib/queries.h"
#include "lib/system.h"

struct connection {
    struct options *options;
    struct verge_credentials credentials;
    char *url;
    struct verge_system system;
    struct verge_client *client;
    struct verge_inventory *inventory;
    struct verge_queries *queries;
    /* Told of what the inventory learns, besides the queries; NULL for nobody. */
    verge_changed *changed;
    verge_doubted *doubted;
    void *changed_argument;
};

/* Before the fork: where to go and with what. To be closed whatever is returned. */
enum exit_status connection_prepare(struct connection *connection, struct options *options);

/* After the fork, which libcurl must not cross: connects, logs in, asks how much there is. */
enum exit_status connection_open(struct connection *connection);

/* --check: the same step by step, each printed as it passes, what to do where one does not; then
 * what there is. */
enum exit_status connection_check(struct connection *connection);

/* Ends what is in flight. */
void connection_close(struct connection *connection);

#endif
