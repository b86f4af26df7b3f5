/* SPDX-License-Identifier: MIT */
/* The inventory with the real pace: a budget that is low is no reason to fail. */
#include "config.h"

#include "tests/unit/inventory_fixture.h"

static void setup_budget(struct fixture *f, unsigned budget, int64_t ttl)
{
    struct verge_inventory_options options = {.ttl_ms = ttl, .timeout_ms = 60000};

    setup(f, 10, 8, false, ttl);
    verge_inventory_free(f->inventory);
    verge_client_free(f->client);
    f->client = fake_client_new(f->server, budget);
    f->inventory = verge_inventory_new(f->client, &options);
}

START_TEST(a_budget_of_60_answers_400_reads)
{
    FIXTURE f;
    struct verge_inventory_stats stats;

    setup_budget(&f, 60, 0);
    for (unsigned i = 0; i < 400; i++) {
        ck_assert_int_eq(read_device(&f, &f.fresh, i % 80 + 1, NULL), 0);
    }
    ck_assert_uint_le(f.server->requests, 61);
    verge_inventory_stats(f.inventory, &stats);
    ck_assert_uint_ge(stats.stretched, 400 - 61);
}
END_TEST

START_TEST(readers_of_different_lists_share_the_budget)
{
    FIXTURE f;

    setup_budget(&f, 60, 0);
    for (unsigned i = 0; i < 200; i++) {
        ck_assert_int_eq(read_device(&f, &f.fresh, i % 80 + 1, NULL), 0);
        ck_assert_int_eq(read_vm(&f, &f.fresh, "vm3", NULL), 0);
        ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_GROUPS, NULL), 0);
    }
    ck_assert_uint_le(f.server->requests, 61);
}
END_TEST

START_TEST(a_write_finds_something_left)
{
    FIXTURE f;
    char shown[64];

    setup_budget(&f, 60, 0);
    for (unsigned i = 0; i < 200; i++) {
        ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    }
    ck_assert_int_eq(describe(&f, 1, "written"), 0);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, shown), 0);
    ck_assert_str_eq(shown, "written");
}
END_TEST

/* What the budget keeps for writes is for the reads that verify them as well. */
START_TEST(a_write_is_verified_from_the_reserve)
{
    FIXTURE f;
    struct verge_pace *pace;
    unsigned number;

    setup_budget(&f, 60, 0);
    pace = verge_client_pace(f.client);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    while (verge_pace_left(pace) > 3) {
        ck_assert_int_eq(verge_pace_take(pace, VERGE_WRITE, &f.fresh.call, &number, &f.error), 0);
    }
    f.fresh.call.deadline = verge_now() + 5000;
    ck_assert_int_eq(describe(&f, 1, "written"), 0);
    ck_assert_uint_eq(f.server->requests, 3);
}
END_TEST

UNIT_MAIN("inventory_budget", a_budget_of_60_answers_400_reads,
          readers_of_different_lists_share_the_budget, a_write_finds_something_left,
          a_write_is_verified_from_the_reserve)
