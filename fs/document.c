/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/document.h"

#include <errno.h>

bool document_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int open_bracket(struct document *document, char c)
{
    if (document->depth == DOCUMENT_DEPTH)
        return -EINVAL;
    document->depth++;
    document->arrays = document->arrays << 1 | (c == '[');
    return 0;
}

static int close_bracket(struct document *document, char c)
{
    if ((document->arrays & 1) != (c == ']'))
        return -EINVAL;
    document->arrays >>= 1;
    return --document->depth == 0;
}

static void take_in_string(struct document *document, char c)
{
    if (document->escaped)
        document->escaped = false;
    else if (c == '\\')
        document->escaped = true;
    else if (c == '"')
        document->in_string = false;
}

static int take_byte(struct document *document, char c)
{
    if (c == '\0')
        return -EINVAL;
    if (document->in_string)
        take_in_string(document, c);
    else if (c == '"')
        document->in_string = true;
    else if (c == '{' || c == '[')
        return open_bracket(document, c);
    else if (c == '}' || c == ']')
        return close_bracket(document, c);
    return 0;
}

int document_take(struct document *document, const char *bytes, size_t length, size_t *from,
                  size_t *to)
{
    size_t at = 0;
    int result = 0;

    while (document->depth == 0 && at < length && document_white(bytes[at]))
        at++;
    *from = *to = at;
    if (at == length)
        return 0;
    if (document->depth == 0 && bytes[at] != '{') {
        document->depth = bytes[at] == '[';
        return -EINVAL;
    }
    while (at < length && result == 0)
        result = take_byte(document, bytes[at++]);
    *to = at;
    return result;
}
