/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "lib/breaker.h"
#include "lib/client.h"
#include "lib/login.h"
#include "lib/value.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ANSWER_LIMIT ((size_t)32 << 20)

/* Longer waits between tries fit no deadline. */
#define BACKOFF_MAX_MS 3600000.0

/* So much of a path is traced. */
#define TRACE_PATH 200

const unsigned verge_latency_bounds[VERGE_LATENCY_BUCKETS - 1] = {1,   2,   5,   10,   25,  50,
                                                                  100, 250, 500, 1000, 5000};

const char *const verge_method_names[VERGE_METHODS] = {"GET", "PUT", "POST", "DELETE"};

static const struct {
    enum verge_urgency urgency;
    bool changes;
    bool may_repeat; /* twice is as good as once */
} methods[VERGE_METHODS] = {
    [VERGE_GET] = {VERGE_READ, false, true},
    [VERGE_PUT] = {VERGE_WRITE, true, true},
    [VERGE_POST] = {VERGE_WRITE, true, false},
    [VERGE_DELETE] = {VERGE_WRITE, true, true},
};

/* Statuses that another try may change. */
static const struct {
    long status;
    bool retry_after; /* the header is honoured */
} passing[] = {{429, true}, {502, false}, {503, true}, {504, false}};

/* The counters of struct verge_client_stats. */
struct counters {
    atomic_uint_fast64_t requests[VERGE_METHODS][VERGE_STATUS_CLASSES];
    atomic_uint_fast64_t bytes_sent;
    atomic_uint_fast64_t bytes_received;
    atomic_uint_fast64_t retries;
    atomic_uint_fast64_t latency[VERGE_LATENCY_BUCKETS];
    atomic_uint_fast64_t latency_us;
};

/* Nothing here changes after the beginning but what has a lock of its own, and the counters. */
struct verge_client {
    struct verge_transport *transport;
    struct verge_login *login;
    struct verge_pace *pace;
    struct verge_breaker *breaker;
    struct verge_client_options options;
    struct counters counters;
};

/* One request on its way through as many tries as it takes. */
struct exchange {
    struct verge_client *client;
    const struct verge_call *call;
    enum verge_method method;
    const char *path;
    const char *body;
    bool anonymous;
    bool urgent;         /* goes when a write would */
    unsigned retries;    /* so far */
    bool renewed;        /* there was a second login already */
    bool maybe_done;     /* a try that failed may have changed what it was to change */
    unsigned generation; /* of the login, in the last try */
    struct verge_answer answer;
    verge_row_taker *take; /* of who reads a list row by row; NULL for others */
    void *take_argument;
    bool taken; /* all rows */
};

/* ---- counting and tracing ---- */

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static size_t latency_bucket(int64_t us)
{
    size_t i = 0;
    while (i < COUNT(verge_latency_bounds) && us > (int64_t)verge_latency_bounds[i] * 1000) {
        i++;
    }
    return i;
}

static void count(const struct exchange *exchange, bool sent, int64_t us)
{
    struct counters *counters = &exchange->client->counters;
    long kind = exchange->answer.status / 100;
    kind = kind > 0 && kind < VERGE_STATUS_CLASSES ? kind : 0;
    atomic_fetch_add(&counters->requests[exchange->method][kind], 1);
    atomic_fetch_add(&counters->bytes_sent, sent && exchange->body ? strlen(exchange->body) : 0);
    atomic_fetch_add(&counters->bytes_received, exchange->answer.body.length);
    atomic_fetch_add(&counters->latency[latency_bucket(us)], 1);
    atomic_fetch_add(&counters->latency_us, (uint64_t)us);
}

