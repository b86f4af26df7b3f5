/* SPDX-License-Identifier: MIT */
/*
 * Any sequence of writes and closes: a digit for the syntax, then a line for each, which begins
 * with a digit for what is done, one for the offset, one for the owner. However programs behave,
 * what is given out is a value of its syntax, and nothing is given out twice.
 */
#include "config.h"

#include <errno.h>

#include "fs/gather.h"
#include "tests/fuzz/fuzz.h"

FUZZ_RUNS(20000);

#define LIMIT 64

enum action { WRITE, WRITE_FAILS, WRITE_ENDED, CLOSE, APPEND, ACTIONS };

static bool is_scalar(enum syntax syntax, const char *text, size_t length)
{
    static const enum scalar scalars[] = {[SYNTAX_BOOLEAN] = SCALAR_BOOLEAN,
                                          [SYNTAX_POWER] = SCALAR_POWER,
                                          [SYNTAX_INTEGER] = SCALAR_INTEGER,
                                          [SYNTAX_TEXT] = SCALAR_TEXT};

    return scalar_judge(scalars[syntax], text, length) >= VERDICT_OPEN;
}

static void check_value(const struct gather *gather)
{
    const char *value = verge_text_content(&gather->text);
    size_t length = gather->text.length;

    must(gather->state == GATHER_GIVEN && length <= LIMIT && strlen(value) == length);
    if (gather->syntax == SYNTAX_DOCUMENT)
        must(*value == '{' && value[length - 1] == '}');
    else
        must(is_scalar(gather->syntax, value, length));
}

/* Whoever applies it is asked for it first. */
static void apply(struct gather *gather, int result, int outcome)
{
    must(result == 0 || result == 1 || result == -EINVAL || result == -EFBIG || result == -EIO);
    if (result != 1)
        return;
    check_value(gather);
    gather_applied(gather, outcome);
    must(gather->state != GATHER_GIVEN && gather->text.length == 0);
}

static void act(struct gather *gather, struct fuzz *fuzz)
{
    unsigned action = fuzz_choice(fuzz, ACTIONS);
    unsigned place = fuzz_choice(fuzz, 4);
    uint64_t owner = fuzz_choice(fuzz, 3);
    size_t length;
    char *bytes = fuzz_line(fuzz, &length);
    const off_t offsets[] = {0, gather->next, gather->next + 1, gather->next / 2};

    if (action == WRITE_ENDED && length > 0) { /* a line can hold no newline: it ends with one */
        bytes[length - 1] = '\n';
    }
    if (action == CLOSE)
        apply(gather, gather_close(gather, owner), 0);
    else if (action == APPEND)
        gather->append = !gather->append;
    else
        apply(gather, gather_write(gather, bytes, length, offsets[place], owner),
              action == WRITE_FAILS ? -EIO : 0);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum syntax syntaxes[] = {SYNTAX_BOOLEAN, SYNTAX_POWER, SYNTAX_INTEGER,
                                           SYNTAX_TEXT, SYNTAX_DOCUMENT};
    struct fuzz fuzz = {data, size};
    struct gather gather;

    gather_init(&gather, syntaxes[fuzz_choice(&fuzz, 5)], LIMIT);
    fuzz_end_line(&fuzz);
    while (fuzz.left > 0)
        act(&gather, &fuzz);
    gather_free(&gather);
    return 0;
}
