/* SPDX-License-Identifier: MIT */
#include "tests/model/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/integration/harness_internal.h"

static bool shared;

void tree_shared(void)
{
    shared = true;
}

/* ---- paths ---- */

static struct shelf shelf_on_the_way(const struct device *device, enum way way)
{
    struct shelf shelf = {device->vm, -1, -1};
    if (way == BY_GROUP && device->group >= 0)
        shelf.group = device->group;
    else if (way == BY_TYPE || way == BY_GROUP)
        shelf.kind = device->kind;
    return shelf;
}

void tree_path(const struct world *shown, const struct device *device, enum way way,
               char path[WORLD_FILE])
{
    char name[WORLD_FILE];
    struct shelf shelf = shelf_on_the_way(device, way);
    if (way == BY_KEY) {
        snprintf(path, WORLD_FILE, "devices/by-key/%u", device->key);
        return;
    }
    shelf_path(&shelf, path);
    shelf_name(shown, &shelf, device, name);
    size_t used = strlen(path);
    snprintf(path + used, WORLD_FILE - used, "/%s", name);
}

static int open_below(const char *path, int flags)
{
    char whole[2 * WORLD_FILE];
    snprintf(whole, sizeof(whole), "%s/%s", mount_path(mount_current()), path);
    return open(whole, flags | O_CLOEXEC);
}

static bool has_key(int folder, unsigned key)
{
    size_t length = 0;
    char *content = tree_read(folder, "key", &length);
    bool has = content != NULL && strtoul(content, NULL, 10) == key;
    free(content);
    return has;
}

int tree_enter(const struct world *shown, const struct device *device, enum way way)
{
    enum { TRIES = 400 };
    static const struct timespec moment = {0, 5000000};
    char path[WORLD_FILE];
    tree_path(shown, device, way, path);
    for (int i = 0; i < TRIES; i++) {
        int folder = open_below(path, O_PATH | O_DIRECTORY);
        if (folder >= 0 && has_key(folder, device->key))
            return folder;
        if (folder >= 0)
            close(folder);
        nanosleep(&moment, NULL);
    }
    errno = ENOENT;
    return -1;
}

/* ---- files ---- */

char *tree_read(int folder, const char *file, size_t *length)
{
    size_t room = 4096;
    char *content = malloc(room + 1);
    int fd = openat(folder, file, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 || content == NULL ? -1 : 0;
    *length = 0;
    while (got >= 0 && (got = read(fd, content + *length, room - *length)) > 0) {
        *length += (size_t)got;
        if (*length == room) {
            char *grown = realloc(content, (room *= 2) + 1);
            if (grown == NULL)
                break;
            content = grown;
        }
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    if (got < 0) {
        free(content);
        return NULL;
    }
    content[*length] = '\0';
    return content;
}

/* The size as the kernel has it before anybody opens the file must be right already. */
static char *check_file(int folder, const char *file, const char *expected, char **content)
{
    struct stat status = {0};
    size_t length = 0;
    if (fstatat(folder, file, &status, 0) == -1)
        return sentence("stat %s: %s", file, strerror(errno));
    *content = tree_read(folder, file, &length);
    if (*content == NULL)
        return sentence("read %s: %s", file, strerror(errno));
    if (expected != NULL && strcmp(*content, expected) != 0)
        return sentence("%s has '%s', not '%s'", file, *content, expected);
    if ((size_t)status.st_size != length && !shared)
        return sentence("%s: stat says %ld bytes, %zu were read", file, (long)status.st_size,
                        length);
    return NULL;
}

static char *check_value(int folder, const char *file, const char *value)
{
    char line[WORLD_FILE] = "";
    char *content = NULL;
    if (*value != '\0')
        snprintf(line, sizeof(line), "%s\n", value);
    char *complaint = check_file(folder, file, line, &content);
    free(content);
    return complaint;
}

static bool same_setting(const struct setting *setting, const cJSON *item, long value)
{
    if (setting->form == FORM_NUMBER)
        return cJSON_IsNumber(item) && (long)item->valuedouble == value;
    if (setting->form == FORM_BOOLEAN)
        return cJSON_IsBool(item) && cJSON_IsTrue(item) == (value != 0);
    return cJSON_IsString(item) && strcmp(item->valuestring, setting->words[value]) == 0;
}

static char *check_settings(const struct device *device, const cJSON *object, const char *where)
{
    for (int i = 0; i < WORLD_SETTINGS; i++) {
        const struct setting *setting = &world_kinds[device->kind].settings[i];
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, setting->name);
        if (setting->form != FORM_NONE && !same_setting(setting, item, device->settings[i])) {
            char *shown = cJSON_PrintUnformatted(object);
            char *complaint = sentence("%s: %s should be %ld: %s", where, setting->name,
                                       device->settings[i], shown == NULL ? "nothing" : shown);
            cJSON_free(shown);
            return complaint;
        }
    }
    return NULL;
}

static char *check_row(const struct device *device, const cJSON *row)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "name"));
    const cJSON *order = cJSON_GetObjectItemCaseSensitive(row, "orderid");
    if (name == NULL || strcmp(name, device->name) != 0)
        return sentence("device.json: name is '%s'", name == NULL ? "(missing)" : name);
    if (!cJSON_IsNumber(order) || (long)order->valuedouble != device->orderid)
        return sentence("device.json: another orderid than %ld", device->orderid);
    return check_settings(device, cJSON_GetObjectItemCaseSensitive(row, "settings_args"),
                          "device.json");
}

