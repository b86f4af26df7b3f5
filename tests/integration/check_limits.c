/* SPDX-License-Identifier: MIT
 *
 * A server that lies, or says more than anybody can hold: what it says is bounded, names do not
 * escape the tree or spoil a listing, and what was true stays readable.
 */
#include "tests/integration/liar.h"
#include "tests/integration/requests.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MEBIBYTE 1048576L

/* What the daemon may use at its highest, in KiB, whatever it is told: some answers of 32 MiB at a
 * time and what is made of them, with a wide margin; a checker of memory takes several times as
 * much. */
#define MOST_MEMORY 800000L
#define MOST_CHECKED 4000000L

/* ---- the daemon ---- */

static long highest_memory(void)
{
    return atol(
        run("awk '/^VmHWM:/ { print $2 }' /proc/%d/status", (int)mount_pid(mount_current())).out);
}

static int open_descriptors(void)
{
    return atoi(run("ls /proc/%d/fd | wc -l", (int)mount_pid(mount_current())).out);
}

static void expect_modest(void)
{
    ck_assert_int_lt(highest_memory(), memory_is_checked() ? MOST_CHECKED : MOST_MEMORY);
}

/* A mount of a liar. */
static struct liar *mount_liar(lie *tell, const char *options)
{
    static const char *const env[] = {"VERGE_TOKEN=key", NULL};
    struct liar *liar = liar_start(tell);

    mount_use(mount_start(&(struct mount_options){
        .host = liar_url(liar), .options = options, .env = env, .plain = true}));
    return liar;
}

static bool asks_for(const struct question *question, const char *table)
{
    return strcmp(question->table, table) == 0 && !question->counts;
}

static int entries(const char *folder)
{
    int found = 0;
    DIR *open = opendir(path("%s", folder));

    if (open == NULL) {
        return -errno;
    }
    errno = 0;
    while (readdir(open) != NULL) {
        found++;
    }
    int problem = errno;
    closedir(open);
    return problem != 0 ? -problem : found - 2; /* "." and ".." */
}

/* ---- too much ---- */

/* A list that goes on as long as somebody listens. */
static void never_end(struct answer *answer, const struct question *question)
{
    if (question->counts) {
        say(answer, "[{\"$count\":3}]");
        return;
    }
    say(answer, "[{\"$key\":1,\"machine\":1,\"name\":\"");
    while (say(answer, "%0500d", 7)) {
        continue;
    }
}

START_TEST(an_answer_without_end_is_too_large)
{
    mount_liar(never_end, "budget=0,retries=0");
    ck_assert_int_eq(entries("vms"), -EFBIG);
    ck_assert_int_eq(entries("resource_groups"), -EFBIG);
    expect_error("EFBIG");
    expect_run(0, "",
               "for i in 1 2 3 4 5 6; do ls vms resource_groups devices/by-key & done "
               ">/dev/null 2>&1; wait");
    expect_modest();
    expect_exists(".vergefs/config");
}
END_TEST

/* All rows at once, more than any fleet has, whatever was asked for. */
static void tell_all_rows(struct answer *answer, const struct question *question)
{
    if (question->counts) {
        say(answer, "[{\"$count\":1}]");
        return;
    }
    say(answer, "[{\"$key\":1}");
    for (int key = 2; key <= 1500000 && say(answer, ",{\"$key\":%d}", key); key++) {
        continue;
    }
    say(answer, "]");
}

START_TEST(more_rows_than_any_fleet_has_are_too_many)
{
    mount_liar(tell_all_rows, "budget=0,retries=0,timeout=120");
    ck_assert_int_eq(entries("vms"), -EFBIG);
    expect_error("EFBIG", "vms has more rows than can be held");
    expect_modest();
}
END_TEST

/* A little more than was asked for. */
static void tell_more(struct answer *answer, const struct question *question)
{
    if (question->counts) {
        say(answer, "[{\"$count\":2}]");
    } else if (asks_for(question, "vms")) {
        say(answer, "[{\"$key\":1,\"name\":\"vm1\"}");
        for (int key = 2; key <= 5000; key++) {
            say(answer, ",{\"$key\":%d,\"name\":\"vm%d\"}", key, key);
        }
        say(answer, "]");
    } else {
        say(answer, "[]");
    }
}

