/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lib/models.h"

#define AT(member) offsetof(struct verge_device, member)

/* The default projection of the vendor's SDK, in its order (vergeos-api §4.4). */
static const struct verge_column columns[] = {
    {"$key", NULL, VERGE_KEY, AT(record.key), 0, false},
    {"machine", NULL, VERGE_KEY, AT(machine), 0, false},
    {"machine_name", "machine#name as machine_name", VERGE_STRING, AT(machine_name), 0, false},
    {"machine_type", NULL, VERGE_STRING, AT(machine_type), 0, false},
    {"name", NULL, VERGE_STRING, AT(name), 0, false},
    {"description", NULL, VERGE_STRING, AT(description), 0, false},
    {"type", NULL, VERGE_STRING, AT(type), 0, false},
    {"orderid", NULL, VERGE_INTEGER, AT(orderid), 0, false},
    {"uuid", NULL, VERGE_STRING, AT(uuid), 0, false},
    {"enabled", NULL, VERGE_BOOLEAN, AT(enabled), 1, false},
    {"optional", NULL, VERGE_BOOLEAN, AT(optional), 0, false},
    {"resource_group", NULL, VERGE_REFERENCE, AT(resource_group), 0, false},
    {"resource_group_name", "resource_group#name as resource_group_name", VERGE_STRING,
     AT(resource_group_name), 0, false},
    {"device_status", "status#status as device_status", VERGE_STRING, AT(status), 0, false},
    {"status_info", "status#status_info as status_info", VERGE_STRING, AT(status_info), 0, false},
    {"created", NULL, VERGE_TIME, AT(created), 0, false},
    {"modified", NULL, VERGE_TIME, AT(modified), 0, false},
};

static bool accept(struct verge_record *record)
{
    record->owner = ((struct verge_device *)record)->machine;
    return record->owner != 0;
}

const struct verge_model verge_device_model = {
    .table = "machine_devices",
    .columns = columns,
    .count = sizeof(columns) / sizeof(columns[0]),
    .size = sizeof(struct verge_device),
    .accept = accept,
};

void verge_device_identity(const struct verge_device *device, struct verge_identity *identity)
{
    identity->key = device->record.key;
    identity->machine = device->machine;
    snprintf(identity->uuid, sizeof(identity->uuid), "%s", device->uuid);
}

bool verge_device_matches(const struct verge_device *device, const struct verge_identity *identity)
{
    struct verge_identity shown;

    verge_device_identity(device, &shown);
    return shown.key == identity->key && shown.machine == identity->machine &&
           (*identity->uuid == '\0' || strcasecmp(shown.uuid, identity->uuid) == 0);
}
