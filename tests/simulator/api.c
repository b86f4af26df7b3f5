/* SPDX-License-Identifier: MIT */
#include "tests/simulator/api.h"
#include "tests/simulator/change.h"
#include "tests/simulator/keys.h"
#include "tests/simulator/power.h"
#include "tests/simulator/query.h"

#include <stdlib.h>
#include <string.h>

/* One call of the API, with the lock held. */
struct call {
    struct simulator *simulator;
    struct store *store; /* the simulator's, or a copy that is thrown away */
    const struct request *request;
    struct answer *answer;
    enum table_id table;
    struct row *row; /* addressed by the path, or NULL */
    cJSON *body;     /* an object, for POST and PUT */
};

static bool is_method(const struct call *call, const char *method)
{
    return strcmp(call->request->method, method) == 0;
}

static const char *segment(const struct request *request, int index)
{
    return request->segments[index] ? request->segments[index] : "";
}

/* Without `fields` most columns are absent. */
static const char *fields_of(const struct request *request)
{
    const char *fields = request_parameter(request, "fields");

    return fields && *fields ? fields : "summary";
}

static void write_one(struct call *call, struct view *view, const struct row *row)
{
    struct render render = {call->store, &call->simulator->quirks, &call->answer->body};

    view_write(view, &render, row);
}

static bool shown_as_object(const struct call *call, size_t count)
{
    const struct quirks *quirks = &call->simulator->quirks;

    return count == 1 &&
           (quirk(quirks, QUIRK_LIST_SINGLE) == AN_OBJECT ||
            (call->table == TABLE_SYSTEM && quirk(quirks, QUIRK_SYSTEM) == AN_OBJECT));
}

static void write_page(struct call *call, struct view *view, struct range page)
{
    bool bare = shown_as_object(call, page.count);

    if (!bare)
        buffer_character(&call->answer->body, '[');
    for (size_t index = 0; index < page.count; index++) {
        if (index)
            buffer_character(&call->answer->body, ',');
        write_one(call, view, page.rows[index]);
    }
    if (!bare)
        buffer_character(&call->answer->body, ']');
}

static bool settings_hidden(const struct call *call)
{
    return table_is_settings(call->table) &&
           quirk(&call->simulator->quirks, QUIRK_SETTINGS_ROWS) == SETTINGS_ROWS_NONE;
}

static void list(struct call *call)
{
    const struct quirks *quirks = &call->simulator->quirks;
    struct view *view = views_get(call->simulator->views, call->table, fields_of(call->request));
    struct matches matches;

    if (!query_run(call->store, quirks, call->table, call->request, &matches, call->answer))
        return;
    if (settings_hidden(call))
        matches.page.count = matches.total = 0;
    call->answer->status = 200;
    if (!view_has_fields(view) && quirk(quirks, QUIRK_COUNT_FIELD) == COUNT_FIELD_ON)
        buffer_printf(&call->answer->body, "[{\"$count\":%zu}]", matches.total);
    else
        write_page(call, view, matches.page);
    query_clear(&matches);
}

static void get(struct call *call)
{
    struct view *view = views_get(call->simulator->views, call->table, fields_of(call->request));

    call->answer->status = 200;
    write_one(call, view, call->row);
}

static void write_row(struct call *call, const char *fields)
{
    write_one(call, views_get(call->simulator->views, call->table, fields), call->row);
}

static void update(struct call *call)
{
    static const char *const replies[] = {
        [PUT_ARRAY] = "[]", [PUT_OBJECT] = "{}", [PUT_ROW] = "", [PUT_EMPTY] = ""};
    int64_t reply = quirk(&call->simulator->quirks, QUIRK_PUT_REPLY);

    change_update(call->store, &call->simulator->quirks, call->table, call->row, call->body,
                  call->answer);
    if (call->answer->status != 200)
        return;
    buffer_text(&call->answer->body, replies[reply]);
    if (reply == PUT_ROW)
        write_row(call, "$key,most");
}

/* POST /vms/KEY/ACTION is POST /vm_actions in another style. */
static void act(struct call *call, const char *action)
{
    cJSON *body = cJSON_CreateObject();
    cJSON *parameters = cJSON_GetObjectItemCaseSensitive(call->body, "params");

    cJSON_AddItemToObject(body, "vm", value_to_json(&call->row->cells[COLUMN_KEY]));
    cJSON_AddStringToObject(body, "action", action);
    if (parameters)
        cJSON_AddItemToObject(body, "params", cJSON_Duplicate(parameters, true));
    power_action(call->store, &call->simulator->quirks, body, call->answer);
    cJSON_Delete(body);
}