START_TEST(a_limit_that_is_ignored_loses_no_row)
{
    struct liar *liar = mount_liar(tell_more, "budget=0,retries=0");
    ck_assert_int_eq(entries("vms"), 5000);
    ck_assert_int_le(liar_asked(liar, "vms"), 4);
    expect_modest();
}
END_TEST

/* ---- pages without end ---- */

static void say_page(struct answer *answer, unsigned long first, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        say(answer, "%c{\"$key\":%lu,\"name\":\"vm%lu\"}", i == 0 ? '[' : ',', first + i,
            first + i);
    }
    say(answer, "%s", count == 0 ? "[]" : "]");
}

static void repeat_a_page(struct answer *answer, const struct question *question)
{
    if (question->counts) {
        say(answer, "[{\"$count\":1000000}]");
    } else if (asks_for(question, "vms")) {
        say_page(answer, 1, question->limit);
    } else {
        say(answer, "[]");
    }
}

START_TEST(the_same_page_again_and_again_is_the_last)
{
    struct liar *liar = mount_liar(repeat_a_page, "budget=0,retries=0");
    ck_assert_int_eq(entries("vms"), 1001);
    ck_assert_int_lt(liar_asked(liar, "vms"), 10);
}
END_TEST

static void tell_page_after_page(struct answer *answer, const struct question *question)
{
    if (question->counts) {
        say(answer, "[{\"$count\":3}]");
    } else if (asks_for(question, "vms")) {
        say_page(answer, question->offset + 1, question->limit);
    } else {
        say(answer, "[]");
    }
}

START_TEST(pages_without_end_end_with_the_time_allowed)
{
    struct liar *liar = mount_liar(tell_page_after_page, "budget=0,retries=0,timeout=3");
    int error = -entries("vms"); /* EAGAIN: the next page could not be asked for in time */
    ck_assert_msg(error == ETIMEDOUT || error == EAGAIN, "%s", strerror(error));
    ck_assert_int_gt(liar_asked(liar, "vms"), 2);
    expect_exists(".vergefs/stats");
    expect_modest();
}
END_TEST

/* ---- counts ---- */

static const char *const counts[] = {
    "[{\"$count\":0}]",
    "[{\"$count\":-1}]",
    "[{\"$count\":1001}]",
    "[{\"$count\":4000000000}]",
    "[{\"$count\":9223372036854775807}]",
    "[{\"$count\":1e308}]",
    "[{\"$count\":\"many\"}]",
    "[{\"$count\":null}]",
    "[{}]",
    "[]",
    "{}",
    "7",
    "null",
};
static const char *count_told; /* set before the mount is started */

static void tell_three(struct answer *answer, const struct question *question)
{
    if (question->counts) {
        say(answer, "%s", count_told);
    } else if (asks_for(question, "vms") && question->offset == 0) {
        say_page(answer, 1, 3);
    } else {
        say(answer, "[]");
    }
}

START_TEST(a_count_that_lies_hides_nothing)
{
    count_told = counts[_i];
    struct liar *liar = mount_liar(tell_three, "budget=0,retries=0");
    ck_assert_int_eq(entries("vms"), 3);
    expect_file("2\n", "vms/vm2/key");
    expect_missing("vms/vm4");
    ck_assert_int_lt(liar_asked(liar, "vms"), 12);
    expect_modest();
}
END_TEST

/* ---- rows ---- */

