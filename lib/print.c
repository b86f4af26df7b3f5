/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "lib/print.h"

/* ---- strings ---- */

static const char *escape_of(unsigned char c, char room[8])
{
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *found = strchr(plain, c);
    if (found) {
        room[0] = '\\';
        room[1] = letters[found - plain];
        room[2] = '\0';
        return room;
    }
    static const char digits[] = "0123456789abcdef";
    memcpy(room, "\\u00", 4);
    room[4] = digits[c >> 4];
    room[5] = digits[c & 15];
    room[6] = '\0';
    return room;
}

static size_t plain_length(const char *string)
{
    size_t length = 0;
    while ((unsigned char)string[length] >= 0x20 && string[length] != '"' &&
           string[length] != '\\') {
        length++;
    }
    return length;
}

bool verge_print_string(struct verge_text *text, const char *string)
{
    verge_text_char(text, '"');
    for (;;) {
        char room[8];
        size_t length = plain_length(string);
        verge_text_append(text, string, length);
        string += length;
        if (!*string) {
            break;
        }
        verge_text_string(text, escape_of((unsigned char)*string++, room));
    }
    return verge_text_char(text, '"');
}

/* ---- indenting ---- */

struct indent {
    struct verge_text *text;
    unsigned level;   /* of what the open bracket stands for; tabs before its members */
    uint64_t objects; /* the kinds of the brackets that are open, the innermost in the last bit */
};

static void new_line(struct indent *indent)
{
    static const char tabs[] = "\n\t\t\t\t\t\t\t\t";
    unsigned left = indent->level;
    unsigned some = left < sizeof(tabs) - 2 ? left : (unsigned)sizeof(tabs) - 2;
    verge_text_append(indent->text, tabs, some + 1);
    for (left -= some; left > 0; left--) {
        verge_text_char(indent->text, '\t');
    }
}

static void open_bracket(struct indent *indent, char c)
{
    verge_text_char(indent->text, c);
    indent->level++;
    indent->objects = indent->objects << 1 | (c == '{');
}

static void close_bracket(struct indent *indent, char c)
{
    indent->level -= indent->level > 0;
    if (c == '}') {
        new_line(indent);
    }
    indent->objects >>= 1;
    verge_text_char(indent->text, c);
}

static size_t string_length(const char *quote)
{
    const char *at = quote + 1;
    while (*at && *at != '"') {
        at += *at == '\\' && at[1] ? 2 : 1;
    }
    return (size_t)(at - quote) + (*at == '"');
}

/* One token; gives its length. */
static size_t indent_token(struct indent *indent, const char *at)
{
    bool in_object = indent->objects & 1;
    size_t length = 1;
    switch (*at) {
    case '{':
        open_bracket(indent, *at);
        if (at[1] != '}') {
            new_line(indent);
        }
        break;
    case '[':
        open_bracket(indent, *at);
        break;
    case '}':
    case ']':
        close_bracket(indent, *at);
        break;
    case ',':
        verge_text_char(indent->text, ',');
        if (in_object) {
            new_line(indent);
        } else {
            verge_text_char(indent->text, ' ');
        }
        break;
    case ':':
        verge_text_append(indent->text, ":\t", 2);
        break;
    case '"':
        length = string_length(at);
        verge_text_append(indent->text, at, length);
        break;
    default:
        length = strcspn(at, ",]}");
        verge_text_append(indent->text, at, length);
    }
    return length;
}

bool verge_print_indented(struct verge_text *text, const char *compact, unsigned level)
{
    struct indent indent = {.text = text, .level = level};
    while (*compact) {
        compact += indent_token(&indent, compact);
    }
    return !text->failed;
}
