/* SPDX-License-Identifier: MIT */
/* The orders of a store, compared with what looking at every row would find. */
#include "tests/simulator/fleet.h"
#include "tests/unit/unit.h"

static const enum table_id TABLE = TABLE_MACHINE_DEVICES;

enum { ROWS = 60, STEPS = 4000, MACHINES = 7 };

static unsigned random_state = 1;

static int any(int below)
{
    random_state = random_state * 1103515245u + 12345u;
    return (int)((random_state >> 16) % (unsigned)below);
}

static struct row *any_row(struct store *store)
{
    struct range all = store_all(store, TABLE, COLUMN_KEY);

    return all.count ? all.rows[any((int)all.count)] : NULL;
}

static void change(struct store *store)
{
    int column = column_named(TABLE, "machine");
    struct row *row = any_row(store);
    int what = any(5);

    if (!row || (what == 0 && store_count(store, TABLE) < ROWS))
        row = store_append(store, TABLE);
    else if (what == 1)
        store_remove(store, TABLE, row);
    if (what != 1)
        store_set(store, TABLE, row, column,
                  any(10) ? value_number(any(MACHINES)) : (struct value){.kind = VALUE_NULL});
}

static size_t count_by_looking(const struct store *store, const struct value *machine)
{
    struct range all = store_all(store, TABLE, COLUMN_KEY);
    size_t count = 0;

    for (size_t index = 0; index < all.count; index++)
        count += value_compare(store_cell(TABLE, all.rows[index], "machine"), machine) == 0;
    return count;
}

static void compare(const struct store *store)
{
    size_t total = 0;

    for (int number = -1; number < MACHINES; number++) {
        struct value machine = value_number(number);
        if (number < 0)
            machine = (struct value){.kind = VALUE_NULL};
        struct range found = store_pointing(store, TABLE, "machine", &machine);

        ck_assert_uint_eq(found.count, count_by_looking(store, &machine));
        for (size_t index = 0; index < found.count; index++) {
            const struct row *row = found.rows[index];

            ck_assert_int_eq(value_compare(store_cell(TABLE, row, "machine"), &machine), 0);
            ck_assert_ptr_eq(store_row(store, TABLE, &row->cells[COLUMN_KEY]), row);
            if (index)
                ck_assert_int_lt(value_compare(&found.rows[index - 1]->cells[COLUMN_KEY],
                                               &row->cells[COLUMN_KEY]),
                                 0);
        }
        total += found.count;
    }
    ck_assert_uint_eq(total, store_count(store, TABLE));
}

START_TEST(orders_keep_up_with_changes)
{
    struct store *store = store_new();

    for (int step = 0; step < STEPS; step++) {
        change(store);
        compare(store);
        if (step % 500 == 0) {
            struct store *copy = store_copy(store);

            store_free(store);
            store = copy;
        }
    }
    store_free(store);
}
END_TEST

START_TEST(keys_and_slots)
{
    struct store *store = store_new();
    struct row *first = store_append(store, TABLE), *second = store_append(store, TABLE);
    size_t slot = first->slot;

    ck_assert_int_eq(first->cells[COLUMN_KEY].number, 1);
    ck_assert_int_eq(second->cells[COLUMN_KEY].number, 2);
    store_remove(store, TABLE, first);
    first = store_append(store, TABLE);
    ck_assert_int_eq(first->cells[COLUMN_KEY].number, 3);
    ck_assert_uint_eq(first->slot, slot);
    store_free(store);
}
END_TEST

START_TEST(copies_make_the_same_identifiers)
{
    struct store *store = store_new(), *copy = store_copy(store);
    char one[37], other[37];

    store_uuid(store, one);
    store_uuid(copy, other);
    ck_assert_str_eq(one, other);
    store_uuid(store, one);
    ck_assert_str_ne(one, other);
    store_free(store);
    store_free(copy);
}
END_TEST

START_TEST(each_group_of_a_fleet_has_a_number_of_its_own)
{
    struct store *store = fleet_generate(1, 8);
    struct range groups = store_all(store, TABLE_RESOURCE_GROUPS, COLUMN_KEY);

    ck_assert_uint_gt(groups.count, 1);
    for (size_t index = 0; index < groups.count; index++)
        ck_assert_int_eq(store_number(TABLE_RESOURCE_GROUPS, groups.rows[index], "id"),
                         (int64_t)index + 1);
    store_free(store);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the simulator's store");
    TCase *tests = tcase_create("all");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, orders_keep_up_with_changes);
    tcase_add_test(tests, keys_and_slots);
    tcase_add_test(tests, copies_make_the_same_identifiers);
    tcase_add_test(tests, each_group_of_a_fleet_has_a_number_of_its_own);
    suite_add_tcase(suite, tests);
    return unit_run_suite(suite);
}
