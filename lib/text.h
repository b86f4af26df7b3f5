/* SPDX-License-Identifier: MIT */
/*
 * Text that grows: the one buffer of this program. A text that could not grow remembers it
 * (`failed`), so that a row of appends needs a single check at its end.
 */
#ifndef VERGE_TEXT_H
#define VERGE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A build with tiny buffers sets this to 16, so that every growth path runs in the tests. */
#ifndef VERGE_BUFFER_START
#define VERGE_BUFFER_START 256
#endif

struct verge_text {
    char *data;    /* NUL-terminated once anything was appended; NULL before */
    size_t length; /* without the NUL */
    size_t size;
    bool failed; /* an append ran out of memory: the content is not to be used */
};

#define VERGE_TEXT_INIT \
    { \
        0 \
    }

/* Each append returns false, and keeps returning false, after a failed allocation. */
bool verge_text_append(struct verge_text *text, const char *bytes, size_t length);
bool verge_text_string(struct verge_text *text, const char *string);
bool verge_text_char(struct verge_text *text, char c);
bool verge_text_number(struct verge_text *text, int64_t number); /* decimal */
__attribute__((format(printf, 2, 3))) bool verge_text_printf(struct verge_text *text,
                                                             const char *format, ...);

/* Makes room for `more` bytes beyond the length, without adding them. */
bool verge_text_reserve(struct verge_text *text, size_t more);

/* Empties the text and keeps its memory; a failure is forgotten, for its content is gone. */
void verge_text_clear(struct verge_text *text);

/* The content as a string, "" when empty; belongs to the text. */
const char *verge_text_content(const struct verge_text *text);

/* Hands the content to the caller, who frees it; NULL if the text failed. Never NULL otherwise.
 * The text is empty and usable again afterwards. */
char *verge_text_take(struct verge_text *text);

/* Frees; usable again afterwards. Does not wipe: text that holds a secret uses verge_text_wipe. */
void verge_text_free(struct verge_text *text);
void verge_text_wipe(struct verge_text *text);

/* For `__attribute__((cleanup))` locals. */
#define VERGE_TEXT_LOCAL __attribute__((cleanup(verge_text_free))) struct verge_text

#endif
