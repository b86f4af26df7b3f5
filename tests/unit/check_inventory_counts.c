/* SPDX-License-Identifier: MIT */
/* How many requests the inventory takes, and what it takes to hold what they bring. */
#include "config.h"

#include <malloc.h>

#include "tests/unit/inventory_fixture.h"

static const size_t fleets[] = {10, 125, 126, 999, 1000, 1001, 10000};

static size_t pages(size_t rows)
{
    return rows <= VERGE_PAGE ? 1 : (rows - 1) / VERGE_PAGE + 1;
}

/* Of a list longer than a page, parts are asked for alone before somebody is seen to walk: as many
 * as a quarter of its pages, at least one, and of devices two at the most. */
static size_t before_a_walk(size_t rows)
{
    return rows <= VERGE_PAGE ? 0 : pages(rows) < 8 ? 1 : 2;
}

START_TEST(a_fleet_costs_a_request_for_each_page)
{
    size_t vms = fleets[_i];
    FIXTURE f;

    setup(&f, vms, 8, false, LONG_TTL);
    measure(&f);
    read_fleet(&f, vms, 8);
    ck_assert_uint_le(f.server->requests, pages(vms) + pages(vms * 8) + before_a_walk(vms * 8));
    ck_assert_uint_le(f.server->rows_most, VERGE_PAGE + 1);
    f.server->requests = 0;
    read_fleet(&f, vms, 8);
    ck_assert_uint_eq(f.server->requests, 0);
}
END_TEST

START_TEST(one_attribute_costs_two_requests)
{
    size_t vms = fleets[_i];
    FIXTURE f;
    char name[32];

    setup(&f, vms, 8, false, LONG_TTL);
    measure(&f);
    snprintf(name, sizeof(name), "vm%zu", vms);
    ck_assert_int_eq(read_vm(&f, &f.recent, name, NULL), 0);
    ck_assert_int_eq(read_machine(&f, &f.recent, (uint32_t)vms, NULL), 0);
    ck_assert_int_eq(read_device(&f, &f.fresh, (uint32_t)vms * 8, NULL), 0);
    ck_assert_uint_eq(f.server->requests, 2);
    ck_assert_uint_le(f.server->rows_most, VERGE_PAGE);
}
END_TEST

START_TEST(one_device_by_its_key_costs_two_requests)
{
    size_t vms = fleets[_i];
    FIXTURE f;
    struct verge_device *device;
    struct verge_vm *vm;

    setup(&f, vms, 8, false, LONG_TTL);
    measure(&f);
    ck_assert_int_eq(verge_find_device(f.inventory, &f.recent, 12, &device, NULL, &f.error), 0);
    ck_assert_int_eq(
        verge_find_vm_of_machine(f.inventory, &f.recent, device->machine, &vm, NULL, &f.error), 0);
    ck_assert_uint_eq(vm->record.key, 2);
    ck_assert_uint_le(f.server->requests, 2);
    ck_assert_uint_le(f.server->rows_most, VERGE_PAGE);
    verge_record_release(device);
    verge_record_release(vm);
}
END_TEST

static int read_all_settings(struct fixture *f)
{
    for (size_t i = 0; i < f->server->device_count; i++) {
        char rest[256];
        const char *type = f->server->devices[i].type;
        bool has = strstr(type, "usb") || strstr(type, "vgpu") || strcmp(type, "tpm") == 0;
        int rc = read_settings(f, &f->fresh, f->server->devices[i].key, rest, NULL);

        if (rc < 0) {
            return rc;
        }
        ck_assert_int_eq(*rest != '\0', has);
    }
    return 0;
}

/* Everything: VMs, devices, groups, the settings of each device. However many settings tables
 * there are, and rows in them, somebody is seen to walk after a few parts in all. */
