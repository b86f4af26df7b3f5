/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/raw_server.h"
#include "tests/unit/transport_fixture.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Gives the script as the answer to each request of a connection. */
static void serve_all(struct raw_server *server, int fd)
{
    while (raw_read(server, fd)) {
        raw_string(fd, server->script);
    }
}

/* Gives the script as the answer and closes. */
static void serve_one(struct raw_server *server, int fd)
{
    if (raw_read(server, fd)) {
        raw_string(fd, server->script);
    }
}

START_TEST(a_request_as_it_goes_out)
{
    static struct raw_server server;
    raw_start(&server, serve_all, OK);
    struct verge_transport *transport = transport_to(server.url);
    expect(transport, "PUT", "{}");
    ck_assert_mem_eq(server.last, "PUT /api/v4/vms?fields=all HTTP/1.1\r\n", 37);
    ck_assert_ptr_nonnull(strstr(server.last, "\r\nAccept: application/json\r\n"));
    ck_assert_ptr_nonnull(strstr(server.last, "\r\nContent-Type: application/json\r\n"));
    ck_assert_ptr_nonnull(strstr(server.last, "\r\nAuthorization: " SECRET "\r\n"));
    ck_assert_ptr_nonnull(strstr(server.last, "\r\nUser-Agent: test\r\n"));
    ck_assert_ptr_nonnull(strstr(server.last, "\r\nContent-Length: 7\r\n"));
    ck_assert_ptr_nonnull(strstr(server.last, "\r\n\r\n{\"a\":1}"));
    ck_assert_ptr_null(strstr(server.last, "Expect"));
    expect(transport, "POST", "{}");
    ck_assert_mem_eq(server.last, "POST /", 6);
    ck_assert_ptr_nonnull(strstr(server.last, "\r\n\r\n{\"a\":1}"));
    expect(transport, "DELETE", "{}");
    ck_assert_mem_eq(server.last, "DELETE /", 8);
    ck_assert_ptr_null(strstr(server.last, "{\"a\""));
    expect(transport, "GET", "{}");
    ck_assert_mem_eq(server.last, "GET /", 5);
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

/* Curl would ask for a "100 Continue" here, and wait a second for it in vain. */
START_TEST(a_large_body_goes_at_once)
{
    static struct raw_server server;
    static char body[1500000];
    memset(body, ' ', sizeof(body) - 1);
    raw_start(&server, serve_all, OK);
    struct verge_transport *transport = transport_to(server.url);
    struct verge_request request = {.method = "PUT", .path = "/", .body = body, .answer_limit = 10};
    struct verge_answer answer;
    struct verge_error error = VERGE_ERROR_INIT;
    ck_assert_int_eq(transport->send(transport, &patient, &request, &answer, &error), 0);
    ck_assert_ptr_nonnull(strstr(server.last, "\r\nContent-Length: 1499999\r\n"));
    ck_assert_ptr_null(strstr(server.last, "Expect"));
    verge_answer_free(&answer);
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

START_TEST(connections_stay)
{
    static struct raw_server server;
    raw_start(&server, serve_all, OK);
    struct verge_transport *transport = transport_to(server.url);
    for (int i = 0; i < 5; i++) {
        expect(transport, i % 2 ? "PUT" : "GET", "{}");
    }
    ck_assert_uint_eq(atomic_load(&server.connections), 1);
    expect(transport, "POST", "{}");
    ck_assert_uint_eq(atomic_load(&server.connections), 2);
    expect(transport, "GET", "{}");
    ck_assert_uint_eq(atomic_load(&server.connections), 2);
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

START_TEST(a_connection_closed_while_idle_is_replaced)
{
    static struct raw_server server;
    raw_start(&server, serve_one, OK);
    struct verge_transport *transport = transport_to(server.url);
    static const char *const methods[] = {"GET", "PUT", "DELETE", "POST"};
    for (size_t i = 0; i < COUNT(methods); i++) {
        expect(transport, methods[i], "{}");
        sem_wait(&server.gone);
    }
    ck_assert_uint_eq(atomic_load(&server.connections), 4);
    ck_assert_uint_eq(atomic_load(&server.requests), 4);
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

/* The first request is answered; the next is read and the connection closed. */
static void serve_then_leave(struct raw_server *server, int fd)
{
    if (atomic_load(&server->requests) == 0 && raw_read(server, fd)) {
        raw_string(fd, OK);
    }
    raw_read(server, fd);
    if (server->script) {
        raw_reset(fd);
    }
}

/* Nothing is sent a second time behind our back; curl by itself would, on a reused connection. */
START_TEST(nothing_is_sent_twice)
{
    static const char *const methods[] = {"GET", "PUT", "DELETE", "POST"};
    for (size_t i = 0; i < COUNT(methods) * 2; i++) {
        static struct raw_server server;
        raw_start(&server, serve_then_leave, i % 2 ? "reset" : NULL);
        struct verge_transport *transport = transport_to(server.url);
        const char *method = methods[i / 2];
        expect(transport, "GET", "{}");
        expect_failure(ask(transport, method), ECONNRESET, strcmp(method, "GET") != 0);
        ck_assert_uint_eq(atomic_load(&server.requests), 2);
        transport->free(transport);
        raw_stop(&server);
    }
}
END_TEST

static const struct {
    const char *reply;
    int errnum;
} bad_replies[] = {
    {"", ECONNRESET},
    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":1", EBADMSG},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"a\":1", EBADMSG},
    {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", EBADMSG},
    {"garbage that is no HTTP\r\n\r\n", EREMOTEIO},
    {"HTTP/200 OK\r\nContent-Type: application/json\r\n\r\n{}", EREMOTEIO},
    {"HTTP/20099999999 OK\r\n\r\n{}", EREMOTEIO},
    {"HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\n{}", EREMOTEIO},
    {"\x16\x03\x01\x02\r\n", EREMOTEIO},
};

START_TEST(bad_answers)
{
    for (size_t i = 0; i < COUNT(bad_replies) * 2; i++) {
        static struct raw_server server;
        raw_start(&server, serve_one, bad_replies[i / 2].reply);
        struct verge_transport *transport = transport_to(server.url);
        expect_failure(ask(transport, i % 2 ? "POST" : "GET"), bad_replies[i / 2].errnum, i % 2);
        ck_assert_uint_eq(atomic_load(&server.requests), 1);
        transport->free(transport);
        raw_stop(&server);
    }
}
END_TEST

/* Some headers, then an answer whose first one is the rest of a header. */
static void serve_folded(struct raw_server *server, int fd)
{
    while (raw_read(server, fd)) {
        raw_string(fd, atomic_load(&server->requests) % 2
                           ? "HTTP/1.1 200 OK\r\nX-One: 1\r\nContent-Length: 2\r\n\r\n{}"
                           : "HTTP/1.1 200 OK\r\n X-Two: 2\r\nContent-Length: 2\r\n\r\n{}");
    }
}

/* For memory checkers: libcurl itself once went on in the headers of the last answer. */
START_TEST(a_header_goes_on_in_no_other_answer)
{
    static struct raw_server server;
    raw_start(&server, serve_folded, NULL);
    struct verge_transport *transport = transport_to(server.url);
    for (int i = 0; i < 8; i++) {
        struct result result = ask(transport, "GET");
        ck_assert(result.rc == 0 || (i % 2 && result.rc == -EREMOTEIO));
        verge_answer_free(&result.answer);
    }
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

/* Cut amid the body by a reset. */
static void serve_and_reset(struct raw_server *server, int fd)
{
    raw_read(server, fd);
    raw_string(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
    sem_wait(&server->go);
    raw_reset(fd);
}

static void *let_go(void *argument)
{
    struct raw_server *server = argument;
    sem_wait(&server->got);
    usleep(20000);
    sem_post(&server->go);
    return NULL;
}

START_TEST(reset_amid_the_body)
{
    static struct raw_server server;
    raw_start(&server, serve_and_reset, NULL);
    struct verge_transport *transport = transport_to(server.url);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, let_go, &server), 0);
    expect_failure(ask(transport, "GET"), EBADMSG, false);
    pthread_join(thread, NULL);
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

static void serve_trickle(struct raw_server *server, int fd)
{
    raw_read(server, fd);
    for (const char *at = server->script; *at; at++) {
        raw_write(fd, at, 1);
        usleep(500);
    }
}

START_TEST(a_trickle_is_awaited)
{
    static struct raw_server server;
    raw_start(&server, serve_trickle, OK);
    struct verge_transport *transport = transport_to(server.url);
    expect(transport, "GET", "{}");
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

/* An endless body, each byte of it in time. */
static void serve_endlessly(struct raw_server *server, int fd)
{
    raw_read(server, fd);
    raw_string(fd, "HTTP/1.1 200 OK\r\n\r\n[");
    while (send(fd, " ", 1, MSG_NOSIGNAL) == 1) {
        usleep(5000);
    }
}

/* Reads a request and says nothing, until the test says so. */
static void serve_nothing(struct raw_server *server, int fd)
{
    while (raw_read(server, fd)) {
        sem_wait(&server->go);
        raw_string(fd, OK);
    }
}

START_TEST(the_deadline_ends_a_request)
{
    static raw_serve *const serves[] = {serve_nothing, serve_endlessly};
    static const char *const methods[] = {"GET", "POST"};
    for (size_t i = 0; i < COUNT(serves) * COUNT(methods); i++) {
        static struct raw_server server;
        raw_start(&server, serves[i / 2], NULL);
        struct verge_transport *transport = transport_to(server.url);
        struct verge_call call = {.deadline = verge_now() + 300};
        expect_failure(ask_until(transport, methods[i % 2], &call), ETIMEDOUT, i % 2);
        ck_assert_int_ge(verge_now(), call.deadline);
        transport->free(transport);
        raw_stop(&server);
    }
}
END_TEST

START_TEST(nothing_is_sent_after_the_deadline)
{
    static struct raw_server server;
    raw_start(&server, serve_all, OK);
    struct verge_transport *transport = transport_to(server.url);
    expect(transport, "GET", "{}");
    struct verge_call call = {.deadline = verge_now()};
    expect_failure(ask_until(transport, "PUT", &call), ETIMEDOUT, false);
    ck_assert_uint_eq(atomic_load(&server.requests), 1);
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

struct canceller {
    struct raw_server *server;
    struct verge_cancel cancel;
    bool then_go;
};

/* Fires when the server has the request whole. */
static void *cancel_when_got(void *argument)
{
    struct canceller *canceller = argument;
    sem_wait(&canceller->server->got);
    /* Until the client sits in its poll, with the timers of connecting behind it. */
    usleep(400000);
    verge_cancel_fire(&canceller->cancel);
    if (canceller->then_go) {
        sem_post(&canceller->server->go);
    }
    return NULL;
}

static struct result ask_and_cancel(struct raw_server *server, const char *method, bool then_go)
{
    struct verge_transport *transport = transport_to(server->url);
    struct canceller canceller = {.server = server, .then_go = then_go};
    verge_cancel_init(&canceller.cancel);
    struct verge_call call = {.deadline = INT64_MAX, .cancel = &canceller.cancel};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, cancel_when_got, &canceller), 0);
    struct result result = ask_until(transport, method, &call);
    pthread_join(thread, NULL);
    verge_cancel_destroy(&canceller.cancel);
    transport->free(transport);
    return result;
}

/* The server never answers it; so only the cancel can have ended it. */
START_TEST(cancel_ends_a_get)
{
    static struct raw_server server;
    raw_start(&server, serve_nothing, NULL);
    expect_failure(ask_and_cancel(&server, "GET", false), EINTR, false);
    raw_stop(&server);
}
END_TEST

START_TEST(cancel_waits_for_a_change_that_was_sent)
{
    static const char *const methods[] = {"PUT", "POST", "DELETE"};
    for (size_t i = 0; i < COUNT(methods); i++) {
        static struct raw_server server;
        raw_start(&server, serve_nothing, NULL);
        struct result result = ask_and_cancel(&server, methods[i], true);
        ck_assert_int_eq(result.rc, 0);
        ck_assert_int_eq(result.answer.status, 200);
        verge_answer_free(&result.answer);
        raw_stop(&server);
    }
}
END_TEST

START_TEST(nothing_is_sent_after_cancel)
{
    static struct raw_server server;
    raw_start(&server, serve_all, OK);
    struct verge_transport *transport = transport_to(server.url);
    expect(transport, "GET", "{}");
    struct verge_cancel cancel;
    verge_cancel_init(&cancel);
    verge_cancel_fire(&cancel);
    struct verge_call call = {.deadline = INT64_MAX, .cancel = &cancel};
    expect_failure(ask_until(transport, "POST", &call), EINTR, false);
    expect_failure(ask_until(transport, "GET", &call), EINTR, false);
    ck_assert_uint_eq(atomic_load(&server.requests), 1);
    verge_cancel_destroy(&cancel);
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

/* Takes the client's greeting for a request that never ends. */
static void serve_no_handshake(struct raw_server *server, int fd)
{
    char bytes[512];
    if (recv(fd, bytes, sizeof(bytes), 0) > 0) {
        sem_post(&server->got);
        sem_wait(&server->go);
    }
}

/* Not sent yet, so also a change can be cancelled. */
START_TEST(cancel_ends_connecting)
{
    static struct raw_server server;
    raw_start(&server, serve_no_handshake, NULL);
    raw_https(&server);
    expect_failure(ask_and_cancel(&server, "POST", false), EINTR, false);
    raw_stop(&server);
}
END_TEST

START_TEST(connecting_has_a_limit_of_its_own)
{
    static struct raw_server server;
    raw_start(&server, serve_no_handshake, NULL);
    raw_https(&server);
    struct verge_transport *transport = transport_with(&(struct verge_transport_options){
        .base_url = server.url, .connections = 1, .connect_ms = 100});
    expect_failure(ask(transport, "POST"), ETIMEDOUT, false);
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

START_TEST(nobody_there)
{
    char url[128];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", raw_closed_port());
    struct verge_transport *transport = transport_to(url);
    expect_failure(ask(transport, "POST"), ECONNREFUSED, false);
    transport->free(transport);
    /* No resolver can have a label that long; so none is asked. */
    snprintf(url, sizeof(url), "https://%070d.example", 0);
    transport = transport_to(url);
    expect_failure(ask(transport, "POST"), EHOSTUNREACH, false);
    transport->free(transport);
}
END_TEST

START_TEST(the_answer_limit)
{
    static char reply[1200];
    for (size_t length = 1000; length <= 1001; length++) {
        static struct raw_server server;
        snprintf(reply, sizeof(reply), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%0*d", length,
                 (int)length, 0);
        raw_start(&server, serve_all, reply);
        struct verge_transport *transport = transport_to(server.url);
        struct result result = ask(transport, "GET");
        ck_assert_int_eq(result.rc, length > 1000 ? -EFBIG : 0);
        ck_assert_uint_eq(result.answer.body.length, length > 1000 ? 0 : length);
        verge_answer_free(&result.answer);
        transport->free(transport);
        raw_stop(&server);
    }
}
END_TEST

START_TEST(the_answer_limit_counts_all_pieces)
{
    static struct raw_server server;
    static char reply[1400];
    snprintf(reply, sizeof(reply),
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
             "258\r\n%0600d\r\n258\r\n%0600d\r\n0\r\n\r\n",
             0, 0);
    raw_start(&server, serve_all, reply);
    struct verge_transport *transport = transport_to(server.url);
    expect_failure(ask(transport, "GET"), EFBIG, false);
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

/* Thirty bytes that decode to a thousand, as curl was told to accept. */
static void serve_packed(struct raw_server *server, int fd)
{
    static const unsigned char packed[] = {
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x8b, 0x56, 0x18, 0x05, 0xa3,
        0x60, 0x14, 0x0c, 0x73, 0x10, 0x0b, 0x00, 0x89, 0x3e, 0xfc, 0x85, 0xe8, 0x03, 0x00, 0x00};
    while (raw_read(server, fd)) {
        raw_string(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n");
        raw_write(fd, packed, sizeof(packed));
    }
}

START_TEST(the_answer_limit_counts_what_is_unpacked)
{
    static struct raw_server server;
    raw_start(&server, serve_packed, NULL);
    struct verge_transport *transport = transport_to(server.url);
    for (size_t limit = 999; limit <= 1000; limit++) {
        struct verge_request request = {.method = "GET", .path = "/", .answer_limit = limit};
        struct verge_answer answer;
        struct verge_error error = VERGE_ERROR_INIT;
        int rc = transport->send(transport, &patient, &request, &answer, &error);
        ck_assert_msg(rc == (limit < 1000 ? -EFBIG : 0), "%s", error.text);
        ck_assert_uint_eq(answer.body.length, limit < 1000 ? 0 : 1000);
        verge_answer_free(&answer);
    }
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

START_TEST(statuses_and_types)
{
    static const struct {
        const char *head;
        long status;
        bool is_json;
    } rows[] = {
        {"200 OK\r\nContent-Type: application/json; charset=utf-8", 200, true},
        {"201 Created\r\nContent-Type: application/problem+JSON", 201, true},
        {"404 Not Found\r\nX: y", 404, true},
        {"502 Bad Gateway\r\nContent-Type: text/html", 502, false},
        {"302 Found\r\nLocation: /elsewhere\r\nContent-Type: text/plain", 302, false},
        {"301 Moved\r\nLocation: http://example.invalid/", 301, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        static struct raw_server server;
        char reply[200];
        snprintf(reply, sizeof(reply), "HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\n{}", rows[i].head);
        raw_start(&server, serve_all, reply);
        struct verge_transport *transport = transport_to(server.url);
        struct result result = ask(transport, "GET");
        ck_assert_int_eq(result.rc, 0);
        ck_assert_int_eq(result.answer.status, rows[i].status);
        ck_assert_int_eq(result.answer.is_json, rows[i].is_json);
        ck_assert_int_eq(result.answer.retry_after_ms, -1);
        ck_assert_str_eq(verge_text_content(&result.answer.body), "{}");
        ck_assert_uint_eq(atomic_load(&server.requests), 1);
        verge_answer_free(&result.answer);
        transport->free(transport);
        raw_stop(&server);
    }
}
END_TEST

static int64_t retry_after(const char *value)
{
    static struct raw_server server;
    char reply[200];
    snprintf(reply, sizeof(reply),
             "HTTP/1.1 503 Busy\r\nretry-AFTER: %s\r\nContent-Length: 0\r\n\r\n", value);
    raw_start(&server, serve_all, reply);
    struct verge_transport *transport = transport_to(server.url);
    struct result result = ask(transport, "GET");
    ck_assert_int_eq(result.rc, 0);
    verge_answer_free(&result.answer);
    transport->free(transport);
    raw_stop(&server);
    return result.answer.retry_after_ms;
}

START_TEST(retry_after_header)
{
    ck_assert_int_eq(retry_after("7"), 7000);
    ck_assert_int_eq(retry_after("0"), 0);
    ck_assert_int_eq(retry_after("soon"), 0);
    ck_assert_int_eq(retry_after("99999999999"), 86400000);
    ck_assert_int_eq(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), 0);
    char date[64];
    time_t later = time(NULL) + 3600;
    struct tm tm;
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&later, &tm));
    int64_t ms = retry_after(date);
    ck_assert_int_gt(ms, 0);
    ck_assert_int_le(ms, 3600000);
}
END_TEST

START_TEST(plain_text_bypasses_proxies)
{
    char proxy[64];
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", raw_closed_port());
    setenv("http_proxy", proxy, 1);
    setenv("all_proxy", proxy, 1);
    unsetenv("no_proxy");
    static struct raw_server server;
    raw_start(&server, serve_all, OK);
    struct verge_transport *transport = transport_to(server.url);
    expect(transport, "GET", "{}");
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

/* ---- the pool ---- */

struct asker {
    struct verge_transport *transport;
    struct verge_call call;
    struct result result;
};

static void *ask_in_thread(void *argument)
{
    struct asker *asker = argument;
    asker->result = ask_until(asker->transport, "GET", &asker->call);
    return NULL;
}

/* One connection, which somebody has: another waits for it until its deadline, or a cancel. */
START_TEST(waiting_for_a_connection)
{
    static struct raw_server server;
    raw_start(&server, serve_nothing, NULL);
    struct verge_transport *transport =
        transport_with(&(struct verge_transport_options){.base_url = server.url, .connections = 1});
    struct asker first = {.transport = transport, .call = patient};
    struct verge_cancel cancel;
    verge_cancel_init(&cancel);
    struct asker second = {.transport = transport,
                           .call = {.deadline = INT64_MAX, .cancel = &cancel}};
    struct asker third = {.transport = transport, .call = patient};
    pthread_t threads[3];
    ck_assert_int_eq(pthread_create(&threads[0], NULL, ask_in_thread, &first), 0);
    sem_wait(&server.got);
    struct verge_call brief = {.deadline = verge_now() + 20};
    expect_failure(ask_until(transport, "PUT", &brief), ETIMEDOUT, false);
    ck_assert_int_eq(pthread_create(&threads[1], NULL, ask_in_thread, &second), 0);
    ck_assert_int_eq(pthread_create(&threads[2], NULL, ask_in_thread, &third), 0);
    usleep(20000);
    verge_cancel_fire(&cancel);
    pthread_join(threads[1], NULL);
    expect_failure(second.result, EINTR, false);
    ck_assert_uint_eq(atomic_load(&server.requests), 1);
    sem_post(&server.go);
    sem_post(&server.go);
    pthread_join(threads[0], NULL);
    pthread_join(threads[2], NULL);
    ck_assert_int_eq(first.result.rc, 0);
    ck_assert_int_eq(third.result.rc, 0);
    verge_answer_free(&first.result.answer);
    verge_answer_free(&third.result.answer);
    verge_cancel_destroy(&cancel);
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

START_TEST(many_at_once)
{
    enum { ASKERS = 12 };
    static struct raw_server server;
    raw_start(&server, serve_all, OK);
    struct verge_transport *transport = transport_to(server.url);
    struct asker askers[ASKERS];
    pthread_t threads[ASKERS];
    for (int i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){.transport = transport, .call = patient};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_in_thread, &askers[i]), 0);
    }
    for (int i = 0; i < ASKERS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(askers[i].result.rc, 0);
        verge_answer_free(&askers[i].result.answer);
    }
    ck_assert_uint_eq(atomic_load(&server.requests), ASKERS);
    ck_assert_uint_le(atomic_load(&server.connections), 4);
    transport->free(transport);
    raw_stop(&server);
}
END_TEST

UNIT_MAIN("transport", a_request_as_it_goes_out, connections_stay,
          a_connection_closed_while_idle_is_replaced, nothing_is_sent_twice, bad_answers,
          a_header_goes_on_in_no_other_answer, reset_amid_the_body, a_trickle_is_awaited,
          the_deadline_ends_a_request, nothing_is_sent_after_the_deadline, cancel_ends_a_get,
          cancel_waits_for_a_change_that_was_sent, nothing_is_sent_after_cancel,
          cancel_ends_connecting, connecting_has_a_limit_of_its_own, nobody_there, the_answer_limit,
          the_answer_limit_counts_all_pieces, a_large_body_goes_at_once,
          the_answer_limit_counts_what_is_unpacked, statuses_and_types, retry_after_header,
          plain_text_bypasses_proxies, waiting_for_a_connection, many_at_once)
