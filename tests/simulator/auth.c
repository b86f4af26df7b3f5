/* SPDX-License-Identifier: MIT */
#include "tests/simulator/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

enum { MOST_SESSIONS = 100, TOKEN_SIZE = 41, USUAL_TTL = 86400 };

struct session {
    char token[TOKEN_SIZE];
    double used; /* when, on the monotonic clock */
};

struct auth {
    char *user, *password, *key;
    char *first_password, *first_key;
    struct session sessions[MOST_SESSIONS]; /* an empty token is a free place */
    uint64_t made;
};

static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void replace(char **text, const char *with)
{
    char *copy = must_copy(with);

    free(*text);
    *text = copy;
}

struct auth *auth_new(const char *user, const char *password, const char *key)
{
    struct auth *auth = must_allocate(sizeof(*auth));

    auth->user = must_copy(user);
    auth->first_password = must_copy(password);
    auth->first_key = must_copy(key);
    auth_reset(auth);
    return auth;
}

void auth_free(struct auth *auth)
{
    if (!auth)
        return;
    free(auth->user);
    free(auth->password);
    free(auth->key);
    free(auth->first_password);
    free(auth->first_key);
    free(auth);
}

void auth_reset(struct auth *auth)
{
    replace(&auth->password, auth->first_password);
    replace(&auth->key, auth->first_key);
    auth_expire_sessions(auth);
}

void auth_set_password(struct auth *auth, const char *password)
{
    replace(&auth->password, password);
}

void auth_set_key(struct auth *auth, const char *key)
{
    replace(&auth->key, key);
}

void auth_expire_sessions(struct auth *auth)
{
    memset(auth->sessions, 0, sizeof(auth->sessions));
}

static struct session *find_session(struct auth *auth, const char *token)
{
    for (int index = 0; *token && index < MOST_SESSIONS; index++) {
        if (strcmp(auth->sessions[index].token, token) == 0)
            return &auth->sessions[index];
    }
    return NULL;
}

static bool basic_accepts(const struct auth *auth, const char *encoded)
{
    gnutls_datum_t text = {(unsigned char *)(uintptr_t)encoded, (unsigned)strlen(encoded)};
    gnutls_datum_t decoded = {NULL, 0};
    char *expected = NULL;
    bool same = false;

    if (gnutls_base64_decode2(&text, &decoded) < 0)
        return false;
    if (asprintf(&expected, "%s:%s", auth->user, auth->password) >= 0) {
        same =
            strlen(expected) == decoded.size && memcmp(expected, decoded.data, decoded.size) == 0;
        free(expected);
    }
    gnutls_free(decoded.data);
    return same;
}

static bool header_accepts(const struct auth *auth, const char *header)
{
    if (strncasecmp(header, "Basic ", 6) == 0)
        return basic_accepts(auth, header + 6);
    if (strncasecmp(header, "Bearer ", 7) == 0)
        return strcmp(header + 7, auth->key) == 0;
    return false;
}

/* A session dies of idleness; how a server says so differs. */
static bool session_accepts(struct auth *auth, const struct quirks *quirks, const char *token,
                            struct answer *answer)
{
    struct session *session = find_session(auth, token);
    int64_t ttl = quirk(quirks, QUIRK_TOKEN_TTL);

    if (strcmp(token, auth->key) == 0)
        return true;
    if (session && now() - session->used <= (double)(ttl ? ttl : USUAL_TTL)) {
        session->used = now();
        return true;
    }
    if (session)
        memset(session, 0, sizeof(*session));
    return answer_error(answer, (int)quirk(quirks, QUIRK_TOKEN_EXPIRED), "Login required");
}

bool auth_accepts(struct auth *auth, const struct quirks *quirks, const struct request *request,
                  struct answer *answer)
{
    if (request->authorization && header_accepts(auth, request->authorization))
        return true;
    if (request->session_token)
        return session_accepts(auth, quirks, request->session_token, answer);
    return answer_error(answer, 401, request->authorization ? "Login failed" : "Login required");
}

static struct session *oldest_session(struct auth *auth)
{
    struct session *oldest = &auth->sessions[0];

    for (int index = 0; index < MOST_SESSIONS; index++) {
        struct session *session = &auth->sessions[index];

        if (!*session->token)
            return session;
        if (session->used < oldest->used)
            oldest = session;
    }
    return oldest;
}

static void start_session(struct auth *auth, struct answer *answer)
{
    struct session *session = oldest_session(auth);
    unsigned char random[(TOKEN_SIZE - 1) / 2];

    (void)gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof(random));
    for (size_t index = 0; index < sizeof(random); index++)
        (void)snprintf(session->token + index * 2, 3, "%02x", random[index]);
    session->used = now();
    answer->status = 201;
    buffer_printf(&answer->body,
                  "{\"location\":\"/sys/tokens/%s\",\"dbpath\":\"tokens/%s\",\"$row\":%llu,"
                  "\"$key\":\"%s\"}",
                  session->token, session->token, (unsigned long long)++auth->made, session->token);
}

void auth_login(struct auth *auth, const struct request *request, struct answer *answer)
{
    cJSON *body = cJSON_Parse(request->body);
    const cJSON *login = cJSON_GetObjectItemCaseSensitive(body, "login");
    const cJSON *password = cJSON_GetObjectItemCaseSensitive(body, "password");

    if (cJSON_IsString(login) && cJSON_IsString(password) &&
        strcmp(login->valuestring, auth->user) == 0 &&
        strcmp(password->valuestring, auth->password) == 0)
        start_session(auth, answer);
    else
        (void)answer_error(answer, 401, "Login failed");
    cJSON_Delete(body);
}

void auth_logout(struct auth *auth, const char *token, struct answer *answer)
{
    struct session *session = find_session(auth, token);

    if (!session) {
        (void)answer_error(answer, 404, "No such file or directory");
        return;
    }
    memset(session, 0, sizeof(*session));
    answer->status = 200;
}
