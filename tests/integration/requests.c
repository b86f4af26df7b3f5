/* SPDX-License-Identifier: MIT */
#define VERGEFS_TESTS_REQUESTS_C
#include "tests/integration/requests.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *member(const cJSON *entry, const char *name)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, name));
    return value == NULL ? "" : value;
}

/* Below the API's root; what lies outside of it is whole. */
static const char *short_path(const cJSON *entry)
{
    static const char root[] = "/api/v4/";
    const char *whole = member(entry, "path");
    return strncmp(whole, root, strlen(root)) == 0 ? whole + strlen(root) : whole;
}

const char *changes_sent(void)
{
    const char *list = "";
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, sim_log())
    {
        const char *body = member(entry, "body");
        if (strcmp(member(entry, "method"), "GET") != 0) {
            list = text("%s%s %s%s%s\n", list, member(entry, "method"), short_path(entry),
                        body[0] == '\0' ? "" : " ", body);
        }
    }
    return list;
}

const char *requests_sent(void)
{
    const char *list = "";
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, sim_log())
    {
        list = text("%s%s %s\n", list, member(entry, "method"), short_path(entry));
    }
    return list;
}

void expect_changes(const char *changes)
{
    const char *found = changes_sent();
    if (strcmp(found, changes) != 0) {
        fail_test("changes sent to the server\nexpected:\n%sfound:\n%s", changes, found);
    }
}

void expect_no_change(void)
{
    expect_changes("");
}

void expect_requests(const char *requests)
{
    const char *found = requests_sent();
    if (strcmp(found, requests) != 0) {
        fail_test("requests sent to the server\nexpected:\n%sfound:\n%s", requests, found);
    }
}

/* ---- the error log ---- */

const char *last_error(void)
{
    const char *log = read_file(".vergefs/error_log");
    const char *last = log;
    for (const char *at = log; *at != '\0'; at++) {
        if (*at == '\n' && at[1] != '\0') {
            last = at + 1;
        }
    }
    return last;
}

void expect_in_error(const char *part)
{
    const char *line = *part == '\0' ? "" : last_error();
    if (strstr(line, part) == NULL) {
        fail_test("the error log's last line should have \"%s\" in it:\n%s", part, line);
    }
}

void clear_error_log(void)
{
    expect_ok(write_file("\n", ".vergefs/error_log"));
}

/* ---- stats ---- */

double stat_value(const char *name)
{
    const char *wanted = text("\n%s ", name);
    const char *stats = text("\n%s", read_file(".vergefs/stats"));
    const char *found = strstr(stats, wanted);
    if (found == NULL) {
        fail_test(".vergefs/stats has no %s:%s", name, stats);
    }
    return strtod(found + strlen(wanted), NULL);
}

/* ---- files outside of the mount ---- */

/* Beside the mount point, where the harness clears away. */
const char *outside(const char *name)
{
    return text("%s-%d-%s", mount_path(mount_current()), (int)getpid(), name);
}

void make_outside(const char *name, const char *content)
{
    int fd = open(outside(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    expect_ok(fd);
    expect_ok(write_piece(fd, content));
    expect_ok(close(fd));
}

/* ---- what is wanted often ---- */

void refresh_mount(void)
{
    expect_ok(write_file("1\n", ".vergefs/refresh"));
}

const char *repeated(char letter, int count)
{
    char line[4096];
    ck_assert_int_lt(count, (int)sizeof(line));
    memset(line, letter, (size_t)count);
    line[count] = '\0';
    return text("%s", line);
}
