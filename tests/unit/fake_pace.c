/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/unit/fake_pace.h"

static _Atomic double stretch_now = 1;
static atomic_uint left_now = UINT_MAX;

struct verge_pace {
    atomic_uint taken;
};

void fake_pace_set_stretch(double stretch)
{
    stretch_now = stretch;
}

void fake_pace_set_left(unsigned left)
{
    left_now = left;
}

struct verge_pace *verge_pace_new(unsigned per_hour)
{
    (void)per_hour;
    return calloc(1, sizeof(struct verge_pace));
}

void verge_pace_free(struct verge_pace *pace)
{
    free(pace);
}

int verge_pace_take(struct verge_pace *pace, enum verge_urgency urgency,
                    const struct verge_call *call, unsigned *number, struct verge_error *error)
{
    (void)urgency;
    *number = 0;
    pace->taken++;
    if (verge_cancel_fired(call->cancel)) {
        return verge_error_set(error, EINTR, "cancelled");
    }
    if (left_now == UINT_MAX) {
        return 0;
    }
    if (left_now == 0) {
        return verge_error_set(error, EAGAIN, "the budget is spent");
    }
    left_now--;
    return 0;
}

void verge_pace_done(struct verge_pace *pace, unsigned number)
{
    (void)pace;
    (void)number;
}

void verge_pace_hold(struct verge_pace *pace, int64_t until)
{
    (void)pace;
    (void)until;
}

double verge_pace_left(struct verge_pace *pace)
{
    (void)pace;
    return left_now == UINT_MAX ? (double)INFINITY : (double)left_now;
}

double verge_pace_stretch(struct verge_pace *pace)
{
    (void)pace;
    return stretch_now;
}

uint64_t verge_pace_waits(struct verge_pace *pace)
{
    (void)pace;
    return 0;
}
