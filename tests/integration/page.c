/* SPDX-License-Identifier: MIT */
#include "tests/integration/page.h"

#include <stdio.h>

static const char *escaped(char byte)
{
    switch (byte) {
    case '-':
        return "\\-";
    case '\\':
        return "\\e";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    default:
        return NULL;
    }
}

void page_text(const char *text, int line_begins)
{
    for (; *text != '\0'; text++) {
        const char *escape = escaped(*text);
        if (line_begins && *text == '.') {
            fputs("\\&", stdout);
        }
        if (escape != NULL) {
            fputs(escape, stdout);
        } else {
            putchar(*text);
        }
        line_begins = *text == '\n';
    }
}

void page_argument(const char *text)
{
    putchar('"');
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"') {
            fputs("\\(dq", stdout);
        } else {
            page_text((char[]){*at, '\0'}, 0);
        }
    }
    putchar('"');
}
