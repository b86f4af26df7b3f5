/* SPDX-License-Identifier: MIT
 *
 * Editors and other tools that do not write into a file but beside it and rename: what comes of it
 * is sent once and is right, what is invalid is refused, and what lies beside is nobody's business.
 */
#include "tests/integration/card.h"
#include "tests/integration/terminal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SRIOV "machine_device_settings_sriov_nic"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const char *vlan_change(const char *settings)
{
    return text("PUT " SRIOV "/%s %s\n", sim_key(SRIOV, "machine_device", NIC_KEY), settings);
}

static const char *device_change(const char *fields)
{
    return text("PUT machine_devices/" NIC_KEY " %s\n", fields);
}

/* In the device's directory, by bash, with $OUTSIDE for a file elsewhere. */
static struct result edit(const char *command)
{
    make_outside("script", text("cd " NIC " || exit\n%s\n", command));
    sim_clear_log();
    return run("OUTSIDE='%s' bash '%s'", outside("file"), outside("script"));
}

/* ---- edits ---- */

#define VIM "vim -Nu NONE -i NONE -es "

/* Each makes the VLAN 7 and leaves, beside the attributes, what it is known to leave. */
static const struct {
    const char *command, *left;
} edits[] = {
    {"sed -i s/100/7/ settings.json", ""},
    {"sed -i.bak s/100/7/ settings.json", "settings.json.bak"},
    {"sed -i.bak s/100/7/ settings.json && rm settings.json.bak", ""},
    {"perl -pi -e s/100/7/ settings.json", ""},
    {"perl -pi.bak -e s/100/7/ settings.json", "settings.json.bak"},
    {"busybox sed -i s/100/7/ settings.json", ""},
    {"jq .vlan=7 settings.json > new && mv new settings.json", ""},
    {"jq .vlan=7 settings.json > .new && mv -f .new settings.json", ""},
    {"jq .vlan=7 settings.json > new && cp new settings.json && rm new", ""},
    {"jq .vlan=7 settings.json | sponge settings.json", ""},
    {"echo '{\"vlan\": 7}' > new && mv new settings.json", ""},
    {"jq .vlan=7 settings.json > \"$OUTSIDE\" && cp -p \"$OUTSIDE\" settings.json", ""},
    {"jq .vlan=7 settings.json > \"$OUTSIDE\" && cp -a \"$OUTSIDE\" settings.json", ""},
    {"jq .vlan=7 settings.json > \"$OUTSIDE\" && rsync -a \"$OUTSIDE\" settings.json", ""},
    {"jq .vlan=7 settings.json > \"$OUTSIDE\" && rsync --inplace \"$OUTSIDE\" settings.json", ""},
    {"cp settings.json \"$OUTSIDE\" && sed -i s/100/7/ \"$OUTSIDE\" &&"
     " diff settings.json \"$OUTSIDE\" | patch -s settings.json",
     ""},
    {"printf '%s\\n' ,s/100/7/ w q | ed -s settings.json", ""},
    {VIM "'+%s/100/7/' +wq settings.json", ""},
    {VIM "--cmd 'set backup backupskip= backupcopy=no' '+%s/100/7/' +wq settings.json",
     "settings.json~"},
    {VIM "--cmd 'set backup backupskip= backupcopy=yes' '+%s/100/7/' +wq settings.json",
     "settings.json~"},
    {VIM "--cmd 'set nobackup nowritebackup' '+%s/100/7/' +wq settings.json", ""},
    {VIM "--cmd 'set undofile' '+%s/100/7/' +wq settings.json", ".settings.json.un~"},
    {"python3 -c 'import json, os; d = json.load(open(\"settings.json\")); d[\"vlan\"] = 7\n"
     "with open(\"t\", \"w\") as f: json.dump(d, f)\n"
     "os.replace(\"t\", \"settings.json\")'",
     ""},
    {"python3 -c 'import os, tempfile\n"
     "with tempfile.NamedTemporaryFile(\"w\", dir=\".\", delete=False) as f:\n"
     "  f.write(open(\"settings.json\").read().replace(\"100\", \"7\")); f.flush();"
     " os.fsync(f.fileno())\n"
     "os.rename(f.name, \"settings.json\")'",
     ""},
    {"node -e 'const fs = require(\"fs\"); fs.writeFileSync(\"t\","
     " fs.readFileSync(\"settings.json\", \"utf8\").replace(\"100\", \"7\"));"
     " fs.renameSync(\"t\", \"settings.json\")'",
     ""},
};

