/* SPDX-License-Identifier: MIT */
/* Snapshots and marks, compared with plain arrays. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "lib/marks.h"
#include "lib/snapshot.h"
#include "lib/value.h"
#include "tests/unit/unit.h"

static const struct verge_record *make_device(uint32_t key, uint32_t machine, unsigned version)
{
    VERGE_JSON_LOCAL *row = cJSON_CreateObject();

    cJSON_AddNumberToObject(row, "$key", key);
    cJSON_AddNumberToObject(row, "machine", machine);
    cJSON_AddNumberToObject(row, "orderid", version);
    return verge_record_read(&verge_device_model, row);
}

static const struct verge_record *make_vm(uint32_t key, const char *name, uint32_t machine)
{
    VERGE_JSON_LOCAL *row = cJSON_CreateObject();

    cJSON_AddNumberToObject(row, "$key", key);
    cJSON_AddStringToObject(row, "name", name);
    cJSON_AddNumberToObject(row, "machine", machine);
    return verge_record_read(&verge_vm_model, row);
}

static void replace(struct verge_snapshot **snapshot, const struct verge_cell *cells, size_t count)
{
    struct verge_snapshot *next = verge_snapshot_apply(*snapshot, cells, count);

    ck_assert_ptr_nonnull(next);
    ck_assert_uint_eq(verge_snapshot_generation(next), verge_snapshot_generation(*snapshot) + 1);
    verge_snapshot_release(*snapshot);
    *snapshot = next;
}

START_TEST(an_empty_snapshot_answers)
{
    struct verge_snapshot *snapshot = verge_snapshot_empty(&verge_device_model);
    struct verge_snapshot *vms = verge_snapshot_empty(&verge_vm_model);

    ck_assert_uint_eq(verge_snapshot_count(snapshot), 0);
    ck_assert_ptr_null(verge_snapshot_at(snapshot, 0));
    ck_assert_ptr_null(verge_snapshot_row(snapshot, 1));
    ck_assert_uint_eq(verge_snapshot_slice(snapshot, 1).count, 0);
    ck_assert_uint_eq(verge_snapshot_named(vms, "a").count, 0);
    ck_assert_uint_eq(verge_snapshot_named(snapshot, "a").count, 0);
    ck_assert_ptr_null(verge_snapshot_machine(vms, 1));
    verge_snapshot_release(snapshot);
    verge_snapshot_release(vms);
    verge_snapshot_release(NULL);
}
END_TEST

/* ---- a random fleet, and the plain array that it must be like ---- */

#define OWNERS 400
#define MOST 6

/* What each owner has: versions of its rows, 0 for no such row. Keys tell owner and place. */
struct reference {
    unsigned version[OWNERS + 1][MOST];
    unsigned next;
};

static uint32_t key_of(uint32_t owner, size_t place)
{
    return (uint32_t)place * 1000 + owner; /* not in order of owner */
}

static void compare(const struct verge_snapshot *snapshot, const struct reference *reference)
{
    size_t index = 0;

    for (uint32_t owner = 1; owner <= OWNERS; owner++) {
        struct verge_slice slice = verge_snapshot_slice(snapshot, owner);
        size_t found = 0;

        for (size_t place = 0; place < MOST; place++) {
            uint32_t key = key_of(owner, place);
            const struct verge_record *row = verge_snapshot_row(snapshot, key);

            if (reference->version[owner][place] == 0) {
                ck_assert_ptr_null(row);
                continue;
            }
            ck_assert_ptr_nonnull(row);
            ck_assert_int_eq(((const struct verge_device *)row)->orderid,
                             reference->version[owner][place]);
            ck_assert_ptr_eq(slice.rows[found++], row);
            ck_assert_ptr_eq(verge_snapshot_at(snapshot, index++), row);
        }
        ck_assert_uint_eq(slice.count, found);
    }
    ck_assert_uint_eq(verge_snapshot_count(snapshot), index);
    ck_assert_ptr_null(verge_snapshot_at(snapshot, index));
}

