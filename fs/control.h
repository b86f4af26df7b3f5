/* SPDX-License-Identifier: MIT */
/*
 * .vergefs/: the window into the daemon. Rows of attributes.c point here.
 */
#ifndef VERGEFS_CONTROL_H
#define VERGEFS_CONTROL_H

#include "fs/attributes.h"

bool control_show_version(const struct attribute *attribute, const struct subject *subject,
                          struct verge_text *text);
/* Every option in force; no secret, nor anything that would help to guess one. */
bool control_show_config(const struct attribute *attribute, const struct subject *subject,
                         struct verge_text *text);
bool control_show_stats(const struct attribute *attribute, const struct subject *subject,
                        struct verge_text *text);
bool control_show_error_log(const struct attribute *attribute, const struct subject *subject,
                            struct verge_text *text);

/* Writing anything clears the log; writing anything makes all rows stale. */
int control_clear_error_log(const struct change *change);
int control_refresh(const struct change *change);

#endif
