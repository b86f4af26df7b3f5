/* SPDX-License-Identifier: MIT */
/*
 * Keys as clients write them.
 *
 * Most tables have integer keys. Resource groups have UUIDs, whose letters may come in either
 * case, and under a quirk integers instead.
 */
#ifndef SIMULATOR_KEYS_H
#define SIMULATOR_KEYS_H

#include "tests/simulator/quirks.h"
#include "tests/simulator/store.h"

/* Turns what a client sent into the stored form of a key of `table`, as far as it can. */
void key_coerce(const struct store *store, const struct quirks *quirks, enum table_id table,
                struct value *key);

/* The row that a path names, or NULL. */
struct row *key_find(const struct store *store, const struct quirks *quirks, enum table_id table,
                     const char *text);

/* The key as it is shown: the stored one, or the integer of a group under the quirk. */
const struct value *key_shown(const struct quirks *quirks, enum table_id table,
                              const struct row *row);

/* Reads a boolean in any of the spellings that clients use; false if it is none. */
bool value_truth(const struct value *value, bool *truth);

#endif
