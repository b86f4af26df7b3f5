/* SPDX-License-Identifier: MIT
 *
 * Writing a value: what a scalar takes, when it takes effect and for whom, whatever tool writes it;
 * that the right device gets it; and that the server's obedience is checked.
 */
#include "tests/integration/card.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- what a scalar takes ---- */

START_TEST(echo_changes_a_boolean_with_one_put_of_one_field)
{
    expect_file("true\n", NIC "/enabled");
    sim_clear_log();
    expect_run(0, "", "echo false > " NIC "/enabled");
    expect_nic("false", "enabled");
    expect_changes(nic_change("enabled", "false"));
    expect_requests("PUT machine_devices/" NIC_KEY "\nGET machine_devices/" NIC_KEY "\n");
    expect_file("false\n", NIC "/enabled");
}
END_TEST

START_TEST(booleans_have_many_spellings)
{
    static const struct {
        const char *written, *value;
    } words[] = {
        {"true", "true"}, {"false", "false"}, {"1", "true"},     {"0", "false"},
        {"yes", "true"},  {"no", "false"},    {"on", "true"},    {"off", "false"},
        {"y", "true"},    {"n", "false"},     {"TRUE", "true"},  {"False", "false"},
        {"On", "true"},   {"oFF", "false"},   {" yes ", "true"}, {"\tN\r", "false"},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        sim_clear_log();
        expect_ok(write_file(text("%s\n", words[i].written), NIC "/optional"));
        expect_nic(words[i].value, "optional");
        expect_changes(nic_change("optional", words[i].value));
    }
}
END_TEST

START_TEST(other_words_are_refused_before_anything_is_sent)
{
    static const char *const words[] = {"maybe\n", "2\n",       "\n",       "tru\n",
                                        "truex\n", "-1\n",      "yes no\n", "true\nno\n",
                                        "null\n",  "\"true\"\n"};
    expect_file("true\n", NIC "/enabled");
    sim_clear_log();
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        expect_write_errno(EINVAL, words[i], NIC "/enabled");
        expect_error("EINVAL: enabled takes true or false", NIC "/enabled");
        clear_error_log();
    }
    expect_requests("");
}
END_TEST

START_TEST(numbers_are_decimal)
{
    static const struct {
        const char *written, *value;
    } numbers[] = {{"5\n", "5"},     {"64\n", "64"}, {"0\n", "0"},
                   {" 7 \r\n", "7"}, {"+3\n", "3"},  {"007\n", "7"}};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        sim_clear_log();
        expect_ok(write_file(numbers[i].written, NIC "/orderid"));
        expect_nic(numbers[i].value, "orderid");
        expect_changes(nic_change("orderid", numbers[i].value));
        expect_file(text("%s\n", numbers[i].value), NIC "/orderid");
    }
}
END_TEST

START_TEST(what_is_no_number_is_refused_before_anything_is_sent)
{
    static const char *const words[] = {"x\n",   "1.5\n",  "0x10\n",
                                        "1e3\n", "5 6\n",  "\n",
                                        "-\n",   "5\n6\n", "99999999999999999999\n"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        expect_write_errno(EINVAL, words[i], NIC "/orderid");
        expect_error("EINVAL: orderid takes a decimal number");
        clear_error_log();
    }
    expect_no_change();
    expect_nic("1", "orderid");
}
END_TEST

START_TEST(what_the_server_refuses_fails_in_write_with_its_words)
{
    expect_write_errno(EINVAL, "65\n", NIC "/orderid");
    expect_error("write", NIC "/orderid", "PUT /api/v4/machine_devices/" NIC_KEY, "422", "EINVAL",
                 "orderid");
    expect_changes(nic_change("orderid", "65"));
    expect_nic("1", "orderid");
    expect_file("1\n", NIC "/orderid");
}
END_TEST

START_TEST(descriptions_are_a_line_of_text_as_it_is)
{
    static const char *const lines[] = {"Two words", " blanks kept  ", "Grüße, 世界", "a\tb",
                                        "\"quoted\" \\ {x} 'y' #1 + 50%"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        expect_ok(write_file(text("%s\n", lines[i]), NIC "/description"));
        expect_nic(lines[i], "description");
        expect_file(text("%s\n", lines[i]), NIC "/description");
    }
}
END_TEST

