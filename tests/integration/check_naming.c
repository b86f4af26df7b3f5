/* SPDX-License-Identifier: MIT
 *
 * Names on the server and names of files: whatever a VM, a device or a group is called, it has one
 * file name, which is listed once and found.
 */
#include "tests/integration/requests.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what has a name ---- */

/* The machine of build/agent-7, which has no devices. */
#define MACHINE "66"

/* Where rows are put, where they show, and what they are besides their name. */
static const struct kind {
    const char *table, *folder, *members;
    size_t before; /* how many are there without ours */
} kinds[] = {
    {"vms", "vms", "", 15},
    {"machine_devices", "vms/build%2Fagent-7/devices",
     ",\"machine\":" MACHINE ",\"type\":\"tpm\",\"orderid\":3", 0},
    {"machine_devices", "vms/build%2Fagent-7/by-type/tpm",
     ",\"machine\":" MACHINE ",\"type\":\"tpm\",\"orderid\":3", 0},
    {"machine_devices", "vms/build%2Fagent-7/by-resource-group/GPU Pool",
     ",\"machine\":" MACHINE ",\"type\":\"node_host_gpu_devices\","
     "\"resource_group\":\"5d1f0a10-6c01-4e1a-9b00-000000000001\"",
     0},
    {"resource_groups", "resource_groups", ",\"type\":\"node_pci_devices\",\"class\":\"pci\"", 8},
    {"resource_groups", "vms/backup/by-resource-group",
     ",\"type\":\"node_pci_devices\",\"class\":\"pci\"", 8},
};

/* Any bytes as a JSON string; the invalid ones stay as they are. */
static const char *quoted(const char *name)
{
    cJSON *string = cJSON_CreateString(name);
    char *printed = cJSON_PrintUnformatted(string);
    const char *kept = text("%s", printed);
    cJSON_free(printed);
    cJSON_Delete(string);
    return kept;
}

/* Behind the client's back; its key. */
static const char *insert(const struct kind *kind, const char *name)
{
    return sim_insert(kind->table, text("{\"name\":%s%s}", quoted(name), kind->members));
}

/* How often a name is listed; *total counts all names. */
static int listed(const char *folder, const char *name, size_t *total)
{
    int times = 0;
    DIR *open = opendir(path("%s", folder));
    if (open == NULL) {
        fail_test("ls %s: %s", folder, strerror(errno));
    }
    *total = 0;
    for (struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open)) {
        bool dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        *total += !dots;
        times += strcmp(entry->d_name, name) == 0;
    }
    closedir(open);
    return times;
}

static void expect_listed_once(const char *folder, const char *name)
{
    size_t total = 0;
    int times = listed(folder, name, &total);
    if (times != 1) {
        fail_test("%s/%s is listed %d times", folder, name, times);
    }
    expect_exists("%s/%s", folder, name);
}

static void expect_total(const char *folder, size_t expected)
{
    size_t total = 0;
    listed(folder, "", &total);
    ck_assert_uint_eq(total, expected);
}

/* It is listed, resolves, and is the row with this key. */
static void expect_entry(const struct kind *kind, const char *name, const char *key)
{
    expect_listed_once(kind->folder, name);
    if (strstr(kind->folder, "backup") == NULL) { /* a group of a VM has no files of its own */
        expect_file(text("%s\n", key), "%s/%s/key", kind->folder, name);
    }
}

/* ---- awkward names ---- */

