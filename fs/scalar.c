/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/scalar.h"

#include <string.h>
#include <strings.h>

#include "fs/utf8.h"

struct word {
    const char *text;
    bool value;
};

/* Each list ends with a row without text. */
static const struct word booleans[] = {
    {"true", true}, {"false", false}, {"1", true}, {"0", false}, {"yes", true}, {"no", false},
    {"on", true},   {"off", false},   {"y", true}, {"n", false}, {NULL, false},
};

static const struct word powers[] = {
    {"on", true}, {"off", false}, {"kill", false}, {"reset", true}, {NULL, false},
};

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

size_t scalar_trim(enum scalar scalar, const char *line, size_t *length)
{
    size_t from = 0;
    size_t to = *length;

    if (scalar == SCALAR_TEXT)
        return 0;
    while (from < to && blank(line[from]))
        from++;
    while (to > from && blank(line[to - 1]))
        to--;
    *length = to - from;
    return from;
}

/* The word that `text` is; NULL for none. *longer: other words begin with it. */
static const struct word *find_word(const struct word *words, const char *text, size_t length,
                                    bool *longer)
{
    const struct word *found = NULL;

    *longer = false;
    for (const struct word *word = words; word->text; word++) {
        size_t whole = strlen(word->text);
        if (length > whole || strncasecmp(word->text, text, length) != 0)
            continue;
        if (length == whole)
            found = word;
        else
            *longer = true;
    }
    return found;
}

/* `ended`: a blank has followed, so that the word will not grow. */
static enum verdict judge_word(const struct word *words, const char *text, size_t length,
                               bool ended)
{
    bool longer;
    const struct word *word = find_word(words, text, length, &longer);

    if (word)
        return longer ? VERDICT_OPEN : VERDICT_CLOSED;
    return longer && (!ended || length == 0) ? VERDICT_BEGINNING : VERDICT_NEVER;
}

static enum verdict judge_boolean(const char *text, size_t length, bool ended)
{
    return judge_word(booleans, text, length, ended);
}

static enum verdict judge_power(const char *text, size_t length, bool ended)
{
    return judge_word(powers, text, length, ended);
}

/* Reads sign and digits; false when there is anything else or the number does not fit. */
static bool read_integer(const char *text, size_t length, int64_t *value)
{
    bool negative = length > 0 && *text == '-';
    size_t at = length > 0 && (*text == '-' || *text == '+') ? 1 : 0;
    int64_t number = 0;

    for (; at < length; at++) {
        if (text[at] < '0' || text[at] > '9')
            return false;
        int digit = negative ? '0' - text[at] : text[at] - '0';
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, digit, &number))
            return false;
    }
    *value = number;
    return true;
}

static bool has_digits(const char *text, size_t length)
{
    return length > 0 && text[length - 1] >= '0' && text[length - 1] <= '9';
}

static enum verdict judge_integer(const char *text, size_t length, bool ended)
{
    int64_t value;

    if (!read_integer(text, length, &value))
        return VERDICT_NEVER;
    if (has_digits(text, length))
        return VERDICT_OPEN;
    return length > 0 && ended ? VERDICT_NEVER : VERDICT_BEGINNING;
}

static enum verdict judge_text(const char *text, size_t length, bool ended)
{
    (void)ended;
    for (size_t at = 0; at < length;) {
        unsigned char byte = (unsigned char)text[at];
        int step = utf8_character(text + at, length - at);
        if (step < 0)
            return VERDICT_BEGINNING;
        if (step == 0 || (byte < 0x20 && byte != '\t') || byte == 0x7f)
            return VERDICT_NEVER;
        at += (size_t)step;
    }
    return VERDICT_OPEN;
}

static enum verdict (*const judges[])(const char *text, size_t length, bool ended) = {
    [SCALAR_BOOLEAN] = judge_boolean,
    [SCALAR_POWER] = judge_power,
    [SCALAR_INTEGER] = judge_integer,
    [SCALAR_TEXT] = judge_text,
};

enum verdict scalar_judge(enum scalar scalar, const char *line, size_t length)
{
    size_t trimmed = length;
    size_t from = scalar_trim(scalar, line, &trimmed);

    return judges[scalar](line + from, trimmed, from + trimmed < length);
}

bool scalar_boolean(const char *text, bool *value)
{
    bool longer;
    const struct word *word = find_word(booleans, text, strlen(text), &longer);

    if (word)
        *value = word->value;
    return word != NULL;
}

bool scalar_integer(const char *text, int64_t *value)
{
    size_t length = strlen(text);

    return has_digits(text, length) && read_integer(text, length, value);
}