static char *check_document(int folder, const char *file, const struct device *device)
{
    char *content = NULL;
    char *complaint = check_file(folder, file, NULL, &content);
    cJSON *object = complaint != NULL ? NULL : cJSON_Parse(content);
    if (complaint == NULL && object == NULL)
        complaint = sentence("%s is no JSON: %s", file, content);
    else if (complaint == NULL && strcmp(file, "settings.json") == 0)
        complaint = check_settings(device, object, file);
    else if (complaint == NULL)
        complaint = check_row(device, object);
    cJSON_Delete(object);
    free(content);
    return complaint;
}

bool tree_has_settings(int folder, const struct device *device)
{
    char *complaint = check_document(folder, "settings.json", device);
    bool has = complaint == NULL;
    free(complaint);
    return has;
}

static char *check_row_files(int folder, const struct device *device, int which)
{
    char number[32];
    snprintf(number, sizeof(number), "%ld", device->orderid);
    const struct {
        const char *file, *value;
    } files[] = {
        {"name", device->name},
        {"description", device->description},
        {"enabled", device->enabled ? "true" : "false"},
        {"optional", device->optional ? "true" : "false"},
        {"orderid", number},
        {"type", world_kinds[device->kind].token},
        {"uuid", device->uuid},
        {"resource_group_name", device->group < 0 ? "" : world_groups[device->group].name},
    };
    enum { FILES = sizeof(files) / sizeof(files[0]) };
    char *complaint = NULL;
    for (int i = 0; complaint == NULL && i < FILES; i++)
        if (which < 0 || which % FILES == i)
            complaint = check_value(folder, files[i].file, files[i].value);
    return complaint;
}

bool tree_has_row(int folder, const struct device *device)
{
    char *complaint = check_row_files(folder, device, -1);
    bool has = complaint == NULL;
    free(complaint);
    return has;
}

int tree_enter_key(unsigned key)
{
    char path[WORLD_FILE];
    snprintf(path, sizeof(path), "devices/by-key/%u", key);
    return open_below(path, O_PATH | O_DIRECTORY);
}

static char *check_files(int folder, const struct device *device, int which)
{
    char *complaint = check_row_files(folder, device, which);
    if (complaint == NULL && (which < 0 || which % 2 == 0))
        complaint = check_document(folder, "settings.json", device);
    if (complaint == NULL && (which < 0 || which % 2 == 1))
        complaint = check_document(folder, "device.json", device);
    return complaint;
}

