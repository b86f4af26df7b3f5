/* SPDX-License-Identifier: MIT
 *
 * A whole tree at once: what recursive tools see of it.
 */
#ifndef VERGEFS_TESTS_WALK_H
#define VERGEFS_TESTS_WALK_H

#include "tests/integration/harness.h"

/* What was found, in the order of a depth-first walk with sorted names. */
struct entry {
    const char *name; /* relative to the mount */
    struct stat status;
    ino_t listed;        /* as readdir(3) gave it */
    unsigned char type;  /* the same */
    const char *content; /* of a file; the target of a symlink; "" of a directory */
    size_t length;       /* of the content */
};

struct walk {
    struct entry *list;
    size_t count;
};

/* Everything below a folder of the mount; lives until the test ends. */
const struct walk *walk(const char *folder);

/* A line for each entry: what a person or a tool could see of it, but for its inode number. */
const char *walk_text(const struct walk *walk);
/* The same of the inode numbers alone. */
const char *walk_inodes(const struct walk *walk);

/* Fails with the first line that differs. */
void expect_same_lines(const char *expected, const char *found);

#endif
