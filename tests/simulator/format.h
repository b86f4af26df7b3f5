/* SPDX-License-Identifier: MIT */
/* The formatting functions of `fields`. */
#ifndef SIMULATOR_FORMAT_H
#define SIMULATOR_FORMAT_H

#include "tests/simulator/projection.h"
#include "tests/simulator/value.h"

/* The caller frees the text; NULL for a null. */
char *format_value(enum format format, const struct value *value);

#endif
