/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/connect.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "fs/complain.h"

/* The API serves 50 commands at once (vergeos-api §1.4). */
#define CONNECTIONS 40
#define CONNECT_MS 10000
/* Calls that got no answer, after which others do not wait for theirs. */
#define AWAY_AFTER 3

/* ---- failing with one sentence ---- */

/* What an error means for the exit status, which step it is of, and what a person can do. */
static const struct failure {
    int errnum;
    enum exit_status status;
    const char *step, *remedy;
} failures[] = {
    {EHOSTUNREACH, EXIT_CONNECTION, "address", "check the host's name and the network"},
    {ECONNREFUSED, EXIT_CONNECTION, "connection", "check the port, and that the system is up"},
    {ECONNRESET, EXIT_CONNECTION, "connection", "check that this is a VergeOS system"},
    {ETIMEDOUT, EXIT_TIMEOUT, "connection", "check the network, or raise -o timeout="},
    {EPROTO, EXIT_CONNECTION, "certificate", "name the system's certificate with -o cacert=FILE"},
    {EKEYREJECTED, EXIT_AUTHENTICATION, "login", "check the key, or the user and the password"},
    {EACCES, EXIT_FORBIDDEN, "login", "give the key's owner the rights to list VMs and devices"},
    {EREMOTEIO, EXIT_CONNECTION, "answer", "check that this is a VergeOS system, 26.0 or later"},
    {EBADMSG, EXIT_CONNECTION, "answer", "check that this is a VergeOS system, 26.0 or later"},
    {ENOENT, EXIT_CONNECTION, "answer", "check that this is a VergeOS system, 26.0 or later"},
    {0, EXIT_OTHER, "answer", "see the text"},
};

static const struct failure *failure_of(int errnum)
{
    const struct failure *failure = failures;
    while (failure->errnum && failure->errnum != errnum)
        failure++;
    return failure;
}

static enum exit_status fail(const struct connection *connection, const struct verge_error *error)
{
    const struct failure *failure = failure_of(error->errnum);
    complain("%s: %s; %s", connection->url, error->text, failure->remedy);
    return failure->status;
}

static enum exit_status no_memory(void)
{
    complain("out of memory");
    return EXIT_OTHER;
}

/* ---- preparing ---- */

enum exit_status connection_prepare(struct connection *connection, struct options *options)
{
    struct verge_error error = VERGE_ERROR_INIT;
    connection->options = options;
    verge_credentials_init(&connection->credentials);
    enum exit_status status = options_credentials(options, &connection->credentials);
    if (status != EXIT_OK)
        return status;
    if (verge_host_url(options->host, &connection->url, &error)) {
        complain("%s", error.text);
        return EXIT_CONFIGURATION;
    }
    return EXIT_OK;
}

/* ---- connecting ---- */

static void trace(void *argument, const char *line)
{
    (void)argument;
    fprintf(stderr, "%svergefs: %s\n", complain_prefix(LOG_DEBUG), line);
}

static bool same_text(const char *one, const char *other)
{
    return !strcmp(one ? one : "", other ? other : "");
}

/* A file may hold another key by now; the environment cannot. The client asks one thread at a time.
 */
static bool renew(void *argument, struct verge_credentials *credentials)
{
    struct connection *connection = argument;
    const struct verge_credentials *old = &connection->credentials;
    if (!old->source || options_credentials(connection->options, credentials) != EXIT_OK)
        return false;
    return !same_text(old->token, credentials->token) ||
           !same_text(old->username, credentials->username) ||
           !same_text(old->password, credentials->password);
}

static struct verge_client *make_client(struct connection *connection, struct verge_error *error)
{
    const struct options *options = connection->options;
    double backoff = connection->credentials.retry_backoff;
    const struct verge_transport_options transport_options = {
        .base_url = connection->url,
        .ca_file = options->cacert,
        .insecure = options->insecure,
        .connect_ms = CONNECT_MS,
        .connections = CONNECTIONS,
        .user_agent = PACKAGE_NAME "/" PACKAGE_VERSION,
    };
    struct verge_client_options client_options = {
        .retries = (unsigned)options->retries,
        .backoff = backoff >= 0 ? backoff : 0.5,
        .budget = (unsigned)options->budget,
        .away_after = AWAY_AFTER,
        .renew = renew,
        .renew_argument = connection,
        .trace = options->debug ? trace : NULL,
    };
    struct verge_transport *transport = verge_transport_curl(&transport_options, error);
    if (!transport)
        return NULL;
    return verge_client_new(transport, &connection->credentials, &client_options, error);
}

