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

/* Rows on their way into records. */
struct reading {
    const struct verge_model *model;
    struct verge_rows *rows;
    size_t size;     /* of the array of them */
    bool has_object; /* one row at least is an object */
    bool no_memory;
};

static bool make_room(struct reading *reading)
{
    size_t size = reading->size * 2 + VERGE_PAGE / 8;
    struct verge_record **rows = reallocarray(reading->rows->rows, size, sizeof(*rows));

    if (rows == NULL) {
        reading->no_memory = true;
        return false;
    }
    reading->rows->rows = rows;
    reading->size = size;
    return true;
}

/* Single rows that are none are borne. */
static bool take_row(void *argument, const cJSON *row)
{
    struct reading *reading = argument;
    struct verge_rows *rows = reading->rows;
    struct verge_record *record = verge_record_read(reading->model, row);

    rows->raw++;
    reading->has_object = reading->has_object || cJSON_IsObject(row);
    if (record == NULL) { /* to leave out what there was no memory for would say that it is gone */
        reading->no_memory = errno == ENOMEM;
        return !reading->no_memory;
    }
    if (rows->count == reading->size && !make_room(reading)) {
        verge_record_release(record);
        return false;
    }
    rows->rows[rows->count++] = record;
    return true;
}

static void forget_rows(struct reading *reading)
{
    verge_rows_free(reading->rows->rows, reading->rows->count);
    *reading->rows = (struct verge_rows){0};
    reading->size = 0;
    reading->has_object = false;
}

/* A list is an array; nothing at all is no rows, and a lone object is one (vergeos-api §3.1). */
static void take_tree(struct reading *reading, const cJSON *answer)
{
    const cJSON *row = cJSON_IsArray(answer) ? answer->child : answer;

    forget_rows(reading);
    while (row != NULL && take_row(reading, row)) {
        row = row->next;
    }
}

/* A list of things that are no rows is not taken for an empty one. */
static int judge(struct reading *reading, const struct verge_query *query,
                 struct verge_error *error)
{
    VERGE_TEXT_LOCAL path = VERGE_TEXT_INIT;
    int rc = 0;

    if (reading->no_memory) {
        rc = verge_error_set(error, ENOMEM, "out of memory");
    } else if (reading->rows->raw > 0 && !reading->has_object) {
        rc = verge_error_set(error, EBADMSG, "the answer is no list of rows");
        verge_query_url(&path, query);
        verge_error_request(error, "GET", verge_text_content(&path));
    }
    return rc;
}

/* Completes the query with what the model knows, asks, and reads the rows. */
static int fetch(struct verge_client *client, const struct verge_call *call, bool urgent,
                 const struct verge_model *model, struct verge_query query, struct verge_rows *rows,
                 struct verge_error *error)
{
    VERGE_TEXT_LOCAL fields = VERGE_TEXT_INIT;
    VERGE_TEXT_LOCAL filter = VERGE_TEXT_INIT;
    VERGE_JSON_LOCAL *answer = NULL;
    struct reading reading = {.model = model, .rows = rows};
    bool taken;
    int rc;

    *rows = (struct verge_rows){0};
    if (!verge_model_projection(model, &fields) || !whole_filter(model, query.filter, &filter)) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    query.table = model->table;
    query.fields = verge_text_content(&fields);
    query.filter = filter.length > 0 ? verge_text_content(&filter) : NULL;
    rc = verge_client_get_rows(client, call, &query, urgent, take_row, &reading, &taken, &answer,
                               error);
    if (rc == 0 && !taken && !reading.no_memory) {
        take_tree(&reading, answer);
    }
    if (rc == 0) {
        rc = judge(&reading, &query, error);
    }
    if (rc < 0) {
        forget_rows(&reading);
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
    int rc = fetch(client, call, false, model, query, &fetched, error);

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
    return fetch(client, call, true, model, query, rows, error);
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
    if (*row == NULL && errno == ENOMEM) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    if (*row == NULL) {
        return refuse_row(&query, answer, error);
    }
    return 0;
}
