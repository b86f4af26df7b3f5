/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/value.h"

/* One field of the device's row. */
static int store_field(const struct change *change, cJSON *value_take)
{
    struct verge_error *error = &change->request->error;
    VERGE_JSON_LOCAL *fields = cJSON_CreateObject();
    if (!verge_json_put(fields, change->attribute->column, value_take))
        return verge_error_set(error, ENOMEM, "out of memory");
    return verge_change_device(change->tree->inventory, &change->request->call, change->identity,
                               fields, error);
}

int store_text(const struct change *change)
{
    return store_field(change, cJSON_CreateString(change->value));
}

int store_boolean(const struct change *change)
{
    bool truth = false;
    if (!scalar_boolean(change->value, &truth))
        return verge_error_set(&change->request->error, EINVAL, "%s takes true or false",
                               change->attribute->name);
    return store_field(change, cJSON_CreateBool(truth));
}

int store_integer(const struct change *change)
{
    int64_t number = 0;
    if (!scalar_integer(change->value, &number))
        return verge_error_set(&change->request->error, EINVAL, "%s takes a number",
                               change->attribute->name);
    return store_field(change, cJSON_CreateNumber((double)number));
}

int store_settings(const struct change *change)
{
    VERGE_JSON_LOCAL *settings = verge_json_parse(change->value, strlen(change->value));
    if (!cJSON_IsObject(settings))
        return verge_error_set(&change->request->error, EINVAL, "%s takes one JSON object",
                               change->attribute->name);
    return verge_change_settings(change->tree->inventory, &change->request->call, change->identity,
                                 settings, &change->request->error);
}

/* ---- power ---- */

int store_power(const struct change *change)
{
    static const struct {
        const char *word, *action;
    } actions[] = {{"on", "poweron"}, {"off", "poweroff"}, {"kill", "kill"}, {"reset", "reset"}};
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (!strcasecmp(actions[i].word, change->value))
            return verge_power(change->tree->inventory, &change->request->call, change->address.key,
                               actions[i].action, &change->request->error);
    return verge_error_set(&change->request->error, EINVAL, "power takes on, off, kill or reset");
}

/* ---- device.json ---- */

static bool writable(const char *field)
{
    struct attribute_table table = attributes_of(KIND_DEVICE);
    for (size_t i = 0; i < table.count; i++)
        if (table.rows[i].column && !strcmp(table.rows[i].column, field))
            return table.rows[i].syntax != SYNTAX_NONE;
    return false;
}

/* One member of the object: nothing to do, something to send, or nothing that can be written. */
static int sort_member(const struct change *change, const cJSON *row, const cJSON *member,
                       cJSON *fields)
{
    struct verge_error *error = &change->request->error;
    const cJSON *shown = cJSON_GetObjectItemCaseSensitive(row, member->string);
    if (!shown)
        return verge_error_set(error, EINVAL, "a device has no field '%s'", member->string);
    if (verge_value_same(shown, member))
        return 0;
    if (!writable(member->string))
        return verge_error_set(error, EINVAL, "field '%s' is read-only", member->string);
    return verge_json_put(fields, member->string, cJSON_Duplicate(member, true)) ? 0 : -ENOMEM;
}

static int sort_members(const struct change *change, const cJSON *object, cJSON *fields,
                        const cJSON **settings)
{
    const cJSON *member;
    SUBJECT_LOCAL subject;
    int result =
        subject_load(change->tree, change->request, change->address, VERGE_RECENT, &subject);
    if (result)
        return result;
    VERGE_JSON_LOCAL *row = verge_record_json(&subject.device->record);
    if (!row)
        return -ENOMEM;
    cJSON_ArrayForEach(member, object)
    {
        if (!strcmp(member->string, "settings_args"))
            *settings = member;
        else if (!result)
            result = sort_member(change, row, member, fields);
    }
    if (!result && *settings && !cJSON_IsObject(*settings))
        result = verge_error_set(&change->request->error, EINVAL, "settings_args takes an object");
    return result;
}

/* Two requests cannot be made as one: who is told that the second failed is told of the first. */
static void tell_of_settings(struct verge_error *error)
{
    struct verge_error told = *error;
    snprintf(error->text, sizeof(error->text), "settings_args is as written, the rest is not: %.*s",
             (int)sizeof(told.text) - 60, told.text);
}

int store_device(const struct change *change)
{
    const cJSON *settings = NULL;
    struct verge_error *error = &change->request->error;
    VERGE_JSON_LOCAL *object = verge_json_parse(change->value, strlen(change->value));
    VERGE_JSON_LOCAL *fields = cJSON_CreateObject();
    if (!fields)
        return verge_error_set(error, ENOMEM, "out of memory");
    if (!cJSON_IsObject(object))
        return verge_error_set(error, EINVAL, "device.json takes one JSON object");
    int result = sort_members(change, object, fields, &settings);
    /* Settings first: of those some are refused before anything is sent. */
    bool sent = !result && settings && settings->child;
    if (sent)
        result = verge_change_settings(change->tree->inventory, &change->request->call,
                                       change->identity, settings, error);
    if (result || !fields->child)
        return result;
    result = verge_change_device(change->tree->inventory, &change->request->call, change->identity,
                                 fields, error);
    if (result && sent)
        tell_of_settings(error);
    return result;
}
