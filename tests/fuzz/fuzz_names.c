/* SPDX-License-Identifier: MIT */
/*
 * Names both ways: a digit, then either a key and the API's name (to be encoded) or a file name (to
 * be taken apart). What is encoded is a file name of one line that comes back as it was; what can
 * be taken apart has one spelling only.
 */
#include "config.h"

#include <errno.h>

#include "fs/names.h"
#include "fs/utf8.h"
#include "tests/fuzz/fuzz.h"

FUZZ_RUNS(40000);

static bool is_utf8(const char *text)
{
    for (int step; *text; text += step)
        if ((step = utf8_character(text, strnlen(text, UTF8_LONGEST))) <= 0)
            return false;
    return true;
}

static void check_file_name(const char *name)
{
    size_t length = strnlen(name, NAME_ROOM);

    must(length > 0 && length <= NAME_MAX);
    must(*name != '.' && *name != '-' && *name != ' ');
    must(name[length - 1] != ' ' && is_utf8(name));
    for (size_t i = 0; i < length; i++)
        must((unsigned char)name[i] >= 0x20 && name[i] != 0x7f && name[i] != '/');
}

/* `plain`: no other row has this name. */
static void check_encoding(const char *name, const char *key, bool plain)
{
    char file_name[NAME_ROOM], again[NAME_ROOM];
    struct parsed_name parsed;

    memset(file_name, 'x', sizeof file_name);
    name_encode(name, key, plain, file_name);
    check_file_name(file_name);
    if (*key == '\0')
        return; /* no row is without a key */
    must(name_parse(file_name, &parsed) == 0);
    must(strncmp(parsed.name, name, strlen(parsed.name)) == 0);
    must(!plain || !*name || *parsed.key || strcmp(parsed.name, name) == 0);
    must(plain || *parsed.key);
    if (strcmp(parsed.name, name) == 0) {
        name_encode(parsed.name, key, plain, again);
        must(strcmp(file_name, again) == 0);
    }
}

/* Two spellings of one thing would be two inodes of it. */
static void check_taking_apart(const char *file_name)
{
    struct parsed_name parsed;
    char again[NAME_ROOM], name[NAME_ROOM];
    int result = name_parse(file_name, &parsed);
    int made = name_decode_new(file_name, 128, name);

    must(result == 0 || result == -ENOENT);
    must(made == 0 || made == -EINVAL);
    if (result == 0) {
        check_file_name(file_name);
        name_encode(parsed.name, parsed.key, !*parsed.key, again);
        must(strcmp(again, file_name) == 0 || (*parsed.key && strlen(file_name) > NAME_MAX - 4));
    }
    if (made == 0) {
        must(result == 0 && *name && is_utf8(name) && strlen(name) <= (size_t)128 * UTF8_LONGEST);
        name_encode(name, "1", true, again);
        must(strcmp(again, file_name) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = {data, size};
    unsigned way = fuzz_choice(&fuzz, 3);
    char *key = way < 2 ? fuzz_line_string(&fuzz) : NULL;
    char *name = fuzz_rest_string(&fuzz);

    if (way < 2)
        check_encoding(name, key, way == 0);
    else
        check_taking_apart(name);
    free(key);
    free(name);
    return 0;
}
