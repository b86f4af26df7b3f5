/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/attach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/groups.h"
#include "lib/value.h"

/* ---- completing a request ---- */

static int load_groups(struct request *request, struct tree *tree, struct verge_snapshot **groups)
{
    struct verge_want want = want_of(request, VERGE_RECENT);
    if (*groups)
        return 0;
    return verge_list(tree->inventory, &want, VERGE_GROUPS, groups, NULL, &request->error);
}

/* Settings given win over the defaults of the vendor's create call. */
static int merge_settings(const struct verge_device_type *type, const cJSON *given, cJSON **merged)
{
    const cJSON *item;
    *merged = type ? verge_type_default_settings(type) : cJSON_CreateObject();
    if (!*merged)
        return -ENOMEM;
    cJSON_ArrayForEach(item, given)
    {
        cJSON_DeleteItemFromObjectCaseSensitive(*merged, item->string);
        if (!verge_json_put(*merged, item->string, cJSON_Duplicate(item, true)))
            return -ENOMEM;
    }
    return 0;
}

int attach_complete(struct request *request, struct tree *tree, struct verge_device_request *wanted,
                    const cJSON *settings, cJSON **settings_out, struct verge_snapshot **groups)
{
    const struct verge_device_type *type = verge_device_type_by_token(wanted->type);
    const struct verge_group *group = NULL;
    int result = 0;
    if (type && type->needs_group && !wanted->resource_group) {
        result = load_groups(request, tree, groups);
        if (!result)
            result = groups_only(request, *groups, type, &group);
        if (!result)
            wanted->resource_group = &group->key;
    }
    if (!result)
        result = merge_settings(type, settings, settings_out);
    wanted->settings = *settings_out;
    return result;
}

/* ---- reading the object ---- */

struct reading {
    struct request *request;
    struct tree *tree;
    struct verge_device_request wanted;
    struct verge_snapshot *groups;
    const cJSON *settings;
    bool group_given;
};

static int bad(struct reading *reading, const char *field, const char *takes)
{
    return verge_error_set(&reading->request->error, EINVAL, "%s takes %s", field, takes);
}

static int read_type(struct reading *reading, const cJSON *item)
{
    if (!cJSON_IsString(item) || !*item->valuestring)
        return bad(reading, "type", "the name of a type");
    const struct verge_device_type *type = verge_device_type_by_directory(item->valuestring);
    reading->wanted.type = type ? type->token : item->valuestring;
    return 0;
}

static int read_name(struct reading *reading, const cJSON *item)
{
    if (!cJSON_IsString(item))
        return bad(reading, "name", "a string");
    reading->wanted.name = item->valuestring;
    return 0;
}

static int read_description(struct reading *reading, const cJSON *item)
{
    if (!cJSON_IsString(item) && !cJSON_IsNull(item))
        return bad(reading, "description", "a string");
    reading->wanted.description = item->valuestring;
    return 0;
}

static int read_enabled(struct reading *reading, const cJSON *item)
{
    if (!cJSON_IsBool(item))
        return bad(reading, "enabled", "true or false");
    reading->wanted.enabled = cJSON_IsTrue(item);
    return 0;
}

static int read_optional(struct reading *reading, const cJSON *item)
{
    if (!cJSON_IsBool(item))
        return bad(reading, "optional", "true or false");
    reading->wanted.optional = cJSON_IsTrue(item);
    return 0;
}

static int read_count(struct reading *reading, const cJSON *item)
{
    if (!cJSON_IsNumber(item) || item->valuedouble < 1 || item->valuedouble > 16 ||
        item->valuedouble != (double)item->valueint)
        return bad(reading, "count", "a number from 1 to 16");
    reading->wanted.count = (unsigned)item->valueint;
    return 0;
}

static int read_settings(struct reading *reading, const cJSON *item)
{
    if (!cJSON_IsObject(item) && !cJSON_IsNull(item))
        return bad(reading, "settings_args", "an object");
    reading->settings = item;
    return 0;
}

