/* SPDX-License-Identifier: MIT */
/* What the inventory asks for, and what it answers, step by step. */
#include "config.h"

#include <malloc.h>

#include "tests/unit/fake_pace.h"
#include "tests/unit/inventory_fixture.h"

static void fault(struct fixture *f, struct fake_fault fault)
{
    pthread_mutex_lock(&f->server->lock);
    f->server->fault = fault;
    f->server->fault.times = fault.times > 0 ? fault.times : 1;
    pthread_mutex_unlock(&f->server->lock);
}

/* ---- counts of requests ---- */

static const size_t fleets[] = {10, 125, 126, 999, 1000, 1001, 10000};

/* Type, status, enabled of every device and the name of its VM. */
static void read_fleet(struct fixture *f, size_t vms, size_t devices)
{
    char name[32];

    ck_assert_int_eq(read_list(f, &f->recent, VERGE_VMS, NULL), 0);
    for (size_t vm = 1; vm <= vms; vm++) {
        size_t count;

        snprintf(name, sizeof(name), "vm%zu", vm);
        ck_assert_int_eq(read_vm(f, &f->recent, name, NULL), 0);
        ck_assert_int_eq(read_machine(f, &f->recent, (uint32_t)vm, &count), 0);
        ck_assert_uint_eq(count, devices);
    }
    for (size_t i = 0; i < f->server->device_count; i++) {
        ck_assert_int_eq(read_device(f, &f->fresh, f->server->devices[i].key, NULL), 0);
    }
}

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

/* ---- lookups ---- */

START_TEST(what_is_not_there_is_not_found)
{
    FIXTURE f;
    struct verge_vm *vm;

    setup(&f, _i == 0 ? 10 : 2000, 2, false, LONG_TTL);
    measure(&f);
    ck_assert_int_eq(read_device(&f, &f.fresh, 999999, NULL), -ENOENT);
    ck_assert_int_eq(read_device(&f, &f.fresh, 999999, NULL), -ENOENT);
    ck_assert_int_eq(read_vm(&f, &f.fresh, "nobody", NULL), -ENOENT);
    ck_assert_int_eq(read_vm(&f, &f.fresh, "nobody", NULL), -ENOENT);
    ck_assert_int_eq(verge_find_vm(f.inventory, &f.fresh, 999999, &vm, NULL, &f.error), -ENOENT);
    ck_assert_ptr_null(vm);
    ck_assert_int_eq(verge_find_vm_of_machine(f.inventory, &f.fresh, 999999, &vm, NULL, &f.error),
                     -ENOENT);
    ck_assert_int_eq(verge_find_vm(f.inventory, &f.fresh, 5, &vm, NULL, &f.error), 0);
    ck_assert_str_eq(vm->name, "vm5");
    verge_record_release(vm);
    ck_assert_int_eq(read_machine(&f, &f.fresh, 999999, NULL), 0);
    ck_assert_uint_le(f.server->requests, _i == 0 ? 2U : 7U); /* the last may be all */
}
END_TEST

START_TEST(of_several_vms_of_a_name_the_first_is_meant)
{
    FIXTURE f;
    struct verge_vm *vm;

    setup(&f, _i == 0 ? 10 : 2000, 0, false, LONG_TTL);
    measure(&f);
    strcpy(f.server->vms[6].name, "twin");
    strcpy(f.server->vms[3].name, "twin");
    ck_assert_int_eq(verge_find_vm(f.inventory, &f.fresh, 7, &vm, NULL, &f.error), 0);
    verge_record_release(vm);
    ck_assert_int_eq(verge_find_vm_named(f.inventory, &f.fresh, "twin", &vm, NULL, &f.error), 0);
    ck_assert_uint_eq(vm->record.key, 4);
    verge_record_release(vm);
}
END_TEST

