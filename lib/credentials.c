/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/credentials.h"
#include "lib/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FILE_LIMIT 65536

/* Reads one value into its member, which is still unset; false when it makes no sense. */
typedef bool assign_fn(void *member, const char *value);
typedef bool is_set_fn(const void *member);

struct kind {
    assign_fn *assign;
    is_set_fn *is_set;
};

static bool text_is_set(const void *member)
{
    return *(char *const *)member != NULL;
}

static bool integer_is_set(const void *member)
{
    return *(const int *)member >= 0;
}

static bool seconds_are_set(const void *member)
{
    return *(const double *)member >= 0;
}

/* Control bytes could end a header line. */
static bool text_assign(void *member, const char *value)
{
    for (const char *c = value; *c; c++) {
        if (iscntrl((unsigned char)*c)) {
            return false;
        }
    }
    *(char **)member = strdup(value);
    return *(char **)member != NULL;
}

/* Basic authentication ends the user's name at the first colon. */
static bool username_assign(void *member, const char *value)
{
    return !strchr(value, ':') && text_assign(member, value);
}

static bool boolean_assign(void *member, const char *value)
{
    static const char *const words[][2] = {
        {"false", "true"}, {"0", "1"}, {"no", "yes"}, {"off", "on"}, {"n", "y"}};
    for (size_t i = 0; i < COUNT(words) * 2; i++) {
        if (strcasecmp(value, words[i / 2][i % 2]) == 0) {
            *(int *)member = (int)(i % 2);
            return true;
        }
    }
    return false;
}

static bool opposite_assign(void *member, const char *value)
{
    if (!boolean_assign(member, value)) {
        return false;
    }
    *(int *)member = !*(int *)member;
    return true;
}

/* Decimal digits, with a fraction or without. */
static bool seconds_assign(void *member, const char *value)
{
    size_t whole = strspn(value, "0123456789");
    const char *rest = value + whole + (value[whole] == '.');
    if (!whole || whole > 6 || strspn(rest, "0123456789") != strlen(rest)) {
        return false;
    }
    *(double *)member = strtod(value, NULL);
    return true;
}

static bool timeout_assign(void *member, const char *value)
{
    double seconds = 0;
    if (!seconds_assign(&seconds, value) || seconds <= 0) {
        return false;
    }
    *(double *)member = seconds;
    return true;
}

static bool count_assign(void *member, const char *value)
{
    if (!*value || strlen(value) > 3 || strspn(value, "0123456789") != strlen(value)) {
        return false;
    }
    *(int *)member = (int)strtol(value, NULL, 10);
    return true;
}

static const struct kind text_kind = {text_assign, text_is_set};
static const struct kind username_kind = {username_assign, text_is_set};
static const struct kind boolean_kind = {boolean_assign, integer_is_set};
static const struct kind opposite_kind = {opposite_assign, integer_is_set};
static const struct kind seconds_kind = {seconds_assign, seconds_are_set};
static const struct kind timeout_kind = {timeout_assign, seconds_are_set};
static const struct kind count_kind = {count_assign, integer_is_set};

#define MEMBER(name) offsetof(struct verge_credentials, name)

/* In order of precedence among the names of one member. `proof`: who we are comes from here. */
static const struct key {
    const char *name;
    size_t member;
    const struct kind *kind;
    bool proof;
} keys[] = {
    {"VERGE_HOST", MEMBER(host), &text_kind, false},
    {"VERGEOS_HOST", MEMBER(host), &text_kind, false},
    {"VERGE_USERNAME", MEMBER(username), &username_kind, true},
    {"VERGEOS_USERNAME", MEMBER(username), &username_kind, true},
    {"VERGE_PASSWORD", MEMBER(password), &text_kind, true},
    {"VERGEOS_PASSWORD", MEMBER(password), &text_kind, true},
    {"VERGE_TOKEN", MEMBER(token), &text_kind, true},
    {"VERGE_API_KEY", MEMBER(token), &text_kind, true},
    {"VERGEOS_API_KEY", MEMBER(token), &text_kind, true},
    {"VERGE_VERIFY_SSL", MEMBER(verify_tls), &boolean_kind, false},
    {"VERGEOS_VERIFY_SSL", MEMBER(verify_tls), &boolean_kind, false},
    {"VERGEOS_INSECURE", MEMBER(verify_tls), &opposite_kind, false},
    {"VERGE_TIMEOUT", MEMBER(timeout), &timeout_kind, false},
    {"VERGEOS_TIMEOUT", MEMBER(timeout), &timeout_kind, false},
    {"VERGE_RETRY_TOTAL", MEMBER(retries), &count_kind, false},
    {"VERGE_RETRY_BACKOFF", MEMBER(retry_backoff), &seconds_kind, false},
};

