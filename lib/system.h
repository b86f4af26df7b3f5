/* SPDX-License-Identifier: MIT */
/*
 * Who is there: the first question to a system, which proves address, certificate and credentials.
 */
#ifndef VERGE_SYSTEM_H
#define VERGE_SYSTEM_H

#include "lib/client.h"

struct verge_system {
    char name[128];    /* cloud_name; "" when not told */
    char release[128]; /* yb_version; "" when not told */
};

/* GET /system as the vendor's SDK does at its login (vergeos-api §1.3): one row, in an array or
 * bare. */
int verge_system_read(struct verge_client *client, const struct verge_call *call,
                      struct verge_system *system, struct verge_error *error);

#endif
