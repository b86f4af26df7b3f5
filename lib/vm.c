/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stddef.h>

#include "lib/models.h"
#include "lib/value.h"

#define AT(member) offsetof(struct verge_vm, member)

static const struct verge_column columns[] = {
    {"$key", NULL, VERGE_KEY, AT(record.key), 0, false},
    {"name", NULL, VERGE_STRING, AT(name), 0, false},
    {"description", NULL, VERGE_STRING, AT(description), 0, false},
    {"enabled", NULL, VERGE_BOOLEAN, AT(enabled), 1, false},
    {"cpu_cores", NULL, VERGE_INTEGER, AT(cpu_cores), 0, false},
    {"ram", NULL, VERGE_INTEGER, AT(ram), 0, false},
    {"os_family", NULL, VERGE_STRING, AT(os_family), 0, false},
    {"machine_type", NULL, VERGE_STRING, AT(machine_type), 0, false},
    {"created", NULL, VERGE_TIME, AT(created), 0, false},
    {"modified", NULL, VERGE_TIME, AT(modified), 0, false},
    {"machine", NULL, VERGE_KEY, AT(machine), 0, false},
    {"uuid", NULL, VERGE_STRING, AT(uuid), 0, false},
    {"need_restart", NULL, VERGE_BOOLEAN, AT(need_restart), 0, false},
    {"status", "machine#status#status as status", VERGE_STRING, AT(status), 0, false},
    /* vms.running exists and is always null: the truth is a join (vergeos-api §2.1). */
    {"running", "machine#status#running as running", VERGE_BOOLEAN, AT(running), 0, false},
    {"node_name", "machine#status#node#name as node_name", VERGE_STRING, AT(node), 0, false},
    {"cluster_name", "machine#cluster#name as cluster_name", VERGE_STRING, AT(cluster), 0, false},
};

const struct verge_model verge_vm_model = {
    .table = "vms",
    .filter = "is_snapshot eq false",
    .columns = columns,
    .count = sizeof(columns) / sizeof(columns[0]),
    .size = sizeof(struct verge_vm),
};

int verge_vm_action(struct verge_client *client, const struct verge_call *call, uint32_t vm,
                    const char *action, struct verge_error *error)
{
    VERGE_JSON_LOCAL *body = cJSON_CreateObject();
    int rc;

    if (cJSON_AddNumberToObject(body, "vm", vm) == NULL ||
        cJSON_AddStringToObject(body, "action", action) == NULL) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    rc = verge_client_post(client, call, "vm_actions", body, NULL, error);
    if (error->http_status == 404) { /* the reference that is missing is the VM itself */
        rc = -(error->errnum = ENOENT);
    }
    return rc;
}
