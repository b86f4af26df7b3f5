/* SPDX-License-Identifier: MIT
 *
 * The table of tools: what ordinary programs do on the mount, each with its command, its exit
 * status and what the server is asked to change. check_tools tries every row, and the manual's page
 * vergefs-tools(7) shows them (`make pages`).
 */
#ifndef VERGEFS_TESTS_TOOLS_H
#define VERGEFS_TESTS_TOOLS_H

#include <stddef.h>

/* The directory where the commands are run: a device with "vlan": 100 in its settings. */
#define TOOLS_DEVICE "vms/render-01/devices/nic0"

struct tool {
    const char *name;
    const char *command;       /* by sh; $T is an empty directory elsewhere; lines of 70 at most */
    const char *prompt, *keys; /* typed at a terminal when it shows the prompt; NULL: nothing is */
    const char *typed;         /* what the keys are, for the page */
    int status;
    const char *out; /* what is printed; NULL: whatever it says */
    /* Changes, a line each: "PUT device BODY", "PUT settings BODY", "POST device", "DELETE device";
     * NULL: none. */
    const char *sent;
};

struct tool_group {
    const char *title;
    const struct tool *tools;
    size_t count;
};

#define TOOL_GROUPS 7
extern const struct tool_group tool_groups[TOOL_GROUPS];

#endif
