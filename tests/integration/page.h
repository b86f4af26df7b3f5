/* SPDX-License-Identifier: MIT
 *
 * Tables of the manual that are the tests' own data, printed in mdoc.
 */
#ifndef VERGEFS_TESTS_PAGE_H
#define VERGEFS_TESTS_PAGE_H

/* Prints a text such that it is shown as it is written, and can be copied into a shell; the
 * function puts the escapes that mdoc wants. `line_begins`: whether a line of the page does. */
void page_text(const char *text, int line_begins);

/* One argument of a macro, whatever is in it. */
void page_argument(const char *text);

#endif
