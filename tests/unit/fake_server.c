/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/value.h"
#include "tests/unit/fake_rows.h"

#define USB_TABLE "machine_device_settings_usb"
#define TPM_TABLE "machine_device_settings_tpm"
#define VGPU_TABLE "machine_device_settings_nvidia_vgpu"

static const struct {
    const char *type, *table, *settings;
} kinds[] = {
    {"node_usb_devices", USB_TABLE, "{\"guest_reset\":true,\"guest_resets_all\":false}"},
    {"tpm", TPM_TABLE, "{\"version\":\"2\",\"model\":\"crb\"}"},
    {"node_nvidia_vgpu_devices", VGPU_TABLE,
     "{\"profile_type\":\"any\",\"frame_rate_limiter\":60,\"disable_vnc\":false}"},
    {"node_pci_devices", NULL, NULL},
    {"node_host_gpu_devices", NULL, NULL},
};

/* ---- the store ---- */

struct fake_device *fake_device(struct fake_server *server, uint32_t key)
{
    size_t low = 0, high = server->device_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (server->devices[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < server->device_count && server->devices[low].key == key ? &server->devices[low]
                                                                         : NULL;
}

struct fake_vm *fake_vm(struct fake_server *server, uint32_t key)
{
    return key > 0 && key <= server->vm_count ? &server->vms[key - 1] : NULL;
}

struct fake_setting *fake_setting_of(struct fake_server *server, uint32_t device)
{
    for (size_t i = 0; i < server->setting_count; i++) {
        if (server->settings[i].device == device) {
            return &server->settings[i];
        }
    }
    return NULL;
}

static void add_settings(struct fake_server *server, const struct fake_device *device)
{
    if (server->setting_room == 0 || server->refuses_settings_row) {
        return;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].type, device->type) != 0 || kinds[i].table == NULL) {
            continue;
        }
        if (server->setting_count == server->setting_room) {
            server->setting_room *= 2;
            server->settings =
                realloc(server->settings, server->setting_room * sizeof(*server->settings));
        }
        server->settings[server->setting_count++] = (struct fake_setting){
            server->next_key++, device->key, kinds[i].table, cJSON_Parse(kinds[i].settings)};
    }
}

struct fake_device *fake_device_add(struct fake_server *server, uint32_t machine, const char *type,
                                    const char *name)
{
    struct fake_device *device;

    if (server->device_count == server->device_room) {
        server->device_room = server->device_room * 2 + 64;
        server->devices = realloc(server->devices, server->device_room * sizeof(*server->devices));
    }
    device = &server->devices[server->device_count++];
    memset(device, 0, sizeof(*device));
    device->key = server->next_key++;
    device->machine = machine;
    device->enabled = true;
    snprintf(device->type, sizeof(device->type), "%s", type);
    if (name == NULL) {
        snprintf(device->name, sizeof(device->name), "dev_%" PRIu32, device->key);
    } else {
        snprintf(device->name, sizeof(device->name), "%s", name);
    }
    snprintf(device->uuid, sizeof(device->uuid), "00000000-0000-4000-8000-%012" PRIx32,
             device->key);
    add_settings(server, device);
    return device;
}

void fake_device_remove(struct fake_server *server, uint32_t key)
{
    struct fake_device *device = fake_device(server, key);
    struct fake_setting *setting = fake_setting_of(server, key);

    if (device == NULL) {
        return;
    }
    memmove(device, device + 1,
            (size_t)(&server->devices[server->device_count] - (device + 1)) * sizeof(*device));
    server->device_count--;
    if (setting != NULL) {
        cJSON_Delete(setting->values);
        *setting = server->settings[--server->setting_count];
    }
}

void fake_device_touch(struct fake_device *device)
{
    device->changed = verge_now();
    device->history[device->version % 64] = device->changed;
    device->version++;
}

/* ---- what it does ---- */

static long fail(struct verge_text *out, long status, const char *text)
{
    verge_text_printf(out, "{\"err\":\"%s\"}", text);
    return status;
}

static long do_list(struct fake_server *server, const struct fake_asked *asked,
                    struct verge_text *out)
{
    size_t total = fake_table_count(server, asked->table), seen = 0, given = 0;
    size_t offset = server->ignores_offset ? 0 : asked->offset;
    size_t limit = server->ignores_limit || asked->limit == 0 ? SIZE_MAX : asked->limit;
    const char *filter = server->ignores_filter ? "" : asked->filter;
    bool counting = strcmp(asked->fields, ",") == 0 && !server->ignores_count;

