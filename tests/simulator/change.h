/* SPDX-License-Identifier: MIT */
/*
 * A write: POST, PUT or DELETE on a row of a table.
 *
 * What is common to all tables happens in change.c; what is particular to one is in its rules.
 */
#ifndef SIMULATOR_CHANGE_H
#define SIMULATOR_CHANGE_H

#include "tests/simulator/draft.h"

struct change {
    struct store *store;
    const struct quirks *quirks;
    const cJSON *body;
    struct draft draft;
    struct draft settings; /* of a device, from its settings_args */
    struct row *row;       /* updated, deleted, or just created */
    cJSON *response;       /* particulars for the create envelope */
    struct answer *answer;
};

/* The checks run before anything is changed and may refuse, with the reason in `answer`. */
struct rules {
    bool (*check_create)(struct change *change);
    void (*created)(struct change *change); /* may make more rows */
    bool (*check_update)(struct change *change);
    void (*updated)(struct change *change);
    bool (*check_delete)(struct change *change);
    void (*remove)(struct store *store, struct row *row); /* in place of a plain removal */
};

/* POST. `body` is an object. */
void change_create(struct store *store, const struct quirks *quirks, enum table_id table,
                   const cJSON *body, struct answer *answer);
/* PUT. */
void change_update(struct store *store, const struct quirks *quirks, enum table_id table,
                   struct row *row, const cJSON *body, struct answer *answer);
/* DELETE. */
void change_delete(struct store *store, const struct quirks *quirks, enum table_id table,
                   struct row *row, struct answer *answer);

/* The answer to a creation. */
void change_envelope(struct answer *answer, enum table_id table, const struct row *row,
                     int64_t number, const cJSON *response);

/* Fills in what a row inserted by other ways than POST lacks, companion rows included. */
void change_complete(struct store *store, enum table_id table, struct row *row);
/* Removes a row with all that belongs to it. */
void change_remove(struct store *store, enum table_id table, struct row *row);

/* Sets `modified`, where the table has it, to now. */
void change_touch(struct store *store, enum table_id table, struct row *row);

/* Refuses a name that is blank, or that another row of the table bears. */
bool change_named(const struct change *change);

/* The complaint about that. */
bool change_duplicate(const struct change *change);

#endif
