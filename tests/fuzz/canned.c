/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/fuzz/canned.h"

#include <errno.h>

#include "fs/utf8.h"

static const long statuses[] = {200, 201, 204, 400, 404, 409, 500, 503, 429, 403, 302, 0};
#define STATUSES (sizeof statuses / sizeof *statuses)

static enum verge_method method_of(const struct verge_request *request)
{
    enum verge_method method = VERGE_GET;

    while (strcmp(verge_method_names[method], request->method) != 0)
        method++;
    return method;
}

/* The count of a list, rows that come first, rows that come later; else by the order of asking. */
static const struct canned_answer *choose(const struct canned *canned,
                                          const struct verge_request *request, unsigned number)
{
    if (strstr(request->path, "fields=,"))
        number = 0;
    else if (strstr(request->path, "limit=1001"))
        number = strstr(request->path, "offset=") ? 2 : 1;
    return &canned->answers[number < canned->count ? number : canned->count - 1];
}

static int give(const struct canned_answer *canned, const struct verge_request *request,
                struct verge_answer *answer, struct verge_error *error)
{
    if (canned->status == 0) {
        int result = verge_error_set(error, ECONNRESET, "the connection broke");
        error->uncertain = canned->uncertain && strcmp(request->method, "GET") != 0;
        verge_error_request(error, request->method, request->path);
        return result;
    }
    if (canned->length > request->answer_limit)
        return verge_error_set(error, EFBIG, "too long");
    answer->status = canned->status;
    answer->is_json = canned->is_json;
    must(verge_text_append(&answer->body, canned->body, canned->length));
    return 0;
}

static int canned_send(struct verge_transport *interface, const struct verge_call *call,
                       const struct verge_request *request, struct verge_answer *answer,
                       struct verge_error *error)
{
    struct canned *canned = (struct canned *)interface;
    enum verge_method method = method_of(request);
    bool changes = method != VERGE_GET;

    (void)call;
    *answer = (struct verge_answer){.retry_after_ms = -1};
    pthread_mutex_lock(&canned->lock);
    unsigned total = 0;
    for (size_t i = 0; i < VERGE_METHODS; i++)
        total += canned->sent[i];
    const struct canned_answer *chosen = choose(canned, request, total);
    canned->sent[method]++;
    canned->taken += changes && chosen->status >= 200 && chosen->status < 300;
    canned->unanswered += changes && chosen->status == 0 && chosen->uncertain;
    snprintf(canned->last, sizeof canned->last, "%s", request->path);
    if (request->body)
        snprintf(canned->body, sizeof canned->body, "%s", request->body);
    pthread_mutex_unlock(&canned->lock);
    return give(chosen, request, answer, error);
}

static void canned_free(struct verge_transport *interface)
{
    (void)interface;
}

static void read_answers(struct canned *canned, struct fuzz *fuzz)
{
    while (canned->count < CANNED_MOST && (fuzz->left > 0 || canned->count == 0)) {
        struct canned_answer *answer = &canned->answers[canned->count++];
        unsigned oddity;

        answer->status = statuses[fuzz_choice(fuzz, STATUSES)];
        oddity = fuzz_choice(fuzz, 3);
        answer->is_json = oddity != 1;
        answer->uncertain = oddity != 2;
        answer->body = fuzz_line(fuzz, &answer->length);
    }
}

void canned_start(struct canned *canned, struct fuzz *fuzz)
{
    static const struct verge_client_options options = {.retries = 2};
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;

    memset(canned, 0, sizeof *canned);
    canned->interface = (struct verge_transport){canned_send, canned_free};
    pthread_mutex_init(&canned->lock, NULL);
    read_answers(canned, fuzz);
    verge_credentials_init(&credentials);
    credentials.token = strdup("s3cret-key");
    canned->client = verge_client_new(&canned->interface, &credentials, &options, &error);
    verge_credentials_free(&credentials);
    must(canned->client != NULL);
}

void canned_stop(struct canned *canned)
{
    verge_client_free(canned->client);
    for (size_t i = 0; i < canned->count; i++)
        free(canned->answers[i].body);
    pthread_mutex_destroy(&canned->lock);
}

void canned_check(const struct verge_error *error, int result)
{
    size_t length = strnlen(error->text, sizeof error->text);

    must(result <= 0 && length < sizeof error->text);
    if (result == 0)
        return;
    must(error->errnum == -result && length > 0);
    must(strcmp(verge_errno_name(-result), "EUNKNOWN") != 0);
    must(!strstr(error->text, "s3cret-key"));
    for (size_t i = 0; i < length;) {
        int step = utf8_character(error->text + i, length - i);
        must(step > 0 && (unsigned char)error->text[i] >= 0x20);
        i += (size_t)step;
    }
}
