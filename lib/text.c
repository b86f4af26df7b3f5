/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

bool verge_text_reserve(struct verge_text *text, size_t more)
{
    if (text->failed) {
        return false;
    }
    /* Half of the address space is the bound, so that doubling below cannot wrap around. */
    if (more >= SIZE_MAX / 2 - text->length) {
        text->failed = true;
        return false;
    }
    size_t needed = text->length + more + 1;
    if (needed <= text->size) {
        return true;
    }
    size_t size = text->size ? text->size : VERGE_BUFFER_START;
    while (size < needed) {
        size *= 2;
    }
    char *data = realloc(text->data, size);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->size = size;
    return true;
}

bool verge_text_append(struct verge_text *text, const char *bytes, size_t length)
{
    if (!verge_text_reserve(text, length)) {
        return false;
    }
    if (length) {
        memcpy(text->data + text->length, bytes, length);
    }
    text->length += length;
    text->data[text->length] = '\0';
    return true;
}

bool verge_text_string(struct verge_text *text, const char *string)
{
    return verge_text_append(text, string, strlen(string));
}

bool verge_text_char(struct verge_text *text, char c)
{
    return verge_text_append(text, &c, 1);
}

bool verge_text_number(struct verge_text *text, int64_t number)
{
    char room[24];
    char *at = room + sizeof(room);
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        *--at = '-';
    }
    return verge_text_append(text, at, (size_t)(room + sizeof(room) - at));
}

/* Once more, with enough room, where what there is was too little. */
bool verge_text_printf(struct verge_text *text, const char *format, ...)
{
    int length = 0;
    size_t room;
    do {
        if (!verge_text_reserve(text, (size_t)length)) {
            return false;
        }
        room = text->size - text->length;
        va_list arguments;
        va_start(arguments, format);
        length = vsnprintf(text->data + text->length, room, format, arguments);
        va_end(arguments);
    } while (length >= 0 && (size_t)length >= room);
    if (length < 0) {
        text->data[text->length] = '\0';
        text->failed = true;
        return false;
    }
    text->length += (size_t)length;
    return true;
}

void verge_text_clear(struct verge_text *text)
{
    text->length = 0;
    text->failed = false;
    if (text->data) {
        text->data[0] = '\0';
    }
}

const char *verge_text_content(const struct verge_text *text)
{
    return text->data ? text->data : "";
}

char *verge_text_take(struct verge_text *text)
{
    char *data = NULL;
    if (verge_text_append(text, "", 0)) {
        data = text->data;
        text->data = NULL;
    }
    verge_text_free(text);
    return data;
}

void verge_text_free(struct verge_text *text)
{
    free(text->data);
    *text = (struct verge_text)VERGE_TEXT_INIT;
}

void verge_text_wipe(struct verge_text *text)
{
    if (text->data) {
        explicit_bzero(text->data, text->size);
    }
    verge_text_free(text);
}