    limit = server->most_rows > 0 && limit > server->most_rows ? server->most_rows : limit;
    verge_text_char(out, '[');
    for (size_t i = 0; i < total && given < limit; i++) {
        struct fake_row row;

        if (!fake_table_row(server, asked->table, server->ignores_sort ? total - 1 - i : i, &row) ||
            !fake_matches(&row, filter, strlen(filter)) || (++seen <= offset && !counting) ||
            counting) {
            continue;
        }
        if (given++ > 0) {
            verge_text_char(out, ',');
        }
        fake_print_row(&row, out);
    }
    if (counting) {
        verge_text_printf(out, "{\"$count\":%zu}", seen);
    }
    verge_text_char(out, ']');
    if (given > server->rows_most) {
        server->rows_most = given;
    }
    return 200;
}

static long do_get(struct fake_server *server, const struct fake_asked *asked,
                   struct verge_text *out)
{
    uint32_t key = (uint32_t)strtoul(asked->key, NULL, 10);
    const struct fake_device *device = fake_device(server, key);

    if (*asked->key == '\0') {
        return do_list(server, asked, out);
    }
    if (strcmp(asked->table, "machine_devices") != 0 || device == NULL) {
        return fail(out, 404, "no such row");
    }
    fake_print_device(device, out);
    return 200;
}

static void merge_settings(struct fake_setting *setting, const cJSON *changes)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, changes)
    {
        if (cJSON_GetObjectItemCaseSensitive(setting->values, item->string)) {
            cJSON_ReplaceItemInObjectCaseSensitive(setting->values, item->string,
                                                   cJSON_Duplicate(item, true));
        }
    }
}

static void put_device(struct fake_server *server, struct fake_device *device, const cJSON *body)
{
    const cJSON *item;
    struct fake_setting *setting = fake_setting_of(server, device->key);

    cJSON_ArrayForEach(item, body)
    {
        if (strcmp(item->string, "name") == 0) {
            snprintf(device->name, sizeof(device->name), "%s", cJSON_GetStringValue(item));
        } else if (strcmp(item->string, "description") == 0) {
            snprintf(device->description, sizeof(device->description), "%s",
                     cJSON_GetStringValue(item));
        } else if (strcmp(item->string, "enabled") == 0) {
            device->enabled = verge_value_boolean(item, true);
        } else if (strcmp(item->string, "optional") == 0) {
            device->optional = verge_value_boolean(item, false);
        } else if (strcmp(item->string, "orderid") == 0) {
            device->orderid = (int)verge_value_integer(item, 0);
        } else if (strcmp(item->string, "settings_args") == 0 && setting != NULL) {
            merge_settings(setting, item);
        }
    }
    fake_device_touch(device);
    device->written = device->version;
}

static long do_put(struct fake_server *server, const struct fake_asked *asked,
                   struct verge_text *out)
{
    uint32_t key = (uint32_t)strtoul(asked->key, NULL, 10);
    struct fake_device *device = fake_device(server, key);

    if (strcmp(asked->table, "machine_devices") == 0) {
        if (device == NULL) {
            return fail(out, 404, "no such row");
        }
        if (!server->ignores_put) {
            put_device(server, device, asked->body);
        }
        verge_text_string(out, "[]");
        return 200;
    }
    for (size_t i = 0; i < server->setting_count; i++) {
        if (server->settings[i].key == key &&
            strcmp(server->settings[i].table, asked->table) == 0) {
            if (!server->ignores_put) {
                merge_settings(&server->settings[i], asked->body);
            }
            verge_text_string(out, "[]");
            return 200;
        }
    }
    return fail(out, 404, "no such row");
}

static long do_create(struct fake_server *server, const struct fake_asked *asked,
                      struct verge_text *out)
{
    uint32_t machine = 0;
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItem(asked->body, "type"));
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(asked->body, "name"));
    int64_t count = verge_value_integer(cJSON_GetObjectItem(asked->body, "count"), 1);
    const cJSON *text = cJSON_GetObjectItem(asked->body, "description");
    const cJSON *arguments = cJSON_GetObjectItem(asked->body, "settings_args");
    uint32_t key = 0;

    verge_value_key(cJSON_GetObjectItem(asked->body, "machine"), &machine);
    for (int64_t i = 0; i < count; i++) {
        struct fake_device *device = fake_device_add(server, machine, type, name);

        key = device->key;
        snprintf(device->description, sizeof(device->description), "%s",
                 text != NULL ? cJSON_GetStringValue(text) : "");
        device->enabled = verge_value_boolean(cJSON_GetObjectItem(asked->body, "enabled"), true);
        device->optional = verge_value_boolean(cJSON_GetObjectItem(asked->body, "optional"), false);
        if (arguments != NULL && fake_setting_of(server, key) != NULL && !server->ignores_put) {
            merge_settings(fake_setting_of(server, key), arguments);
        }
    }
    if (server->envelope != NULL) {
        char number[16];

        snprintf(number, sizeof(number), "%u", key);
        for (const char *c = server->envelope; *c != '\0'; c++) {
            *c == '@' ? verge_text_string(out, number) : verge_text_char(out, *c);
        }
    } else {
        verge_text_printf(out,
                          "{\"location\":\"\\/v4\\/machine_devices\\/%u\",\"$row\":%u,"
                          "\"$key\":\"%u\"}",
                          key, key, key);
    }
    return 201;
}

