/* SPDX-License-Identifier: MIT */
/*
 * A thread that may wait in the kernel for a lock whose holder waits for us. Killed meanwhile, the
 * process would stay behind in that thread with /dev/fuse open; so the kernel would not know that
 * nobody answers any more, and neither wait would ever end. With a table of files of its own, that
 * has nothing but another opening of the device, the thread holds none of what the others were
 * asked: the kernel ends those requests when they die.
 */
#ifndef VERGEFS_UNSHARE_H
#define VERGEFS_UNSHARE_H

/*
 * Gives the calling thread that table. `session` is the descriptor of the session, which then is
 * another opening of the device with the same number; standard input, output and error are
 * /dev/null. Where the system doesn't allow it, all stays as it is. Whatever else the thread opens
 * is its own alone.
 */
void unshare_files(int session);

#endif
