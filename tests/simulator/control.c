/* SPDX-License-Identifier: MIT */
#include "tests/simulator/control.h"
#include "tests/simulator/change.h"
#include "tests/simulator/fleet.h"
#include "tests/simulator/keys.h"
#include "tests/simulator/raw.h"

#include <stdlib.h>
#include <string.h>

/* One call, with its body parsed, which may have come out as NULL. */
struct control {
    struct simulator *simulator;
    const struct request *request;
    struct answer *answer;
    cJSON *body;
};

static bool is_method(const struct control *control, const char *method)
{
    return strcmp(control->request->method, method) == 0;
}

static void write_json(struct answer *answer, cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);

    buffer_text(&answer->body, text ? text : "null");
    cJSON_free(text);
    cJSON_Delete(json);
}

static void refuse(struct control *control, int status, const char *text)
{
    (void)answer_error(control->answer, status, "%s", text);
}

static const char *body_text(const struct control *control, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(control->body, name);

    return cJSON_IsString(member) ? member->valuestring : NULL;
}

static struct log_wanted wanted_of(const struct request *request)
{
    struct log_wanted wanted = {.method = request_parameter(request, "method"),
                                .path = request_parameter(request, "path")};
    const char *since = request_parameter(request, "since");
    int64_t number = 0;

    if (since && parse_number(since, &number) && number > 0)
        wanted.since = (uint64_t)number;
    return wanted;
}

static void control_log(struct control *control)
{
    struct requestlog *log = control->simulator->log;
    struct log_wanted wanted = wanted_of(control->request);
    const char *count = request_parameter(control->request, "count");

    if (is_method(control, "DELETE"))
        requestlog_clear(log);
    else if (count && strcmp(count, "0") != 0)
        buffer_printf(&control->answer->body, "{\"count\":%zu}", requestlog_count(log, &wanted));
    else
        requestlog_write(log, &wanted, &control->answer->body);
}

static void control_reset(struct control *control)
{
    simulator_reset(control->simulator);
}

static void touch(struct control *control, enum table_id table, struct row *row)
{
    const char *wish = request_parameter(control->request, "touch");

    if (!(wish && strcmp(wish, "0") == 0) && !cJSON_HasObjectItem(control->body, "modified"))
        change_touch(control->simulator->store, table, row);
}

static void put_row(struct control *control, enum table_id table, struct row *row)
{
    raw_merge(control->simulator->store, table, row, control->body);
    touch(control, table, row);
    write_json(control->answer, raw_show(table, row));
}

static void post_row(struct control *control, enum table_id table)
{
    char problem[256] = "";
    struct row *row =
        raw_insert(control->simulator->store, table, control->body, RAW_TIMES_NOW, problem);

    if (row)
        write_json(control->answer, raw_show(table, row));
    else
        refuse(control, 422, problem);
}

static void list_rows(struct control *control, enum table_id table)
{
    struct range range = store_all(control->simulator->store, table, COLUMN_KEY);
    cJSON *list = cJSON_CreateArray();

    for (size_t index = 0; index < range.count; index++)
        cJSON_AddItemToArray(list, raw_show(table, range.rows[index]));
    write_json(control->answer, list);
}

/* A group's integer key will do as well as its UUID, whatever the quirk says. */
static struct row *find_row(const struct control *control, enum table_id table, const char *key)
{
    struct quirks quirks = control->simulator->quirks;

    quirks.values[QUIRK_GROUP_KEY] = GROUP_KEY_INT;
    return key_find(control->simulator->store, &quirks, table, key);
}

static void change_rows(struct control *control, enum table_id table, const char *key)
{
    struct row *row = key ? find_row(control, table, key) : NULL;
    bool with_body = is_method(control, "PUT") || is_method(control, "POST");

    if (with_body && !cJSON_IsObject(control->body))
        refuse(control, 400, "The body is not a JSON object");
    else if (key && !row)
        refuse(control, 404, "No such row");
    else if (is_method(control, "GET") && row)
        write_json(control->answer, raw_show(table, row));
    else if (is_method(control, "GET"))
        list_rows(control, table);
    else if (is_method(control, "PUT") && row)
        put_row(control, table, row);
    else if (is_method(control, "POST") && !key)
        post_row(control, table);
    else if (is_method(control, "DELETE") && row)
        change_remove(control->simulator->store, table, row);
    else
        refuse(control, 405, "Method not allowed");
}

static void control_rows(struct control *control)
{
    const char *name = control->request->segments[2];
    enum table_id table = name ? table_find(name) : TABLE_NONE;

    if (table == TABLE_NONE) {
        refuse(control, 404, "No such table");
        return;
    }
    (void)pthread_mutex_lock(&control->simulator->data);
    change_rows(control, table, control->request->segments[3]);
    (void)pthread_mutex_unlock(&control->simulator->data);
}