/* What was said for one key. */
struct saying {
    char *value; /* a secret; NULL or "" for nothing */
    size_t line; /* of a file, from 1 */
};

struct said {
    struct saying of[COUNT(keys)];
};

void verge_secret_free(char *secret)
{
    if (secret) {
        explicit_bzero(secret, strlen(secret));
        free(secret);
    }
}

static void said_free(struct said *said)
{
    for (size_t i = 0; i < COUNT(keys); i++) {
        verge_secret_free(said->of[i].value);
    }
}

void verge_credentials_init(struct verge_credentials *credentials)
{
    *credentials = (struct verge_credentials){
        .verify_tls = -1, .timeout = -1, .retries = -1, .retry_backoff = -1};
}

void verge_credentials_free(struct verge_credentials *credentials)
{
    free(credentials->host);
    free(credentials->source);
    verge_secret_free(credentials->username);
    verge_secret_free(credentials->password);
    verge_secret_free(credentials->token);
    verge_credentials_init(credentials);
}

/* Fills what is still unset; *proved tells whether that was some of who we are. */
static int fill(struct verge_credentials *credentials, const struct said *said, const char *path,
                bool *proved, struct verge_error *error)
{
    for (size_t i = 0; i < COUNT(keys); i++) {
        const char *value = said->of[i].value;
        char *member = (char *)credentials + keys[i].member;
        if (!value || !*value || keys[i].kind->is_set(member)) {
            continue;
        }
        errno = 0;
        if (!keys[i].kind->assign(member, value)) {
            if (errno == ENOMEM) {
                return verge_error_set(error, ENOMEM, "out of memory");
            }
            return path ? verge_error_set(error, EINVAL, "%s:%zu: the value of %s makes no sense",
                                          path, said->of[i].line, keys[i].name)
                        : verge_error_set(error, EINVAL, "the value of %s makes no sense",
                                          keys[i].name);
        }
        *proved = *proved || keys[i].proof;
    }
    return 0;
}

int verge_credentials_read_environment(struct verge_credentials *credentials,
                                       struct verge_error *error)
{
    struct said said = {0};
    bool proved = false;
    int rc = 0;
    for (size_t i = 0; i < COUNT(keys) && !rc; i++) {
        const char *value = getenv(keys[i].name);
        said.of[i].value = value ? strdup(value) : NULL;
        if (value && !said.of[i].value) {
            rc = verge_error_set(error, ENOMEM, "out of memory");
        }
    }
    rc = rc ? rc : fill(credentials, &said, NULL, &proved, error);
    said_free(&said);
    return rc;
}

void verge_credentials_clear_environment(void)
{
    for (size_t i = 0; i < COUNT(keys); i++) {
        char *value = keys[i].proof ? getenv(keys[i].name) : NULL;
        if (value) {
            explicit_bzero(value, strlen(value));
            unsetenv(keys[i].name);
        }
    }
}

static int unusable(struct verge_error *error, int errnum, const char *path, const char *why)
{
    return verge_error_set(error, errnum, "%s: %s", path, why);
}

