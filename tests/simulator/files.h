/* SPDX-License-Identifier: MIT */
/* Whole files at once. */
#ifndef SIMULATOR_FILES_H
#define SIMULATOR_FILES_H

#include <stdbool.h>
#include <sys/types.h>

/* The caller frees the text; NULL with errno if it cannot be read. */
char *file_read(const char *path);

/* Puts a new file in place of an old one, never half of it. */
bool file_replace(const char *path, const char *text, mode_t mode);

/* Makes a folder and those above it. */
bool folder_make(const char *path);

/* Waits for the lock of a folder; close the descriptor to give it back. */
int file_lock(const char *folder);

#endif
