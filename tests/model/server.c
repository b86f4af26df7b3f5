/* SPDX-License-Identifier: MIT */
#include "tests/model/server.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"

/* ---- asking ---- */

struct server {
    CURL *curl;
    const char *url;
    char *body;
    size_t length;
};

static size_t collect(char *data, size_t size, size_t count, void *context)
{
    struct server *server = context;
    char *grown = realloc(server->body, server->length + size * count + 1);
    if (grown == NULL)
        return 0;
    memcpy(grown + server->length, data, size * count);
    server->body = grown;
    server->length += size * count;
    server->body[server->length] = '\0';
    return size * count;
}

struct server *server_open(void)
{
    struct server *server = calloc(1, sizeof(*server));
    server->curl = curl_easy_init();
    server->url = sim_control_url(sim_current());
    curl_easy_setopt(server->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(server->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(server->curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(server->curl, CURLOPT_WRITEDATA, server);
    return server;
}

void server_close(struct server *server)
{
    curl_easy_cleanup(server->curl);
    free(server->body);
    free(server);
}

/* The answer, for the caller to delete. */
static cJSON *ask(struct server *server, const char *method, const char *where)
{
    char url[300];
    snprintf(url, sizeof(url), "%s/_sim/%s", server->url, where);
    server->length = 0;
    curl_easy_setopt(server->curl, CURLOPT_URL, url);
    curl_easy_setopt(server->curl, CURLOPT_CUSTOMREQUEST, method);
    CURLcode code = curl_easy_perform(server->curl);
    if (code != CURLE_OK)
        fail_test("the simulator does not answer %s: %s", where, curl_easy_strerror(code));
    return cJSON_ParseWithLength(server->body, server->length);
}

static cJSON *rows(struct server *server, const char *table)
{
    return ask(server, "GET", text("rows/%s", table));
}

/* ---- reading ---- */

static const cJSON *member(const cJSON *row, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(row, name);
}

static long number_of(const cJSON *row, const char *name)
{
    const cJSON *item = member(row, name);
    return cJSON_IsNumber(item) ? (long)item->valuedouble : cJSON_IsTrue(item);
}

static const char *text_of(const cJSON *row, const char *name)
{
    const char *value = cJSON_GetStringValue(member(row, name));
    return value == NULL ? "" : value;
}

static int kind_of(const char *token)
{
    for (int i = 0; i < WORLD_KINDS; i++)
        if (strcmp(world_kinds[i].token, token) == 0)
            return i;
    fail_test("the server has a device of the type '%s'", token);
}

static int group_of(const char *key)
{
    for (int i = 0; i < WORLD_GROUPS; i++)
        if (strcmp(world_groups[i].key, key) == 0)
            return i;
    return -1;
}

/* False for devices of other machines than the model's. */
static bool read_device(const cJSON *row, struct device *device)
{
    unsigned vm = 0;
    while (vm < WORLD_VMS && (long)world_vms[vm].machine != number_of(row, "machine"))
        vm++;
    if (vm == WORLD_VMS)
        return false;
    *device = (struct device){
        .key = (unsigned)number_of(row, "$key"),
        .exists = true,
        .vm = vm,
        .kind = kind_of(text_of(row, "type")),
        .group = group_of(text_of(row, "resource_group")),
        .enabled = number_of(row, "enabled"),
        .optional = number_of(row, "optional"),
        .orderid = number_of(row, "orderid"),
    };
    strncpy(device->uuid, text_of(row, "uuid"), sizeof(device->uuid) - 1);
    strncpy(device->name, text_of(row, "name"), sizeof(device->name) - 1);
    strncpy(device->description, text_of(row, "description"), sizeof(device->description) - 1);
    return true;
}

static long setting_value(const struct setting *setting, const cJSON *row)
{
    if (setting->form != FORM_WORD)
        return number_of(row, setting->name);
    return strcmp(text_of(row, setting->name), setting->words[1]) == 0;
}

static void read_settings(struct server *server, struct world *world, const struct kind *kind)
{
    const cJSON *row = NULL;
    cJSON *list = rows(server, kind->table);
    cJSON_ArrayForEach(row, list)
    {
        struct device *device = world_find(world, (unsigned)number_of(row, "machine_device"));
        for (int i = 0; device != NULL && i < WORLD_SETTINGS; i++)
            if (kind->settings[i].form != FORM_NONE)
                device->settings[i] = setting_value(&kind->settings[i], row);
    }
    cJSON_Delete(list);
}

static void read_power(struct server *server, struct world *world)
{
    const cJSON *row = NULL;
    cJSON *list = rows(server, "machine_status");
    cJSON_ArrayForEach(row, list)
    {
        for (int vm = 0; vm < WORLD_VMS; vm++)
            if (number_of(row, "machine") == (long)world_vms[vm].machine)
                world->running[vm] = number_of(row, "running");
    }
    cJSON_Delete(list);
}

static void read_devices(struct server *server, struct world *world)
{
    const cJSON *row = NULL;
    size_t count = 0;
    cJSON *list = rows(server, "machine_devices");
    cJSON_ArrayForEach(row, list)
    {
        if (count == WORLD_DEVICES)
            fail_test("the server has more devices than the model can hold");
        count += read_device(row, &world->devices[count]);
    }
    cJSON_Delete(list);
}

void server_read(struct server *server, struct world *world)
{
    *world = (struct world){0};
    read_devices(server, world);
    for (int i = 0; i < WORLD_KINDS; i++)
        if (world_kinds[i].table != NULL)
            read_settings(server, world, &world_kinds[i]);
    read_power(server, world);
}

void server_forget(struct server *server)
{
    cJSON_Delete(ask(server, "DELETE", "log"));
}

void server_requests(struct server *server, struct requests *requests)
{
    const cJSON *entry = NULL;
    cJSON *log = ask(server, "GET", "log");
    *requests = (struct requests){0};
    cJSON_ArrayForEach(entry, log)
    {
        const char *method = text_of(entry, "method");
        requests->puts += strcmp(method, "PUT") == 0;
        requests->posts += strcmp(method, "POST") == 0;
        requests->deletes += strcmp(method, "DELETE") == 0;
    }
    cJSON_Delete(log);
}

/* ---- changes of others ---- */

static void add_setting(cJSON *json, const struct setting *setting, long value)
{
    if (setting->form == FORM_NUMBER)
        cJSON_AddNumberToObject(json, setting->name, (double)value);
    if (setting->form == FORM_BOOLEAN)
        cJSON_AddBoolToObject(json, setting->name, value != 0);
    if (setting->form == FORM_WORD)
        cJSON_AddStringToObject(json, setting->name, setting->words[value]);
}

/* What both a new row and a changed one have; for the caller to delete. */
static cJSON *changeable(const struct device *device)
{
    cJSON *row = cJSON_CreateObject();
    cJSON *settings = cJSON_AddObjectToObject(row, "settings");
    cJSON_AddStringToObject(row, "name", device->name);
    cJSON_AddStringToObject(row, "description", device->description);
    cJSON_AddBoolToObject(row, "enabled", device->enabled);
    cJSON_AddBoolToObject(row, "optional", device->optional);
    cJSON_AddNumberToObject(row, "orderid", (double)device->orderid);
    for (int i = 0; i < WORLD_SETTINGS; i++)
        add_setting(settings, &world_kinds[device->kind].settings[i], device->settings[i]);
    return row;
}

void server_set(const struct device *device)
{
    cJSON *row = changeable(device);
    char *json = cJSON_PrintUnformatted(row);
    cJSON_Delete(row);
    sim_set_row("machine_devices", text("%u", device->key), json);
    cJSON_free(json);
}

unsigned server_insert(const struct device *device)
{
    cJSON *row = changeable(device);
    if (device->key != 0)
        cJSON_AddNumberToObject(row, "$key", device->key);
    cJSON_AddNumberToObject(row, "machine", world_vms[device->vm].machine);
    cJSON_AddStringToObject(row, "type", world_kinds[device->kind].token);
    if (device->group >= 0)
        cJSON_AddStringToObject(row, "resource_group", world_groups[device->group].key);
    char *json = cJSON_PrintUnformatted(row);
    cJSON_Delete(row);
    unsigned key = (unsigned)strtoul(sim_insert("machine_devices", json), NULL, 10);
    cJSON_free(json);
    return key;
}

void server_delete(unsigned key)
{
    sim_delete("machine_devices", text("%u", key));
}
