/* SPDX-License-Identifier: MIT */
/* A device changed and deleted. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/value.h"
#include "lib/verify.h"

static int verify_fields(const struct verge_device *device, const cJSON *fields,
                         struct verge_error *error)
{
    VERGE_JSON_LOCAL *shown = verge_record_json(&device->record);
    const cJSON *item;

    if (shown == NULL) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    cJSON_ArrayForEach(item, fields)
    {
        int rc;

        if (strcmp(item->string, "settings_args") == 0) { /* never comes back on the device */
            continue;
        }
        rc = verge_verify_member(item->string, item,
                                 cJSON_GetObjectItemCaseSensitive(shown, item->string), error);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

/*
 * What a PUT that failed means, now that the row was looked at. A 404 speaks of the row, or of a
 * reference in what was sent; a lost answer may have been a success.
 */
static int judge_failed_put(int rc_look, const struct verge_device *after, const cJSON *fields,
                            const struct verge_error *look, struct verge_error *error)
{
    struct verge_error unused = VERGE_ERROR_INIT;

    if (rc_look == -ENOENT || rc_look == -ESTALE) {
        *error = *look;
        return rc_look;
    }
    if (rc_look < 0) {
        return -error->errnum;
    }
    if (error->http_status == 404) {
        return -(error->errnum = EINVAL);
    }
    if (verify_fields(after, fields, &unused) < 0) {
        return -error->errnum;
    }
    *error = (struct verge_error)VERGE_ERROR_INIT;
    return 0;
}

int verge_device_update(struct verge_client *client, const struct verge_call *call,
                        const struct verge_identity *identity, const cJSON *fields,
                        struct verge_device **after, struct verge_error *error)
{
    struct verge_error look = VERGE_ERROR_INIT;
    char key[16];
    int rc, rc_look;

    *after = NULL;
    snprintf(key, sizeof(key), "%" PRIu32, identity->key);
    rc = verge_client_put(client, call, verge_device_model.table, key, fields, error);
    if (rc < 0 && error->http_status != 404 && !verge_error_doubt(error)) {
        return rc;
    }
    rc_look = verge_device_look(client, call, identity, after, &look);
    if (rc < 0) {
        return judge_failed_put(rc_look, *after, fields, &look, error);
    }
    if (rc_look < 0) {
        *error = look;
        error->uncertain = rc_look != -ENOENT && rc_look != -ESTALE;
        return rc_look;
    }
    rc = verify_fields(*after, fields, error);
    error->uncertain = rc == -ENOMEM; /* it was done, but not compared */
    return rc;
}

/*
 * What a DELETE came to, of a row that was there just before: if it is gone now, all is well,
 * whatever the answer was; if it is still there, nothing is, whatever the answer was.
 */
static int judge_delete(struct verge_client *client, const struct verge_call *call,
                        const struct verge_identity *identity, int rc, struct verge_error *error)
{
    struct verge_error look = VERGE_ERROR_INIT;
    struct verge_device *device = NULL;

    switch (verge_device_look(client, call, identity, &device, &look)) {
    case -ENOENT:
    case -ESTALE:
        *error = (struct verge_error)VERGE_ERROR_INIT;
        rc = 0;
        break;
    case 0:
        if (rc == 0) {
            rc = verge_error_set(error, EIO, "the server deleted the device and still shows it");
        } else if (error->http_status == 404) { /* it was not about the row */
            rc = -(error->errnum = EINVAL);
        }
        break;
    default: /* where the answer was good, that has to do */
        error->uncertain = rc < 0;
    }
    verge_record_release(device);
    return rc;
}

int verge_device_delete(struct verge_client *client, const struct verge_call *call,
                        const struct verge_identity *identity, struct verge_error *error)
{
    struct verge_device *device;
    char key[16];
    int rc;

    rc = verge_device_look(client, call, identity, &device, error);
    if (rc < 0) {
        return rc;
    }
    verge_record_release(device);
    snprintf(key, sizeof(key), "%" PRIu32, identity->key);
    rc = verge_client_delete(client, call, verge_device_model.table, key, error);
    if (rc < 0 && error->http_status != 404 && !verge_error_doubt(error)) {
        return rc;
    }
    return judge_delete(client, call, identity, rc, error);
}
