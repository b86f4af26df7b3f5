/* SPDX-License-Identifier: MIT */
/*
 * A row as a client wants it: the members of a request body, checked against the schema one by
 * one, before anything in the store is touched.
 */
#ifndef SIMULATOR_DRAFT_H
#define SIMULATOR_DRAFT_H

#include "tests/simulator/answer.h"
#include "tests/simulator/quirks.h"
#include "tests/simulator/store.h"

struct draft {
    enum table_id table;
    const struct row *row; /* the one to be updated; NULL for a creation */
    struct value values[MAXIMUM_COLUMNS];
    bool given[MAXIMUM_COLUMNS];
};

/*
 * Reads the members of `body`. Unknown ones and arguments are passed over. False, with the
 * server's complaint in `answer`, at the first that will not do; clear the draft in any case.
 */
bool draft_read(struct draft *draft, const struct store *store, const struct quirks *quirks,
                const cJSON *body, struct answer *answer);

/* Refuses a creation that lacks a required column. */
bool draft_complete(const struct draft *draft, struct answer *answer);

/* Moves what was given into a row. */
void draft_apply(struct draft *draft, struct store *store, struct row *row);

void draft_clear(struct draft *draft);

/* The value given for a column, or else that of the row; a null if there is neither. */
const struct value *draft_value(const struct draft *draft, const char *column);
const char *draft_text(const struct draft *draft, const char *column);

/* Gives a column a value, which is taken. */
void draft_set(struct draft *draft, const char *column, struct value value);

/* The complaint about a value out of its range. */
bool draft_fails(struct answer *answer, const char *column);

#endif
