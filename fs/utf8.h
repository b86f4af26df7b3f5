/* SPDX-License-Identifier: MIT */
/*
 * What is a character of UTF-8, and what is none: overlong forms, surrogates and what lies beyond
 * U+10FFFF are not.
 */
#ifndef VERGEFS_UTF8_H
#define VERGEFS_UTF8_H

#include <stddef.h>

#define UTF8_LONGEST 4

/*
 * The length of the character that `bytes` begins with, 1 to 4. 0 when it begins with none; -1 when
 * it ends within what may become one.
 */
int utf8_character(const char *bytes, size_t length);

#endif
