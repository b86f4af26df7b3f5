/* SPDX-License-Identifier: MIT */
/*
 * Tells a service manager how far we are, by the protocol of sd_notify(3): a datagram to the socket
 * that $NOTIFY_SOCKET names. A few lines here instead of a library.
 */
#ifndef VERGEFS_READY_H
#define VERGEFS_READY_H

/* "READY=1", "STOPPING=1", "STATUS=text"; several are separated by newlines. 0 when nobody waits to
 * be told, 1 when it was sent, or -errno. */
int ready_notify(const char *state);

#endif
