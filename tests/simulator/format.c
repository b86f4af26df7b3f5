/* SPDX-License-Identifier: MIT */
#include "tests/simulator/format.h"
#include "tests/simulator/buffer.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <string.h>

static char *plain(const struct value *value)
{
    struct buffer text = {0};

    if (value->kind == VALUE_NUMBER)
        buffer_printf(&text, "%" PRId64, value->number);
    else if (value->kind == VALUE_BOOL)
        buffer_text(&text, value->truth ? "true" : "false");
    else
        buffer_text(&text, value_characters(value));
    return buffer_take(&text);
}

static void write_datetime(struct buffer *out, int64_t seconds)
{
    char text[64] = "";
    struct tm parts;
    time_t time = (time_t)seconds;

    if (gmtime_r(&time, &parts))
        (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
    buffer_text(out, text);
}

static void write_diskspace(struct buffer *out, int64_t bytes)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
    double amount = (double)bytes;
    int unit = 0;

    while (amount >= 1024 && unit < 5) {
        amount /= 1024;
        unit++;
    }
    buffer_printf(out, "%.4g %s", amount, units[unit]);
}

static void write_sha1(struct buffer *out, const char *text)
{
    unsigned char digest[20] = {0};

    (void)gnutls_hash_fast(GNUTLS_DIG_SHA1, text, strlen(text), digest);
    for (size_t index = 0; index < sizeof(digest); index++)
        buffer_printf(out, "%02x", digest[index]);
}

static void write_case(struct buffer *out, const char *text, bool upper)
{
    for (; *text; text++)
        buffer_character(
            out, (char)(upper ? toupper((unsigned char)*text) : tolower((unsigned char)*text)));
}

char *format_value(enum format format, const struct value *value)
{
    struct buffer out = {0};
    int64_t number = value->kind == VALUE_NUMBER ? value->number : 0;

    if (value->kind == VALUE_NULL)
        return NULL;

    char *text = plain(value);

    switch (format) {
    case FORMAT_UPPER:
    case FORMAT_LOWER:
        write_case(&out, text, format == FORMAT_UPPER);
        break;
    case FORMAT_DATETIME:
        write_datetime(&out, number);
        break;
    case FORMAT_DISKSPACE:
        write_diskspace(&out, number);
        break;
    case FORMAT_HEX:
        buffer_printf(&out, "%" PRIx64, (uint64_t)number);
        break;
    case FORMAT_SHA1:
        write_sha1(&out, text);
        break;
    }
    free(text);
    return buffer_take(&out);
}
