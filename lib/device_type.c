/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "lib/device_type.h"
#include "lib/value.h"

#define INTEGER VERGE_SETTING_INTEGER
#define BOOLEAN VERGE_SETTING_BOOLEAN
#define STRING VERGE_SETTING_STRING

static const struct verge_setting vgpu_settings[] = {
    {.key = "frame_rate_limiter", .kind = INTEGER, .preset = "60"},
    {.key = "attach_drivers", .kind = BOOLEAN, .preset = "false", .unreadable = true},
    {.key = "disable_vnc", .kind = BOOLEAN, .preset = "false"},
    {.key = "enable_uvm", .kind = BOOLEAN, .preset = "false"},
    {.key = "enable_debugging", .kind = BOOLEAN, .preset = "false"},
    {.key = "enable_profiling", .kind = BOOLEAN, .preset = "false"},
    {.key = "profile_type", .kind = STRING, .preset = "\"any\""},
};

static const struct verge_setting usb_settings[] = {
    {.key = "guest_reset", .kind = BOOLEAN, .preset = "true"},
    {.key = "guest_resets_all", .kind = BOOLEAN, .preset = "false"},
};

static const struct verge_setting sriov_settings[] = {
    {.key = "vlan", .kind = INTEGER, .preset = "0"},
    {.key = "qos", .kind = INTEGER, .preset = "0"},
    {.key = "proto", .kind = STRING, .preset = "\"802.1Q\""},
    {.key = "max_tx_rate", .kind = INTEGER, .preset = "0"},
    {.key = "min_tx_rate", .kind = INTEGER, .preset = "0"},
    {.key = "trust", .kind = STRING, .preset = "\"off\""},
    {.key = "spoofchk", .kind = STRING, .preset = "\"on\""},
    {.key = "query_rss", .kind = STRING, .preset = "\"default\""},
    {.key = "state", .kind = STRING, .preset = "\"default\""},
    {.key = "macaddress", .kind = STRING},
};

/* The vendor's create_tpm sends no settings: the server's defaults hold. */
static const struct verge_setting tpm_settings[] = {
    {.key = "model", .kind = STRING},
    {.key = "version", .kind = STRING, .fixed = true},
};

#define SETTINGS(table) .settings = (table), .setting_count = sizeof(table) / sizeof((table)[0])

/* A legacy type is taken to keep its settings where its name says; a table without a row is legal.
 */
const struct verge_device_type verge_device_types[] = {
    {.directory = "vgpu",
     .token = "node_nvidia_vgpu_devices",
     .label = "NVIDIA vGPU",
     .device_class = "vgpu",
     .needs_group = true,
     .settings_table = "machine_device_settings_nvidia_vgpu",
     SETTINGS(vgpu_settings)},
    {.directory = "host_gpu",
     .token = "node_host_gpu_devices",
     .label = "Host GPU",
     .device_class = "gpu",
     .needs_group = true,
     .settings_table = "machine_device_settings_host_gpu"},
    {.directory = "usb",
     .token = "node_usb_devices",
     .label = "USB",
     .device_class = "usb",
     .needs_group = true,
     .settings_table = "machine_device_settings_usb",
     SETTINGS(usb_settings)},
    {.directory = "pci",
     .token = "node_pci_devices",
     .label = "PCI",
     .device_class = "pci",
     .needs_group = true},
    {.directory = "sriov_nic",
     .token = "node_sriov_nic_devices",
     .label = "SR-IOV NIC",
     .device_class = "network",
     .needs_group = true,
     .settings_table = "machine_device_settings_sriov_nic",
     SETTINGS(sriov_settings)},
    {.directory = "tpm",
     .token = "tpm",
     .label = "Trusted Platform Module (vTPM)",
     .device_class = "tpm",
     .settings_table = "machine_device_settings_tpm",
     SETTINGS(tpm_settings)},
    {.directory = "gpu",
     .token = "gpu",
     .label = "GPU Passthrough (Legacy)",
     .device_class = "gpu",
     .settings_table = "machine_device_settings_gpu"},
    {.directory = "nvidia_vgpu",
     .token = "nvidia_vgpu",
     .label = "NVIDIA vGPU (Legacy)",
     .device_class = "vgpu",
     .settings_table = "machine_device_settings_nvidia_vgpu"},
};

const size_t verge_device_type_count = sizeof(verge_device_types) / sizeof(verge_device_types[0]);

const struct verge_status verge_statuses[] = {
    {"online", "Online"},        {"offline", "Offline"},
    {"errors", "Errors"},        {"warning", "Warning"},
    {"hotplug", "Hot plugging"}, {"initializing", "Initializing"},
    {"missing", "Missing"},      {"idle", "Idle"},
};
const size_t verge_status_count = sizeof(verge_statuses) / sizeof(verge_statuses[0]);

const struct verge_device_type *verge_device_type_by_token(const char *token)
{
    for (size_t i = 0; i < verge_device_type_count; i++) {
        if (strcmp(verge_device_types[i].token, token) == 0) {
            return &verge_device_types[i];
        }
    }
    return NULL;
}

const struct verge_device_type *verge_device_type_by_directory(const char *directory)
{
    for (size_t i = 0; i < verge_device_type_count; i++) {
        if (strcmp(verge_device_types[i].directory, directory) == 0) {
            return &verge_device_types[i];
        }
    }
    return NULL;
}

const char *verge_type_directory(const char *token)
{
    const struct verge_device_type *type = verge_device_type_by_token(token);

    return type != NULL ? type->directory : token;
}

const char *verge_type_label(const char *token)
{
    const struct verge_device_type *type = verge_device_type_by_token(token);

    return type != NULL ? type->label : token;
}

const char *verge_type_class(const char *token)
{
    const struct verge_device_type *type = verge_device_type_by_token(token);

    return type != NULL ? type->device_class : "";
}

const char *verge_status_label(const char *status)
{
    for (size_t i = 0; i < verge_status_count; i++) {
        if (strcmp(verge_statuses[i].status, status) == 0) {
            return verge_statuses[i].label;
        }
    }
    return status;
}

const struct verge_setting *verge_setting_find(const struct verge_device_type *type,
                                               const char *key)
{
    for (size_t i = 0; type != NULL && i < type->setting_count; i++) {
        if (strcmp(type->settings[i].key, key) == 0) {
            return &type->settings[i];
        }
    }
    return NULL;
}

cJSON *verge_type_default_settings(const struct verge_device_type *type)
{
    cJSON *settings = cJSON_CreateObject();
    bool ok = settings != NULL;

    for (size_t i = 0; ok && type != NULL && i < type->setting_count; i++) {
        const struct verge_setting *setting = &type->settings[i];

        if (setting->preset != NULL) {
            ok = verge_json_put(settings, setting->key, cJSON_Parse(setting->preset));
        }
    }
    if (ok) {
        return settings;
    }
    cJSON_Delete(settings);
    return NULL;
}

/* "2.0" and "1.2" are how the versions of a TPM are shown; "2" and "1" are what they are. */
static const char *tpm_version(const cJSON *item, char room[64])
{
    const char *version = verge_value_text(item, room);

    if (strcmp(version, "2.0") == 0) {
        return "2";
    }
    return strcmp(version, "1.2") == 0 ? "1" : version;
}

bool verge_setting_same(const char *key, const cJSON *one, const cJSON *other)
{
    char room_one[64], room_other[64];

    if (verge_value_same(one, other)) {
        return true;
    }
    return strcmp(key, "version") == 0 &&
           strcmp(tpm_version(one, room_one), tpm_version(other, room_other)) == 0;
}
