/* SPDX-License-Identifier: MIT
 *
 * Files below the mount, as a person with coreutils sees them.
 */
#include "tests/integration/harness_internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In a variadic function: "file", the path that its format and arguments name. */
#define FILE_FROM(format) \
    va_list arguments; \
    va_start(arguments, format); \
    const char *file = place(format_text(format, arguments)); \
    va_end(arguments)

static const char *place(const char *name)
{
    if (name[0] == '/') {
        return name;
    }
    const char *root = mount_current() == NULL ? scratch_folder() : mount_path(mount_current());
    return strcmp(name, ".") == 0 ? root : text("%s/%s", root, name);
}

const char *path(const char *format, ...)
{
    FILE_FROM(format);
    return file;
}

/* ---- looking ---- */

bool exists(const char *format, ...)
{
    struct stat status;
    FILE_FROM(format);
    return lstat(file, &status) == 0;
}

static struct stat status_at(const char *file)
{
    struct stat status;
    if (lstat(file, &status) == -1) {
        fail_test("stat %s: %s", file, strerror(errno));
    }
    return status;
}

struct stat status_of(const char *format, ...)
{
    FILE_FROM(format);
    return status_at(file);
}

void expect_exists(const char *format, ...)
{
    FILE_FROM(format);
    status_at(file);
}

void expect_missing(const char *format, ...)
{
    struct stat status;
    FILE_FROM(format);
    if (lstat(file, &status) == 0) {
        fail_test("%s exists and should not", file);
    }
    if (errno != ENOENT) {
        fail_test("%s should not exist, but stat says: %s", file, strerror(errno));
    }
}

void expect_mode(mode_t mode, const char *format, ...)
{
    FILE_FROM(format);
    mode_t found = status_at(file).st_mode & 07777;
    if (found != mode) {
        fail_test("%s: expected mode %04o, found %04o", file, mode, found);
    }
}

void expect_link(const char *target, const char *format, ...)
{
    char found[4096];
    FILE_FROM(format);
    ssize_t length = readlink(file, found, sizeof(found) - 1);
    if (length == -1) {
        fail_test("readlink %s: %s", file, strerror(errno));
    }
    found[length] = '\0';
    if (strcmp(found, target) != 0) {
        fail_test("%s: expected a link to '%s', found '%s'", file, target, found);
    }
}

/* ---- listing ---- */

