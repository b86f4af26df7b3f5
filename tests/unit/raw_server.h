/* SPDX-License-Identifier: MIT */
/*
 * A TCP server that does to its connections what a test tells it, the more unseemly the better. One
 * thread accepts, one serves each connection.
 */
#ifndef RAW_SERVER_H
#define RAW_SERVER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>

#define RAW_CONNECTIONS 64

struct raw_server;

/* Serves one connection; it is closed on return. */
typedef void raw_serve(struct raw_server *server, int fd);

struct raw_server {
    char host[32]; /* "127.0.0.1:PORT" */
    char url[48];  /* "http://127.0.0.1:PORT" */
    const void *script;
    atomic_uint connections; /* accepted so far */
    atomic_uint requests;    /* read whole so far */
    sem_t got;               /* posted by raw_read for each request */
    sem_t go;                /* for serving functions that are to wait for the test */
    sem_t gone;              /* posted when a connection was closed */
    char last[16384];        /* the last request; to be read when nothing is in flight */

    raw_serve *serve;
    int listener;
    pthread_t acceptor;
    pthread_t threads[RAW_CONNECTIONS];
    int fds[RAW_CONNECTIONS]; /* -1 once closed; under the lock */
    pthread_mutex_t lock;
};

void raw_start(struct raw_server *server, raw_serve *serve, const void *script);

/* Makes the URL one of https, whatever the server then speaks. */
void raw_https(struct raw_server *server);

/* Breaks all connections and waits for the threads. */
void raw_stop(struct raw_server *server);

/* Reads a request to the end of its body, of which `last` may not hold all; false when the client
 * left before. */
int raw_read(struct raw_server *server, int fd);

/* Writes it all, as far as the client listens. */
void raw_write(int fd, const void *bytes, size_t length);
void raw_string(int fd, const char *string);

/* Makes the close that follows a reset. */
void raw_reset(int fd);

/* A port of 127.0.0.1 where nobody listens. */
unsigned raw_closed_port(void);

#endif