static int read_group(struct reading *reading, const cJSON *item)
{
    bool is_number = false;
    const struct verge_group *group = NULL;
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    if (!verge_value_reference(item, &text, &is_number))
        return -ENOMEM;
    if (!text.length)
        return 0; /* device.json of a device without a group */
    int result = load_groups(reading->request, reading->tree, &reading->groups);
    if (!result)
        result = groups_named(reading->request, reading->groups, verge_text_content(&text), &group);
    if (result)
        return result;
    reading->wanted.resource_group = &group->key;
    if (!reading->wanted.type)
        reading->wanted.type = group->type;
    return 0;
}

static int ignore(struct reading *reading, const cJSON *item)
{
    (void)reading;
    (void)item;
    return 0;
}

/* What the object may hold: its own fields, and those of a device.json that a new device gets from
 * the server. */
static const struct {
    const char *name;
    int (*read)(struct reading *reading, const cJSON *item);
} fields[] = {
    {"type", read_type}, /* before the group, whose type is only a substitute */
    {"resource_group", read_group},
    {"name", read_name},
    {"description", read_description},
    {"enabled", read_enabled},
    {"optional", read_optional},
    {"count", read_count},
    {"settings_args", read_settings},
    {"$key", ignore},
    {"machine", ignore},
    {"machine_name", ignore},
    {"machine_type", ignore},
    {"orderid", ignore},
    {"uuid", ignore},
    {"resource_group_name", ignore},
    {"device_status", ignore},
    {"status_info", ignore},
    {"created", ignore},
    {"modified", ignore},
};
static const size_t field_count = sizeof(fields) / sizeof(fields[0]);

static int refuse_unknown(struct reading *reading, const cJSON *object)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        size_t i = 0;
        while (i < field_count && strcmp(fields[i].name, item->string) != 0)
            i++;
        if (i == field_count)
            return verge_error_set(&reading->request->error, EINVAL, "attach has no field '%s'",
                                   item->string);
    }
    return 0;
}

static int read_fields(struct reading *reading, const cJSON *object)
{
    int result = refuse_unknown(reading, object);
    for (size_t i = 0; !result && i < field_count; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, fields[i].name);
        if (item)
            result = fields[i].read(reading, item);
    }
    if (!result && !reading->wanted.type)
        result = verge_error_set(&reading->request->error, EINVAL,
                                 "type: none given, and no resource_group to tell it");
    return result;
}

/* ---- creating ---- */

static int create(const struct change *change, struct reading *reading, const cJSON *settings)
{
    struct verge_device **rows = NULL;
    size_t count = 0;
    reading->wanted.settings = settings;
    int result = verge_attach_device(change->tree->inventory, &change->request->call,
                                     &reading->wanted, &rows, &count, &change->request->error);
    if (result) { /* rows there may be, even so: made, but not as they should be */
        verge_rows_free((struct verge_record **)rows, count);
        return result;
    }
    VERGE_JSON_LOCAL *shown = cJSON_CreateArray();
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(shown, verge_record_json(&rows[i]->record));
    verge_rows_free((struct verge_record **)rows, count);
    char *text = shown ? cJSON_Print(shown) : NULL;
    if (text && change->reply)
        verge_text_printf(change->reply, "%s\n", text);
    cJSON_free(text);
    return 0; /* the devices are there, whether or not they can be shown here */
}

int store_attach(const struct change *change)
{
    struct reading reading = {.request = change->request, .tree = change->tree};
    VERGE_JSON_LOCAL *object = verge_json_parse(change->value, strlen(change->value));
    VERGE_JSON_LOCAL *merged = NULL;
    SUBJECT_LOCAL subject;
    int result =
        subject_load(change->tree, change->request, change->address, VERGE_RECENT, &subject);
    if (result)
        return result;
    reading.wanted.machine = subject.vm->machine;
    reading.wanted.enabled = true;
    if (!cJSON_IsObject(object))
        result = bad(&reading, "attach", "one JSON object");
    if (!result)
        result = read_fields(&reading, object);
    if (!result)
        result = attach_complete(change->request, change->tree, &reading.wanted, reading.settings,
                                 &merged, &reading.groups);
    if (!result)
        result = create(change, &reading, merged);
    verge_snapshot_release(reading.groups);
    return result;
}
