/* SPDX-License-Identifier: MIT */
/*
 * Memory runs out in the rooms that stand alone: credentials, the client's beginning, gathered
 * writes, scratch files, the error log. What failed can be done again.
 */
#include "config.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fs/error_log.h"
#include "fs/gather.h"
#include "fs/scratch.h"
#include "tests/unit/memory_fixture.h"

#define OWNER 7

/* ---- who we are ---- */

static int credentials_file(const char *content, char path[64])
{
    int fd = memfd_create("credentials", MFD_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fchmod(fd, 0600), 0);
    ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static int read_credentials(const char *path, struct verge_error *error)
{
    struct verge_credentials credentials;
    char *authorization = NULL, *url = NULL;

    verge_credentials_init(&credentials);
    int rc = verge_credentials_read_file(&credentials, path, error);
    if (rc == 0)
        rc = verge_host_url(credentials.host, &url, error);
    if (rc == 0) {
        authorization = verge_credentials_authorization(&credentials);
        rc = authorization ? 0 : verge_error_set(error, ENOMEM, "out of memory");
    }
    verge_secret_free(authorization);
    free(url);
    verge_credentials_free(&credentials);
    return rc;
}

START_TEST(a_credentials_file)
{
    static const char *const files[] = {
        "VERGE_HOST=h\nVERGE_TOKEN='a b'\nVERGE_TIMEOUT=2\n",
        "export VERGE_HOST=h\nVERGE_USERNAME=u\nVERGE_PASSWORD=\"p\"\nVERGE_PASSWORD=q\n",
    };
    char path[64];
    int fd = credentials_file(files[_i / ALLOC_MODES], path);

    for (unsigned long n = 1, failed = 1; failed; n++) {
        struct verge_error error = VERGE_ERROR_INIT;
        alloc_fail(n, (enum alloc_mode)(_i % ALLOC_MODES));
        int rc = read_credentials(path, &error);
        failed = alloc_stop();
        ck_assert_msg(rc == (failed ? -ENOMEM : 0), "allocation %lu: %s: %s", n,
                      verge_errno_name(-rc), error.text);
        ck_assert_int_eq(error.errnum, -rc);
    }
    close(fd);
}
END_TEST

/* ---- the first words with the server ---- */

static int greet(struct verge_transport *transport, const struct verge_credentials *credentials,
                 size_t *count, struct verge_error *error)
{
    struct verge_client_options options = {.retries = 0, .away_after = 3, .budget = 100};
    struct verge_call call = {verge_now() + 600000, NULL};
    struct verge_client *client = verge_client_new(transport, credentials, &options, error);
    struct verge_record **rows;

    if (!client)
        return -error->errnum;
    int rc = verge_model_fetch(client, &call, &verge_vm_model, NULL, NULL, 10, 0, &rows, count,
                               NULL, error);
    verge_rows_free(rows, *count);
    verge_client_free(client);
    return rc;
}

START_TEST(a_client)
{
    struct world world;
    struct verge_credentials credentials;

    start(&world);
    verge_credentials_init(&credentials);
    credentials.token = strdup("key");
    for (unsigned long n = 1, failed = 1; failed; n++) {
        struct verge_error error = VERGE_ERROR_INIT;
        alloc_fail(n, (enum alloc_mode)_i);
        size_t count = 0;
        int rc = greet(&world.interface, &credentials, &count, &error);
        failed = alloc_stop();
        check_rc(rc, &error, n);
        ck_assert(rc < 0 ? failed : count == VMS);
    }
    verge_credentials_free(&credentials);
    stop(&world);
}
END_TEST

/* ---- what is written ---- */

static const struct {
    enum syntax syntax;
    const char *pieces[4], *value;
} writes[] = {
    {SYNTAX_TEXT, {"a na", "me", "\n", NULL}, "a name"},
    {SYNTAX_INTEGER, {"1", "7\n", NULL, NULL}, "17"},
    {SYNTAX_BOOLEAN, {"true\n", NULL, NULL, NULL}, "true"},
    {SYNTAX_DOCUMENT, {"{\"a\":", "1", "}\n", NULL}, "{\"a\":1}"},
};
#define WRITES (sizeof writes / sizeof writes[0])

/* 1 with the value in the gather, or an errno. */
static int write_pieces(struct gather *gather, size_t write)
{
    off_t at = 0;
    int rc = 0;

    for (const char *const *piece = writes[write].pieces; *piece && rc == 0; piece++) {
        rc = gather_write(gather, *piece, strlen(*piece), at, OWNER);
        at += (off_t)strlen(*piece);
    }
    return rc;
}

/* A shell that was refused ends, and another one tries again. */
START_TEST(gathered_writes)
{
    size_t write = (size_t)_i / ALLOC_MODES;

    for (unsigned long n = 1, failed = 1; failed; n++) {
        struct gather gather;
        gather_init(&gather, writes[write].syntax, 1000);
        alloc_fail(n, (enum alloc_mode)(_i % ALLOC_MODES));
        int rc = write_pieces(&gather, write);
        failed = alloc_stop();
        ck_assert_msg(rc == 1 || rc == -ENOMEM, "allocation %lu: %d", n, rc);
        if (rc == 1)
            gather_applied(&gather, 0);
        ck_assert_int_eq(gather_close(&gather, OWNER), 0);
        ck_assert_int_eq(write_pieces(&gather, write), 1);
        ck_assert_str_eq(verge_text_content(&gather.text), writes[write].value);
        gather_applied(&gather, 0);
        gather_free(&gather);
    }
}
END_TEST

/* ---- scratch ---- */

static int use_scratch(struct scratch *scratch)
{
    struct scratch_info info;
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    int rc = scratch_create(scratch, 1, "one", S_IFREG | 0600, NULL, &info);

    if (rc == 0)
        rc = scratch_write(scratch, info.id, "words", 5, 0);
    if (rc == 0)
        rc = scratch_truncate(scratch, info.id, 5000);
    if (rc == 0)
        rc = scratch_create(scratch, 1, "link", S_IFLNK | 0777, "one", &info);
    if (rc == 0)
        rc = scratch_rename(scratch, 1, "one", "two", false);
    if (rc == 0)
        rc = scratch_find(scratch, 1, "two", &info);
    if (rc == 0)
        rc = scratch_read(scratch, info.id, 0, 10, &text);
    return rc;
}

static void ignore(void *argument, const struct scratch_info *info)
{
    (void)argument;
    ck_assert_str_ne(info->name, "");
}

/* What was not done takes none of the room. */
START_TEST(scratch_files)
{
    for (unsigned long n = 1, failed = 1; failed; n++) {
        struct scratch *scratch = scratch_new();
        struct scratch_info info;
        ck_assert_ptr_nonnull(scratch);
        alloc_fail(n, (enum alloc_mode)_i);
        int rc = use_scratch(scratch);
        failed = alloc_stop();
        ck_assert_msg(rc == (failed ? -ENOMEM : 0), "allocation %lu: %d", n, rc);
        scratch_each(scratch, 1, ignore, NULL);
        scratch_drop(scratch, 1);
        ck_assert_int_eq(scratch_create(scratch, 2, "all", S_IFREG | 0600, NULL, &info), 0);
        ck_assert_int_eq(scratch_truncate(scratch, info.id, SCRATCH_BYTES), 0);
        scratch_free(scratch);
    }
}
END_TEST

/* ---- the error log ---- */

START_TEST(the_error_log)
{
    for (unsigned long n = 1, failed = 1; failed; n++) {
        struct error_log *log = error_log_new(ERROR_LOG_SILENT);
        struct verge_error error = VERGE_ERROR_INIT;
        VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
        ck_assert_ptr_nonnull(log);
        verge_error_set(&error, EIO, "something");
        alloc_fail(n, (enum alloc_mode)_i);
        error_log_add(log, getpid(), "write", "/vms/a", &error);
        bool shown = error_log_show(log, &text);
        failed = alloc_stop();
        ck_assert(failed || (shown && strstr(verge_text_content(&text), "something")));
        error_log_add(log, getpid(), "write", "/vms/a", &error);
        error_log_free(log);
    }
}
END_TEST

UNIT_MAIN_TIMES("memory of rooms", {a_credentials_file, 2 * ALLOC_MODES}, {a_client, ALLOC_MODES},
                {gathered_writes, (int)WRITES *ALLOC_MODES}, {scratch_files, ALLOC_MODES},
                {the_error_log, ALLOC_MODES})