static cJSON *describe_column(const struct column *column)
{
    static const char *const types[] = {
        [TYPE_KEY] = "key",      [TYPE_NUMBER] = "int32",  [TYPE_BOOL] = "bool",
        [TYPE_TEXT] = "string",  [TYPE_TIME] = "datetime", [TYPE_REFERENCE] = "row",
        [TYPE_PATH] = "rowpath", [TYPE_DOCUMENT] = "json", [TYPE_ARGUMENT] = "args",
        [TYPE_ROWS] = "rows",
    };
    cJSON *field = cJSON_CreateObject();
    cJSON *list = column->choices ? cJSON_AddObjectToObject(field, "list") : NULL;

    cJSON_AddStringToObject(field, "name", column->name);
    cJSON_AddStringToObject(field, "type", types[column->type]);
    cJSON_AddBoolToObject(field, "readonly", (column->flags & READONLY) != 0);
    if (column->type == TYPE_REFERENCE || column->type == TYPE_ROWS)
        cJSON_AddStringToObject(field, "table", table_of(column->target)->name);
    for (const struct choice *choice = column->choices; choice && choice->value; choice++)
        cJSON_AddStringToObject(list, choice->value, choice->label);
    return field;
}

/* The table's columns, for those who ask for `/TABLE/$table`. */
static void describe(struct call *call)
{
    const struct table *table = table_of(call->table);
    cJSON *schema = cJSON_CreateObject();
    cJSON *fields = NULL;
    char *text;

    cJSON_AddStringToObject(schema, "name", table->name);
    fields = cJSON_AddArrayToObject(schema, "fields");
    for (int index = 0; table->columns[index].name; index++) {
        if (!(table->columns[index].flags & HIDDEN))
            cJSON_AddItemToArray(fields, describe_column(&table->columns[index]));
    }
    text = cJSON_PrintUnformatted(schema);
    call->answer->status = 200;
    buffer_text(&call->answer->body, text);
    cJSON_free(text);
    cJSON_Delete(schema);
}

/* Whether the table admits the method; 405 says no. */
static bool allowed(struct call *call)
{
    unsigned flags = table_of(call->table)->flags;
    bool on_row = call->row != NULL;
    bool good;

    if (is_method(call, "GET"))
        good = true;
    else if (is_method(call, "PUT"))
        good = on_row && !(flags & FIXED);
    else if (is_method(call, "POST"))
        good = !on_row && !(flags & (FIXED | UPDATE_ONLY));
    else
        good = is_method(call, "DELETE") && on_row && !(flags & (FIXED | UPDATE_ONLY));
    return good || answer_error(call->answer, 405, "Method %s is not allowed on '%s'",
                                call->request->method, table_of(call->table)->name);
}

static bool read_body(struct call *call)
{
    if (!is_method(call, "POST") && !is_method(call, "PUT"))
        return true;
    call->body = call->request->body_size ? cJSON_Parse(call->request->body) : cJSON_CreateObject();
    return cJSON_IsObject(call->body) ||
           answer_error(call->answer, 400, "The body is not a JSON object");
}

static bool find_row(struct call *call, const char *key)
{
    if (!*key)
        return true;
    if (!settings_hidden(call))
        call->row = key_find(call->store, &call->simulator->quirks, call->table, key);
    return call->row || answer_error(call->answer, 404, "%s/%s: No such file or directory",
                                     table_of(call->table)->name, key);
}

static void change(struct call *call)
{
    if (is_method(call, "POST"))
        change_create(call->store, &call->simulator->quirks, call->table, call->body, call->answer);
    else if (is_method(call, "DELETE"))
        change_delete(call->store, &call->simulator->quirks, call->table, call->row, call->answer);
    else if (request_parameter(call->request, "action")) {
        /* Measured: answered, and nothing done. */
        call->answer->status = 200;
        buffer_text(&call->answer->body, "[]");
    } else
        update(call);
}

/* /api/v4/TABLE[/KEY[/ACTION]] */
static void answer_table(struct call *call)
{
    const char *key = segment(call->request, 3), *action = segment(call->request, 4);

    if (call->table == TABLE_NONE || quirks_table_missing(&call->simulator->quirks, call->table)) {
        (void)answer_error(call->answer, 404, "%s: No such table", segment(call->request, 2));
        return;
    }
    if (strcmp(key, "$table") == 0) {
        describe(call);
        return;
    }
    if (!read_body(call) || !find_row(call, key))
        return;
    if (call->table == TABLE_VMS && *action && is_method(call, "POST"))
        act(call, action);
    else if (allowed(call)) {
        if (!is_method(call, "GET"))
            change(call);
        else if (call->row)
            get(call);
        else
            list(call);
    }
}

