/* SPDX-License-Identifier: MIT
 *
 * The network card that tests change: its attributes, and the scratch files that lie beside them.
 */
#ifndef VERGEFS_TESTS_CARD_H
#define VERGEFS_TESTS_CARD_H

#include "tests/integration/requests.h"

#define VM "vms/render-03"
#define NIC VM "/devices/nic0"
#define NIC_KEY "108"

/* The request that changes a field of the card, as expect_changes() takes it. */
const char *nic_change(const char *field, const char *value);
/* What the server has. */
void expect_nic(const char *value, const char *field);

void make_scratch(const char *name, const char *content);
/* Whatever the test before has left. */
void clear_scratch(void);

/* The card's directory lists its attributes and these names, which stand in their sorted order. */
void expect_beside(const char *names);

#ifndef VERGEFS_TESTS_CARD_C
#define expect_nic(...) FROM_HERE(expect_nic(__VA_ARGS__))
#define expect_beside(...) FROM_HERE(expect_beside(__VA_ARGS__))
#endif

#endif
