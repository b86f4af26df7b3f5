/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out on request. In the programs that are linked with it (FAILING_ALLOC in
 * local.mk: the linker's --wrap) the n-th allocation of our code and of cJSON fails. Those of other
 * libraries and of the C library itself do not.
 *
 * A test does the same thing for n = 1, 2, 3 and so on, until nothing failed:
 *
 *     for (unsigned long n = 1, failed = 1; failed; n++) {
 *         ... a new world ...
 *         alloc_fail(n, ALLOC_ONCE);
 *         int rc = what is to be tested;
 *         failed = alloc_stop();
 *         ... rc is right, and so is the world ...
 *     }
 */
#ifndef FAILING_ALLOC_H
#define FAILING_ALLOC_H

#include <stdbool.h>

enum alloc_mode {
    ALLOC_ONCE, /* the n-th alone */
    ALLOC_EVER, /* the n-th and all after it */
    ALLOC_MODES,
};

/* From now on, for all threads. */
void alloc_fail(unsigned long n, enum alloc_mode mode);

/* No more; whether any has failed. */
bool alloc_stop(void);

/* What the calling thread allocates between the two is left alone: it is the test's own. */
void alloc_spare(void);
void alloc_spare_end(void);

#endif
