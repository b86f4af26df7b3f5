/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/credentials.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A file in the current folder; the caller unlinks it. */
static const char *file_of(const char *content, size_t length)
{
    static char path[32];
    snprintf(path, sizeof(path), "credentials.XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, length), (ssize_t)length);
    close(fd);
    return path;
}

static int read_content(struct verge_credentials *credentials, const char *content,
                        struct verge_error *error)
{
    const char *path = file_of(content, strlen(content));
    int rc = verge_credentials_read_file(credentials, path, error);
    unlink(path);
    return rc;
}

static void clear_environment(void)
{
    static const char *const names[] = {
        "VERGE_HOST",          "VERGE_USERNAME",     "VERGE_PASSWORD",   "VERGE_TOKEN",
        "VERGE_API_KEY",       "VERGE_VERIFY_SSL",   "VERGE_TIMEOUT",    "VERGE_RETRY_TOTAL",
        "VERGE_RETRY_BACKOFF", "VERGEOS_HOST",       "VERGEOS_USERNAME", "VERGEOS_PASSWORD",
        "VERGEOS_API_KEY",     "VERGEOS_VERIFY_SSL", "VERGEOS_TIMEOUT",  "VERGEOS_INSECURE"};
    for (size_t i = 0; i < COUNT(names); i++) {
        unsetenv(names[i]);
    }
}

START_TEST(nothing_said)
{
    clear_environment();
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;
    verge_credentials_init(&credentials);
    ck_assert_int_eq(verge_credentials_read_environment(&credentials, &error), 0);
    ck_assert_ptr_null(credentials.host);
    ck_assert_ptr_null(credentials.token);
    ck_assert_ptr_null(credentials.source);
    ck_assert_int_eq(credentials.verify_tls, -1);
    ck_assert_int_eq(credentials.retries, -1);
    ck_assert_double_lt(credentials.timeout, 0);
    ck_assert_double_lt(credentials.retry_backoff, 0);
    ck_assert(!verge_credentials_usable(&credentials));
    ck_assert_ptr_null(verge_credentials_authorization(&credentials));
    verge_credentials_free(&credentials);
}
END_TEST

START_TEST(every_key)
{
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;
    verge_credentials_init(&credentials);
    int rc = read_content(&credentials,
                          "# a comment\n"
                          "\n"
                          "  export VERGE_HOST=vergeos.example:8443\r\n"
                          "VERGE_USERNAME='admin user'\n"
                          "VERGE_PASSWORD=\"p\\\"a\\\\s\\$\\x'\"\n"
                          "\tVERGE_TOKEN=a\\ b'c'\"d\"  \n"
                          "VERGE_VERIFY_SSL=No\n"
                          "VERGE_TIMEOUT=2.5\n"
                          "VERGE_RETRY_TOTAL=0\n"
                          "VERGE_RETRY_BACKOFF=0.25\n"
                          "SOMETHING_ELSE=not ours at all \"\n"
                          "VERGE_TOKE=x\n",
                          &error);
    ck_assert_msg(rc == 0, "%s", error.text);
    ck_assert_str_eq(credentials.host, "vergeos.example:8443");
    ck_assert_str_eq(credentials.username, "admin user");
    ck_assert_str_eq(credentials.password, "p\"a\\s$\\x'");
    ck_assert_str_eq(credentials.token, "a bcd");
    ck_assert_int_eq(credentials.verify_tls, 0);
    ck_assert_double_eq(credentials.timeout, 2.5);
    ck_assert_int_eq(credentials.retries, 0);
    ck_assert_double_eq(credentials.retry_backoff, 0.25);
    ck_assert_mem_eq(credentials.source, "credentials.", 12);
    verge_credentials_free(&credentials);
    ck_assert_ptr_null(credentials.token);
    ck_assert_int_eq(credentials.verify_tls, -1);
}
END_TEST

START_TEST(other_spellings)
{
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;
    verge_credentials_init(&credentials);
    ck_assert_int_eq(read_content(&credentials,
                                  "VERGEOS_HOST=h\nVERGEOS_USERNAME=u\nVERGEOS_PASSWORD=p\n"
                                  "VERGEOS_API_KEY=k\nVERGEOS_INSECURE=1\nVERGEOS_TIMEOUT=7",
                                  &error),
                     0);
    ck_assert_str_eq(credentials.host, "h");
    ck_assert_str_eq(credentials.username, "u");
    ck_assert_str_eq(credentials.password, "p");
    ck_assert_str_eq(credentials.token, "k");
    ck_assert_int_eq(credentials.verify_tls, 0);
    ck_assert_double_eq(credentials.timeout, 7);
    verge_credentials_free(&credentials);
}
END_TEST

START_TEST(who_is_asked_first_wins)
{
    clear_environment();
    setenv("VERGE_HOST", "from-environment", 1);
    setenv("VERGEOS_HOST", "vergeos", 1);
    setenv("VERGEOS_USERNAME", "user", 1);
    setenv("VERGE_PASSWORD", "", 1);
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;
    verge_credentials_init(&credentials);
    ck_assert_int_eq(verge_credentials_read_environment(&credentials, &error), 0);
    ck_assert_str_eq(credentials.host, "from-environment");
    ck_assert_ptr_null(credentials.password);
    ck_assert_int_eq(read_content(&credentials, "VERGE_HOST=file\nVERGE_TIMEOUT=5\n", &error), 0);
    ck_assert_str_eq(credentials.host, "from-environment");
    ck_assert_double_eq(credentials.timeout, 5);
    ck_assert_ptr_null(credentials.source);
    ck_assert_int_eq(read_content(&credentials,
                                  "VERGE_USERNAME=file\nVERGEOS_PASSWORD=old\n"
                                  "VERGE_PASSWORD=first\nVERGE_PASSWORD=last\n",
                                  &error),
                     0);
    ck_assert_str_eq(credentials.username, "user");
    ck_assert_str_eq(credentials.password, "last");
    ck_assert_ptr_nonnull(credentials.source);
    verge_credentials_free(&credentials);
}
END_TEST

/* Each line is refused, by its number and without its content. */
START_TEST(wrong_lines)
{
    static const char *const lines[] = {
        "s3cret",
        "VERGE_TOKEN s3cret",
        "VERGE_TOKEN = s3cret",
        "VERGE_TOKEN=s3cret # comment",
        "VERGE_TOKEN='s3cret",
        "VERGE_TOKEN=\"s3cret\\\"",
        "VERGE_TOKEN='a'b c s3cret",
        "=s3cret",
        "1A=s3cret",
        "export s3cret",
        "VERGE_TIMEOUT=s3cret",
        "VERGE_TIMEOUT=0",
        "VERGE_TIMEOUT=-1",
        "VERGE_TIMEOUT=1e3",
        "VERGE_TIMEOUT=nan",
        "VERGE_TIMEOUT=1234567",
        "VERGE_VERIFY_SSL=s3cret",
        "VERGE_RETRY_TOTAL=1.5",
        "VERGE_RETRY_TOTAL=1000",
        "VERGE_RETRY_BACKOFF=.5",
        "VERGE_USERNAME=a:s3cret",
        "VERGE_TOKEN=s3cret\x01",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        char content[200];
        snprintf(content, sizeof(content), "# one\n\n%s\nVERGE_HOST=x\n", lines[i]);
        struct verge_credentials credentials;
        struct verge_error error = VERGE_ERROR_INIT;
        verge_credentials_init(&credentials);
        int rc = read_content(&credentials, content, &error);
        ck_assert_msg(rc == -EINVAL && error.errnum == EINVAL, "%s gives %d", lines[i], rc);
        ck_assert_msg(strstr(error.text, ":3:") != NULL, "%s", error.text);
        ck_assert_ptr_null(strstr(error.text, "s3cret"));
        verge_credentials_free(&credentials);
    }
}
END_TEST

START_TEST(wrong_environment)
{
    clear_environment();
    setenv("VERGEOS_TIMEOUT", "s3cret", 1);
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;
    verge_credentials_init(&credentials);
    ck_assert_int_eq(verge_credentials_read_environment(&credentials, &error), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error.text, "VERGEOS_TIMEOUT"));
    ck_assert_ptr_null(strstr(error.text, "s3cret"));
    unsetenv("VERGEOS_TIMEOUT");
    setenv("VERGE_TOKEN", "s3cret\r\nX-Evil: 1", 1);
    ck_assert_int_eq(verge_credentials_read_environment(&credentials, &error), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error.text, "VERGE_TOKEN"));
    ck_assert_ptr_null(strstr(error.text, "s3cret"));
    verge_credentials_free(&credentials);
}
END_TEST

