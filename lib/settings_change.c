/* SPDX-License-Identifier: MIT */
/*
 * Settings of a device changed. They live in the row of a settings table where there is one, and
 * go to the device as `settings_args` where there is none; so do those that no table shows.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/value.h"
#include "lib/verify.h"

/* One change on its way. */
struct change {
    struct verge_client *client;
    const struct verge_call *call;
    const struct verge_device *device;
    const struct verge_device_type *type;
    cJSON *for_row;       /* what the settings row is to take */
    cJSON *for_arguments; /* what `settings_args` is to take */
};

static int refuse_fixed(const struct verge_setting *setting, struct verge_error *error)
{
    return verge_error_set(error, EINVAL, "%s cannot change after creation", setting->key);
}

/* What of the changes is one, and where each goes. */
static int sort_changes(struct change *change, const struct verge_settings *before,
                        const cJSON *changes, struct verge_error *error)
{
    VERGE_JSON_LOCAL *old = verge_settings_json(before);
    const cJSON *item;

    cJSON_ArrayForEach(item, changes)
    {
        const struct verge_setting *setting = verge_setting_find(change->type, item->string);
        const cJSON *had = cJSON_GetObjectItemCaseSensitive(old, item->string);
        bool hidden = setting != NULL && setting->unreadable;

        if (!hidden && had != NULL && verge_setting_same(item->string, item, had)) {
            continue;
        }
        if (setting != NULL && setting->fixed) {
            return refuse_fixed(setting, error);
        }
        if (!verge_json_put(before != NULL && !hidden ? change->for_row : change->for_arguments,
                            item->string, cJSON_Duplicate(item, true))) {
            return verge_error_set(error, ENOMEM, "out of memory");
        }
    }
    return 0;
}

static int put_row(const struct change *change, uint32_t row, struct verge_error *error)
{
    char key[16];

    snprintf(key, sizeof(key), "%" PRIu32, row);
    return verge_client_put(change->client, change->call, change->type->settings_table, key,
                            change->for_row, error);
}

/* The row went away: what was for it goes the other way. */
static int move_to_arguments(struct change *change, struct verge_error *error)
{
    cJSON *item;

    while ((item = cJSON_DetachItemFromArray(change->for_row, 0)) != NULL) {
        if (!verge_json_put(change->for_arguments, item->string, item)) {
            return verge_error_set(error, ENOMEM, "out of memory");
        }
    }
    return 0;
}

/* A 404 may mean the row, which may have come back under another key, or a reference in it. */
static int send_to_row(struct change *change, uint32_t row, struct verge_error *error)
{
    struct verge_error look = VERGE_ERROR_INIT;
    struct verge_settings *now = NULL;
    uint32_t key;
    int rc;

    if (change->for_row->child == NULL) {
        return 0;
    }
    rc = put_row(change, row, error);
    if (rc == 0 || error->http_status != 404) {
        return rc;
    }
    if (verge_settings_look(change->client, change->call, change->type, change->device->record.key,
                            &now, &look) < 0) {
        return rc;
    }
    key = now != NULL ? now->record.key : 0;
    verge_record_release(now);
    if (key == row) {
        return -(error->errnum = EINVAL);
    }
    *error = (struct verge_error)VERGE_ERROR_INIT;
    if (key != 0) {
        return put_row(change, key, error);
    }
    return move_to_arguments(change, error);
}

static int send_arguments(const struct change *change, struct verge_error *error)
{
    VERGE_JSON_LOCAL *body = cJSON_CreateObject();
    struct verge_error look = VERGE_ERROR_INIT;
    struct verge_identity identity;
    struct verge_device *device = NULL;
    char key[16];
    int rc;

    if (change->for_arguments->child == NULL) {
        return 0;
    }
    if (!verge_json_put(body, "settings_args", cJSON_Duplicate(change->for_arguments, true))) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    snprintf(key, sizeof(key), "%" PRIu32, change->device->record.key);
    rc = verge_client_put(change->client, change->call, verge_device_model.table, key, body, error);
    if (rc == 0 || error->http_status != 404) {
        return rc;
    }
    verge_device_identity(change->device, &identity);
    if (verge_device_look(change->client, change->call, &identity, &device, &look) == 0) {
        rc = -(error->errnum = EINVAL);
    }
    verge_record_release(device);
    return rc;
}

