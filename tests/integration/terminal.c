/* SPDX-License-Identifier: MIT */
#include "tests/integration/terminal.h"

#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/harness.h"

static int begin(const char *command, pid_t *child)
{
    int terminal;
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    *child = forkpty(&terminal, NULL, NULL, &size);
    if (*child == 0) {
        setenv("TERM", "xterm", 1);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    expect_ok(*child);
    return terminal;
}

int on_terminal(const char *command, const char *prompt, const char *keys)
{
    char screen[65536];
    size_t used = 0;
    ssize_t count;
    pid_t child;
    int terminal = begin(command, &child);
    while (used < sizeof(screen) - 1 &&
           (count = read(terminal, screen + used, sizeof(screen) - 1 - used)) > 0) {
        used += (size_t)count;
        screen[used] = '\0';
        if (keys != NULL && strstr(screen, prompt) != NULL) {
            expect_ok(write_piece(terminal, keys));
            keys = NULL;
        }
    }
    int status = -1;
    waitpid(child, &status, 0);
    close(terminal);
    return WEXITSTATUS(status);
}