static void tell_odd_keys(struct answer *answer, const struct question *question)
{
    if (asks_for(question, "vms")) {
        say(answer, "[{\"$key\":0,\"name\":\"zero\"},{\"$key\":-1,\"name\":\"minus\"},"
                    "{\"$key\":4294967296,\"name\":\"huge\"},{\"$key\":1e300,\"name\":\"more\"},"
                    "{\"$key\":1.5,\"name\":\"half\"},{\"$key\":\"../2\",\"name\":\"up\"},"
                    "{\"$key\":\"2x\",\"name\":\"word\"},{\"$key\":null,\"name\":\"null\"},"
                    "{\"$key\":[3],\"name\":\"list\"},{\"name\":\"none\"},7,\"x\",null,[],"
                    "{\"$key\":4294967295,\"name\":\"last\"},{\"$key\":3,\"name\":\"three\"},"
                    "{\"$key\":3,\"name\":\"again\"},{\"$key\":\"5\",\"name\":\"five\"}]");
    } else {
        say(answer, "[]");
    }
}

/* "../2" is a path whose last part is a key, as the API writes them. */
START_TEST(what_has_no_key_is_no_row)
{
    mount_liar(tell_odd_keys, "budget=0,retries=0");
    expect_list("again five last up", "vms");
    expect_file("2\n", "vms/up/key");
    expect_file("4294967295\n", "vms/last/key");
}
END_TEST

#define LONG (1 * MEBIBYTE)

static void tell_long_texts(struct answer *answer, const struct question *question)
{
    char *text = calloc(1, LONG);

    if (!asks_for(question, "vms")) {
        say(answer, "[]");
        free(text);
        return;
    }
    for (long i = 0; i < LONG; i++) {
        text[i] = (char)('a' + i % 26);
    }
    for (int key = 1; key <= 8; key++) {
        say(answer, "%c{\"$key\":%d,\"name\":", key == 1 ? '[' : ',', key);
        say_string(answer, text, LONG);
        say(answer, ",\"description\":");
        say_string(answer, text, LONG);
        say(answer, "}");
    }
    say(answer, "]");
    free(text);
}

/* Of each text the first 64 KiB are kept; a name that long is a file name that is cut, with its
 * key. */
START_TEST(texts_of_a_mebibyte_are_cut)
{
    mount_liar(tell_long_texts, "budget=0,retries=0");
    ck_assert_int_eq(entries("vms"), 8);
    expect_run(0, "8\n8\n65537\n",
               "ls vms | awk 'length($0) == 255' | wc -l; ls -d vms/*%%~[1-8] | wc -l; "
               "cat vms/*%%~3/description | wc -c");
    expect_modest();
}
END_TEST

#define COLUMNS 5000

static void tell_columns(struct answer *answer, const struct question *question)
{
    if (!asks_for(question, "vms")) {
        say(answer, "[]");
        return;
    }
    say(answer, "[{\"$key\":1,\"name\":\"first\",\"name\":\"second\",\"$key\":2");
    for (int i = 0; i < COLUMNS; i++) {
        say(answer, ",\"column_%d\":%d,\"nested_%d\":{\"a\":[1,{\"b\":null}]}", i, i, i);
    }
    say(answer, ",\"description\":\"behind them\",\"description\":\"not this\"}]");
}

START_TEST(columns_that_nobody_asked_for_are_passed_over)
{
    mount_liar(tell_columns, "budget=0,retries=0");
    expect_list("first", "vms");
    expect_file("1\n", "vms/first/key");
    expect_file("behind them\n", "vms/first/description");
    expect_modest();
}
END_TEST

/* ---- names ---- */

#define NAMES 600

/* The n-th name; its length. */
static size_t name_of(int number, char name[600])
{
    static const char *const special[] = {
        ".",
        "..",
        "/",
        "../../etc/passwd",
        "a/../../b",
        "\\",
        "",
        " ",
        "-",
        "--help",
        "\n",
        "two\nlines",
        "\r\n",
        "\t",
        "\x1b[2J\x1b]0;title\x07",
        "\xe2\x80\xaetxt.exe", /* NOLINT(misc-misleading-bidirectional) */
        "\xe2\x81\xa6",        /* NOLINT(misc-misleading-bidirectional) */
        "\xef\xbb\xbf",
        "\xc0\xaf",
        "\xed\xa0\x80",
        "\xf4\x90\x80\x80",
        "\xc3",
        "%",
        "%2F",
        "%~1",
        "a%~1",
        "%00",
        ".vergefs",
        "con",
        "$(id)",
        "`id`",
        "*",
        "?",
        "same",
        "same",
        "same",
    };
    int count = (int)COUNT(special);

    if (number < 255) {
        name[0] = (char)(number + 1); /* all bytes but NUL, which ends a string in JSON as well */
        return 1;
    }
    if (number < 255 + count) {
        size_t length = strlen(special[number - 255]);
        memcpy(name, special[number - 255], length);
        return length;
    }
    size_t length = (size_t)(number - 255 - count) * 2; /* up to above 255 bytes and above 600 */
    length = length < 600 ? length : 600;
    memset(name, number % 3 == 0 ? '\xff' : number % 3 == 1 ? '%' : 'x', length);
    return length;
}

