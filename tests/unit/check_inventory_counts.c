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

START_TEST(a_fleet_costs_a_request_for_each_page)
{
    size_t vms = fleets[_i];
    FIXTURE f;

    setup(&f, vms, 8, false, LONG_TTL);
    measure(&f);
    read_fleet(&f, vms, 8);
    /* of a list longer than a page, two parts may have been asked for alone before */
    ck_assert_uint_le(f.server->requests,
                      pages(vms) + pages(vms * 8) + (vms * 8 > VERGE_PAGE ? 2 : 0));
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

/* Everything: VMs, devices, groups, the settings of each device. */
START_TEST(a_walk_of_everything_costs_a_request_for_each_page)
{
    size_t vms = _i == 0 ? 20 : 400, tables = 3;
    FIXTURE f;

    setup(&f, vms, 5, true, LONG_TTL);
    measure(&f);
    read_fleet(&f, vms, 5);
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_GROUPS, NULL), 0);
    for (size_t i = 0; i < f.server->device_count; i++) {
        char rest[256];
        const char *type = f.server->devices[i].type;
        bool has = strstr(type, "usb") || strstr(type, "vgpu") || strcmp(type, "tpm") == 0;

        ck_assert_int_eq(read_settings(&f, &f.fresh, f.server->devices[i].key, rest, NULL), 0);
        ck_assert_int_eq(*rest != '\0', has);
    }
    /* and one for the table of Host GPUs, which has no row */
    ck_assert_uint_le(f.server->requests, pages(vms) + pages(vms * 5) + 1 + tables + 1 +
                                              (vms * 5 > VERGE_PAGE ? 2 + 2 * (tables + 1) : 0));
}
END_TEST

/* Resident, snapshots and what is in the making included; sanitizers count nothing here. */
START_TEST(a_device_takes_less_than_a_kilobyte)
{
    FIXTURE f;
    size_t before, count;

    setup(&f, 2000, 8, false, LONG_TTL);
    measure(&f);
    before = mallinfo2().uordblks;
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_DEVICES, &count), 0);
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_VMS, NULL), 0);
    ck_assert_uint_eq(count, 16000);
    ck_assert_uint_le(mallinfo2().uordblks - before, (size_t)16000 * 600);
    verge_refresh(f.inventory);
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_DEVICES, &count), 0);
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
    ck_assert_uint_eq(f.server->requests, 3 + 2 + 24);
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
                {a_walk_of_everything_costs_a_request_for_each_page, 2},
                {a_device_takes_less_than_a_kilobyte, 1}, {lists_are_prefetched_together, 1},
                {prefetched_lists_are_asked_for_in_parallel, 1},
                {an_unmeasured_fleet_is_found_out, 1}, {an_unmeasured_large_fleet_is_found_out, 1},
                {a_few_machines_are_polled_one_by_one, 1}, {who_listed_the_vms_is_taken_to_walk, 1},
                {measuring_bears_odd_servers, 1}, {measuring_reports_what_keeps_us_out, 1})
