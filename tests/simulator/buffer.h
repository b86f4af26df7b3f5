/* SPDX-License-Identifier: MIT */
/*
 * Memory that cannot fail and text that grows.
 *
 * A simulator that runs out of memory has nothing sensible left to simulate, so allocation
 * failures end the program and no caller has to check for them.
 */
#ifndef SIMULATOR_BUFFER_H
#define SIMULATOR_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

void *must_allocate(size_t size); /* zeroed */
void *must_resize(void *memory, size_t size);
char *must_copy(const char *text);

/* Text being written. Zero-initialise; `data` is always NUL-terminated once anything was added. */
struct buffer {
    char *data;
    size_t size, capacity;
};

void buffer_append(struct buffer *buffer, const void *bytes, size_t size);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_character(struct buffer *buffer, char character);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A JSON string with its quotes; `slashes` writes `\/` as some servers do. */
void buffer_json_string(struct buffer *buffer, const char *text, bool slashes);

/* The same, with U+FFFD in place of what is no UTF-8. */
void buffer_json_valid(struct buffer *buffer, const char *text);

/* A pointer into the buffer to which up to `size` bytes may be written; then buffer_commit. */
char *buffer_reserve(struct buffer *buffer, size_t size);
void buffer_commit(struct buffer *buffer, size_t size);

void buffer_clear(struct buffer *buffer);

/* Hands over the text (never NULL); the caller frees it. */
char *buffer_take(struct buffer *buffer);

#endif