/* Where no row shows the settings, the server's word has to do; and for those that no row shows. */
static int verify_change(const struct change *change, const struct verge_settings *after,
                         unsigned *unverified, struct verge_error *error)
{
    const cJSON *sent[] = {change->for_row, change->for_arguments};
    VERGE_JSON_LOCAL *shown = verge_settings_json(after);
    const cJSON *item;

    if (shown == NULL) {
        verge_error_set(error, ENOMEM, "out of memory");
        error->uncertain = true;
        return -ENOMEM;
    }
    for (size_t i = 0; i < 2; i++) {
        cJSON_ArrayForEach(item, sent[i])
        {
            const struct verge_setting *setting = verge_setting_find(change->type, item->string);
            int rc;

            if (after == NULL || (setting != NULL && setting->unreadable)) {
                ++*unverified;
                continue;
            }
            rc = verge_verify_member(item->string, item,
                                     cJSON_GetObjectItemCaseSensitive(shown, item->string), error);
            if (rc < 0) {
                return rc;
            }
        }
    }
    return 0;
}

/* A PUT whose answer was lost is a success if the row shows what it said. */
static int judge_lost(const struct change *change, const struct verge_settings *after,
                      struct verge_error *error)
{
    struct verge_error unused = VERGE_ERROR_INIT;
    unsigned unverified = 0;

    if (after == NULL || verify_change(change, after, &unverified, &unused) < 0 || unverified > 0) {
        return -error->errnum;
    }
    *error = (struct verge_error)VERGE_ERROR_INIT;
    return 0;
}

static int apply_change(struct change *change, uint32_t row, struct verge_settings **after,
                        unsigned *unverified, struct verge_error *error)
{
    struct verge_error look = VERGE_ERROR_INIT;
    int rc, rc_look;

    rc = send_to_row(change, row, error);
    if (rc == 0) {
        bool half = change->for_row->child != NULL;

        rc = send_arguments(change, error);
        error->uncertain = error->uncertain || (rc < 0 && half); /* the row has its part */
    }
    if (rc < 0 && !verge_error_doubt(error)) {
        return rc;
    }
    rc_look = verge_settings_look(change->client, change->call, change->type,
                                  change->device->record.key, after, &look);
    if (rc < 0) {
        return judge_lost(change, *after, error);
    }
    if (rc_look < 0) {
        *error = look;
        error->uncertain = true;
        return rc_look;
    }
    return verify_change(change, *after, unverified, error);
}

int verge_settings_update(struct verge_client *client, const struct verge_call *call,
                          const struct verge_device *device, const struct verge_settings *before,
                          const cJSON *changes, struct verge_settings **after, unsigned *unverified,
                          struct verge_error *error)
{
    VERGE_JSON_LOCAL *for_row = cJSON_CreateObject();
    VERGE_JSON_LOCAL *for_arguments = cJSON_CreateObject();
    struct change change = {client,  call,         device, verge_device_type_by_token(device->type),
                            for_row, for_arguments};
    int rc;

    *after = NULL;
    *unverified = 0;
    if (for_row == NULL || for_arguments == NULL) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    if (changes->child == NULL) { /* {} is what a device without settings shows */
        *after = verge_record_hold(before);
        return 0;
    }
    if (change.type == NULL || change.type->settings_table == NULL) {
        return verge_error_set(error, EINVAL, "devices of type %.100s have no settings",
                               device->type);
    }
    rc = sort_changes(&change, before, changes, error);
    if (rc < 0) {
        return rc;
    }
    if (for_row->child == NULL && for_arguments->child == NULL) {
        *after = verge_record_hold(before);
        return 0;
    }
    return apply_change(&change, before != NULL ? before->record.key : 0, after, unverified, error);
}
