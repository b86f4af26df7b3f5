/* SPDX-License-Identifier: MIT */
/*
 * The settings of a device: a row of its own in the table of its type.
 *
 * `settings_args` of a device are checked against that table's schema and end up in that row.
 */
#ifndef SIMULATOR_SETTINGS_H
#define SIMULATOR_SETTINGS_H

#include "tests/simulator/draft.h"

/* The settings table of a device type; TABLE_NONE if it has none. */
enum table_id settings_table(const char *device_type);

/* A device's settings row, or NULL. */
struct row *settings_row(const struct store *store, const struct row *device);

/* Makes the row of a new device. */
void settings_create(struct store *store, const struct row *device);
void settings_remove(struct store *store, const struct row *device);

/* Reads `settings_args` into a draft of the type's table; `row` is the present row, if any. */
bool settings_read(struct draft *draft, const struct store *store, const struct quirks *quirks,
                   const char *device_type, const struct row *row, const cJSON *arguments,
                   struct answer *answer);

/* Rules between columns, for a draft of any settings table. */
bool settings_check(const struct draft *draft, struct answer *answer);

/* Drops from a draft of SR-IOV settings what the device's group does not allow to override. */
void settings_drop_overrides(struct draft *draft, const struct store *store,
                             const struct row *device);

#endif
