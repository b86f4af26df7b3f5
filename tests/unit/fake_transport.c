/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/fake_transport.h"
#include "tests/unit/unit.h"

struct answer {
    struct answer *next;
    char *method;
    char *path;
    char *body;
    long status; /* 0: a failure */
    int64_t retry_after_ms;
    int errnum;
    bool is_json;
    bool uncertain;
    bool used;
};

struct request {
    struct request *next;
    char *method;
    char *path;
    char *body;
};

struct fake_transport {
    struct verge_transport interface;
    pthread_mutex_t lock; /* guards all below */
    struct answer *script;
    struct request *log;
    char authorization[256];
    void (*hook)(void *argument);
    void *hook_argument;
    bool freed;
};

static char *copy(const char *string)
{
    char *copied = strdup(string ? string : "");
    ck_assert_ptr_nonnull(copied);
    return copied;
}

static bool begins_with(const char *string, const char *beginning)
{
    return strncmp(string, beginning, strlen(beginning)) == 0;
}

/* The answer to a request: the first unused one of the longest beginning, else its last one. */
static struct answer *find(struct answer *script, const struct verge_request *request)
{
    struct answer *found = NULL;
    for (struct answer *answer = script; answer; answer = answer->next) {
        bool fits =
            !strcmp(answer->method, request->method) && begins_with(request->path, answer->path);
        size_t length = strlen(answer->path);
        size_t best = found ? strlen(found->path) : 0;
        if (fits && (!found || length > best || (length == best && found->used))) {
            found = answer;
        }
    }
    return found;
}

static void record(struct fake_transport *fake, const struct verge_request *request)
{
    struct request **end = &fake->log;
    while (*end) {
        end = &(*end)->next;
    }
    *end = calloc(1, sizeof(**end));
    ck_assert_ptr_nonnull(*end);
    **end = (struct request){NULL, copy(request->method), copy(request->path), copy(request->body)};
    snprintf(fake->authorization, sizeof(fake->authorization), "%s",
             request->authorization ? request->authorization : "");
}

static int give(const struct answer *script, const struct verge_request *request,
                struct verge_answer *answer, struct verge_error *error)
{
    if (script && script->errnum) {
        int rc = verge_error_set(error, script->errnum, "scripted failure");
        verge_error_request(error, request->method, request->path);
        error->uncertain = script->uncertain && strcmp(request->method, "GET") != 0;
        return rc;
    }
    answer->status = script ? script->status : 599;
    answer->is_json = script ? script->is_json : true;
    answer->retry_after_ms = script ? script->retry_after_ms : -1;
    verge_text_string(&answer->body, script ? script->body : "{\"err\":\"not in the script\"}");
    return 0;
}

static int fake_send(struct verge_transport *interface, const struct verge_call *call,
                     const struct verge_request *request, struct verge_answer *answer,
                     struct verge_error *error)
{
    struct fake_transport *fake = (struct fake_transport *)interface;
    (void)call;
    *answer = (struct verge_answer){.retry_after_ms = -1};
    pthread_mutex_lock(&fake->lock);
    struct answer *script = find(fake->script, request);
    if (script) {
        script->used = true;
    }
    record(fake, request);
    void (*hook)(void *argument) = fake->hook;
    void *argument = fake->hook_argument;
    pthread_mutex_unlock(&fake->lock);
    if (hook) {
        hook(argument);
    }
    return give(script, request, answer, error);
}

static void fake_interface_free(struct verge_transport *interface)
{
    struct fake_transport *fake = (struct fake_transport *)interface;
    ck_assert(!fake->freed);
    fake->freed = true;
}

struct fake_transport *fake_transport_new(void)
{
    struct fake_transport *fake = calloc(1, sizeof(*fake));
    ck_assert_ptr_nonnull(fake);
    fake->interface = (struct verge_transport){.send = fake_send, .free = fake_interface_free};
    pthread_mutex_init(&fake->lock, NULL);
    return fake;
}

void fake_log_clear(struct fake_transport *fake)
{
    pthread_mutex_lock(&fake->lock);
    struct request *request = fake->log;
    fake->log = NULL;
    pthread_mutex_unlock(&fake->lock);
    while (request) {
        struct request *next = request->next;
        free(request->method);
        free(request->path);
        free(request->body);
        free(request);
        request = next;
    }
}

void fake_transport_free(struct fake_transport *fake)
{
    fake_log_clear(fake);
    while (fake->script) {
        struct answer *next = fake->script->next;
        free(fake->script->method);
        free(fake->script->path);
        free(fake->script->body);
        free(fake->script);
        fake->script = next;
    }
    pthread_mutex_destroy(&fake->lock);
    free(fake);
}

struct verge_transport *fake_transport_interface(struct fake_transport *fake)
{
    return &fake->interface;
}

bool fake_transport_freed(struct fake_transport *fake)
{
    return fake->freed;
}

static void add(struct fake_transport *fake, const struct answer *answer)
{
    struct answer *added = malloc(sizeof(*added));
    ck_assert_ptr_nonnull(added);
    *added = *answer;
    added->method = copy(answer->method);
    added->path = copy(answer->path);
    added->body = copy(answer->body);
    pthread_mutex_lock(&fake->lock);
    struct answer **end = &fake->script;
    while (*end) {
        end = &(*end)->next;
    }
    *end = added;
    pthread_mutex_unlock(&fake->lock);
}

void fake_answer_as(struct fake_transport *fake, const char *method, const char *path, long status,
                    const char *body, bool is_json, int64_t retry_after_ms)
{
    /* Only copied from. */
    struct answer answer = {.method = (char *)method, .path = (char *)path, .body = (char *)body};
    answer.status = status;
    answer.is_json = is_json;
    answer.retry_after_ms = retry_after_ms;
    add(fake, &answer);
}

void fake_answer(struct fake_transport *fake, const char *method, const char *path, long status,
                 const char *body)
{
    fake_answer_as(fake, method, path, status, body, true, -1);
}

void fake_failure(struct fake_transport *fake, const char *method, const char *path, int errnum,
                  bool uncertain)
{
    struct answer answer = {.method = (char *)method, .path = (char *)path};
    answer.errnum = errnum;
    answer.uncertain = uncertain;
    add(fake, &answer);
}

void fake_on_send(struct fake_transport *fake, void (*hook)(void *argument), void *argument)
{
    pthread_mutex_lock(&fake->lock);
    fake->hook = hook;
    fake->hook_argument = argument;
    pthread_mutex_unlock(&fake->lock);
}

unsigned fake_count(struct fake_transport *fake, const char *method, const char *path)
{
    unsigned count = 0;
    pthread_mutex_lock(&fake->lock);
    for (const struct request *request = fake->log; request; request = request->next) {
        bool fits =
            (!*method || !strcmp(request->method, method)) && begins_with(request->path, path);
        count += fits;
    }
    pthread_mutex_unlock(&fake->lock);
    return count;
}

char *fake_log(struct fake_transport *fake)
{
    struct verge_text text = VERGE_TEXT_INIT;
    pthread_mutex_lock(&fake->lock);
    for (const struct request *request = fake->log; request; request = request->next) {
        verge_text_printf(&text, "%s %s%s%s\n", request->method, request->path,
                          *request->body ? " " : "", request->body);
    }
    pthread_mutex_unlock(&fake->lock);
    char *log = verge_text_take(&text);
    ck_assert_ptr_nonnull(log);
    return log;
}

const char *fake_authorization(struct fake_transport *fake)
{
    return fake->authorization;
}
