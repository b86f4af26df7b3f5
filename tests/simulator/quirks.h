/* SPDX-License-Identifier: MIT */
/*
 * The switches for what is not known of a real system, or differs between systems.
 *
 * Each has a name, the values it accepts and an initial one; the table is in quirks.c.
 */
#ifndef SIMULATOR_QUIRKS_H
#define SIMULATOR_QUIRKS_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "tests/simulator/tables.h"

enum quirk {
    QUIRK_GROUP_KEY,
    QUIRK_KEY_TYPE,
    QUIRK_REFERENCES,
    QUIRK_BOOLEANS,
    QUIRK_NUMBERS,
    QUIRK_TIMES,
    QUIRK_STRINGS_NULL,
    QUIRK_SLASHES,
    QUIRK_SYSTEM,
    QUIRK_LIST_SINGLE,
    QUIRK_COUNT_FIELD,
    QUIRK_PAGE_MAX,
    QUIRK_PUT_REPLY,
    QUIRK_UNIQUE,
    QUIRK_DEVICE_NAMES,
    QUIRK_RUNNING_REFUSAL,
    QUIRK_SETTINGS_ARGS,
    QUIRK_SETTINGS_TABLES,
    QUIRK_SETTINGS_ROWS,
    QUIRK_SRIOV_OVERRIDES,
    QUIRK_RATE,
    QUIRK_TOKEN_TTL,
    QUIRK_TOKEN_EXPIRED,
    QUIRK_COUNT,
};

/* The positions of the values in the table, for those that have a list of them. */
enum { GROUP_KEY_UUID, GROUP_KEY_INT };
enum { AS_NUMBER, AS_STRING, AS_OBJECT };
enum { BOOLEANS_BOOL, BOOLEANS_INT, BOOLEANS_STRING, BOOLEANS_YESNO, BOOLEANS_ONOFF };
enum { TIMES_SECONDS, TIMES_MILLISECONDS, TIMES_MICROSECONDS };
enum { STRINGS_PLAIN, STRINGS_NULL, STRINGS_MISSING };
enum { SLASHES_PLAIN, SLASHES_ESCAPED };
enum { AN_ARRAY, AN_OBJECT };
enum { COUNT_FIELD_ON, COUNT_FIELD_OFF };
enum { PUT_ARRAY, PUT_OBJECT, PUT_ROW, PUT_EMPTY };
enum { DEVICE_NAMES_FREE, DEVICE_NAMES_UNIQUE };
enum { SETTINGS_ARGS_APPLY, SETTINGS_ARGS_IGNORE };
enum { SETTINGS_TABLES_ON, SETTINGS_TABLES_OFF, SETTINGS_TABLES_ONE_MISSING };
enum { SETTINGS_ROWS_AUTO, SETTINGS_ROWS_NONE };
enum { SRIOV_STORED, SRIOV_DROPPED };

struct quirks {
    int64_t values[QUIRK_COUNT];
    enum table_id missing_table; /* with SETTINGS_TABLES_ONE_MISSING */
};

void quirks_start(struct quirks *quirks);

/* False, with a sentence in `problem`, if there is no such quirk or value. */
bool quirks_set(struct quirks *quirks, const char *name, const char *value, char problem[256]);

/* All of them as {"name":"value"}; the caller deletes it. */
cJSON *quirks_list(const struct quirks *quirks);

/* The list of names and values for --help. */
char *quirks_help(void);

static inline int64_t quirk(const struct quirks *quirks, enum quirk which)
{
    return quirks->values[which];
}

bool quirks_table_missing(const struct quirks *quirks, enum table_id table);

#endif