START_TEST(a_walk_of_everything_costs_a_request_for_each_page)
{
    static const struct {
        size_t vms, alone; /* of settings */
    } sizes[] = {{20, 0}, {400, 1}, {1600, 2}, {8000, 8}};
    size_t vms = sizes[_i].vms, expected;
    FIXTURE f;

    setup(&f, vms, 5, true, LONG_TTL);
    measure(&f);
    read_fleet(&f, vms, 5);
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_GROUPS, NULL), 0);
    ck_assert_int_eq(read_all_settings(&f), 0);
    /* three tables with a row for each VM, and that of Host GPUs, which has none */
    expected = pages(vms) + pages(vms * 5) + before_a_walk(vms * 5) + 1 + 3 * pages(vms) + 1;
    ck_assert_uint_eq(f.server->requests, expected + sizes[_i].alone);
    ck_assert_uint_le(f.server->rows_most, VERGE_PAGE + 1);
    ck_assert_int_eq(read_all_settings(&f), 0);
    ck_assert_uint_eq(f.server->requests, expected + sizes[_i].alone);
}
END_TEST

/* In the order of a recursive listing, in which the settings of the first VM come before the
 * devices of the second. */
START_TEST(a_walk_in_depth_costs_no_more)
{
    size_t vms = 1600;
    FIXTURE f;

    setup(&f, vms, 5, true, LONG_TTL);
    measure(&f);
    ck_assert_int_eq(read_list(&f, &f.recent, VERGE_VMS, NULL), 0);
    for (size_t vm = 1; vm <= vms; vm++) {
        ck_assert_int_eq(read_machine(&f, &f.recent, (uint32_t)vm, NULL), 0);
        for (size_t i = 0; i < 5; i++) {
            uint32_t key = f.server->devices[(vm - 1) * 5 + i].key;

            ck_assert_int_eq(read_settings(&f, &f.fresh, key, NULL, NULL), 0);
        }
    }
    ck_assert_uint_eq(f.server->requests, pages(vms) + pages(vms * 5) + 2 + 2 + 3 * pages(vms) + 1);
}
END_TEST

/* ---- settings tables that are needed together ---- */

static void *read_tpm(void *argument)
{
    struct fixture *f = argument;

    ck_assert_int_eq(read_settings(f, &f->fresh, f->server->devices[1].key, NULL, NULL), 0);
    return NULL;
}

/* Who listed the VMs and reads the settings of a second type walks: all tables that devices have
 * are asked for at once. */
START_TEST(settings_tables_are_asked_for_in_parallel)
{
    FIXTURE f;
    pthread_t thread;

    setup(&f, 10, 5, true, LONG_TTL);
    measure(&f);
    read_fleet(&f, 10, 5);
    ck_assert_int_eq(read_settings(&f, &f.fresh, f.server->devices[0].key, NULL, NULL), 0);
    ck_assert_uint_eq(f.server->requests, 3);
    fake_set_stall(f.server, "settings");
    pthread_create(&thread, NULL, read_tpm, &f);
    fake_await_stalled(f.server, 3);
    fake_set_stall(f.server, NULL);
    pthread_join(thread, NULL);
    ck_assert_int_eq(read_all_settings(&f), 0);
    ck_assert_uint_eq(f.server->requests, 6);
}
END_TEST

/* One of them hangs: who asked for another has it long before his time is up. */
START_TEST(a_table_that_hangs_keeps_no_other_back)
{
    FIXTURE f;

    setup(&f, 10, 5, true, LONG_TTL);
    measure(&f);
    read_fleet(&f, 10, 5);
    ck_assert_int_eq(read_settings(&f, &f.fresh, f.server->devices[0].key, NULL, NULL), 0);
    fake_set_stall(f.server, "settings_nvidia_vgpu");
    ck_assert_int_eq(read_settings(&f, &f.fresh, f.server->devices[1].key, NULL, NULL), 0);
    ck_assert_int_lt(verge_now(), f.fresh.call.deadline);
    fake_set_stall(f.server, NULL);
    ck_assert_int_eq(read_all_settings(&f), 0);
    ck_assert_uint_eq(f.server->requests, 7); /* what hung is asked for once more */
}
END_TEST

