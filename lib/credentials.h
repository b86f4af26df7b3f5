/* SPDX-License-Identifier: MIT */
/*
 * Where the system is and how to prove who we are: host, key, user, password, TLS settings, from a
 * file of KEY=value lines and from the environment. The only room that holds a secret; nothing here
 * is ever printed.
 *
 * Keys and variables are those of the vendor's tools, both spellings (spec §6, vergeos-api §1.5):
 *   VERGE_HOST VERGE_USERNAME VERGE_PASSWORD VERGE_TOKEN VERGE_API_KEY VERGE_VERIFY_SSL
 * VERGE_TIMEOUT VERGE_RETRY_TOTAL VERGE_RETRY_BACKOFF and VERGEOS_HOST VERGEOS_USERNAME
 * VERGEOS_PASSWORD VERGEOS_API_KEY VERGEOS_VERIFY_SSL VERGEOS_TIMEOUT VERGEOS_INSECURE.
 */
#ifndef VERGE_CREDENTIALS_H
#define VERGE_CREDENTIALS_H

#include <stdbool.h>

#include "lib/error.h"

struct verge_credentials {
    char *host;     /* as given: name, name:port or URL */
    char *username; /* secrets from here on are wiped when freed */
    char *password;
    char *token;          /* an API key; wins over user and password */
    int verify_tls;       /* 1, 0, or -1 when nothing was said */
    double timeout;       /* seconds; < 0: not said */
    int retries;          /* < 0: not said */
    double retry_backoff; /* seconds; < 0: not said */
    char *source;         /* path of the file they came from; NULL for the environment */
};

/* Members as if nothing was said. */
void verge_credentials_init(struct verge_credentials *credentials);

/* Wipes and frees the members. */
void verge_credentials_free(struct verge_credentials *credentials);

/*
 * Reads a file of KEY=value lines (comments with #, optional `export `, quotes and backslashes as a
 * shell and systemd read them; white space within a bare value, which they read differently, is
 * refused). Unknown keys are ignored; of a key said twice the last line counts. Only what is still
 * unset is filled, so that who is asked first wins; `source` becomes the path if some of user,
 * password and token came from it. -EACCES when group or others can read or write the file or it
 * belongs to another user than root or the caller, -EINVAL with the line's number when a line is no
 * KEY=value or its value makes no sense (never with its content), -EFBIG above 64 KiB, or the errno
 * of opening it.
 */
int verge_credentials_read_file(struct verge_credentials *credentials, const char *path,
                                struct verge_error *error);

/* Reads the environment; VERGE_… wins over VERGEOS_…. -EINVAL for a value that makes no sense
 * (the variable is named, its value is not). */
int verge_credentials_read_environment(struct verge_credentials *credentials,
                                       struct verge_error *error);

/* Takes the login out of the environment, for good: /proc/PID/environ shows where it was, and child
 * processes inherit the rest. What was read stays. For the program's one thread at its start. */
void verge_credentials_clear_environment(void);

/* "$XDG_CONFIG_HOME/vergefs/credentials" or "~/.config/vergefs/credentials"; caller frees; NULL
 * when neither variable is set or memory ran out. */
char *verge_credentials_default_path(void);

/* True when there is a key, or a user and a password. */
bool verge_credentials_usable(const struct verge_credentials *credentials);

/*
 * The value of the Authorization header: "Bearer KEY" or "Basic BASE64". Caller wipes and frees
 * (verge_secret_free). NULL when memory ran out or the credentials are not usable.
 */
char *verge_credentials_authorization(const struct verge_credentials *credentials);
void verge_secret_free(char *secret);

/* Puts asterisks over what is secret in such a value, wherever it stands in the bytes: the key, or
 * the password and what encodes it. Servers repeat what they were sent. */
void verge_credentials_hide(const char *authorization, char *bytes, size_t length);

/*
 * Normalises a host as a user may write it ("vergeos", "10.0.0.1:8443", "https://x/", "[::1]:443",
 * "fe80::1") into "https://name[:port]". http:// is refused with -EINVAL except to a loopback
 * address (localhost, 127.0.0.0/8, ::1), where it is kept; so are user info, a path, a query. The
 * error never repeats the host. Caller frees *url.
 */
int verge_host_url(const char *host, char **url, struct verge_error *error);

#endif
