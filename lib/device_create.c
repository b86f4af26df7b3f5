/* SPDX-License-Identifier: MIT */
/*
 * A device created: one POST, never repeated. The answer is an envelope, not the row, so the row
 * is read; and where the answer was lost or names no row, the machine's devices are listed and
 * the new one is looked for.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/value.h"
#include "lib/verify.h"

/* When the devices are listed to look for the new row: ms after the POST came to its end. */
static const int looks[] = {0, 500, 1500, 3500};

/* One create on its way. */
struct creation {
    struct verge_client *client;
    const struct verge_call *call;
    const struct verge_device_request *request;
    const uint32_t *known; /* keys of the machine's devices before */
    size_t known_count;
    struct verge_record **rows; /* what has been created */
    size_t count;
};

static unsigned wanted(const struct verge_device_request *request)
{
    return request->count > 1 ? request->count : 1;
}

static bool add_optional(cJSON *body, const struct verge_device_request *request)
{
    bool ok = true;

    if (request->name != NULL && *request->name != '\0') {
        ok = cJSON_AddStringToObject(body, "name", request->name) != NULL;
    }
    if (request->description != NULL && *request->description != '\0') {
        ok = ok && cJSON_AddStringToObject(body, "description", request->description) != NULL;
    }
    if (request->resource_group != NULL && *request->resource_group->text != '\0') {
        ok = ok &&
             verge_json_put(body, "resource_group", verge_reference_json(request->resource_group));
    }
    if (request->count > 1) {
        ok = ok && cJSON_AddNumberToObject(body, "count", request->count) != NULL;
    }
    if (request->settings != NULL && request->settings->child != NULL) {
        ok = ok && verge_json_put(body, "settings_args", cJSON_Duplicate(request->settings, true));
    }
    return ok;
}

static cJSON *make_body(const struct verge_device_request *request)
{
    cJSON *body = cJSON_CreateObject();

    if (cJSON_AddNumberToObject(body, "machine", request->machine) != NULL &&
        cJSON_AddStringToObject(body, "type", request->type) != NULL &&
        cJSON_AddBoolToObject(body, "enabled", request->enabled) != NULL &&
        cJSON_AddBoolToObject(body, "optional", request->optional) != NULL &&
        add_optional(body, request)) {
        return body;
    }
    cJSON_Delete(body);
    return NULL;
}

/* The key of the new row, wherever the envelope has it (vergeos-api §3.1); 0 for nowhere. */
static uint32_t envelope_key(const cJSON *envelope)
{
    static const char *const places[] = {"$key", "location", "dbpath", "$row"};
    uint32_t key = 0;

    for (size_t i = 0; key == 0 && i < sizeof(places) / sizeof(places[0]); i++) {
        verge_value_key(cJSON_GetObjectItemCaseSensitive(envelope, places[i]), &key);
    }
    return key;
}

static bool is_known(const struct creation *creation, uint32_t key)
{
    for (size_t i = 0; i < creation->known_count; i++) {
        if (creation->known[i] == key) {
            return true;
        }
    }
    return false;
}

/* Several of one request may get names of the server's making. */
static bool is_ours(const struct creation *creation, const struct verge_device *device)
{
    const struct verge_device_request *request = creation->request;

    if (device->machine != request->machine || strcmp(device->type, request->type) != 0 ||
        is_known(creation, device->record.key)) {
        return false;
    }
    return request->count > 1 || request->name == NULL || *request->name == '\0' ||
           strcmp(device->name, request->name) == 0;
}

static void drop_rows(struct creation *creation)
{
    verge_rows_free(creation->rows, creation->count);
    creation->rows = NULL;
    creation->count = 0;
}

/* Lists the machine's devices once and keeps those that this request must have made. */
static int list_ours(struct creation *creation, struct verge_error *error)
{
    struct verge_rows listed;
    size_t kept = 0;
    int rc;

    drop_rows(creation);
    rc = verge_rows_look(creation->client, creation->call, &verge_device_model, "machine",
                         creation->request->machine, &listed, error);
    for (size_t i = 0; i < listed.count; i++) {
        struct verge_record *row = listed.rows[i];

        if (kept < wanted(creation->request) && is_ours(creation, (struct verge_device *)row)) {
            listed.rows[kept++] = row;
        } else {
            verge_record_release(row);
        }
    }
    creation->rows = listed.rows;
    creation->count = kept;
    return rc;
}

/* Looks until all are there; what an uncertain POST does may show a little later. */
static int look_for_ours(struct creation *creation, struct verge_error *error)
{
    int64_t start = verge_now();
    int rc = 0;

    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        if (looks[i] > 0 && verge_sleep_until(creation->call, start + looks[i]) < 0) {
            break;
        }
        rc = list_ours(creation, error);
        if (rc < 0 || creation->count >= wanted(creation->request)) {
            break;
        }
    }
    return rc;
}