START_TEST(cached_asks_nobody)
{
    FIXTURE f;

    setup(&f, 10, 5, true, 0);
    ck_assert_int_eq(read_device(&f, &f.cached, 1, NULL), -EAGAIN);
    ck_assert_int_eq(read_list(&f, &f.cached, VERGE_VMS, NULL), -EAGAIN);
    ck_assert_int_eq(read_machine(&f, &f.cached, 1, NULL), -EAGAIN);
    ck_assert_uint_eq(f.server->requests, 0);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    ck_assert_int_eq(read_device(&f, &f.cached, 1, NULL), 0);
    ck_assert_int_eq(read_device(&f, &f.cached, 999, NULL), -ENOENT);
    ck_assert_int_eq(read_machine(&f, &f.cached, 1, NULL), 0);
    verge_refresh(f.inventory);
    ck_assert_int_eq(read_device(&f, &f.cached, 1, NULL), 0);
    ck_assert_uint_eq(f.server->requests, 1);
}
END_TEST

START_TEST(ttl_0_asks_every_time_and_recent_does_not)
{
    FIXTURE f;

    setup(&f, 10, 5, false, 0);
    for (unsigned i = 1; i <= 5; i++) {
        ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
        ck_assert_uint_eq(f.server->requests, i);
    }
    ck_assert_int_eq(read_device(&f, &f.recent, 2, NULL), 0);
    ck_assert_int_eq(read_machine(&f, &f.recent, 2, NULL), 0);
    ck_assert_uint_eq(f.server->requests, 5);
}
END_TEST

START_TEST(until_tells_how_long)
{
    FIXTURE f;
    struct verge_device *device;
    int64_t before = verge_now(), until;

    setup(&f, 10, 5, false, LONG_TTL);
    ck_assert_int_eq(verge_find_device(f.inventory, &f.fresh, 1, &device, &until, &f.error), 0);
    ck_assert_int_ge(until, before + LONG_TTL);
    ck_assert_int_le(until, verge_now() + LONG_TTL);
    verge_record_release(device);
}
END_TEST

START_TEST(refresh_makes_all_stale)
{
    FIXTURE f;
    size_t count;

    setup(&f, 10, 5, false, LONG_TTL);
    read_fleet(&f, 10, 5);
    fake_device_add(f.server, FAKE_MACHINE + 1, "tpm", "late");
    ck_assert_int_eq(read_machine(&f, &f.fresh, 1, &count), 0);
    ck_assert_uint_eq(count, 5);
    verge_refresh(f.inventory);
    ck_assert_int_eq(read_machine(&f, &f.fresh, 1, &count), 0);
    ck_assert_uint_eq(count, 6);
    ck_assert_uint_eq(f.server->requests, 3);
}
END_TEST

START_TEST(only_changes_are_told)
{
    FIXTURE f;
    struct verge_snapshot *one, *other;

    setup(&f, 10, 5, false, LONG_TTL);
    ck_assert_int_eq(verge_list(f.inventory, &f.fresh, VERGE_DEVICES, &one, NULL, &f.error), 0);
    ck_assert_uint_eq(f.changes, 1);
    verge_refresh(f.inventory);
    ck_assert_int_eq(verge_list(f.inventory, &f.fresh, VERGE_DEVICES, &other, NULL, &f.error), 0);
    ck_assert_uint_eq(f.changes, 1);
    ck_assert_ptr_eq(one, other);
    verge_snapshot_release(other);
    fake_device_touch(fake_device(f.server, 7));
    verge_refresh(f.inventory);
    ck_assert_int_eq(verge_list(f.inventory, &f.fresh, VERGE_DEVICES, &other, NULL, &f.error), 0);
    ck_assert_uint_eq(f.changes, 2);
    for (uint32_t key = 1; key <= 50; key++) { /* rows that are the same are the same */
        ck_assert_int_eq(verge_snapshot_row(one, key) == verge_snapshot_row(other, key), key != 7);
    }
    verge_snapshot_release(one);
    verge_snapshot_release(other);
}
END_TEST

/* ---- settings ---- */

START_TEST(a_missing_settings_table_is_no_error)
{
    FIXTURE f;
    char rest[256];
    bool missing;

    setup(&f, _i == 0 ? 10 : 2000, 5, true, 0);
    measure(&f);
    f.server->missing_table = "machine_device_settings_usb";
    ck_assert_int_eq(read_settings(&f, &f.recent, 1, rest, &missing), 0);
    ck_assert(missing);
    ck_assert_str_eq(rest, "");
    f.server->requests = 0;
    ck_assert_int_eq(read_settings(&f, &f.recent, 1, rest, &missing), 0);
    ck_assert_uint_eq(f.server->requests, 0); /* remembered beyond a ttl of 0 */
    ck_assert_int_eq(read_settings(&f, &f.recent, f.server->devices[1].key, rest, &missing), 0);
    ck_assert(!missing);
    ck_assert_str_eq(rest, "{\"model\":\"crb\",\"version\":\"2\"}");
    f.server->missing_table = NULL;
    verge_refresh(f.inventory);
    ck_assert_int_eq(read_settings(&f, &f.recent, 1, rest, &missing), 0);
    ck_assert(!missing);
    ck_assert_str_ne(rest, "");
}
END_TEST

