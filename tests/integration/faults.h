/* SPDX-License-Identifier: MIT
 *
 * The matrix of faults: what each way in which a server, or the network before it, can fail makes
 * of each kind of request. A cell says which errno the caller gets, how often the request is sent
 * and whether the server carries it out; fault_cells.c tries them, and the manual's page
 * vergefs-faults(7) shows them (`make pages`).
 */
#ifndef VERGEFS_TESTS_FAULTS_H
#define VERGEFS_TESTS_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

/* The requests that a fault can strike. */
enum method { LIST, SETTINGS, CHECK, PUT, READBACK, PUT_SETTINGS, POST, DELETE, METHODS };

/* As the page calls them. */
extern const char *const method_names[METHODS];

struct fault {
    const char *name;
    const char *effect; /* members of the simulator's fault; NULL: idle connections are closed */
    bool after;         /* the request takes effect all the same */
    int tries;          /* of what may be repeated; `retries` is 1 */
    int error[METHODS];
};

/* Groups differ in what can be said of all their cells. */
enum fault_kind {
    ANSWERED, /* the error log names the request */
    UNTRUE,   /* answers of the right form that say something else than is so: it is shown until it
                 is asked again */
    SILENT,   /* these last for as long as the mount lets them */
    FAULT_KINDS
};

struct fault_group {
    const char *title;
    const struct fault *faults;
    size_t count;
};

extern const struct fault_group fault_groups[FAULT_KINDS];

/* Another server, or none, at the address: nothing is sent to it. */
struct impostor {
    const char *name;
    const char *kind; /* of its certificate; NULL: no server */
    int error;
};

#define IMPOSTORS 4
extern const struct impostor impostors[IMPOSTORS];

/* The answer to a DELETE has no body that could be cut. */
bool can_strike(enum method method, const struct fault *fault);

/* "EIO"; "success" for 0. */
const char *error_name(int error);

#endif
