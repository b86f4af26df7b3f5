/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "fs/complain.h"
#include "fs/error_log.h"
#include "tests/unit/unit.h"

#define STAMP "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z "

static struct error_log *error_log;
static struct verge_text shown;

static void setup(void)
{
    error_log = error_log_new(ERROR_LOG_SILENT);
    ck_assert_ptr_nonnull(error_log);
    shown = (struct verge_text)VERGE_TEXT_INIT;
    prctl(PR_SET_NAME, "tester");
}

static void teardown(void)
{
    error_log_free(error_log);
    verge_text_free(&shown);
}

static const char *show(void)
{
    verge_text_clear(&shown);
    ck_assert(error_log_show(error_log, &shown));
    return verge_text_content(&shown);
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

/* The whole text, against an extended regular expression. */
static void check_match(const char *text, const char *pattern)
{
    regex_t regex;

    ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    ck_assert_msg(regexec(&regex, text, 0, NULL, 0) == 0, "%s does not match %s", text, pattern);
    regfree(&regex);
}

static void add(int errnum, const char *text)
{
    struct verge_error error = VERGE_ERROR_INIT;

    verge_error_set(&error, errnum, "%s", text);
    error_log_add(error_log, getpid(), "write", "/vms/web/devices/gpu0/enabled", &error);
}

START_TEST(a_line_says_it_all)
{
    struct verge_error error = {.errnum = EINVAL,
                                .http_status = 422,
                                .method = "PUT",
                                .path = "/api/v4/machine_devices/7",
                                .text = "text of the server"};
    char pattern[256];

    error_log_add(error_log, getpid(), "write", "/vms/web/devices/gpu0/enabled", &error);
    snprintf(pattern, sizeof pattern,
             "^" STAMP "tester\\[%d\\] write /vms/web/devices/gpu0/enabled: "
             "PUT /api/v4/machine_devices/7: 422 EINVAL: text of the server\n$",
             (int)getpid());
    check_match(show(), pattern);
}
END_TEST

START_TEST(it_says_what_is_not_certain)
{
    struct verge_error error = {.errnum = ETIMEDOUT, .uncertain = true, .text = "silence"};

    error_log_add(error_log, getpid(), "write", "/x", &error);
    check_match(show(), ": ETIMEDOUT: silence; the change may have been made\n$");
}
END_TEST

START_TEST(a_failure_of_ours_names_no_request)
{
    add(ENOTEMPTY, "the guard");
    check_match(show(), "^" STAMP "tester\\[[0-9]+\\] write /vms/web/devices/gpu0/enabled: "
                        "ENOTEMPTY: the guard\n$");
}
END_TEST

START_TEST(without_words_the_errno_speaks)
{
    struct verge_error error = {.errnum = EBUSY};

    error_log_add(error_log, getpid(), "rmdir", "/", &error);
    check_match(show(), " rmdir /: EBUSY: Device or resource busy\n$");
}
END_TEST

START_TEST(a_line_is_one_line)
{
    struct verge_error error = {.errnum = EINVAL, .text = "first\nsecond\r\x1b[31m"};

    prctl(PR_SET_NAME, "e\nv\x1bil");
    error_log_add(error_log, getpid(), "mkdir", "/vms/a\nb\x1b\xff", &error);
    ck_assert_uint_eq(count_lines(show()), 1);
    ck_assert_ptr_null(strchr(show(), '\x1b'));
    ck_assert_ptr_null(strchr(show(), '\r'));
    ck_assert_ptr_nonnull(strstr(show(), "first second"));
    ck_assert_ptr_nonnull(strstr(show(), "/vms/a b??"));
    prctl(PR_SET_NAME, "\x1b[31m");
    error_log_add(error_log, getpid(), "mkdir", "/", &error);
    ck_assert_ptr_nonnull(strstr(show(), " ?[31m["));
}
END_TEST

START_TEST(a_process_that_is_gone_has_no_name)
{
    struct verge_error error = {.errnum = EIO};

    error_log_add(error_log, 0x7fffffff, "read", "/x", &error);
    error_log_add(error_log, 0, "read", "/x", &error);
    check_match(show(), " \\?\\[2147483647\\] read /x: .* \\?\\[0\\] read /x: ");
}
END_TEST

START_TEST(long_paths_do_no_harm)
{
    struct verge_error error = {.errnum = EIO};
    char path[8192];

    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    memset(error.text, 't', sizeof error.text); /* not even terminated */
    error_log_add(error_log, getpid(), "read", path, &error);
    ck_assert_uint_eq(count_lines(show()), 1);
    ck_assert_uint_lt(shown.length, 4096);
}
END_TEST

START_TEST(the_last_64_are_kept_oldest_first)
{
    char words[32];

    for (int i = 0; i < 3 * ERROR_LOG_LINES + 5; i++) {
        snprintf(words, sizeof words, "number %d.", i);
        add(EIO, words);
        ck_assert_uint_eq(count_lines(show()), i < ERROR_LOG_LINES ? i + 1 : ERROR_LOG_LINES);
    }
    ck_assert_ptr_null(strstr(show(), "number 132."));
    const char *oldest = strstr(show(), "number 133.");
    const char *newest = strstr(show(), "number 196.");
    ck_assert_ptr_nonnull(oldest);
    ck_assert_ptr_nonnull(newest);
    ck_assert(oldest < newest);
    ck_assert(strchr(oldest, '\n') < newest);
}
END_TEST

START_TEST(clearing_empties_it)
{
    uint64_t before = error_log_generation(error_log);

    add(EIO, "one");
    uint64_t added = error_log_generation(error_log);
    ck_assert_uint_gt(added, before);
    error_log_clear(error_log);
    ck_assert_uint_gt(error_log_generation(error_log), added);
    ck_assert_str_eq(show(), "");
    add(EIO, "two");
    ck_assert_uint_eq(count_lines(show()), 1);
    ck_assert_uint_eq(error_log_generation(error_log), added + 2);
}
END_TEST

START_TEST(a_failed_text_is_told)
{
    struct verge_text text = {.failed = true};

    ck_assert(!error_log_show(error_log, &text));
}
END_TEST

/* What comes out of stderr while a line is added. */
static void capture(enum error_log_target target, int errnum, char *out, size_t size)
{
    FILE *file = tmpfile();

    ck_assert_ptr_nonnull(file);
    error_log_free(error_log);
    error_log = error_log_new(target);
    int saved = dup(STDERR_FILENO);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    add(errnum, "100 %s %n percent");
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    size_t length = fread(out, 1, size - 1, file);
    out[length] = '\0';
    fclose(file);
}

START_TEST(targets_get_the_same_lines)
{
    char out[1024];

    capture(ERROR_LOG_SILENT, EIO, out, sizeof out);
    ck_assert_str_eq(out, "");
    capture(ERROR_LOG_STDERR, EIO, out, sizeof out);
    ck_assert_str_eq(out, show());
    openlog("checker", LOG_PERROR, LOG_DAEMON);
    capture(ERROR_LOG_SYSLOG, EIO, out, sizeof out);
    check_match(out, "^checker: tester\\[[0-9]+\\] write .*: EIO: 100 %s %n percent\n$");
    setlogmask(LOG_UPTO(LOG_ERR));
    capture(ERROR_LOG_SYSLOG, EIO, out, sizeof out);
    ck_assert_str_ne(out, "");
    capture(ERROR_LOG_SYSLOG, EINVAL, out, sizeof out); /* no more than a warning */
    ck_assert_str_eq(out, "");
    ck_assert_uint_eq(count_lines(show()), 1);
}
END_TEST

/* What is printed when systemd says that the standard error is the journal, and `device` and
 * `inode` are added to what it says. */
static void print_to_journal(dev_t device, ino_t inode, char *out, size_t room)
{
    FILE *file = tmpfile();
    struct stat status;
    char stream[64];
    int saved = dup(STDERR_FILENO);

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fstat(fileno(file), &status), 0);
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)(status.st_dev + device),
             (uintmax_t)(status.st_ino + inode));
    setenv("JOURNAL_STREAM", stream, 1);
    dup2(fileno(file), STDERR_FILENO);
    error_log_free(error_log);
    error_log = error_log_new(ERROR_LOG_STDERR);
    add(EIO, "words");
    add(EINVAL, "words");
    ck_assert(!complain("%s", "no host"));
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    out[fread(out, 1, room - 1, file)] = '\0';
    fclose(file);
    unsetenv("JOURNAL_STREAM");
}

