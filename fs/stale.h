/* SPDX-License-Identifier: MIT */
/*
 * A mount point whose daemon was killed answers ENOTCONN to everything until somebody unmounts it.
 */
#ifndef VERGEFS_STALE_H
#define VERGEFS_STALE_H

/* Unmounts a dead mount at `mountpoint`; a live one, and none, are left alone. 0, or -errno when a
 * dead one stays. */
int stale_clear(const char *mountpoint);

#endif
