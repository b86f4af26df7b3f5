/* SPDX-License-Identifier: MIT */
/*
 * A JSON object written in pieces: digits for where it is cut, a newline, the bytes. The pieces
 * come to the same end as the whole, and what JSON's parser takes for one object is complete with
 * its last brace.
 */
#include "config.h"

#include <errno.h>

#include "fs/gather.h"
#include "lib/value.h"
#include "tests/fuzz/fuzz.h"

FUZZ_RUNS(20000);

#define LIMIT 4096

/* How far it got: 1 at `end`, 0 at the end of the bytes, or -EINVAL. */
struct outcome {
    int result;
    size_t end;
};

static struct outcome take(const char *bytes, size_t length, const uint8_t *cuts, size_t cut_count)
{
    struct document document = {.depth = 0};
    struct outcome outcome = {0, 0};
    size_t at = 0;

    for (size_t i = 0; at < length && outcome.result == 0; i++) {
        size_t step = i < cut_count ? (size_t)(cuts[i] & 15) + 1 : length - at;
        size_t from = 0, to = 0;
        step = step < length - at ? step : length - at;
        char *piece = fuzz_copy(bytes + at, step);
        outcome.result = document_take(&document, piece, step, &from, &to);
        must(from <= to && to <= step && document.depth <= DOCUMENT_DEPTH);
        must(outcome.result < 0 || (document.depth == 0) == (outcome.result == 1 || from == to));
        outcome.end = at + to;
        at += step;
        free(piece);
    }
    return outcome;
}

static void check_parser(const char *bytes, size_t length, struct outcome outcome)
{
    VERGE_JSON_LOCAL *json = verge_json_parse(bytes, length);
    size_t white = 0;

    while (white < length && document_white(bytes[white]))
        white++;
    /* The parser passes over more before it than JSON allows. */
    if (!cJSON_IsObject(json) || memchr(bytes, '\0', length) || bytes[white] != '{')
        return;
    must(outcome.result == 1);
    while (outcome.end < length)
        must(document_white(bytes[outcome.end++]));
}

/* The value that is given out, as a copy; NULL for none. */
static char *gathered(const char *bytes, size_t length, const uint8_t *cuts, size_t cut_count)
{
    struct gather gather;
    char *value = NULL;
    size_t at = 0;
    int result = 0;

    gather_init(&gather, SYNTAX_DOCUMENT, LIMIT);
    for (size_t i = 0; at < length && result == 0; i++) {
        size_t step = i < cut_count ? (size_t)(cuts[i] & 15) + 1 : length - at;
        step = step < length - at ? step : length - at;
        char *piece = fuzz_copy(bytes + at, step);
        result = gather_write(&gather, piece, step, (off_t)at, 1);
        free(piece);
        at += step;
    }
    if (result == 1) {
        value = strdup(verge_text_content(&gather.text));
        must(value && *value == '{' && value[strlen(value) - 1] == '}');
        must(strlen(value) == gather.text.length && gather.text.length <= LIMIT);
        gather_applied(&gather, 0);
    }
    gather_free(&gather);
    return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = {data, size};
    size_t cut_count, length;
    char *line = fuzz_line(&fuzz, &cut_count), *bytes = fuzz_rest(&fuzz, &length);
    const uint8_t *cuts = (const uint8_t *)line;
    struct outcome whole = take(bytes, length, NULL, 0);
    struct outcome pieces = take(bytes, length, cuts, cut_count);

    must(whole.result == pieces.result && whole.end == pieces.end);
    if (length > 0)
        check_parser(bytes, length, whole);
    char *one = gathered(bytes, length, NULL, 0);
    char *other = gathered(bytes, length, cuts, cut_count);
    must(!one || (other && strcmp(one, other) == 0));
    must(!other || memmem(bytes, length, other, strlen(other)));
    free(one);
    free(other);
    free(line);
    free(bytes);
    return 0;
}
