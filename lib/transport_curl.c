/* SPDX-License-Identifier: MIT */
/*
 * The libcurl transport.
 *
 * A connection is a pair of an easy handle and a multi handle of its own: the multi is what can be
 * polled with a deadline and woken by another thread (curl_multi_wakeup), and its cache holds the
 * one connection that is kept alive. Idle pairs are a stack, so that the warmest is used first and
 * a quiet client is left with one connection.
 */
#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/transport.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Nobody waits longer than a day because a Retry-After says so. */
#define RETRY_AFTER_MAX 86400

struct connection {
    CURL *easy; /* NULL until first used */
    CURLM *multi;
};

struct transport {
    struct verge_transport interface;
    char *base_url;
    char *ca_file;
    char *user_agent;
    bool insecure;
    int64_t connect_ms;
    struct connection *connections; /* all of them */
    size_t count;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t freed; /* one came back, or a waiter was cancelled */
    struct connection **idle;
    size_t idle_count;
};

/* One request on its way. */
struct exchange {
    const struct verge_request *request;
    struct verge_answer *answer;
    bool changes;      /* any method but GET */
    unsigned sendings; /* how often curl was about to send the request */
    bool too_long;
    bool out_of_memory;
    bool retry_after; /* the header was there */
    char words[CURL_ERROR_SIZE];
};

/* ---- what curl calls ---- */

static size_t receive(char *bytes, size_t size, size_t count, void *argument)
{
    struct exchange *exchange = argument;
    struct verge_text *body = &exchange->answer->body;
    size_t length = size * count;
    /* Counted after decompression: small bytes may decode to large ones. */
    if (length > exchange->request->answer_limit - body->length) {
        exchange->too_long = true;
        return 0;
    }
    if (!verge_text_append(body, bytes, length)) {
        exchange->out_of_memory = true;
        return 0;
    }
    return length;
}

static size_t receive_header(char *bytes, size_t size, size_t count, void *argument)
{
    static const char name[] = "retry-after:";
    struct exchange *exchange = argument;
    size_t length = size * count;
    if (length >= sizeof(name) - 1 && strncasecmp(bytes, name, sizeof(name) - 1) == 0) {
        exchange->retry_after = true;
    }
    return length;
}

/*
 * Called when the connection stands and the request is about to be sent. When a kept-alive
 * connection breaks before any answer, curl would send the request once more on a new one, a POST
 * too. Whether to repeat is not for it to decide.
 */
static int about_to_send(void *argument, char *remote, char *local, int remote_port, int local_port)
{
    (void)remote, (void)local, (void)remote_port, (void)local_port;
    struct exchange *exchange = argument;
    return exchange->sendings++ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* ---- setting up one request ---- */

static const struct {
    CURLoption option;
    long value;
} constant_options[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_NOPROGRESS, 1},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_TCP_KEEPIDLE, 60},
    {CURLOPT_TCP_KEEPINTVL, 15},
    {CURLOPT_PATH_AS_IS, 1},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
#if LIBCURL_VERSION_NUM < 0x075500
    {CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS},
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Giving up while a name is being resolved does not wait for the resolver. */
    {CURLOPT_QUICK_EXIT, 1},
#endif
};

