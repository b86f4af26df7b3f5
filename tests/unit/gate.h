/* SPDX-License-Identifier: MIT */
/* Answers that are held back, to force an order that chance would seldom give. */
#ifndef GATE_H
#define GATE_H

#include "tests/unit/inventory_fixture.h"

/* Holds back the answers of requests with `match`, once they are made. */
struct gate {
    struct fixture *f;
    pthread_mutex_t lock;
    pthread_cond_t turn;
    const char *match, *unless;
    unsigned held;
    bool open;
};

static inline void hold_back(void *argument, const char *line)
{
    struct gate *gate = argument;

    pthread_mutex_lock(&gate->lock);
    if (strstr(line, gate->match) != NULL && strstr(line, gate->unless) == NULL) {
        gate->held++;
        pthread_cond_broadcast(&gate->turn);
        while (!gate->open) {
            pthread_cond_wait(&gate->turn, &gate->lock);
        }
    }
    pthread_mutex_unlock(&gate->lock);
}

static inline void gate_set(struct gate *gate, struct fixture *f, const char *match,
                            const char *unless)
{
    *gate = (struct gate){.f = f, .match = match, .unless = unless};
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->turn, NULL);
    f->server->during_argument = gate;
    f->server->during = hold_back;
}

static inline void gate_await(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    while (gate->held == 0) {
        pthread_cond_wait(&gate->turn, &gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
}

static inline void gate_open(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_broadcast(&gate->turn);
    pthread_mutex_unlock(&gate->lock);
}

#endif
