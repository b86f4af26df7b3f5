/* SPDX-License-Identifier: MIT */
/* The rules of `vms`: each has a machine, which has a status, and they live and die together. */
#ifndef SIMULATOR_VMS_H
#define SIMULATOR_VMS_H

#include "tests/simulator/change.h"

/* Fills in what a row lacks: UUID, machine and machine status. */
void vm_complete(struct store *store, struct row *vm);

/* Gives a machine a status. What is no VM runs: there is no other way to be a node or a network. */
void machine_complete(struct store *store, struct row *machine);

/* Removes a VM with its machine and devices. */
void vm_remove(struct store *store, struct row *vm);

/* The status row of a VM's machine, or NULL. */
struct row *vm_status(const struct store *store, const struct row *vm);
bool vm_runs(const struct store *store, const struct row *vm);

extern const struct rules vm_rules;

#endif