static void trace(const struct exchange *exchange, int rc, int64_t us)
{
    const struct verge_client_options *options = &exchange->client->options;
    if (!options->trace) {
        return;
    }
    char path[TRACE_PATH + 1];
    char status[24];
    char line[TRACE_PATH + 100];
    verge_printable(path, sizeof(path), exchange->path, strlen(exchange->path));
    snprintf(status, sizeof(status), "%ld", exchange->answer.status);
    snprintf(line, sizeof(line), "%s %s %s %.1f ms %zu bytes", verge_method_names[exchange->method],
             path, rc ? verge_errno_name(-rc) : status, (double)us / 1000,
             exchange->answer.body.length);
    options->trace(options->trace_argument, line);
}

/* ---- one try ---- */

static void name_request(const struct exchange *exchange, struct verge_error *error)
{
    verge_error_request(error, verge_method_names[exchange->method], exchange->path);
}

/* A server may repeat what it was sent; its words go to logs, our secret must not. */
static void hide_secret(const char *authorization, char *bytes, size_t length)
{
    if (authorization) {
        verge_credentials_hide(authorization, bytes, length);
    }
}

static bool is_success(long status)
{
    return status >= 200 && status < 300;
}

/* Sends it once with this login; the errno of whatever is no success. */
static int send_as(struct exchange *exchange, const char *authorization, struct verge_error *error)
{
    struct verge_client *client = exchange->client;
    struct verge_request request = {
        .method = verge_method_names[exchange->method],
        .path = exchange->path,
        .body = exchange->body,
        .authorization = authorization,
        .answer_limit = client->options.answer_limit,
    };
    int64_t start = now_us();
    int rc = client->transport->send(client->transport, exchange->call, &request, &exchange->answer,
                                     error);
    int64_t us = now_us() - start;
    count(exchange, !rc || error->uncertain, us);
    trace(exchange, rc, us);
    const struct verge_answer *answer = &exchange->answer;
    if (!rc && !is_success(answer->status)) {
        hide_secret(authorization, exchange->answer.body.data, answer->body.length);
        rc = verge_error_from_http(error, answer->status, request.method, exchange->path,
                                   verge_text_content(&answer->body), answer->body.length);
        /* Again: what JSON had escaped is plain now. */
        hide_secret(authorization, error->text, strlen(error->text));
    }
    return rc;
}

static int try_once(struct exchange *exchange, struct verge_error *error)
{
    struct verge_client *client = exchange->client;
    verge_answer_free(&exchange->answer);
    exchange->answer = (struct verge_answer){.retry_after_ms = -1};
    enum verge_urgency urgency = exchange->urgent ? VERGE_WRITE : methods[exchange->method].urgency;
    unsigned number = 0;
    int rc = verge_pace_take(client->pace, urgency, exchange->call, &number, error);
    char *authorization = NULL;
    if (!rc && !exchange->anonymous) {
        authorization = verge_login_value(client->login, &exchange->generation);
        rc = authorization ? 0 : verge_error_set(error, ENOMEM, "out of memory");
    }
    if (rc) {
        name_request(exchange, error);
        return rc;
    }
    rc = send_as(exchange, authorization, error);
    verge_pace_done(client->pace, number);
    verge_secret_free(authorization);
    return rc;
}

/* ---- from try to try ---- */

/* Another try may go better: after such a status, or after a connection that broke. */
static bool is_passing(const struct verge_error *error, bool *retry_after)
{
    *retry_after = false;
    for (size_t i = 0; i < COUNT(passing); i++) {
        if (error->http_status == passing[i].status) {
            *retry_after = passing[i].retry_after;
            return true;
        }
    }
    return !error->http_status && (error->errnum == ECONNRESET || error->errnum == EBADMSG);
}

/* From a half to one and a half, so that clients which failed together do not come back together.
 */
static double jitter(void)
{
    uint32_t bits = 0;
    if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != sizeof(bits)) {
        bits = UINT32_MAX / 2;
    }
    return 0.5 + bits / (double)UINT32_MAX;
}

static int64_t backoff_ms(const struct exchange *exchange)
{
    double ms = ldexp(exchange->client->options.backoff * 1000, (int)exchange->retries);
    return (int64_t)((ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS) * jitter());
}

