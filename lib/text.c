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

bool verge_text_printf(struct verge_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text->failed = true;
    }
    if (length < 0 || !verge_text_reserve(text, (size_t)length)) {
        return false;
    }
    va_start(arguments, format);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
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