START_TEST(an_empty_line_clears_a_description)
{
    expect_ok(write_file("something\n", NIC "/description"));
    sim_clear_log();
    expect_run(0, "", "echo > " NIC "/description");
    expect_changes(nic_change("description", "\"\""));
    expect_nic("", "description");
    ck_assert_int_eq(status_of(NIC "/description").st_size, 0);
}
END_TEST

START_TEST(descriptions_may_have_2048_characters)
{
    const char *longest = repeated('d', 2048);
    expect_ok(write_file(text("%s\n", longest), NIC "/description"));
    expect_nic(longest, "description");
    expect_write_errno(EINVAL, text("%sd\n", longest), NIC "/description");
    expect_nic(longest, "description");
}
END_TEST

START_TEST(texts_of_several_lines_or_odd_bytes_are_refused)
{
    static const char *const values[] = {"one\ntwo\n", "bell\a\n",       "esc\033[31m\n",
                                         "\xff\n",     "cut \xe2\x82\n", "del\x7f\n"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        expect_write_errno(EINVAL, values[i], NIC "/description");
        expect_error("EINVAL: description takes one line of text");
        clear_error_log();
    }
    expect_no_change();
    expect_nic("", "description");
}
END_TEST

START_TEST(writing_a_name_renames_the_directory)
{
    expect_exists(NIC);
    sim_clear_log();
    expect_run(0, "", "echo 'up/link 50%%' > " NIC "/name");
    expect_changes(nic_change("name", "\"up/link 50%\""));
    expect_gone(NIC);
    expect_file("up/link 50%\n", "vms/render-03/devices/up%%2Flink 50%%25/name");
    expect_file(NIC_KEY "\n", "vms/render-03/by-type/sriov_nic/up%%2Flink 50%%25/key");
    expect_nic("up/link 50%", "name");
}
END_TEST

START_TEST(names_have_1_to_128_characters)
{
    expect_ok(write_file(text("%s\n", repeated('n', 128)), NIC "/name"));
    expect_nic(repeated('n', 128), "name");
    const char *now = text("vms/render-03/devices/%s", repeated('n', 128));
    expect_write_errno(EINVAL, text("%s\n", repeated('n', 129)), "%s/name", now);
    expect_write_errno(EINVAL, "\n", "%s/name", now);
    expect_nic(repeated('n', 128), "name");
}
END_TEST

START_TEST(read_only_files_cannot_be_opened_for_writing)
{
    static const char *const files[] = {
        NIC "/key",
        NIC "/type",
        NIC "/type_display",
        NIC "/class",
        NIC "/status",
        NIC "/status_display",
        NIC "/status_info",
        NIC "/resource_group",
        NIC "/uuid",
        NIC "/machine",
        NIC "/machine_name",
        NIC "/machine_type",
        NIC "/created",
        NIC "/modified",
        NIC "/resource_group_name",
        "vms/backup/name",
        "vms/backup/vm.json",
        "vms/backup/running",
        "vms/backup/need_restart",
        ".vergefs/version",
        ".vergefs/config",
        ".vergefs/stats",
        "resource_groups/GPU Pool/name",
        "resource_groups/GPU Pool/group.json",
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        expect_mode(0444, "%s", files[i]);
        expect_errno(EACCES, open_file(O_WRONLY, "%s", files[i]));
        expect_errno(EACCES, open_file(O_RDWR | O_TRUNC, "%s", files[i]));
    }
    expect_no_change();
}
END_TEST

/* ---- when it takes effect ---- */