static const struct {
    const char *name, *file_name;
} spellings[] = {
    {"plain", "plain"},
    {"inner  blanks", "inner  blanks"},
    {"quotes ' \" ` $ * ? [ ] # ; & | < >", "quotes ' \" ` $ * ? [ ] # ; & | < >"},
    {"a:b", "a:b"},
    {"~home", "~home"},
    {"Grün – 東京 😀", "Grün – 東京 😀"},
    {"e\xcc\x81 is not \xc3\xa9", "e\xcc\x81 is not \xc3\xa9"},
    {"\xc3\xa9", "\xc3\xa9"},
    {"e\xcc\x81", "e\xcc\x81"},
    {"Case", "Case"},
    {"case", "case"},
    {"CASE", "CASE"},
    {"a/b", "a%2Fb"},
    {"/", "%2F"},
    {"a\\b", "a%5Cb"},
    {"50%", "50%25"},
    {"50%25", "50%2525"},
    {"a%2Fb", "a%252Fb"},
    {".hidden", "%2Ehidden"},
    {".", "%2E"},
    {"..", "%2E."},
    {".vergefs", "%2Evergefs"},
    {"-rf", "%2Drf"},
    {"--", "%2D-"},
    {" led", "%20led"},
    {"trailed ", "trailed%20"},
    {" ", "%20"},
    {"   ", "%20 %20"},
    {"line\nbreak", "line%0Abreak"},
    {"ends with one\n", "ends with one%0A"},
    {"tab\tand\r", "tab%09and%0D"},
    {"\x01\x1f\x7f\x1b[31m", "%01%1F%7F%1B[31m"},
    {"latin \xe4", "latin %E4"},
    {"cut \xe2\x82", "cut %E2%82"},
    {"overlong \xc0\xaf", "overlong %C0%AF"},
    {"surrogate \xed\xa0\x80", "surrogate %ED%A0%80"},
    {"%~7", "%25~7"},
    {"a%~31", "a%25~31"},
    {"attach", "attach"},
    {"devices", "devices"},
    {"42", "42"},
};

START_TEST(every_name_is_listed_once_found_and_told_exactly)
{
    const struct kind *kind = &kinds[_i];
    const char *keys[COUNT(spellings)];
    for (size_t i = 0; i < COUNT(spellings); i++) {
        keys[i] = insert(kind, spellings[i].name);
    }
    refresh_mount();
    expect_total(kind->folder, kind->before + COUNT(spellings));
    for (size_t i = 0; i < COUNT(spellings); i++) {
        expect_entry(kind, spellings[i].file_name, keys[i]);
    }
}
END_TEST

START_TEST(the_file_called_name_has_the_name_unescaped)
{
    const struct kind *kind = &kinds[_i];
    for (size_t i = 0; i < COUNT(spellings); i++) {
        insert(kind, spellings[i].name);
    }
    refresh_mount();
    for (size_t i = 0; i < COUNT(spellings); i++) {
        expect_file(text("%s\n", spellings[i].name), "%s/%s/name", kind->folder,
                    spellings[i].file_name);
    }
}
END_TEST

START_TEST(no_name_is_named_after_the_key)
{
    const struct kind *kind = &kinds[_i];
    const char *key = insert(kind, "x"), *other = insert(kind, "x");
    sim_set_row(kind->table, key, "{\"name\":\"\"}"); /* a new row would get a name */
    sim_set_row(kind->table, other, "{\"name\":null}");
    refresh_mount();
    expect_entry(kind, text("%%~%s", key), key);
    expect_entry(kind, text("%%~%s", other), other);
    expect_total(kind->folder, kind->before + 2);
}
END_TEST

START_TEST(of_equal_names_the_lowest_key_has_the_plain_one)
{
    const struct kind *kind = &kinds[_i];
    const char *keys[] = {insert(kind, "tw/in"), insert(kind, "tw/in"), insert(kind, "tw/in")};
    size_t first = 0;
    for (size_t i = 1; i < COUNT(keys); i++) { /* UUIDs come in any order */
        bool lower = strlen(keys[i]) == strlen(keys[first]) && strcmp(keys[i], keys[first]) < 0;
        first = lower ? i : first;
    }
    refresh_mount();
    for (size_t i = 0; i < COUNT(keys); i++) {
        const char *name = i == first ? "tw%2Fin" : text("tw%%2Fin%%~%s", keys[i]);
        expect_entry(kind, name, keys[i]);
    }
    expect_total(kind->folder, kind->before + COUNT(keys));
    expect_missing("%s/tw%%2Fin%%~%s", kind->folder, keys[first]);
}
END_TEST

