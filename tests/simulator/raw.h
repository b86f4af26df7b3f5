/* SPDX-License-Identifier: MIT */
/*
 * Rows put in by hand: from a fleet file, or over the control API. Nothing is validated, so that
 * what no server should ever say can be said; companion rows come along; a reference may be given
 * by the name of what it points to. Some members are more than columns:
 *
 *   vms       running, status, node: of its machine; devices: rows of machine_devices
 *   machines  devices
 *   machine_devices   status, status_info: of its status row; settings: of its settings row
 *   resource_groups   resources: how many host devices are in it
 */
#ifndef SIMULATOR_RAW_H
#define SIMULATOR_RAW_H

#include "tests/simulator/store.h"

/* Where the times come from that a row does not tell. */
enum raw_times { RAW_TIMES_FIXED, RAW_TIMES_NOW };

/* NULL, with the reason in `problem`, if the key is taken or no key. */
struct row *raw_insert(struct store *store, enum table_id table, const cJSON *json,
                       enum raw_times times, char problem[256]);

void raw_merge(struct store *store, enum table_id table, struct row *row, const cJSON *json);

/* Every column of a row, the hidden ones too, as they are stored; the caller deletes it. */
cJSON *raw_show(enum table_id table, const struct row *row);

#endif
