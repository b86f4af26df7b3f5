/* SPDX-License-Identifier: MIT */
#include "tests/simulator/change.h"
#include "tests/simulator/devices.h"
#include "tests/simulator/groups.h"
#include "tests/simulator/keys.h"
#include "tests/simulator/vms.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct rules *rules_of(enum table_id table)
{
    static const struct rules none;

    if (table_is_settings(table))
        return &settings_rules;
    switch (table) {
    case TABLE_VMS:
        return &vm_rules;
    case TABLE_MACHINE_DEVICES:
        return &device_rules;
    case TABLE_RESOURCE_GROUPS:
        return &group_rules;
    case TABLE_RESOURCE_RULES:
        return &rule_rules;
    default:
        return &none;
    }
}

static void set_time(struct store *store, enum table_id table, struct row *row, const char *column)
{
    int index = column_find(table, column);

    if (index >= 0)
        store_set(store, table, row, index, value_number(time(NULL)));
}

void change_touch(struct store *store, enum table_id table, struct row *row)
{
    set_time(store, table, row, "modified");
}

bool change_duplicate(const struct change *change)
{
    return answer_error(change->answer, (int)quirk(change->quirks, QUIRK_UNIQUE),
                        "Validation error: unique constraint");
}

bool change_named(const struct change *change)
{
    enum table_id table = change->draft.table;
    const struct value *name = draft_value(&change->draft, "name");

    if (name->kind != VALUE_TEXT || !*value_characters(name))
        return draft_fails(change->answer, "name");
    if (!change->draft.given[column_named(table, "name")])
        return true;

    struct range range = store_pointing(change->store, table, "name", name);

    if (range.count > 1 || (range.count == 1 && range.rows[0] != change->row))
        return change_duplicate(change);
    return true;
}

static void finish(struct change *change)
{
    draft_clear(&change->draft);
    draft_clear(&change->settings);
    cJSON_Delete(change->response);
}

void change_envelope(struct answer *answer, enum table_id table, const struct row *row,
                     int64_t number, const cJSON *response)
{
    const char *name = table_of(table)->name;
    const struct value *key = &row->cells[COLUMN_KEY];
    char text[64];

    if (key->kind == VALUE_NUMBER)
        (void)snprintf(text, sizeof(text), "%" PRId64, key->number);
    else
        (void)snprintf(text, sizeof(text), "%s", value_characters(key));
    answer->status = 201;
    buffer_printf(&answer->body,
                  "{\"location\":\"/v4/%s/%s\",\"dbpath\":\"%s/%s\",\"$row\":%" PRId64
                  ",\"$key\":\"%s\"",
                  name, text, name, text, number, text);
    if (response) {
        char *json = cJSON_PrintUnformatted(response);

        buffer_printf(&answer->body, ",\"response\":%s", json);
        cJSON_free(json);
    }
    buffer_character(&answer->body, '}');
}

/* What a row's key is as a number: a group under integer keys has its own. */
static void answer_created(struct change *change)
{
    enum table_id table = change->draft.table;
    const struct value *shown = key_shown(change->quirks, table, change->row);
    int64_t number =
        shown->kind == VALUE_NUMBER ? shown->number : (int64_t)store_count(change->store, table);

    if (shown == &change->row->cells[COLUMN_KEY]) {
        change_envelope(change->answer, table, change->row, number, change->response);
        return;
    }
    change->answer->status = 201;
    buffer_printf(&change->answer->body,
                  "{\"location\":\"/v4/%s/%" PRId64 "\",\"dbpath\":\"%s/%" PRId64
                  "\",\"$row\":%" PRId64 ",\"$key\":\"%" PRId64 "\"}",
                  table_of(table)->name, number, table_of(table)->name, number, number, number);
}

void change_create(struct store *store, const struct quirks *quirks, enum table_id table,
                   const cJSON *body, struct answer *answer)
{
    const struct rules *rules = rules_of(table);
    struct change change = {.store = store,
                            .quirks = quirks,
                            .body = body,
                            .draft = {.table = table},
                            .answer = answer};

    if (draft_read(&change.draft, store, quirks, body, answer) &&
        (!rules->check_create || rules->check_create(&change)) &&
        draft_complete(&change.draft, answer)) {
        change.row = store_append(store, table);
        draft_apply(&change.draft, store, change.row);
        set_time(store, table, change.row, "created");
        set_time(store, table, change.row, "modified");
        if (rules->created)
            rules->created(&change);
        answer_created(&change);
    }
    finish(&change);
}

void change_update(struct store *store, const struct quirks *quirks, enum table_id table,
                   struct row *row, const cJSON *body, struct answer *answer)
{
    const struct rules *rules = rules_of(table);
    struct change change = {.store = store,
                            .quirks = quirks,
                            .body = body,
                            .draft = {.table = table, .row = row},
                            .row = row,
                            .answer = answer};

    if (draft_read(&change.draft, store, quirks, body, answer) &&
        (!rules->check_update || rules->check_update(&change))) {
        draft_apply(&change.draft, store, row);
        change_touch(store, table, row);
        if (rules->updated)
            rules->updated(&change);
        answer->status = 200;
    }
    finish(&change);
}

void change_remove(struct store *store, enum table_id table, struct row *row)
{
    const struct rules *rules = rules_of(table);

    if (rules->remove)
        rules->remove(store, row);
    else
        store_remove(store, table, row);
}

void change_delete(struct store *store, const struct quirks *quirks, enum table_id table,
                   struct row *row, struct answer *answer)
{
    const struct rules *rules = rules_of(table);
    struct change change = {.store = store,
                            .quirks = quirks,
                            .draft = {.table = table, .row = row},
                            .row = row,
                            .answer = answer};

    if (!rules->check_delete || rules->check_delete(&change)) {
        change_remove(store, table, row);
        answer->status = 200;
    }
    finish(&change);
}

void change_complete(struct store *store, enum table_id table, struct row *row)
{
    if (table == TABLE_MACHINE_DEVICES)
        device_complete(store, row);
    else if (table == TABLE_VMS)
        vm_complete(store, row);
    else if (table == TABLE_MACHINES)
        machine_complete(store, row);
    else if (table == TABLE_RESOURCE_GROUPS)
        group_complete(store, row);
}