static void control_faults(struct control *control)
{
    struct faults *faults = control->simulator->faults;
    const char *problem = NULL;

    if (is_method(control, "GET"))
        write_json(control->answer, faults_list(faults));
    else if (is_method(control, "DELETE"))
        faults_clear(faults);
    else if (!faults_add(faults, control->body, &problem))
        (void)answer_error(control->answer, 422, "fault: %s", problem ? problem : "no JSON");
}

static bool set_quirks(struct control *control, struct quirks *quirks)
{
    const cJSON *member = NULL;
    char problem[256];

    cJSON_ArrayForEach(member, control->body)
    {
        char *text = cJSON_IsString(member) ? must_copy(member->valuestring)
                                            : cJSON_PrintUnformatted(member);
        bool good = text && quirks_set(quirks, member->string, text, problem);

        free(text);
        if (!good) {
            refuse(control, 422, problem);
            return false;
        }
    }
    return true;
}

static void control_quirks(struct control *control)
{
    struct simulator *simulator = control->simulator;

    (void)pthread_mutex_lock(&simulator->data);

    struct quirks quirks = simulator->quirks;

    if (is_method(control, "DELETE"))
        quirks = simulator->first_quirks;
    if (is_method(control, "GET") || is_method(control, "DELETE") || set_quirks(control, &quirks)) {
        simulator->quirks = quirks;
        write_json(control->answer, quirks_list(&quirks));
    }
    if (!is_method(control, "GET"))
        views_forget(simulator->views);
    (void)pthread_mutex_unlock(&simulator->data);
}

static int number_member(const struct control *control, const char *name, int most)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(control->body, name);

    if (!cJSON_IsNumber(member) || member->valueint < 0 || member->valueint > most)
        return -1;
    return member->valueint;
}

static void control_fleet(struct control *control)
{
    int vms = number_member(control, "vms", MOST_FLEET_VMS);
    int devices = number_member(control, "devices", MOST_FLEET_DEVICES);

    if (vms < 0 || devices < 0)
        refuse(control, 422, "a fleet is {\"vms\":N,\"devices\":M}");
    else
        simulator_replace(control->simulator, fleet_generate(vms, devices));
}

static void control_connections(struct control *control)
{
    struct connections *connections = control->simulator->connections;

    if (is_method(control, "DELETE"))
        connections_cut(connections, control->request->connection);
    else
        buffer_printf(&control->answer->body, "{\"open\":%zu,\"total\":%llu}",
                      connections_open(connections),
                      (unsigned long long)connections_total(connections));
}

static void control_sessions(struct control *control)
{
    (void)pthread_mutex_lock(&control->simulator->data);
    auth_expire_sessions(control->simulator->auth);
    (void)pthread_mutex_unlock(&control->simulator->data);
}

static void control_token(struct control *control)
{
    const char *token = body_text(control, "token");

    if (!token) {
        refuse(control, 422, "a token is {\"token\":\"KEY\"}");
        return;
    }
    (void)pthread_mutex_lock(&control->simulator->data);
    auth_set_key(control->simulator->auth, token);
    (void)pthread_mutex_unlock(&control->simulator->data);
}

static void control_password(struct control *control)
{
    const char *password = body_text(control, "password");

    if (!password) {
        refuse(control, 422, "a password is {\"password\":\"TEXT\"}");
        return;
    }
    (void)pthread_mutex_lock(&control->simulator->data);
    auth_set_password(control->simulator->auth, password);
    (void)pthread_mutex_unlock(&control->simulator->data);
}

static const struct route {
    const char *name, *methods;
    void (*act)(struct control *control);
} routes[] = {
    {"log", "GET DELETE", control_log},
    {"reset", "POST", control_reset},
    {"rows", "GET PUT POST DELETE", control_rows},
    {"faults", "GET POST DELETE", control_faults},
    {"quirks", "GET PUT DELETE", control_quirks},
    {"fleet", "POST", control_fleet},
    {"connections", "GET DELETE", control_connections},
    {"sessions", "DELETE", control_sessions},
    {"token", "PUT", control_token},
    {"password", "PUT", control_password},
};

bool control_is_meant(const struct request *request)
{
    return request->segments[0] && strcmp(request->segments[0], "_sim") == 0;
}

static const struct route *find_route(const char *name)
{
    for (size_t index = 0; name && index < sizeof(routes) / sizeof(*routes); index++) {
        if (strcmp(routes[index].name, name) == 0)
            return &routes[index];
    }
    return NULL;
}

void control_answer(struct simulator *simulator, const struct request *request,
                    struct answer *answer)
{
    struct control control = {simulator, request, answer, cJSON_Parse(request->body)};
    const struct route *route = find_route(request->segments[1]);

    answer->status = 200;
    if (!route)
        refuse(&control, 404, "No such control");
    else if (!strstr(route->methods, request->method))
        refuse(&control, 405, "Method not allowed");
    else
        route->act(&control);
    if (!answer->body.size)
        buffer_text(&answer->body, "{}");
    cJSON_Delete(control.body);
}
