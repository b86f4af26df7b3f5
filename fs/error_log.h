/* SPDX-License-Identifier: MIT */
/*
 * The last failures with their reasons, for a person to read: .vergefs/error_log (spec §4). The
 * same lines go to syslog, or to stderr with -f, with a level where that is the journal. A line is
 * one line, whatever the server sent, and carries no secret. It says so where a change that failed
 * may have been made all the same.
 *
 *   2026-01-02T03:04:05Z bash[123] write /vms/web/devices/gpu0/enabled: PUT
 * /api/v4/machine_devices/7: 422 EINVAL: text of the server
 */
#ifndef VERGEFS_ERROR_LOG_H
#define VERGEFS_ERROR_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/error.h"
#include "lib/text.h"

#define ERROR_LOG_LINES 64

enum error_log_target { ERROR_LOG_SILENT, ERROR_LOG_STDERR, ERROR_LOG_SYSLOG };

struct error_log;

struct error_log *error_log_new(enum error_log_target target); /* NULL: no memory */
void error_log_free(struct error_log *log);

/* `path` inside the mount; `operation` as the kernel's terms have it. Reads the process's name from
 * /proc. */
void error_log_add(struct error_log *log, pid_t process, const char *operation, const char *path,
                   const struct verge_error *error);

/* Appends all lines, oldest first, each with its newline. */
bool error_log_show(struct error_log *log, struct verge_text *text);
void error_log_clear(struct error_log *log);

/* Grows with each line and each clearing. */
uint64_t error_log_generation(struct error_log *log);

#endif
