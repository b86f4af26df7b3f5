/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/login.h"

struct verge_login {
    verge_renew_fn *renew;
    void *argument;
    pthread_mutex_t renewing; /* held while asking; taken before `lock` */
    pthread_mutex_t lock;     /* guards all below */
    char *value;              /* a secret */
    unsigned generation;      /* of the value */
    bool worked;              /* the value has been accepted at least once */
};

struct verge_login *verge_login_new(const struct verge_credentials *credentials,
                                    verge_renew_fn *renew, void *argument,
                                    struct verge_error *error)
{
    if (!verge_credentials_usable(credentials)) {
        verge_error_set(error, EINVAL, "there is neither a key nor a user with a password");
        return NULL;
    }
    struct verge_login *login = calloc(1, sizeof(*login));
    char *value = verge_credentials_authorization(credentials);
    if (!login || !value) {
        verge_error_set(error, ENOMEM, "out of memory");
        verge_secret_free(value);
        free(login);
        return NULL;
    }
    pthread_mutex_init(&login->renewing, NULL);
    pthread_mutex_init(&login->lock, NULL);
    login->renew = renew;
    login->argument = argument;
    login->value = value;
    return login;
}

void verge_login_free(struct verge_login *login)
{
    if (login) {
        verge_secret_free(login->value);
        pthread_mutex_destroy(&login->lock);
        pthread_mutex_destroy(&login->renewing);
        free(login);
    }
}

char *verge_login_value(struct verge_login *login, unsigned *generation)
{
    pthread_mutex_lock(&login->lock);
    char *value = strdup(login->value);
    *generation = login->generation;
    pthread_mutex_unlock(&login->lock);
    return value;
}

void verge_login_worked(struct verge_login *login, unsigned generation)
{
    pthread_mutex_lock(&login->lock);
    login->worked = login->worked || login->generation == generation;
    pthread_mutex_unlock(&login->lock);
}

/* The value of the credentials that `renew` has; NULL when they are no others. */
static char *ask(struct verge_login *login)
{
    struct verge_credentials credentials;
    verge_credentials_init(&credentials);
    char *value = login->renew(login->argument, &credentials)
                      ? verge_credentials_authorization(&credentials)
                      : NULL;
    verge_credentials_free(&credentials);
    return value;
}

/* Takes the new value over; it has to prove itself first. */
static void replace(struct verge_login *login, char *value_take)
{
    pthread_mutex_lock(&login->lock);
    verge_secret_free(login->value);
    login->value = value_take;
    login->generation++;
    login->worked = false;
    pthread_mutex_unlock(&login->lock);
}

bool verge_login_renew(struct verge_login *login, unsigned generation)
{
    pthread_mutex_lock(&login->renewing);
    pthread_mutex_lock(&login->lock);
    bool newer = login->generation != generation;
    bool may_ask = !newer && login->worked && login->renew;
    pthread_mutex_unlock(&login->lock);
    char *value = may_ask ? ask(login) : NULL;
    if (value) {
        replace(login, value);
        newer = true;
    }
    pthread_mutex_unlock(&login->renewing);
    return newer;
}
