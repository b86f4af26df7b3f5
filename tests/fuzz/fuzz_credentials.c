/* SPDX-License-Identifier: MIT */
/*
 * Credentials: a digit, then a file of them, or a host. Of the file nothing is ever repeated in an
 * error, and what is secret is hidden wherever it stands; a host is reached by https alone.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/credentials.h"
#include "tests/fuzz/fuzz.h"

FUZZ_RUNS(20000);

/* A file in memory, and its path. */
static int make_file(const char *bytes, size_t length, char path[64])
{
    int fd = memfd_create("credentials", MFD_CLOEXEC);

    must(fd >= 0 && fchmod(fd, 0600) == 0);
    must(write(fd, bytes, length) == (ssize_t)length);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static void check_value(const char *value)
{
    for (; value && *value; value++)
        must(!iscntrl((unsigned char)*value));
}

/* A server repeats what it was sent, amid other words. */
static void check_hiding(const char *authorization, const char *secret)
{
    size_t size = strlen(secret);
    char *said = malloc(size + 9), *hidden = malloc(size + 1);

    must(said && hidden);
    snprintf(said, size + 9, "Key %s!", secret);
    size_t length = strlen(said);
    char *bytes = fuzz_copy(said, length);
    verge_credentials_hide(authorization, bytes, length);
    memset(hidden, '*', size);
    must(size == 0 || memcmp(bytes + 4, secret, size) != 0 || memcmp(secret, hidden, size) == 0);
    free(bytes);
    free(said);
    free(hidden);
}

static void check_login(const struct verge_credentials *credentials)
{
    char *authorization = verge_credentials_authorization(credentials);

    must((authorization != NULL) == verge_credentials_usable(credentials));
    if (!authorization)
        return;
    check_value(authorization);
    must(strncmp(authorization, credentials->token ? "Bearer " : "Basic ", 6) == 0);
    check_hiding(authorization, credentials->token ? credentials->token : credentials->password);
    check_hiding(authorization, strchr(authorization, ' ') + 1);
    verge_secret_free(authorization);
}

static bool in_range(const struct verge_credentials *credentials)
{
    return credentials->verify_tls >= -1 && credentials->verify_tls <= 1 &&
           credentials->retries >= -1 && credentials->retries <= 999 &&
           credentials->timeout < 1e6 && credentials->retry_backoff < 1e6;
}

/* "PATH:LINE: the value of KEY makes no sense" and its like: nothing of the bytes. */
static void check_words(const char *text, const char *path)
{
    must(strncmp(text, path, strlen(path)) == 0);
    const char *at = text + strlen(path);
    at += *at == ':' ? 1 + strspn(at + 1, "0123456789") : 0;
    must(strncmp(at, ": no KEY=value (", 16) == 0 || strncmp(at, ": the value of VERGE", 20) == 0);
}

static void check_file(struct fuzz *fuzz)
{
    size_t length;
    char *bytes = fuzz_rest(fuzz, &length), path[64];
    int fd = make_file(bytes, length, path);
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;

    verge_credentials_init(&credentials);
    int result = verge_credentials_read_file(&credentials, path, &error);
    must(result == 0 || result == -EINVAL);
    must(result == 0 || error.errnum == EINVAL);
    if (result < 0)
        check_words(error.text, path);
    check_value(credentials.host);
    check_value(credentials.username);
    check_value(credentials.password);
    check_value(credentials.token);
    must(in_range(&credentials));
    must(!credentials.username || !strchr(credentials.username, ':'));
    check_login(&credentials);
    verge_credentials_free(&credentials);
    close(fd);
    free(bytes);
}

static void check_host(struct fuzz *fuzz)
{
    char *host = fuzz_rest_string(fuzz), *url = NULL;
    struct verge_error error = VERGE_ERROR_INIT;
    int result = verge_host_url(host, &url, &error);

    must(result == 0 || result == -EINVAL);
    must((result == 0) == (url != NULL));
    if (url) {
        bool plain = strncmp(url, "http://", 7) == 0;
        const char *name = url + (plain ? 7 : 8);
        must(plain || strncmp(url, "https://", 8) == 0);
        must(!plain || strncasecmp(name, "localhost", 9) == 0 || strncmp(name, "127.", 4) == 0 ||
             *name == '[');
        must(*name && !strpbrk(name, "/@?# \t\r\n\\%\"'"));
        must(strspn(name, "[]:.-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
             strlen(name));
        char *again = NULL;
        must(verge_host_url(url, &again, &error) == 0 && strcmp(again, url) == 0);
        free(again);
    }
    free(url);
    free(host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = {data, size};

    if (fuzz_choice(&fuzz, 2) == 0)
        check_file(&fuzz);
    else
        check_host(&fuzz);
    return 0;
}
