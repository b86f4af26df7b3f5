/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/gather_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 4096

struct gather gather;
char applied[4096];
int verdict;
unsigned requests;

void open_as(enum syntax syntax)
{
    gather_free(&gather);
    gather_init(&gather, syntax, LIMIT);
    applied[0] = '\0';
    verdict = 0;
    requests = 0;
}

static void setup(void)
{
    gather = (struct gather){0};
    open_as(SYNTAX_BOOLEAN);
}

static void teardown(void)
{
    gather_free(&gather);
}

int apply(int result)
{
    if (result != 1)
        return result;
    requests++;
    if (verdict == 0) {
        size_t used = strlen(applied);
        snprintf(applied + used, sizeof applied - used, "%s|", verge_text_content(&gather.text));
    }
    gather_applied(&gather, verdict);
    return verdict;
}

int write_bytes(const char *bytes, size_t length, off_t offset)
{
    return apply(gather_write(&gather, bytes, length, offset, WRITER));
}

int write_at(const char *bytes, off_t offset)
{
    return write_bytes(bytes, strlen(bytes), offset);
}

int close_by(uint64_t owner)
{
    return apply(gather_close(&gather, owner));
}

int write_in_steps(enum syntax syntax, const char *bytes, size_t step)
{
    size_t length = strlen(bytes);

    open_as(syntax);
    for (size_t at = 0; at < length; at += step) {
        size_t piece = length - at < step ? length - at : step;
        int result = write_bytes(bytes + at, piece, (off_t)at);
        if (result < 0)
            return result;
    }
    return close_by(WRITER);
}

TCase *gather_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120); /* sanitizers are slow */
    suite_add_tcase(suite, tests);
    return tests;
}