START_TEST(when_the_first_of_equal_names_goes_the_next_becomes_plain)
{
    const struct kind *kind = &kinds[_i];
    const char *one = insert(kind, "twin"), *other = insert(kind, "twin");
    bool in_order = strlen(one) != strlen(other) || strcmp(one, other) < 0;
    refresh_mount();
    expect_exists("%s/twin%%~%s", kind->folder, in_order ? other : one);
    sim_delete(kind->table, in_order ? one : other);
    refresh_mount();
    expect_entry(kind, "twin", in_order ? other : one);
    expect_missing("%s/twin%%~%s", kind->folder, in_order ? other : one);
}
END_TEST

/* ---- long names ---- */

static const char *repeat(const char *part, size_t times)
{
    const char *made = "";
    for (size_t i = 0; i < times; i++) {
        made = text("%s%s", made, part);
    }
    return made;
}

START_TEST(a_name_of_255_bytes_is_a_file_name)
{
    const struct kind *kind = &kinds[_i];
    const char *name = repeat("x", 255), *escaped = repeat("/", 85);
    const char *key = insert(kind, name), *other = insert(kind, escaped);
    refresh_mount();
    expect_entry(kind, name, key);
    expect_entry(kind, repeat("%2F", 85), other);
}
END_TEST

/* What repeats, how it is spelled, and how often. */
static const struct {
    const char *part, *spelled;
    size_t times;
} too_long[] = {
    {"x", "x", 256}, {"x", "x", 300},   {"x", "x", 900},     {"é", "é", 150}, {"東", "東", 86},
    {"😀", "😀", 64},  {"/", "%2F", 100}, {"\xff", "%FF", 86}, {" ", " ", 260},
};

/* As much of the name as fits before the key, in whole characters. */
static const char *cut(const char *first, const char *part, const char *key)
{
    size_t room = 255 - strlen("%~") - strlen(key);
    size_t times = (room - strlen(first)) / strlen(part);
    return text("%s%s%%~%s", first, repeat(part, times), key);
}

START_TEST(a_longer_name_is_cut_at_a_character_and_has_its_key)
{
    const struct kind *kind = &kinds[_i];
    const char *keys[COUNT(too_long)];
    for (size_t i = 0; i < COUNT(too_long); i++) {
        keys[i] = insert(kind, text("%zu%s", i, repeat(too_long[i].part, too_long[i].times)));
    }
    refresh_mount();
    for (size_t i = 0; i < COUNT(too_long); i++) {
        expect_entry(kind, cut(text("%zu", i), too_long[i].spelled, keys[i]), keys[i]);
    }
    expect_total(kind->folder, kind->before + COUNT(too_long));
}
END_TEST

START_TEST(names_that_differ_behind_the_cut_are_two)
{
    const struct kind *kind = &kinds[_i];
    const char *begin = repeat("n", 299);
    const char *one = insert(kind, text("%s1", begin)), *other = insert(kind, text("%s2", begin));
    refresh_mount();
    expect_entry(kind, cut("", "n", one), one);
    expect_entry(kind, cut("", "n", other), other);
}
END_TEST

START_TEST(a_file_name_over_255_bytes_is_too_long)
{
    static const char *const folders[] = {"vms",
                                          "vms/render-01",
                                          "vms/render-01/devices",
                                          "vms/render-01/by-type/tpm",
                                          "vms/render-01/devices/nic0",
                                          "resource_groups",
                                          "devices/by-type/tpm",
                                          "query"};
    struct stat status;
    const char *name = repeat("x", 256);
    for (size_t i = 0; i < COUNT(folders); i++) {
        expect_errno(ENAMETOOLONG, lstat(path("%s/%s", folders[i], name), &status));
        expect_errno(ENAMETOOLONG, mkdir(path("%s/%s", folders[i], name), 0755));
    }
    expect_errno(ENAMETOOLONG, rename(path("vms/render-01/devices/nic0"),
                                      path("vms/render-01/devices/%s", name)));
    ck_assert_int_eq(sim_count("POST", NULL) + sim_count("PUT", NULL), 0);
}
END_TEST

/* ---- one spelling for each name ---- */

