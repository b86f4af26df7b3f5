/* SPDX-License-Identifier: MIT */
/*
 * A line of text written to an attribute, in one piece and in pieces: a digit for the attribute's
 * kind, digits for where it is cut, a newline, the line. However it comes it is the same value, or
 * none; and what is no value never becomes one by what follows.
 */
#include "config.h"

#include <errno.h>

#include "fs/gather.h"
#include "tests/fuzz/fuzz.h"

FUZZ_RUNS(20000);

#define LIMIT 4096

static const enum scalar scalars[] = {SCALAR_BOOLEAN, SCALAR_POWER, SCALAR_INTEGER, SCALAR_TEXT};
static const enum syntax syntaxes[] = {SYNTAX_BOOLEAN, SYNTAX_POWER, SYNTAX_INTEGER, SYNTAX_TEXT};

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r", text[i]) || !text[i])
            return false;
    return true;
}

/* Verdicts never get better than what they promised. */
static void check_verdicts(enum scalar scalar, const char *line, size_t length)
{
    enum verdict before = VERDICT_BEGINNING;

    for (size_t end = 0; end <= length; end++) {
        char *piece = fuzz_copy(line, end);
        enum verdict now = scalar_judge(scalar, piece, end);
        size_t value = end;
        size_t from = scalar_trim(scalar, piece, &value);

        must(from + value <= end);
        must(before != VERDICT_NEVER || now == VERDICT_NEVER);
        must(before != VERDICT_CLOSED || now == VERDICT_NEVER || is_blank(line + end - 1, 1));
        before = now;
        free(piece);
    }
}

static void check_words(enum scalar scalar, const char *line, size_t length)
{
    char *text = fuzz_string_of(fuzz_copy(line, length), length);
    enum verdict verdict = scalar_judge(scalar, text, strlen(text));
    int64_t integer;
    bool boolean;

    if (is_blank(text, 1) || (*text && is_blank(text + strlen(text) - 1, 1)))
        verdict = VERDICT_NEVER; /* trimmed by those who ask for the value */
    if (scalar == SCALAR_BOOLEAN)
        must(scalar_boolean(text, &boolean) == (verdict >= VERDICT_OPEN));
    if (scalar == SCALAR_INTEGER)
        must(scalar_integer(text, &integer) == (verdict >= VERDICT_OPEN));
    free(text);
}

/* What came of the writes of one line. */
struct outcome {
    unsigned values;
    bool refused;
    char value[LIMIT + 1];
};

static void write_piece(struct gather *gather, const char *bytes, size_t length, off_t at,
                        struct outcome *outcome)
{
    char *copy = fuzz_copy(bytes, length);
    int result = gather_write(gather, copy, length, at, 1);

    free(copy);
    must(result == 0 || result == 1 || result == -EINVAL || result == -EFBIG);
    outcome->refused = outcome->refused || result < 0;
    if (result == 1) {
        must(gather->text.length <= LIMIT);
        snprintf(outcome->value, sizeof outcome->value, "%s", verge_text_content(&gather->text));
        outcome->values++;
        gather_applied(gather, 0);
    }
}

/* As a program writes it that stops at the first error. */
static void write_line(enum syntax syntax, const char *line, size_t length, const uint8_t *cuts,
                       size_t cut_count, struct outcome *outcome)
{
    struct gather gather;
    size_t at = 0;

    *outcome = (struct outcome){.values = 0};
    gather_init(&gather, syntax, LIMIT);
    for (size_t i = 0; at < length && !outcome->refused; i++) {
        size_t step = i < cut_count ? (size_t)(cuts[i] & 7) + 1 : length - at;
        step = step < length - at ? step : length - at;
        write_piece(&gather, line + at, step, (off_t)at, outcome);
        at += step;
    }
    must(gather_close(&gather, 1) <= 0 || outcome->refused || outcome->values == 0);
    gather_free(&gather);
}

/* In pieces a word may be done before the line is refused; that word is then the line's first. */
static void compare(const struct outcome *whole, const struct outcome *pieces, const char *line)
{
    must(pieces->values <= 1 && whole->values + whole->refused <= 1);
    if (whole->values) {
        must(!pieces->refused && pieces->values == 1);
        must(strcmp(whole->value, pieces->value) == 0);
    }
    if (whole->refused) {
        must(pieces->refused);
        must(!pieces->values ||
             strncmp(line + strspn(line, " \t\r"), pieces->value, strlen(pieces->value)) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = {data, size};
    unsigned kind = fuzz_choice(&fuzz, 4);
    size_t cut_count, length;
    char *cuts = fuzz_line(&fuzz, &cut_count), *bytes = fuzz_line(&fuzz, &length);
    struct outcome whole, pieces;

    length = length < 600 ? length : 600;
    check_verdicts(scalars[kind], bytes, length);
    check_words(scalars[kind], bytes, length);
    char *line = calloc(length + 2, 1);
    must(line != NULL);
    memcpy(line, bytes, length);
    line[length] = '\n';
    write_line(syntaxes[kind], line, length + 1, NULL, 0, &whole);
    write_line(syntaxes[kind], line, length + 1, (const uint8_t *)cuts, cut_count, &pieces);
    must(whole.values + whole.refused == 1);
    compare(&whole, &pieces, line);
    free(cuts);
    free(bytes);
    free(line);
    return 0;
}