static void *read_usb(void *argument)
{
    struct fixture *f = argument;
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_device *device;
    struct verge_settings *settings;
    uint32_t key = f->server->devices[5].key;

    ck_assert_int_eq(verge_find_device(f->inventory, &f->fresh, key, &device, NULL, &error), 0);
    ck_assert_int_eq(
        verge_find_settings(f->inventory, &f->fresh, device, &settings, NULL, NULL, &error), 0);
    ck_assert_ptr_nonnull(settings);
    verge_record_release(device);
    verge_record_release(settings);
    return NULL;
}

/* The whole table is on its way: nobody asks for a part of it alone. */
START_TEST(a_table_on_its_way_is_waited_for)
{
    FIXTURE f;
    pthread_t threads[2];
    struct verge_inventory_stats stats = {.shared_misses = 0};
    struct verge_call call = {INT64_MAX, NULL};

    setup(&f, 400, 5, true, LONG_TTL);
    measure(&f);
    read_fleet(&f, 400, 5);
    ck_assert_int_eq(read_settings(&f, &f.fresh, f.server->devices[0].key, NULL, NULL), 0);
    f.server->requests = 0;
    fake_set_stall(f.server, "settings");
    pthread_create(&threads[0], NULL, read_tpm, &f);
    fake_await_stalled(f.server, 4);
    pthread_create(&threads[1], NULL, read_usb, &f);
    while (stats.shared_misses == 0) {
        verge_sleep_until(&call, verge_now() + 1);
        verge_inventory_stats(f.inventory, &stats);
    }
    fake_set_stall(f.server, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    ck_assert_int_eq(read_all_settings(&f), 0);
    ck_assert_uint_eq(f.server->requests, 4);
}
END_TEST

START_TEST(settings_of_few_are_asked_for_alone)
{
    FIXTURE f;

    setup(&f, 10, 5, true, LONG_TTL);
    measure(&f);
    ck_assert_int_eq(read_machine(&f, &f.fresh, 1, NULL), 0);
    for (size_t i = 0; i < 2; i++) { /* nobody has listed the VMs */
        ck_assert_int_eq(read_settings(&f, &f.fresh, f.server->devices[i].key, NULL, NULL), 0);
    }
    ck_assert_uint_eq(fake_logged(f.server, "settings"), 2);
}
END_TEST

/* What was asked for in vain is not asked for again. */
START_TEST(a_table_nobody_wanted_is_left_out)
{
    FIXTURE f;

    setup(&f, 10, 5, true, LONG_TTL);
    measure(&f);
    read_fleet(&f, 10, 5);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 2; i++) {
            ck_assert_int_eq(read_settings(&f, &f.fresh, f.server->devices[i].key, NULL, NULL), 0);
        }
        ck_assert_uint_eq(fake_logged(f.server, "settings"), 4 + 2 * (unsigned)round);
        verge_refresh(f.inventory);
    }
}
END_TEST

/* Everything that the server has. */
static size_t hold_all(struct fixture *f)
{
    size_t devices, settings = 0;

    ck_assert_int_eq(read_list(f, &f->fresh, VERGE_DEVICES, &devices), 0);
    ck_assert_int_eq(read_list(f, &f->fresh, VERGE_VMS, NULL), 0);
    for (int i = 0; i < VERGE_SETTINGS_TABLES; i++) {
        size_t count;
        enum verge_list_id list = (enum verge_list_id)(VERGE_SETTINGS + i);

        ck_assert_int_eq(read_list(f, &f->fresh, list, &count), 0);
        settings += count;
    }
    ck_assert_uint_eq(settings, f->server->setting_count);
    return devices;
}

/* Resident: devices, the settings of those that have some, VMs; sanitizers count nothing here. It
 * does not grow with the number of times that all is asked for, whether it has changed or not. */
