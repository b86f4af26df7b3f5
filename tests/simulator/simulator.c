/* SPDX-License-Identifier: MIT */
#include "tests/simulator/simulator.h"
#include "tests/simulator/buffer.h"

#include <stdlib.h>
#include <time.h>

struct simulator *simulator_new(struct store *store, const struct quirks *quirks, struct auth *auth)
{
    struct simulator *simulator = must_allocate(sizeof(*simulator));

    (void)pthread_mutex_init(&simulator->data, NULL);
    simulator->first_store = store;
    simulator->store = store_copy(store);
    simulator->views = views_new();
    simulator->quirks = simulator->first_quirks = *quirks;
    simulator->auth = auth;
    simulator->log = requestlog_new();
    simulator->faults = faults_new();
    simulator->connections = connections_new();
    return simulator;
}

void simulator_free(struct simulator *simulator)
{
    if (!simulator)
        return;
    requestlog_free(simulator->log);
    faults_free(simulator->faults);
    connections_free(simulator->connections);
    views_free(simulator->views);
    store_free(simulator->store);
    store_free(simulator->first_store);
    auth_free(simulator->auth);
    (void)pthread_mutex_destroy(&simulator->data);
    free(simulator);
}

void simulator_reset(struct simulator *simulator)
{
    (void)pthread_mutex_lock(&simulator->data);
    store_free(simulator->store);
    simulator->store = store_copy(simulator->first_store);
    simulator->quirks = simulator->first_quirks;
    auth_reset(simulator->auth);
    views_forget(simulator->views);
    (void)pthread_mutex_unlock(&simulator->data);
    faults_clear(simulator->faults);
    requestlog_clear(simulator->log);
}

bool simulator_admits(struct simulator *simulator)
{
    struct timespec time;
    bool admitted;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    (void)pthread_mutex_lock(&simulator->data);

    int64_t most = quirk(&simulator->quirks, QUIRK_RATE);

    if (simulator->rate.second != time.tv_sec) {
        simulator->rate.second = time.tv_sec;
        simulator->rate.count = 0;
    }
    admitted = !most || simulator->rate.count < most;
    simulator->rate.count += admitted;
    (void)pthread_mutex_unlock(&simulator->data);
    return admitted;
}

void simulator_replace(struct simulator *simulator, struct store *store)
{
    (void)pthread_mutex_lock(&simulator->data);
    store_free(simulator->store);
    simulator->store = store;
    views_forget(simulator->views);
    (void)pthread_mutex_unlock(&simulator->data);
}
