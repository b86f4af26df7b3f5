/* SPDX-License-Identifier: MIT */
/*
 * The rows.
 *
 * A row is an array of cells by column index. Each table keeps its rows in one or more orders:
 * sorted by a column, then by key. The order by key always exists, others come into being the
 * first time something asks for them, and are kept right by every change. An order answers "the
 * row of this key", "the rows pointing at that one" and "everything, sorted" alike.
 *
 * Nothing here locks: the simulator's `data` lock guards a store and the texts in it.
 */
#ifndef SIMULATOR_STORE_H
#define SIMULATOR_STORE_H

#include "tests/simulator/tables.h"
#include "tests/simulator/value.h"

#include <stddef.h>

struct row {
    size_t slot;      /* a small number of its own within the table, reused after removal */
    uint64_t version; /* of the store, when the row was last changed */
    struct value cells[];
};

struct store;

struct store *store_new(void);
struct store *store_copy(const struct store *store);
void store_free(struct store *store);

/* Counts every change. */
uint64_t store_version(const struct store *store);
/* The version at the last change of any row, or at the last removal of one, in a table. */
uint64_t store_table_version(const struct store *store, enum table_id table);
uint64_t store_table_removal(const struct store *store, enum table_id table);

size_t store_count(const struct store *store, enum table_id table);
struct row *store_row(const struct store *store, enum table_id table, const struct value *key);
struct row *store_row_number(const struct store *store, enum table_id table, int64_t key);

/* A key that no row of the table has or ever had. */
int64_t store_next_number(const struct store *store, enum table_id table);

/* A row of initial values. The key, which is taken, must be free. */
struct row *store_insert(struct store *store, enum table_id table, struct value key);
/* The same under the next key. */
struct row *store_append(struct store *store, enum table_id table);
void store_remove(struct store *store, enum table_id table, struct row *row);

/* Changes a cell; the value is taken. */
void store_set(struct store *store, enum table_id table, struct row *row, int column,
               struct value value);
void store_set_text(struct store *store, enum table_id table, struct row *row, const char *column,
                    const char *text);
void store_set_number(struct store *store, enum table_id table, struct row *row, const char *column,
                      int64_t number);
void store_set_bool(struct store *store, enum table_id table, struct row *row, const char *column,
                    bool truth);

const struct value *store_cell(enum table_id table, const struct row *row, const char *column);
const char *store_text(enum table_id table, const struct row *row, const char *column);
int64_t store_number(enum table_id table, const struct row *row, const char *column);
bool store_truth(enum table_id table, const struct row *row, const char *column);

/* Consecutive rows of an order; valid until the table changes. */
struct range {
    struct row *const *rows;
    size_t count;
};

struct range store_all(const struct store *store, enum table_id table, int column);
struct range store_where(const struct store *store, enum table_id table, int column,
                         const struct value *value);
struct range store_pointing(const struct store *store, enum table_id table, const char *column,
                            const struct value *value);

/* Follows a reference; NULL if it is null or dangling. */
struct row *store_follow(const struct store *store, enum table_id table, const struct row *row,
                         const char *column);

/* A new identifier. The same sequence comes out of every copy of a store. */
void store_uuid(struct store *store, char text[37]);

#endif
