/* SPDX-License-Identifier: MIT */
/*
 * VergeOS's things as this program sees them: VMs, devices, resource groups, settings rows. Each is
 * a record (record.h); its columns stand in the .c of the same name, in the order of the vendor's
 * SDK projection.
 */
#ifndef VERGE_MODELS_H
#define VERGE_MODELS_H

#include "lib/client.h"
#include "lib/device_type.h"
#include "lib/record.h"

/* vergeos-api §4.1 and the SDK's joins. `machine` is what devices hang on; it is not the VM's key.
 */
struct verge_vm {
    struct verge_record record;
    uint32_t machine;
    const char *name, *description, *status, *node, *cluster, *machine_type, *os_family, *uuid;
    bool running, enabled, need_restart;
    int64_t cpu_cores, ram, created, modified;
};
extern const struct verge_model verge_vm_model; /* snapshots are filtered out */

/* vergeos-api §4.4: the SDK's default projection. */
struct verge_device {
    struct verge_record record; /* owner: the machine */
    uint32_t machine;
    const char *machine_name, *machine_type, *name, *description, *type, *uuid;
    int64_t orderid;
    bool enabled, optional;
    struct verge_reference resource_group;
    const char *resource_group_name, *status, *status_info;
    int64_t created, modified;
};
extern const struct verge_model verge_device_model;

/* vergeos-api §4.7. Keys are UUIDs or numbers, so record.key is a 26-bit hash of the key's text. */
#define VERGE_GROUP_KEY_MASK 0x3ffffffU
struct verge_group {
    struct verge_record record;
    struct verge_reference key;
    const char *uuid, *name, *description, *type, *type_display, *group_class, *class_display;
    bool enabled;
    int64_t resource_count, created, modified;
};
extern const struct verge_model verge_group_model;

/* True when the reference of a device names this group: by its key or its UUID, case aside. */
bool verge_group_is(const struct verge_group *group, const struct verge_reference *reference);

/*
 * A row of a settings table. record.key is the row's own $key, record.owner the device, record.rest
 * the settings as a JSON object in a fixed order (the type's, then by name).
 */
struct verge_settings {
    struct verge_record record;
};
#define VERGE_SETTINGS_TABLES 6
extern const struct verge_model verge_settings_models[VERGE_SETTINGS_TABLES];
/* The model of a settings table and its index in the above; NULL and -1 for a table of no type. */
int verge_settings_index(const char *table);
const struct verge_model *verge_settings_model(const char *table);

/* The settings as an object: {} when there is no row. Caller frees; NULL: no memory. */
cJSON *verge_settings_json(const struct verge_settings *settings);
/* The same as text that is not indented; borrowed. */
const char *verge_settings_text(const struct verge_settings *settings);

/* Who a device is, beyond its key, which the server may give to another (vergeos-api §6 #18). */
struct verge_identity {
    uint32_t key, machine;
    char uuid[64]; /* "" when the row has none */
};
void verge_device_identity(const struct verge_device *device, struct verge_identity *identity);
bool verge_device_matches(const struct verge_device *device, const struct verge_identity *identity);

/* Rows that a query names, read as records of its model; pages are not followed. *rows is an array
 * of *count held records. */
int verge_model_fetch(struct verge_client *client, const struct verge_call *call,
                      const struct verge_model *model, const char *filter, const char *sort,
                      unsigned limit, uint64_t offset, struct verge_record ***rows, size_t *count,
                      size_t *raw_rows, struct verge_error *error);

/* Releases the rows of such an array, and frees it. */
void verge_rows_free(struct verge_record **rows, size_t count);

/* One row by its key, asked for as urgently as a write: changes begin and end with it. -ENOENT when
 * the server has none, or answers with no row. */
int verge_model_get(struct verge_client *client, const struct verge_call *call,
                    const struct verge_model *model, const char *key, struct verge_record **row,
                    struct verge_error *error);

/*
 * Changes fields of a device, verified: PUT, GET, compare. `fields` holds only what changes; *after
 * gets the row that the server then showed, also when the comparison failed (-EIO, naming field,
 * sent and shown), or NULL. -ESTALE when the row's identity is another's. A 404 on the PUT of a row
 * that is still there is -EINVAL.
 */
int verge_device_update(struct verge_client *client, const struct verge_call *call,
                        const struct verge_identity *identity, const cJSON *fields,
                        struct verge_device **after, struct verge_error *error);

/*
 * Changes settings of a device, verified. `before` is its settings row as last read, or NULL. Goes
 * to the settings row where there is one, else as `settings_args` to the device; only keys that
 * differ are sent; *unverified counts the keys that the API has no way to show. -EINVAL for a fixed
 * key that would change, and for types without settings.
 */
int verge_settings_update(struct verge_client *client, const struct verge_call *call,
                          const struct verge_device *device, const struct verge_settings *before,
                          const cJSON *changes, struct verge_settings **after, unsigned *unverified,
                          struct verge_error *error);

/* What to create (spec §3, `attach`). NULL and unset members are left out of the request. */
struct verge_device_request {
    uint32_t machine;
    const char *type; /* the API's token */
    const char *name, *description;
    bool enabled, optional;
    const struct verge_reference *resource_group;
    unsigned count;        /* 0 and 1: not sent */
    const cJSON *settings; /* NULL or {}: not sent */
};

/*
 * Creates with one POST, never sent again, and reads the rows back. When the answer was lost, the
 * machine's devices are listed and compared with `known` (the keys of the machine's devices before)
 * to find what came of it. What the rows show is compared with the request, and so are settings
 * that say something else than the vendor's defaults: -EIO. *rows: array of *count held records,
 * which the caller releases and frees, after an error as well.
 */
int verge_device_create(struct verge_client *client, const struct verge_call *call,
                        const struct verge_device_request *request, const uint32_t *known,
                        size_t known_count, struct verge_device ***rows, size_t *count,
                        struct verge_error *error);

/* Asks for the row, compares its identity (-ESTALE), deletes it, and asks whether it is gone: -EIO
 * if it is not. A row already gone is -ENOENT. */
int verge_device_delete(struct verge_client *client, const struct verge_call *call,
                        const struct verge_identity *identity, struct verge_error *error);

/* POST vm_actions (vergeos-api §4.3): poweron, poweroff, kill, reset. `vm` is the VM's key. */
int verge_vm_action(struct verge_client *client, const struct verge_call *call, uint32_t vm,
                    const char *action, struct verge_error *error);

#endif
