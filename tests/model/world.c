/* SPDX-License-Identifier: MIT */
#include "tests/model/world.h"
#include "tests/integration/harness_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTHING \
    { \
        NULL, FORM_NONE, {NULL, NULL}, 0, 0 \
    }

const struct kind world_kinds[WORLD_KINDS] = {
    {"sriov_nic",
     "node_sriov_nic_devices",
     {0, -1},
     "machine_device_settings_sriov_nic",
     {{"vlan", FORM_NUMBER, {NULL, NULL}, 0, 4094},
      {"qos", FORM_NUMBER, {NULL, NULL}, 0, 7},
      {"trust", FORM_WORD, {"off", "on"}, 0, 0}}},
    {"usb",
     "node_usb_devices",
     {1, -1},
     "machine_device_settings_usb",
     {{"guest_reset", FORM_BOOLEAN, {NULL, NULL}, 1, 0},
      {"guest_resets_all", FORM_BOOLEAN, {NULL, NULL}, 0, 0},
      NOTHING}},
    {"vgpu",
     "node_nvidia_vgpu_devices",
     {2, 3},
     "machine_device_settings_nvidia_vgpu",
     {{"frame_rate_limiter", FORM_NUMBER, {NULL, NULL}, 60, 1000},
      {"enable_uvm", FORM_BOOLEAN, {NULL, NULL}, 0, 0},
      NOTHING}},
    {"tpm",
     "tpm",
     {-1, -1},
     "machine_device_settings_tpm",
     {{"model", FORM_WORD, {"crb", "tis"}, 0, 0}, NOTHING, NOTHING}},
    {"gpu", "gpu", {-1, -1}, NULL, {NOTHING, NOTHING, NOTHING}},
};

const struct group world_groups[WORLD_GROUPS] = {
    {"NICs", "NICs", "5d1f0a10-6c01-4e1a-9b00-000000000001", 0},
    {"USB/keys", "USB%2Fkeys", "5d1f0a10-6c01-4e1a-9b00-000000000002", 1},
    {"A40", "A40", "5d1f0a10-6c01-4e1a-9b00-000000000003", 2},
    {"L40S", "L40S", "5d1f0a10-6c01-4e1a-9b00-000000000004", 2},
};

const struct vm world_vms[WORLD_VMS] = {{"plain", 1, 21}, {"a slash%2F2", 2, 22}, {"Büro", 3, 23}};

/* ---- devices ---- */

struct device *world_find(const struct world *world, unsigned key)
{
    for (size_t i = 0; i < WORLD_DEVICES; i++)
        if (world->devices[i].exists && world->devices[i].key == key)
            return (struct device *)&world->devices[i];
    return NULL;
}

struct device *world_place(struct world *world)
{
    for (size_t i = 0; i < WORLD_DEVICES; i++)
        if (!world->devices[i].exists)
            return &world->devices[i];
    return NULL;
}

size_t world_count(const struct world *world)
{
    size_t count = 0;
    for (size_t i = 0; i < WORLD_DEVICES; i++)
        count += world->devices[i].exists;
    return count;
}

struct device *world_nth(const struct world *world, unsigned n)
{
    size_t count = world_count(world);
    size_t left = count == 0 ? 0 : n % count;
    for (size_t i = 0; i < WORLD_DEVICES; i++)
        if (world->devices[i].exists && left-- == 0)
            return (struct device *)&world->devices[i];
    return NULL;
}

void world_remove(struct world *world, unsigned key)
{
    struct device *device = world_find(world, key);
    if (device != NULL)
        *device = (struct device){0};
}

void world_put(struct world *world, const struct device *device)
{
    struct device *place = device->key == 0 ? NULL : world_find(world, device->key);
    if (place == NULL)
        place = world_place(world);
    if (place != NULL)
        *place = *device;
}

/* ---- comparing ---- */

static bool same_name(const struct device *expected, const struct device *found)
{
    size_t length = strlen(expected->name);
    if (!expected->numbered)
        return strcmp(expected->name, found->name) == 0;
    if (strncmp(expected->name, found->name, length) != 0)
        return false;
    const char *rest = found->name + length;
    return *rest == '\0' ||
           (*rest == '_' && rest[1] != '\0' && rest[1 + strspn(rest + 1, "0123456789")] == '\0');
}

bool same_settings(const struct device *one, const struct device *other)
{
    return memcmp(one->settings, other->settings, sizeof(one->settings)) == 0;
}

/* NULL where they are the same. */
static const char *row_difference(const struct device *expected, const struct device *found)
{
    if (!same_name(expected, found))
        return "name";
    if (expected->vm != found->vm || expected->kind != found->kind)
        return "machine or type";
    if (expected->group != found->group)
        return "resource_group";
    if (strcmp(expected->description, found->description) != 0)
        return "description";
    if (expected->enabled != found->enabled || expected->optional != found->optional)
        return "enabled or optional";
    if (expected->orderid >= 0 && expected->orderid != found->orderid)
        return "orderid";
    if (expected->uuid[0] != '\0' && strcmp(expected->uuid, found->uuid) != 0)
        return "uuid";
    return NULL;
}

