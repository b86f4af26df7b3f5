/* SPDX-License-Identifier: MIT */
/*
 * What the writes of the models share: a write counts when the server shows it. The API answers
 * 200 to fields it does not know and to settings it drops (vergeos-api §3.1), so what was sent is
 * compared with what is then read.
 */
#ifndef VERGE_VERIFY_H
#define VERGE_VERIFY_H

#include "lib/models.h"

/* Members of `sent` against those of `shown`: 0, or -EIO naming the first that differs, what was
 * sent and what the server shows. */
int verge_verify(const cJSON *sent, const cJSON *shown, struct verge_error *error);

/* One value of the above; `shown` may be NULL. */
int verge_verify_member(const char *key, const cJSON *sent, const cJSON *shown,
                        struct verge_error *error);

/* What a list is read into; verge_rows_free(rows.rows, rows.count) releases it. */
struct verge_rows {
    struct verge_record **rows;
    size_t count;
    size_t raw; /* rows of the answer, those that were no records included */
};

/* The rows whose `column` is `key`, asked for as urgently as a write. */
int verge_rows_look(struct verge_client *client, const struct verge_call *call,
                    const struct verge_model *model, const char *column, uint32_t key,
                    struct verge_rows *rows, struct verge_error *error);

/* A device's row as it is now. -ENOENT when there is none, -ESTALE when its key is another's. */
int verge_device_look(struct verge_client *client, const struct verge_call *call,
                      const struct verge_identity *identity, struct verge_device **device,
                      struct verge_error *error);

/* A device's settings row as it is now: 0 and NULL when there is none, or no such table. */
int verge_settings_look(struct verge_client *client, const struct verge_call *call,
                        const struct verge_device_type *type, uint32_t device,
                        struct verge_settings **settings, struct verge_error *error);

/* Whether the effect of a failed request has to be looked for: it may have been carried out. */
bool verge_error_doubt(const struct verge_error *error);

#endif
