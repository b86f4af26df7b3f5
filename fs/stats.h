/* SPDX-License-Identifier: MIT */
/*
 * .vergefs/stats: the counters of client and inventory in Prometheus' text format.
 */
#ifndef VERGEFS_STATS_H
#define VERGEFS_STATS_H

#include "fs/tree.h"

bool stats_show(struct tree *tree, struct verge_text *text);

#endif
