/* SPDX-License-Identifier: MIT */
#include "tests/simulator/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *type;
    enum table_id table;
} tables[] = {
    {"tpm", TABLE_SETTINGS_TPM},
    {"node_usb_devices", TABLE_SETTINGS_USB},
    {"node_sriov_nic_devices", TABLE_SETTINGS_SRIOV},
    {"node_nvidia_vgpu_devices", TABLE_SETTINGS_VGPU},
    {"nvidia_vgpu", TABLE_SETTINGS_VGPU},
    {"gpu", TABLE_SETTINGS_GPU},
    {"node_host_gpu_devices", TABLE_SETTINGS_HOST_GPU},
};

enum table_id settings_table(const char *device_type)
{
    for (size_t index = 0; index < sizeof(tables) / sizeof(*tables); index++) {
        if (strcmp(tables[index].type, device_type) == 0)
            return tables[index].table;
    }
    return TABLE_NONE;
}

struct row *settings_row(const struct store *store, const struct row *device)
{
    enum table_id table = settings_table(store_text(TABLE_MACHINE_DEVICES, device, "type"));

    if (table == TABLE_NONE)
        return NULL;

    struct range range = store_pointing(store, table, "machine_device", &device->cells[COLUMN_KEY]);

    return range.count ? range.rows[0] : NULL;
}

/* An address that is locally administered and tells the device. */
static void set_address(struct store *store, struct row *row, int64_t device)
{
    char address[32];
    unsigned long long number = (unsigned long long)device;

    (void)snprintf(address, sizeof(address), "f2:56:45:%02llx:%02llx:%02llx", (number >> 16) & 0xff,
                   (number >> 8) & 0xff, number & 0xff);
    store_set_text(store, TABLE_SETTINGS_SRIOV, row, "macaddress", address);
}

void settings_create(struct store *store, const struct row *device)
{
    enum table_id table = settings_table(store_text(TABLE_MACHINE_DEVICES, device, "type"));

    if (table == TABLE_NONE)
        return;

    struct row *row = store_append(store, table);

    store_set(store, table, row, column_named(table, "machine_device"),
              value_copy(&device->cells[COLUMN_KEY]));
    if (table == TABLE_SETTINGS_SRIOV)
        set_address(store, row, device->cells[COLUMN_KEY].number);
}

void settings_remove(struct store *store, const struct row *device)
{
    enum table_id table = settings_table(store_text(TABLE_MACHINE_DEVICES, device, "type"));
    struct row *row = settings_row(store, device);

    if (row)
        store_remove(store, table, row);
}

bool settings_read(struct draft *draft, const struct store *store, const struct quirks *quirks,
                   const char *device_type, const struct row *row, const cJSON *arguments,
                   struct answer *answer)
{
    draft->table = settings_table(device_type);
    draft->row = row;
    if (!arguments || cJSON_IsNull(arguments))
        return true;
    if (!cJSON_IsObject(arguments))
        return draft_fails(answer, "settings_args");
    if (draft->table == TABLE_NONE)
        return true;
    return draft_read(draft, store, quirks, arguments, answer) && settings_check(draft, answer);
}

static bool is_address(const char *text)
{
    for (int index = 0; index < 17; index++) {
        if (index % 3 == 2 ? text[index] != ':' : !isxdigit((unsigned char)text[index]))
            return false;
    }
    return text[17] == '\0';
}

bool settings_check(const struct draft *draft, struct answer *answer)
{
    if (draft->table != TABLE_SETTINGS_SRIOV)
        return true;

    const struct value *most = draft_value(draft, "max_tx_rate");
    const struct value *least = draft_value(draft, "min_tx_rate");
    const char *address = draft_text(draft, "macaddress");

    if (most->kind == VALUE_NUMBER && least->kind == VALUE_NUMBER && most->number > 0 &&
        least->number >= most->number)
        return draft_fails(answer, "min_tx_rate");
    if (*address && !is_address(address))
        return draft_fails(answer, "macaddress");
    return true;
}

void settings_drop_overrides(struct draft *draft, const struct store *store,
                             const struct row *device)
{
    const struct row *group = store_follow(store, TABLE_MACHINE_DEVICES, device, "resource_group");
    int column = column_named(TABLE_RESOURCE_GROUPS, "settings_args");
    cJSON *allowed = group ? cJSON_Parse(value_characters(&group->cells[column])) : NULL;

    for (int index = 0; index < table_width(draft->table); index++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "%s_allow_override",
                       column_of(draft->table, index)->name);
        if (strcmp(name, "macaddress_allow_override") != 0 &&
            !cJSON_IsTrue(cJSON_GetObjectItem(allowed, name)))
            draft->given[index] = false;
    }
    cJSON_Delete(allowed);
}