/* When to try again; -1 when not. */
static int64_t next_try(struct exchange *exchange, const struct verge_error *error)
{
    struct verge_client *client = exchange->client;
    bool may_say_when = false;
    if (!is_passing(error, &may_say_when)) {
        return -1;
    }
    int64_t deadline = exchange->call->deadline;
    int64_t now = verge_now();
    int64_t asked = exchange->answer.retry_after_ms;
    if (!may_say_when || asked < 0) {
        asked = -1;
    } else if (asked > 0) {
        /* All others wait as well, but not for ever because one server says so. */
        bool fits = asked < deadline - now;
        verge_pace_hold(client->pace, fits ? now + asked : deadline);
    }
    if (!methods[exchange->method].may_repeat || exchange->retries >= client->options.retries) {
        return -1;
    }
    int64_t wait = asked > 0 ? asked : backoff_ms(exchange);
    return wait < deadline - now ? now + wait : -1;
}

/* Waits for the next try; false when there is none, with the error as it is to be returned. */
static bool wait_next_try(struct exchange *exchange, struct verge_error *error)
{
    int64_t when = next_try(exchange, error);
    if (when < 0) {
        return false;
    }
    if (verge_sleep_until(exchange->call, when) == -EINTR) {
        verge_error_set(error, EINTR, "interrupted while waiting to try again");
        name_request(exchange, error);
        return false;
    }
    exchange->retries++;
    atomic_fetch_add(&exchange->client->counters.retries, 1);
    return true;
}

/* The login may have changed since: asked once for each request. */
static bool log_in_again(struct exchange *exchange, const struct verge_error *error)
{
    if (error->http_status != 401 || exchange->anonymous || exchange->renewed) {
        return false;
    }
    exchange->renewed = true;
    return verge_login_renew(exchange->client->login, exchange->generation);
}

/* A row that is gone was deleted by the try whose answer got lost. */
static bool is_deleted(const struct exchange *exchange, const struct verge_error *error)
{
    return exchange->method == VERGE_DELETE && exchange->maybe_done && error->http_status == 404;
}

/* 0 when a try succeeded. */
static int try_all(struct exchange *exchange, struct verge_error *error)
{
    int rc = try_once(exchange, error);
    while (rc && !is_deleted(exchange, error)) {
        struct verge_error last = *error;
        exchange->maybe_done = exchange->maybe_done || last.uncertain;
        if (!log_in_again(exchange, error) && !wait_next_try(exchange, error)) {
            error->uncertain = exchange->maybe_done;
            return -error->errnum;
        }
        rc = try_once(exchange, error);
        if (rc && !error->http_status && error->errnum == EAGAIN) {
            /* No budget for another try: what the last one said is more telling. */
            *error = last;
            error->uncertain = exchange->maybe_done;
            return -error->errnum;
        }
    }
    *error = (struct verge_error)VERGE_ERROR_INIT;
    return 0;
}

/* While the server does not answer at all, nobody waits for it but one who finds it back. */
static int try_unless_away(struct exchange *exchange, struct verge_error *error)
{
    struct verge_breaker *breaker = exchange->client->breaker;
    int rc = verge_breaker_enter(breaker, verge_now(), error);
    if (rc) {
        name_request(exchange, error);
        return rc;
    }
    rc = try_all(exchange, error);
    verge_breaker_leave(breaker, verge_now(), rc, error);
    return rc;
}

/* ---- answers ---- */

static bool is_blank(const struct verge_text *text)
{
    const char *content = verge_text_content(text);
    return strspn(content, " \t\r\n") == text->length;
}

static bool starts_like_json(const struct verge_text *text)
{
    const char *content = verge_text_content(text);
    content += strspn(content, " \t\r\n");
    return *content && strchr("{[\"-0123456789tfn", *content);
}