static bool set_long(CURL *easy, CURLoption option, long value)
{
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static bool set_string(CURL *easy, CURLoption option, const char *value)
{
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static bool set_constants(CURL *easy)
{
    bool ok = set_string(easy, CURLOPT_ACCEPT_ENCODING, "");
#if LIBCURL_VERSION_NUM >= 0x075500
    ok = ok && set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#endif
    for (size_t i = 0; i < COUNT(constant_options); i++) {
        ok = ok && set_long(easy, constant_options[i].option, constant_options[i].value);
    }
    return ok;
}

static bool set_server(CURL *easy, const struct transport *transport, const char *path)
{
    VERGE_TEXT_LOCAL url = VERGE_TEXT_INIT;
    verge_text_string(&url, transport->base_url);
    bool ok = verge_text_string(&url, path) &&
              set_string(easy, CURLOPT_URL, verge_text_content(&url)) &&
              set_long(easy, CURLOPT_SSL_VERIFYPEER, transport->insecure ? 0 : 1) &&
              set_long(easy, CURLOPT_SSL_VERIFYHOST, transport->insecure ? 0 : 2);
    if (transport->ca_file) {
        ok = ok && set_string(easy, CURLOPT_CAINFO, transport->ca_file);
    }
    if (transport->user_agent) {
        ok = ok && set_string(easy, CURLOPT_USERAGENT, transport->user_agent);
    }
    /* Plain text goes to this machine alone, never through a proxy of the environment. */
    if (strncmp(transport->base_url, "http:", 5) == 0) {
        ok = ok && set_string(easy, CURLOPT_PROXY, "");
    }
    return ok;
}

static bool set_body(CURL *easy, const struct verge_request *request)
{
    bool post = strcmp(request->method, "POST") == 0;
    bool ok = true;
    if (request->body || post) {
        const char *body = request->body ? request->body : "";
        ok = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body)) ==
                 CURLE_OK &&
             set_string(easy, CURLOPT_POSTFIELDS, body);
    }
    /* A create goes out on a connection of its own: that one cannot have been closed meanwhile. */
    return ok && set_string(easy, CURLOPT_CUSTOMREQUEST, request->method) &&
           set_long(easy, CURLOPT_FRESH_CONNECT, post);
}

static bool set_callbacks(CURL *easy, struct exchange *exchange)
{
    return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, about_to_send) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->words) == CURLE_OK;
}

static bool add_header(struct curl_slist **headers, const char *header)
{
    struct curl_slist *longer = curl_slist_append(*headers, header);
    *headers = longer ? longer : *headers;
    return longer;
}

static bool add_authorization(struct curl_slist **headers, const char *authorization)
{
    static const char name[] = "Authorization: ";
    struct verge_text header = VERGE_TEXT_INIT;
    /* At once, so that growing leaves no part of the secret behind. */
    bool ok = verge_text_reserve(&header, sizeof(name) + strlen(authorization)) &&
              verge_text_string(&header, name) && verge_text_string(&header, authorization) &&
              add_header(headers, verge_text_content(&header));
    verge_text_wipe(&header);
    return ok;
}

/* What it built stays in *headers also on failure. */
static bool build_headers(struct curl_slist **headers, const struct verge_request *request)
{
    return add_header(headers, "Accept: application/json") &&
           add_header(headers, "Content-Type: application/json") &&
           add_header(headers, "Expect:") &&
           (!request->authorization || add_authorization(headers, request->authorization));
}

static void free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *header = headers; header; header = header->next) {
        explicit_bzero(header->data, strlen(header->data));
    }
    curl_slist_free_all(headers);
}

/* ---- what went wrong ---- */

static const struct {
    CURLcode code;
    int errnum;
} failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, EHOSTUNREACH},
    {CURLE_COULDNT_RESOLVE_PROXY, EHOSTUNREACH},
    {CURLE_COULDNT_CONNECT, EHOSTUNREACH},
    {CURLE_OPERATION_TIMEDOUT, ETIMEDOUT},
    {CURLE_SSL_CONNECT_ERROR, EPROTO},
    {CURLE_PEER_FAILED_VERIFICATION, EPROTO},
    {CURLE_SSL_CACERT_BADFILE, EPROTO},
    {CURLE_SSL_CERTPROBLEM, EPROTO},
    {CURLE_SSL_CIPHER, EPROTO},
    {CURLE_SSL_ISSUER_ERROR, EPROTO},
    {CURLE_SSL_INVALIDCERTSTATUS, EPROTO},
    {CURLE_SSL_ENGINE_INITFAILED, EPROTO},
    {CURLE_USE_SSL_FAILED, EPROTO},
    {CURLE_SEND_ERROR, ECONNRESET},
    {CURLE_RECV_ERROR, ECONNRESET},
    {CURLE_GOT_NOTHING, ECONNRESET},
    {CURLE_ABORTED_BY_CALLBACK, ECONNRESET},
    {CURLE_PARTIAL_FILE, EBADMSG},
    {CURLE_BAD_CONTENT_ENCODING, EBADMSG},
    {CURLE_OUT_OF_MEMORY, ENOMEM},
};

static int failure_errnum(CURLcode code)
{
    for (size_t i = 0; i < COUNT(failures); i++) {
        if (failures[i].code == code) {
            return failures[i].errnum;
        }
    }
    return EREMOTEIO;
}

