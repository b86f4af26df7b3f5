/* SPDX-License-Identifier: MIT */
/*
 * The schema: every table of the simulated API as data.
 *
 * What a column may hold, who may write it, what it starts as and what it points to is said once,
 * in the rows of schema.c. Nothing else in the simulator knows a column by more than its name.
 */
#ifndef SIMULATOR_TABLES_H
#define SIMULATOR_TABLES_H

#include <stdbool.h>
#include <stdint.h>

enum table_id {
    TABLE_VMS,
    TABLE_MACHINES,
    TABLE_MACHINE_STATUS,
    TABLE_MACHINE_DEVICES,
    TABLE_MACHINE_DEVICE_STATUS,
    TABLE_SETTINGS_TPM,
    TABLE_SETTINGS_USB,
    TABLE_SETTINGS_VGPU,
    TABLE_SETTINGS_SRIOV,
    TABLE_SETTINGS_GPU,
    TABLE_SETTINGS_HOST_GPU,
    TABLE_RESOURCE_GROUPS,
    TABLE_RESOURCE_RULES,
    TABLE_RESOURCES,
    TABLE_CLUSTERS,
    TABLE_NODES,
    TABLE_USERS,
    TABLE_SYSTEM,
    TABLE_MACHINE_DRIVES,
    TABLE_MACHINE_NICS,
    TABLE_NODE_PCI,
    TABLE_NODE_USB,
    TABLE_NODE_SRIOV,
    TABLE_NODE_VGPU,
    TABLE_NODE_HOST_GPU,
    TABLE_NODE_GPUS,
    TABLE_NODE_GPU_INSTANCES,
    TABLE_NODE_GPU_STATS,
    TABLE_NODE_GPU_STATS_SHORT,
    TABLE_NODE_GPU_STATS_LONG,
    TABLE_VGPU_PROFILES,
    TABLE_NODE_VGPU_PROFILES,
    TABLE_COUNT,
    TABLE_NONE = TABLE_COUNT,
};

enum column_type {
    TYPE_KEY,
    TYPE_NUMBER,
    TYPE_BOOL,
    TYPE_TEXT,
    TYPE_TIME,      /* epoch seconds */
    TYPE_REFERENCE, /* the key of a row in `target` */
    TYPE_PATH,      /* a polymorphic reference: the text "table/key" */
    TYPE_DOCUMENT,  /* JSON */
    TYPE_ARGUMENT,  /* an object that is taken on write and never shown */
    TYPE_ROWS,      /* no cell: the rows of `target` whose column `back` points here */
};

enum column_flag {
    READONLY = 1,
    CREATE_ONLY = 2, /* refused on update */
    REQUIRED = 4,
    SUMMARY = 8, /* part of the short view */
    HIDDEN = 16, /* the simulator's own, in no answer */
    NULLABLE = 32,
};

/* A value of an enumeration and its human label. */
struct choice {
    const char *value, *label;
};

struct column {
    const char *name;
    enum column_type type;
    unsigned flags;
    const struct choice *choices; /* ends with a NULL value */
    int64_t least, most;          /* of a number, or of the length of a text; both 0: no limit */
    const char *standard;         /* the initial value, as JSON */
    enum table_id target;
    const char *back;
};

enum table_flag {
    UUID_KEYS = 1,
    FIXED = 2,           /* neither POST nor DELETE nor PUT */
    UPDATE_ONLY = 4,     /* PUT, but neither POST nor DELETE */
    ALL_WITHOUT_KEY = 8, /* the preset `all` does not bring $key */
};

struct table {
    const char *name;
    unsigned flags;
    const struct column *columns; /* the first is $key; ends with a NULL name */
};

enum { MAXIMUM_COLUMNS = 48, COLUMN_KEY = 0 };

const struct table *table_of(enum table_id id);

/* TABLE_NONE if there is none of that name. */
enum table_id table_find(const char *name);

/* Whether a real system has such a table, of which nothing is simulated but that it is there. */
bool table_is_empty(const char *name);

int table_width(enum table_id id);

/* The column's index, or -1. */
int column_find(enum table_id id, const char *name);

/* As column_find, for names written in this program: a misspelt one aborts. */
int column_named(enum table_id id, const char *name);

const struct column *column_of(enum table_id id, int index);

/* The label of an enumerated value, or the value itself. */
const char *choice_label(const struct column *column, const char *value);
bool choice_exists(const struct column *column, const char *value);

/* Whether a table of device settings, of which quirks can make some vanish. */
bool table_is_settings(enum table_id id);

#endif