/* NULL where the server said nothing; of a write, also where it said so with brackets. */
static cJSON *reduce(cJSON *json, bool changes)
{
    bool nothing = cJSON_IsNull(json) ||
                   (changes && !json->child && (cJSON_IsArray(json) || cJSON_IsObject(json)));
    if (nothing) {
        cJSON_Delete(json);
        json = NULL;
    }
    return json;
}

static int refuse_answer(const struct exchange *exchange, struct verge_error *error)
{
    const struct verge_answer *answer = &exchange->answer;
    if (answer->is_json && starts_like_json(&answer->body)) {
        verge_error_set(error, EBADMSG, "the answer is malformed JSON");
    } else {
        verge_error_set(error, EREMOTEIO, "the answer is not the API's");
    }
    name_request(exchange, error);
    error->http_status = answer->status;
    error->uncertain = methods[exchange->method].changes;
    return -error->errnum;
}

static int read_answer(struct exchange *exchange, cJSON **answer, struct verge_error *error)
{
    const struct verge_text *body = &exchange->answer.body;
    if (is_blank(body)) {
        return 0;
    }
    if (exchange->take && verge_scan_rows(verge_text_content(body), body->length, exchange->take,
                                          exchange->take_argument)) {
        exchange->taken = true;
        return 0;
    }
    cJSON *json = verge_json_parse(verge_text_content(body), body->length);
    if (!json) {
        return refuse_answer(exchange, error);
    }
    json = reduce(json, methods[exchange->method].changes);
    if (answer) {
        *answer = json;
    } else {
        cJSON_Delete(json);
    }
    return 0;
}

static int perform(struct exchange *exchange, cJSON **answer, struct verge_error *error)
{
    if (answer) {
        *answer = NULL;
    }
    int rc = try_unless_away(exchange, error);
    /* What a delete that came too late was answered is no answer to read. */
    if (!rc && is_success(exchange->answer.status)) {
        rc = read_answer(exchange, answer, error);
    }
    if (!rc && !exchange->anonymous) {
        verge_login_worked(exchange->client->login, exchange->generation);
    }
    verge_answer_free(&exchange->answer);
    return rc;
}

/* ---- the four methods ---- */

static int perform_query(struct exchange *exchange, const struct verge_query *query,
                         const cJSON *body, cJSON **answer, struct verge_error *error)
{
    VERGE_TEXT_LOCAL path = VERGE_TEXT_INIT;
    char *printed = body ? cJSON_PrintUnformatted(body) : NULL;
    int rc = 0;
    if (answer) {
        *answer = NULL;
    }
    if (!verge_query_url(&path, query) || (body && !printed)) {
        rc = verge_error_set(error, ENOMEM, "out of memory");
    } else {
        exchange->path = verge_text_content(&path);
        exchange->body = printed;
        rc = perform(exchange, answer, error);
    }
    cJSON_free(printed);
    return rc;
}

int verge_client_get(struct verge_client *client, const struct verge_call *call,
                     const struct verge_query *query, cJSON **answer, struct verge_error *error)
{
    struct exchange exchange = {.client = client, .call = call, .method = VERGE_GET};
    return perform_query(&exchange, query, NULL, answer, error);
}

int verge_client_get_urgent(struct verge_client *client, const struct verge_call *call,
                            const struct verge_query *query, cJSON **answer,
                            struct verge_error *error)
{
    struct exchange exchange = {
        .client = client, .call = call, .method = VERGE_GET, .urgent = true};
    return perform_query(&exchange, query, NULL, answer, error);
}

int verge_client_get_rows(struct verge_client *client, const struct verge_call *call,
                          const struct verge_query *query, bool urgent, verge_row_taker *take,
                          void *argument, bool *taken, cJSON **answer, struct verge_error *error)
{
    struct exchange exchange = {.client = client,
                                .call = call,
                                .method = VERGE_GET,
                                .urgent = urgent,
                                .take = take,
                                .take_argument = argument};
    int rc = perform_query(&exchange, query, NULL, answer, error);
    *taken = exchange.taken;
    return rc;
}