/* New rows for an owner at random, in the reference and in a cell. */
static void shuffle(struct reference *reference, uint32_t owner, struct verge_cell *cell)
{
    cell->owner = owner;
    cell->rows = calloc(MOST, sizeof(*cell->rows));
    cell->count = 0;
    for (size_t place = 0; place < MOST; place++) {
        bool has = rand() % 3 != 0;

        reference->version[owner][place] = has ? ++reference->next : 0;
        if (has) {
            cell->rows[cell->count++] = make_device(key_of(owner, place), owner, reference->next);
        }
    }
}

static void change(struct verge_snapshot **snapshot, struct reference *reference, unsigned one_in)
{
    struct verge_cell cells[OWNERS];
    size_t count = 0;

    for (uint32_t owner = 1; owner <= OWNERS; owner++) {
        if ((unsigned)rand() % one_in == 0) {
            shuffle(reference, owner, &cells[count++]);
        }
    }
    replace(snapshot, cells, count);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < cells[i].count; j++) {
            verge_record_release(cells[i].rows[j]);
        }
        free(cells[i].rows);
    }
}

START_TEST(a_snapshot_is_like_an_array)
{
    static const unsigned densities[] = {1, 400, 400, 100, 10, 3, 400, 2, 50, 1};

    for (unsigned seed = 1; seed <= 20; seed++) {
        struct verge_snapshot *snapshot = verge_snapshot_empty(&verge_device_model);
        struct verge_snapshot *old = NULL;
        struct reference reference = {.next = 0}, before;

        srand(seed);
        for (size_t i = 0; i < sizeof(densities) / sizeof(densities[0]); i++) {
            before = reference;
            old = verge_snapshot_hold(snapshot);
            change(&snapshot, &reference, densities[i]);
            compare(snapshot, &reference);
            compare(old, &before); /* what somebody holds does not change */
            verge_snapshot_release(old);
        }
        verge_snapshot_release(snapshot);
    }
}
END_TEST

START_TEST(an_owner_may_have_more_rows_than_a_leaf)
{
    struct verge_snapshot *snapshot = verge_snapshot_empty(&verge_device_model);
    const struct verge_record *rows[3000], *one;
    struct verge_cell cell = {7, rows, 3000}, small = {9, &one, 1};

    for (uint32_t i = 0; i < 3000; i++) {
        rows[i] = make_device(i + 10, 7, i);
    }
    one = make_device(5, 9, 1);
    replace(&snapshot, &cell, 1);
    replace(&snapshot, &small, 1);
    ck_assert_uint_eq(verge_snapshot_slice(snapshot, 7).count, 3000);
    ck_assert_uint_eq(verge_snapshot_slice(snapshot, 9).count, 1);
    ck_assert_ptr_eq(verge_snapshot_row(snapshot, 2000), rows[1990]);
    ck_assert_ptr_eq(verge_snapshot_at(snapshot, 3000), one);
    for (size_t i = 0; i < 3000; i++) {
        verge_record_release(rows[i]);
    }
    verge_record_release(one);
    verge_snapshot_release(snapshot);
}
END_TEST

