/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/fuzz/mutate.h"

#include "tests/fuzz/fuzz.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MOST_STEPS 6

/* Of JSON, names, filters, numbers, headers, and bytes that are no UTF-8. */
static const char *const words[] = {
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\\",
    "null",
    "true",
    "false",
    "{}",
    "[]",
    "\"\"",
    "\\u0000",
    "\\ud800",
    "\\\"",
    "0",
    "-1",
    "1e309",
    "-0",
    "18446744073709551616",
    "4294967296",
    "0.5",
    "%",
    "%~",
    "%2F",
    "%00",
    "%25",
    "..",
    "/",
    "'",
    "(",
    ")",
    ") or (",
    "\\'",
    " ",
    "\t",
    "\r\n",
    "\n",
    "\x7f",
    "\xc3\xbc",
    "\xc3",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xff",
    "\xe2\x80\xae", /* NOLINT(misc-misleading-bidirectional) */
    "=",
    "#",
    "yes",
    "off",
    "$key",
    "err",
    "message",
    "location",
    "settings_args",
    "\"$key\":1",
    "-",
};

/* The splitmix64 generator. */
static uint64_t next(struct mutator *mutator)
{
    uint64_t z = mutator->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t below(struct mutator *mutator, size_t bound)
{
    return bound > 0 ? (size_t)(next(mutator) % bound) : 0;
}

/* A short run is the likelier one. */
static size_t run_length(struct mutator *mutator, size_t most)
{
    size_t length = 1 + below(mutator, below(mutator, 4) == 0 ? most : 8);

    return length < most ? length : most;
}

/* What is being made. */
struct draft {
    uint8_t *bytes;
    size_t length;
};

static void insert(struct draft *draft, size_t at, const uint8_t *bytes, size_t length)
{
    if (draft->length + length > FUZZ_LONGEST)
        return;
    memmove(draft->bytes + at + length, draft->bytes + at, draft->length - at);
    memmove(draft->bytes + at, bytes, length);
    draft->length += length;
}

static void flip(struct mutator *mutator, struct draft *draft)
{
    if (draft->length > 0)
        draft->bytes[below(mutator, draft->length)] ^= (uint8_t)(1U << below(mutator, 8));
}

static void replace(struct mutator *mutator, struct draft *draft)
{
    if (draft->length > 0)
        draft->bytes[below(mutator, draft->length)] = (uint8_t)next(mutator);
}

static void put_byte(struct mutator *mutator, struct draft *draft)
{
    uint8_t byte = (uint8_t)next(mutator);

    insert(draft, below(mutator, draft->length + 1), &byte, 1);
}

static void put_word(struct mutator *mutator, struct draft *draft)
{
    const char *word = words[below(mutator, COUNT(words))];

    insert(draft, below(mutator, draft->length + 1), (const uint8_t *)word, strlen(word));
}

static void take_out(struct mutator *mutator, struct draft *draft)
{
    size_t at = below(mutator, draft->length);
    size_t length = run_length(mutator, draft->length - at);

    if (draft->length == 0)
        return;
    memmove(draft->bytes + at, draft->bytes + at + length, draft->length - at - length);
    draft->length -= length;
}

/* A part of one of the corpus, which may be the one at hand. */
static void put_part(struct mutator *mutator, struct draft *draft)
{
    const struct input *other = &mutator->corpus->inputs[below(mutator, mutator->corpus->count)];
    size_t from = below(mutator, other->length);

    if (other->length > 0)
        insert(draft, below(mutator, draft->length + 1), other->bytes + from,
               run_length(mutator, other->length - from));
}

static void repeat(struct mutator *mutator, struct draft *draft)
{
    uint8_t part[256];
    size_t at = below(mutator, draft->length);
    size_t length = draft->length - at < sizeof part ? draft->length - at : sizeof part;
    size_t times = 1 + below(mutator, 40);

    if (draft->length == 0)
        return;
    length = run_length(mutator, length);
    memcpy(part, draft->bytes + at, length);
    while (times-- > 0)
        insert(draft, at, part, length);
}

static void cut(struct mutator *mutator, struct draft *draft)
{
    draft->length = below(mutator, draft->length + 1);
}

static void (*const steps[])(struct mutator *mutator, struct draft *draft) = {
    flip, replace, put_byte, put_word, put_word, take_out, put_part, repeat, cut,
};

size_t mutate(struct mutator *mutator, uint8_t bytes[FUZZ_LONGEST])
{
    const struct input *input = &mutator->corpus->inputs[below(mutator, mutator->corpus->count)];
    struct draft draft = {bytes, input->length};
    size_t count = 1 + below(mutator, MOST_STEPS);

    memcpy(bytes, input->bytes, input->length);
    while (count-- > 0)
        steps[below(mutator, COUNT(steps))](mutator, &draft);
    return draft.length;
}

/* ---- inputs ---- */

void inputs_add(struct inputs *inputs, const char *path)
{
    struct input *longer = reallocarray(inputs->inputs, inputs->count + 1, sizeof *longer);
    FILE *file = fopen(path, "rb");
    uint8_t room[FUZZ_LONGEST + 1];

    if (!file) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    must(longer != NULL);
    size_t length = fread(room, 1, sizeof room, file);
    fclose(file);
    must(length <= FUZZ_LONGEST);
    inputs->inputs = longer;
    inputs->inputs[inputs->count++] =
        (struct input){strdup(path), (uint8_t *)fuzz_copy(room, length), length};
}

static int by_path(const void *one, const void *other)
{
    return strcmp(((const struct input *)one)->path, ((const struct input *)other)->path);
}

void inputs_sort(struct inputs *inputs)
{
    if (inputs->count > 0)
        qsort(inputs->inputs, inputs->count, sizeof *inputs->inputs, by_path);
}

void inputs_free(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        free(inputs->inputs[i].path);
        free(inputs->inputs[i].bytes);
    }
    free(inputs->inputs);
}
