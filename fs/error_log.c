/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/error_log.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "fs/complain.h"

#define STAMP_ROOM sizeof "2026-01-02T03:04:05Z"
#define COMM_ROOM 64
/* Five names of 255 bytes and more: the longest path of the tree fits. */
#define PATH_ROOM 2048

struct error_log {
    enum error_log_target target;
    pthread_mutex_t lock; /* guards all below */
    char *lines[ERROR_LOG_LINES];
    size_t first, count;
    uint64_t generation;
};

struct error_log *error_log_new(enum error_log_target target)
{
    struct error_log *log = calloc(1, sizeof *log);

    if (!log)
        return NULL;
    log->target = target;
    pthread_mutex_init(&log->lock, NULL);
    return log;
}

static void drop_lines(struct error_log *log)
{
    for (size_t i = 0; i < ERROR_LOG_LINES; i++) {
        free(log->lines[i]);
        log->lines[i] = NULL;
    }
    log->first = log->count = 0;
}

void error_log_free(struct error_log *log)
{
    if (!log)
        return;
    drop_lines(log);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

/* The name that a process gives itself: as hostile as any other bytes from outside. */
static void process_name(pid_t process, char out[COMM_ROOM])
{
    char path[64];
    char comm[COMM_ROOM] = "";

    snprintf(path, sizeof path, "/proc/%d/comm", (int)process);
    FILE *file = process > 0 ? fopen(path, "re") : NULL;
    if (file) {
        size_t length = fread(comm, 1, sizeof comm - 1, file);
        comm[length] = '\0';
        comm[strcspn(comm, "\n")] = '\0';
        fclose(file);
    }
    verge_printable(out, COMM_ROOM, comm, strlen(comm));
    if (out[0] == '\0')
        snprintf(out, COMM_ROOM, "?");
}

static void describe_error(struct verge_text *line, const struct verge_error *error)
{
    char words[sizeof error->text];

    if (error->method[0])
        verge_text_printf(line, "%s %s: ", error->method, error->path);
    if (error->http_status)
        verge_text_printf(line, "%ld ", error->http_status);
    verge_printable(words, sizeof words, error->text, strnlen(error->text, sizeof error->text));
    if (words[0] == '\0') {
        char room[128];
        const char *reason = strerror_r(error->errnum, room, sizeof room);
        snprintf(words, sizeof words, "%s", reason);
    }
    verge_text_printf(line, "%s: %s%s", verge_errno_name(error->errnum), words,
                      error->uncertain ? "; the change may have been made" : "");
}

/* Everything but the time, which syslog has of its own. NULL when memory ran out. */
static char *describe(pid_t process, const char *operation, const char *path,
                      const struct verge_error *error)
{
    struct verge_text line = VERGE_TEXT_INIT;
    char comm[COMM_ROOM];
    char where[PATH_ROOM];

    process_name(process, comm);
    verge_printable(where, sizeof where, path, strlen(path));
    verge_text_printf(&line, "%s[%d] %s %s: ", comm, (int)process, operation, where);
    describe_error(&line, error);
    return verge_text_take(&line);
}

static void stamp(char out[STAMP_ROOM])
{
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    if (strftime(out, STAMP_ROOM, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        snprintf(out, STAMP_ROOM, "-"); /* the clock is beyond the year 9999 */
}

/* What somebody has to repair is an error; what a user was told and can do otherwise is a warning.
 */
static int severity(const struct verge_error *error)
{
    static const int errors[] = {
        EIO,          ENOMEM,       EREMOTEIO,  EBADMSG,   EPROTO,
        EHOSTUNREACH, ECONNREFUSED, ECONNRESET, ETIMEDOUT, EKEYREJECTED,
    };

    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (error->errnum == errors[i])
            return LOG_ERR;
    }
    return LOG_WARNING;
}

/* The journal has the time, too. */
static void print_line(const char *prefix, const char *when, const char *what)
{
    if (*prefix)
        fprintf(stderr, "%s%s\n", prefix, what);
    else
        fprintf(stderr, "%s %s\n", when, what);
}

static void send_line(const struct error_log *log, int priority, const char *when, const char *what)
{
    if (log->target == ERROR_LOG_SYSLOG)
        syslog(priority, "%s", what);
    if (log->target == ERROR_LOG_STDERR)
        print_line(complain_prefix(priority), when, what);
}

static void remember(struct error_log *log, char *line)
{
    pthread_mutex_lock(&log->lock);
    size_t slot = (log->first + log->count) % ERROR_LOG_LINES;
    if (log->count == ERROR_LOG_LINES)
        log->first = (log->first + 1) % ERROR_LOG_LINES;
    else
        log->count++;
    free(log->lines[slot]);
    log->lines[slot] = line;
    log->generation++;
    pthread_mutex_unlock(&log->lock);
}

void error_log_add(struct error_log *log, pid_t process, const char *operation, const char *path,
                   const struct verge_error *error)
{
    char when[STAMP_ROOM];
    char *line = NULL;
    char *what = describe(process, operation, path, error);

    if (!what)
        return; /* the caller still has the errno */
    stamp(when);
    /* Outside of the lock: a stuck terminal must not hold up who reads the log. */
    send_line(log, severity(error), when, what);
    if (asprintf(&line, "%s %s\n", when, what) >= 0)
        remember(log, line);
    free(what);
}

bool error_log_show(struct error_log *log, struct verge_text *text)
{
    bool good = !text->failed;

    pthread_mutex_lock(&log->lock);
    for (size_t i = 0; i < log->count && good; i++)
        good = verge_text_string(text, log->lines[(log->first + i) % ERROR_LOG_LINES]);
    pthread_mutex_unlock(&log->lock);
    return good;
}

void error_log_clear(struct error_log *log)
{
    pthread_mutex_lock(&log->lock);
    drop_lines(log);
    log->generation++;
    pthread_mutex_unlock(&log->lock);
}

uint64_t error_log_generation(struct error_log *log)
{
    pthread_mutex_lock(&log->lock);
    uint64_t generation = log->generation;
    pthread_mutex_unlock(&log->lock);
    return generation;
}
