/* SPDX-License-Identifier: MIT */
/* Rows of any model, asked of the server. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/value.h"
#include "lib/verify.h"

/*
 * `and` and `or` have no precedence on the server (vergeos-api §2.2), so each part is put in
 * parentheses of its own.
 */
static bool whole_filter(const struct verge_model *model, const char *filter,
                         struct verge_text *text)
{
    if (filter == NULL || *filter == '\0') {
        return verge_text_string(text, model->filter != NULL ? model->filter : "");
    }
    if (model->filter == NULL) {
        return verge_text_string(text, filter);
    }
    return verge_text_printf(text, "(%s) and (%s)", filter, model->filter);
}

void verge_rows_free(struct verge_record **rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        verge_record_release(rows[i]);
    }
    free(rows);
}

static bool has_object(const cJSON *first)
{
    const cJSON *row = first;

    while (row != NULL && !cJSON_IsObject(row)) {
        row = row->next;
    }
    return row != NULL;
}

/* A list is an array; nothing at all is no rows, and a lone object is one (vergeos-api §3.1).
 * Single rows that are none are borne; a list of such is not taken for an empty one. */
static int read_rows(const struct verge_model *model, const cJSON *answer, struct verge_rows *rows,
                     struct verge_error *error)
{
    const cJSON *first = cJSON_IsArray(answer) ? answer->child : answer;

    if (cJSON_IsNull(answer)) {
        first = NULL;
    }
    if (first != NULL && !has_object(first)) {
        return verge_error_set(error, EBADMSG, "the answer is no list of rows");
    }
    for (const cJSON *row = first; row != NULL; row = row->next) {
        rows->raw++;
    }
    rows->rows = calloc(rows->raw + 1, sizeof(struct verge_record *));
    if (rows->rows == NULL) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    for (const cJSON *row = first; row != NULL; row = row->next) {
        struct verge_record *record = verge_record_read(model, row);

        if (record != NULL) {
            rows->rows[rows->count++] = record;
        }
    }
    return 0;
}

typedef int getter(struct verge_client *client, const struct verge_call *call,
                   const struct verge_query *query, cJSON **answer, struct verge_error *error);

/* Completes the query with what the model knows, asks, and reads the rows. */
static int fetch(getter *get, struct verge_client *client, const struct verge_call *call,
                 const struct verge_model *model, struct verge_query query, struct verge_rows *rows,
                 struct verge_error *error)
{
    VERGE_TEXT_LOCAL fields = VERGE_TEXT_INIT;
    VERGE_TEXT_LOCAL filter = VERGE_TEXT_INIT;
    VERGE_JSON_LOCAL *answer = NULL;
    int rc;

    *rows = (struct verge_rows){0};
    if (!verge_model_projection(model, &fields) || !whole_filter(model, query.filter, &filter)) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    query.table = model->table;
    query.fields = verge_text_content(&fields);
    query.filter = filter.length > 0 ? verge_text_content(&filter) : NULL;
    rc = get(client, call, &query, &answer, error);
    if (rc < 0) {
        return rc;
    }
    rc = read_rows(model, answer, rows, error);
    if (rc < 0) {
        VERGE_TEXT_LOCAL path = VERGE_TEXT_INIT;
        verge_query_url(&path, &query);
        verge_error_request(error, "GET", verge_text_content(&path));
    }
    return rc;
}

int verge_model_fetch(struct verge_client *client, const struct verge_call *call,
                      const struct verge_model *model, const char *filter, const char *sort,
                      unsigned limit, uint64_t offset, struct verge_record ***rows, size_t *count,
                      size_t *raw_rows, struct verge_error *error)
{
    struct verge_query query = {.filter = filter, .sort = sort, .limit = limit, .offset = offset};
    struct verge_rows fetched;
    int rc = fetch(verge_client_get, client, call, model, query, &fetched, error);

    *rows = fetched.rows;
    *count = fetched.count;
    if (raw_rows != NULL) {
        *raw_rows = fetched.raw;
    }
    return rc;
}

int verge_rows_look(struct verge_client *client, const struct verge_call *call,
                    const struct verge_model *model, const char *column, uint32_t key,
                    struct verge_rows *rows, struct verge_error *error)
{
    VERGE_TEXT_LOCAL filter = VERGE_TEXT_INIT;
    struct verge_query query = {.sort = "+$key", .limit = VERGE_PAGE};

    *rows = (struct verge_rows){0};
    if (!verge_filter_number(&filter, column, "eq", key)) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    query.filter = verge_text_content(&filter);
    return fetch(verge_client_get_urgent, client, call, model, query, rows, error);
}

/* No row at all is as good as a 404; something else is no proof that the row is gone. */
static int refuse_row(const struct verge_query *query, const cJSON *answer,
                      struct verge_error *error)
{
    VERGE_TEXT_LOCAL path = VERGE_TEXT_INIT;
    bool nothing = answer == NULL || cJSON_IsNull(answer) ||
                   ((cJSON_IsArray(answer) || cJSON_IsObject(answer)) && answer->child == NULL);
    int rc = verge_error_set(error, nothing ? ENOENT : EBADMSG, "the answer is no row of %s",
                             query->table);

    verge_query_url(&path, query);
    verge_error_request(error, "GET", verge_text_content(&path));
    return rc;
}

int verge_model_get(struct verge_client *client, const struct verge_call *call,
                    const struct verge_model *model, const char *key, struct verge_record **row,
                    struct verge_error *error)
{
    VERGE_TEXT_LOCAL fields = VERGE_TEXT_INIT;
    VERGE_JSON_LOCAL *answer = NULL;
    struct verge_query query = {.table = model->table, .key = key};
    int rc;

    *row = NULL;
    if (!verge_model_projection(model, &fields)) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    query.fields = verge_text_content(&fields);
    rc = verge_client_get_urgent(client, call, &query, &answer, error);
    if (rc < 0) {
        return rc;
    }
    *row = verge_record_read(model, cJSON_IsArray(answer) ? answer->child : answer);
    if (*row == NULL) {
        return refuse_row(&query, answer, error);
    }
    return 0;
}
