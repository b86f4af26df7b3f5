/* SPDX-License-Identifier: MIT */
/* Lists in pages, from servers of all manners; a budget that runs low; failures. */
#include "config.h"

#include "tests/unit/fake_pace.h"
#include "tests/unit/inventory_fixture.h"

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

UNIT_MAIN_TIMES("inventory: pages", {odd_servers_are_listed_whole, 1},
                {a_server_without_offsets_does_not_keep_us, 1},
                {a_server_without_filters_deceives_nobody, 1},
                {rows_that_vanish_take_no_others_along, 1},
                {groups_whose_keys_collide_are_kept_apart, 1}, {a_low_budget_stretches, 1},
                {a_spent_budget_gives_what_is_held, 1}, {the_servers_own_limit_is_an_error, 1},
                {a_failure_is_an_error_and_no_old_row, 1}, {a_page_that_fails_fails_the_list, 1})
