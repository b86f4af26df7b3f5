/* SPDX-License-Identifier: MIT
 *
 * What lies beside the attributes of the network card that tests edit: scratch files.
 */
#ifndef VERGEFS_TESTS_BESIDE_H
#define VERGEFS_TESTS_BESIDE_H

#include "tests/integration/requests.h"

#define VM "vms/render-03"
#define NIC VM "/devices/nic0"
#define NIC_KEY "108"

void make_scratch(const char *name, const char *content);
/* Whatever the test before has left. */
void clear_scratch(void);

/* The card's directory lists its attributes and these names, which stand in their sorted order. */
void expect_beside(const char *names);

#ifndef VERGEFS_TESTS_BESIDE_C
#define expect_beside(...) FROM_HERE(expect_beside(__VA_ARGS__))
#endif

#endif
