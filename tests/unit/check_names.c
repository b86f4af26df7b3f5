/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/unit.h"
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fs/names.h"
#include "fs/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LONG_ROOM 1024

static const struct {
    const char *name, *file_name;
} spellings[] = {
    {"web01", "web01"},
    {"a b  c", "a b  c"},
    {"a:b", "a:b"},
    {"~tilde", "~tilde"},
    {"Grafik-Karte 1 \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
     "Grafik-Karte 1 \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"50%", "50%25"},
    {"%~7", "%25~7"},
    {"%41", "%2541"},
    {"a/b\\c", "a%2Fb%5Cc"},
    {".", "%2E"},
    {"..", "%2E."},
    {".hidden.", "%2Ehidden."},
    {"-rf", "%2Drf"},
    {"a-b", "a-b"},
    {" ", "%20"},
    {"  ", "%20%20"},
    {" a ", "%20a%20"},
    {"a\nb\tc\x01\x1f\x7f", "a%0Ab%09c%01%1F%7F"},
    {"\xff", "%FF"},
    {"a\x80z", "a%80z"},
    {"\xc0\xaf", "%C0%AF"},               /* overlong '/' */
    {"\xe0\x80\xaf", "%E0%80%AF"},        /* overlong */
    {"\xf0\x80\x80\xaf", "%F0%80%80%AF"}, /* overlong */
    {"\xed\xa0\x80", "%ED%A0%80"},        /* a surrogate */
    {"\xf4\x90\x80\x80", "%F4%90%80%80"}, /* beyond U+10FFFF */
    {"\xf5\x80\x80\x80", "%F5%80%80%80"},
    {"\xe2\x82", "%E2%82"}, /* an unfinished character */
    {"\xe2\x82z", "%E2%82z"},
    {"\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80"}, /* on both sides of the surrogates */
};

START_TEST(names_are_spelled)
{
    char file_name[NAME_ROOM];
    struct parsed_name parsed;

    name_encode(spellings[_i].name, "17", true, file_name);
    ck_assert_str_eq(file_name, spellings[_i].file_name);
    ck_assert_int_eq(name_parse(file_name, &parsed), 0);
    ck_assert_str_eq(parsed.name, spellings[_i].name);
    ck_assert_str_eq(parsed.key, "");
}
END_TEST

START_TEST(equals_are_told_apart_by_key)
{
    char file_name[NAME_ROOM];
    struct parsed_name parsed;

    name_encode("gpu 0 ", "17", false, file_name);
    ck_assert_str_eq(file_name, "gpu 0%20%~17");
    ck_assert_int_eq(name_parse(file_name, &parsed), 0);
    ck_assert_str_eq(parsed.name, "gpu 0 ");
    ck_assert_str_eq(parsed.key, "17");
    name_encode("", "17", true, file_name);
    ck_assert_str_eq(file_name, "%~17");
    ck_assert_int_eq(name_parse(file_name, &parsed), 0);
    ck_assert_str_eq(parsed.name, "");
    ck_assert_str_eq(parsed.key, "17");
    name_encode("", "01234567-89ab-cdef-0123-456789abcdef", false, file_name);
    ck_assert_str_eq(file_name, "%~01234567-89ab-cdef-0123-456789abcdef");
    ck_assert_int_eq(name_parse(file_name, &parsed), 0);
}
END_TEST

START_TEST(hostile_keys_do_no_harm)
{
    char file_name[NAME_ROOM];
    char key[LONG_ROOM];
    struct parsed_name parsed;

    name_encode("x", "../\n%~1", false, file_name);
    ck_assert_str_eq(file_name, "x%~______1");
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    name_encode("x", key, false, file_name);
    ck_assert_uint_eq(strlen(file_name), 1 + 2 + 64);
    ck_assert_int_eq(name_parse(file_name, &parsed), 0);
    memcpy(file_name + 1 + 2 + 64, "k", 2); /* such a key is never written */
    ck_assert_int_eq(name_parse(file_name, &parsed), -ENOENT);
}
END_TEST

static const char *const nobodys[] = {
    "",       "50%",      "a%2fb",  "%41",         "%2",   "%",   "a ",
    " a",     "-a",       ".a",     ".",           "..",   "a/b", "a\\b",
    "a\nb",   "%00",      "a%00",   "%E2%82%AC",   "%~",   "a%~", "a%~1%~2",
    "a%~1/2", "a%~1 ",    "a %~17", "a%~\xc3\xa4", "%GG",  "%2G", "\xc0\xaf",
    "a\xff",  "%20a b%2", "a%7f",   "%61%~17",     "\x7f", "%%",  "%~%~1",
};

START_TEST(other_spellings_are_nobodys)
{
    struct parsed_name parsed;
    char name[NAME_ROOM];

    ck_assert_int_eq(name_parse(nobodys[_i], &parsed), -ENOENT);
    ck_assert_int_eq(name_decode_new(nobodys[_i], 128, name), -EINVAL);
}
END_TEST

/* `unit` as often as it takes, after `offset` bytes of "a". */
static void fill(char room[LONG_ROOM], const char *unit, size_t offset)
{
    size_t step = strlen(unit);

    memset(room, 'a', offset);
    for (; offset + step < 400; offset += step)
        memcpy(room + offset, unit, step);
    room[offset] = '\0';
}

/* Nothing but whole characters and whole escapes, as long as could be. */
static void check_cut(const char *name, const char *key)
{
    char file_name[NAME_ROOM];
    struct parsed_name parsed;

    name_encode(name, key, true, file_name);
    ck_assert_uint_le(strlen(file_name), NAME_MAX);
    ck_assert_uint_ge(strlen(file_name), NAME_MAX - UTF8_LONGEST + 1);
    ck_assert_msg(name_parse(file_name, &parsed) == 0, "%s", file_name);
    ck_assert_str_eq(parsed.key, key);
    ck_assert_int_eq(strncmp(parsed.name, name, strlen(parsed.name)), 0);
}

START_TEST(long_names_are_cut_at_a_character)
{
    static const char *const units[] = {"b", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                        "/", "%",        "\xff",         "x "};
    char name[LONG_ROOM];

    for (size_t i = 0; i < COUNT(units); i++) {
        for (size_t offset = 0; offset < 16; offset++) {
            fill(name, units[i], offset);
            check_cut(name, "17");
            check_cut(name, "01234567-89ab-cdef-0123-456789abcdef");
        }
    }
}
END_TEST

START_TEST(just_255_bytes_are_not_cut)
{
    char name[LONG_ROOM];
    char file_name[NAME_ROOM];
    char new_name[NAME_ROOM];
    struct parsed_name parsed;

    memset(name, 'a', 256);
    name[255] = '\0';
    name_encode(name, "1", true, file_name);
    ck_assert_str_eq(file_name, name);
    ck_assert_int_eq(name_parse(name, &parsed), 0);
    ck_assert_int_eq(name_decode_new(name, 255, new_name), 0);
    name[255] = 'a';
    name[256] = '\0';
    ck_assert_int_eq(name_parse(name, &parsed), -ENOENT);
    name_encode(name, "1", true, file_name);
    ck_assert_str_eq(file_name + 252, "%~1");
    ck_assert_uint_eq(strlen(file_name), 255);
    name_encode("b", "1", false, file_name);
    ck_assert_str_eq(file_name, "b%~1");
}
END_TEST

/* A small generator of our own: the same names on every system. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* Bytes that matter are far more frequent than among random ones. */
static void random_name(uint32_t *state, char *name, size_t most)
{
    static const char *const parts[] = {"a",
                                        " ",
                                        ".",
                                        "-",
                                        "%",
                                        "/",
                                        "~",
                                        "\\",
                                        "%~",
                                        "%2F",
                                        "\xc3\xa4",
                                        "\xe2\x82\xac",
                                        "\xf0\x9f\x98\x80",
                                        "\xe2",
                                        "\x82",
                                        "\xed\xa0\x80",
                                        "\xc0",
                                        "\x7f",
                                        "\n"};
    size_t length = 1 + next_random(state) % most;

    for (size_t at = 0; at < length; at = strlen(name)) {
        char byte[2] = {(char)(1 + next_random(state) % 255), '\0'};
        uint32_t choice = next_random(state) % (2 * COUNT(parts));
        const char *part = choice < COUNT(parts) ? parts[choice] : byte;
        memcpy(name + at, part, strlen(part) + 1);
    }
}

START_TEST(random_names_come_back)
{
    uint32_t state = 1;
    char name[LONG_ROOM];
    char file_name[NAME_ROOM];
    struct parsed_name parsed;
    unsigned whole = 0;

    for (int i = 0; i < 20000; i++) {
        random_name(&state, name, 300);
        name_encode(name, "4711", i % 2, file_name);
        ck_assert_uint_le(strlen(file_name), NAME_MAX);
        ck_assert_ptr_null(strchr(file_name, '/'));
        ck_assert_msg(name_parse(file_name, &parsed) == 0, "%s", file_name);
        ck_assert_int_eq(strncmp(parsed.name, name, strlen(parsed.name)), 0);
        ck_assert(parsed.key[0] || strcmp(parsed.name, name) == 0);
        whole += strcmp(parsed.name, name) == 0;
    }
    ck_assert_uint_gt(whole, 5000);
    ck_assert_uint_lt(whole, 20000);
}
END_TEST

/* Whatever resolves is the one spelling of what it resolves to. */
START_TEST(random_file_names_are_canonical_or_refused)
{
    uint32_t state = 2;
    char file_name[LONG_ROOM];
    char again[NAME_ROOM];
    struct parsed_name parsed;
    unsigned accepted = 0;

    for (int i = 0; i < 50000; i++) {
        random_name(&state, file_name, 12);
        if (name_parse(file_name, &parsed) < 0)
            continue;
        accepted++;
        name_encode(parsed.name, parsed.key, parsed.key[0] == '\0', again);
        ck_assert_str_eq(again, file_name);
    }
    ck_assert_uint_gt(accepted, 500);
}
END_TEST

START_TEST(new_names_are_decoded)
{
    char name[NAME_ROOM];

    ck_assert_int_eq(name_decode_new("50%25", 128, name), 0);
    ck_assert_str_eq(name, "50%");
    ck_assert_int_eq(name_decode_new("%2Ehidden", 128, name), 0);
    ck_assert_str_eq(name, ".hidden");
    ck_assert_int_eq(name_decode_new("a:b", 128, name), 0);
    ck_assert_int_eq(name_decode_new("gpu%~17", 128, name), -EINVAL);
    ck_assert_int_eq(name_decode_new("%~17", 128, name), -EINVAL);
    ck_assert_int_eq(name_decode_new("%FF", 128, name), -EINVAL); /* JSON cannot carry it */
}
END_TEST

START_TEST(new_names_are_counted_in_characters)
{
    char name[NAME_ROOM];

    ck_assert_int_eq(name_decode_new("\xc3\xa4\xe2\x82\xac%2F", 3, name), 0);
    ck_assert_str_eq(name, "\xc3\xa4\xe2\x82\xac/");
    ck_assert_int_eq(name_decode_new("\xc3\xa4\xe2\x82\xac%2F", 2, name), -EINVAL);
    ck_assert_int_eq(name_decode_new("abcd", 3, name), -EINVAL);
}
END_TEST

START_TEST(characters_are_measured)
{
    ck_assert_int_eq(utf8_character("", 0), -1);
    ck_assert_int_eq(utf8_character("\0", 1), 1);
    ck_assert_int_eq(utf8_character("a", 1), 1);
    ck_assert_int_eq(utf8_character("\x80", 1), 0);
    ck_assert_int_eq(utf8_character("\xe2\x82\xac", 3), 3);
    ck_assert_int_eq(utf8_character("\xe2\x82\xac", 2), -1);
    ck_assert_int_eq(utf8_character("\xe2\x82\xac", 1), -1);
    ck_assert_int_eq(utf8_character("\xe0\x80", 2), 0);
    ck_assert_int_eq(utf8_character("\xed\xa0", 2), 0);
    ck_assert_int_eq(utf8_character("\xf0\x9f\x98\x80z", 5), 4);
}
END_TEST

UNIT_MAIN_TIMES("names", {names_are_spelled, (int)COUNT(spellings)},
                {equals_are_told_apart_by_key, 1}, {hostile_keys_do_no_harm, 1},
                {other_spellings_are_nobodys, (int)COUNT(nobodys)},
                {long_names_are_cut_at_a_character, 1}, {just_255_bytes_are_not_cut, 1},
                {random_names_come_back, 1}, {random_file_names_are_canonical_or_refused, 1},
                {new_names_are_decoded, 1}, {new_names_are_counted_in_characters, 1},
                {characters_are_measured, 1})
