/* SPDX-License-Identifier: MIT */
/*
 * Who we are to the server, as the value of a header, and when that may be asked for anew: only
 * after it has worked, and once, for repeated bad logins can lock an account (vergeos-api §1.2).
 */
#ifndef VERGE_LOGIN_H
#define VERGE_LOGIN_H

#include "lib/credentials.h"

struct verge_login;

/* As `renew` of the client's options; may be NULL. */
typedef bool verge_renew_fn(void *argument, struct verge_credentials *credentials);

/* NULL with the error set when the credentials are not usable or memory ran out. */
struct verge_login *verge_login_new(const struct verge_credentials *credentials,
                                    verge_renew_fn *renew, void *argument,
                                    struct verge_error *error);
void verge_login_free(struct verge_login *login);

/*
 * The header's value as it is now, a secret for verge_secret_free; NULL when memory ran out.
 * *generation is to be named when it is told how it went.
 */
char *verge_login_value(struct verge_login *login, unsigned *generation);

/* A request with that value succeeded. */
void verge_login_worked(struct verge_login *login, unsigned generation);

/*
 * A request with that value was refused: returns whether there is a newer one to try. However many
 * threads come here at once, `renew` is called by one, and the others get what it got. It is not
 * called again until the value it gave has worked; where it gave none, the next refusal asks again.
 */
bool verge_login_renew(struct verge_login *login, unsigned generation);

#endif
