/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/models.h"
#include "lib/value.h"

#define AT(member) offsetof(struct verge_settings, member)

static const struct verge_column columns[] = {
    {"$key", NULL, VERGE_KEY, AT(record.key), 0, false},
    {"machine_device", NULL, VERGE_KEY, AT(record.owner), 0, false},
};

static bool read_rest(const cJSON *row, struct verge_text *rest);

/* The columns of these tables are not published: whatever `most` brings is a setting. */
#define SETTINGS_MODEL(name) \
    { \
        .table = (name), .columns = columns, .count = sizeof(columns) / sizeof(columns[0]), \
        .size = sizeof(struct verge_settings), .extra_fields = "most", .read_rest = read_rest, \
    }

const struct verge_model verge_settings_models[] = {
    SETTINGS_MODEL("machine_device_settings_tpm"),
    SETTINGS_MODEL("machine_device_settings_usb"),
    SETTINGS_MODEL("machine_device_settings_nvidia_vgpu"),
    SETTINGS_MODEL("machine_device_settings_sriov_nic"),
    SETTINGS_MODEL("machine_device_settings_host_gpu"),
    SETTINGS_MODEL("machine_device_settings_gpu"),
};

_Static_assert(sizeof(verge_settings_models) / sizeof(verge_settings_models[0]) ==
                   VERGE_SETTINGS_TABLES,
               "models.h says how many there are");

int verge_settings_index(const char *table)
{
    for (int i = 0; i < VERGE_SETTINGS_TABLES; i++) {
        if (strcmp(verge_settings_models[i].table, table) == 0) {
            return i;
        }
    }
    return -1;
}

const struct verge_model *verge_settings_model(const char *table)
{
    int index = verge_settings_index(table);

    return index < 0 ? NULL : &verge_settings_models[index];
}

/* Where a key stands among the settings of all types; the unknown ones come after those. */
static size_t rank(const char *key)
{
    size_t rank = 0;

    for (size_t i = 0; i < verge_device_type_count; i++) {
        for (size_t j = 0; j < verge_device_types[i].setting_count; j++, rank++) {
            if (strcmp(verge_device_types[i].settings[j].key, key) == 0) {
                return rank;
            }
        }
    }
    return rank;
}

static int compare_members(const void *one, const void *other)
{
    const cJSON *first = *(const cJSON *const *)one, *second = *(const cJSON *const *)other;
    size_t rank_first = rank(first->string), rank_second = rank(second->string);

    if (rank_first != rank_second) {
        return rank_first < rank_second ? -1 : 1;
    }
    return strcmp(first->string, second->string);
}

static bool is_setting(const cJSON *member)
{
    return member->string != NULL && member->string[0] != '$' &&
           strcmp(member->string, "machine_device") != 0;
}

static const struct verge_setting *known_setting(const char *key)
{
    const struct verge_setting *found = NULL;

    for (size_t i = 0; found == NULL && i < verge_device_type_count; i++) {
        found = verge_setting_find(&verge_device_types[i], key);
    }
    return found;
}

/* The value in the type that its setting has (vergeos-api §3.3); NULL where it is in that already,
 * makes no sense in it, or belongs to a setting that is not known. */
static cJSON *straight_value(const cJSON *member)
{
    const struct verge_setting *setting = known_setting(member->string);
    char room[64];

    if (setting == NULL || cJSON_IsNull(member)) {
        return NULL;
    }
    if (setting->kind == VERGE_SETTING_STRING && cJSON_IsNumber(member)) {
        return cJSON_CreateString(verge_value_text(member, room));
    }
    if (setting->kind == VERGE_SETTING_INTEGER && cJSON_IsString(member) &&
        verge_value_integer(member, 0) == verge_value_integer(member, 1)) {
        return cJSON_CreateNumber((double)verge_value_integer(member, 0));
    }
    if (setting->kind == VERGE_SETTING_BOOLEAN && !cJSON_IsBool(member) &&
        verge_value_boolean(member, false) == verge_value_boolean(member, true)) {
        return cJSON_CreateBool(verge_value_boolean(member, false));
    }
    return NULL;
}

static bool append_member(struct verge_text *rest, const cJSON *member)
{
    cJSON *straight = straight_value(member);
    char *value = cJSON_PrintUnformatted(straight != NULL ? straight : member);
    cJSON *name = cJSON_CreateStringReference(member->string);
    char *quoted = name != NULL ? cJSON_PrintUnformatted(name) : NULL;
    bool ok = value != NULL && quoted != NULL &&
              verge_text_printf(rest, "%c%s:%s", rest->length == 0 ? '{' : ',', quoted, value);

    cJSON_free(value);
    cJSON_free(quoted);
    cJSON_Delete(name);
    cJSON_Delete(straight);
    return ok;
}

static bool read_rest(const cJSON *row, struct verge_text *rest)
{
    const cJSON **members = calloc((size_t)cJSON_GetArraySize(row) + 1, sizeof(*members));
    size_t count = 0;
    bool ok = members != NULL;

    for (const cJSON *member = row->child; ok && member != NULL; member = member->next) {
        if (is_setting(member)) {
            members[count++] = member;
        }
    }
    if (ok && count > 0) {
        qsort(members, count, sizeof(cJSON *), compare_members);
    }
    for (size_t i = 0; ok && i < count; i++) {
        ok = append_member(rest, members[i]);
    }
    free(members);
    return ok && (rest->length == 0 || verge_text_char(rest, '}'));
}

const char *verge_settings_text(const struct verge_settings *settings)
{
    return settings == NULL || *settings->record.rest == '\0' ? "{}" : settings->record.rest;
}

cJSON *verge_settings_json(const struct verge_settings *settings)
{
    const char *text = verge_settings_text(settings);

    return verge_json_parse(text, strlen(text));
}
