/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/utf8.h"

/* First bytes and how a character goes on. The narrow second bytes keep out what is overlong, a
 * surrogate or too high. */
static const struct lead {
    unsigned char first, last;
    unsigned char length;
    unsigned char second_low, second_high;
} leads[] = {
    {0x00, 0x7f, 1, 0x00, 0x00}, {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static int goes_on(const unsigned char *at, size_t length, const struct lead *lead)
{
    for (size_t i = 1; i < lead->length; i++) {
        unsigned char low = i == 1 ? lead->second_low : 0x80;
        unsigned char high = i == 1 ? lead->second_high : 0xbf;
        if (i >= length)
            return -1;
        if (at[i] < low || at[i] > high)
            return 0;
    }
    return lead->length;
}

int utf8_character(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes;

    if (length == 0)
        return -1;
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        if (*at >= leads[i].first && *at <= leads[i].last)
            return goes_on(at, length, &leads[i]);
    }
    return 0;
}