static long do_post(struct fake_server *server, const struct fake_asked *asked,
                    struct verge_text *out)
{
    uint32_t key = 0;
    const char *action;

    if (strcmp(asked->table, "machine_devices") == 0) {
        return do_create(server, asked, out);
    }
    verge_value_key(cJSON_GetObjectItem(asked->body, "vm"), &key);
    action = cJSON_GetStringValue(cJSON_GetObjectItem(asked->body, "action"));
    if (strcmp(asked->table, "vm_actions") != 0 || fake_vm(server, key) == NULL) {
        return fail(out, 404, "no such row");
    }
    fake_vm(server, key)->running = strcmp(action, "poweron") == 0;
    fake_vm(server, key)->version++;
    verge_text_string(out, "{}");
    return 201;
}

static long do_request(struct fake_server *server, const struct fake_asked *asked,
                       struct verge_text *out)
{
    uint32_t key = (uint32_t)strtoul(asked->key, NULL, 10);

    if (server->missing_table != NULL && strcmp(asked->table, server->missing_table) == 0) {
        return fail(out, 404, "no such table");
    }
    if (strcmp(asked->method, "GET") == 0) {
        return do_get(server, asked, out);
    }
    if (strcmp(asked->method, "PUT") == 0) {
        return do_put(server, asked, out);
    }
    if (strcmp(asked->method, "POST") == 0) {
        return do_post(server, asked, out);
    }
    if (fake_device(server, key) == NULL) {
        return fail(out, 404, "no such row");
    }
    fake_device_remove(server, key);
    return 200;
}

/* ---- the transport ---- */

static void count_request(struct fake_server *server, const struct verge_request *request,
                          const char *line)
{
    snprintf(server->log[server->requests % 64], sizeof(server->log[0]), "%.1023s", line);
    snprintf(server->last, sizeof(server->last), "%.1023s %.1023s", line,
             request->body != NULL ? request->body : "");
    server->requests++;
    server->gets += strcmp(request->method, "GET") == 0;
    server->puts += strcmp(request->method, "PUT") == 0;
    server->posts += strcmp(request->method, "POST") == 0;
    server->deletes += strcmp(request->method, "DELETE") == 0;
}

/* Takes one fault of the kind, when it is this request's turn. */
static bool take_fault(struct fake_server *server, const char *line, struct fake_fault *fault)
{
    if (server->fault.match == NULL || strstr(line, server->fault.match) == NULL) {
        return false;
    }
    if (server->fault.skip > 0) {
        server->fault.skip--;
        return false;
    }
    *fault = server->fault;
    if (--server->fault.times == 0) {
        server->fault.match = NULL;
    }
    return true;
}

/* With the lock, which is let go meanwhile. */
static int wait_stall(struct fake_server *server, const struct verge_call *call, const char *line)
{
    int rc = 0;

    server->stalled++;
    while (rc == 0 && server->stall != NULL && strstr(line, server->stall) != NULL) {
        pthread_mutex_unlock(&server->lock);
        rc = verge_sleep_until(call, verge_now() + 2);
        pthread_mutex_lock(&server->lock);
    }
    server->stalled--;
    return rc;
}

/* The header's promise: what changes something is not ended once it has begun to be sent. */
static int carry_out(struct fake_server *server, const struct verge_call *call,
                     const struct verge_request *request, const char *line,
                     struct verge_answer *answer, struct verge_error *error)
{
    struct fake_fault fault = {0};
    struct fake_asked asked;
    bool failing = take_fault(server, line, &fault);
    int rc = wait_stall(server, call, line);

