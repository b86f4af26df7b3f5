/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/raw_server.h"
#include "tests/unit/unit.h"

struct serving {
    struct raw_server *server;
    unsigned number;
};

static void *serve_one(void *argument)
{
    struct serving *serving = argument;
    struct raw_server *server = serving->server;
    unsigned number = serving->number;
    free(serving);
    pthread_mutex_lock(&server->lock);
    int fd = server->fds[number];
    pthread_mutex_unlock(&server->lock);
    server->serve(server, fd);
    pthread_mutex_lock(&server->lock);
    close(fd);
    server->fds[number] = -1;
    pthread_mutex_unlock(&server->lock);
    sem_post(&server->gone);
    return NULL;
}

static void *accept_all(void *argument)
{
    struct raw_server *server = argument;
    for (unsigned number = 0; number < RAW_CONNECTIONS; number++) {
        int fd = accept(server->listener, NULL, NULL);
        if (fd < 0) {
            break;
        }
        struct serving *serving = malloc(sizeof(*serving));
        ck_assert_ptr_nonnull(serving);
        *serving = (struct serving){server, number};
        pthread_mutex_lock(&server->lock);
        server->fds[number] = fd;
        pthread_mutex_unlock(&server->lock);
        /* Counted before it is served, so that who got an answer finds it counted. */
        atomic_store(&server->connections, number + 1);
        pthread_create(&server->threads[number], NULL, serve_one, serving);
    }
    return NULL;
}

/* A socket bound to a free port of the loopback address. */
static int bound_socket(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, length), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

unsigned raw_closed_port(void)
{
    unsigned port = 0;
    close(bound_socket(&port));
    return port;
}

void raw_start(struct raw_server *server, raw_serve *serve, const void *script)
{
    memset(server, 0, sizeof(*server));
    server->serve = serve;
    server->script = script;
    pthread_mutex_init(&server->lock, NULL);
    sem_init(&server->got, 0, 0);
    sem_init(&server->go, 0, 0);
    sem_init(&server->gone, 0, 0);
    unsigned port = 0;
    server->listener = bound_socket(&port);
    ck_assert_int_eq(listen(server->listener, RAW_CONNECTIONS), 0);
    snprintf(server->host, sizeof(server->host), "127.0.0.1:%u", port);
    snprintf(server->url, sizeof(server->url), "http://%s", server->host);
    ck_assert_int_eq(pthread_create(&server->acceptor, NULL, accept_all, server), 0);
}

void raw_https(struct raw_server *server)
{
    snprintf(server->url, sizeof(server->url), "https://%s", server->host);
}

void raw_stop(struct raw_server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->acceptor, NULL);
    close(server->listener);
    unsigned count = atomic_load(&server->connections);
    for (unsigned i = 0; i < count; i++) {
        sem_post(&server->go);
        pthread_mutex_lock(&server->lock);
        if (server->fds[i] >= 0) {
            shutdown(server->fds[i], SHUT_RDWR);
        }
        pthread_mutex_unlock(&server->lock);
    }
    for (unsigned i = 0; i < count; i++) {
        pthread_join(server->threads[i], NULL);
    }
    sem_destroy(&server->got);
    sem_destroy(&server->go);
    sem_destroy(&server->gone);
    pthread_mutex_destroy(&server->lock);
}

/* The length of the request at the start of `bytes` by its head; 0 when that is not complete. */
static size_t whole_length(const char *bytes)
{
    const char *end = strstr(bytes, "\r\n\r\n");
    const char *length = strcasestr(bytes, "\r\ncontent-length:");
    if (!end) {
        return 0;
    }
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return (size_t)(end - bytes) + 4 + body;
}

/* Receives behind what is there already; what has no room is thrown away. */
static ssize_t receive(int fd, char *bytes, size_t size, size_t length)
{
    char rest[4096];
    return length < size - 1 ? recv(fd, bytes + length, size - 1 - length, 0)
                             : recv(fd, rest, sizeof(rest), 0);
}

int raw_read(struct raw_server *server, int fd)
{
    char *bytes = calloc(1, sizeof(server->last));
    ck_assert_ptr_nonnull(bytes);
    size_t length = 0;
    ssize_t n = 1;
    while (n > 0 && (!whole_length(bytes) || length < whole_length(bytes))) {
        n = receive(fd, bytes, sizeof(server->last), length);
        length += n > 0 ? (size_t)n : 0;
    }
    if (n > 0) {
        pthread_mutex_lock(&server->lock);
        memcpy(server->last, bytes, sizeof(server->last));
        pthread_mutex_unlock(&server->lock);
        atomic_fetch_add(&server->requests, 1);
        sem_post(&server->got);
    }
    free(bytes);
    return n > 0;
}

void raw_write(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length) {
        ssize_t n = send(fd, at, length, MSG_NOSIGNAL);
        if (n <= 0) {
            return;
        }
        at += n;
        length -= (size_t)n;
    }
}

void raw_string(int fd, const char *string)
{
    raw_write(fd, string, strlen(string));
}

void raw_reset(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}
