/* SPDX-License-Identifier: MIT */
/*
 * The client's memory runs out, at each of its allocations in turn: nothing crashes or leaks, what
 * failed says so, nothing is missing from an answer that says it is whole, and a change that was
 * sent is never said not to have been.
 */
#include "config.h"

#include "tests/unit/memory_fixture.h"

/* ---- reads: an operation returns what it has found; -1: nothing, after an error ---- */

typedef int reading(struct world *world, int *found);

static int count_list(struct world *world, enum verge_list_id list, int *found)
{
    struct verge_snapshot *rows;
    int rc = verge_list(world->inventory, &world->fresh, list, &rows, NULL, &world->error);

    *found = rc == 0 ? (int)verge_snapshot_count(rows) : -1;
    verge_snapshot_release(rows);
    return rc;
}

static int read_vms(struct world *world, int *found)
{
    return count_list(world, VERGE_VMS, found);
}

static int read_devices(struct world *world, int *found)
{
    return count_list(world, VERGE_DEVICES, found);
}

static int read_groups(struct world *world, int *found)
{
    return count_list(world, VERGE_GROUPS, found);
}

static int read_usb_settings(struct world *world, int *found)
{
    int index = verge_settings_index("machine_device_settings_usb");

    return count_list(world, (enum verge_list_id)(VERGE_SETTINGS + index), found);
}

static int read_measured(struct world *world, int *found)
{
    int rc = verge_inventory_measure(world->inventory, &world->fresh.call, &world->error);

    return rc < 0 ? rc : count_list(world, VERGE_DEVICES, found);
}

static int read_prefetched(struct world *world, int *found)
{
    static const enum verge_list_id lists[] = {VERGE_VMS, VERGE_DEVICES, VERGE_GROUPS};
    int rc = verge_prefetch(world->inventory, &world->fresh, lists, 3, &world->error);

    return rc < 0 ? rc : count_list(world, VERGE_GROUPS, found);
}

static int read_named(struct world *world, int *found)
{
    struct verge_vm *vm;
    int rc = verge_find_vm_named(world->inventory, &world->fresh, "vm2", &vm, NULL, &world->error);

    *found = rc == 0 ? (int)vm->record.key : -1;
    verge_record_release(vm);
    return rc;
}

static int read_queried(struct world *world, int *found)
{
    struct verge_snapshot *rows;
    int rc = verge_query_devices(world->queries, &world->fresh, "machine eq 1000001", &rows, NULL,
                                 &world->error);

    *found = rc == 0 ? (int)verge_snapshot_count(rows) : -1;
    verge_snapshot_release(rows);
    return rc;
}

static int read_device_json(struct world *world, int *found)
{
    struct verge_device *device;
    struct verge_settings *settings = NULL;
    uint32_t key = world->fake->devices[0].key;
    int rc = verge_find_device(world->inventory, &world->fresh, key, &device, NULL, &world->error);

    if (rc < 0)
        return rc;
    rc = verge_find_settings(world->inventory, &world->fresh, device, &settings, NULL, NULL,
                             &world->error);
    VERGE_JSON_LOCAL *json = verge_record_json(&device->record);
    VERGE_JSON_LOCAL *rest = verge_settings_json(settings);
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    bool printed = verge_record_print(&device->record, &text);
    *found = cJSON_GetArraySize(json) + cJSON_GetArraySize(rest);
    if (rc == 0 && (!json || !rest || !printed))
        rc = verge_error_set(&world->error, ENOMEM, "out of memory");
    verge_record_release(device);
    verge_record_release(settings);
    return rc;
}

static reading *const readings[] = {read_vms,          read_devices,     read_groups,
                                    read_usb_settings, read_measured,    read_prefetched,
                                    read_named,        read_device_json, read_queried};
#define READINGS (sizeof readings / sizeof readings[0])

/* What it finds with all the memory it wants. */
static int expected(reading *read)
{
    struct world world;
    int found = -1;

    start(&world);
    ck_assert_int_eq(read(&world, &found), 0);
    stop(&world);
    return found;
}

static void read_without_memory(reading *read, enum alloc_mode mode)
{
    int all = expected(read);

    for (unsigned long n = 1, failed = 1; failed; n++) {
        struct world world;
        int found = -1;
        start(&world);
        alloc_fail(n, mode);
        int rc = read(&world, &found);
        failed = alloc_stop();
        check_rc(rc, &world.error, n);
        ck_assert_msg(rc < 0 || found == all, "allocation %lu: %d found of %d", n, found, all);
        world.error = (struct verge_error)VERGE_ERROR_INIT;
        ck_assert_int_eq(read(&world, &found), 0);
        ck_assert_msg(found == all, "after allocation %lu: %d found of %d", n, found, all);
        stop(&world);
    }
}

START_TEST(reads_once_without_memory)
{
    read_without_memory(readings[_i], ALLOC_ONCE);
}
END_TEST

START_TEST(reads_ever_without_memory)
{
    read_without_memory(readings[_i], ALLOC_EVER);
}
END_TEST

/* ---- changes ---- */

/* One change, and whether the server has it. */
struct writing {
    int (*write)(struct world *world);
    bool (*done)(const struct world *world);
    void (*before)(struct world *world); /* what happens behind our back; NULL: nothing */
    int also; /* an errno that the server's own answer stands for; 0: none */
};

static struct verge_identity first_device(const struct world *world)
{
    const struct fake_device *device = &world->fake->devices[0];
    struct verge_identity identity = {.key = device->key, .machine = device->machine};

