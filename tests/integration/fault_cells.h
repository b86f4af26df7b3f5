/* SPDX-License-Identifier: MIT
 *
 * What it takes to try one cell of the matrix of faults on the current mount: the calls that make
 * each kind of request, and what can be seen of them afterwards at the server and in the tree.
 */
#ifndef VERGEFS_TESTS_FAULT_CELLS_H
#define VERGEFS_TESTS_FAULT_CELLS_H

#include <stdbool.h>

#include "tests/integration/faults.h"

struct fault_method {
    const char *verb, *path; /* of the requests that the fault strikes */
    const char *operation;   /* as the error log has it */
    int (*act)(void);
    bool (*done)(void);  /* whether the server carried it out */
    bool (*shown)(void); /* whether the mount shows that it did */
    bool changes, repeats;
};

extern const struct fault_method methods[METHODS];

/* The tree is known, but nothing of it fresh; then only what the method itself asks for is asked.
 */
void warm_up(void);
void make_stale(enum method method);

/* What is not as the cell has it, a line; "" if nothing. */
const char *try_cell(enum method method, enum fault_kind kind, const struct fault *fault);

#endif
