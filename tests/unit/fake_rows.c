/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/value.h"
#include "tests/unit/fake_rows.h"

/* ---- a request taken apart ---- */

void fake_decode(char *out, size_t size, const char *in, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length && used + 1 < size; i++) {
        char hex[3] = {0};

        if (in[i] == '%' && i + 2 < length) {
            memcpy(hex, &in[i + 1], 2);
            out[used++] = (char)strtoul(hex, NULL, 16);
            i += 2;
        } else {
            out[used++] = in[i];
            if (in[i] == '+') {
                out[used - 1] = ' ';
            }
        }
    }
    out[used] = '\0';
}

static void take_parameter(struct fake_asked *asked, const char *text, size_t length)
{
    char number[32] = "";

    if (strncmp(text, "fields=", 7) == 0) {
        fake_decode(asked->fields, sizeof(asked->fields), text + 7, length - 7);
    } else if (strncmp(text, "filter=", 7) == 0) {
        fake_decode(asked->filter, sizeof(asked->filter), text + 7, length - 7);
    } else if (strncmp(text, "sort=", 5) == 0) {
        fake_decode(asked->sort, sizeof(asked->sort), text + 5, length - 5);
    } else if (strncmp(text, "limit=", 6) == 0) {
        fake_decode(number, sizeof(number), text + 6, length - 6);
        asked->limit = strtoul(number, NULL, 10);
    } else if (strncmp(text, "offset=", 7) == 0) {
        fake_decode(number, sizeof(number), text + 7, length - 7);
        asked->offset = strtoul(number, NULL, 10);
    }
}

void fake_take_apart(struct fake_asked *asked, const struct verge_request *request)
{
    const char *path = request->path + strlen("/api/v4/");
    size_t table = strcspn(path, "/?"), rest;

    memset(asked, 0, sizeof(*asked));
    asked->method = request->method;
    fake_decode(asked->table, sizeof(asked->table), path, table);
    path += table;
    if (*path == '/') {
        rest = strcspn(path, "?");
        fake_decode(asked->key, sizeof(asked->key), path + 1, rest - 1);
        path += rest;
    }
    while (*path != '\0') {
        path++;
        rest = strcspn(path, "&");
        take_parameter(asked, path, rest);
        path += rest;
    }
    if (request->body != NULL) {
        asked->body = cJSON_Parse(request->body);
    }
}

/* ---- rows ---- */

static void column(const struct fake_row *row, const char *name, char *out, size_t size)
{
    bool key = strcmp(name, "$key") == 0;

    *out = '\0';
    if (row->vm != NULL) {
        if (key || strcmp(name, "machine") == 0) {
            snprintf(out, size, "%u", row->vm->key + (key ? 0 : FAKE_MACHINE));
        } else if (strcmp(name, "name") == 0) {
            snprintf(out, size, "'%s'", row->vm->name);
        } else if (strcmp(name, "is_snapshot") == 0) {
            snprintf(out, size, "%s", row->vm->snapshot ? "true" : "false");
        }
    } else if (row->device != NULL) {
        snprintf(out, size, "%u", key ? row->device->key : row->device->machine);
    } else if (row->setting != NULL) {
        snprintf(out, size, "%u", key ? row->setting->key : row->setting->device);
    }
}

/* `column eq literal`, parts in parentheses joined by `and`: all that this program asks. */
bool fake_matches(const struct fake_row *row, const char *filter, size_t length)
{
    char name[64], literal[256], shown[256];
    size_t depth = 0, first;

    if (length == 0) {
        return true;
    }
    if (*filter == '(') {
        for (first = 0; first < length; first++) {
            depth += filter[first] == '(';
            depth -= filter[first] == ')';
            if (depth == 0) {
                break;
            }
        }
        if (!fake_matches(row, filter + 1, first - 1)) {
            return false;
        }
        first += 1 + strlen(" and ");
        return first >= length || fake_matches(row, filter + first, length - first);
    }
    first = strcspn(filter, " ");
    snprintf(name, sizeof(name), "%.*s", (int)first, filter);
    first += strlen(" eq ");
    snprintf(literal, sizeof(literal), "%.*s", (int)(length - first), filter + first);
    column(row, name, shown, sizeof(shown));
    return strcmp(shown, literal) == 0;
}

