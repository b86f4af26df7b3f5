/* SPDX-License-Identifier: MIT */
#include "tests/integration/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/harness_internal.h"

static void free_walk(void *memory)
{
    struct walk *walk = memory;
    free(walk->list);
    free(walk);
}

static struct entry *next_entry(struct walk *walk)
{
    struct entry *grown = realloc(walk->list, (walk->count + 1) * sizeof(*grown));
    if (grown == NULL) {
        abort();
    }
    walk->list = grown;
    grown[walk->count] = (struct entry){.content = ""};
    return &grown[walk->count++];
}

static void read_content(struct entry *entry)
{
    size_t length = 0;
    char *content = slurp(path("%s", entry->name), &length);
    if (content == NULL) {
        fail_test("read %s: %s", entry->name, strerror(errno));
    }
    entry->content = keep_text(content);
    entry->length = length;
}

static void read_target(struct entry *entry)
{
    char target[PATH_MAX];
    ssize_t length = readlink(path("%s", entry->name), target, sizeof(target) - 1);
    if (length < 0) {
        fail_test("readlink %s: %s", entry->name, strerror(errno));
    }
    target[length] = '\0';
    entry->content = text("%s", target);
    entry->length = (size_t)length;
}

static int but_dots(const struct dirent *found)
{
    return strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **one, const struct dirent **other)
{
    return strcmp((*one)->d_name, (*other)->d_name);
}

static void walk_into(struct walk *walk, const char *folder);

static void add(struct walk *walk, const char *folder, const struct dirent *found)
{
    struct entry *entry = next_entry(walk);
    entry->name =
        strcmp(folder, ".") == 0 ? text("%s", found->d_name) : text("%s/%s", folder, found->d_name);
    entry->listed = found->d_ino;
    entry->type = found->d_type;
    if (lstat(path("%s", entry->name), &entry->status) == -1) {
        fail_test("lstat %s: %s", entry->name, strerror(errno));
    }
    if (S_ISREG(entry->status.st_mode)) {
        read_content(entry);
    } else if (S_ISLNK(entry->status.st_mode)) {
        read_target(entry);
    } else {
        walk_into(walk, entry->name); /* may move the entries */
    }
}

static void walk_into(struct walk *walk, const char *folder)
{
    struct dirent **list = NULL;
    int count = scandir(path("%s", folder), &list, but_dots, by_bytes);
    if (count == -1) {
        fail_test("ls %s: %s", folder, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        add(walk, folder, list[i]);
        free(list[i]);
    }
    free(list);
}

const struct walk *walk(const char *folder)
{
    struct walk *made = calloc(1, sizeof(*made));
    keep(made, free_walk);
    walk_into(made, folder);
    return made;
}

/* ---- as text ---- */

static void print_escaped(FILE *out, const char *content, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (content[i] == '\n') {
            fputs("\\n", out);
        } else {
            fputc(content[i], out);
        }
    }
    fputc('\n', out);
}

static void print_entry(FILE *out, const struct entry *entry)
{
    const struct stat *status = &entry->status;
    fprintf(out, "%s: mode %o, owner %u:%u, size %lld, ", entry->name, status->st_mode,
            status->st_uid, status->st_gid, (long long)status->st_size);
    if (S_ISREG(status->st_mode)) { /* some directories are as old as the mount */
        fprintf(out, "times %lld %lld, ", (long long)status->st_mtime, (long long)status->st_ctime);
    }
    print_escaped(out, entry->content, entry->length);
}

static void print_inode(FILE *out, const struct entry *entry)
{
    fprintf(out, "%s: inode %llu\n", entry->name, (unsigned long long)entry->status.st_ino);
}

static const char *print_all(const struct walk *walk, void (*print)(FILE *, const struct entry *))
{
    char *made = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&made, &size);
    if (out == NULL) {
        abort();
    }
    for (size_t i = 0; i < walk->count; i++) {
        print(out, &walk->list[i]);
    }
    fclose(out);
    return keep_text(made);
}

const char *walk_text(const struct walk *walk)
{
    return print_all(walk, print_entry);
}

const char *walk_inodes(const struct walk *walk)
{
    return print_all(walk, print_inode);
}

static int line_length(const char *line)
{
    return (int)strcspn(line, "\n");
}

static const char *line_after(const char *line)
{
    line += line_length(line);
    return *line == '\0' ? line : line + 1;
}

void expect_same_lines(const char *expected, const char *found)
{
    while (*expected != '\0' || *found != '\0') {
        int one = line_length(expected);
        int other = line_length(found);
        if (one != other || strncmp(expected, found, (size_t)one) != 0) {
            fail_test("expected: %.*s\nfound:    %.*s", one, expected, other, found);
        }
        expected = line_after(expected);
        found = line_after(found);
    }
}
