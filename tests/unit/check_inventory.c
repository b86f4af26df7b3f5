/* SPDX-License-Identifier: MIT */
/* What the inventory answers, step by step. */
#include "config.h"

#include "tests/unit/inventory_fixture.h"

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

UNIT_MAIN_TIMES("inventory: lookups", {what_is_not_there_is_not_found, 2},
                {of_several_vms_of_a_name_the_first_is_meant, 2}, {cached_asks_nobody, 1},
                {ttl_0_asks_every_time_and_recent_does_not, 1}, {until_tells_how_long, 1},
                {refresh_makes_all_stale, 1}, {only_changes_are_told, 1},
                {a_missing_settings_table_is_no_error, 2}, {another_missing_table_is_no_vergeos, 1},
                {a_device_without_a_row_has_no_settings, 1})