START_TEST(an_edit_is_sent_once_with_what_was_edited)
{
    struct result result = edit(edits[_i].command);
    if (result.status != 0) {
        fail_test("$ %s\nfailed with %d: %s", edits[_i].command, result.status, result.err);
    }
    expect_changes(vlan_change("{\"vlan\":7}"));
    expect_contains("\"vlan\":\t7,", read_file(NIC "/settings.json"));
    expect_beside(edits[_i].left);
    expect_text("", last_error());
}
END_TEST

static const struct {
    const char *command, *change;
} scalar_edits[] = {
    {"sed -i s/true/false/ enabled", "{\"enabled\":false}"},
    {"printf false > .e && mv .e enabled", "{\"enabled\":false}"},
    {"echo 42 > new && mv new orderid", "{\"orderid\":42}"},
    {"printf 42 > new && mv new orderid", "{\"orderid\":42}"},
    {"perl -pi -e s/1/42/ orderid", "{\"orderid\":42}"},
    {"echo text | sponge description", "{\"description\":\"text\"}"},
    {VIM "'+s/false/true/' +wq optional", "{\"optional\":true}"},
    {"printf '%s\\n' s/false/true/ w q | ed -s optional", "{\"optional\":true}"},
    {"sed -i 's/\"optional\":.*/\"optional\": true,/' device.json", "{\"optional\":true}"},
    {"jq '.optional = true | .description = \"d\"' device.json | sponge device.json",
     "{\"description\":\"d\",\"optional\":true}"},
};

START_TEST(values_and_rows_are_edited_in_the_same_way)
{
    struct result result = edit(scalar_edits[_i].command);
    if (result.status != 0) {
        fail_test("$ %s\nfailed with %d: %s", scalar_edits[_i].command, result.status, result.err);
    }
    expect_changes(device_change(scalar_edits[_i].change));
    expect_beside("");
}
END_TEST

START_TEST(a_name_that_is_edited_renames_the_device)
{
    ck_assert_int_eq(edit("sed -i s/nic0/nic7/ name").status, 0);
    expect_changes(device_change("{\"name\":\"nic7\"}"));
    expect_file("nic7\n", VM "/devices/nic7/name");
    expect_gone(NIC);
}
END_TEST

START_TEST(nano_edits_on_a_terminal)
{
    const char *nano = text("cd '%s' && nano -I description", path(NIC));
    ck_assert_int_eq(on_terminal(nano, "Exit", "typed in nano\017\r\030"), 0);
    expect_changes(device_change("{\"description\":\"typed in nano\"}"));
    expect_beside("");
}
END_TEST

START_TEST(nano_makes_backups)
{
    expect_ok(write_file("before\n", NIC "/description"));
    sim_clear_log();
    const char *nano = text("cd '%s' && nano -IB description", path(NIC));
    ck_assert_int_eq(on_terminal(nano, "Exit", "typed \017\r\030"), 0);
    expect_changes(device_change("{\"description\":\"typed before\"}"));
    expect_file("before\n", NIC "/description~");
}
END_TEST

START_TEST(vim_edits_on_a_terminal)
{
    expect_ok(write_file("before\n", NIC "/description"));
    sim_clear_log();
    const char *vim = text("cd '%s' && vim -Nu NONE -i NONE description", path(NIC));
    ck_assert_int_eq(on_terminal(vim, "before", ":%s/before/after/\r:wq\r"), 0);
    expect_changes(device_change("{\"description\":\"after\"}"));
    expect_beside("");
}
END_TEST

/* What emacs does to a file: lock, backup by rename, two pieces, mode, fsync, unlock. */
START_TEST(the_steps_of_emacs_change_the_value_once)
{
    const char *json = read_file(NIC "/settings.json");
    const char *middle = strstr(json, "100");
    ck_assert(middle != NULL);
    expect_ok(symlink("me@host.1:2", path(NIC "/.#settings.json")));
    expect_ok(rename(path(NIC "/settings.json"), path(NIC "/settings.json~")));
    sim_clear_log();
    int fd = open_file(O_WRONLY | O_CREAT | O_TRUNC, NIC "/settings.json");
    expect_ok(write_piece(fd, text("%.*s", (int)(middle - json), json)));
    expect_ok(write_piece(fd, text("7%s", middle + 3)));
    expect_ok(fsync(fd));
    expect_ok(fchmod(fd, 0644));
    expect_ok(close(fd));
    expect_ok(unlink(path(NIC "/.#settings.json")));
    expect_changes(vlan_change("{\"vlan\":7}"));
    expect_text(json, read_file(NIC "/settings.json~"));
}
END_TEST