static char *check_entered(const struct world *shown, const struct device *device, enum way way,
                           char *(*check)(int folder, const struct device *device, int which),
                           int which)
{
    char path[WORLD_FILE];
    int folder = tree_enter(shown, device, way);
    tree_path(shown, device, way, path);
    if (folder < 0)
        return sentence("%s is not the device %u", path, device->key);
    char *complaint = check(folder, device, which);
    close(folder);
    if (complaint == NULL)
        return NULL;
    char *whole = sentence("%s (key %u): %s", path, device->key, complaint);
    free(complaint);
    return whole;
}

char *tree_check_device(const struct world *shown, const struct device *device, enum way way,
                        int which)
{
    return check_entered(shown, device, way, check_files, which);
}

char *tree_check_row(const struct world *shown, const struct device *device, enum way way)
{
    return check_entered(shown, device, way, check_row_files, -1);
}

/* ---- names ---- */

/* What is listed and should not be; counts the others. */
static char *check_listed(const struct world *shown, const struct shelf *shelf, const char *path,
                          size_t *count)
{
    char *complaint = NULL;
    int fd = open_below(path, O_RDONLY | O_DIRECTORY);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL)
        return sentence("ls %s: %s", path, strerror(errno));
    errno = 0;
    for (struct dirent *entry = NULL; complaint == NULL && (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        ++*count;
        if (shelf_find(shown, shelf, entry->d_name) == NULL)
            complaint = sentence("%s lists '%s'", path, entry->d_name);
    }
    if (complaint == NULL && errno != 0)
        complaint = sentence("ls %s: %s", path, strerror(errno));
    closedir(folder);
    return complaint;
}

static char *check_shelf(const struct world *shown, const struct shelf *shelf)
{
    char path[WORLD_FILE];
    size_t expected = 0;
    size_t found = 0;
    shelf_path(shelf, path);
    for (size_t i = 0; i < WORLD_DEVICES; i++)
        expected += shelf_shows(shelf, &shown->devices[i]);
    char *complaint = check_listed(shown, shelf, path, &found);
    if (complaint == NULL && found != expected)
        complaint = sentence("%s lists %zu names, not %zu", path, found, expected);
    return complaint;
}

char *tree_check_names(const struct world *shown, unsigned vm)
{
    struct shelf shelf = {vm, -1, -1};
    char *complaint = check_shelf(shown, &shelf);
    for (shelf.kind = 0; complaint == NULL && shelf.kind < WORLD_KINDS; shelf.kind++)
        complaint = check_shelf(shown, &shelf);
    shelf.kind = -1;
    for (shelf.group = 0; complaint == NULL && shelf.group < WORLD_GROUPS; shelf.group++)
        complaint = check_shelf(shown, &shelf);
    return complaint;
}

static char *check_power(const struct world *shown, unsigned vm)
{
    char path[WORLD_FILE];
    snprintf(path, sizeof(path), "vms/%s", world_vms[vm].file_name);
    int folder = open_below(path, O_PATH | O_DIRECTORY);
    if (folder < 0)
        return sentence("%s: %s", path, strerror(errno));
    char *complaint = check_value(folder, "power", shown->running[vm] ? "on" : "off");
    close(folder);
    return complaint;
}

char *tree_check_rows(const struct world *shown)
{
    char *complaint = NULL;
    for (unsigned vm = 0; complaint == NULL && vm < WORLD_VMS; vm++) {
        const struct shelf shelf = {vm, -1, -1};
        complaint = check_shelf(shown, &shelf);
        if (complaint == NULL)
            complaint = check_power(shown, vm);
    }
    for (size_t i = 0; complaint == NULL && i < WORLD_DEVICES; i++)
        if (shown->devices[i].exists)
            complaint = tree_check_device(shown, &shown->devices[i], BY_NAME, (int)(8 * i + 1));
    return complaint;
}

char *tree_check_all(const struct world *shown)
{
    char *complaint = NULL;
    for (unsigned vm = 0; complaint == NULL && vm < WORLD_VMS; vm++) {
        complaint = tree_check_names(shown, vm);
        if (complaint == NULL)
            complaint = check_power(shown, vm);
    }
    for (size_t i = 0; complaint == NULL && i < WORLD_DEVICES; i++)
        if (shown->devices[i].exists)
            complaint = tree_check_device(shown, &shown->devices[i], (enum way)(i % WAYS), -1);
    return complaint;
}