int verge_client_put(struct verge_client *client, const struct verge_call *call, const char *table,
                     const char *key, const cJSON *body, struct verge_error *error)
{
    struct exchange exchange = {.client = client, .call = call, .method = VERGE_PUT};
    const struct verge_query query = {.table = table, .key = key};
    return perform_query(&exchange, &query, body, NULL, error);
}

int verge_client_post(struct verge_client *client, const struct verge_call *call, const char *table,
                      const cJSON *body, cJSON **answer, struct verge_error *error)
{
    struct exchange exchange = {.client = client, .call = call, .method = VERGE_POST};
    const struct verge_query query = {.table = table};
    return perform_query(&exchange, &query, body, answer, error);
}

int verge_client_delete(struct verge_client *client, const struct verge_call *call,
                        const char *table, const char *key, struct verge_error *error)
{
    struct exchange exchange = {.client = client, .call = call, .method = VERGE_DELETE};
    const struct verge_query query = {.table = table, .key = key};
    return perform_query(&exchange, &query, NULL, NULL, error);
}

int verge_client_get_path(struct verge_client *client, const struct verge_call *call,
                          const char *path, cJSON **answer, struct verge_error *error)
{
    struct exchange exchange = {
        .client = client, .call = call, .method = VERGE_GET, .path = path, .anonymous = true};
    return perform(&exchange, answer, error);
}

/* ---- life ---- */

struct verge_client *verge_client_new(struct verge_transport *transport_take,
                                      const struct verge_credentials *credentials,
                                      const struct verge_client_options *options,
                                      struct verge_error *error)
{
    struct verge_client *client = calloc(1, sizeof(*client));
    if (!client) {
        transport_take->free(transport_take);
        verge_error_set(error, ENOMEM, "out of memory");
        return NULL;
    }
    client->transport = transport_take;
    client->options = *options;
    if (!client->options.answer_limit) {
        client->options.answer_limit = ANSWER_LIMIT;
    }
    client->login = verge_login_new(credentials, options->renew, options->renew_argument, error);
    client->pace = client->login ? verge_pace_new(options->budget) : NULL;
    client->breaker = client->pace ? verge_breaker_new(options->away_after) : NULL;
    if (client->login && !client->breaker) {
        verge_error_set(error, ENOMEM, "out of memory");
    }
    if (!client->breaker) {
        verge_client_free(client);
        return NULL;
    }
    return client;
}

void verge_client_free(struct verge_client *client)
{
    if (client) {
        client->transport->free(client->transport);
        verge_pace_free(client->pace);
        verge_breaker_free(client->breaker);
        verge_login_free(client->login);
        free(client);
    }
}

void verge_client_stats(struct verge_client *client, struct verge_client_stats *stats)
{
    struct counters *counters = &client->counters;
    for (size_t method = 0; method < VERGE_METHODS; method++) {
        for (size_t kind = 0; kind < VERGE_STATUS_CLASSES; kind++) {
            stats->requests[method][kind] = atomic_load(&counters->requests[method][kind]);
        }
    }
    for (size_t i = 0; i < VERGE_LATENCY_BUCKETS; i++) {
        stats->latency[i] = atomic_load(&counters->latency[i]);
    }
    stats->bytes_sent = atomic_load(&counters->bytes_sent);
    stats->bytes_received = atomic_load(&counters->bytes_received);
    stats->retries = atomic_load(&counters->retries);
    stats->latency_sum = (double)atomic_load(&counters->latency_us) / 1e6;
    stats->throttled = verge_pace_waits(client->pace);
    stats->budget_left = verge_pace_left(client->pace);
}

struct verge_pace *verge_client_pace(struct verge_client *client)
{
    return client->pace;
}