    if (rc < 0 && strcmp(request->method, "GET") == 0) {
        return verge_error_set(error, -rc, "ended");
    }
    if (!failing || fault.after) {
        fake_take_apart(&asked, request);
        answer->status = do_request(server, &asked, &answer->body);
        cJSON_Delete(asked.body);
    }
    if (!failing) {
        return 0;
    }
    verge_text_clear(&answer->body);
    if (fault.errnum != 0) {
        verge_error_set(error, fault.errnum, "the connection broke");
        error->uncertain = fault.after;
        return -fault.errnum;
    }
    answer->status = fault.status;
    verge_text_string(&answer->body, fault.body != NULL ? fault.body : "");
    return 0;
}

static int fake_send(struct verge_transport *transport, const struct verge_call *call,
                     const struct verge_request *request, struct verge_answer *answer,
                     struct verge_error *error)
{
    struct fake_server *server = (struct fake_server *)transport;
    char line[4096];
    size_t used = (size_t)snprintf(line, sizeof(line), "%s ", request->method);
    unsigned latency;
    int rc;

    fake_decode(line + used, sizeof(line) - used, request->path, strlen(request->path));
    answer->retry_after_ms = -1;
    answer->is_json = true;
    if (verge_cancel_fired(call->cancel)) {
        return verge_error_set(error, EINTR, "ended");
    }
    pthread_mutex_lock(&server->lock);
    count_request(server, request, line);
    latency = server->latency_us > 0 ? server->requests * 7919 % server->latency_us : 0;
    rc = carry_out(server, call, request, line, answer, error);
    pthread_mutex_unlock(&server->lock);
    if (server->during != NULL) {
        server->during(server->during_argument, line);
    }
    if (latency > 0) {
        struct timespec pause = {0, (long)latency * 1000};

        nanosleep(&pause, NULL);
    }
    return rc;
}

static void fake_free(struct verge_transport *transport)
{
    (void)transport; /* lives until fake_server_free */
}

struct fake_server *fake_server_new(size_t vms, size_t devices_per_vm, size_t groups, bool settings)
{
    struct fake_server *server = calloc(1, sizeof(*server));

    server->transport = (struct verge_transport){fake_send, fake_free};
    pthread_mutex_init(&server->lock, NULL);
    server->vms = calloc(vms + 1, sizeof(*server->vms));
    server->vm_count = vms;
    server->group_count = groups;
    server->next_key = 1;
    server->setting_room = settings ? 64 : 0;
    server->settings = calloc(64, sizeof(*server->settings));
    for (size_t i = 0; i < vms; i++) {
        server->vms[i].key = (uint32_t)i + 1;
        snprintf(server->vms[i].name, sizeof(server->vms[i].name), "vm%zu", i + 1);
        for (size_t j = 0; j < devices_per_vm; j++) {
            fake_device_add(server, (uint32_t)i + 1 + FAKE_MACHINE,
                            kinds[j % (sizeof(kinds) / sizeof(kinds[0]))].type, NULL);
        }
    }
    return server;
}

struct verge_client *fake_client_new(struct fake_server *server, unsigned budget)
{
    struct verge_client_options options = {.retries = 0, .backoff = 0.001, .budget = budget};
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_client *client;

    verge_credentials_init(&credentials);
    credentials.token = strdup("key");
    client = verge_client_new(&server->transport, &credentials, &options, &error);
    verge_credentials_free(&credentials);
    return client;
}

void fake_server_free(struct fake_server *server)
{
    for (size_t i = 0; i < server->setting_count; i++) {
        cJSON_Delete(server->settings[i].values);
    }
    free(server->vms);
    free(server->devices);
    free(server->settings);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

unsigned fake_requests(struct fake_server *server)
{
    unsigned requests;

    pthread_mutex_lock(&server->lock);
    requests = server->requests;
    pthread_mutex_unlock(&server->lock);
    return requests;
}

void fake_set_stall(struct fake_server *server, const char *match)
{
    pthread_mutex_lock(&server->lock);
    server->stall = match;
    pthread_mutex_unlock(&server->lock);
}

void fake_await_stalled(struct fake_server *server, unsigned count)
{
    struct verge_call call = {INT64_MAX, NULL};
    unsigned stalled = 0;

    while (stalled < count) {
        verge_sleep_until(&call, verge_now() + 1);
        pthread_mutex_lock(&server->lock);
        stalled = server->stalled;
        pthread_mutex_unlock(&server->lock);
    }
}

unsigned fake_logged(struct fake_server *server, const char *match)
{
    unsigned count = 0;

    pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < 64 && i < server->requests; i++) {
        count += strstr(server->log[i], match) != NULL;
    }
    pthread_mutex_unlock(&server->lock);
    return count;
}
