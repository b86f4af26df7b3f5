/* SPDX-License-Identifier: MIT */
/*
 * A pace without pauses, for tests of what is asked and not of when: takes the place of lib/pace.c
 * in the programs it is linked with.
 */
#ifndef FAKE_PACE_H
#define FAKE_PACE_H

#include "lib/pace.h"

/* What verge_pace_stretch answers from now on. */
void fake_pace_set_stretch(double stretch);
/* So many takes succeed, the others are -EAGAIN; UINT_MAX for all of them. */
void fake_pace_set_left(unsigned left);

#endif
