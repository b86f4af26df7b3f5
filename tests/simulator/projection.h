/* SPDX-License-Identifier: MIT */
/*
 * The `fields` parameter, compiled.
 *
 * A field is a way to a value: references to follow, then a cell, a label, an aggregate of
 * sub-rows or a nested projection. Names that mean nothing are left out without a word.
 */
#ifndef SIMULATOR_PROJECTION_H
#define SIMULATOR_PROJECTION_H

#include "tests/simulator/tables.h"

#include <stddef.h>

enum field_kind {
    FIELD_CELL,
    FIELD_LABEL,       /* display(column) */
    FIELD_ROW_LABEL,   /* $display */
    FIELD_FORMATTED,   /* upper(column) … */
    FIELD_AGGREGATE,   /* count(rows) … */
    FIELD_NESTED_ROW,  /* reference[…] */
    FIELD_NESTED_LIST, /* rows[…] */
    FIELD_ANYWHERE,    /* path#name: the table is known only from the value */
};

enum format {
    FORMAT_UPPER,
    FORMAT_LOWER,
    FORMAT_DATETIME,
    FORMAT_DISKSPACE,
    FORMAT_HEX,
    FORMAT_SHA1
};
enum aggregate { AGGREGATE_COUNT, AGGREGATE_SUM, AGGREGATE_AVG, AGGREGATE_MIN, AGGREGATE_MAX };

enum { MAXIMUM_STEPS = 8 };

/* A reference column to follow, in its table. */
struct step {
    enum table_id table;
    int column;
};

struct projection;

struct field {
    enum field_kind kind;
    char *label; /* `"name":`, ready to be written */
    struct step steps[MAXIMUM_STEPS];
    int step_count;
    enum table_id table; /* where the steps lead */
    int column;
    enum format format;
    enum aggregate aggregate;
    int aggregate_column;      /* of the sub-rows, but for count */
    struct projection *nested; /* of the two nested kinds */
    bool collapse;             /* a list shows its first row only */
    char *late_name;           /* the column of FIELD_ANYWHERE */
};

struct projection {
    enum table_id table;
    struct field *fields;
    size_t count; /* 0 if nothing in the list was valid */
};

struct projection *projection_parse(const char *fields, enum table_id table);
void projection_free(struct projection *projection);

#endif
