/* SPDX-License-Identifier: MIT */
/* The rules of `resource_groups` and of the `resource_rules` that fill them. */
#ifndef SIMULATOR_GROUPS_H
#define SIMULATOR_GROUPS_H

#include "tests/simulator/change.h"

/* Fills in what a row lacks: its UUID, its integer key, the key of its settings. */
void group_complete(struct store *store, struct row *group);

extern const struct rules group_rules;
extern const struct rules rule_rules;

#endif