/* Each shell line writes 42 to the number, or false to the boolean, in its own way. */
static const struct {
    const char *field, *command;
} tools[] = {
    {"enabled", "echo false > enabled"},
    {"enabled", "echo -n false > enabled"},
    {"enabled", "printf false > enabled"},
    {"enabled", "printf 'no\\n' > enabled"},
    {"enabled", "printf n > enabled"},
    {"enabled", "dd if=/dev/stdin of=enabled bs=1 status=none <<< false"},
    {"enabled", "python3 -u -c 'print(False)' > enabled"},
    {"enabled", "python3 -c 'open(\"enabled\", \"w\").write(\"false\")'"},
    {"orderid", "echo 42 > orderid"},
    {"orderid", "printf 42 > orderid"},
    {"orderid", "printf '%s\\n' 42 > orderid"},
    {"orderid", "echo 42 >> orderid"},
    {"orderid", "echo 42 1<> orderid >&1"},
    {"orderid", "cat <<< 42 > orderid"},
    {"orderid", "tee orderid <<< 42"},
    {"orderid", "tee -a orderid <<< 42"},
    {"orderid", "echo 42 > \"$FILE\"; cp \"$FILE\" orderid"},
    {"orderid", "echo 42 > \"$FILE\"; cp -p \"$FILE\" orderid 2> /dev/null; true"},
    {"orderid", "echo 42 > \"$FILE\"; cat \"$FILE\" > orderid"},
    {"orderid", "dd of=orderid status=none <<< 42"},
    {"orderid", "dd of=orderid bs=1 status=none <<< 42"},
    {"orderid", "dd of=orderid bs=1 conv=notrunc,fsync status=none <<< 42"},
    {"orderid", "printf 42 | dd of=orderid bs=1 status=none"},
    {"orderid", "(printf 4; sleep 0.05; printf 2) | cat > orderid"},
    {"orderid", "python3 -u -c 'print(42)' > orderid"},
    {"orderid", "python3 -c 'f = open(\"orderid\", \"r+\"); f.write(\"42\\n\"); f.truncate()'"},
    {"orderid", "perl -e '$| = 1; print 4; print 2; print \"\\n\"' > orderid"},
    {"orderid", "perl -e 'open F, \">\", \"orderid\"; print F 42; close F or exit 1'"},
    {"orderid", "awk 'BEGIN { print 42 > \"orderid\" }'"},
    {"orderid", "sed -n 'w orderid' <<< 42"},
    {"orderid", "exec 3> orderid; echo 42 >&3; echo >&3; printf '  ' >&3; exec 3>&-"},
    /* what emacs does to 1 → 42 within a line: two pieces, then fsync */
    {"orderid", "python3 -c 'import os; f = os.open(\"orderid\", os.O_WRONLY | os.O_TRUNC);"
                " os.write(f, b\"4\"); os.write(f, b\"2\\n\"); os.fsync(f); os.close(f)'"},
};

START_TEST(every_tool_leaves_the_right_value_and_sends_it_once)
{
    const char *field = tools[_i].field;
    const char *value = strcmp(field, "enabled") == 0 ? "false" : "42";
    make_outside("script", text("cd " NIC " || exit\n%s\n", tools[_i].command));
    sim_clear_log();
    struct result result = run("FILE='%s' bash '%s'", outside("file"), outside("script"));
    if (result.status != 0) {
        fail_test("$ %s\nfailed with %d: %s", tools[_i].command, result.status, result.err);
    }
    expect_changes(nic_change(field, value));
    expect_nic(value, field);
    expect_file(text("%s\n", value), NIC "/%s", field);
}
END_TEST

START_TEST(a_descriptor_takes_one_value_after_the_other)
{
    expect_run(0, "", "exec 3> " NIC "/orderid; echo 5 >&3; echo 6 >&3");
    expect_changes(text("%s%s", nic_change("orderid", "5"), nic_change("orderid", "6")));
    expect_nic("6", "orderid");
}
END_TEST

START_TEST(a_value_counts_when_its_line_ends)
{
    int fd = open_file(O_WRONLY, NIC "/orderid");
    expect_ok(write_piece(fd, "4"));
    expect_no_change();
    expect_ok(write_piece(fd, "2"));
    expect_no_change();
    expect_ok(write_piece(fd, "\n"));
    expect_changes(nic_change("orderid", "42"));
    expect_ok(close(fd));
    expect_changes(nic_change("orderid", "42"));
}
END_TEST