START_TEST(another_missing_table_is_no_vergeos)
{
    FIXTURE f;

    setup(&f, 10, 5, true, LONG_TTL);
    f.server->missing_table = "machine_devices";
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), -EREMOTEIO);
    ck_assert_int_eq(f.error.errnum, EREMOTEIO);
}
END_TEST

START_TEST(a_device_without_a_row_has_no_settings)
{
    FIXTURE f;
    char rest[256];
    bool missing = true;
    uint32_t pci;

    setup(&f, 10, 5, true, LONG_TTL);
    pci = f.server->devices[3].key;
    ck_assert_int_eq(read_settings(&f, &f.fresh, pci, rest, &missing), 0);
    ck_assert_str_eq(rest, "");
    ck_assert(!missing);
    ck_assert_uint_eq(f.server->requests, 1);
}
END_TEST

START_TEST(a_new_device_is_not_taken_to_be_without_settings)
{
    FIXTURE f;
    char rest[256];
    uint32_t key;

    setup(&f, 10, 5, true, LONG_TTL);
    ck_assert_int_eq(read_settings(&f, &f.fresh, 1, rest, NULL), 0);
    ck_assert_int_eq(attach(&f, 1, "node_usb_devices", "new", &key), 0);
    ck_assert_int_eq(read_settings(&f, &f.fresh, key, rest, NULL), 0);
    ck_assert_str_eq(rest, "{\"guest_reset\":true,\"guest_resets_all\":false}");
}
END_TEST

START_TEST(settings_change_and_are_seen)
{
    FIXTURE f;
    char rest[256];
    struct verge_identity identity;
    VERGE_JSON_LOCAL *changes = cJSON_Parse("{\"guest_reset\":false}");
    VERGE_JSON_LOCAL *hidden = cJSON_Parse("{\"attach_drivers\":true}");
    struct verge_inventory_stats stats;

    setup(&f, 10, 5, true, LONG_TTL);
    identity = identity_of(&f, 1);
    ck_assert_int_eq(
        verge_change_settings(f.inventory, &f.fresh.call, &identity, changes, &f.error), 0);
    ck_assert_uint_eq(f.server->requests, 4); /* both lists, PUT, GET */
    ck_assert_int_eq(read_settings(&f, &f.fresh, 1, rest, NULL), 0);
    ck_assert_str_eq(rest, "{\"guest_reset\":false,\"guest_resets_all\":false}");
    ck_assert_uint_eq(f.server->requests, 4);
    ck_assert_int_eq(
        verge_change_settings(f.inventory, &f.fresh.call, &identity, changes, &f.error), 0);
    ck_assert_uint_eq(f.server->requests, 4); /* nothing to change */
    identity = identity_of(&f, f.server->devices[2].key);
    ck_assert_int_eq(verge_change_settings(f.inventory, &f.fresh.call, &identity, hidden, &f.error),
                     0);
    verge_inventory_stats(f.inventory, &stats);
    ck_assert_uint_eq(stats.unverified, 1);
    ck_assert_uint_eq(stats.rows[1], 50);
    ck_assert_uint_eq(stats.rows[3], 20);
    identity = identity_of(&f, f.server->devices[3].key);
    ck_assert_int_eq(verge_change_settings(f.inventory, &f.fresh.call, &identity, hidden, &f.error),
                     -EINVAL);
}
END_TEST

/* ---- writes ---- */