START_TEST(the_journal_gets_levels_and_no_time)
{
    char out[1024];

    print_to_journal(0, 0, out, sizeof out);
    check_match(out, "^<3>tester\\[[0-9]+\\] [^\n]*: EIO: words\n"
                     "<4>tester\\[[0-9]+\\] [^\n]*: EINVAL: words\n"
                     "<3>vergefs: no host\n$");
}
END_TEST

START_TEST(who_only_inherited_the_variable_gets_none)
{
    char out[1024];

    for (unsigned i = 1; i < 4; i++) {
        print_to_journal(i & 1, i & 2, out, sizeof out);
        check_match(out, "^" STAMP "tester[^\n]*\n" STAMP "tester[^\n]*\nvergefs: no host\n$");
    }
    setenv("JOURNAL_STREAM", "nonsense", 1);
    ck_assert_str_eq(complain_prefix(LOG_ERR), "");
}
END_TEST

static void *add_many(void *argument)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;

    for (int i = 0; i < 200; i++) {
        add(EIO, "threads");
        verge_text_clear(&text);
        if (!error_log_show(error_log, &text))
            return argument;
        if (i % 50 == 0)
            error_log_clear(error_log);
    }
    return NULL;
}

START_TEST(many_threads)
{
    pthread_t threads[4];
    void *failed;

    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, add_many, threads), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    ck_assert_uint_eq(error_log_generation(error_log), 816); /* 4 of 200 lines and 4 clearings */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error_log");
    TCase *tests = tcase_create("error_log");

    tcase_set_timeout(tests, 120); /* sanitizers are slow */
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_line_says_it_all);
    tcase_add_test(tests, it_says_what_is_not_certain);
    tcase_add_test(tests, a_failure_of_ours_names_no_request);
    tcase_add_test(tests, without_words_the_errno_speaks);
    tcase_add_test(tests, a_line_is_one_line);
    tcase_add_test(tests, a_process_that_is_gone_has_no_name);
    tcase_add_test(tests, long_paths_do_no_harm);
    tcase_add_test(tests, the_last_64_are_kept_oldest_first);
    tcase_add_test(tests, clearing_empties_it);
    tcase_add_test(tests, a_failed_text_is_told);
    tcase_add_test(tests, targets_get_the_same_lines);
    tcase_add_test(tests, the_journal_gets_levels_and_no_time);
    tcase_add_test(tests, who_only_inherited_the_variable_gets_none);
    tcase_add_test(tests, many_threads);
    return unit_run_suite(suite);
}
