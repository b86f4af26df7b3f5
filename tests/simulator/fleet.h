/* SPDX-License-Identifier: MIT */
/* The data a simulator starts with: the demo data centre, a file, or a generated fleet. */
#ifndef SIMULATOR_FLEET_H
#define SIMULATOR_FLEET_H

#include "tests/simulator/store.h"

enum { MOST_FLEET_VMS = 100000, MOST_FLEET_DEVICES = 1000 };

struct store *fleet_demo(void);

/* NULL, with the reason in `problem`, if the text is no fleet. */
struct store *fleet_from_json(const char *text, char problem[256]);

/* The same numbers always give the same fleet. */
struct store *fleet_generate(int vms, int devices);

#endif