START_TEST(rsync_takes_a_device_away_and_brings_it_back)
{
    expect_run(0, "", "rsync -a " NIC "/ '%s/'", outside("copy"));
    expect_run(0, "", "diff -r " NIC " '%s'", outside("copy"));
    sim_clear_log();
    expect_run(0, "", "rsync -a '%s/' " NIC "/", outside("copy"));
    expect_no_change();
    expect_run(0, "",
               "echo edited > '%s/description'; jq .vlan=7 " NIC
               "/settings.json > '%s/settings.json'",
               outside("copy"), outside("copy"));
    expect_run(0, "", "rsync -a '%s/' " NIC "/", outside("copy"));
    expect_changes(
        text("%s%s", device_change("{\"description\":\"edited\"}"), vlan_change("{\"vlan\":7}")));
    expect_beside("");
}
END_TEST

START_TEST(keys_that_were_not_edited_are_not_put_back)
{
    read_file(NIC "/settings.json");
    sim_set_row(SRIOV, sim_key(SRIOV, "machine_device", NIC_KEY), "{\"qos\": 5}");
    ck_assert_int_eq(edit("sed -i s/100/7/ settings.json").status, 0);
    expect_changes(vlan_change("{\"vlan\":7}"));
    const cJSON *settings = read_json(NIC "/settings.json");
    ck_assert_int_eq(cJSON_GetObjectItem(settings, "qos")->valueint, 5);
    ck_assert_int_eq(cJSON_GetObjectItem(settings, "vlan")->valueint, 7);
}
END_TEST

/* ---- what is refused ---- */

static const struct {
    const char *command;
    int status;
    const char *error, *left;
} refusals[] = {
    {"sed -i 's/{/[/' settings.json", 4, "EINVAL: settings.json takes one JSON object", ""},
    {"sed -i s/true/perhaps/ enabled", 4, "EINVAL: enabled takes true or false", ""},
    {"echo x > new; mv new orderid", 1, "EINVAL: orderid takes a decimal number", "new"},
    {"echo '{\"vlan\": 7' > new; mv new settings.json", 1,
     "EINVAL: settings.json takes one JSON object", "new"},
    {"touch new; mv new settings.json", 1, "EINVAL: settings.json takes one JSON object", "new"},
    {"touch new; mv new enabled", 1, "EINVAL: enabled takes true or false", "new"},
    {"jq '.uuid = \"x\"' device.json > new; mv new device.json", 1,
     "EINVAL: field 'uuid' is read-only", "new"},
    {"echo '{\"vlan\": 7} x' > new; mv new settings.json", 1,
     "EINVAL: settings.json takes one JSON object", "new"},
};

START_TEST(an_invalid_result_is_refused_and_changes_nothing)
{
    struct result result = edit(refusals[_i].command);
    ck_assert_int_eq(result.status, refusals[_i].status);
    ck_assert_str_ne(result.err, "");
    expect_error("rename", refusals[_i].error);
    expect_no_change();
    expect_beside(refusals[_i].left);
}
END_TEST

START_TEST(what_the_server_refuses_fails_in_rename)
{
    ck_assert_int_eq(edit("sed -i s/100/5000/ settings.json").status, 4);
    expect_error("rename", "PUT /api/v4/" SRIOV, "422", "EINVAL", "vlan");
    expect_contains("\"vlan\":\t100,", read_file(NIC "/settings.json"));
    sim_fault("{\"method\": \"PUT\", \"ignore\": true}");
    ck_assert_int_eq(edit("sed -i s/100/7/ settings.json").status, 4);
    expect_error("rename", "EIO: vlan: sent 7, the server shows 100");
    expect_beside("");
}
END_TEST

START_TEST(vim_is_told_of_a_refusal_and_leaves_the_value)
{
    ck_assert_int_ne(edit(VIM "'+%s/100/5000/' +wq settings.json").status, 0);
    expect_contains("\"vlan\":\t100,", read_file(NIC "/settings.json"));
    ck_assert_int_eq(sim_count("PUT", NULL), 1);
}
END_TEST

START_TEST(a_read_only_attribute_is_not_replaced)
{
    make_scratch("new", "7\n");
    expect_errno(EACCES, rename(path(NIC "/new"), path(NIC "/key")));
    expect_file(NIC_KEY "\n", NIC "/key");
    expect_file("7\n", NIC "/new");
    expect_no_change();
}
END_TEST

