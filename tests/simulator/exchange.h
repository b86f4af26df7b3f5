/* SPDX-License-Identifier: MIT */
/* One request and its answer, with all that may go wrong in between on purpose. */
#ifndef SIMULATOR_EXCHANGE_H
#define SIMULATOR_EXCHANGE_H

#include "tests/simulator/simulator.h"

struct MHD_Connection;

/* False if the connection is to be closed without an answer. */
bool exchange(struct simulator *simulator, struct MHD_Connection *connection,
              const struct request *request);

#endif
