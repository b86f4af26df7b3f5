/* SPDX-License-Identifier: MIT */
/* The VergeOS API: what a request outside `/_sim/` is answered. */
#ifndef SIMULATOR_API_H
#define SIMULATOR_API_H

#include "tests/simulator/simulator.h"

/* Takes the simulator's `data` lock. With `pretend` the answer comes, the change does not. */
void api_answer(struct simulator *simulator, const struct request *request, bool pretend,
                struct answer *answer);

#endif