START_TEST(a_device_takes_less_than_a_kilobyte)
{
    FIXTURE f;
    size_t before, most = (size_t)16000 * 1000;

    setup(&f, 2000, 8, true, LONG_TTL);
    measure(&f);
    ck_assert_uint_ge(f.server->setting_count, 12000);
    before = mallinfo2().uordblks;
    for (unsigned round = 0; round < 4; round++) {
        ck_assert_uint_eq(hold_all(&f), 16000);
        ck_assert_uint_le(mallinfo2().uordblks - before, most);
        if (round == 0) {
            most = (mallinfo2().uordblks - before) / 50 * 51;
        }
        for (size_t i = round; i < f.server->device_count; i += 3) {
            fake_device_touch(&f.server->devices[i]);
        }
        verge_refresh(f.inventory);
    }
}
END_TEST

/* Of devices and VMs alone it is little more than half of that. */
START_TEST(a_device_without_settings_takes_600_bytes)
{
    FIXTURE f;
    size_t before;

    setup(&f, 2000, 8, false, LONG_TTL);
    measure(&f);
    before = mallinfo2().uordblks;
    ck_assert_uint_eq(hold_all(&f), 16000);
    ck_assert_uint_le(mallinfo2().uordblks - before, (size_t)16000 * 600);
}
END_TEST

START_TEST(lists_are_prefetched_together)
{
    static const enum verge_list_id lists[] = {VERGE_VMS, VERGE_DEVICES, VERGE_GROUPS,
                                               VERGE_SETTINGS};
    FIXTURE f;

    setup(&f, 10, 5, true, LONG_TTL);
    ck_assert_int_eq(verge_prefetch(f.inventory, &f.fresh, lists, 4, &f.error), 0);
    ck_assert_uint_eq(f.server->requests, 4);
    ck_assert_int_eq(verge_prefetch(f.inventory, &f.fresh, lists, 4, &f.error), 0);
    read_fleet(&f, 10, 5);
    ck_assert_uint_eq(f.server->requests, 4);
}
END_TEST

static void *prefetch(void *argument)
{
    static const enum verge_list_id lists[] = {VERGE_VMS, VERGE_DEVICES, VERGE_GROUPS};
    struct fixture *f = argument;
    struct verge_error error = VERGE_ERROR_INIT;

    ck_assert_int_eq(verge_prefetch(f->inventory, &f->fresh, lists, 3, &error), 0);
    return NULL;
}

START_TEST(prefetched_lists_are_asked_for_in_parallel)
{
    FIXTURE f;
    pthread_t thread;

    setup(&f, 10, 5, true, LONG_TTL);
    fake_set_stall(f.server, "GET");
    pthread_create(&thread, NULL, prefetch, &f);
    fake_await_stalled(f.server, 3);
    fake_set_stall(f.server, NULL);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(f.server->requests, 3);
}
END_TEST

/* Without a measure, lists are taken to fit, until a full page is seen. */
START_TEST(an_unmeasured_fleet_is_found_out)
{
    FIXTURE f;

    setup(&f, 10, 5, false, LONG_TTL);
    read_fleet(&f, 10, 5);
    ck_assert_uint_eq(f.server->requests, 2);
}
END_TEST

START_TEST(an_unmeasured_large_fleet_is_found_out)
{
    FIXTURE f;

    setup(&f, 2000, 2, false, LONG_TTL);
    ck_assert_int_eq(read_vm(&f, &f.recent, "vm1999", NULL), 0);
    ck_assert_int_eq(read_machine(&f, &f.recent, 1999, NULL), 0);
    ck_assert_uint_eq(f.server->requests, 4);
    ck_assert_int_eq(read_vm(&f, &f.recent, "vm1", NULL), 0);
    ck_assert_int_eq(read_machine(&f, &f.recent, 1, NULL), 0);
    ck_assert_uint_eq(f.server->requests, 6);
}
END_TEST

/* Whoever reads a few machines again and again is not made to read all. */
START_TEST(a_few_machines_are_polled_one_by_one)
{
    FIXTURE f;

    setup(&f, 3000, 8, false, 0);
    measure(&f);
    for (int round = 0; round < 50; round++) {
        for (uint32_t vm = 1; vm <= 10; vm++) {
            ck_assert_int_eq(read_machine(&f, &f.fresh, vm, NULL), 0);
        }
    }
    ck_assert_uint_eq(f.server->requests, 500);
    ck_assert_uint_le(f.server->rows_most, 8);
}
END_TEST