START_TEST(vms_are_found_by_name_and_by_machine)
{
    static const struct {
        uint32_t key;
        const char *name;
        uint32_t machine;
    } vms[] = {{1, "web", 31}, {2, "db", 12}, {3, "web", 13}, {4, "", 14}, {5, "Web", 15}};
    struct verge_snapshot *snapshot = verge_snapshot_empty(&verge_vm_model);
    const struct verge_record *rows[5];
    struct verge_cell cells[5], gone = {1, NULL, 0};

    for (size_t i = 0; i < 5; i++) {
        rows[i] = make_vm(vms[i].key, vms[i].name, vms[i].machine);
        cells[i] = (struct verge_cell){vms[i].key, &rows[i], 1};
    }
    replace(&snapshot, cells, 5);
    ck_assert_uint_eq(verge_snapshot_named(snapshot, "web").count, 2);
    ck_assert_ptr_eq(verge_snapshot_named(snapshot, "web").rows[0], rows[0]);
    ck_assert_ptr_eq(verge_snapshot_named(snapshot, "web").rows[1], rows[2]);
    ck_assert_uint_eq(verge_snapshot_named(snapshot, "").count, 1);
    ck_assert_uint_eq(verge_snapshot_named(snapshot, "we").count, 0);
    ck_assert_uint_eq(verge_snapshot_named(snapshot, "zzz").count, 0);
    ck_assert_ptr_eq(verge_snapshot_machine(snapshot, 12), rows[1]);
    ck_assert_ptr_null(verge_snapshot_machine(snapshot, 2));
    replace(&snapshot, &gone, 1);
    ck_assert_uint_eq(verge_snapshot_named(snapshot, "web").count, 1);
    ck_assert_ptr_eq(verge_snapshot_named(snapshot, "web").rows[0], rows[2]);
    ck_assert_ptr_null(verge_snapshot_machine(snapshot, 31));
    ck_assert_ptr_null(verge_snapshot_row(snapshot, 1));
    for (size_t i = 0; i < 5; i++) {
        verge_record_release(rows[i]);
    }
    verge_snapshot_release(snapshot);
}
END_TEST

/* ---- marks ---- */

START_TEST(marks_are_found_again)
{
    struct verge_marks marks = {0};

    ck_assert_ptr_null(verge_marks_find(&marks, verge_mark_id(VERGE_PART_OWNER, 1)));
    for (uint32_t i = 1; i <= 5000; i++) {
        struct verge_mark *owner = verge_marks_make(&marks, verge_mark_id(VERGE_PART_OWNER, i));

        owner->asked.number = i;
        verge_marks_make(&marks, verge_mark_id(VERGE_PART_ROW, i))->written = i + 10000;
    }
    for (uint32_t i = 1; i <= 5000; i++) {
        const struct verge_mark *owner =
            verge_marks_find(&marks, verge_mark_id(VERGE_PART_OWNER, i));

        ck_assert_uint_eq(owner->asked.number, i);
        ck_assert_uint_eq(owner->written, 0);
    }
    verge_marks_sweep(&marks, 4000);
    ck_assert_ptr_null(verge_marks_find(&marks, verge_mark_id(VERGE_PART_OWNER, 4000)));
    ck_assert_ptr_nonnull(verge_marks_find(&marks, verge_mark_id(VERGE_PART_OWNER, 4001)));
    ck_assert_ptr_nonnull(verge_marks_find(&marks, verge_mark_id(VERGE_PART_ROW, 1)));
    ck_assert_uint_eq(marks.used, 6000);
    verge_marks_sweep(&marks, UINT64_MAX);
    ck_assert_uint_eq(marks.used, 0);
    verge_marks_free(&marks);
}
END_TEST

START_TEST(parts_and_names_have_marks_of_their_own)
{
    ck_assert_uint_ne(verge_mark_id(VERGE_PART_OWNER, 7), verge_mark_id(VERGE_PART_ROW, 7));
    ck_assert_uint_ne(verge_mark_id(VERGE_PART_ROW, 7), verge_mark_id(VERGE_PART_MACHINE, 7));
    ck_assert_uint_ne(verge_mark_name_id("a"), verge_mark_name_id("b"));
    ck_assert_uint_eq(verge_mark_name_id("web01"), verge_mark_name_id("web01"));
    ck_assert_uint_ne(verge_mark_name_id(""), 0);
}
END_TEST

UNIT_MAIN("snapshot", an_empty_snapshot_answers, a_snapshot_is_like_an_array,
          an_owner_may_have_more_rows_than_a_leaf, vms_are_found_by_name_and_by_machine,
          marks_are_found_again, parts_and_names_have_marks_of_their_own)