bool same_row(const struct device *one, const struct device *other)
{
    return row_difference(one, other) == NULL;
}

static const char *first_difference(const struct device *expected, const struct device *found)
{
    const char *what = row_difference(expected, found);
    if (what != NULL)
        return what;
    for (size_t i = 0; i < WORLD_SETTINGS; i++)
        if (expected->settings[i] != found->settings[i])
            return world_kinds[expected->kind].settings[i].name;
    return NULL;
}

static char *describe(const struct device *device)
{
    return sentence("'%s' (key %u, %s, VM %u) description '%s' %d %d order %ld settings %ld %ld "
                    "%ld",
                    device->name, device->key, world_kinds[device->kind].directory, device->vm,
                    device->description, device->enabled, device->optional, device->orderid,
                    device->settings[0], device->settings[1], device->settings[2]);
}

static char *unlike(const char *what, const struct device *expected, const struct device *found)
{
    char *left = describe(expected);
    char *right = describe(found);
    char *made = sentence("%s differs\n  expected: %s\n  found:    %s", what, left, right);
    free(left);
    free(right);
    return made;
}

/* A device of `found` that is neither expected by its key nor taken already. */
static const struct device *match_new(const struct world *expected, const struct world *found,
                                      const struct device *wanted, const bool taken[WORLD_DEVICES])
{
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        const struct device *device = &found->devices[i];
        if (device->exists && !taken[i] && world_find(expected, device->key) == NULL &&
            first_difference(wanted, device) == NULL)
            return device;
    }
    return NULL;
}

static char *compare_devices(const struct world *expected, const struct world *found,
                             bool taken[WORLD_DEVICES])
{
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        const struct device *device = &expected->devices[i];
        if (!device->exists)
            continue;
        const struct device *other = device->key != 0 ? world_find(found, device->key)
                                                      : match_new(expected, found, device, taken);
        if (other == NULL)
            return sentence("'%s' (key %u) is not there", device->name, device->key);
        const char *what = first_difference(device, other);
        if (what != NULL)
            return unlike(what, device, other);
        taken[other - found->devices] = true;
    }
    return NULL;
}

char *world_difference(const struct world *expected, const struct world *found)
{
    bool taken[WORLD_DEVICES] = {false};
    char *difference = compare_devices(expected, found, taken);
    for (size_t i = 0; difference == NULL && i < WORLD_DEVICES; i++) {
        const struct device *device = &found->devices[i];
        if (device->exists && !taken[i])
            difference = sentence("'%s' (key %u) should not be there", device->name, device->key);
    }
    for (size_t i = 0; difference == NULL && i < WORLD_VMS; i++)
        if (expected->running[i] != found->running[i])
            difference = sentence("VM %zu %s", i, found->running[i] ? "runs" : "does not run");
    return difference;
}

/* ---- names ---- */

void name_written(const char *name, char file_name[WORLD_FILE])
{
    char *to = file_name;
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)name[i];
        bool escape = byte < 0x20 || byte == 0x7f || strchr("/\\%", byte) != NULL ||
                      (i == 0 && strchr(".- ", byte) != NULL) || (i + 1 == length && byte == ' ');
        if (escape)
            to += sprintf(to, "%%%02X", byte);
        else
            *to++ = (char)byte;
    }
    *to = '\0';
}

bool shelf_shows(const struct shelf *shelf, const struct device *device)
{
    return device->exists && device->vm == shelf->vm &&
           (shelf->kind < 0 || device->kind == shelf->kind) &&
           (shelf->group < 0 || device->group == shelf->group);
}

void shelf_path(const struct shelf *shelf, char path[WORLD_FILE])
{
    const char *vm = world_vms[shelf->vm].file_name;
    if (shelf->group >= 0)
        snprintf(path, WORLD_FILE, "vms/%s/by-resource-group/%s", vm,
                 world_groups[shelf->group].file_name);
    else if (shelf->kind >= 0)
        snprintf(path, WORLD_FILE, "vms/%s/by-type/%s", vm, world_kinds[shelf->kind].directory);
    else
        snprintf(path, WORLD_FILE, "vms/%s/devices", vm);
}

static bool is_first(const struct world *world, const struct shelf *shelf,
                     const struct device *device)
{
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        const struct device *other = &world->devices[i];
        if (shelf_shows(shelf, other) && other->key < device->key &&
            strcmp(other->name, device->name) == 0)
            return false;
    }
    return true;
}

void shelf_name(const struct world *world, const struct shelf *shelf, const struct device *device,
                char file_name[WORLD_FILE])
{
    name_written(device->name, file_name);
    if (!is_first(world, shelf, device))
        sprintf(file_name + strlen(file_name), "%%~%u", device->key);
}

struct device *shelf_find(const struct world *world, const struct shelf *shelf,
                          const char *file_name)
{
    char other[WORLD_FILE];
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        const struct device *device = &world->devices[i];
        if (!shelf_shows(shelf, device))
            continue;
        shelf_name(world, shelf, device, other);
        if (strcmp(other, file_name) == 0)
            return (struct device *)device;
    }
    return NULL;
}
