/* SPDX-License-Identifier: MIT */
#include "tests/simulator/requestlog.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ENTRIES_KEPT = 100000, BODY_KEPT = 4096 };

struct entry {
    uint64_t number, connection;
    char *method, *path, *query, *body, *fault;
    int status;
    size_t bytes;
    int64_t started_ms;
};

struct requestlog {
    pthread_mutex_t lock;  /* guards all below */
    struct entry *entries; /* a ring: number n is at n % ENTRIES_KEPT */
    uint64_t first, next;  /* the numbers kept are first … next - 1 */
    int64_t origin_ms;
};

static int64_t now_ms(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static struct entry *entry_of(struct requestlog *log, uint64_t number)
{
    return &log->entries[number % ENTRIES_KEPT];
}

struct requestlog *requestlog_new(void)
{
    struct requestlog *log = must_allocate(sizeof(*log));

    (void)pthread_mutex_init(&log->lock, NULL);
    log->entries = must_allocate(ENTRIES_KEPT * sizeof(struct entry));
    log->first = log->next = 1;
    log->origin_ms = now_ms();
    return log;
}

static void entry_clear(struct entry *entry)
{
    free(entry->method);
    free(entry->path);
    free(entry->query);
    free(entry->body);
    free(entry->fault);
    *entry = (struct entry){0};
}

static void drop_all(struct requestlog *log)
{
    for (; log->first < log->next; log->first++)
        entry_clear(entry_of(log, log->first));
}

void requestlog_clear(struct requestlog *log)
{
    (void)pthread_mutex_lock(&log->lock);
    drop_all(log);
    (void)pthread_mutex_unlock(&log->lock);
}

void requestlog_free(struct requestlog *log)
{
    drop_all(log);
    (void)pthread_mutex_destroy(&log->lock);
    free(log->entries);
    free(log);
}

/* The body of a login is a password, and the path of a logout a token. */
static bool secret(const struct request *request)
{
    return strstr(request->path, "/sys/tokens") != NULL;
}

static char *kept_body(const struct request *request)
{
    char *copy;

    if (!request->body || secret(request))
        return must_copy("");
    copy = must_copy(request->body);
    if (strlen(copy) > BODY_KEPT)
        copy[BODY_KEPT] = '\0';
    return copy;
}

uint64_t requestlog_begin(struct requestlog *log, const struct request *request)
{
    (void)pthread_mutex_lock(&log->lock);

    uint64_t number = log->next++;
    struct entry *entry = entry_of(log, number);

    if (log->next - log->first > ENTRIES_KEPT)
        log->first++;
    entry_clear(entry);
    entry->number = number;
    entry->connection = request->connection;
    entry->method = must_copy(request->method);
    entry->path = must_copy(secret(request) ? "/api/sys/tokens" : request->path);
    entry->query = must_copy(request->query);
    entry->body = kept_body(request);
    entry->started_ms = now_ms() - log->origin_ms;
    (void)pthread_mutex_unlock(&log->lock);
    return number;
}

void requestlog_end(struct requestlog *log, uint64_t number, int status, size_t bytes,
                    const char *fault)
{
    (void)pthread_mutex_lock(&log->lock);

    struct entry *entry = entry_of(log, number);

    if (entry->number == number) {
        entry->status = status;
        entry->bytes = bytes;
        entry->fault = fault ? must_copy(fault) : NULL;
    }
    (void)pthread_mutex_unlock(&log->lock);
}

static bool is_wanted(const struct entry *entry, const struct log_wanted *wanted)
{
    return entry->number > wanted->since &&
           (!wanted->method || strcmp(entry->method, wanted->method) == 0) &&
           (!wanted->path || strncmp(entry->path, wanted->path, strlen(wanted->path)) == 0);
}

static void write_member(struct buffer *out, const char *name, const char *text)
{
    buffer_printf(out, ",\"%s\":", name);
    if (text)
        buffer_json_valid(out, text);
    else
        buffer_text(out, "null");
}

static void write_entry(struct buffer *out, const struct entry *entry)
{
    buffer_printf(out, "{\"n\":%" PRIu64, entry->number);
    write_member(out, "method", entry->method);
    write_member(out, "path", entry->path);
    write_member(out, "query", entry->query);
    buffer_printf(out, ",\"status\":%d", entry->status);
    write_member(out, "body", entry->body);
    buffer_printf(out, ",\"bytes\":%zu,\"connection\":%" PRIu64, entry->bytes, entry->connection);
    write_member(out, "fault", entry->fault);
    buffer_printf(out, ",\"t_ms\":%" PRId64 "}", entry->started_ms);
}

void requestlog_write(struct requestlog *log, const struct log_wanted *wanted, struct buffer *out)
{
    bool first = true;

    buffer_character(out, '[');
    (void)pthread_mutex_lock(&log->lock);
    for (uint64_t number = log->first; number < log->next; number++) {
        const struct entry *entry = entry_of(log, number);

        if (!is_wanted(entry, wanted))
            continue;
        buffer_text(out, first ? "" : ",\n");
        write_entry(out, entry);
        first = false;
    }
    (void)pthread_mutex_unlock(&log->lock);
    buffer_character(out, ']');
}

size_t requestlog_count(struct requestlog *log, const struct log_wanted *wanted)
{
    size_t count = 0;

    (void)pthread_mutex_lock(&log->lock);
    for (uint64_t number = log->first; number < log->next; number++)
        count += is_wanted(entry_of(log, number), wanted);
    (void)pthread_mutex_unlock(&log->lock);
    return count;
}
