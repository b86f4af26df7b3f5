/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/utf8.h"

#define MARK "%~" /* no hex digit follows the '%', so it is no escape */
#define KEY_ROOM 65
/* A unit of a spelling: a character, or an escape of three bytes. */
#define LONGEST_UNIT UTF8_LONGEST
#define UNIT_ROOM (LONGEST_UNIT + 1)

static const char upper_hex[] = "0123456789ABCDEF";

/* `more`: the name goes on behind its end here, so that a space there is an inner one. */
static bool escaped(const char *name, const char *at, bool more)
{
    unsigned char byte = (unsigned char)*at;

    if (byte < 0x20 || byte == 0x7f || strchr("/\\%", byte))
        return true;
    if (at == name && strchr(".- ", byte))
        return true;
    return byte == ' ' && at[1] == '\0' && !more;
}

/* The spelling of what is at `at`: one character or one escaped byte. Returns the bytes it stands
 * for. */
static size_t spell(const char *name, const char *at, bool more, char unit[UNIT_ROOM])
{
    int length = utf8_character(at, strnlen(at, LONGEST_UNIT));

    if (length <= 0 || escaped(name, at, more)) {
        unsigned char byte = (unsigned char)*at;
        unit[0] = '%';
        unit[1] = upper_hex[byte >> 4];
        unit[2] = upper_hex[byte & 0xf];
        unit[3] = '\0';
        return 1;
    }
    memcpy(unit, at, (size_t)length);
    unit[length] = '\0';
    return (size_t)length;
}

/* Writes as many whole units as `room` bytes hold, and a NUL; false when the name did not fit. */
static bool encode_within(const char *name, bool more, size_t room, char *out)
{
    char unit[UNIT_ROOM];
    size_t used = 0;

    *out = '\0';
    for (const char *at = name; *at;) {
        size_t step = spell(name, at, more, unit);
        size_t length = strlen(unit);
        if (used + length > room)
            return false;
        memcpy(out + used, unit, length + 1);
        used += length;
        at += step;
    }
    return true;
}

static bool key_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
}

/* Keys are the server's, too: what might not be a part of a file name is replaced. */
static void clean_key(const char *key, char out[KEY_ROOM])
{
    size_t length = 0;

    for (; length < KEY_ROOM - 1 && key[length]; length++) {
        out[length] = '_';
        if (key_byte(key[length]))
            out[length] = key[length];
    }
    out[length] = '\0';
}

void name_encode(const char *name, const char *key, bool plain, char file_name[NAME_ROOM])
{
    char tail[KEY_ROOM];

    if (plain && *name && encode_within(name, false, NAME_MAX, file_name))
        return;
    clean_key(key, tail);
    encode_within(name, false, NAME_MAX - strlen(MARK) - strlen(tail), file_name);
    size_t used = strlen(file_name);
    snprintf(file_name + used, NAME_ROOM - used, "%s%s", MARK, tail);
}

static int hex_value(char c)
{
    const char *digit = c ? strchr(upper_hex, c) : NULL;

    return digit ? (int)(digit - upper_hex) : -1;
}

/* Decodes escapes; false for a '%' that begins none. A NUL ends the name, which then is not
 * canonical. */
static bool decode(const char *body, char name[NAME_ROOM])
{
    size_t length = 0;

    for (const char *at = body; *at; at++) {
        char byte = *at;
        if (byte == '%') {
            int high = hex_value(at[1]);
            int low = high < 0 ? -1 : hex_value(at[2]);
            if (low < 0)
                return false;
            byte = (char)(unsigned char)(high << 4 | low);
            at += 2;
        }
        name[length++] = byte;
    }
    name[length] = '\0';
    return true;
}

static bool key_valid(const char *key)
{
    size_t length = 0;

    while (key_byte(key[length]))
        length++;
    return length > 0 && length < KEY_ROOM && key[length] == '\0';
}

/*
 * True when `body` is how `name` is spelled. Before a key it may also be the beginning of a longer
 * name: a name is cut only where one more unit would not have fitted.
 */
static bool canonical(const char *name, const char *body, const char *file_name, bool keyed)
{
    char again[NAME_ROOM];

    if (encode_within(name, false, NAME_MAX, again) && strcmp(again, body) == 0)
        return keyed || *name;
    return keyed && strlen(file_name) > NAME_MAX - LONGEST_UNIT &&
           encode_within(name, true, NAME_MAX, again) && strcmp(again, body) == 0;
}

int name_parse(const char *file_name, struct parsed_name *parsed)
{
    char body[NAME_ROOM];
    const char *mark = strstr(file_name, MARK);
    size_t length = mark ? (size_t)(mark - file_name) : strlen(file_name);

    if (strlen(file_name) > NAME_MAX || (mark && !key_valid(mark + strlen(MARK))))
        return -ENOENT;
    memcpy(body, file_name, length);
    body[length] = '\0';
    if (!decode(body, parsed->name) || !canonical(parsed->name, body, file_name, mark))
        return -ENOENT;
    snprintf(parsed->key, sizeof parsed->key, "%s", mark ? mark + strlen(MARK) : "");
    return 0;
}

int name_decode_new(const char *file_name, size_t max, char name[NAME_ROOM])
{
    struct parsed_name parsed;
    size_t characters = 0;

    if (name_parse(file_name, &parsed) < 0 || parsed.key[0])
        return -EINVAL;
    for (const char *at = parsed.name; *at; characters++) {
        int length = utf8_character(at, strnlen(at, UTF8_LONGEST));
        if (length <= 0)
            return -EINVAL;
        at += length;
    }
    if (characters > max)
        return -EINVAL;
    memcpy(name, parsed.name, sizeof parsed.name);
    return 0;
}
