/* SPDX-License-Identifier: MIT */
/* The data behind tables.h, which is the only one to include it. */
#ifndef SIMULATOR_SCHEMA_H
#define SIMULATOR_SCHEMA_H

#include "tests/simulator/tables.h"

extern const struct table schema[TABLE_COUNT];

/* Names of further tables of a real system, which clients may ask for; ends with NULL. */
extern const char *const empty_tables[];

#endif