static void tell_names(struct answer *answer, const struct question *question)
{
    char name[600];

    if (!asks_for(question, "vms")) {
        say(answer, "[]");
        return;
    }
    for (int i = 0; i < NAMES; i++) {
        say(answer, "%c{\"$key\":%d,\"machine\":%d,\"name\":", i == 0 ? '[' : ',', i + 1, i + 1);
        say_string(answer, name, name_of(i, name));
        say(answer, "}");
    }
    say(answer, "]");
}

/* The number of the VM that a folder is. */
static int number_of(const char *folder)
{
    return atoi(read_file("vms/%s/key", folder)) - 1;
}

static void expect_plain_name(const char *name)
{
    ck_assert_uint_le(strlen(name), 255);
    ck_assert_uint_gt(strlen(name), 0);
    ck_assert_msg(strpbrk(name, "/\n\r\t\x1b\x7f") == NULL && *name != '.' && *name != '-',
                  "'%s' is a file name", name);
}

/* The name is the file's content, byte by byte, be it as long as it likes. */
static void expect_named(const char *folder, int number)
{
    char name[601] = "";
    size_t length = name_of(number, name);
    const char *content = read_file("vms/%s/name", folder);

    if (length == 0) {
        expect_text("", content);
    } else {
        ck_assert_msg(strlen(content) == length + 1 && memcmp(content, name, length) == 0,
                      "vms/%s/name is of number %d", folder, number);
    }
}

START_TEST(no_name_escapes_the_tree_or_spoils_a_listing)
{
    bool seen[NAMES] = {false};
    int found = 0;

    mount_liar(tell_names, "budget=0,retries=0");
    DIR *open = opendir(path("vms"));
    ck_assert_ptr_nonnull(open);
    for (struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        expect_plain_name(entry->d_name);
        int number = number_of(entry->d_name);
        ck_assert_msg(number >= 0 && number < NAMES && !seen[number], "%s", entry->d_name);
        seen[number] = true;
        expect_named(entry->d_name, number);
        found++;
    }
    closedir(open);
    ck_assert_int_eq(found, NAMES);
    expect_run(0, text("%d\n%d\n%d\n", NAMES, NAMES, NAMES),
               "ls vms | wc -l; find vms -mindepth 1 -maxdepth 1 -print0 | tr -cd '\\0' | wc -c; "
               "find vms -mindepth 1 -maxdepth 1 -print0 | xargs -0 -n 100 realpath -z | "
               "grep -zc \"^$PWD/vms/[^/]*$\"");
    expect_modest();
}
END_TEST

/* ---- settings ---- */

static const struct lie_of_settings {
    const char *open, *close; /* around the value of a setting */
    int times;
    const char *content; /* a part of what settings.json shows; NULL: EBADMSG */
} lies_of_settings[] = {
    {"[", "]", 50, "deep"},
    {"[", "]", 90, NULL},
    {"{\"a\":", "}", 50, "deep"},
    {"{\"a\":", "}", 100000, NULL},
};
static int settings_lie;

static void say_times(struct answer *answer, const char *what, int times)
{
    while (times-- > 0) {
        say(answer, "%s", what);
    }
}