START_TEST(toggling_costs_a_put_and_a_look_each)
{
    size_t vms = _i == 0 ? 10 : 2000;
    FIXTURE f;
    char shown[64];

    setup(&f, vms, 8, false, LONG_TTL);
    measure(&f);
    ck_assert_int_eq(read_vm(&f, &f.recent, "vm3", NULL), 0);
    ck_assert_int_eq(read_machine(&f, &f.recent, 3, NULL), 0);
    f.server->requests = 0;
    for (uint32_t key = 17; key <= 24; key++) {
        ck_assert_int_eq(read_vm(&f, &f.recent, "vm3", NULL), 0);
        ck_assert_int_eq(describe(&f, key, "toggled"), 0);
    }
    ck_assert_uint_eq(f.server->requests, 16);
    for (uint32_t key = 17; key <= 24; key++) {
        ck_assert_int_eq(read_device(&f, &f.fresh, key, shown), 0);
        ck_assert_str_eq(shown, "toggled");
    }
    ck_assert_uint_eq(f.server->requests, 16);
}
END_TEST

START_TEST(a_change_puts_the_vms_row_in_doubt)
{
    FIXTURE f;
    struct verge_vm *vm;
    struct verge_want settled;

    setup(&f, 10, 8, false, LONG_TTL);
    read_fleet(&f, 10, 8);
    settled = (struct verge_want){f.fresh.call, VERGE_SETTLED};
    ck_assert_int_eq(describe(&f, 1, "x"), 0);
    f.server->requests = 0;
    ck_assert_int_eq(verge_find_vm(f.inventory, &f.recent, 1, &vm, NULL, &f.error), 0);
    verge_record_release(vm);
    ck_assert_int_eq(verge_find_vm(f.inventory, &f.fresh, 2, &vm, NULL, &f.error), 0);
    verge_record_release(vm);
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_VMS, NULL), 0);
    ck_assert_uint_eq(f.server->requests, 0);
    ck_assert_int_eq(verge_find_vm(f.inventory, _i ? &settled : &f.fresh, 1, &vm, NULL, &f.error),
                     0);
    verge_record_release(vm);
    ck_assert_uint_eq(f.server->requests, 1);
    ck_assert_int_eq(verge_find_vm(f.inventory, &f.fresh, 1, &vm, NULL, &f.error), 0);
    verge_record_release(vm);
    ck_assert_uint_eq(f.server->requests, 1);
}
END_TEST

START_TEST(another_devices_key_is_not_written)
{
    FIXTURE f;
    struct verge_identity identity;
    VERGE_JSON_LOCAL *fields = cJSON_Parse("{\"enabled\":false}");

    setup(&f, 10, 5, true, LONG_TTL);
    identity = identity_of(&f, 1);
    identity.uuid[0] = 'f';
    ck_assert_int_eq(verge_change_device(f.inventory, &f.fresh.call, &identity, fields, &f.error),
                     -ESTALE);
    ck_assert_int_eq(verge_change_settings(f.inventory, &f.fresh.call, &identity, fields, &f.error),
                     -ESTALE);
    ck_assert_int_eq(detach(&f, &identity), -ESTALE);
    ck_assert_uint_eq(f.server->puts + f.server->deletes, 0);
    ck_assert(f.server->devices[0].enabled);
    identity.key = 999;
    ck_assert_int_eq(verge_change_device(f.inventory, &f.fresh.call, &identity, fields, &f.error),
                     -ENOENT);
}
END_TEST

START_TEST(what_the_server_shows_instead_is_seen)
{
    FIXTURE f;
    char shown[64];

    setup(&f, 10, 5, false, LONG_TTL);
    read_fleet(&f, 10, 5);
    strcpy(f.server->devices[0].description, "somebody else's");
    f.server->ignores_put = true;
    f.server->requests = 0;
    ck_assert_int_eq(describe(&f, 1, "mine"), -EIO);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, shown), 0);
    ck_assert_str_eq(shown, "somebody else's");
    ck_assert_uint_eq(f.server->requests, 2);
}
END_TEST

START_TEST(after_an_uncertain_write_the_row_is_asked_for)
{
    FIXTURE f;
    char shown[64];

    setup(&f, _i == 0 ? 10 : 2000, 5, false, LONG_TTL);
    measure(&f);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, shown), 0);
    fault(&f, (struct fake_fault){.match = " /api/v4/machine_devices/1",
                                  .times = 2,
                                  .errnum = ETIMEDOUT,
                                  .after = true});
    ck_assert_int_eq(describe(&f, 1, "arrived"), -ETIMEDOUT);
    ck_assert(f.error.uncertain);
    f.server->requests = 0;
    ck_assert_int_eq(read_device(&f, &f.cached, 1, shown), 0);
    ck_assert_str_eq(shown, "");
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, shown), 0);
    ck_assert_str_eq(shown, "arrived");
    ck_assert_uint_eq(f.server->requests, 1);
}
END_TEST

