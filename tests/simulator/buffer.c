/* SPDX-License-Identifier: MIT */
#include "tests/simulator/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory)
{
    if (!memory) {
        (void)fputs("vergesim: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *must_allocate(size_t size)
{
    return checked(calloc(1, size ? size : 1));
}

void *must_resize(void *memory, size_t size)
{
    return checked(realloc(memory, size ? size : 1));
}

char *must_copy(const char *text)
{
    return checked(strdup(text));
}

char *buffer_reserve(struct buffer *buffer, size_t size)
{
    size_t needed = buffer->size + size + 1;

    if (needed > buffer->capacity) {
        size_t capacity = buffer->capacity ? buffer->capacity * 2 : 256;

        buffer->capacity = capacity > needed ? capacity : needed;
        buffer->data = must_resize(buffer->data, buffer->capacity);
    }
    return buffer->data + buffer->size;
}

void buffer_commit(struct buffer *buffer, size_t size)
{
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
    char *place = buffer_reserve(buffer, size);

    if (size)
        memcpy(place, bytes, size);
    buffer_commit(buffer, size);
}

void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_character(struct buffer *buffer, char character)
{
    buffer_append(buffer, &character, 1);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);

    if (size > 0) {
        (void)vsnprintf(buffer_reserve(buffer, (size_t)size), (size_t)size + 1, format, again);
        buffer_commit(buffer, (size_t)size);
    }
    va_end(again);
    va_end(arguments);
}

static void append_escaped(struct buffer *buffer, unsigned char character)
{
    static const char short_names[] = "\bb\tt\nn\ff\rr\"\"\\\\//";

    for (const char *pair = short_names; *pair; pair += 2) {
        if ((unsigned char)*pair == character) {
            buffer_character(buffer, '\\');
            buffer_character(buffer, pair[1]);
            return;
        }
    }
    buffer_printf(buffer, "\\u%04x", character);
}

void buffer_json_string(struct buffer *buffer, const char *text, bool slashes)
{
    const char *plain = text;

    buffer_character(buffer, '"');
    for (; *text; text++) {
        unsigned char character = (unsigned char)*text;

        if (character >= ' ' && character != '"' && character != '\\' &&
            !(slashes && character == '/'))
            continue;
        buffer_append(buffer, plain, (size_t)(text - plain));
        append_escaped(buffer, character);
        plain = text + 1;
    }
    buffer_append(buffer, plain, (size_t)(text - plain));
    buffer_character(buffer, '"');
}

/* The size of the UTF-8 sequence at `text`, or 0 if there is none. */
static size_t sequence_size(const unsigned char *text)
{
    static const struct {
        unsigned char first, last;         /* of the leading byte */
        unsigned char second, second_last; /* of the one after it */
        size_t size;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    size_t form = 0, count = sizeof(forms) / sizeof(*forms);

    while (form < count && (*text < forms[form].first || *text > forms[form].last))
        form++;
    if (form == count)
        return 0;
    if (forms[form].size > 1 && (text[1] < forms[form].second || text[1] > forms[form].second_last))
        return 0;
    for (size_t index = 2; index < forms[form].size; index++) {
        if ((text[index] & 0xc0) != 0x80)
            return 0;
    }
    return forms[form].size;
}

void buffer_json_valid(struct buffer *buffer, const char *text)
{
    struct buffer valid = {0};

    while (*text) {
        size_t size = sequence_size((const unsigned char *)text);

        if (size)
            buffer_append(&valid, text, size);
        else
            buffer_text(&valid, "\xef\xbf\xbd");
        text += size ? size : 1;
    }
    buffer_json_string(buffer, valid.data ? valid.data : "", false);
    buffer_clear(&valid);
}

void buffer_clear(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}

char *buffer_take(struct buffer *buffer)
{
    char *text;

    buffer_append(buffer, "", 0);
    text = buffer->data;
    *buffer = (struct buffer){0};
    return text;
}
