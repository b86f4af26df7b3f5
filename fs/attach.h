/* SPDX-License-Identifier: MIT */
/*
 * vms/<vm>/attach: a device with every option in one write (spec §3). Rows of attributes.c point
 * here.
 */
#ifndef VERGEFS_ATTACH_H
#define VERGEFS_ATTACH_H

#include "fs/attributes.h"

/* change->reply gets the created rows, as an array of what their device.json would show. */
int store_attach(const struct change *change);

/*
 * Fills the request for a new device: the group where the type needs one and none was given, and
 * the settings: the vendor's defaults for the type, overridden by `settings` (may be NULL).
 * *settings_out belongs to the caller; *groups holds what the request borrows.
 */
int attach_complete(struct request *request, struct tree *tree, struct verge_device_request *wanted,
                    const cJSON *settings, cJSON **settings_out, struct verge_snapshot **groups);

#endif