    snprintf(identity.uuid, sizeof(identity.uuid), "%s", device->uuid);
    return identity;
}

/* What the caller of the inventory makes is made with memory. */
static cJSON *document(const char *text)
{
    alloc_spare();
    cJSON *json = cJSON_Parse(text);
    ck_assert_ptr_nonnull(json); /* which asks for memory, too */
    alloc_spare_end();
    return json;
}

static int write_device(struct world *world)
{
    struct verge_identity identity = first_device(world);
    VERGE_JSON_LOCAL *fields = document("{\"description\":\"new\"}");

    return verge_change_device(world->inventory, &world->fresh.call, &identity, fields,
                               &world->error);
}

static bool device_is_written(const struct world *world)
{
    return strcmp(world->fake->devices[0].description, "new") == 0;
}

static int write_settings(struct world *world)
{
    struct verge_identity identity = first_device(world);
    VERGE_JSON_LOCAL *changes = document("{\"guest_reset\":false}");

    return verge_change_settings(world->inventory, &world->fresh.call, &identity, changes,
                                 &world->error);
}

static bool settings_are_written(const struct world *world)
{
    const struct fake_setting *setting = fake_setting_of(world->fake, world->fake->devices[0].key);

    return cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(setting->values, "guest_reset"));
}

/* The settings row is gone: what was for it goes to the device. */
static void take_settings_row(struct world *world)
{
    struct fake_setting *setting = fake_setting_of(world->fake, world->fake->devices[0].key);

    cJSON_Delete(setting->values);
    *setting = world->fake->settings[--world->fake->setting_count];
}

static bool device_got_settings(const struct world *world)
{
    return fake_logged(world->fake, "PUT /api/v4/machine_devices/") > 0;
}

static int write_attach(struct world *world)
{
    VERGE_JSON_LOCAL *settings = document("{\"guest_reset\":false}");
    struct verge_device_request request = {.machine = 1 + FAKE_MACHINE,
                                           .type = "node_usb_devices",
                                           .name = "another",
                                           .enabled = true,
                                           .settings = settings};
    struct verge_device **rows;
    size_t count;
    int rc = verge_attach_device(world->inventory, &world->fresh.call, &request, &rows, &count,
                                 &world->error);

    verge_rows_free((struct verge_record **)rows, count);
    return rc;
}

static bool is_attached(const struct world *world)
{
    ck_assert_uint_le(world->fake->posts, 1);
    return world->fake->device_count > (size_t)VMS * DEVICES;
}

static int write_detach(struct world *world)
{
    struct verge_identity identity = first_device(world);

    return verge_detach_device(world->inventory, &world->fresh.call, &identity, &world->error);
}

static bool is_detached(const struct world *world)
{
    return world->fake->device_count < (size_t)VMS * DEVICES;
}

static int write_power(struct world *world)
{
    return verge_power(world->inventory, &world->fresh.call, 1, "poweron", &world->error);
}

static bool is_powered(const struct world *world)
{
    ck_assert_uint_le(world->fake->posts, 1);
    return world->fake->posts == 1;
}

static const struct writing writings[] = {
    {write_device, device_is_written, NULL, 0},
    {write_settings, settings_are_written, NULL, 0},
    {write_settings, device_got_settings, take_settings_row, ENOENT},
    {write_attach, is_attached, NULL, 0},
    {write_detach, is_detached, NULL, 0},
    {write_power, is_powered, NULL, 0},
};
#define WRITINGS (sizeof writings / sizeof writings[0])

/* The lists as they were, so that what a write leaves in them is seen. */
static void read_all(struct world *world, int found[3])
{
    world->error = (struct verge_error)VERGE_ERROR_INIT;
    ck_assert_int_eq(read_vms(world, &found[0]), 0);
    ck_assert_int_eq(read_devices(world, &found[1]), 0);
    ck_assert_int_eq(read_usb_settings(world, &found[2]), 0);
}

static void check_write(struct world *world, const struct writing *writing, int rc, unsigned long n)
{
    bool done = writing->done(world);
    int found[3];

    if (rc != -writing->also)
        check_rc(rc, &world->error, n);
    ck_assert_msg(rc < 0 || done, "allocation %lu: said to be done", n);
    ck_assert_msg(rc == 0 || !done || world->error.uncertain,
                  "allocation %lu: done, and not told: %s", n, world->error.text);
    read_all(world, found);
    ck_assert_msg(found[1] == (int)world->fake->device_count,
                  "after allocation %lu: %d devices of %zu", n, found[1],
                  world->fake->device_count);
}

static void write_without_memory(const struct writing *writing, enum alloc_mode mode)
{
    for (unsigned long n = 1, failed = 1; failed; n++) {
        struct world world;
        int found[3];
        start(&world);
        read_all(&world, found);
        if (writing->before)
            writing->before(&world);
        alloc_fail(n, mode);
        int rc = writing->write(&world);
        failed = alloc_stop();
        check_write(&world, writing, rc, n);
        stop(&world);
    }
}

START_TEST(writes_once_without_memory)
{
    write_without_memory(&writings[_i], ALLOC_ONCE);
}
END_TEST

START_TEST(writes_ever_without_memory)
{
    write_without_memory(&writings[_i], ALLOC_EVER);
}
END_TEST

UNIT_MAIN_TIMES("memory", {reads_once_without_memory, READINGS},
                {reads_ever_without_memory, READINGS}, {writes_once_without_memory, WRITINGS},
                {writes_ever_without_memory, WRITINGS})
