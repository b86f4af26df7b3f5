/* SPDX-License-Identifier: MIT */
/* Bodies that are cut short, come in drops, or are too large to be held. */
#ifndef SIMULATOR_STREAM_H
#define SIMULATOR_STREAM_H

#include "tests/simulator/faults.h"

struct MHD_Response;

/* Takes the body. The fault must say at least one of huge, trickle_ms and truncate. */
struct MHD_Response *stream_response(char *body, size_t size, const struct fault *fault, int socket,
                                     const atomic_bool *stopping);

#endif
