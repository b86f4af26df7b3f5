/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* The variable is inherited by whoever has another standard error, too: device and inode tell. */
static bool is_journal(int descriptor)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat status;
    char more;
    return stream && sscanf(stream, "%llu:%llu%c", &device, &inode, &more) == 2 &&
           !fstat(descriptor, &status) && status.st_dev == device && status.st_ino == inode;
}

const char *complain_prefix(int priority)
{
    static const char *const prefixes[] = {
        [LOG_EMERG] = "<0>",   [LOG_ALERT] = "<1>",  [LOG_CRIT] = "<2>", [LOG_ERR] = "<3>",
        [LOG_WARNING] = "<4>", [LOG_NOTICE] = "<5>", [LOG_INFO] = "<6>", [LOG_DEBUG] = "<7>",
    };
    return is_journal(STDERR_FILENO) ? prefixes[priority] : "";
}

bool complain(const char *format, ...)
{
    va_list arguments;
    flockfile(stderr);
    fprintf(stderr, "%svergefs: ", complain_prefix(LOG_ERR));
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    funlockfile(stderr);
    return false;
}
