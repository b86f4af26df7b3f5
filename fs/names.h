/* SPDX-License-Identifier: MIT */
/*
 * API name <-> file name (spec §2), and who gets the plain name among equals. Pure functions.
 *
 * Encoded as %XX, upper case, byte by byte: 0x00-0x1f, 0x7f, '/', '\', '%', bytes that are not
 * valid UTF-8, a leading '.', '-' or space, a trailing space. "%~KEY" after a name tells it from
 * its equals; alone it is the empty name's; a name above 255 bytes is cut at a character and gets
 * it too. "%~" is no escape, so nothing is ambiguous: only one spelling resolves.
 */
#ifndef VERGEFS_NAMES_H
#define VERGEFS_NAMES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* Room for every file name and its NUL. */
#define NAME_ROOM (NAME_MAX + 1)

/*
 * The file name of the row `name` whose key is `key` ("17", or a group's UUID). `plain`: it is the
 * one with the lowest key among those of its name. The result is always a valid file name, whatever
 * bytes the server sent: of a key, letters, digits, '-' and '_' are kept, any other byte becomes
 * '_', and what is beyond 64 bytes is cut.
 */
void name_encode(const char *name, const char *key, bool plain, char file_name[NAME_ROOM]);

/* A file name taken apart. */
struct parsed_name {
    char name[NAME_ROOM]; /* decoded API name; only a beginning of it when the file name was cut */
    char key[NAME_ROOM];  /* "" when the file name carries none */
};

/*
 * Takes a file name apart. -ENOENT when it cannot be a canonical spelling of anything: a caller
 * that has found the row it names still compares with name_encode, for whether "%~KEY" is due
 * depends on the others. A file name above 255 bytes is nobody's either: the kernel lets them
 * through to us.
 */
int name_parse(const char *file_name, struct parsed_name *parsed);

/*
 * The API name that a new thing of this file name shall have: -EINVAL when it is not its canonical
 * spelling, carries a key, has more than `max` characters (UTF-8; the API counts 128 for devices),
 * or is no valid UTF-8, which JSON could not carry.
 */
int name_decode_new(const char *file_name, size_t max, char name[NAME_ROOM]);

#endif
