/* SPDX-License-Identifier: MIT */
#include "tests/simulator/tables.h"
#include "tests/simulator/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct table *table_of(enum table_id id)
{
    return &schema[id];
}

enum table_id table_find(const char *name)
{
    for (unsigned id = 0; id < TABLE_COUNT; id++) {
        if (strcmp(schema[id].name, name) == 0)
            return (enum table_id)id;
    }
    return TABLE_NONE;
}

bool table_is_empty(const char *name)
{
    for (const char *const *empty = empty_tables; *empty; empty++) {
        if (strcmp(*empty, name) == 0)
            return true;
    }
    return false;
}

int table_width(enum table_id id)
{
    int width = 0;

    while (schema[id].columns[width].name)
        width++;
    return width;
}

int column_find(enum table_id id, const char *name)
{
    const struct column *columns = schema[id].columns;

    for (int index = 0; columns[index].name; index++) {
        if (strcmp(columns[index].name, name) == 0)
            return index;
    }
    return -1;
}

int column_named(enum table_id id, const char *name)
{
    int index = column_find(id, name);

    if (index < 0) {
        (void)fprintf(stderr, "vergesim: no column %s in %s\n", name, schema[id].name);
        abort();
    }
    return index;
}

const struct column *column_of(enum table_id id, int index)
{
    return &schema[id].columns[index];
}

static const struct choice *find_choice(const struct column *column, const char *value)
{
    for (const struct choice *choice = column->choices; choice && choice->value; choice++) {
        if (strcmp(choice->value, value) == 0)
            return choice;
    }
    return NULL;
}

const char *choice_label(const struct column *column, const char *value)
{
    const struct choice *choice = find_choice(column, value);

    return choice ? choice->label : value;
}

bool choice_exists(const struct column *column, const char *value)
{
    return find_choice(column, value) != NULL;
}

bool table_is_settings(enum table_id id)
{
    return id >= TABLE_SETTINGS_TPM && id <= TABLE_SETTINGS_HOST_GPU;
}
