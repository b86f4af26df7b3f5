/* SPDX-License-Identifier: MIT */
#include "tests/integration/liar.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/harness.h"

#define HEAD 16384
#define MOST_TABLES 4096

struct liar {
    int listener;
    char url[64];
    lie *tell;
    pthread_mutex_t lock; /* guards all below */
    int asked;
    char (*tables)[48]; /* of the requests so far */
};

struct answer {
    int fd;
    bool gone; /* nobody listens */
    size_t used;
    char chunk[32768];
};

/* ---- saying ---- */

static void send_all(struct answer *answer, const char *bytes, size_t length)
{
    while (length > 0 && !answer->gone) {
        ssize_t sent = send(answer->fd, bytes, length, MSG_NOSIGNAL);
        answer->gone = sent <= 0;
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void send_chunk(struct answer *answer)
{
    char size[16];

    if (answer->used == 0) {
        return;
    }
    send_all(answer, size, (size_t)snprintf(size, sizeof(size), "%zx\r\n", answer->used));
    send_all(answer, answer->chunk, answer->used);
    send_all(answer, "\r\n", 2);
    answer->used = 0;
}

bool say_bytes(struct answer *answer, const char *bytes, size_t length)
{
    while (length > 0 && !answer->gone) {
        size_t room = sizeof(answer->chunk) - answer->used;
        size_t part = length < room ? length : room;
        memcpy(answer->chunk + answer->used, bytes, part);
        answer->used += part;
        bytes += part;
        length -= part;
        if (answer->used == sizeof(answer->chunk)) {
            send_chunk(answer);
        }
    }
    return !answer->gone;
}

bool say(struct answer *answer, const char *format, ...)
{
    char line[4096];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    return say_bytes(answer, line, (size_t)length);
}

bool say_string(struct answer *answer, const char *bytes, size_t length)
{
    say_bytes(answer, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte < 0x20) {
            say(answer, "\\u%04x", byte);
        } else if (byte == '"' || byte == '\\') {
            say(answer, "\\%c", byte);
        } else {
            say_bytes(answer, &bytes[i], 1);
        }
    }
    return say_bytes(answer, "\"", 1);
}

/* ---- listening ---- */

static void decode(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++) {
        unsigned byte = 0;
        if (*from == '%' && sscanf(from + 1, "%2x", &byte) == 1) {
            *to++ = (char)byte;
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

/* The value of a parameter, "" where there is none; a copy in `room`. */
static const char *parameter(const char *query, const char *name, char room[HEAD])
{
    const char *found = query;

    *room = '\0';
    while (found != NULL && strncmp(found, name, strlen(name)) != 0) {
        found = strchr(found, '&');
        found = found != NULL ? found + 1 : NULL;
    }
    if (found != NULL) {
        found += strlen(name);
        snprintf(room, HEAD, "%.*s", (int)strcspn(found, "&"), found);
        decode(room);
    }
    return room;
}

static void count(struct liar *liar, const char *table)
{
    pthread_mutex_lock(&liar->lock);
    if (liar->asked < MOST_TABLES) {
        snprintf(liar->tables[liar->asked], sizeof(*liar->tables), "%s", table);
        liar->asked++;
    }
    pthread_mutex_unlock(&liar->lock);
}

static void tell_truth_or_lie(struct liar *liar, struct answer *answer,
                              const struct question *question)
{
    if (strcmp(question->table, "system") == 0) {
        say(answer, "[{\"$key\":1,\"yb_version\":\"26.1\",\"cloud_name\":\"liar\"}]");
    } else {
        liar->tell(answer, question);
    }
}

/* "GET /api/v4/TABLE/KEY?QUERY HTTP/1.1" */
static void serve_request(struct liar *liar, struct answer *answer, char *head)
{
    static const char begin[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                "Transfer-Encoding: chunked\r\n\r\n";
    char room[3][HEAD], number[HEAD];
    char *rest = NULL;
    const char *method = strtok_r(head, " ", &rest);
    char *target = strtok_r(NULL, " ", &rest);
    char *query = strchr(target, '?');
    char *table = target + strlen("/api/v4/");

    if (query != NULL) {
        *query++ = '\0';
    }
    char *key = strchr(table, '/');
    if (key != NULL) {
        *key++ = '\0';
    }
    struct question question = {
        .method = method,
        .table = table,
        .key = key != NULL ? key : "",
        .filter = parameter(query, "filter=", room[0]),
        .limit = strtoul(parameter(query, "limit=", number), NULL, 10),
        .offset = strtoul(parameter(query, "offset=", room[1]), NULL, 10),
        .counts = strcmp(parameter(query, "fields=", room[2]), ",") == 0,
    };
    count(liar, table);
    send_all(answer, begin, sizeof(begin) - 1);
    tell_truth_or_lie(liar, answer, &question);
    send_chunk(answer);
    send_all(answer, "0\r\n\r\n", 5);
}

/* What is sent is read to its end, and not looked at. */
static bool read_head(int fd, char head[HEAD])
{
    size_t length = 0;
    const char *end = NULL;

    while (end == NULL && length < HEAD - 1) {
        ssize_t n = recv(fd, head + length, HEAD - 1 - length, 0);
        if (n <= 0) {
            return false;
        }
        length += (size_t)n;
        head[length] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    const char *size = strcasestr(head, "\r\ncontent-length:");
    size_t body = size != NULL ? strtoul(size + 17, NULL, 10) : 0;
    size_t have = end != NULL ? length - (size_t)(end + 4 - head) : body;
    char unread[4096];
    while (have < body) {
        ssize_t n = recv(fd, unread, sizeof(unread), 0);
        if (n <= 0) {
            return false;
        }
        have += (size_t)n;
    }
    return end != NULL;
}

struct serving {
    struct liar *liar;
    int fd;
};

static void *serve(void *argument)
{
    struct serving *serving = argument;
    struct answer *answer = calloc(1, sizeof(*answer));
    char *head = calloc(1, HEAD);

    answer->fd = serving->fd;
    while (!answer->gone && read_head(serving->fd, head)) {
        serve_request(serving->liar, answer, head);
    }
    close(serving->fd);
    free(head);
    free(answer);
    free(serving);
    return NULL;
}

static void *accept_all(void *argument)
{
    struct liar *liar = argument;

    for (;;) {
        int fd = accept(liar->listener, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        pthread_t thread;
        struct serving *serving = calloc(1, sizeof(*serving));
        *serving = (struct serving){liar, fd};
        if (pthread_create(&thread, NULL, serve, serving) == 0) {
            pthread_detach(thread);
        }
    }
}

/* Its threads end with the process, which is the test's own; until then they need it. */
struct liar *liar_start(lie *tell)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    struct liar *liar = calloc(1, sizeof(*liar));
    pthread_t thread;

    ck_assert_ptr_nonnull(liar);
    liar->tell = tell;
    liar->tables = calloc(MOST_TABLES, sizeof(*liar->tables));
    ck_assert_ptr_nonnull(liar->tables);
    pthread_mutex_init(&liar->lock, NULL);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    liar->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(liar->listener, 0);
    ck_assert_int_eq(bind(liar->listener, (struct sockaddr *)&address, length), 0);
    ck_assert_int_eq(listen(liar->listener, 64), 0);
    ck_assert_int_eq(getsockname(liar->listener, (struct sockaddr *)&address, &length), 0);
    snprintf(liar->url, sizeof(liar->url), "http://127.0.0.1:%u", ntohs(address.sin_port));
    ck_assert_int_eq(pthread_create(&thread, NULL, accept_all, liar), 0);
    pthread_detach(thread);
    return liar;
}

const char *liar_url(const struct liar *liar)
{
    return liar->url;
}

int liar_asked(struct liar *liar, const char *table)
{
    int found = 0;

    pthread_mutex_lock(&liar->lock);
    for (int i = 0; i < liar->asked; i++) {
        found += table == NULL || strcmp(liar->tables[i], table) == 0;
    }
    pthread_mutex_unlock(&liar->lock);
    return found;
}