START_TEST(what_is_attached_and_detached_is_seen)
{
    FIXTURE f;
    struct verge_identity identity;
    size_t count;
    uint32_t key;

    setup(&f, _i == 0 ? 10 : 2000, 5, true, LONG_TTL);
    measure(&f);
    ck_assert_int_eq(read_machine(&f, &f.fresh, 2, &count), 0);
    f.server->requests = 0;
    ck_assert_int_eq(attach(&f, 2, "tpm", "new", &key), 0);
    ck_assert_uint_eq(f.server->requests, 2);
    ck_assert_int_eq(read_device(&f, &f.fresh, key, NULL), 0);
    ck_assert_int_eq(read_machine(&f, &f.fresh, 2, &count), 0);
    ck_assert_uint_eq(count, 6);
    ck_assert_uint_eq(f.server->requests, 2);
    identity = identity_of(&f, key);
    ck_assert_int_eq(detach(&f, &identity), 0);
    ck_assert_uint_eq(f.server->requests, 5);
    ck_assert_int_eq(read_machine(&f, &f.fresh, 2, &count), 0);
    ck_assert_uint_eq(count, 5);
    ck_assert_int_eq(read_device(&f, &f.cached, key, NULL), -ENOENT);
    ck_assert_int_eq(read_device(&f, &f.fresh, key, NULL), -ENOENT);
    ck_assert_int_eq(detach(&f, &identity), -ENOENT);
}
END_TEST

START_TEST(a_device_that_others_deleted_goes)
{
    FIXTURE f;
    struct verge_identity identity;
    size_t count;

    setup(&f, 10, 5, false, LONG_TTL);
    read_fleet(&f, 10, 5);
    identity = identity_of(&f, 1);
    fake_device_remove(f.server, 1);
    f.server->requests = 0;
    ck_assert_int_eq(detach(&f, &identity), -ENOENT);
    ck_assert_int_eq(read_machine(&f, &f.fresh, 1, &count), 0);
    ck_assert_uint_eq(count, 4);
    ck_assert_uint_eq(f.server->requests, 1);
}
END_TEST

START_TEST(an_uncertain_create_makes_the_machine_stale)
{
    FIXTURE f;
    size_t count;

    setup(&f, 10, 5, false, LONG_TTL);
    read_fleet(&f, 10, 5);
    fault(&f,
          (struct fake_fault){
              .match = "/api/v4/machine_devices", .times = 2, .errnum = ECONNRESET, .after = true});
    ck_assert_int_eq(attach(&f, 1, "tpm", "lost", NULL), -ECONNRESET);
    ck_assert_int_eq(read_machine(&f, &f.fresh, 1, &count), 0);
    ck_assert_uint_eq(count, 6);
}
END_TEST

START_TEST(power_is_seen)
{
    FIXTURE f;
    struct verge_vm *vm;

    setup(&f, _i == 0 ? 10 : 2000, 1, false, LONG_TTL);
    measure(&f);
    ck_assert_int_eq(read_vm(&f, &f.fresh, "vm4", NULL), 0);
    ck_assert_int_eq(verge_power(f.inventory, &f.fresh.call, 4, "poweron", &f.error), 0);
    f.server->requests = 0;
    ck_assert_int_eq(verge_find_vm(f.inventory, &f.fresh, 4, &vm, NULL, &f.error), 0);
    ck_assert(vm->running);
    ck_assert_str_eq(vm->status, "running");
    verge_record_release(vm);
    ck_assert_int_eq(read_vm(&f, &f.fresh, "vm4", NULL), 0);
    ck_assert_uint_eq(f.server->requests, 0);
    ck_assert_int_eq(verge_power(f.inventory, &f.fresh.call, 999999, "poweron", &f.error), -ENOENT);
}
END_TEST

/* ---- pages ---- */