static const char *const impossible[] = {
    "install -m 644 \"$OUTSIDE\" settings.json",
    "mv \"$OUTSIDE\" settings.json",
    "cp --remove-destination \"$OUTSIDE\" settings.json",
    "ln -f enabled optional",
    "rm -f settings.json",
    "mkdir sub",
    "mkfifo pipe",
    "mknod device c 1 3",
    "ln enabled hard",
    "set -C; echo false > enabled",
    "mv enabled optional",
};

START_TEST(what_cannot_work_fails_loudly_and_changes_nothing)
{
    make_outside("file", "{\"vlan\": 7}\n");
    struct result result = edit(impossible[_i]);
    ck_assert_int_ne(result.status, 0);
    ck_assert_str_ne(result.err, "");
    expect_no_change();
    expect_beside("");
    expect_contains("\"vlan\":\t100,", read_file(NIC "/settings.json"));
}
END_TEST

/* ---- attributes renamed away, and backups put back ---- */

START_TEST(an_attribute_that_is_renamed_away_stays_and_leaves_a_copy)
{
    const char *json = read_file(NIC "/settings.json");
    expect_ok(rename(path(NIC "/settings.json"), path(NIC "/backup")));
    expect_file(json, NIC "/settings.json");
    expect_file(json, NIC "/backup");
    /* The kernel moves the name it knows; it hears that the name is another file's right after. */
    wait_until(status_of(NIC "/backup").st_ino != status_of(NIC "/settings.json").st_ino);
    expect_ok(rename(path(NIC "/key"), path(NIC "/backup")));
    expect_file(NIC_KEY "\n", NIC "/backup");
    expect_no_change();
    expect_beside("backup");
}
END_TEST

START_TEST(an_untouched_backup_that_is_put_back_sends_nothing)
{
    expect_ok(rename(path(NIC "/settings.json"), path(NIC "/settings.json~")));
    sim_set_row(SRIOV, sim_key(SRIOV, "machine_device", NIC_KEY), "{\"vlan\": 55}");
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    expect_ok(rename(path(NIC "/settings.json~"), path(NIC "/settings.json")));
    expect_no_change();
    expect_contains("\"vlan\":\t55,", read_file(NIC "/settings.json"));
    expect_beside("");
}
END_TEST

START_TEST(a_backup_that_was_written_to_counts)
{
    expect_ok(rename(path(NIC "/description"), path(NIC "/d")));
    expect_run(0, "", "echo new > " NIC "/d && mv " NIC "/d " NIC "/description");
    expect_changes(device_change("{\"description\":\"new\"}"));
}
END_TEST

START_TEST(a_backup_of_one_attribute_counts_for_another)
{
    expect_ok(rename(path(NIC "/enabled"), path(NIC "/e")));
    expect_ok(rename(path(NIC "/e"), path(NIC "/optional")));
    expect_changes(device_change("{\"optional\":true}"));
}
END_TEST

static void add_edit_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "edits", NULL, NULL);
    tcase_add_checked_fixture(tests, clear_scratch, NULL);
    tcase_add_loop_test(tests, an_edit_is_sent_once_with_what_was_edited, 0, COUNT(edits));
    tcase_add_loop_test(tests, values_and_rows_are_edited_in_the_same_way, 0, COUNT(scalar_edits));
    add_tests(tests, a_name_that_is_edited_renames_the_device, nano_edits_on_a_terminal,
              nano_makes_backups, vim_edits_on_a_terminal, the_steps_of_emacs_change_the_value_once,
              rsync_takes_a_device_away_and_brings_it_back,
              keys_that_were_not_edited_are_not_put_back);
}

static void add_refusal_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "refusals", NULL, NULL);
    tcase_add_checked_fixture(tests, clear_scratch, NULL);
    tcase_add_loop_test(tests, an_invalid_result_is_refused_and_changes_nothing, 0,
                        COUNT(refusals));
    tcase_add_loop_test(tests, what_cannot_work_fails_loudly_and_changes_nothing, 0,
                        COUNT(impossible));
    add_tests(tests, what_the_server_refuses_fails_in_rename,
              vim_is_told_of_a_refusal_and_leaves_the_value, a_read_only_attribute_is_not_replaced);
}

static void add_scratch_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "scratch", NULL, NULL);
    tcase_add_checked_fixture(tests, clear_scratch, NULL);
    add_tests(tests, an_attribute_that_is_renamed_away_stays_and_leaves_a_copy,
              an_untouched_backup_that_is_put_back_sends_nothing,
              a_backup_that_was_written_to_counts, a_backup_of_one_attribute_counts_for_another);
}

int main(void)
{
    Suite *suite = suite_create("editing");
    add_edit_tests(suite);
    add_refusal_tests(suite);
    add_scratch_tests(suite);
    return run_suite(suite);
}
