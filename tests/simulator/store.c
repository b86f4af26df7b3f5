/* SPDX-License-Identifier: MIT */
#include "tests/simulator/store.h"
#include "tests/simulator/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct order {
    struct row **rows;
    size_t count, capacity;
};

struct rows {
    enum table_id table;
    int width;
    struct order *orders[MAXIMUM_COLUMNS];   /* the one by key is never NULL */
    struct value standards[MAXIMUM_COLUMNS]; /* what a new row starts as */
    int64_t next_number;
    size_t slots; /* handed out so far */
    size_t *free_slots;
    size_t free_count, free_capacity;
    uint64_t changed, removed;
};

struct store {
    /* Asking for an order may make it, which changes nothing that a reader could notice. */
    struct rows *tables;
    uint64_t version;
    uint64_t random;
};

static int compare_rows(const struct row *left, const struct row *right, int column)
{
    int difference = value_compare(&left->cells[column], &right->cells[column]);

    return difference ? difference : value_compare(&left->cells[0], &right->cells[0]);
}

static int compare_for_sort(const void *left, const void *right, void *column)
{
    return compare_rows(*(struct row *const *)left, *(struct row *const *)right,
                        *(const int *)column);
}

/* Where `row` is or would be. */
static size_t order_position(const struct order *order, const struct row *row, int column)
{
    size_t low = 0, high = order->count;

    if (high && compare_rows(order->rows[high - 1], row, column) < 0)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_rows(order->rows[middle], row, column) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void order_reserve(struct order *order, size_t count)
{
    if (count <= order->capacity)
        return;
    order->capacity = order->capacity ? order->capacity * 2 : 16;
    if (order->capacity < count)
        order->capacity = count;
    order->rows = must_resize(order->rows, order->capacity * sizeof(struct row *));
}

/* Has room from the start, so that its rows are never a null pointer. */
static struct order *order_new(size_t count)
{
    struct order *order = must_allocate(sizeof(*order));

    order_reserve(order, count + 1);
    order->count = count;
    return order;
}

static void order_add(struct order *order, struct row *row, int column)
{
    size_t position = order_position(order, row, column);

    order_reserve(order, order->count + 1);
    memmove(order->rows + position + 1, order->rows + position,
            (order->count - position) * sizeof(struct row *));
    order->rows[position] = row;
    order->count++;
}

static void order_drop(struct order *order, const struct row *row, int column)
{
    size_t position = order_position(order, row, column);

    order->count--;
    memmove(order->rows + position, order->rows + position + 1,
            (order->count - position) * sizeof(struct row *));
}

static struct order *order_make(const struct order *by_key, int column)
{
    struct order *order = order_new(by_key->count);

    memcpy(order->rows, by_key->rows, by_key->count * sizeof(struct row *));
    qsort_r(order->rows, order->count, sizeof(struct row *), compare_for_sort, &column);
    return order;
}

static const struct order *order_of(const struct store *store, enum table_id table, int column)
{
    struct rows *rows = &store->tables[table];

    if (column != COLUMN_KEY && !rows->orders[column])
        rows->orders[column] = order_make(rows->orders[COLUMN_KEY], column);
    return rows->orders[column];
}

static void read_standards(struct rows *rows)
{
    for (int column = 0; column < rows->width; column++) {
        const char *standard = column_of(rows->table, column)->standard;
        cJSON *json = standard ? cJSON_Parse(standard) : NULL;

        rows->standards[column] = value_from_json(json);
        cJSON_Delete(json);
    }
}

struct store *store_new(void)
{
    struct store *store = must_allocate(sizeof(*store));

    store->random = 0x5645524745ULL;
    store->tables = must_allocate(TABLE_COUNT * sizeof(struct rows));
    for (unsigned id = 0; id < TABLE_COUNT; id++) {
        struct rows *rows = &store->tables[id];

        rows->table = (enum table_id)id;
        rows->width = table_width(rows->table);
        rows->orders[COLUMN_KEY] = order_new(0);
        rows->next_number = 1;
        read_standards(rows);
    }
    return store;
}

static struct row *row_copy(const struct row *row, int width)
{
    struct row *copy = must_allocate(sizeof(*copy) + (size_t)width * sizeof(struct value));

    copy->slot = row->slot;
    copy->version = row->version;
    for (int column = 0; column < width; column++)
        copy->cells[column] = value_copy(&row->cells[column]);
    return copy;
}

static void rows_copy(struct rows *copy, const struct rows *rows)
{
    const struct order *from = rows->orders[COLUMN_KEY];
    struct order *into = order_new(from->count);

    *copy = *rows;
    memset(copy->orders, 0, sizeof(copy->orders));
    for (size_t index = 0; index < from->count; index++)
        into->rows[index] = row_copy(from->rows[index], rows->width);
    copy->orders[COLUMN_KEY] = into;
    for (int column = 0; column < rows->width; column++)
        copy->standards[column] = value_copy(&rows->standards[column]);
    copy->free_slots = must_allocate(rows->free_capacity * sizeof(size_t));
    if (rows->free_count)
        memcpy(copy->free_slots, rows->free_slots, rows->free_count * sizeof(size_t));
}

struct store *store_copy(const struct store *store)
{
    struct store *copy = must_allocate(sizeof(*copy));

    *copy = *store;
    copy->tables = must_allocate(TABLE_COUNT * sizeof(struct rows));
    for (unsigned id = 0; id < TABLE_COUNT; id++)
        rows_copy(&copy->tables[id], &store->tables[id]);
    return copy;
}

static void row_free(struct row *row, int width)
{
    for (int column = 0; column < width; column++)
        value_clear(&row->cells[column]);
    free(row);
}

static void rows_free(struct rows *rows)
{
    struct order *by_key = rows->orders[COLUMN_KEY];

    for (size_t index = 0; index < by_key->count; index++)
        row_free(by_key->rows[index], rows->width);
    for (int column = 0; column < rows->width; column++) {
        if (rows->orders[column])
            free(rows->orders[column]->rows);
        free(rows->orders[column]);
        value_clear(&rows->standards[column]);
    }
    free(rows->free_slots);
}

void store_free(struct store *store)
{
    if (!store)
        return;
    for (unsigned id = 0; id < TABLE_COUNT; id++)
        rows_free(&store->tables[id]);
    free(store->tables);
    free(store);
}

uint64_t store_version(const struct store *store)
{
    return store->version;
}

uint64_t store_table_version(const struct store *store, enum table_id table)
{
    return store->tables[table].changed;
}

uint64_t store_table_removal(const struct store *store, enum table_id table)
{
    return store->tables[table].removed;
}

size_t store_count(const struct store *store, enum table_id table)
{
    return store->tables[table].orders[COLUMN_KEY]->count;
}

struct row *store_row(const struct store *store, enum table_id table, const struct value *key)
{
    struct range range = store_where(store, table, COLUMN_KEY, key);

    return range.count ? range.rows[0] : NULL;
}

struct row *store_row_number(const struct store *store, enum table_id table, int64_t key)
{
    struct value value = value_number(key);

    return store_row(store, table, &value);
}

int64_t store_next_number(const struct store *store, enum table_id table)
{
    return store->tables[table].next_number;
}

static void touch(struct store *store, struct rows *rows, struct row *row)
{
    row->version = ++store->version;
    rows->changed = store->version;
}

static size_t take_slot(struct rows *rows)
{
    return rows->free_count ? rows->free_slots[--rows->free_count] : rows->slots++;
}

struct row *store_insert(struct store *store, enum table_id table, struct value key)
{
    struct rows *rows = &store->tables[table];
    struct row *row = must_allocate(sizeof(*row) + (size_t)rows->width * sizeof(struct value));

    row->slot = take_slot(rows);
    for (int column = 0; column < rows->width; column++)
        row->cells[column] = value_copy(&rows->standards[column]);
    row->cells[COLUMN_KEY] = key;
    if (key.kind == VALUE_NUMBER && key.number >= rows->next_number && key.number < INT64_MAX)
        rows->next_number = key.number + 1;
    for (int column = 0; column < rows->width; column++) {
        if (rows->orders[column])
            order_add(rows->orders[column], row, column);
    }
    touch(store, rows, row);
    return row;
}

struct row *store_append(struct store *store, enum table_id table)
{
    char uuid[37];

    if (!(table_of(table)->flags & UUID_KEYS))
        return store_insert(store, table, value_number(store_next_number(store, table)));
    store_uuid(store, uuid);
    return store_insert(store, table, value_text(uuid));
}

static void give_slot(struct rows *rows, size_t slot)
{
    if (rows->free_count == rows->free_capacity) {
        rows->free_capacity = rows->free_capacity ? rows->free_capacity * 2 : 16;
        rows->free_slots = must_resize(rows->free_slots, rows->free_capacity * sizeof(size_t));
    }
    rows->free_slots[rows->free_count++] = slot;
}

void store_remove(struct store *store, enum table_id table, struct row *row)
{
    struct rows *rows = &store->tables[table];

    for (int column = 0; column < rows->width; column++) {
        if (rows->orders[column])
            order_drop(rows->orders[column], row, column);
    }
    give_slot(rows, row->slot);
    row_free(row, rows->width);
    rows->changed = rows->removed = ++store->version;
}

void store_set(struct store *store, enum table_id table, struct row *row, int column,
               struct value value)
{
    struct rows *rows = &store->tables[table];
    struct order *order = rows->orders[column];

    if (order)
        order_drop(order, row, column);
    value_clear(&row->cells[column]);
    row->cells[column] = value;
    if (order)
        order_add(order, row, column);
    touch(store, rows, row);
}

void store_set_text(struct store *store, enum table_id table, struct row *row, const char *column,
                    const char *text)
{
    store_set(store, table, row, column_named(table, column), value_text(text));
}

void store_set_number(struct store *store, enum table_id table, struct row *row, const char *column,
                      int64_t number)
{
    store_set(store, table, row, column_named(table, column), value_number(number));
}

void store_set_bool(struct store *store, enum table_id table, struct row *row, const char *column,
                    bool truth)
{
    store_set(store, table, row, column_named(table, column), value_bool(truth));
}

const struct value *store_cell(enum table_id table, const struct row *row, const char *column)
{
    return &row->cells[column_named(table, column)];
}

const char *store_text(enum table_id table, const struct row *row, const char *column)
{
    return value_characters(store_cell(table, row, column));
}

int64_t store_number(enum table_id table, const struct row *row, const char *column)
{
    const struct value *value = store_cell(table, row, column);

    return value->kind == VALUE_NUMBER ? value->number : 0;
}

bool store_truth(enum table_id table, const struct row *row, const char *column)
{
    const struct value *value = store_cell(table, row, column);

    return value->kind == VALUE_BOOL && value->truth;
}

struct range store_all(const struct store *store, enum table_id table, int column)
{
    const struct order *order = order_of(store, table, column);

    return (struct range){order->rows, order->count};
}

/* The first row whose cell is not below `value`, or, with `beyond`, is above it. */
static size_t boundary(const struct order *order, int column, const struct value *value,
                       bool beyond)
{
    size_t low = 0, high = order->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int difference = value_compare(&order->rows[middle]->cells[column], value);

        if (difference < 0 || (beyond && difference == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct range store_where(const struct store *store, enum table_id table, int column,
                         const struct value *value)
{
    const struct order *order = order_of(store, table, column);
    size_t first = boundary(order, column, value, false);

    return (struct range){order->rows + first, boundary(order, column, value, true) - first};
}

struct range store_pointing(const struct store *store, enum table_id table, const char *column,
                            const struct value *value)
{
    return store_where(store, table, column_named(table, column), value);
}

struct row *store_follow(const struct store *store, enum table_id table, const struct row *row,
                         const char *column)
{
    int index = column_named(table, column);
    const struct value *value = &row->cells[index];

    if (value->kind == VALUE_NULL)
        return NULL;
    return store_row(store, column_of(table, index)->target, value);
}

/* splitmix64 */
static uint64_t next_random(struct store *store)
{
    uint64_t mixed = store->random += 0x9e3779b97f4a7c15ULL;

    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31);
}

void store_uuid(struct store *store, char text[37])
{
    unsigned long long high = next_random(store), low = next_random(store);

    (void)snprintf(text, 37, "%08llx-%04llx-4%03llx-%04llx-%012llx", high >> 32,
                   (high >> 16) & 0xffff, high & 0xfff, ((low >> 48) & 0x3fff) | 0x8000,
                   low & 0xffffffffffffULL);
}