START_TEST(another_spelling_is_not_found)
{
    static const char *const others[] = {
        "vms/%72ender-01",
        "vms/render%2D01",
        "vms/RENDER-01",
        "vms/render-01 ",
        "vms/render-01%",
        "vms/render-01%~",
        "vms/render-01%~31",
        "vms/%~31",
        "vms/31",
        "vms/build%2fagent-7",
        "vms/build%2Fagent-7%~43",
        "vms/B%C3%BCro S%C3%BCd – Empfang",
        "vms/render-01/devices/nic0%~102",
        "vms/render-01/devices/%~102",
        "vms/render-01/devices/102",
        "vms/render-01/by-type/tpm/tpm%5F0",
        "vms/licence-server/devices/dongle%~118",
        "vms/licence-server/devices/dongle%~0119",
        "vms/licence-server/devices/dongle%~101",
        "vms/firewall/devices/dmz%2fguests",
        "resource_groups/GPU%20Pool",
        "resource_groups/Capture%2fAudio Cards",
        "resource_groups/GPU Pool%~5d1f0a10-6c01-4e1a-9b00-000000000001",
        "resource_groups/5d1f0a10-6c01-4e1a-9b00-000000000001",
        "vms/render-01/by-resource-group/SR%2DIOV 25G",
        "devices/by-type/sriov_nic/firewall:dmz%2fguests",
        "devices/by-type/sriov_nic/firewall:wan%~127",
        "devices/by-status/%6Fnline",
        "",
    };
    for (size_t i = 0; others[i][0] != '\0'; i++) {
        expect_missing("%s", others[i]);
    }
}
END_TEST

static const char *const no_spellings[] = {
    "50%",      "%",   "%4",   "%zz",  "%41",   "%2f",    "%00",     "a%00",    "-x",
    " x",       "x ",  "a\\b", "a\nb", "tab\t", "\x7f",   "\x1b[0m", "\xff",    "%FF",
    "\xe2\x82", "%~7", "x%~",  "x%~7", ".x",    "%2E%2E", " ",       "x%20%20",
};

START_TEST(mkdir_of_another_spelling_is_refused_before_anything_is_sent)
{
    static const char *const folders[] = {"vms/backup/by-type/tpm",
                                          "vms/backup/by-resource-group/SR-IOV 25G"};
    for (size_t i = 0; i < COUNT(folders); i++) {
        expect_run(0, "", "ls '%s'", folders[i]);
        sim_clear_log();
        for (size_t j = 0; j < COUNT(no_spellings); j++) {
            int made = mkdir(path("%s/%s", folders[i], no_spellings[j]), 0755);
            if (made == 0 || errno != EINVAL) {
                fail_test("mkdir '%s': %s", no_spellings[j], strerror(made == 0 ? 0 : errno));
            }
        }
        ck_assert_int_eq(sim_count(NULL, NULL), 0);
    }
}
END_TEST

START_TEST(renaming_to_another_spelling_is_refused_before_anything_is_sent)
{
    const char *from = path("vms/backup/devices/hba");
    expect_exists("vms/backup/devices/hba");
    sim_clear_log();
    for (size_t i = 0; i < COUNT(no_spellings); i++) {
        int renamed = rename(from, path("vms/backup/devices/%s", no_spellings[i]));
        if (renamed == 0 || errno != EINVAL) {
            fail_test("mv to '%s': %s", no_spellings[i], strerror(renamed == 0 ? 0 : errno));
        }
    }
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
    expect_file("hba\n", "vms/backup/devices/hba/name");
}
END_TEST

START_TEST(mkdir_of_the_spelling_makes_the_name)
{
    static const struct {
        const char *file_name, *name;
    } made[] = {
        {"50%25", "50%"}, {"a%2Fb", "a/b"},         {"%2Dx", "-x"},       {"%20x%20", " x "},
        {"%2E", "."},     {"%25~7", "%~7"},         {"Grün 1", "Grün 1"}, {"%5C", "\\"},
        {"a:b", "a:b"},   {"it's {1}", "it's {1}"},
    };
    for (size_t i = 0; i < COUNT(made); i++) {
        expect_ok(mkdir(path("vms/backup/by-type/tpm/%s", made[i].file_name), 0755));
        const char *key = sim_key("machine_devices", "name", made[i].name);
        expect_file(text("%s\n", key), "vms/backup/devices/%s/key", made[i].file_name);
        expect_listed_once("vms/backup/devices", made[i].file_name);
    }
    ck_assert_int_eq(sim_count("POST", NULL), COUNT(made));
}
END_TEST