static void answer_index(struct call *call)
{
    struct buffer *body = &call->answer->body;

    call->answer->status = 200;
    buffer_character(body, '{');
    for (unsigned id = 0; id < TABLE_COUNT; id++) {
        const char *name = table_of((enum table_id)id)->name;

        buffer_printf(body, "%s\"%s\":\"/v4/%s\"", id ? "," : "", name, name);
    }
    buffer_character(body, '}');
}

static void answer_action(struct call *call)
{
    if (!is_method(call, "POST"))
        (void)answer_error(call->answer, 405, "Method %s is not allowed on 'vm_actions'",
                           call->request->method);
    else if (read_body(call))
        power_action(call->store, &call->simulator->quirks, call->body, call->answer);
}

static void answer_empty(struct call *call, const char *name)
{
    const char *key = segment(call->request, 3);

    if (!is_method(call, "GET")) {
        (void)answer_error(call->answer, 405, "Method %s is not allowed on '%s'",
                           call->request->method, name);
    } else if (*key) {
        (void)answer_error(call->answer, 404, "%s/%s: No such file or directory", name, key);
    } else {
        call->answer->status = 200;
        buffer_text(&call->answer->body, "[]");
    }
}

static void answer_v4(struct call *call)
{
    const char *name = segment(call->request, 2);

    if (!*name) {
        answer_index(call);
    } else if (strcmp(name, "vm_actions") == 0) {
        answer_action(call);
    } else if (table_is_empty(name)) {
        answer_empty(call, name);
    } else {
        call->table = table_find(name);
        answer_table(call);
    }
    cJSON_Delete(call->body);
}

/* /api/sys/tokens, which is outside of v4; only logging in needs no credentials. */
static void answer_tokens(struct call *call)
{
    struct auth *auth = call->simulator->auth;
    const char *token = segment(call->request, 3);

    if (is_method(call, "POST") && !*token)
        auth_login(auth, call->request, call->answer);
    else if (!is_method(call, "DELETE") || !*token)
        (void)answer_error(call->answer, 405, "Method %s is not allowed on 'tokens'",
                           call->request->method);
    else if (auth_accepts(auth, &call->simulator->quirks, call->request, call->answer))
        auth_logout(auth, token, call->answer);
}

static void answer_version(struct call *call)
{
    struct range system = store_all(call->store, TABLE_SYSTEM, COLUMN_KEY);

    call->answer->status = 200;
    buffer_text(&call->answer->body, "{\"version\":");
    buffer_json_string(
        &call->answer->body,
        system.count ? store_text(TABLE_SYSTEM, system.rows[0], "yb_version") : "26.0.0", false);
    buffer_character(&call->answer->body, '}');
}

static bool path_is(const struct request *request, const char *first, const char *second)
{
    return strcmp(segment(request, 0), first) == 0 &&
           (!second || strcmp(segment(request, 1), second) == 0);
}

static void route(struct call *call)
{
    const struct request *request = call->request;

    if (request->malformed)
        (void)answer_error(call->answer, 400, "Bad request");
    else if (path_is(request, "version.json", NULL))
        answer_version(call);
    else if (path_is(request, "api", "sys") && strcmp(segment(request, 2), "tokens") == 0)
        answer_tokens(call);
    else if (!path_is(request, "api", "v4"))
        (void)answer_error(call->answer, 404, "Not found");
    else if (auth_accepts(call->simulator->auth, &call->simulator->quirks, request, call->answer))
        answer_v4(call);
}

/* For clients that want to show JSON to people. */
static void indent(struct answer *answer)
{
    cJSON *json = cJSON_Parse(answer->body.data ? answer->body.data : "");
    char *text = json ? cJSON_Print(json) : NULL;

    if (text) {
        buffer_clear(&answer->body);
        buffer_text(&answer->body, text);
    }
    cJSON_free(text);
    cJSON_Delete(json);
}

void api_answer(struct simulator *simulator, const struct request *request, bool pretend,
                struct answer *answer)
{
    struct call call = {.simulator = simulator, .request = request, .answer = answer};

    (void)pthread_mutex_lock(&simulator->data);
    call.store = pretend ? store_copy(simulator->store) : simulator->store;
    route(&call);
    if (pretend) {
        /* What was rendered from the copy must not be taken for the real thing. */
        store_free(call.store);
        views_forget(simulator->views);
    }
    (void)pthread_mutex_unlock(&simulator->data);
    if (request->indented)
        indent(answer);
}
