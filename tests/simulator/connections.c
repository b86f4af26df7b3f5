/* SPDX-License-Identifier: MIT */
#include "tests/simulator/connections.h"
#include "tests/simulator/buffer.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

struct connection {
    uint64_t number;
    int socket;
};

struct connections {
    pthread_mutex_t lock; /* guards all below */
    struct connection *list;
    size_t count, capacity;
    uint64_t total;
};

struct connections *connections_new(void)
{
    struct connections *connections = must_allocate(sizeof(*connections));

    (void)pthread_mutex_init(&connections->lock, NULL);
    return connections;
}

void connections_free(struct connections *connections)
{
    if (!connections)
        return;
    (void)pthread_mutex_destroy(&connections->lock);
    free(connections->list);
    free(connections);
}

uint64_t connections_add(struct connections *connections, int socket)
{
    uint64_t number;

    (void)pthread_mutex_lock(&connections->lock);
    number = ++connections->total;
    if (connections->count == connections->capacity) {
        connections->capacity = connections->capacity * 2 + 16;
        connections->list =
            must_resize(connections->list, connections->capacity * sizeof(struct connection));
    }
    connections->list[connections->count++] = (struct connection){number, socket};
    (void)pthread_mutex_unlock(&connections->lock);
    return number;
}

void connections_remove(struct connections *connections, uint64_t number)
{
    (void)pthread_mutex_lock(&connections->lock);
    for (size_t index = 0; index < connections->count; index++) {
        if (connections->list[index].number == number) {
            connections->list[index] = connections->list[--connections->count];
            break;
        }
    }
    (void)pthread_mutex_unlock(&connections->lock);
}

size_t connections_open(struct connections *connections)
{
    size_t count;

    (void)pthread_mutex_lock(&connections->lock);
    count = connections->count;
    (void)pthread_mutex_unlock(&connections->lock);
    return count;
}

uint64_t connections_total(struct connections *connections)
{
    uint64_t total;

    (void)pthread_mutex_lock(&connections->lock);
    total = connections->total;
    (void)pthread_mutex_unlock(&connections->lock);
    return total;
}

/* A socket in the list is open: it leaves the list before it is closed. */
void connections_cut(struct connections *connections, uint64_t but)
{
    (void)pthread_mutex_lock(&connections->lock);
    for (size_t index = 0; index < connections->count; index++) {
        if (connections->list[index].number != but)
            (void)shutdown(connections->list[index].socket, SHUT_RDWR);
    }
    (void)pthread_mutex_unlock(&connections->lock);
}