START_TEST(an_unterminated_word_counts_at_once)
{
    int fd = open_file(O_WRONLY, NIC "/enabled");
    expect_ok(write_piece(fd, "fal"));
    expect_no_change();
    expect_ok(write_piece(fd, "se"));
    expect_changes(nic_change("enabled", "false"));
    expect_ok(write_piece(fd, "\n"));
    expect_ok(close(fd));
    expect_changes(nic_change("enabled", "false"));
}
END_TEST

START_TEST(an_unterminated_number_counts_at_close)
{
    int fd = open_file(O_WRONLY, NIC "/orderid");
    expect_ok(write_piece(fd, "42"));
    expect_no_change();
    expect_ok(close(fd));
    expect_changes(nic_change("orderid", "42"));
    expect_close_errno(EINVAL, "65", NIC "/orderid");
    expect_error("close", "422", "EINVAL");
    expect_nic("42", "orderid");
}
END_TEST

START_TEST(an_unterminated_mistake_is_refused_when_written)
{
    expect_write_errno(EINVAL, "4x", NIC "/orderid");
    expect_write_errno(EINVAL, "perhaps", NIC "/enabled");
    expect_close_errno(EINVAL, "tr", NIC "/enabled");
    expect_no_change();
}
END_TEST

START_TEST(truncating_alone_sends_nothing)
{
    expect_run(0, "", ": > " NIC "/enabled; truncate -s 0 " NIC "/description");
    expect_ok(truncate(path(NIC "/settings.json"), 0));
    int fd = open_file(O_RDWR | O_TRUNC, NIC "/orderid");
    expect_ok(ftruncate(fd, 0));
    expect_ok(ftruncate(fd, 100));
    expect_ok(close(fd));
    expect_no_change();
    expect_file("true\n", NIC "/enabled");
    expect_file("1\n", NIC "/orderid");
    expect_errno(EACCES, truncate(path(NIC "/key"), 0));
}
END_TEST

START_TEST(a_failed_write_that_is_repeated_asks_the_server_once)
{
    int fd = open_file(O_WRONLY, NIC "/orderid");
    for (int i = 0; i < 3; i++) {
        expect_errno(EINVAL, pwrite(fd, "65\n", 3, 0));
    }
    expect_changes(nic_change("orderid", "65"));
    expect_error("PUT", "422");
    expect_text(last_error(), read_file(".vergefs/error_log")); /* told once */
    expect_ok(pwrite(fd, "5\n", 2, 0));
    expect_nic("5", "orderid");
    expect_ok(close(fd));
}
END_TEST

START_TEST(python_hears_of_a_refusal_and_sends_it_once)
{
    struct result result =
        run("python3 -c 'with open(\"" NIC "/orderid\", \"w\") as f: f.write(\"65\\n\")'");
    ck_assert_int_eq(result.status, 1);
    expect_contains("OSError: [Errno 22] Invalid argument", result.err);
    expect_changes(nic_change("orderid", "65"));
}
END_TEST

START_TEST(a_value_that_was_refused_may_be_tried_again_later)
{
    sim_fault("{\"method\": \"PUT\", \"status\": 409}");
    expect_write_errno(EBUSY, "7\n", NIC "/orderid");
    expect_ok(write_file("7\n", NIC "/orderid"));
    expect_nic("7", "orderid");
}
END_TEST

START_TEST(pieces_must_follow_each_other)
{
    int fd = open_file(O_WRONLY, NIC "/orderid");
    expect_ok(pwrite(fd, "4", 1, 0));
    expect_errno(EINVAL, pwrite(fd, "2\n", 2, 7));
    expect_ok(close(fd));
    expect_no_change();
}
END_TEST

/* ---- what the server makes of it ---- */

START_TEST(a_change_that_the_server_does_not_make_is_an_error)
{
    sim_fault("{\"method\": \"PUT\", \"ignore\": true}");
    expect_write_errno(EIO, "true\n", NIC "/optional");
    expect_error("write", NIC "/optional", "EIO: optional: sent true, the server shows false");
    expect_changes(nic_change("optional", "true"));
    expect_file("false\n", NIC "/optional");
}
END_TEST