/* What was asked with a filter may be old now; then whoever else wants to know. */
static void changed(void *argument, enum verge_list_id list, const struct verge_snapshot *before,
                    const struct verge_snapshot *after)
{
    struct connection *connection = argument;
    if (list == VERGE_DEVICES)
        verge_queries_forget(connection->queries);
    if (connection->changed)
        connection->changed(connection->changed_argument, list, before, after);
}

static void doubted(void *argument, enum verge_list_id list, uint32_t owner, uint32_t key)
{
    struct connection *connection = argument;
    if (list == VERGE_DEVICES)
        verge_queries_forget(connection->queries);
    if (connection->doubted)
        connection->doubted(connection->changed_argument, list, owner, key);
}

static struct verge_call call_of(const struct connection *connection)
{
    int64_t timeout_ms = llround(connection->options->timeout * 1000);
    return (struct verge_call){.deadline = verge_now() + timeout_ms};
}

static int log_in(struct connection *connection, struct verge_error *error)
{
    struct verge_call call = call_of(connection);
    connection->client = make_client(connection, error);
    if (!connection->client)
        return -error->errnum;
    return verge_system_read(connection->client, &call, &connection->system, error);
}

static bool make_inventory(struct connection *connection)
{
    struct verge_inventory_options options = {
        .ttl_ms = llround(connection->options->ttl * 1000),
        .timeout_ms = llround(connection->options->timeout * 1000),
        .changed = changed,
        .doubted = doubted,
        .changed_argument = connection,
    };
    connection->queries = verge_queries_new(connection->client, options.ttl_ms);
    connection->inventory = verge_inventory_new(connection->client, &options);
    return connection->queries && connection->inventory;
}

enum exit_status connection_open(struct connection *connection)
{
    struct verge_error error = VERGE_ERROR_INIT;
    if (log_in(connection, &error))
        return fail(connection, &error);
    if (!make_inventory(connection))
        return no_memory();
    struct verge_call call = call_of(connection);
    if (verge_inventory_measure(connection->inventory, &call, &error))
        return fail(connection, &error);
    return EXIT_OK;
}

void connection_close(struct connection *connection)
{
    verge_inventory_free(connection->inventory);
    verge_queries_free(connection->queries);
    verge_client_free(connection->client);
    verge_credentials_free(&connection->credentials);
    free(connection->url);
    *connection = (struct connection){0};
}

/* ---- --check ---- */

static void passed(const char *step, const char *what)
{
    printf("%-12s ok: %s\n", step, what);
    fflush(stdout);
}

/* The steps before the one that failed have passed; what each of them means for the reader. */
static enum exit_status check_failed(const struct connection *connection,
                                     const struct verge_error *error)
{
    static const char *const steps[] = {"address", "connection", "certificate", "answer", "login"};
    const struct failure *failure = failure_of(error->errnum);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (!strcmp(steps[i], failure->step))
            break;
        passed(steps[i], connection->url);
    }
    fflush(stdout);
    fprintf(stderr, "%-12s failed: %s; %s\n", failure->step, error->text, failure->remedy);
    return failure->status;
}

static enum exit_status check_counts(struct connection *connection)
{
    static const struct {
        enum verge_list_id list;
        const char *name;
    } lists[] = {{VERGE_VMS, "vms"}, {VERGE_DEVICES, "devices"}, {VERGE_GROUPS, "groups"}};
    struct verge_error error = VERGE_ERROR_INIT;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct verge_want want = {.call = call_of(connection), .freshness = VERGE_FRESH};
        struct verge_snapshot *rows = NULL;
        if (verge_list(connection->inventory, &want, lists[i].list, &rows, NULL, &error))
            return check_failed(connection, &error);
        printf("%-12s %zu\n", lists[i].name, verge_snapshot_count(rows));
        verge_snapshot_release(rows);
    }
    return EXIT_OK;
}

enum exit_status connection_check(struct connection *connection)
{
    struct verge_error error = VERGE_ERROR_INIT;
    const struct options *options = connection->options;
    if (log_in(connection, &error))
        return check_failed(connection, &error);
    passed("address", connection->url);
    passed("connection", "answers");
    passed("certificate", options->insecure ? "not verified (-o insecure)" : "verified");
    passed("answer", "of a VergeOS system");
    passed("login", connection->credentials.token ? "by API key" : "by user and password");
    printf("%-12s %s\n%-12s %s\n", "system", connection->system.name, "version",
           connection->system.release);
    return make_inventory(connection) ? check_counts(connection) : no_memory();
}