static void check_all(struct fixture *f, size_t expected)
{
    struct verge_snapshot *snapshot;

    ck_assert_int_eq(verge_list(f->inventory, &f->fresh, VERGE_DEVICES, &snapshot, NULL, &f->error),
                     0);
    ck_assert_uint_eq(verge_snapshot_count(snapshot), expected);
    for (size_t i = 0; i < f->server->device_count; i++) {
        ck_assert_ptr_nonnull(verge_snapshot_row(snapshot, f->server->devices[i].key));
    }
    for (size_t i = 1; i < expected; i++) {
        const struct verge_record *one = verge_snapshot_at(snapshot, i - 1);
        const struct verge_record *other = verge_snapshot_at(snapshot, i);

        ck_assert(one->owner < other->owner ||
                  (one->owner == other->owner && one->key < other->key));
    }
    verge_snapshot_release(snapshot);
}

START_TEST(odd_servers_are_listed_whole)
{
    static const size_t sizes[] = {999, 1000, 1001, 2000, 2001, 3500};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (int odd = 0; odd < 4; odd++) {
            FIXTURE f;

            setup(&f, sizes[i], 1, false, LONG_TTL);
            f.server->ignores_limit = odd == 1;
            f.server->ignores_sort = odd == 2;
            f.server->most_rows = odd == 3 ? 1000 : 0;
            if (odd != 3) {
                measure(&f);
            }
            check_all(&f, sizes[i]);
        }
    }
}
END_TEST

START_TEST(a_server_without_offsets_does_not_keep_us)
{
    FIXTURE f;
    size_t count;

    setup(&f, 2500, 1, false, LONG_TTL);
    f.server->ignores_offset = true;
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_DEVICES, &count), 0);
    ck_assert_uint_eq(count, 1001);
    ck_assert_uint_eq(f.server->requests, 2);
}
END_TEST

START_TEST(a_server_without_filters_deceives_nobody)
{
    FIXTURE f;
    size_t count;

    setup(&f, 600, 2, false, LONG_TTL);
    measure(&f);
    f.server->ignores_filter = true;
    ck_assert_int_eq(read_machine(&f, &f.fresh, 3, &count), 0);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(read_vm(&f, &f.fresh, "vm2", NULL), 0);
    ck_assert_int_eq(read_vm(&f, &f.fresh, "vm999", NULL), -ENOENT);
}
END_TEST

/* Takes rows away from the front between two pages. */
struct thief {
    struct fixture *f;
    unsigned rows, times;
};

static void steal(void *argument, const char *line)
{
    struct thief *thief = argument;

    if (strncmp(line, "GET", 3) != 0) {
        return;
    }
    pthread_mutex_lock(&thief->f->server->lock);
    for (unsigned i = 0; thief->times > 0 && i < thief->rows; i++) {
        fake_device_remove(thief->f->server, thief->f->server->devices[0].key);
    }
    thief->times -= thief->times > 0;
    pthread_mutex_unlock(&thief->f->server->lock);
}

START_TEST(rows_that_vanish_take_no_others_along)
{
    static const struct {
        unsigned rows, times;
    } thefts[] = {{1, 1}, {2, 1}, {9, 1}, {100, 1}, {600, 1}, {1, 4}, {3, 100}};

    for (size_t i = 0; i < sizeof(thefts) / sizeof(thefts[0]); i++) {
        FIXTURE f;
        struct thief thief = {&f, thefts[i].rows, thefts[i].times};
        struct verge_snapshot *snapshot;

        setup(&f, 4500, 1, false, LONG_TTL);
        if (i % 2 == 0) {
            measure(&f);
        }
        f.server->during = steal;
        f.server->during_argument = &thief;
        ck_assert_int_eq(
            verge_list(f.inventory, &f.fresh, VERGE_DEVICES, &snapshot, NULL, &f.error), 0);
        for (size_t j = 0; j < f.server->device_count; j++) {
            ck_assert_ptr_nonnull(verge_snapshot_row(snapshot, f.server->devices[j].key));
        }
        verge_snapshot_release(snapshot);
        f.server->during = NULL;
    }
}
END_TEST

