/* SPDX-License-Identifier: MIT */
/*
 * Carrying a written value to the server. Rows of attributes.c point here. Each returns when the
 * server shows the new value, or with the errno of spec §4 and the reason in request->error.
 */
#ifndef VERGEFS_STORE_H
#define VERGEFS_STORE_H

#include "fs/attributes.h"

int store_text(const struct change *change);
int store_boolean(const struct change *change);
int store_integer(const struct change *change);
int store_settings(const struct change *change);
/* device.json: the writable fields that differ from the row, in one PUT, and settings_args. */
int store_device(const struct change *change);
int store_power(const struct change *change);

#endif