/* Opens the file if it is one that holds secrets well; returns its descriptor. */
static int open_private(const char *path, struct verge_error *error)
{
    /* Not to hang on a FIFO; of no effect on a file. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;
    int rc = 0;
    if (fd < 0 || fstat(fd, &status) != 0) {
        rc = unusable(error, errno, path, strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        rc = unusable(error, S_ISDIR(status.st_mode) ? EISDIR : EINVAL, path, "is no file");
    } else if (status.st_uid != 0 && status.st_uid != geteuid()) {
        rc = unusable(error, EACCES, path, "belongs to another user");
    } else if (status.st_mode & (S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH)) {
        rc = unusable(error, EACCES, path, "others can read or change it; chmod 600 it");
    }
    if (rc && fd >= 0) {
        close(fd);
    }
    return rc ? rc : fd;
}

/* Reads it all into `room`; returns the length, which is `size` for a file that did not fit. */
static ssize_t read_all(int fd, char *room, size_t size)
{
    size_t length = 0;
    while (length < size) {
        ssize_t n = read(fd, room + length, size - length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -errno;
        }
        if (n == 0) {
            break;
        }
        length += (size_t)n;
    }
    return (ssize_t)length;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static char *skip_blanks(char *at)
{
    while (is_blank(*at)) {
        at++;
    }
    return at;
}

/* Copies up to the closing quote, which is passed; false when there is none. */
static bool unquote(char **from, char **to)
{
    char quote = *(*from)++;
    while (**from != quote) {
        if (quote == '"' && **from == '\\' && (*from)[1] && strchr("\"\\`$", (*from)[1])) {
            ++*from;
        }
        if (!**from) {
            return false;
        }
        *(*to)++ = *(*from)++;
    }
    ++*from;
    return true;
}

/*
 * Takes the quotes off in place. What a shell and systemd would read differently is refused: white
 * space within a bare value, which one takes for its end and the other for a part of it.
 */
static bool unquote_value(char *value)
{
    char *from = value;
    char *to = value;
    while (*from && !is_blank(*from)) {
        if (*from == '"' || *from == '\'') {
            if (!unquote(&from, &to)) {
                return false;
            }
            continue;
        }
        from += *from == '\\' && from[1];
        *to++ = *from++;
    }
    bool done = *skip_blanks(from) == '\0';
    *to = '\0';
    return done;
}

/* Where the value of a key belongs; NULL for a key that is not ours. */
static struct saying *said_find(struct said *said, const char *name, size_t length)
{
    for (size_t i = 0; i < COUNT(keys); i++) {
        if (strncmp(keys[i].name, name, length) == 0 && !keys[i].name[length]) {
            return &said->of[i];
        }
    }
    return NULL;
}

/* One line without its end; changed in place. False when it is no KEY=value. */
static bool read_line(struct said *said, char *line, size_t number)
{
    line = skip_blanks(line);
    if (!*line || *line == '#') {
        return true;
    }
    if (strncmp(line, "export", 6) == 0 && is_blank(line[6])) {
        line = skip_blanks(line + 6);
    }
    size_t length = 0;
    while (isalnum((unsigned char)line[length]) || line[length] == '_') {
        length++;
    }
    if (!length || isdigit((unsigned char)*line) || line[length] != '=') {
        return false;
    }
    struct saying *saying = said_find(said, line, length);
    if (!saying) {
        return true;
    }
    char *value = line + length + 1;
    if (!unquote_value(value)) {
        return false;
    }
    verge_secret_free(saying->value);
    saying->value = strdup(value);
    saying->line = number;
    return saying->value != NULL;
}

/* Returns the number of the first line that is no KEY=value, 0 when all are. */
static size_t read_lines(struct said *said, char *text, size_t length)
{
    char *end = text + length;
    for (size_t number = 1; text < end; number++) {
        char *stop = memchr(text, '\n', (size_t)(end - text));
        stop = stop ? stop : end;
        *stop = '\0';
        if (strlen(text) != (size_t)(stop - text) || !read_line(said, text, number)) {
            return number;
        }
        text = stop + 1;
    }
    return 0;
}

static int read_said(struct said *said, const char *path, struct verge_error *error)
{
    int fd = open_private(path, error);
    if (fd < 0) {
        return fd;
    }
    int rc = 0;
    char *room = malloc(FILE_LIMIT + 2);
    ssize_t length = room ? read_all(fd, room, FILE_LIMIT + 1) : -ENOMEM;
    close(fd);
    if (length < 0) {
        rc = unusable(error, (int)-length, path, strerror((int)-length));
    } else if (length > FILE_LIMIT) {
        rc = unusable(error, EFBIG, path, "is longer than 64 KiB");
    } else {
        errno = 0;
        size_t wrong = read_lines(said, room, (size_t)length);
        if (wrong && errno == ENOMEM) {
            rc = verge_error_set(error, ENOMEM, "out of memory");
        } else if (wrong) {
            rc = verge_error_set(error, EINVAL,
                                 "%s:%zu: no KEY=value (quote a value that holds white space)",
                                 path, wrong);
        }
    }
    if (room) {
        explicit_bzero(room, FILE_LIMIT + 2);
        free(room);
    }
    return rc;
}

int verge_credentials_read_file(struct verge_credentials *credentials, const char *path,
                                struct verge_error *error)
{
    struct said said = {0};
    bool proved = false;
    int rc = read_said(&said, path, error);
    rc = rc ? rc : fill(credentials, &said, path, &proved, error);
    said_free(&said);
    if (!rc && proved && !credentials->source) {
        credentials->source = strdup(path);
        rc = credentials->source ? 0 : verge_error_set(error, ENOMEM, "out of memory");
    }
    return rc;
}

char *verge_credentials_default_path(void)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    VERGE_TEXT_LOCAL path = VERGE_TEXT_INIT;
    /* The XDG specification has relative paths ignored. */
    if (config && *config == '/') {
        verge_text_printf(&path, "%s/vergefs/credentials", config);
    } else if (home && *home) {
        verge_text_printf(&path, "%s/.config/vergefs/credentials", home);
    } else {
        return NULL;
    }
    return verge_text_take(&path);
}

bool verge_credentials_usable(const struct verge_credentials *credentials)
{
    return credentials->token || (credentials->username && credentials->password);
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789+/=";

/* Room for 4 * ⌈length / 3⌉ + 1 bytes at `out`. */
static void base64(char *out, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= i + 1 < length ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= i + 2 < length ? bytes[i + 2] : 0;
        *out++ = base64_digits[group >> 18];
        *out++ = base64_digits[group >> 12 & 63];
        *out++ = base64_digits[i + 1 < length ? group >> 6 & 63 : 64];
        *out++ = base64_digits[i + 2 < length ? group & 63 : 64];
    }
    *out = '\0';
}

/* Buffers are of the exact size at once: one that grows would leave secrets behind. */
static char *join(const char *one, const char *other)
{
    size_t length = strlen(one) + strlen(other) + 1;
    char *joined = malloc(length);
    if (joined) {
        snprintf(joined, length, "%s%s", one, other);
    }
    return joined;
}

static char *basic(const char *username, const char *password)
{
    size_t length = strlen(username) + 1 + strlen(password);
    char *plain = malloc(length + 1);
    char *encoded = malloc((length + 2) / 3 * 4 + 1);
    char *value = NULL;
    if (plain && encoded) {
        snprintf(plain, length + 1, "%s:%s", username, password);
        base64(encoded, (const unsigned char *)plain, length);
        value = join("Basic ", encoded);
        explicit_bzero(plain, length);
        explicit_bzero(encoded, strlen(encoded));
    }
    free(plain);
    free(encoded);
    return value;
}

/* The other way round, of what `basic` has encoded; wiped and freed by the caller. */
static char *unbase64(const char *encoded)
{
    char *plain = calloc(strlen(encoded) / 4 * 3 + 3, 1);
    uint32_t bits = 0;
    size_t used = 0;
    for (size_t i = 0; plain && encoded[i] && encoded[i] != '='; i++) {
        bits = bits << 6 | (uint32_t)(strchr(base64_digits, encoded[i]) - base64_digits);
        if (i % 4 > 0) {
            plain[used++] = (char)(bits >> (6 - i % 4 * 2));
        }
    }
    return plain;
}

static void hide(const char *secret, char *bytes, size_t length)
{
    size_t size = strlen(secret);
    char *end = bytes + length;
    char *at = size ? memmem(bytes, length, secret, size) : NULL;
    while (at) {
        memset(at, '*', size);
        at += size;
        at = memmem(at, (size_t)(end - at), secret, size);
    }
}

void verge_credentials_hide(const char *authorization, char *bytes, size_t length)
{
    const char *secret = strchr(authorization, ' ');
    if (!secret || !length) {
        return;
    }
    hide(++secret, bytes, length);
    char *plain = strncmp(authorization, "Basic ", 6) == 0 ? unbase64(secret) : NULL;
    const char *password = plain ? strchr(plain, ':') : NULL;
    if (password) {
        hide(password + 1, bytes, length);
    }
    verge_secret_free(plain);
}

char *verge_credentials_authorization(const struct verge_credentials *credentials)
{
    if (!verge_credentials_usable(credentials)) {
        return NULL;
    }
    return credentials->token ? join("Bearer ", credentials->token)
                              : basic(credentials->username, credentials->password);
}

/* A host as written, taken apart; the parts point into it. */
struct host {
    bool plain; /* http:// */
    const char *name;
    size_t length; /* of the name, without brackets */
    bool v6;
    unsigned port; /* 0: none given */
};

static bool host_scheme(struct host *host, const char **at)
{
    const char *end = strstr(*at, "://");
    if (!end) {
        return true;
    }
    size_t length = (size_t)(end - *at);
    host->plain = length == 4 && strncasecmp(*at, "http", 4) == 0;
    if (!host->plain && !(length == 5 && strncasecmp(*at, "https", 5) == 0)) {
        return false;
    }
    *at = end + 3;
    return true;
}

/* A name, an IPv4 address, an IPv6 address in brackets, or one without that is all there is. */
static bool host_name(struct host *host, const char **at)
{
    bool bracketed = **at == '[';
    host->name = *at + bracketed;
    size_t v6 = strspn(host->name, "0123456789abcdefABCDEF:.");
    host->v6 =
        bracketed || (!host->name[v6] && strchr(host->name, ':') != strrchr(host->name, ':'));
    host->length = host->v6 ? v6
                            : strspn(host->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                 "abcdefghijklmnopqrstuvwxyz0123456789._-");
    *at = host->name + host->length;
    if (bracketed && *(*at)++ != ']') {
        return false;
    }
    return host->length > 0 && host->length <= 253 && *host->name != '-';
}

static bool host_port(struct host *host, const char **at)
{
    if (**at != ':') {
        return true;
    }
    size_t digits = strspn(++*at, "0123456789");
    if (!digits || digits > 5) {
        return false;
    }
    host->port = (unsigned)strtoul(*at, NULL, 10);
    *at += digits;
    return host->port > 0 && host->port <= 65535;
}

static bool is_loopback(const struct host *host, const char *name)
{
    struct in6_addr v6;
    struct in_addr v4;
    if (host->v6) {
        return inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
    }
    return strcasecmp(name, "localhost") == 0 ||
           (inet_pton(AF_INET, name, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

static int host_refuse(struct verge_error *error, const char *why)
{
    /* Not even the host is told: a password may stand in it by mistake. */
    return verge_error_set(error, EINVAL, "the host %s", why);
}

int verge_host_url(const char *text, char **url, struct verge_error *error)
{
    *url = NULL;
    struct host host = {0};
    const char *at = text;
    if (!host_scheme(&host, &at)) {
        return host_refuse(error, "has a scheme other than https");
    }
    if (strchr(at, '@')) {
        return host_refuse(error, "must not hold a user or password");
    }
    if (!host_name(&host, &at) || !host_port(&host, &at) || at[strspn(at, "/")]) {
        return host_refuse(error, "must be a name, name:port or https://name[:port]");
    }
    char name[254];
    struct in6_addr v6;
    snprintf(name, sizeof(name), "%.*s", (int)host.length, host.name);
    if (host.v6 && inet_pton(AF_INET6, name, &v6) != 1) {
        return host_refuse(error, "is no IPv6 address");
    }
    if (host.plain && !is_loopback(&host, name)) {
        return host_refuse(error, "must not be reached by http:// unless it is this machine");
    }
    VERGE_TEXT_LOCAL built = VERGE_TEXT_INIT;
    verge_text_printf(&built, host.v6 ? "%s://[%s]" : "%s://%s", host.plain ? "http" : "https",
                      name);
    if (host.port) {
        verge_text_printf(&built, ":%u", host.port);
    }
    *url = verge_text_take(&built);
    return *url ? 0 : verge_error_set(error, ENOMEM, "out of memory");
}
