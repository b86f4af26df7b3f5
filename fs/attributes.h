/* SPDX-License-Identifier: MIT */
/*
 * The files of the tree as tables: name, what may be written, how it is shown, how it is stored. To
 * add a file is to add a row (at the end: its place is part of the inode number).
 */
#ifndef VERGEFS_ATTRIBUTES_H
#define VERGEFS_ATTRIBUTES_H

#include "fs/gather.h"
#include "fs/subject.h"

/* A complete value on its way to the server. */
struct change {
    const struct attribute *attribute;
    struct tree *tree;
    struct request *request;
    struct address address;                /* of the file */
    const struct verge_identity *identity; /* of the device that the path named; key 0 for none */
    const char *value;
    struct verge_text *reply; /* what the descriptor can read back; NULL where nobody could */
};

struct attribute {
    const char *name;
    enum syntax syntax; /* SYNTAX_NONE, which is 0: read-only */
    /* Appends the content without the final newline; an empty content is an empty file. NULL: not
     * readable. */
    bool (*show)(const struct attribute *attribute, const struct subject *subject,
                 struct verge_text *text);
    const char *column; /* the API's field, for show and store */
    /* Carries the value to the server; returns when it shows it, or with the errno of spec §4. */
    int (*store)(const struct change *change);
    bool needs_settings; /* show looks at the device's settings */
    bool pollable;       /* poll(2) waits for it to change */
    bool report;         /* of our own, in lines that show() ends itself */
    mode_t mode;         /* 0: as the syntax says */
};

struct attribute_table {
    const struct attribute *rows;
    size_t count;
};

/* The files of a kind of directory (KIND_VM, KIND_DEVICE, KIND_GROUP, KIND_CONTROL and the entries
 * of typed directories); an empty table for others. */
struct attribute_table attributes_of(enum kind directory);

/* The row of a file's address; NULL when there is none. */
const struct attribute *attribute_at(struct address file);

/* The row's place by name; false when there is none. */
bool attribute_find(struct attribute_table table, const char *name, uint32_t *index);

mode_t attribute_mode(const struct attribute *attribute);

/* The whole content of the file, newline included; appended. -ENOMEM. */
int attribute_render(const struct attribute *attribute, const struct subject *subject,
                     struct verge_text *text);

#endif