START_TEST(who_listed_the_vms_is_taken_to_walk)
{
    FIXTURE f;

    setup(&f, 3000, 8, false, LONG_TTL);
    measure(&f);
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_VMS, NULL), 0);
    ck_assert_uint_eq(f.server->requests, 3);
    for (uint32_t vm = 1; vm <= 3000; vm++) {
        ck_assert_int_eq(read_machine(&f, &f.fresh, vm, NULL), 0);
    }
    ck_assert_uint_eq(f.server->requests, 3 + before_a_walk(24000) + 24);
}
END_TEST

START_TEST(measuring_bears_odd_servers)
{
    static const struct fake_fault faults[] = {
        {.match = "machine_devices", .status = 422, .body = "{\"err\":\"Invalid argument\"}"},
        {.match = "machine_devices", .status = 200, .body = "[]"},
        {.match = "machine_devices", .status = 200, .body = "{}"},
        {.match = "machine_devices", .status = 200, .body = "[{\"$key\":1}]"},
        {.match = "machine_devices", .status = 200, .body = "{\"$count\":50}"},
    };

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        FIXTURE f;

        setup(&f, 10, 5, false, LONG_TTL);
        fault(&f, faults[i]);
        ck_assert_int_eq(verge_inventory_measure(f.inventory, &f.fresh.call, &f.error), 0);
        ck_assert_uint_eq(f.server->requests, 2);
        read_fleet(&f, 10, 5);
        ck_assert_uint_eq(f.server->requests, 4);
    }
}
END_TEST

START_TEST(measuring_reports_what_keeps_us_out)
{
    static const struct {
        struct fake_fault fault;
        int rc;
    } rows[] = {
        {{.match = "vms", .status = 401, .body = "{}"}, -EKEYREJECTED},
        {{.match = "vms", .status = 403, .body = "{}"}, -EACCES},
        {{.match = "vms", .status = 404, .body = "{}"}, -EREMOTEIO},
        {{.match = "vms", .errnum = ECONNREFUSED}, -ECONNREFUSED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        FIXTURE f;

        setup(&f, 10, 5, false, LONG_TTL);
        fault(&f, rows[i].fault);
        ck_assert_int_eq(verge_inventory_measure(f.inventory, &f.fresh.call, &f.error), rows[i].rc);
        ck_assert_int_eq(f.error.errnum, -rows[i].rc);
    }
}
END_TEST

UNIT_MAIN_TIMES("inventory: counts",
                {a_fleet_costs_a_request_for_each_page, sizeof(fleets) / sizeof(fleets[0])},
                {one_attribute_costs_two_requests, sizeof(fleets) / sizeof(fleets[0])},
                {one_device_by_its_key_costs_two_requests, sizeof(fleets) / sizeof(fleets[0])},
                {a_walk_of_everything_costs_a_request_for_each_page, 4},
                {a_walk_in_depth_costs_no_more, 1}, {settings_tables_are_asked_for_in_parallel, 1},
                {a_table_that_hangs_keeps_no_other_back, 1}, {a_table_on_its_way_is_waited_for, 1},
                {settings_of_few_are_asked_for_alone, 1}, {a_table_nobody_wanted_is_left_out, 1},
                {a_device_takes_less_than_a_kilobyte, 1},
                {a_device_without_settings_takes_600_bytes, 1}, {lists_are_prefetched_together, 1},
                {prefetched_lists_are_asked_for_in_parallel, 1},
                {an_unmeasured_fleet_is_found_out, 1}, {an_unmeasured_large_fleet_is_found_out, 1},
                {a_few_machines_are_polled_one_by_one, 1}, {who_listed_the_vms_is_taken_to_walk, 1},
                {measuring_bears_odd_servers, 1}, {measuring_reports_what_keeps_us_out, 1})
