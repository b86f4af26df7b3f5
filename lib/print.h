/* SPDX-License-Identifier: MIT */
/*
 * JSON written straight into a text, without a tree: byte by byte what cJSON_Print would give.
 */
#ifndef VERGE_PRINT_H
#define VERGE_PRINT_H

#include "lib/text.h"

/* A string in its quotes. */
bool verge_print_string(struct verge_text *text, const char *string);

/*
 * Indents JSON that cJSON has printed without white space. It stands so many levels below the whole
 * of which it is a part; its first line is not indented.
 */
bool verge_print_indented(struct verge_text *text, const char *compact, unsigned level);

#endif