START_TEST(groups_whose_keys_collide_are_kept_apart)
{
    FIXTURE f;
    struct verge_snapshot *snapshot, *again;

    setup(&f, 1, 1, false, LONG_TTL);
    /* "7" as a number and as what the number of another key may hash to: twice the same key */
    fault(&f, (struct fake_fault){
                  .match = "resource_groups",
                  .times = 2,
                  .status = 200,
                  .body = "[{\"$key\":8,\"name\":\"d\"},{\"$key\":7,\"name\":\"a\"},"
                          "{\"$key\":\"007\",\"name\":\"b\"},{\"$key\":\"07\",\"name\":\"c\"},"
                          "{\"$key\":7,\"name\":\"a\"}]"});
    ck_assert_int_eq(verge_list(f.inventory, &f.fresh, VERGE_GROUPS, &snapshot, NULL, &f.error), 0);
    ck_assert_uint_eq(verge_snapshot_count(snapshot), 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(verge_snapshot_at(snapshot, i)->key, 7 + i);
    }
    verge_refresh(f.inventory);
    ck_assert_int_eq(verge_list(f.inventory, &f.fresh, VERGE_GROUPS, &again, NULL, &f.error), 0);
    ck_assert_ptr_eq(snapshot, again);
    verge_snapshot_release(snapshot);
    verge_snapshot_release(again);
}
END_TEST

/* ---- the budget ---- */

START_TEST(a_low_budget_stretches)
{
    FIXTURE f;
    struct verge_inventory_stats stats;

    setup(&f, 10, 5, false, 0);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    fake_pace_set_stretch(1);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    ck_assert_uint_eq(f.server->requests, 2);
    fake_pace_set_stretch(7); /* six more seconds */
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    }
    ck_assert_uint_eq(f.server->requests, 2);
    verge_inventory_stats(f.inventory, &stats);
    ck_assert_uint_eq(stats.stretched, 100);
    ck_assert_int_eq(read_vm(&f, &f.fresh, "vm1", NULL), 0); /* of which nothing is held */
    ck_assert_uint_eq(f.server->requests, 3);
    verge_refresh(f.inventory);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    ck_assert_uint_eq(f.server->requests, 4);
    verge_refresh(f.inventory);
    fake_pace_set_stretch(8); /* as good as spent: whoever holds something is not to wait */
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    ck_assert_uint_eq(f.server->requests, 4);
    fake_pace_set_stretch(1);
}
END_TEST

START_TEST(a_spent_budget_gives_what_is_held)
{
    FIXTURE f;
    struct verge_inventory_stats stats;

    setup(&f, 10, 5, false, 0);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    fake_pace_set_left(0);
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
        ck_assert_int_eq(read_device(&f, &f.fresh, 999, NULL), -ENOENT);
        ck_assert_int_eq(read_machine(&f, &f.fresh, 1, NULL), 0);
        ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_DEVICES, NULL), 0);
    }
    ck_assert_int_eq(read_vm(&f, &f.fresh, "vm1", NULL), -EAGAIN);
    ck_assert_uint_eq(f.server->requests, 1);
    verge_inventory_stats(f.inventory, &stats);
    ck_assert_uint_eq(stats.stretched, 40);
    fake_pace_set_left(UINT32_MAX);
}
END_TEST

START_TEST(the_servers_own_limit_is_an_error)
{
    FIXTURE f;

    setup(&f, 10, 5, false, 0);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    fault(&f, (struct fake_fault){.match = "GET", .times = 100, .status = 429, .body = "{}"});
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), -EAGAIN);
}
END_TEST

/* ---- failures ---- */

START_TEST(a_failure_is_an_error_and_no_old_row)
{
    FIXTURE f;
    char shown[64];

    setup(&f, 10, 5, false, 0);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    fault(&f, (struct fake_fault){.match = "GET", .errnum = EHOSTUNREACH});
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, shown), -EHOSTUNREACH);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, shown), 0);
    fault(&f, (struct fake_fault){.match = "GET", .status = 200, .body = "[{\"$key\":"});
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, shown), -EBADMSG);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, shown), 0);
}
END_TEST

START_TEST(a_page_that_fails_fails_the_list)
{
    FIXTURE f;

    setup(&f, 3000, 1, false, LONG_TTL);
    measure(&f);
    fault(&f, (struct fake_fault){.match = "offset=1000", .status = 403, .body = "{}"});
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_DEVICES, NULL), -EACCES);
    ck_assert_int_eq(read_list(&f, &f.cached, VERGE_DEVICES, NULL), -EAGAIN);
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_DEVICES, NULL), 0);
}
END_TEST

