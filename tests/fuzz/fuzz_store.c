/* SPDX-License-Identifier: MIT */
/*
 * Documents on their way to the server: a digit for the file (attach, device.json, settings.json or
 * a scalar), then what was written to it. Whatever it says, at most one device is created, and what
 * was refused without asking has changed nothing.
 */
#include "config.h"

#include <errno.h>

#include "fs/attach.h"
#include "fs/store.h"
#include "lib/value.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake_server.h"

FUZZ_RUNS(3000);

#define VM 1
#define FIRST_NEW 1000

/* A VM with five devices, one of each kind; made at the first run, and there until the end. */
static struct world {
    struct fake_server *server;
    struct verge_client *client;
    struct verge_inventory *inventory;
    struct tree tree;
    uint32_t device; /* the key of the second, which is a TPM */
} world;

static void start(void)
{
    struct verge_inventory_options options = {.ttl_ms = 600000, .timeout_ms = 600000};

    world.server = fake_server_new(1, 5, 4, true);
    world.client = fake_client_new(world.server, 0);
    world.inventory = verge_inventory_new(world.client, &options);
    must(world.inventory != NULL);
    world.tree = (struct tree){.client = world.client, .inventory = world.inventory};
    world.device = world.server->devices[1].key;
}

/* What one value has made, so that each finds the same world. */
static void start_again(void)
{
    static const char row[] = "tpm_0";
    struct fake_server *server = world.server;

    while (server->device_count > 5)
        fake_device_remove(server, server->devices[server->device_count - 1].key);
    server->next_key = FIRST_NEW;
    struct fake_device *device = fake_device(server, world.device);
    must(device != NULL);
    snprintf(device->name, sizeof device->name, "%s", row);
    *device->description = '\0';
    device->enabled = true;
    device->optional = false;
    server->posts = server->puts = server->deletes = 0;
    verge_refresh(world.inventory);
}

static const struct {
    const char *name;
    enum kind directory, file;
} files[] = {
    {"attach", KIND_VM, KIND_VM_FILE},
    {"device.json", KIND_DEVICE, KIND_DEVICE_FILE},
    {"settings.json", KIND_DEVICE, KIND_DEVICE_FILE},
    {"description", KIND_DEVICE, KIND_DEVICE_FILE},
    {"enabled", KIND_DEVICE, KIND_DEVICE_FILE},
    {"orderid", KIND_DEVICE, KIND_DEVICE_FILE},
};

static const struct attribute *attribute_named(size_t file)
{
    struct attribute_table table = attributes_of(files[file].directory);
    const struct attribute *rows = table.rows;
    uint32_t index;

    must(attribute_find(table, files[file].name, &index));
    return &rows[index];
}

static void check_reply(const struct verge_text *reply, size_t made)
{
    VERGE_JSON_LOCAL *shown = verge_json_parse(verge_text_content(reply), reply->length);

    must(cJSON_IsArray(shown) && (size_t)cJSON_GetArraySize(shown) == made);
    const cJSON *row;
    cJSON_ArrayForEach(row, shown) must(cJSON_GetObjectItemCaseSensitive(row, "$key"));
}

static void check(const struct change *change, int result)
{
    const struct verge_error *error = &change->request->error;
    struct fake_server *server = world.server;
    bool attaches = change->address.kind == KIND_VM_FILE;
    size_t made = server->device_count - 5;

    must(result <= 0 && server->deletes == 0);
    must(server->posts <= (attaches ? 1 : 0) && made <= 16 && (attaches || made == 0));
    must(result == 0 || strcmp(verge_errno_name(-result), "EUNKNOWN") != 0);
    must(result == 0 || *error->text);
    must(result != -EINVAL || error->http_status != 0 || server->posts + server->puts == 0);
    if (attaches && result == 0) {
        must(server->posts == 1 && made >= 1);
        check_reply(change->reply, made);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = {data, size};
    unsigned file = fuzz_choice(&fuzz, sizeof files / sizeof *files);
    char *value = fuzz_rest_string(&fuzz);
    VERGE_TEXT_LOCAL reply = VERGE_TEXT_INIT;

    if (!world.server)
        start();
    start_again();
    struct request request = {.call = {verge_now() + 600000, NULL}};
    struct verge_identity identity = {.key = world.device, .machine = VM + FAKE_MACHINE};
    struct change change = {
        .attribute = attribute_named(file),
        .tree = &world.tree,
        .request = &request,
        .address = {files[file].file, 0, file == 0 ? VM : world.device},
        .identity = &identity,
        .value = value,
        .reply = &reply,
    };
    must(attribute_find(attributes_of(files[file].directory), files[file].name,
                        &change.address.sub));
    check(&change, change.attribute->store(&change));
    free(value);
    return 0;
}