/* A connection dropped during the TLS handshake is no refusal of it. Curl tells them apart only in
 * words; where its words are unknown, it counts as a refusal. */
static bool is_dropped_handshake(const char *words)
{
    static const char *const signs[] = {"reset by peer", "SSL_ERROR_SYSCALL", "unexpected eof",
                                        "Broken pipe"};
    for (size_t i = 0; i < COUNT(signs); i++) {
        if (strcasestr(words, signs[i])) {
            return true;
        }
    }
    return false;
}

/* The errno of a failure, looking closer where curl's code says too little. */
static int errnum_of(CURLcode code, CURL *easy, const struct exchange *exchange)
{
    int errnum = exchange->too_long        ? EFBIG
                 : exchange->out_of_memory ? ENOMEM
                                           : failure_errnum(code);
    long os_errno = 0;
    if (code == CURLE_COULDNT_CONNECT &&
        curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno) == CURLE_OK) {
        errnum = os_errno == ECONNREFUSED || os_errno == ETIMEDOUT ? (int)os_errno : errnum;
    }
    if (code == CURLE_SSL_CONNECT_ERROR && is_dropped_handshake(exchange->words)) {
        errnum = ECONNRESET;
    }
    /* Broken off amid the body: whether by FIN or RST, in TLS or not, the answer was truncated. */
    if (errnum == ECONNRESET && exchange->answer->status && !exchange->too_long) {
        errnum = EBADMSG;
    }
    return errnum;
}

static int fail(const struct exchange *exchange, struct verge_error *error, int errnum,
                const char *words)
{
    verge_error_set(error, errnum, "%s", words);
    verge_error_request(error, exchange->request->method, exchange->request->path);
    error->uncertain = exchange->changes && exchange->sendings;
    return -errnum;
}

static int fail_by_curl(CURLcode code, CURL *easy, const struct exchange *exchange,
                        struct verge_error *error)
{
    const char *words = *exchange->words ? exchange->words : curl_easy_strerror(code);
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        words = "the server closed the connection";
    } else if (exchange->too_long) {
        words = "the answer is longer than allowed";
    }
    return fail(exchange, error, errnum_of(code, easy, exchange), words);
}

/* ---- the exchange ---- */

static bool is_json_type(const char *type)
{
    return !type || strcasestr(type, "json");
}

static void read_info(CURL *easy, struct exchange *exchange)
{
    struct verge_answer *answer = exchange->answer;
    const char *type = NULL;
    curl_off_t seconds = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    answer->is_json = is_json_type(type);
    if (exchange->retry_after) {
        /* A date may have passed already. */
        seconds = seconds < 0 ? 0 : seconds > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : seconds;
        answer->retry_after_ms = seconds * 1000;
    }
}

static int finish(struct connection *connection, struct exchange *exchange,
                  struct verge_error *error)
{
    int queued = 0;
    const CURLMsg *message = curl_multi_info_read(connection->multi, &queued);
    CURLcode code = message ? message->data.result : CURLE_FAILED_INIT;
    read_info(connection->easy, exchange);
    /* "HTTP/200 OK" and its like are a success to curl, with any status or none. */
    long status = exchange->answer->status;
    if (code == CURLE_OK && (status < 100 || status > 999)) {
        return fail(exchange, error, EREMOTEIO, "what answers speaks no HTTP");
    }
    return code == CURLE_OK ? 0 : fail_by_curl(code, connection->easy, exchange, error);
}

