/* SPDX-License-Identifier: MIT */
/*
 * Who may in: a user with a password (Basic), an API key (Bearer), or a session token made by
 * POST /api/sys/tokens. The simulator's `data` lock guards it.
 */
#ifndef SIMULATOR_AUTH_H
#define SIMULATOR_AUTH_H

#include "tests/simulator/answer.h"
#include "tests/simulator/quirks.h"
#include "tests/simulator/request.h"

struct auth;

struct auth *auth_new(const char *user, const char *password, const char *key);
void auth_free(struct auth *auth);

/* What was given at the start is good again, and no session is. */
void auth_reset(struct auth *auth);

void auth_set_password(struct auth *auth, const char *password);
void auth_set_key(struct auth *auth, const char *key);
void auth_expire_sessions(struct auth *auth);

/* False, with the refusal in `answer`, if the request's credentials are none or no good. */
bool auth_accepts(struct auth *auth, const struct quirks *quirks, const struct request *request,
                  struct answer *answer);

/* POST /api/sys/tokens and DELETE /api/sys/tokens/TOKEN */
void auth_login(struct auth *auth, const struct request *request, struct answer *answer);
void auth_logout(struct auth *auth, const char *token, struct answer *answer);

#endif