START_TEST(renaming_to_the_spelling_makes_the_name)
{
    expect_run(0, "", "cd vms/backup/devices && mv hba '100%%25 of it%%20'");
    expect_field("100% of it ", "machine_devices", "136", "name");
    expect_file("136\n", "vms/backup/devices/100%%25 of it%%20/key");
    expect_missing("vms/backup/devices/hba");
}
END_TEST

START_TEST(a_name_may_have_128_characters_and_no_more)
{
    const char *longest = repeat("ü", 120), *longer = repeat("n", 129);
    sim_clear_log();
    expect_errno(EINVAL, mkdir(path("vms/backup/by-type/tpm/%s", longer), 0755));
    ck_assert_int_eq(sim_count("POST", NULL), 0);
    expect_ok(mkdir(path("vms/backup/by-type/tpm/%s", longest), 0755));
    expect_ok(mkdir(path("vms/backup/by-type/tpm/%s", repeat("n", 128)), 0755));
    sim_key("machine_devices", "name", longest);
}
END_TEST

/* ---- where names are put together ---- */

static const char *insert_device(const char *machine, const char *name, const char *type)
{
    return sim_insert("machine_devices", text("{\"machine\":%s,\"type\":%s,\"name\":%s}", machine,
                                              quoted(type), quoted(name)));
}

static const char *machine_of(const char *vm)
{
    return sim_field("vms", vm, "machine");
}

START_TEST(links_of_the_fleet_are_named_after_vm_and_device)
{
    const char *machine = machine_of(insert(&kinds[0], "-a/b"));
    const char *key = insert_device(machine, "c%d ", "tpm");
    refresh_mount();
    expect_link("../../../vms/%2Da%2Fb/devices/c%25d%20",
                "devices/by-type/tpm/%%2Da%%2Fb:c%%25d%%20");
    expect_file(text("%s\n", key), "devices/by-type/tpm/%%2Da%%2Fb:c%%25d%%20/key");
    expect_link("../../vms/%2Da%2Fb/devices/c%25d%20", "devices/by-key/%s", key);
}
END_TEST

START_TEST(of_equal_links_the_lowest_key_has_the_plain_name)
{
    const char *one = insert_device(machine_of(insert(&kinds[0], "x:y")), "z", "tpm");
    const char *other = insert_device(machine_of(insert(&kinds[0], "x")), "y:z", "tpm");
    refresh_mount();
    expect_file(text("%s\n", one), "devices/by-class/tpm/x:y:z/key");
    expect_file(text("%s\n", other), "devices/by-class/tpm/x:y:z%%~%s/key", other);
    expect_listed_once("devices/by-class/tpm", "x:y:z");
    expect_listed_once("devices/by-class/tpm", text("x:y:z%%~%s", other));
    expect_missing("devices/by-class/tpm/x:y:z%%~%s", one);
}
END_TEST

START_TEST(a_link_over_255_bytes_is_cut_too)
{
    const char *machine = machine_of(insert(&kinds[0], repeat("v", 200)));
    const char *key = insert_device(machine, repeat("d", 100), "tpm");
    const char *whole = text("%s:%s", repeat("v", 200), repeat("d", 100));
    const char *name = text("%.*s%%~%s", (int)(253 - strlen(key)), whole, key);
    refresh_mount();
    expect_listed_once("devices/by-type/tpm", name);
    expect_file(text("%s\n", key), "devices/by-type/tpm/%s/key", name);
    ck_assert_uint_eq(strlen(name), 255);
}
END_TEST

