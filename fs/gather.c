/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/gather.h"

#include <errno.h>
#include <string.h>

static bool is_document(const struct gather *gather)
{
    return gather->syntax == SYNTAX_DOCUMENT;
}

static enum scalar scalar_of(enum syntax syntax)
{
    static const enum scalar scalars[] = {
        [SYNTAX_BOOLEAN] = SCALAR_BOOLEAN,
        [SYNTAX_POWER] = SCALAR_POWER,
        [SYNTAX_INTEGER] = SCALAR_INTEGER,
        [SYNTAX_TEXT] = SCALAR_TEXT,
    };

    return scalars[syntax];
}

/* How many bytes at the beginning are white space. */
static size_t white_space(const char *bytes, size_t length)
{
    size_t at = 0;

    while (at < length && document_white(bytes[at]))
        at++;
    return at;
}

static bool all_white(const char *bytes, size_t length)
{
    return white_space(bytes, length) == length;
}

void gather_init(struct gather *gather, enum syntax syntax, size_t limit)
{
    *gather = (struct gather){.syntax = syntax, .limit = limit};
}

void gather_free(struct gather *gather)
{
    verge_text_free(&gather->text);
    verge_text_free(&gather->failed.bytes);
}

static void drop_value(struct gather *gather)
{
    verge_text_free(&gather->text);
    gather->document = (struct document){0};
}

/* The memory of failures. */

static void forget(struct gather *gather)
{
    gather->failed.errnum = 0;
    verge_text_free(&gather->failed.bytes);
}

static bool remember(struct gather *gather, const char *bytes, size_t length, off_t offset)
{
    verge_text_clear(&gather->failed.bytes);
    gather->failed.offset = offset;
    if (verge_text_append(&gather->failed.bytes, bytes, length))
        return true;
    verge_text_free(&gather->failed.bytes);
    return false;
}

bool gather_repeats(const struct gather *gather, const char *bytes, size_t length, off_t offset)
{
    return gather->failed.errnum && (gather->append || gather->failed.offset == offset) &&
           gather->failed.bytes.length == length &&
           memcmp(gather->failed.bytes.data, bytes, length) == 0;
}

/* A value is made. */

static int keep(struct gather *gather, const char *bytes, size_t length)
{
    if (gather->text.length + length > gather->limit)
        return -EFBIG;
    return verge_text_append(&gather->text, bytes, length) ? 0 : -ENOMEM;
}

static int take_document(struct gather *gather, const char *bytes, size_t length)
{
    size_t from;
    size_t to;
    int result = document_take(&gather->document, bytes, length, &from, &to);

    if (result < 0 || !all_white(bytes + to, length - to))
        return -EINVAL;
    int kept = keep(gather, bytes + from, to - from);
    gather->ended = false;
    return kept < 0 ? kept : result;
}

/* Leaves of the text what is the value. */
static int give_scalar(struct gather *gather)
{
    struct verge_text *text = &gather->text;
    size_t length = text->length;
    size_t from = scalar_trim(scalar_of(gather->syntax), verge_text_content(text), &length);

    if (length < text->length) {
        memmove(text->data, text->data + from, length);
        text->data[length] = '\0';
        text->length = length;
    }
    return 1;
}

static int take_scalar(struct gather *gather, const char *bytes, size_t length)
{
    const char *newline = memchr(bytes, '\n', length);
    size_t line = newline ? (size_t)(newline - bytes) : length;
    int kept = keep(gather, bytes, line);

    if (kept < 0)
        return kept;
    enum verdict verdict = scalar_judge(scalar_of(gather->syntax),
                                        verge_text_content(&gather->text), gather->text.length);
    enum verdict needed = newline ? VERDICT_OPEN : VERDICT_CLOSED;
    if (verdict == VERDICT_NEVER || !all_white(bytes + line, length - line))
        return -EINVAL;
    if (verdict < needed)
        return newline ? -EINVAL : 0;
    gather->ended = newline;
    return give_scalar(gather);
}

static int take(struct gather *gather, const char *bytes, size_t length)
{
    return is_document(gather) ? take_document(gather, bytes, length)
                               : take_scalar(gather, bytes, length);
}

/* Where a write belongs. */

static bool in_place(const struct gather *gather, off_t offset)
{
    bool follows = gather->append || offset == gather->next;

    if (gather->state == GATHER_FRESH)
        return true;
    if (gather->state == GATHER_OPEN)
        return follows;
    return gather->state != GATHER_GIVEN && (follows || offset == 0);
}

/* True when the write may be the rest of what was refused. */
static bool stuck(const struct gather *gather, off_t offset)
{
    bool goes_back = !gather->append && offset == 0 && gather->next != 0;

    return gather->state == GATHER_STUCK && !goes_back;
}

