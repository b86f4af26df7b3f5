/* SPDX-License-Identifier: MIT */
#include "tests/simulator/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool answer_error(struct answer *answer, int status, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    buffer_clear(&answer->body);
    answer->status = status;
    buffer_text(&answer->body, "{\"err\":");
    buffer_json_string(&answer->body, size < 0 ? "" : text, false);
    buffer_text(&answer->body, "}");
    if (size >= 0)
        free(text);
    return false;
}

void answer_clear(struct answer *answer)
{
    buffer_clear(&answer->body);
    answer->status = 0;
    answer->type = NULL;
}
