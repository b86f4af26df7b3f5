/* SPDX-License-Identifier: MIT */
/*
 * Going to the background without losing what the start has to say: the fork comes first (neither
 * libcurl nor threads may cross it), and the parent waits until the child has mounted or failed,
 * and exits with its status.
 */
#ifndef VERGEFS_DAEMON_H
#define VERGEFS_DAEMON_H

/*
 * Forks. In the child returns the descriptor for daemon_ready; the parent does not return, it exits
 * with what the child reports. -1 when forking failed.
 */
int daemon_fork(void);

/* Tells the parent that the mount is there, and leaves the terminal. */
void daemon_ready(int descriptor);

/* No secret in a core dump, nor for another process of the same user. */
void daemon_harden(void);

#endif