static int64_t least(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* Drives the transfer to its end, the deadline or the cancel. */
static int drive(struct connection *connection, struct exchange *exchange,
                 const struct verge_call *call, struct verge_error *error)
{
    int running = 1;
    for (;;) {
        if (verge_cancel_fired(call->cancel) && !(exchange->changes && exchange->sendings)) {
            return fail(exchange, error, EINTR, "interrupted");
        }
        if (curl_multi_perform(connection->multi, &running) != CURLM_OK) {
            return fail(exchange, error, EIO, "curl cannot go on");
        }
        if (!running) {
            return finish(connection, exchange, error);
        }
        int64_t left = call->deadline - verge_now();
        if (left <= 0) {
            return fail(exchange, error, ETIMEDOUT,
                        exchange->sendings ? "no complete answer in time"
                                           : "no connection in time");
        }
        int timeout = (int)least(left, INT_MAX);
        if (curl_multi_poll(connection->multi, NULL, 0, timeout, NULL) != CURLM_OK) {
            return fail(exchange, error, EIO, "curl cannot wait");
        }
    }
}

static void wake(void *multi)
{
    curl_multi_wakeup(multi);
}

static int perform(struct connection *connection, struct exchange *exchange,
                   const struct verge_call *call, struct verge_error *error)
{
    /* A fired token makes no difference here: drive looks first thing. */
    verge_cancel_watch(call->cancel, wake, connection->multi);
    int rc = curl_multi_add_handle(connection->multi, connection->easy) == CURLM_OK
                 ? drive(connection, exchange, call, error)
                 : fail(exchange, error, ENOMEM, "curl takes no request");
    verge_cancel_watch(call->cancel, NULL, NULL);
    /* Closes the connection of a transfer that is not complete. */
    curl_multi_remove_handle(connection->multi, connection->easy);
    return rc;
}

static bool set_up(struct connection *connection, const struct transport *transport,
                   struct exchange *exchange, const struct verge_call *call,
                   struct curl_slist **headers)
{
    connection->easy = connection->easy ? connection->easy : curl_easy_init();
    connection->multi = connection->multi ? connection->multi : curl_multi_init();
    CURL *easy = connection->easy;
    if (!easy || !connection->multi) {
        return false;
    }
    curl_multi_setopt(connection->multi, CURLMOPT_MAXCONNECTS, 1L);
    int64_t connect_ms = least(call->deadline - verge_now(), 86400000);
    if (transport->connect_ms > 0) {
        connect_ms = least(connect_ms, transport->connect_ms);
    }
    return set_constants(easy) && set_server(easy, transport, exchange->request->path) &&
           set_body(easy, exchange->request) && set_callbacks(easy, exchange) &&
           set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms > 0 ? (long)connect_ms : 1) &&
           build_headers(headers, exchange->request) &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *headers) == CURLE_OK;
}

/*
 * Leaves the handle with nothing of this request; the connection is kept. Before 8.1.1 a handle
 * that is used again remembers where the last answer's last header was, which has been freed, and
 * writes there what follows from a header line that begins with a blank (curl's pull request
 * 11103).
 */
static void retire(struct connection *connection)
{
    if (curl_version_info(CURLVERSION_NOW)->version_num >= 0x080101) {
        curl_easy_reset(connection->easy);
    } else {
        curl_easy_cleanup(connection->easy);
        connection->easy = NULL;
    }
}

static int exchange_on(struct connection *connection, const struct transport *transport,
                       struct exchange *exchange, const struct verge_call *call,
                       struct verge_error *error)
{
    struct curl_slist *headers = NULL;
    int rc = set_up(connection, transport, exchange, call, &headers)
                 ? perform(connection, exchange, call, error)
                 : fail(exchange, error, ENOMEM, "curl takes no request");
    if (connection->easy) {
        retire(connection);
    }
    free_headers(headers);
    return rc;
}

/* ---- the pool ---- */

/* Somebody who wants a connection. */
struct waiter {
    struct transport *transport;
    bool cancelled;
};

static void cancel_waiter(void *argument)
{
    struct waiter *waiter = argument;
    pthread_mutex_lock(&waiter->transport->lock);
    waiter->cancelled = true;
    pthread_cond_broadcast(&waiter->transport->freed);
    pthread_mutex_unlock(&waiter->transport->lock);
}

static int wait_connection(struct waiter *waiter, int64_t deadline, struct connection **connection)
{
    struct transport *transport = waiter->transport;
    pthread_mutex_lock(&transport->lock);
    bool late = verge_now() >= deadline;
    while (!transport->idle_count && !late && !waiter->cancelled) {
        verge_condition_wait(&transport->freed, &transport->lock, deadline);
        late = verge_now() >= deadline;
    }
    int rc = waiter->cancelled ? -EINTR : late ? -ETIMEDOUT : 0;
    if (!rc) {
        *connection = transport->idle[--transport->idle_count];
    } else {
        /* In case it was this waiter that the last signal went to. */
        pthread_cond_signal(&transport->freed);
    }
    pthread_mutex_unlock(&transport->lock);
    return rc;
}

