/* SPDX-License-Identifier: MIT */
/*
 * What servers say when they refuse: method and status as digits, then the body. The error has an
 * errno with a name, and one line that no terminal minds.
 */
#include "config.h"

#include <errno.h>

#include "fs/utf8.h"
#include "lib/error.h"
#include "tests/fuzz/fuzz.h"

FUZZ_RUNS(20000);

/* U+200E and its like, which turn the line round or end it: a character of three bytes. */
static bool is_harmful(const char *at)
{
    unsigned low = ((unsigned)at[1] & 0x3f) << 6 | ((unsigned)at[2] & 0x3f);

    return (unsigned char)at[0] == 0xe2 &&
           ((low >= 0x0e && low <= 0x0f) || (low >= 0x28 && low <= 0x2e) ||
            (low >= 0x66 && low <= 0x69));
}

static void check_printable(const char *text, size_t size)
{
    size_t length = strnlen(text, size);

    must(length < size);
    for (size_t i = 0; i < length;) {
        int step = utf8_character(text + i, length - i);
        must(step > 0);
        must((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
        must(!(step == 2 && (unsigned char)text[i] == 0xc2 && (unsigned char)text[i + 1] < 0xa0));
        must(step != 3 || !is_harmful(&text[i]));
        i += (size_t)step;
    }
}

static void check_cuts(const char *bytes, size_t length)
{
    char whole[64], part[64];

    verge_printable(whole, sizeof whole, bytes, length);
    check_printable(whole, sizeof whole);
    for (size_t size = 1; size < sizeof part; size++) {
        memset(part, 'x', sizeof part);
        verge_printable(part, size, bytes, length);
        check_printable(part, size);
        must(strncmp(whole, part, strlen(part)) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = {"GET", "PUT", "POST", "DELETE"};
    static const long statuses[] = {400, 401, 403, 404, 405, 409, 413, 422, 429, 500,
                                    502, 503, 504, 507, 302, 408, 501, 418, 100, 599};
    struct fuzz fuzz = {data, size};
    const char *method = methods[fuzz_choice(&fuzz, 4)];
    long status = statuses[fuzz_choice(&fuzz, sizeof statuses / sizeof *statuses)];
    char *path = fuzz_line_string(&fuzz);
    size_t length;
    char *body = fuzz_rest(&fuzz, &length);
    struct verge_error error;
    int result = verge_error_from_http(&error, status, method, path, body, length);

    must(result < 0 && error.errnum == -result && error.http_status == status);
    must(strcmp(verge_errno_name(-result), "EUNKNOWN") != 0);
    must(!error.uncertain || strcmp(method, "GET") != 0);
    must(strcmp(error.method, method) == 0 && !strchr(error.path, '#'));
    check_printable(error.text, sizeof error.text);
    check_printable(error.path, sizeof error.path);
    check_cuts(body, length < 100 ? length : 100);
    free(path);
    free(body);
    return 0;
}
