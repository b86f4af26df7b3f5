/* SPDX-License-Identifier: MIT
 *
 * The model: what a VergeOS system of a few VMs holds, as plain values that can be copied and
 * compared, and what follows from it for the names of the tree. It is written from the manual and
 * shares no code with vergefs.
 */
#ifndef VERGEFS_MODEL_WORLD_H
#define VERGEFS_MODEL_WORLD_H

#include <stdbool.h>
#include <stddef.h>

enum {
    WORLD_VMS = 3,
    WORLD_DEVICES = 48, /* at most */
    WORLD_GROUPS = 4,
    WORLD_KINDS = 5,
    WORLD_SETTINGS = 3, /* of a kind, that are looked at */
    WORLD_NAME = 160,   /* bytes of a device's name */
    WORLD_FILE = 600,   /* of one that is percent-encoded */
};

/* How a setting is written; a word is one of two. */
enum form { FORM_NONE, FORM_NUMBER, FORM_BOOLEAN, FORM_WORD };

struct setting {
    const char *name;
    enum form form;
    const char *words[2];
    long preset;
    long most; /* of a number */
};

/* A type of devices. */
struct kind {
    const char *directory, *token;
    int groups[2]; /* that it can be from; -1 for none */
    const char *table;
    struct setting settings[WORLD_SETTINGS];
};

struct group {
    const char *name, *file_name, *key;
    int kind;
};

struct vm {
    const char *file_name;
    unsigned key, machine;
};

extern const struct kind world_kinds[WORLD_KINDS];
extern const struct group world_groups[WORLD_GROUPS];
extern const struct vm world_vms[WORLD_VMS];

struct device {
    unsigned key; /* 0: a place that is free, or one of a device that is yet to get its key */
    bool exists;
    bool numbered; /* one of several that were made at once: the name has a number behind it */
    unsigned vm;
    int kind, group;
    char uuid[40];
    char name[WORLD_NAME];
    char description[WORLD_NAME];
    bool enabled, optional;
    long orderid; /* -1: whatever the server gives */
    long settings[WORLD_SETTINGS];
};

struct world {
    struct device devices[WORLD_DEVICES];
    bool running[WORLD_VMS];
};

/* NULL when there is none. */
struct device *world_find(const struct world *world, unsigned key);
/* A free place, or NULL. */
struct device *world_place(struct world *world);
/* The n-th of those that exist, counted round; NULL when none does. */
struct device *world_nth(const struct world *world, unsigned n);
size_t world_count(const struct world *world);

void world_remove(struct world *world, unsigned key);
/* The same of a place that has a key or not. */
void world_put(struct world *world, const struct device *device);

/* What `found` has otherwise than `expected`, in words that the caller frees; NULL: nothing.
 * Devices without a key are matched with those that are new; the values that only the server knows
 * are not compared. */
char *world_difference(const struct world *expected, const struct world *found);

bool same_row(const struct device *one, const struct device *other);
bool same_settings(const struct device *one, const struct device *other);

/* ---- names ---- */

/* Which devices a directory shows; -1: any. */
struct shelf {
    unsigned vm;
    int kind, group;
};

bool shelf_shows(const struct shelf *shelf, const struct device *device);
/* "by-type/tpm": the directory within the VM's. */
void shelf_path(const struct shelf *shelf, char path[WORLD_FILE]);
/* The name of a device in a directory that shows it. */
void shelf_name(const struct world *world, const struct shelf *shelf, const struct device *device,
                char file_name[WORLD_FILE]);
/* The device of that name, or NULL. */
struct device *shelf_find(const struct world *world, const struct shelf *shelf,
                          const char *file_name);
/* How a name is written in the tree where it is the only one. */
void name_written(const char *name, char file_name[WORLD_FILE]);

#endif