/*
 * Of a write that follows an applied value: how many bytes belong to that value's white space, all
 * up to the last newline before anything else. -EINVAL when nothing else may follow.
 */
static ssize_t after_value(struct gather *gather, const char *bytes, size_t length)
{
    size_t white = white_space(bytes, length);
    const char *newline = memrchr(bytes, '\n', white);
    bool line_over = gather->state == GATHER_APPLIED || (newline && !is_document(gather));

    if (line_over)
        gather->state = GATHER_APPLIED;
    if (white == length)
        return (ssize_t)length;
    if (!line_over)
        return -EINVAL;
    return newline ? newline + 1 - bytes : 0;
}

static int place(struct gather *gather, const char *bytes, size_t length, off_t offset)
{
    bool after = gather->state == GATHER_APPLIED || gather->state == GATHER_TAIL;
    ssize_t skip = 0;

    if (!in_place(gather, offset))
        return -EINVAL;
    if (after && (gather->append || offset == gather->next))
        skip = after_value(gather, bytes, length);
    else if (after)
        gather->state = GATHER_APPLIED; /* back at 0: no line is continued */
    if (skip < 0 || (size_t)skip == length)
        return skip < 0 ? -EINVAL : 0;
    int result = take(gather, bytes + skip, length - (size_t)skip);
    if (gather->state == GATHER_REFUSED && (result == 0 || all_white(bytes, length)))
        return -gather->failed.errnum;
    if (result == 0)
        gather->state = GATHER_OPEN;
    return result;
}

/* The whole write is refused, and the value that it was a part of is gone. */
static int refuse(struct gather *gather, int result, const char *bytes, size_t length, off_t offset)
{
    bool whole = gather->state != GATHER_OPEN && gather->state != GATHER_TAIL &&
                 in_place(gather, offset) && gather->document.depth == 0;

    remember(gather, bytes, length, offset);
    gather->failed.errnum = -result;
    gather->next = offset;
    gather->state = whole ? GATHER_REFUSED : GATHER_STUCK;
    drop_value(gather);
    return result;
}

int gather_write(struct gather *gather, const char *bytes, size_t length, off_t offset,
                 uint64_t owner)
{
    if (length == 0)
        return 0;
    gather->owner = owner;
    if (gather->syntax == SYNTAX_NONE)
        return -EINVAL;
    if (stuck(gather, offset) || gather_repeats(gather, bytes, length, offset))
        return -gather->failed.errnum;
    int result = gather->syntax == SYNTAX_TRIGGER ? 1 : place(gather, bytes, length, offset);
    if (result >= 0)
        forget(gather);
    if (result == 1 && !remember(gather, bytes, length, offset))
        result = -ENOMEM;
    if (result < 0)
        return refuse(gather, result, bytes, length, offset);
    gather->next = offset + (off_t)length;
    if (result == 1)
        gather->state = GATHER_GIVEN;
    return result;
}

void gather_applied(struct gather *gather, int result)
{
    if (gather->state != GATHER_GIVEN)
        return;
    drop_value(gather);
    if (result == 0) {
        gather->state = gather->ended ? GATHER_APPLIED : GATHER_TAIL;
        forget(gather);
    } else if (gather->failed.bytes.length == 0) {
        gather->state = GATHER_FRESH; /* a close failed: there is no write to be repeated */
    } else {
        gather->state = GATHER_FAILED;
        gather->failed.errnum = -result;
        gather->next = gather->failed.offset;
    }
}

static int close_value(struct gather *gather)
{
    const struct verge_text *text = &gather->text;

    if (is_document(gather) || scalar_judge(scalar_of(gather->syntax), verge_text_content(text),
                                            text->length) < VERDICT_OPEN)
        return -EINVAL;
    gather->state = GATHER_GIVEN;
    gather->ended = true;
    return give_scalar(gather);
}

int gather_close(struct gather *gather, uint64_t owner)
{
    static const enum gather_state closed[] = {
        [GATHER_FRESH] = GATHER_FRESH,     [GATHER_GIVEN] = GATHER_GIVEN,
        [GATHER_APPLIED] = GATHER_APPLIED, [GATHER_TAIL] = GATHER_APPLIED,
        [GATHER_FAILED] = GATHER_FRESH,    [GATHER_REFUSED] = GATHER_FRESH,
        [GATHER_STUCK] = GATHER_FRESH,
    };

    if (owner != gather->owner)
        return 0;
    if (gather->state == GATHER_OPEN)
        return close_value(gather);
    forget(gather);
    gather->state = closed[gather->state];
    return 0;
}