START_TEST(a_nul_is_no_line)
{
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;
    verge_credentials_init(&credentials);
    const char *path = file_of("VERGE_TOKEN=a\0b\n", 16);
    ck_assert_int_eq(verge_credentials_read_file(&credentials, path, &error), -EINVAL);
    unlink(path);
    verge_credentials_free(&credentials);
}
END_TEST

/* Modes that others could make use of. */
START_TEST(a_file_of_others_is_refused)
{
    static const struct {
        mode_t mode;
        int rc;
    } rows[] = {{0600, 0},       {0400, 0},       {0700, 0},       {0640, -EACCES},
                {0604, -EACCES}, {0620, -EACCES}, {0602, -EACCES}, {0611, 0}};
    const char *path = file_of("VERGE_TOKEN=s3cret\n", 19);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct verge_credentials credentials;
        struct verge_error error = VERGE_ERROR_INIT;
        verge_credentials_init(&credentials);
        chmod(path, rows[i].mode);
        ck_assert_int_eq(verge_credentials_read_file(&credentials, path, &error), rows[i].rc);
        ck_assert_int_eq(credentials.token != NULL, rows[i].rc == 0);
        verge_credentials_free(&credentials);
    }
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;
    verge_credentials_init(&credentials);
    chmod(path, 0600);
    /* Only root can give a file away; then it is root's reading it that is refused. */
    if (chown(path, 12345, (gid_t)-1) == 0) {
        ck_assert_int_eq(verge_credentials_read_file(&credentials, path, &error), -EACCES);
    }
    unlink(path);
    ck_assert_int_eq(verge_credentials_read_file(&credentials, path, &error), -ENOENT);
    ck_assert_int_eq(verge_credentials_read_file(&credentials, "/", &error), -EISDIR);
    ck_assert_int_eq(verge_credentials_read_file(&credentials, "/dev/null", &error), -EINVAL);
    verge_credentials_free(&credentials);
}
END_TEST

