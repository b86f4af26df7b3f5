/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/control.h"

#include "fs/notify.h"
#include "fs/options.h"
#include "fs/stats.h"
#include "lib/queries.h"

bool control_show_version(const struct attribute *attribute, const struct subject *subject,
                          struct verge_text *text)
{
    (void)attribute;
    const char *release = subject->tree->release;
    verge_text_printf(text, "vergefs %s\n", PACKAGE_VERSION);
    return verge_text_printf(text, "VergeOS %s\n", *release ? release : "unknown");
}

static const char *said(const char *value)
{
    return value ? value : "";
}

bool control_show_config(const struct attribute *attribute, const struct subject *subject,
                         struct verge_text *text)
{
    (void)attribute;
    const struct options *options = subject->tree->options;
    verge_text_printf(text, "url=%s\n", subject->tree->url);
    verge_text_printf(text, "credentials=%s\n", said(options->credentials_file));
    verge_text_printf(text, "cacert=%s\n", said(options->cacert));
    verge_text_printf(text, "insecure=%d\n", options->insecure);
    verge_text_printf(text, "ttl=%g\n", options->ttl);
    verge_text_printf(text, "timeout=%g\n", options->timeout);
    verge_text_printf(text, "retries=%d\n", options->retries);
    verge_text_printf(text, "budget=%d\n", options->budget);
    verge_text_printf(text, "nodelete=%d\n", options->nodelete);
    verge_text_printf(text, "ro=%d\n", options->read_only);
    verge_text_printf(text, "allow_other=%d\n", options->allow_other);
    verge_text_printf(text, "uid=%u\n", (unsigned)options->uid);
    verge_text_printf(text, "gid=%u\n", (unsigned)options->gid);
    return verge_text_printf(text, "umask=%03o\n", (unsigned)options->umask);
}

bool control_show_stats(const struct attribute *attribute, const struct subject *subject,
                        struct verge_text *text)
{
    (void)attribute;
    return stats_show(subject->tree, text);
}

bool control_show_error_log(const struct attribute *attribute, const struct subject *subject,
                            struct verge_text *text)
{
    (void)attribute;
    return error_log_show(subject->tree->log, text);
}

int control_clear_error_log(const struct change *change)
{
    error_log_clear(change->tree->log);
    return 0;
}

int control_refresh(const struct change *change)
{
    verge_refresh(change->tree->inventory);
    verge_queries_forget(change->tree->queries);
    notify_stale(change->tree->notify);
    return 0;
}
