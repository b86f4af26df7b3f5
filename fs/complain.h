/* SPDX-License-Identifier: MIT */
/*
 * What goes to the standard error, for a person or for the journal. The journal takes a number
 * before a line for its level (sd-daemon(3)); a person shall not see it.
 */
#ifndef VERGEFS_COMPLAIN_H
#define VERGEFS_COMPLAIN_H

#include <stdbool.h>

/* What a line of this priority (syslog's LOG_ERR and so on) begins with: "<3>", or "" where the
 * standard error is not the journal, by what systemd says of it in JOURNAL_STREAM. */
const char *complain_prefix(int priority);

/* Prints "vergefs: " and a sentence, as an error. False, for the callers' convenience. */
bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
