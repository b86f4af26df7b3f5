/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/value.h"
#include "lib/verify.h"

int verge_verify_member(const char *key, const cJSON *sent, const cJSON *shown,
                        struct verge_error *error)
{
    char *was_sent, *is_shown;

    if (shown != NULL && verge_setting_same(key, sent, shown)) {
        return 0;
    }
    was_sent = cJSON_PrintUnformatted(sent);
    is_shown = shown != NULL ? cJSON_PrintUnformatted(shown) : NULL;
    verge_error_set(error, EIO, "%s: sent %.100s, the server shows %.100s", key,
                    was_sent != NULL ? was_sent : "?", is_shown != NULL ? is_shown : "nothing");
    cJSON_free(was_sent);
    cJSON_free(is_shown);
    return -EIO;
}

int verge_verify(const cJSON *sent, const cJSON *shown, struct verge_error *error)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, sent)
    {
        int rc = verge_verify_member(item->string, item,
                                     cJSON_GetObjectItemCaseSensitive(shown, item->string), error);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

int verge_device_look(struct verge_client *client, const struct verge_call *call,
                      const struct verge_identity *identity, struct verge_device **device,
                      struct verge_error *error)
{
    struct verge_record *row;
    char key[16];
    int rc;

    *device = NULL;
    snprintf(key, sizeof(key), "%" PRIu32, identity->key);
    rc = verge_model_get(client, call, &verge_device_model, key, &row, error);
    if (rc < 0) {
        return rc;
    }
    if (!verge_device_matches((struct verge_device *)row, identity)) {
        verge_record_release(row);
        return verge_error_set(error, ESTALE, "the server has another device under key %s", key);
    }
    *device = (struct verge_device *)row;
    return 0;
}

int verge_settings_look(struct verge_client *client, const struct verge_call *call,
                        const struct verge_device_type *type, uint32_t device,
                        struct verge_settings **settings, struct verge_error *error)
{
    struct verge_error missing = VERGE_ERROR_INIT;
    struct verge_rows rows;
    int rc;

    *settings = NULL;
    if (type == NULL || type->settings_table == NULL) {
        return 0;
    }
    rc = verge_rows_look(client, call, verge_settings_model(type->settings_table), "machine_device",
                         device, &rows, &missing);
    for (size_t i = 0; rc == 0 && *settings == NULL && i < rows.count; i++) {
        if (rows.rows[i]->owner == device) {
            *settings = verge_record_hold(rows.rows[i]);
        }
    }
    verge_rows_free(rows.rows, rows.count);
    if (rc == 0 || missing.http_status == 404) {
        return 0;
    }
    *error = missing;
    return rc;
}

bool verge_error_doubt(const struct verge_error *error)
{
    return error->uncertain || error->http_status == 502 || error->http_status == 503 ||
           error->http_status == 504;
}
