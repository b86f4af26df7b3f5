/* SPDX-License-Identifier: MIT */
/* The rules of `machine_devices`: what a device needs, brings with it and takes along. */
#ifndef SIMULATOR_DEVICES_H
#define SIMULATOR_DEVICES_H

#include "tests/simulator/change.h"

/* Fills in what a row of the table lacks: name, order, UUID, times, its status and settings. */
void device_complete(struct store *store, struct row *device);

/* Puts a device behind the others of its machine. */
void device_set_last(struct store *store, struct row *device);

/* Removes a device together with its status and settings. */
void device_remove(struct store *store, struct row *device);

void device_set_status(struct store *store, const struct row *device, const char *status,
                       const char *information);

/* Whether the machine of a device runs; and the mark that its VM needs a restart, if so. */
bool device_runs(const struct store *store, const struct row *device);
void device_mark_restart(struct store *store, const struct row *device);

extern const struct rules device_rules;
extern const struct rules settings_rules;

#endif
