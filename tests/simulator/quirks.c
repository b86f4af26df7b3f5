/* SPDX-License-Identifier: MIT */
#include "tests/simulator/quirks.h"
#include "tests/simulator/buffer.h"
#include "tests/simulator/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A list of values, of which the first is the initial one; or a number that starts at 0. */
struct switch_row {
    const char *name;
    const char *values; /* between bars */
    int64_t numbers[4]; /* what the values stand for, where not their position */
    const char *help;
};

static const struct switch_row table[QUIRK_COUNT] = {
    [QUIRK_GROUP_KEY] = {"group_key", "uuid|int", {0}, "the key of resource groups"},
    [QUIRK_KEY_TYPE] = {"key_type", "number|string", {0}, "$key in answers"},
    [QUIRK_REFERENCES] = {"references", "number|string|object", {0}, "foreign keys in answers"},
    [QUIRK_BOOLEANS] = {"booleans", "bool|int|string|yesno|onoff", {0}, "booleans in answers"},
    [QUIRK_NUMBERS] = {"numbers", "number|string", {0}, "other numbers in answers"},
    [QUIRK_TIMES] = {"times", "s|ms|us", {0}, "the unit of times"},
    [QUIRK_STRINGS_NULL] = {"strings_null",
                            "off|on|missing",
                            {0},
                            "empty strings: as such, as null, or left out"},
    [QUIRK_SLASHES] = {"slashes", "plain|escaped", {0}, "slashes in JSON strings"},
    [QUIRK_SYSTEM] = {"system", "array|object", {0}, "the answer of /system"},
    [QUIRK_LIST_SINGLE] = {"list_single", "array|object", {0}, "a list of one row"},
    [QUIRK_COUNT_FIELD] = {"count_field",
                           "on|off",
                           {0},
                           "the {\"$count\"} row without a valid field"},
    [QUIRK_PAGE_MAX] = {"page_max", NULL, {0}, "rows in one answer at most; 0: no limit"},
    [QUIRK_PUT_REPLY] = {"put_reply", "array|object|row|empty", {0}, "the answer to PUT"},
    [QUIRK_UNIQUE] = {"unique", "409|422", {409, 422}, "the status for a duplicate"},
    [QUIRK_DEVICE_NAMES] = {"device_names", "free|unique", {0}, "within one machine"},
    [QUIRK_RUNNING_REFUSAL] = {"running_refusal",
                               "off|409|422",
                               {0, 409, 422},
                               "attaching to and detaching from a running VM"},
    [QUIRK_SETTINGS_ARGS] = {"settings_args", "apply|ignore", {0}, "in a PUT of a device"},
    [QUIRK_SETTINGS_TABLES] = {"settings_tables",
                               "on|off|missing-for-TABLE",
                               {0},
                               "off: 404 for all of them"},
    [QUIRK_SETTINGS_ROWS] = {"settings_rows", "auto|none", {0}, "whether devices have such rows"},
    [QUIRK_SRIOV_OVERRIDES] = {"sriov_overrides",
                               "stored|dropped",
                               {0},
                               "SR-IOV settings that the group does not allow to override"},
    [QUIRK_RATE] = {"rate",
                    NULL,
                    {0},
                    "connections drop above so many requests a second; 0: never"},
    [QUIRK_TOKEN_TTL] = {"token_ttl", NULL, {0}, "idle seconds of a session; 0: 86400"},
    [QUIRK_TOKEN_EXPIRED] = {"token_expired", "401|404", {401, 404}, "the status for such a one"},
};

static const char missing_for[] = "missing-for-";

void quirks_start(struct quirks *quirks)
{
    *quirks = (struct quirks){.missing_table = TABLE_NONE};
    for (int which = 0; which < QUIRK_COUNT; which++)
        quirks->values[which] = table[which].numbers[0];
}

static int find(const char *name)
{
    for (int which = 0; which < QUIRK_COUNT; which++) {
        if (strcmp(table[which].name, name) == 0)
            return which;
    }
    return -1;
}