START_TEST(size_limit)
{
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;
    static char content[65537];
    memset(content, '#', sizeof(content));
    for (size_t length = 65536; length <= 65537; length++) {
        verge_credentials_init(&credentials);
        const char *path = file_of(content, length);
        ck_assert_int_eq(verge_credentials_read_file(&credentials, path, &error),
                         length > 65536 ? -EFBIG : 0);
        unlink(path);
        verge_credentials_free(&credentials);
    }
}
END_TEST

START_TEST(default_path)
{
    setenv("XDG_CONFIG_HOME", "/config", 1);
    setenv("HOME", "/home/me", 1);
    char *path = verge_credentials_default_path();
    ck_assert_str_eq(path, "/config/vergefs/credentials");
    free(path);
    setenv("XDG_CONFIG_HOME", "relative", 1);
    path = verge_credentials_default_path();
    ck_assert_str_eq(path, "/home/me/.config/vergefs/credentials");
    free(path);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("HOME");
    ck_assert_ptr_null(verge_credentials_default_path());
}
END_TEST

START_TEST(authorization)
{
    static const struct {
        const char *token, *username, *password, *value;
    } rows[] = {
        {"key", "u", "p", "Bearer key"},
        {NULL, "Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
        {NULL, "u", "pw", "Basic dTpwdw=="},
        {NULL, "u", "pwd", "Basic dTpwd2Q="},
        {NULL, "u", "pwd1", "Basic dTpwd2Qx"},
        {NULL, "u", "\xc3\xbf\xc3\xbe", "Basic dTrDv8O+"},
        {NULL, "u", NULL, NULL},
        {NULL, NULL, "p", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct verge_credentials credentials;
        verge_credentials_init(&credentials);
        credentials.token = rows[i].token ? strdup(rows[i].token) : NULL;
        credentials.username = rows[i].username ? strdup(rows[i].username) : NULL;
        credentials.password = rows[i].password ? strdup(rows[i].password) : NULL;
        ck_assert_int_eq(verge_credentials_usable(&credentials), rows[i].value != NULL);
        char *value = verge_credentials_authorization(&credentials);
        ck_assert_pstr_eq(value, rows[i].value);
        verge_secret_free(value);
        verge_credentials_free(&credentials);
    }
}
END_TEST

START_TEST(what_is_secret_is_hidden)
{
    static const struct {
        const char *authorization, *said, *hidden;
    } rows[] = {
        {"Bearer k3y", "k3y and k3y, not k3", "*** and ***, not k3"},
        {"Bearer ***", "*** stays ***", "*** stays ***"},
        {"Bearer ", "Bearer what", "Bearer what"},
        {"Basic YWRtaW46cGFzcw==", "admin:pass is YWRtaW46cGFzcw==",
         "admin:**** is ****************"},
        {"Basic YTpiOmM=", "a, b, b:c", "a, b, ***"},
        {"Basic YTpwYXNzd29yZA==", "password", "********"},
        {"Basic YTo=", "a:", "a:"},
        {"Basic YTpw", "", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char bytes[64];
        snprintf(bytes, sizeof(bytes), "%s", rows[i].said);
        verge_credentials_hide(rows[i].authorization, bytes, strlen(bytes));
        ck_assert_str_eq(bytes, rows[i].hidden);
    }
}
END_TEST

START_TEST(hosts)
{
    static const struct {
        const char *host, *url;
    } rows[] = {
        {"vergeos", "https://vergeos"},
        {"vergeos.example.com", "https://vergeos.example.com"},
        {"my_host-1:8443", "https://my_host-1:8443"},
        {"10.0.0.1", "https://10.0.0.1"},
        {"https://x/", "https://x"},
        {"HTTPS://x:1//", "https://x:1"},
        {"[::1]:443", "https://[::1]:443"},
        {"[fe80::1]", "https://[fe80::1]"},
        {"2001:db8::7", "https://[2001:db8::7]"},
        {"::ffff:10.0.0.1", "https://[::ffff:10.0.0.1]"},
        {"http://localhost:8080", "http://localhost:8080"},
        {"http://LocalHost/", "http://LocalHost"},
        {"http://127.0.0.1", "http://127.0.0.1"},
        {"http://127.1.2.3:1", "http://127.1.2.3:1"},
        {"http://[::1]:80", "http://[::1]:80"},
        {"http://::1", "http://[::1]"},
        {"http://vergeos", NULL},
        {"http://127.evil.com", NULL},
        {"http://127.1", NULL},
        {"http://localhost.evil.com", NULL},
        {"http://[::2]", NULL},
        {"ftp://x", NULL},
        {"://x", NULL},
        {"https://user:pw@x", NULL},
        {"user@x", NULL},
        {"https://x/api", NULL},
        {"x?query", NULL},
        {"x#fragment", NULL},
        {"x:", NULL},
        {"x:0", NULL},
        {"x:65536", NULL},
        {"x:123456", NULL},
        {"x:80x", NULL},
        {"a b", NULL},
        {" x", NULL},
        {"-o", NULL},
        {"x\n", NULL},
        {"[::1", NULL},
        {"[]", NULL},
        {"[1:2]", NULL},
        {"[x]", NULL},
        {"1::2::3", NULL},
        {"", NULL},
        {"https://", NULL},
        {"b\xc3\xbcro", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct verge_error error = VERGE_ERROR_INIT;
        char *url = NULL;
        int rc = verge_host_url(rows[i].host, &url, &error);
        ck_assert_msg(rc == (rows[i].url ? 0 : -EINVAL), "%s gives %d", rows[i].host, rc);
        ck_assert_pstr_eq(url, rows[i].url);
        ck_assert_ptr_null(strstr(error.text, "pw"));
        free(url);
    }
}
END_TEST

START_TEST(the_environment_is_cleared_of_the_login)
{
    clear_environment();
    setenv("VERGE_HOST", "host", 1);
    setenv("VERGEOS_API_KEY", "secret", 1);
    setenv("VERGE_PASSWORD", "another", 1);
    char *secret = getenv("VERGEOS_API_KEY");
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;
    verge_credentials_init(&credentials);
    ck_assert_int_eq(verge_credentials_read_environment(&credentials, &error), 0);
    verge_credentials_clear_environment();
    ck_assert_str_eq(getenv("VERGE_HOST"), "host");
    ck_assert_ptr_null(getenv("VERGEOS_API_KEY"));
    ck_assert_ptr_null(getenv("VERGE_PASSWORD"));
    ck_assert_str_eq(secret, "");
    ck_assert_str_eq(credentials.token, "secret");
    verge_credentials_free(&credentials);
}
END_TEST

START_TEST(long_host)
{
    char host[256];
    memset(host, 'a', sizeof(host));
    for (size_t length = 253; length <= 254; length++) {
        struct verge_error error = VERGE_ERROR_INIT;
        char *url = NULL;
        host[length] = '\0';
        ck_assert_int_eq(verge_host_url(host, &url, &error), length > 253 ? -EINVAL : 0);
        free(url);
        host[length] = 'a';
    }
}
END_TEST

UNIT_MAIN("credentials", nothing_said, every_key, other_spellings, who_is_asked_first_wins,
          wrong_lines, wrong_environment, a_nul_is_no_line, a_file_of_others_is_refused, size_limit,
          default_path, authorization, what_is_secret_is_hidden, hosts,
          the_environment_is_cleared_of_the_login, long_host)
