/* SPDX-License-Identifier: MIT */
/* The whole simulated system: what the rooms share, and the lock that guards it. */
#ifndef SIMULATOR_SIMULATOR_H
#define SIMULATOR_SIMULATOR_H

#include <pthread.h>
#include <stdatomic.h>

#include "tests/simulator/auth.h"
#include "tests/simulator/connections.h"
#include "tests/simulator/faults.h"
#include "tests/simulator/quirks.h"
#include "tests/simulator/requestlog.h"
#include "tests/simulator/store.h"
#include "tests/simulator/views.h"

struct simulator {
    pthread_mutex_t data; /* guards the next seven; never held while waiting or sending */
    struct store *store;
    struct store *first_store; /* what a reset goes back to */
    struct views *views;
    struct quirks quirks;
    struct quirks first_quirks;
    struct auth *auth;
    struct {
        int64_t second;
        int64_t count;
    } rate; /* requests in the present second */

    struct requestlog *log;
    struct faults *faults;
    struct connections *connections;

    int delay_ms; /* before every answer of the API */
    atomic_bool stopping;
};

/* Takes the store and the auth. */
struct simulator *simulator_new(struct store *store, const struct quirks *quirks,
                                struct auth *auth);
void simulator_free(struct simulator *simulator);

/* Counts a request; false if it is one too many for the `rate` quirk. */
bool simulator_admits(struct simulator *simulator);

/* Data, quirks, faults, credentials and log as at the start. */
void simulator_reset(struct simulator *simulator);

/* Puts other data in place, which a reset does not keep. Takes the store. */
void simulator_replace(struct simulator *simulator, struct store *store);

#endif
