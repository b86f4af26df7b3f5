/* SPDX-License-Identifier: MIT */
/*
 * What is open: files and directories that the kernel has a handle of. It gives them back one by
 * one, but not those that are open, or on their way back, when the mount ends.
 */
#ifndef VERGEFS_HANDLES_H
#define VERGEFS_HANDLES_H

#include <pthread.h>

/* The first member of whatever is handed to the kernel. */
struct handle {
    struct handle *next, **link; /* guarded by the lock of the handles */
    void (*release)(void *argument, struct handle *handle);
};

struct handles {
    pthread_mutex_t lock; /* guards the list */
    struct handle *first;
};

void handles_init(struct handles *handles);

/* Releases what is left, each with the argument; nobody may use the handles any more. */
void handles_end(struct handles *handles, void *argument);

void handles_add(struct handles *handles, struct handle *handle,
                 void (*release)(void *argument, struct handle *handle));
/* To be called by whoever releases one. */
void handles_remove(struct handles *handles, struct handle *handle);

#endif
