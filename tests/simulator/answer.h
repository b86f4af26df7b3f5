/* SPDX-License-Identifier: MIT */
/* What will be sent back. */
#ifndef SIMULATOR_ANSWER_H
#define SIMULATOR_ANSWER_H

#include "tests/simulator/buffer.h"

struct answer {
    int status;
    struct buffer body;
    const char *type; /* of the content; NULL: JSON */
};

/* `{"err":"text"}` in place of whatever was there. Returns false, for `return answer_error(…)`. */
bool answer_error(struct answer *answer, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void answer_clear(struct answer *answer);

#endif