/* The position of `value` in a list between bars, or -1. */
static int position(const char *list, const char *value)
{
    size_t size = strlen(value);

    for (int place = 0; list; place++) {
        const char *bar = strchr(list, '|');
        size_t length = bar ? (size_t)(bar - list) : strlen(list);

        if (length == size && strncmp(list, value, size) == 0)
            return place;
        list = bar ? bar + 1 : NULL;
    }
    return -1;
}

static bool set_missing(struct quirks *quirks, const char *value)
{
    if (strncmp(value, missing_for, strlen(missing_for)) != 0)
        return false;

    enum table_id missing = table_find(value + strlen(missing_for));

    if (missing == TABLE_NONE || !table_is_settings(missing))
        return false;
    quirks->missing_table = missing;
    quirks->values[QUIRK_SETTINGS_TABLES] = SETTINGS_TABLES_ONE_MISSING;
    return true;
}

static bool set_value(struct quirks *quirks, int which, const char *value)
{
    const struct switch_row *row = &table[which];
    int64_t number = 0;

    if (!row->values) {
        if (!parse_number(value, &number) || number < 0)
            return false;
        quirks->values[which] = number;
        return true;
    }
    if (which == QUIRK_SETTINGS_TABLES && set_missing(quirks, value))
        return true;

    int place = position(row->values, value);

    if (place < 0 || value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789")] != '\0')
        return false;
    quirks->values[which] = row->numbers[0] || row->numbers[1] ? row->numbers[place] : place;
    return true;
}

bool quirks_set(struct quirks *quirks, const char *name, const char *value, char problem[256])
{
    int which = find(name);

    if (which < 0) {
        (void)snprintf(problem, 256, "there is no quirk '%.100s'", name);
        return false;
    }
    if (!set_value(quirks, which, value)) {
        (void)snprintf(problem, 256, "quirk %s is %s, not '%.100s'", name,
                       table[which].values ? table[which].values : "a number", value);
        return false;
    }
    return true;
}

/* The value at a position of a list between bars. */
static void copy_value(char text[64], const char *list, int64_t place)
{
    while (place-- > 0)
        list = strchr(list, '|') + 1;
    (void)snprintf(text, 64, "%.*s", (int)strcspn(list, "|"), list);
}

static void describe(const struct quirks *quirks, int which, char text[64])
{
    const struct switch_row *row = &table[which];
    int64_t value = quirks->values[which];
    int place = 0;

    if (!row->values) {
        (void)snprintf(text, 64, "%" PRId64, value);
        return;
    }
    if (which == QUIRK_SETTINGS_TABLES && value == SETTINGS_TABLES_ONE_MISSING) {
        (void)snprintf(text, 64, "%s%s", missing_for, table_of(quirks->missing_table)->name);
        return;
    }
    if (row->numbers[0] || row->numbers[1]) {
        while (row->numbers[place] != value)
            place++;
        value = place;
    }
    copy_value(text, row->values, value);
}

cJSON *quirks_list(const struct quirks *quirks)
{
    cJSON *list = cJSON_CreateObject();

    for (int which = 0; which < QUIRK_COUNT; which++) {
        char text[64];

        describe(quirks, which, text);
        cJSON_AddStringToObject(list, table[which].name, text);
    }
    return list;
}

char *quirks_help(void)
{
    struct buffer help = {0};

    for (int which = 0; which < QUIRK_COUNT; which++) {
        buffer_printf(&help, "  %s=%s\n        %s\n", table[which].name,
                      table[which].values ? table[which].values : "NUMBER", table[which].help);
    }
    return buffer_take(&help);
}

bool quirks_table_missing(const struct quirks *quirks, enum table_id id)
{
    int64_t setting = quirk(quirks, QUIRK_SETTINGS_TABLES);

    if (!table_is_settings(id))
        return false;
    return setting == SETTINGS_TABLES_OFF ||
           (setting == SETTINGS_TABLES_ONE_MISSING && quirks->missing_table == id);
}
