/* SPDX-License-Identifier: MIT */
#include "tests/simulator/http.h"
#include "tests/simulator/exchange.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

enum { CONNECTION_MEMORY = 256 * 1024, MOST_CONNECTIONS = 1000, MOST_BODY = 64 * 1024 * 1024 };

struct http {
    struct simulator *simulator;
    struct MHD_Daemon *daemon;
};

/* A request while it comes in; made when its URI is known, freed when it is done with. */
struct incoming {
    char *uri;
    struct request *request; /* NULL until the headers are there */
    struct buffer body;
};

static void *begin(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct incoming *incoming = must_allocate(sizeof(*incoming));

    (void)context;
    (void)connection;
    incoming->uri = must_copy(uri);
    return incoming;
}

static void end(void *context, struct MHD_Connection *connection, void **state,
                enum MHD_RequestTerminationCode how)
{
    struct incoming *incoming = *state;

    (void)context;
    (void)connection;
    (void)how;
    *state = NULL;
    if (!incoming)
        return;
    request_free(incoming->request);
    buffer_clear(&incoming->body);
    free(incoming->uri);
    free(incoming);
}

static char *header(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

    return value ? must_copy(value) : NULL;
}

static uint64_t number_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info && info->socket_context ? *(const uint64_t *)info->socket_context : 0;
}

static void read_headers(struct request *request, struct MHD_Connection *connection)
{
    const char *indented =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-JSON-Non-Compact");

    request->authorization = header(connection, "Authorization");
    request->session_token = header(connection, "x-yottabyte-token");
    request->connection = number_of(connection);
    request->indented = indented && strcmp(indented, "0") != 0;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    struct http *http = context;
    struct incoming *incoming = *state;

    (void)path;
    (void)version;
    if (!incoming->request) {
        incoming->request = request_new(method, incoming->uri);
        read_headers(incoming->request, connection);
        return MHD_YES;
    }
    if (*upload_size) {
        if (incoming->body.size + *upload_size > MOST_BODY)
            return MHD_NO;
        buffer_append(&incoming->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    incoming->request->body_size = incoming->body.size;
    incoming->request->body = buffer_take(&incoming->body);
    return exchange(http->simulator, connection, incoming->request) ? MHD_YES : MHD_NO;
}

static int socket_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info ? info->connect_fd : -1;
}

/* A connection comes or goes. */
static void notice(void *context, struct MHD_Connection *connection, void **socket_context,
                   enum MHD_ConnectionNotificationCode what)
{
    struct http *http = context;
    uint64_t *number = *socket_context;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        number = must_allocate(sizeof(*number));
        *number = connections_add(http->simulator->connections, socket_of(connection));
        *socket_context = number;
    } else if (number) {
        connections_remove(http->simulator->connections, *number);
        free(number);
        *socket_context = NULL;
    }
}

static struct MHD_Daemon *start(struct http *http, int port, const char *certificate,
                                const char *key)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
                     MHD_USE_POLL | MHD_USE_ITC;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0,
         (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};

    return MHD_start_daemon(
        flags | (certificate ? MHD_USE_TLS : 0), 0, NULL, NULL, handle, http, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&address, MHD_OPTION_URI_LOG_CALLBACK, begin, http,
        MHD_OPTION_NOTIFY_COMPLETED, end, http, MHD_OPTION_NOTIFY_CONNECTION, notice, http,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)MOST_CONNECTIONS, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_ARRAY,
        certificate ? tls : none, MHD_OPTION_END);
}

struct http *http_start(struct simulator *simulator, int port, const char *certificate,
                        const char *key)
{
    struct http *http = must_allocate(sizeof(*http));

    http->simulator = simulator;
    http->daemon = start(http, port, certificate, key);
    if (!http->daemon) {
        free(http);
        return NULL;
    }
    return http;
}

int http_port(const struct http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info ? info->port : 0;
}

void http_stop(struct http *http)
{
    if (!http)
        return;
    MHD_stop_daemon(http->daemon);
    free(http);
}