static void print_vm(const struct fake_vm *vm, struct verge_text *out)
{
    verge_text_printf(out,
                      "{\"$key\":%u,\"name\":\"%s\",\"description\":\"\",\"enabled\":true,"
                      "\"cpu_cores\":4,\"ram\":\"%u\",\"os_family\":\"linux\","
                      "\"machine_type\":\"pc-q35-10.0\",\"created\":1700000000,"
                      "\"modified\":1700000000,\"machine\":%u,\"uuid\":\"vm-%u\","
                      "\"need_restart\":false,\"status\":\"%s\",\"running\":%d,"
                      "\"node_name\":null,\"cluster_name\":\"c1\"}",
                      vm->key, vm->name, vm->version, vm->key + FAKE_MACHINE, vm->key,
                      vm->running ? "running" : "stopped", vm->running);
}

void fake_print_device(const struct fake_device *device, struct verge_text *out)
{
    bool tpm = strcmp(device->type, "tpm") == 0;

    verge_text_printf(
        out,
        "{\"$key\":%u,\"machine\":\"%u\",\"machine_name\":\"vm%u\",\"machine_type\":\"vm\","
        "\"name\":\"%s\",\"description\":\"%s\",\"type\":\"%s\",\"orderid\":%d,"
        "\"uuid\":\"%s\",\"enabled\":%s,\"optional\":%d,\"resource_group\":%s,"
        "\"resource_group_name\":%s,\"device_status\":\"online\",\"status_info\":\"%u\","
        "\"created\":1700000000,\"modified\":1700000000}",
        device->key, device->machine, device->machine - FAKE_MACHINE, device->name,
        device->description, device->type, device->orderid, device->uuid,
        device->enabled ? "true" : "false", device->optional,
        tpm ? "null" : "\"11111111-2222-3333-4444-555555555555\"", tpm ? "null" : "\"pool\"",
        device->version);
}

static void print_group(size_t group, struct verge_text *out)
{
    verge_text_printf(out,
                      "{\"$key\":\"00000000-0000-4000-9000-%012zx\",\"uuid\":"
                      "\"00000000-0000-4000-9000-%012zx\",\"name\":\"group%zu\","
                      "\"type\":\"node_usb_devices\",\"type_display\":\"USB\","
                      "\"class\":\"usb\",\"class_display\":\"Generic USB Device\","
                      "\"enabled\":true,\"resource_count\":3}",
                      group, group, group);
}

static void print_setting(const struct fake_setting *setting, struct verge_text *out)
{
    char *values = cJSON_PrintUnformatted(setting->values);

    verge_text_printf(out, "{\"$key\":%u,\"machine_device\":%u,%s", setting->key, setting->device,
                      values + 1);
    cJSON_free(values);
}

void fake_print_row(const struct fake_row *row, struct verge_text *out)
{
    if (row->vm != NULL) {
        print_vm(row->vm, out);
    } else if (row->device != NULL) {
        fake_print_device(row->device, out);
    } else if (row->setting != NULL) {
        print_setting(row->setting, out);
    } else {
        print_group(row->group, out);
    }
}

size_t fake_table_count(const struct fake_server *server, const char *table)
{
    if (strcmp(table, "vms") == 0) {
        return server->vm_count;
    }
    if (strcmp(table, "machine_devices") == 0) {
        return server->device_count;
    }
    return strcmp(table, "resource_groups") == 0 ? server->group_count : server->setting_count;
}

bool fake_table_row(const struct fake_server *server, const char *table, size_t index,
                    struct fake_row *row)
{
    *row = (struct fake_row){0};
    if (strcmp(table, "vms") == 0) {
        row->vm = &server->vms[index];
    } else if (strcmp(table, "machine_devices") == 0) {
        row->device = &server->devices[index];
    } else if (strcmp(table, "resource_groups") == 0) {
        row->group = index + 1;
    } else {
        row->setting = &server->settings[index];
        return strcmp(row->setting->table, table) == 0;
    }
    return true;
}