static int shown_by_ls(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static const char **sorted_names(const char *folder, size_t *count)
{
    struct dirent **entries = NULL;
    int found = scandir(folder, &entries, shown_by_ls, by_bytes);
    if (found == -1) {
        fail_test("ls %s: %s", folder, strerror(errno));
    }
    const char **names = keep(calloc((size_t)found + 1, sizeof(*names)), free);
    for (int i = 0; i < found; i++) {
        names[i] = text("%s", entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    *count = (size_t)found;
    return names;
}

const char **names_in(size_t *count, const char *format, ...)
{
    FILE_FROM(format);
    return sorted_names(file, count);
}

static const char *joined(const char **names)
{
    char *list = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&list, &size);
    for (size_t i = 0; names[i]; i++) {
        fprintf(out, "%s%s", i == 0 ? "" : " ", names[i]);
    }
    fclose(out);
    return keep_text(list);
}

void expect_list(const char *names, const char *format, ...)
{
    FILE_FROM(format);
    size_t count;
    const char *found = joined(sorted_names(file, &count));
    if (strcmp(found, names) != 0) {
        fail_test("ls %s\nexpected: %s\nfound:    %s", file, names, found);
    }
}

/* ---- reading ---- */

static char *read_at(const char *file)
{
    char *content = slurp(file, NULL);
    if (content == NULL) {
        fail_test("read %s: %s", file, strerror(errno));
    }
    return keep_text(content);
}

const char *read_file(const char *format, ...)
{
    FILE_FROM(format);
    return read_at(file);
}

int try_read(const char *format, ...)
{
    FILE_FROM(format);
    char *content = slurp(file, NULL);
    if (content == NULL) {
        return -1;
    }
    free(content);
    return 0;
}

static void delete_json(void *json)
{
    cJSON_Delete(json);
}

static const cJSON *parse(const char *json, const char *where)
{
    cJSON *parsed = cJSON_ParseWithOpts(json, NULL, true);
    if (parsed == NULL) {
        fail_test("%s is not one JSON value:\n%s", where, json);
    }
    return keep(parsed, delete_json);
}

const cJSON *read_json(const char *format, ...)
{
    FILE_FROM(format);
    return parse(read_at(file), file);
}

void expect_file(const char *content, const char *format, ...)
{
    FILE_FROM(format);
    const char *found = read_at(file);
    if (strcmp(found, content) != 0) {
        fail_test("cat %s\nexpected: \"%s\"\nfound:    \"%s\"", file, content, found);
    }
}

void expect_json_file(const char *json, const char *format, ...)
{
    FILE_FROM(format);
    const char *found = read_at(file);
    if (!cJSON_Compare(parse(found, file), parse(json, "what the test expects"), true)) {
        fail_test("cat %s\nexpected: %s\nfound:    %s", file, json, found);
    }
}

/* ---- writing ---- */

enum { ANYTHING = -1 };

/* What each step gave, or should: 0, an errno, or ANYTHING. */
struct written {
    int open;
    int write;
    int close;
};

int write_piece(int fd, const char *piece)
{
    size_t left = strlen(piece);
    while (left > 0) {
        ssize_t count = write(fd, piece, left);
        if (count <= 0) {
            return -1;
        }
        piece += count;
        left -= (size_t)count;
    }
    return 0;
}

static struct written write_at(const char *content, const char *file)
{
    struct written written = {0};
    int fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd == -1) {
        written.open = errno;
        return written;
    }
    written.write = write_piece(fd, content) == -1 ? errno : 0;
    written.close = close(fd) == -1 ? errno : 0;
    return written;
}

int write_file(const char *content, const char *format, ...)
{
    FILE_FROM(format);
    struct written written = write_at(content, file);
    int error = written.open != 0    ? written.open
                : written.write != 0 ? written.write
                                     : written.close;
    errno = error;
    return error == 0 ? 0 : -1;
}

int open_file(int flags, const char *format, ...)
{
    FILE_FROM(format);
    return open(file, flags | O_CLOEXEC, 0644);
}

static const char *name_of_error(int error)
{
    if (error == ANYTHING) {
        return "anything";
    }
    const char *name = error == 0 ? "success" : strerrorname_np(error);
    return name == NULL ? "an unknown error" : name;
}

static void expect_steps(struct written expected, const char *content, const char *file)
{
    struct written found = write_at(content, file);
    if (found.open != expected.open || found.write != expected.write ||
        (found.close != expected.close && expected.close != ANYTHING)) {
        fail_test("writing \"%s\" to %s\nexpected: open %s, write %s, close %s\n"
                  "found:    open %s, write %s, close %s",
                  content, file, name_of_error(expected.open), name_of_error(expected.write),
                  name_of_error(expected.close), name_of_error(found.open),
                  name_of_error(found.write), name_of_error(found.close));
    }
}

void expect_write_errno(int error, const char *content, const char *format, ...)
{
    FILE_FROM(format);
    expect_steps((struct written){.write = error, .close = ANYTHING}, content, file);
}

void expect_close_errno(int error, const char *content, const char *format, ...)
{
    FILE_FROM(format);
    expect_steps((struct written){.close = error}, content, file);
}

/* ---- results ---- */

void expect_result(const char *call, int error, long returned)
{
    int found = returned < 0 ? errno : 0;
    if (found != error) {
        fail_test("%s\nexpected: %s\nfound:    %s%s%s", call, name_of_error(error),
                  name_of_error(found), found == 0 ? "" : ": ", found == 0 ? "" : strerror(found));
    }
}

void expect_text(const char *expected, const char *found)
{
    if (strcmp(expected, found) != 0) {
        fail_test("expected: \"%s\"\nfound:    \"%s\"", expected, found);
    }
}

void expect_contains(const char *part, const char *whole)
{
    if (strstr(whole, part) == NULL) {
        fail_test("expected a text with \"%s\" in it\nfound: \"%s\"", part, whole);
    }
}
