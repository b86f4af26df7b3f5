/* SPDX-License-Identifier: MIT */
/* Rows as JSON, through a projection and under the quirks of the moment. */
#ifndef SIMULATOR_RENDER_H
#define SIMULATOR_RENDER_H

#include "tests/simulator/buffer.h"
#include "tests/simulator/projection.h"
#include "tests/simulator/quirks.h"
#include "tests/simulator/store.h"

struct render {
    const struct store *store;
    const struct quirks *quirks;
    struct buffer *out;
};

/* One object. */
void render_row(const struct render *render, const struct projection *projection,
                const struct row *row);

/* A cell as the API shows it, without its label. */
void render_cell(const struct render *render, enum table_id table, int column,
                 const struct row *row);

/* The text by which a row is known: its name, or else its key. */
void render_row_label(const struct render *render, enum table_id table, const struct row *row);

/* The row that a field's steps lead to, or NULL. */
const struct row *render_walk(const struct store *store, const struct field *field,
                              const struct row *row);

/* Splits a polymorphic reference; NULL if it leads nowhere. */
const struct row *render_path_row(const struct store *store, const struct value *path,
                                  enum table_id *table);

#endif
