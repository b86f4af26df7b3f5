/* SPDX-License-Identifier: MIT */
/* `vm_actions`: switching VMs on and off, and copying them. */
#ifndef SIMULATOR_POWER_H
#define SIMULATOR_POWER_H

#include "tests/simulator/answer.h"
#include "tests/simulator/quirks.h"
#include "tests/simulator/store.h"

/* POST /vm_actions */
void power_action(struct store *store, const struct quirks *quirks, const cJSON *body,
                  struct answer *answer);

/* Sets the machine's status as if the VM had been started or stopped long ago. */
void power_set(struct store *store, const struct row *vm, bool on);

#endif