START_TEST(a_change_that_the_server_makes_differently_is_an_error)
{
    sim_fault("{\"method\": \"GET\", \"path\": \"machine_devices/" NIC_KEY "\","
              " \"patch\": {\"description\": \"something else\"}}");
    expect_write_errno(EIO, "this\n", NIC "/description");
    expect_error("EIO: description: sent \"this\", the server shows \"something else\"");
}
END_TEST

static void bend(const char *quirks[][2])
{
    for (; (*quirks)[0] != NULL; quirks++) {
        sim_quirk((*quirks)[0], (*quirks)[1]);
    }
}

START_TEST(bent_types_of_the_api_do_not_look_like_disobedience)
{
    bend((const char *[][2]){{"booleans", "int"},
                             {"numbers", "string"},
                             {"key_type", "string"},
                             {"references", "object"},
                             {"strings_null", "on"},
                             {"put_reply", "row"},
                             {NULL, NULL}});
    expect_ok(write_file("false\n", NIC "/enabled"));
    expect_ok(write_file("42\n", NIC "/orderid"));
    expect_ok(write_file("\n", NIC "/description"));
    bend((const char *[][2]){{"booleans", "yesno"}, {"put_reply", "empty"}, {NULL, NULL}});
    expect_ok(write_file("true\n", NIC "/enabled"));
    expect_nic("true", "enabled");
}
END_TEST

START_TEST(a_change_of_a_running_vm_shows_that_it_needs_a_restart)
{
    expect_file("false\n", "vms/render-01/need_restart");
    expect_ok(write_file("false\n", "vms/render-01/devices/nic0/enabled"));
    expect_file("true\n", "vms/render-01/need_restart");
    ck_assert(
        cJSON_IsTrue(cJSON_GetObjectItem(read_json("vms/render-01/vm.json"), "need_restart")));
    expect_ok(write_file("false\n", NIC "/enabled"));
    expect_file("false\n", "vms/render-03/need_restart");
}
END_TEST

/* The kernel knows sizes from before, and tools go by them. */
START_TEST(after_a_refresh_sizes_are_those_of_what_is_read)
{
    off_t before = status_of(NIC "/settings.json").st_size;
    sim_set_row("machine_device_settings_sriov_nic",
                sim_key("machine_device_settings_sriov_nic", "machine_device", NIC_KEY),
                "{\"vlan\": 7}");
    sim_set_row("machine_devices", NIC_KEY, "{\"description\": \"longer than before\"}");
    ck_assert_int_eq(status_of(NIC "/description").st_size, 0);
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    ck_assert_int_eq(status_of(NIC "/settings.json").st_size, before - 2);
    ck_assert_int_eq(status_of(NIC "/description").st_size, 19);
    expect_run(0, "19\n", "cat " NIC "/description | wc -c");
}
END_TEST

START_TEST(working_directories_and_open_files_survive_a_refresh)
{
    static const char *const directories[] = {"vms", NIC, VM "/by-type/sriov_nic/nic0", "devices"};
    int fd = open_file(O_WRONLY, NIC "/enabled");
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        expect_run(0, text("%s\n", path("%s", directories[i])),
                   "cd %s && echo 1 > \"$MOUNT\"/.vergefs/refresh && ls > /dev/null && /bin/pwd",
                   directories[i]);
    }
    expect_ok(write_piece(fd, "false\n"));
    expect_ok(close(fd));
    expect_file("false\n", NIC "/enabled");
}
END_TEST

/* ---- what needs no change ---- */

START_TEST(touch_and_setting_what_is_shown_succeed)
{
    expect_run(0, "", "touch " NIC "/enabled " NIC "/key " NIC " vms");
    expect_run(0, "", "touch -d 2020-01-01 " NIC "/enabled");
    expect_run(0, "", "chmod 644 " NIC "/enabled && chmod 444 " NIC "/key && chmod 755 " NIC);
    expect_run(0, "", "chown $(id -u):$(id -g) " NIC "/enabled " NIC);
    expect_ok(chown(path(NIC "/enabled"), (uid_t)-1, (gid_t)-1));
    expect_no_change();
    expect_mode(0644, NIC "/enabled");
}
END_TEST

