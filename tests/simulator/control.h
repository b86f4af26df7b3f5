/* SPDX-License-Identifier: MIT */
/* The control API under `/_sim/`, for tests; README.md documents it. */
#ifndef SIMULATOR_CONTROL_H
#define SIMULATOR_CONTROL_H

#include "tests/simulator/simulator.h"

bool control_is_meant(const struct request *request);
void control_answer(struct simulator *simulator, const struct request *request,
                    struct answer *answer);

#endif