static TCase *group(Suite *suite, const char *name)
{
    TCase *group = tcase_create(name);

    tcase_set_timeout(group, 120);
    suite_add_tcase(suite, group);
    return group;
}

static void add_counts(TCase *counts)
{
    int sizes = sizeof(fleets) / sizeof(fleets[0]);

    tcase_add_loop_test(counts, a_fleet_costs_a_request_for_each_page, 0, sizes);
    tcase_add_loop_test(counts, one_attribute_costs_two_requests, 0, sizes);
    tcase_add_loop_test(counts, one_device_by_its_key_costs_two_requests, 0, sizes);
    tcase_add_loop_test(counts, a_walk_of_everything_costs_a_request_for_each_page, 0, 2);
    tcase_add_test(counts, a_device_takes_less_than_a_kilobyte);
    tcase_add_test(counts, lists_are_prefetched_together);
    tcase_add_test(counts, prefetched_lists_are_asked_for_in_parallel);
    tcase_add_test(counts, an_unmeasured_fleet_is_found_out);
    tcase_add_test(counts, an_unmeasured_large_fleet_is_found_out);
    tcase_add_test(counts, a_few_machines_are_polled_one_by_one);
    tcase_add_test(counts, who_listed_the_vms_is_taken_to_walk);
    tcase_add_test(counts, measuring_bears_odd_servers);
    tcase_add_test(counts, measuring_reports_what_keeps_us_out);
}

static void add_lookups(TCase *lookups)
{
    tcase_add_loop_test(lookups, what_is_not_there_is_not_found, 0, 2);
    tcase_add_loop_test(lookups, of_several_vms_of_a_name_the_first_is_meant, 0, 2);
    tcase_add_test(lookups, cached_asks_nobody);
    tcase_add_test(lookups, ttl_0_asks_every_time_and_recent_does_not);
    tcase_add_test(lookups, until_tells_how_long);
    tcase_add_test(lookups, refresh_makes_all_stale);
    tcase_add_test(lookups, only_changes_are_told);
    tcase_add_loop_test(lookups, a_missing_settings_table_is_no_error, 0, 2);
    tcase_add_test(lookups, another_missing_table_is_no_vergeos);
    tcase_add_test(lookups, a_device_without_a_row_has_no_settings);
}

static void add_writes(TCase *writes)
{
    tcase_add_test(writes, a_new_device_is_not_taken_to_be_without_settings);
    tcase_add_test(writes, settings_change_and_are_seen);
    tcase_add_loop_test(writes, toggling_costs_a_put_and_a_look_each, 0, 2);
    tcase_add_loop_test(writes, a_change_puts_the_vms_row_in_doubt, 0, 2);
    tcase_add_test(writes, another_devices_key_is_not_written);
    tcase_add_test(writes, what_the_server_shows_instead_is_seen);
    tcase_add_loop_test(writes, after_an_uncertain_write_the_row_is_asked_for, 0, 2);
    tcase_add_loop_test(writes, what_is_attached_and_detached_is_seen, 0, 2);
    tcase_add_test(writes, a_device_that_others_deleted_goes);
    tcase_add_test(writes, an_uncertain_create_makes_the_machine_stale);
    tcase_add_loop_test(writes, power_is_seen, 0, 2);
}

int main(void)
{
    Suite *suite = suite_create("inventory");
    TCase *rest;
    SRunner *runner;
    int failed;

    add_counts(group(suite, "counts"));
    add_lookups(group(suite, "lookups"));
    add_writes(group(suite, "writes"));
    rest = group(suite, "pages, budget, failures");
    tcase_add_test(rest, odd_servers_are_listed_whole);
    tcase_add_test(rest, a_server_without_offsets_does_not_keep_us);
    tcase_add_test(rest, a_server_without_filters_deceives_nobody);
    tcase_add_test(rest, rows_that_vanish_take_no_others_along);
    tcase_add_test(rest, groups_whose_keys_collide_are_kept_apart);
    tcase_add_test(rest, a_low_budget_stretches);
    tcase_add_test(rest, a_spent_budget_gives_what_is_held);
    tcase_add_test(rest, the_servers_own_limit_is_an_error);
    tcase_add_test(rest, a_failure_is_an_error_and_no_old_row);
    tcase_add_test(rest, a_page_that_fails_fails_the_list);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