START_TEST(other_modes_and_owners_are_refused)
{
    expect_errno(EPERM, chmod(path(NIC "/enabled"), 0600));
    expect_errno(EPERM, chmod(path(NIC "/key"), 0644));
    expect_errno(EPERM, chmod(path(NIC), 0700));
    expect_errno(EPERM, chown(path(NIC "/enabled"), 12345, (gid_t)-1));
    expect_errno(EPERM, chown(path(NIC "/enabled"), (uid_t)-1, 12345));
    expect_no_change();
}
END_TEST

START_TEST(fsync_succeeds)
{
    int fd = open_file(O_WRONLY, NIC "/enabled");
    expect_ok(write_piece(fd, "false\n"));
    expect_ok(fsync(fd));
    expect_ok(fdatasync(fd));
    expect_ok(close(fd));
    expect_changes(nic_change("enabled", "false"));
}
END_TEST

START_TEST(a_mount_with_ro_forbids_every_change)
{
    struct mount *mount = mount_start(&(struct mount_options){.options = "ro"});
    mount_use(mount);
    expect_file("true\n", NIC "/enabled");
    expect_errno(EROFS, open_file(O_WRONLY, NIC "/enabled"));
    expect_errno(EROFS, rmdir(path(NIC)));
    expect_errno(EROFS, mkdir(path("vms/render-03/by-type/tpm/tpm1"), 0755));
    expect_errno(EROFS, rename(path(NIC), path("vms/render-03/devices/nic1")));
    expect_errno(EROFS, open_file(O_WRONLY | O_CREAT, NIC "/scratch"));
    expect_no_change();
}
END_TEST

static void add_value_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "values", NULL, NULL);
    add_tests(tests, echo_changes_a_boolean_with_one_put_of_one_field, booleans_have_many_spellings,
              other_words_are_refused_before_anything_is_sent, numbers_are_decimal,
              what_is_no_number_is_refused_before_anything_is_sent,
              what_the_server_refuses_fails_in_write_with_its_words,
              descriptions_are_a_line_of_text_as_it_is, an_empty_line_clears_a_description,
              descriptions_may_have_2048_characters,
              texts_of_several_lines_or_odd_bytes_are_refused, writing_a_name_renames_the_directory,
              names_have_1_to_128_characters, read_only_files_cannot_be_opened_for_writing);
}

static void add_moment_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "moments", NULL, NULL);
    tcase_add_loop_test(tests, every_tool_leaves_the_right_value_and_sends_it_once, 0,
                        (int)(sizeof(tools) / sizeof(tools[0])));
    add_tests(tests, a_descriptor_takes_one_value_after_the_other,
              a_value_counts_when_its_line_ends, an_unterminated_word_counts_at_once,
              an_unterminated_number_counts_at_close,
              an_unterminated_mistake_is_refused_when_written, truncating_alone_sends_nothing,
              a_failed_write_that_is_repeated_asks_the_server_once,
              python_hears_of_a_refusal_and_sends_it_once,
              a_value_that_was_refused_may_be_tried_again_later, pieces_must_follow_each_other);
}

static void add_server_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "the server", NULL, NULL);
    add_tests(tests, a_change_that_the_server_does_not_make_is_an_error,
              a_change_that_the_server_makes_differently_is_an_error,
              bent_types_of_the_api_do_not_look_like_disobedience,
              a_change_of_a_running_vm_shows_that_it_needs_a_restart,
              after_a_refresh_sizes_are_those_of_what_is_read,
              working_directories_and_open_files_survive_a_refresh,
              touch_and_setting_what_is_shown_succeed, other_modes_and_owners_are_refused,
              fsync_succeeds, a_mount_with_ro_forbids_every_change);
}

int main(void)
{
    Suite *suite = suite_create("writing");
    add_value_tests(suite);
    add_moment_tests(suite);
    add_server_tests(suite);
    return run_suite(suite);
}