START_TEST(an_unknown_type_or_status_is_spelled_as_a_name)
{
    const char *key = insert_device(MACHINE, "odd", "a/new type");
    sim_set_row("machine_devices", key, "{\"status\":\"half/way\"}");
    refresh_mount();
    expect_listed_once("vms/build%2Fagent-7/by-type", "a%2Fnew type");
    expect_listed_once("vms/build%2Fagent-7/by-type/a%2Fnew type", "odd");
    expect_file("a/new type\n", "vms/build%%2Fagent-7/devices/odd/type");
    expect_listed_once("devices/by-type", "a%2Fnew type");
    expect_listed_once("devices/by-status/half%2Fway", "build%2Fagent-7:odd");
}
END_TEST

START_TEST(links_of_vms_of_one_name_lead_to_their_own)
{
    const char *one = insert(&kinds[0], "pair"), *other = insert(&kinds[0], "pair");
    const char *key = insert_device(machine_of(other), "tpm_0", "tpm");
    refresh_mount();
    expect_exists("vms/pair%%~%s", other);
    expect_file(text("%s\n", one), "vms/pair/key");
    expect_link(text("../../vms/pair%%~%s/devices/tpm_0", other), "devices/by-key/%s", key);
    expect_file(text("%s\n", key), "devices/by-key/%s/key", key);
    expect_file(text("%s\n", key), "devices/by-type/tpm/pair:tpm_0/key");
}
END_TEST

START_TEST(tools_cope_with_every_name_quoted)
{
    for (size_t i = 0; i < COUNT(spellings); i++) {
        insert(&kinds[1], spellings[i].name);
    }
    refresh_mount();
    expect_run(0, text("%zu\n", COUNT(spellings)),
               "cd vms/build%%2Fagent-7/devices && for d in *; do cat \"$d/type\"; done | wc -l");
    expect_run(0, text("%zu\n", COUNT(spellings)),
               "cd vms/build%%2Fagent-7/devices && ls | while read -r d; do cat \"$d/type\"; done"
               " | wc -l");
    expect_run(0, text("%zu\n", COUNT(spellings)),
               "cd vms/build%%2Fagent-7/devices && cat */type | wc -l");
}
END_TEST

/* ---- the suite ---- */

int main(void)
{
    static const struct mount_options patient = {.options = "ttl=3600"};
    const TTest *const of_each_kind[] = {
        every_name_is_listed_once_found_and_told_exactly,
        no_name_is_named_after_the_key,
        of_equal_names_the_lowest_key_has_the_plain_one,
        when_the_first_of_equal_names_goes_the_next_becomes_plain,
        a_name_of_255_bytes_is_a_file_name,
        a_longer_name_is_cut_at_a_character_and_has_its_key,
        names_that_differ_behind_the_cut_are_two,
    };
    Suite *suite = suite_create("naming");
    TCase *tcase = mounted_case(suite, "each kind", NULL, &patient);
    for (size_t i = 0; i < COUNT(of_each_kind); i++) {
        tcase_add_loop_test(tcase, of_each_kind[i], 0, (int)COUNT(kinds));
    }
    tcase_add_loop_test(tcase, the_file_called_name_has_the_name_unescaped, 0,
                        (int)COUNT(kinds) - 1);
    tcase = mounted_case(suite, "spelling", NULL, &patient);
    add_tests(tcase, another_spelling_is_not_found, a_file_name_over_255_bytes_is_too_long,
              mkdir_of_another_spelling_is_refused_before_anything_is_sent,
              renaming_to_another_spelling_is_refused_before_anything_is_sent,
              mkdir_of_the_spelling_makes_the_name, renaming_to_the_spelling_makes_the_name,
              a_name_may_have_128_characters_and_no_more);
    tcase = mounted_case(suite, "together", NULL, &patient);
    add_tests(tcase, links_of_the_fleet_are_named_after_vm_and_device,
              of_equal_links_the_lowest_key_has_the_plain_name, a_link_over_255_bytes_is_cut_too,
              an_unknown_type_or_status_is_spelled_as_a_name,
              links_of_vms_of_one_name_lead_to_their_own, tools_cope_with_every_name_quoted);
    return run_suite(suite);
}
