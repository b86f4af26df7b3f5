/* SPDX-License-Identifier: MIT */
#include "tests/simulator/keys.h"
#include "tests/simulator/buffer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool integer_groups(const struct quirks *quirks, enum table_id table)
{
    return table == TABLE_RESOURCE_GROUPS && quirk(quirks, QUIRK_GROUP_KEY) == GROUP_KEY_INT;
}

static void group_of_number(const struct store *store, struct value *key)
{
    struct range range = store_pointing(store, TABLE_RESOURCE_GROUPS, "id", key);

    if (range.count)
        *key = value_copy(&range.rows[0]->cells[COLUMN_KEY]);
}

static void lower_case(struct value *key)
{
    char *text = must_copy(value_characters(key));

    for (char *letter = text; *letter; letter++)
        *letter = (char)tolower((unsigned char)*letter);
    value_clear(key);
    *key = value_text(text);
    free(text);
}

void key_coerce(const struct store *store, const struct quirks *quirks, enum table_id table,
                struct value *key)
{
    bool uuids = table_of(table)->flags & UUID_KEYS;
    int64_t number = 0;

    if (key->kind == VALUE_TEXT && (!uuids || integer_groups(quirks, table)) &&
        parse_number(value_characters(key), &number)) {
        value_clear(key);
        *key = value_number(number);
    }
    if (key->kind == VALUE_NUMBER && integer_groups(quirks, table))
        group_of_number(store, key);
    else if (key->kind == VALUE_TEXT && uuids)
        lower_case(key);
}

struct row *key_find(const struct store *store, const struct quirks *quirks, enum table_id table,
                     const char *text)
{
    struct value key = value_text(text);

    key_coerce(store, quirks, table, &key);

    struct row *row = store_row(store, table, &key);

    value_clear(&key);
    return row;
}

const struct value *key_shown(const struct quirks *quirks, enum table_id table,
                              const struct row *row)
{
    if (integer_groups(quirks, table))
        return store_cell(table, row, "id");
    return &row->cells[COLUMN_KEY];
}

bool value_truth(const struct value *value, bool *truth)
{
    static const char *const words[] = {"true", "yes", "on", "1", "false", "no", "off", "0", ""};

    if (value->kind == VALUE_BOOL) {
        *truth = value->truth;
        return true;
    }
    if (value->kind == VALUE_NUMBER) {
        *truth = value->number != 0;
        return value->number == 0 || value->number == 1;
    }
    for (size_t word = 0; value->kind == VALUE_TEXT && word < sizeof(words) / sizeof(*words);
         word++) {
        if (strcasecmp(words[word], value_characters(value)) == 0) {
            *truth = word < 4;
            return true;
        }
    }
    return false;
}
