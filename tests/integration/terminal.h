/* SPDX-License-Identifier: MIT
 *
 * A program at a terminal, and somebody who types.
 */
#ifndef VERGEFS_TESTS_TERMINAL_H
#define VERGEFS_TESTS_TERMINAL_H

/* Runs `command` by /bin/sh at a terminal of 24 lines of 80, and types `keys` when the screen first
 * shows `prompt`. Returns its exit status when it has ended. */
int on_terminal(const char *command, const char *prompt, const char *keys);

#endif
