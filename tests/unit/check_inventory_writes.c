/* SPDX-License-Identifier: MIT */
/* Writes through the inventory: what they cost, and that everybody sees them. */
#include "config.h"

#include "tests/unit/inventory_fixture.h"

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

UNIT_MAIN_TIMES("inventory: writes", {a_new_device_is_not_taken_to_be_without_settings, 1},
                {settings_change_and_are_seen, 1}, {toggling_costs_a_put_and_a_look_each, 2},
                {a_change_puts_the_vms_row_in_doubt, 2}, {another_devices_key_is_not_written, 1},
                {what_the_server_shows_instead_is_seen, 1},
                {after_an_uncertain_write_the_row_is_asked_for, 2},
                {what_is_attached_and_detached_is_seen, 2}, {a_device_that_others_deleted_goes, 1},
                {an_uncertain_create_makes_the_machine_stale, 1}, {power_is_seen, 2})