static int read_created(struct creation *creation, uint32_t key, struct verge_error *error)
{
    struct verge_device *device = NULL;
    struct verge_identity identity = {.key = key, .machine = creation->request->machine};
    int rc = verge_device_look(creation->client, creation->call, &identity, &device, error);

    if (rc == -ENOENT || rc == -ESTALE) {
        return look_for_ours(creation, error);
    }
    if (rc < 0) {
        return rc;
    }
    creation->rows = calloc(1, sizeof(struct verge_record *));
    if (creation->rows == NULL) {
        verge_record_release(device);
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    creation->rows[creation->count++] = &device->record;
    return 0;
}

/* The members of the request that a row shows. The type of a reference is the server's business. */
static int verify_row(const struct verge_device *device, const struct verge_device_request *request,
                      const cJSON *body, struct verge_error *error)
{
    VERGE_JSON_LOCAL *shown = verge_record_json(&device->record);
    static const char *const members[] = {"type", "description", "enabled", "optional", "name"};
    size_t count = sizeof(members) / sizeof(members[0]) - (request->count > 1 ? 1 : 0);
    int rc = shown != NULL ? 0 : verge_error_set(error, ENOMEM, "out of memory");

    for (size_t i = 0; rc == 0 && i < count; i++) {
        const cJSON *sent = cJSON_GetObjectItemCaseSensitive(body, members[i]);

        if (sent != NULL) {
            rc = verge_verify_member(members[i], sent,
                                     cJSON_GetObjectItemCaseSensitive(shown, members[i]), error);
        }
    }
    if (rc == 0 && request->resource_group != NULL && *request->resource_group->text != '\0' &&
        *device->resource_group.text == '\0') {
        rc = verge_error_set(error, EIO, "resource_group: sent %.100s, the server shows none",
                             request->resource_group->text);
    }
    return rc;
}

/* Settings that say something else than the vendor's defaults, and that can be shown; NULL: no
 * memory. */
static cJSON *own_settings(const struct verge_device_type *type, const cJSON *settings)
{
    VERGE_JSON_LOCAL *defaults = verge_type_default_settings(type);
    cJSON *own = cJSON_CreateObject();
    const cJSON *item;

    if (own == NULL || defaults == NULL) {
        cJSON_Delete(own);
        return NULL;
    }
    cJSON_ArrayForEach(item, settings)
    {
        const struct verge_setting *setting = verge_setting_find(type, item->string);
        const cJSON *preset = cJSON_GetObjectItemCaseSensitive(defaults, item->string);

        if ((setting != NULL && setting->unreadable) ||
            (preset != NULL && verge_setting_same(item->string, item, preset))) {
            continue;
        }
        if (!verge_json_put(own, item->string, cJSON_Duplicate(item, true))) {
            cJSON_Delete(own);
            return NULL;
        }
    }
    return own;
}

/* One more request, and only for who asked for something special; no row to show it is no error. */
static int verify_settings(struct creation *creation, struct verge_error *error)
{
    const struct verge_device_request *request = creation->request;
    const struct verge_device_type *type = verge_device_type_by_token(request->type);
    VERGE_JSON_LOCAL *own = own_settings(type, request->settings);
    int rc = own != NULL ? 0 : verge_error_set(error, ENOMEM, "out of memory");

    for (size_t i = 0; rc == 0 && own->child != NULL && i < creation->count; i++) {
        struct verge_settings *settings = NULL;

        rc = verge_settings_look(creation->client, creation->call, type, creation->rows[i]->key,
                                 &settings, error);
        if (rc == 0 && settings != NULL) {
            VERGE_JSON_LOCAL *shown = verge_settings_json(settings);

            rc = shown != NULL ? verge_verify(own, shown, error)
                               : verge_error_set(error, ENOMEM, "out of memory");
        }
        verge_record_release(settings);
    }
    return rc;
}

static int verify_created(struct creation *creation, const cJSON *body, struct verge_error *error)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < creation->count; i++) {
        rc = verify_row((struct verge_device *)creation->rows[i], creation->request, body, error);
    }
    rc = rc == 0 ? verify_settings(creation, error) : rc;
    /* Other than -EIO: it is there, but was not compared. */
    error->uncertain = error->uncertain || (rc < 0 && rc != -EIO);
    return rc;
}

/* After a POST that was answered: the rows it made. */
static int collect(struct creation *creation, const cJSON *envelope, struct verge_error *error)
{
    uint32_t key = envelope_key(envelope);
    int rc = creation->request->count <= 1 && key != 0 ? read_created(creation, key, error)
                                                       : look_for_ours(creation, error);

    if (rc < 0) {
        error->uncertain = true;
        return rc;
    }
    if (creation->count == 0) {
        verge_error_set(error, EREMOTEIO, "the server accepted a device that it does not show");
        error->uncertain = true;
        return -EREMOTEIO;
    }
    return 0;
}

/* After a POST whose answer was lost: success if its rows are found, else the error it had. */
static int adopt(struct creation *creation, struct verge_error *error)
{
    struct verge_error look = VERGE_ERROR_INIT;

    look_for_ours(creation, &look);
    if (creation->count > 0) {
        *error = (struct verge_error)VERGE_ERROR_INIT;
        return 0;
    }
    error->uncertain = true;
    return -error->errnum;
}

int verge_device_create(struct verge_client *client, const struct verge_call *call,
                        const struct verge_device_request *request, const uint32_t *known,
                        size_t known_count, struct verge_device ***rows, size_t *count,
                        struct verge_error *error)
{
    struct creation creation = {client, call, request, known, known_count, NULL, 0};
    VERGE_JSON_LOCAL *body = make_body(request);
    VERGE_JSON_LOCAL *envelope = NULL;
    int rc;

    *rows = NULL;
    *count = 0;
    if (body == NULL) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    rc = verge_client_post(client, call, verge_device_model.table, body, &envelope, error);
    if (rc == 0) {
        rc = collect(&creation, envelope, error);
    } else if (verge_error_doubt(error)) {
        rc = adopt(&creation, error);
    }
    if (rc == 0) {
        rc = verify_created(&creation, body, error);
    }
    if (creation.count == 0) {
        drop_rows(&creation);
    }
    *rows = (struct verge_device **)creation.rows;
    *count = creation.count;
    return rc;
}