static void tell_settings(struct answer *answer, const struct question *question)
{
    const struct lie_of_settings *told = &lies_of_settings[settings_lie];

    if (asks_for(question, "vms")) {
        say(answer, "[{\"$key\":1,\"machine\":1,\"name\":\"vm\"}]");
    } else if (asks_for(question, "machine_devices")) {
        say(answer, "[{\"$key\":7,\"machine\":1,\"name\":\"usb\",\"type\":\"node_usb_devices\"}]");
    } else if (asks_for(question, "machine_device_settings_usb")) {
        say(answer, "[{\"$key\":1,\"machine_device\":7,\"deep\":");
        say_times(answer, told->open, told->times);
        say(answer, "1");
        say_times(answer, told->close, told->times);
        say(answer, "}]");
    } else {
        say(answer, "[]");
    }
}

START_TEST(settings_are_as_deep_as_can_be_held)
{
    settings_lie = _i;
    mount_liar(tell_settings, "budget=0,retries=0");
    if (lies_of_settings[_i].content != NULL) {
        expect_contains(lies_of_settings[_i].content,
                        read_file("vms/vm/devices/usb/settings.json"));
    } else {
        expect_errno(EBADMSG, try_read("vms/vm/devices/usb/settings.json"));
    }
    expect_list("usb", "vms/vm/devices");
}
END_TEST

static void tell_many_settings(struct answer *answer, const struct question *question)
{
    if (asks_for(question, "machine_device_settings_usb")) {
        say(answer, "[{\"$key\":1,\"machine_device\":7");
        for (int i = 0; i < COLUMNS; i++) {
            say(answer, ",\"setting_%d\":\"%d\"", i, i);
        }
        say(answer, ",\"../x\\n\":1,\"setting_1\":\"again\"}]");
    } else {
        settings_lie = 0;
        tell_settings(answer, question);
    }
}

START_TEST(thousands_of_settings_are_shown)
{
    mount_liar(tell_many_settings, "budget=0,retries=0");
    const cJSON *settings = read_json("vms/vm/devices/usb/settings.json");
    ck_assert_int_ge(cJSON_GetArraySize(settings), COLUMNS + 1);
    ck_assert_str_eq(
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(settings, "setting_4999")), "4999");
    ck_assert_ptr_nonnull(cJSON_GetObjectItemCaseSensitive(settings, "../x\n"));
    expect_modest();
}
END_TEST

/* ---- what users hold ---- */

#define DEVICE "vms/render-03/devices/nic0"
/* What is open is the daemon's memory, and none of its descriptors. */
START_TEST(open_files_cost_no_descriptors)
{
    struct rlimit limit;
    int held[2000], count = 0;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max < 2200 ? limit.rlim_max : 2200;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    expect_file("nic0\n", DEVICE "/name");
    int before = open_descriptors();
    while (count < (int)limit.rlim_cur - 200 && count < (int)COUNT(held)) {
        held[count] = open_file(O_RDONLY, DEVICE "/device.json");
        expect_ok(held[count++]);
    }
    ck_assert_int_gt(count, 500);
    ck_assert_int_lt(open_descriptors(), before + 50); /* of its connections to the server */
    while (count > 0) {
        close(held[--count]);
    }
    expect_modest();
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("limits");
    TCase *tcase = bare_case(suite, "liars");

    case_limit(tcase, 120);
    add_tests(tcase, an_answer_without_end_is_too_large, more_rows_than_any_fleet_has_are_too_many,
              a_limit_that_is_ignored_loses_no_row, the_same_page_again_and_again_is_the_last,
              pages_without_end_end_with_the_time_allowed, what_has_no_key_is_no_row,
              texts_of_a_mebibyte_are_cut, columns_that_nobody_asked_for_are_passed_over,
              no_name_escapes_the_tree_or_spoils_a_listing, thousands_of_settings_are_shown);
    tcase_add_loop_test(tcase, a_count_that_lies_hides_nothing, 0, (int)COUNT(counts));
    tcase_add_loop_test(tcase, settings_are_as_deep_as_can_be_held, 0,
                        (int)COUNT(lies_of_settings));
    tcase = mounted_case(suite, "handles", NULL, NULL);
    add_tests(tcase, open_files_cost_no_descriptors);
    return suite;
}

int main(void)
{
    return run_suite(make_suite());
}