static int take_connection(struct transport *transport, const struct verge_call *call,
                           struct connection **connection)
{
    struct waiter waiter = {.transport = transport};
    if (!verge_cancel_watch(call->cancel, cancel_waiter, &waiter)) {
        return -EINTR;
    }
    int rc = wait_connection(&waiter, call->deadline, connection);
    verge_cancel_watch(call->cancel, NULL, NULL);
    return rc;
}

static void give_connection(struct transport *transport, struct connection *connection)
{
    pthread_mutex_lock(&transport->lock);
    transport->idle[transport->idle_count++] = connection;
    pthread_cond_signal(&transport->freed);
    pthread_mutex_unlock(&transport->lock);
}

static int transport_send(struct verge_transport *interface, const struct verge_call *call,
                          const struct verge_request *request, struct verge_answer *answer,
                          struct verge_error *error)
{
    struct transport *transport = (struct transport *)interface;
    struct exchange exchange = {
        .request = request,
        .answer = answer,
        .changes = strcmp(request->method, "GET") != 0,
    };
    *answer = (struct verge_answer){.retry_after_ms = -1};
    struct connection *connection = NULL;
    int rc = take_connection(transport, call, &connection);
    if (rc) {
        return fail(&exchange, error, -rc,
                    rc == -EINTR ? "interrupted" : "no connection became free in time");
    }
    rc = exchange_on(connection, transport, &exchange, call, error);
    give_connection(transport, connection);
    if (rc) {
        verge_answer_free(answer);
    }
    return rc;
}

/* ---- life ---- */

static void transport_free(struct verge_transport *interface)
{
    struct transport *transport = (struct transport *)interface;
    for (size_t i = 0; i < transport->count; i++) {
        /* Both accept NULL. */
        curl_easy_cleanup(transport->connections[i].easy);
        curl_multi_cleanup(transport->connections[i].multi);
    }
    pthread_cond_destroy(&transport->freed);
    pthread_mutex_destroy(&transport->lock);
    free(transport->idle);
    free(transport->connections);
    free(transport->base_url);
    free(transport->ca_file);
    free(transport->user_agent);
    free(transport);
}

/* Curl has to be told once per process; the only state here that belongs to nobody. */
static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_started = CURLE_FAILED_INIT;

static void start_curl(void)
{
    curl_started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* False when memory ran out; what there is can be freed. */
static bool copy_options(struct transport *transport, const struct verge_transport_options *options)
{
    transport->insecure = options->insecure;
    transport->connect_ms = options->connect_ms;
    transport->count = options->connections ? options->connections : 1;
    transport->base_url = strdup(options->base_url);
    transport->ca_file = options->ca_file ? strdup(options->ca_file) : NULL;
    transport->user_agent = options->user_agent ? strdup(options->user_agent) : NULL;
    transport->connections = calloc(transport->count, sizeof(*transport->connections));
    transport->idle = calloc(transport->count, sizeof(struct connection *));
    if (!transport->connections) {
        transport->count = 0;
    }
    return transport->base_url && transport->connections && transport->idle &&
           (transport->ca_file || !options->ca_file) &&
           (transport->user_agent || !options->user_agent);
}

struct verge_transport *verge_transport_curl(const struct verge_transport_options *options,
                                             struct verge_error *error)
{
    pthread_once(&curl_once, start_curl);
    struct transport *transport = calloc(1, sizeof(*transport));
    if (!transport || curl_started != CURLE_OK) {
        verge_error_set(error, transport ? EIO : ENOMEM, "curl cannot start");
        free(transport);
        return NULL;
    }
    transport->interface = (struct verge_transport){.send = transport_send, .free = transport_free};
    pthread_mutex_init(&transport->lock, NULL);
    verge_condition_init(&transport->freed);
    if (!copy_options(transport, options)) {
        transport_free(&transport->interface);
        verge_error_set(error, ENOMEM, "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < transport->count; i++) {
        transport->idle[transport->idle_count++] = &transport->connections[i];
    }
    return &transport->interface;
}

void verge_answer_free(struct verge_answer *answer)
{
    verge_text_free(&answer->body);
}
