/* SPDX-License-Identifier: MIT */
/*
 * SIGTERM and SIGINT end the mount, also while requests hang: a thread of its own waits for them,
 * cancels what is in flight and ends libfuse's loop. (libfuse's own handlers leave the loop waiting
 * for its workers.)
 */
#ifndef VERGEFS_SIGNALS_H
#define VERGEFS_SIGNALS_H

#include "fs/ops.h"

struct signals;

/* Blocks the signals in the calling thread and those it makes: to be called before the first
 * thread. */
void signals_block(void);

/* Starts the thread. `loop` is the thread that runs the session's loop. NULL with errno set on
 * failure. */
struct signals *signals_start(struct mount *mount, struct fuse_session *session, pthread_t loop);

/* Ends and joins the thread. */
void signals_end(struct signals *signals);

#endif
