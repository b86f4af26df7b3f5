/* SPDX-License-Identifier: MIT */
/*
 * HTTP as libcurl and the transport read it: the input is what the server sends, its connection
 * closed behind it. What comes of it is an answer within its limits, or an error of the documented
 * ones that tells no secret.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/transport.h"
#include "tests/fuzz/fuzz.h"

FUZZ_RUNS(1500);

#define LIMIT 1000
#define SECRET "Bearer s3cret-s3cret"
/* Used in turn: a port that was in use is not free again for a minute. */
#define ADDRESSES 128

/* One at a time; made at the first run, and there until the process ends. */
static struct server {
    int listener;
    struct verge_transport *transports[ADDRESSES];
    unsigned runs;
    pthread_mutex_t lock; /* guards what is to be sent */
    const uint8_t *bytes;
    size_t length;
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The request is read to the end of its head: it has no body. */
static bool read_request(int fd)
{
    char head[8192];
    size_t length = 0;
    ssize_t n = 1;

    while (n > 0 && length < sizeof head - 1) {
        n = recv(fd, head + length, sizeof head - 1 - length, 0);
        length += n > 0 ? (size_t)n : 0;
        head[length] = '\0';
        if (strstr(head, "\r\n\r\n"))
            return true;
    }
    return false;
}

/* A thread for each: a client may open a connection and use another. */
static void *serve(void *argument)
{
    int fd = (int)(intptr_t)argument;

    if (read_request(fd)) {
        pthread_mutex_lock(&server.lock);
        send(fd, server.bytes, server.length, MSG_NOSIGNAL);
        pthread_mutex_unlock(&server.lock);
    }
    close(fd);
    return NULL;
}

static void *accept_all(void *argument)
{
    pthread_t thread;

    (void)argument;
    for (;;) {
        int fd = accept(server.listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        must(pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0);
        pthread_detach(thread);
    }
}

static void start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    struct verge_error error = VERGE_ERROR_INIT;
    pthread_t thread;
    char url[64];

    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(server.listener >= 0);
    must(bind(server.listener, (struct sockaddr *)&address, length) == 0);
    must(listen(server.listener, 16) == 0);
    must(getsockname(server.listener, (struct sockaddr *)&address, &length) == 0);
    for (unsigned i = 0; i < ADDRESSES; i++) {
        snprintf(url, sizeof url, "http://127.0.0.%u:%u", i + 1, ntohs(address.sin_port));
        server.transports[i] = verge_transport_curl(
            &(struct verge_transport_options){
                .base_url = url, .connections = 1, .user_agent = "fuzz"},
            &error);
        must(server.transports[i] != NULL);
    }
    must(pthread_create(&thread, NULL, accept_all, NULL) == 0);
    pthread_detach(thread);
}

static bool has_retry_after(const uint8_t *bytes, size_t length)
{
    static const char name[] = "retry-after";

    for (size_t i = 0; i + sizeof name - 1 <= length; i++)
        if (strncasecmp((const char *)bytes + i, name, sizeof name - 1) == 0)
            return true;
    return false;
}

static void check_answer(const struct verge_answer *answer, const uint8_t *data, size_t size)
{
    must(answer->status >= 100 && answer->status <= 999);
    must(answer->body.length <= LIMIT && answer->body.length <= size);
    must(answer->retry_after_ms >= -1 && answer->retry_after_ms <= 86400000);
    must(answer->retry_after_ms == -1 || has_retry_after(data, size));
}

static void check_failure(const struct verge_error *error, const struct verge_answer *answer,
                          int result)
{
    static const int documented[] = {EPROTO,    ECONNRESET, EBADMSG,     EFBIG,
                                     EREMOTEIO, EIO,        EHOSTUNREACH};
    bool known = false;

    for (size_t i = 0; i < sizeof documented / sizeof *documented; i++)
        known = known || result == -documented[i];
    must(known && error->errnum == -result && *error->text);
    must(!strstr(error->text, "s3cret") && !error->uncertain);
    must(answer->body.length == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct verge_request request = {
        .method = "GET", .path = "/api/v4/t", .authorization = SECRET, .answer_limit = LIMIT};
    struct verge_call call = {verge_now() + 600000, NULL};
    struct verge_answer answer = {.status = 0};
    struct verge_error error = VERGE_ERROR_INIT;

    if (server.runs++ == 0)
        start();
    pthread_mutex_lock(&server.lock);
    server.bytes = data;
    server.length = size;
    pthread_mutex_unlock(&server.lock);
    struct verge_transport *transport = server.transports[server.runs % ADDRESSES];
    int result = transport->send(transport, &call, &request, &answer, &error);
    if (result == 0)
        check_answer(&answer, data, size);
    else
        check_failure(&error, &answer, result);
    verge_answer_free(&answer);
    pthread_mutex_lock(&server.lock);
    server.length = 0;
    pthread_mutex_unlock(&server.lock);
    return 0;
}
