/* SPDX-License-Identifier: MIT
 *
 * Writing settings.json and device.json: when an object is complete, what of it is sent and where
 * to, and what becomes of what the API cannot show.
 */
#include "tests/integration/requests.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NIC "vms/render-03/devices/nic0"
#define NIC_KEY "108"
#define SRIOV "machine_device_settings_sriov_nic"
#define VGPU "vms/desktop-pool-03/devices/vgpu_0"
#define VGPU_KEY "125"
#define TPM "vms/template-windows-11/devices/tpm_0"

static const char *row_of(const char *table, const char *device)
{
    return sim_key(table, "machine_device", device);
}

/* A PUT of the settings row of a device. */
static const char *put(const char *table, const char *device, const char *body)
{
    return text("PUT %s/%s %s\n", table, row_of(table, device), body);
}

static void expect_nic_setting(const char *value, const char *key)
{
    expect_field(value, SRIOV, row_of(SRIOV, NIC_KEY), key);
}

/* ---- when a document is complete ---- */

START_TEST(an_object_changes_the_keys_in_it_and_no_others)
{
    read_file(NIC "/settings.json");
    sim_clear_log();
    expect_run(0, "", "echo '{\"vlan\": 200}' > " NIC "/settings.json");
    expect_requests(text("PUT " SRIOV "/%s\nGET " SRIOV "\n", row_of(SRIOV, NIC_KEY)));
    expect_changes(put(SRIOV, NIC_KEY, "{\"vlan\":200}"));
    expect_nic_setting("200", "vlan");
    expect_nic_setting("802.1Q", "proto");
    expect_contains("\"vlan\":\t200,\n", read_file(NIC "/settings.json"));
}
END_TEST

START_TEST(keys_with_the_value_they_have_are_not_sent)
{
    expect_run(0, "", "cp " NIC "/settings.json '%s'; cp '%s' " NIC "/settings.json",
               outside("copy"), outside("copy"));
    expect_ok(write_file("{}", NIC "/settings.json"));
    expect_ok(write_file("{\"vlan\": \"100\", \"qos\": 0}", NIC "/settings.json"));
    expect_no_change();
    expect_ok(write_file("{\"vlan\": 100, \"qos\": 1, \"trust\": \"off\"}", NIC "/settings.json"));
    expect_changes(put(SRIOV, NIC_KEY, "{\"qos\":1}"));
}
END_TEST

/* Each leaves the VLAN 7, in its own way. */
static const char *const tools[] = {
    "echo '{\"vlan\": 7}' > settings.json",
    "printf '{\"vlan\": 7}' > settings.json",
    "echo '{\"vlan\": 7}' >> settings.json",
    "printf '%s\\n' '{' '\"vlan\":' '7' '}' > settings.json",
    "object='{\n  \"vlan\": 7\n}'; echo \"$object\" > settings.json",
    "cat > settings.json <<< '{\"vlan\": 7}'",
    "tee settings.json <<< '{\"vlan\": 7}'",
    "dd of=settings.json bs=1 status=none <<< '{\"vlan\": 7}'",
    "dd of=settings.json bs=1 conv=notrunc status=none <<< '{\"vlan\": 7}  '",
    "jq '.vlan = 7' settings.json > \"$FILE\"; cp \"$FILE\" settings.json",
    "jq '.vlan = 7' settings.json > settings.json",
    "sed 's/100/7/' settings.json > \"$FILE\"; cat \"$FILE\" > settings.json",
    "python3 -c 'import json; json.dump({\"vlan\": 7}, open(\"settings.json\", \"w\"))'",
    "python3 -u -c 'print({\"x\": 1} and \"{\\\"vlan\\\": 7}\")' > settings.json",
    "{ echo '{'; sleep 0; echo '\"vlan\": 7'; sleep 0; echo '}'; } > settings.json",
    "exec 3> settings.json; echo '{\"vlan\":' >&3; echo '7}' >&3; echo >&3; exec 3>&-",
    "perl -e '$| = 1; print \"{\\\"vl\"; print \"an\\\":7\"; print \"}\"' > settings.json",
};

START_TEST(every_tool_completes_an_object_once)
{
    make_outside("script", text("cd " NIC " || exit\n%s\n", tools[_i]));
    sim_clear_log();
    struct result result = run("FILE='%s' bash '%s'", outside("file"), outside("script"));
    if (result.status != 0) {
        fail_test("$ %s\nfailed with %d: %s", tools[_i], result.status, result.err);
    }
    expect_text("", result.err); /* sleep(1), too, looks at what closing gives */
    expect_changes(put(SRIOV, NIC_KEY, "{\"vlan\":7}"));
    expect_nic_setting("7", "vlan");
}
END_TEST

START_TEST(an_object_is_applied_by_the_write_that_completes_it)
{
    int fd = open_file(O_WRONLY, NIC "/settings.json");
    expect_ok(write_piece(fd, "  {\"vlan\": 7, \"macaddress\": \"f2:56:45:00:00:77\""));
    expect_no_change();
    expect_ok(write_piece(fd, "}"));
    expect_nic_setting("f2:56:45:00:00:77", "macaddress");
    expect_ok(write_piece(fd, "\n \t\r\n"));
    expect_ok(close(fd));
    expect_changes(put(SRIOV, NIC_KEY, "{\"vlan\":7,\"macaddress\":\"f2:56:45:00:00:77\"}"));
}
END_TEST

START_TEST(braces_in_strings_complete_nothing)
{
    int fd = open_file(O_WRONLY, NIC "/device.json");
    expect_ok(write_piece(fd, "{\"description\": \"a } and \\\"}\\\" "));
    expect_ok(write_piece(fd, "}\""));
    expect_no_change();
    expect_ok(write_piece(fd, "}"));
    expect_ok(close(fd));
    expect_field("a } and \"}\" }", "machine_devices", NIC_KEY, "description");
}
END_TEST

START_TEST(white_space_after_an_object_is_ignored_and_anything_else_refused)
{
    expect_ok(write_file("{\"vlan\": 7}\n\n  \t\r\n", NIC "/settings.json"));
    sim_clear_log();
    expect_write_errno(EINVAL, "{\"vlan\": 8} x", NIC "/settings.json");
    expect_write_errno(EINVAL, "{\"vlan\": 8}{\"qos\": 1}", NIC "/settings.json");
    expect_write_errno(EINVAL, "{\"vlan\": 8}}", NIC "/settings.json");
    expect_no_change();
    int fd = open_file(O_WRONLY, NIC "/settings.json");
    expect_ok(write_piece(fd, "{\"vlan\": 9}"));
    expect_errno(EINVAL, write_piece(fd, "garbage"));
    expect_ok(close(fd));
    expect_changes(put(SRIOV, NIC_KEY, "{\"vlan\":9}"));
}
END_TEST

START_TEST(a_file_closed_on_an_incomplete_object_is_refused_and_nothing_sent)
{
    expect_close_errno(EINVAL, "{\"vlan\": 7", NIC "/settings.json");
    expect_error("close", NIC "/settings.json", "EINVAL: settings.json takes one JSON object");
    expect_close_errno(EINVAL, "{", NIC "/device.json");
    expect_close_errno(EINVAL, "{\"vlan\": \"}", NIC "/settings.json");
    ck_assert_int_ne(run("head -c 20 " NIC "/settings.json | cat > " NIC "/settings.json").status,
                     0);
    expect_no_change();
}
END_TEST

START_TEST(what_is_no_object_is_refused_when_written)
{
    static const char *const values[] = {
        "[]",       "[{\"vlan\": 7}]", "7\n",         "\"vlan\"",       "null\n",
        "vlan=7\n", "{vlan: 7}",       "{'vlan': 7}", "{\"vlan\": 7,}", "{\"vlan\" 7}"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        expect_write_errno(EINVAL, values[i], NIC "/settings.json");
        expect_error("EINVAL: settings.json takes one JSON object");
        clear_error_log();
        expect_write_errno(EINVAL, values[i], NIC "/device.json");
    }
    expect_no_change();
}
END_TEST

START_TEST(white_space_alone_sends_nothing)
{
    expect_run(0, "", "echo > " NIC "/settings.json || true");
    expect_no_change();
}
END_TEST

START_TEST(an_object_above_a_mebibyte_is_too_large)
{
    make_outside("script",
                 "import sys\nf = open(sys.argv[1], 'w')\n"
                 "f.write('{\"description\": \"' + 'x' * (1 << 20) + '\"}')\nf.close()\n");
    struct result result = run("python3 '%s' " NIC "/device.json", outside("script"));
    expect_contains("File too large", result.err);
    expect_no_change();
}
END_TEST

/* ---- what the server makes of settings ---- */

START_TEST(a_setting_that_the_server_does_not_know_is_an_error_that_names_it)
{
    expect_write_errno(EIO, "{\"colour\": \"red\"}", NIC "/settings.json");
    expect_error("EIO: colour: sent \"red\", the server shows nothing");
    expect_write_errno(EIO, "{\"vlan\": 7, \"colour\": \"red\"}", NIC "/settings.json");
    expect_nic_setting("7", "vlan");
    expect_contains("\"vlan\":\t7,", read_file(NIC "/settings.json"));
}
END_TEST

START_TEST(a_setting_that_the_server_does_not_change_is_an_error)
{
    sim_fault("{\"method\": \"PUT\", \"ignore\": true}");
    expect_write_errno(EIO, "{\"vlan\": 7}", NIC "/settings.json");
    expect_error("write", NIC "/settings.json", "EIO: vlan: sent 7, the server shows 100");
    expect_contains("\"vlan\":\t100,", read_file(NIC "/settings.json"));
}
END_TEST

START_TEST(values_that_the_server_refuses_fail_with_its_words)
{
    expect_write_errno(EINVAL, "{\"vlan\": 5000}", NIC "/settings.json");
    expect_error("PUT", SRIOV, "422", "EINVAL", "vlan");
    expect_write_errno(EINVAL, "{\"trust\": \"perhaps\"}", NIC "/settings.json");
    expect_error("422", "perhaps", "trust");
    expect_write_errno(EINVAL, "{\"min_tx_rate\": 9, \"max_tx_rate\": 5}", NIC "/settings.json");
    expect_error("422", "min_tx_rate");
    expect_nic_setting("100", "vlan");
}
END_TEST

/* Of each type with settings: a device, what is written, and the body of the PUT. */
static const struct {
    const char *device, *key, *table, *object, *field, *value;
} settings[] = {
    {NIC, NIC_KEY, SRIOV,
     "{\"vlan\":1,\"qos\":7,\"proto\":\"802.1ad\",\"max_tx_rate\":9,\"min_tx_rate\":8,"
     "\"trust\":\"on\",\"spoofchk\":\"off\",\"query_rss\":\"on\",\"state\":\"enable\","
     "\"macaddress\":\"02:00:00:00:00:01\"}",
     "query_rss", "on"},
    {VGPU, VGPU_KEY, "machine_device_settings_nvidia_vgpu",
     "{\"frame_rate_limiter\":0,\"disable_vnc\":true,\"enable_uvm\":true,"
     "\"enable_debugging\":true,\"enable_profiling\":true,\"profile_type\":\"Q\"}",
     "profile_type", "Q"},
    {"vms/licence-server/devices/sentinel", "120", "machine_device_settings_usb",
     "{\"guest_reset\":true,\"guest_resets_all\":true}", "guest_resets_all", "true"},
    {"vms/backup/by-type/../../desktop-pool-03/devices/tpm_0", "126", "machine_device_settings_tpm",
     "{\"model\":\"tis\"}", "model", "tis"},
    {"vms/legacy-cad/devices/gpu_0", "134", "machine_device_settings_gpu", "{\"rombar\":false}",
     "rombar", "false"},
    {"vms/legacy-cad/devices/vgpu_0", "135", "machine_device_settings_nvidia_vgpu",
     "{\"disable_vnc\":true}", "disable_vnc", "true"},
};

START_TEST(settings_of_each_type_go_to_their_own_table)
{
    expect_ok(write_file(settings[_i].object, "%s/settings.json", settings[_i].device));
    expect_changes(put(settings[_i].table, settings[_i].key, settings[_i].object));
    expect_field(settings[_i].value, settings[_i].table,
                 row_of(settings[_i].table, settings[_i].key), settings[_i].field);
    ck_assert_int_eq((int)stat_value("vergefs_unverified_writes_total"), 0);
}
END_TEST

START_TEST(a_type_without_settings_takes_none)
{
    expect_json_file("{}", "vms/backup/devices/hba/settings.json");
    expect_ok(write_file("{}", "vms/backup/devices/hba/settings.json"));
    expect_write_errno(EINVAL, "{\"vlan\": 7}", "vms/backup/devices/hba/settings.json");
    expect_error("EINVAL", "node_pci_devices have no settings");
    expect_no_change();
}
END_TEST

START_TEST(the_version_of_a_tpm_cannot_change)
{
    expect_write_errno(EINVAL, "{\"version\": \"2\"}", TPM "/settings.json");
    expect_error("EINVAL: version cannot change after creation");
    expect_write_errno(EINVAL, "{\"model\": \"crb\", \"version\": \"2.0\"}", TPM "/settings.json");
    expect_no_change();
}
END_TEST

START_TEST(the_version_that_a_tpm_has_may_be_written_in_either_spelling)
{
    expect_ok(write_file("{\"model\": \"crb\", \"version\": \"1\"}", TPM "/settings.json"));
    expect_ok(write_file("{\"model\": \"tis\", \"version\": \"1.2\"}", TPM "/settings.json"));
    expect_changes(text("%s%s", put("machine_device_settings_tpm", "137", "{\"model\":\"crb\"}"),
                        put("machine_device_settings_tpm", "137", "{\"model\":\"tis\"}")));
}
END_TEST

/* ---- what the API has no way to show ---- */

START_TEST(attach_drivers_goes_to_the_device_and_counts_as_unverified)
{
    double before = stat_value("vergefs_unverified_writes_total");
    expect_ok(write_file("{\"attach_drivers\": true}", VGPU "/settings.json"));
    expect_changes("PUT machine_devices/" VGPU_KEY
                   " {\"settings_args\":{\"attach_drivers\":true}}\n");
    ck_assert_int_eq((int)(stat_value("vergefs_unverified_writes_total") - before), 1);
    ck_assert(strstr(read_file(VGPU "/settings.json"), "attach_drivers") == NULL);
    ck_assert(strstr(read_file(VGPU "/device.json"), "attach_drivers") == NULL);
}
END_TEST

START_TEST(attach_drivers_beside_others_does_not_excuse_them)
{
    double before = stat_value("vergefs_unverified_writes_total");
    expect_ok(
        write_file("{\"attach_drivers\": true, \"enable_uvm\": true}", VGPU "/settings.json"));
    expect_changes(
        text("%s%s", put("machine_device_settings_nvidia_vgpu", VGPU_KEY, "{\"enable_uvm\":true}"),
             "PUT machine_devices/" VGPU_KEY " {\"settings_args\":{\"attach_drivers\":true}}\n"));
    ck_assert_int_eq((int)(stat_value("vergefs_unverified_writes_total") - before), 1);
    sim_fault("{\"method\": \"PUT\", \"path\": \"machine_device_settings*\", \"ignore\": true}");
    expect_write_errno(EIO, "{\"attach_drivers\": true, \"enable_uvm\": false}",
                       VGPU "/settings.json");
}
END_TEST

START_TEST(where_a_table_is_missing_settings_go_to_the_device_unverified)
{
    sim_quirk("settings_tables", "off");
    double before = stat_value("vergefs_unverified_writes_total");
    expect_json_file("{}", NIC "/settings.json");
    expect_ok(write_file("{\"vlan\": 7, \"qos\": 1}", NIC "/settings.json"));
    expect_changes("PUT machine_devices/" NIC_KEY " {\"settings_args\":{\"vlan\":7,\"qos\":1}}\n");
    ck_assert_int_eq((int)(stat_value("vergefs_unverified_writes_total") - before), 2);
    expect_json_file("{}", NIC "/settings.json");
    expect_nic_setting("7", "vlan");
}
END_TEST

START_TEST(where_a_device_has_no_row_settings_go_to_the_device)
{
    sim_delete(SRIOV, row_of(SRIOV, NIC_KEY));
    expect_json_file("{}", NIC "/settings.json");
    expect_ok(write_file("{\"vlan\": 7}", NIC "/settings.json"));
    expect_changes("PUT machine_devices/" NIC_KEY " {\"settings_args\":{\"vlan\":7}}\n");
}
END_TEST

START_TEST(a_settings_row_that_has_another_key_by_now_is_found)
{
    read_file(NIC "/settings.json");
    const char *old = row_of(SRIOV, NIC_KEY);
    sim_delete(SRIOV, old);
    const char *new = sim_insert(SRIOV, "{\"machine_device\": " NIC_KEY ", \"vlan\": 100}");
    ck_assert_str_ne(old, new);
    expect_ok(write_file("{\"vlan\": 7}", NIC "/settings.json"));
    expect_changes(
        text("PUT " SRIOV "/%s {\"vlan\":7}\nPUT " SRIOV "/%s {\"vlan\":7}\n", old, new));
    expect_field("7", SRIOV, new, "vlan");
}
END_TEST

START_TEST(settings_of_a_missing_reference_are_invalid)
{
    read_file(NIC "/settings.json");
    sim_fault("{\"method\": \"PUT\", \"status\": 404,"
              " \"body\": \"{\\\"err\\\":\\\"error setting field 'vlan'\\\"}\"}");
    expect_write_errno(EINVAL, "{\"vlan\": 7}", NIC "/settings.json");
    expect_error("404", "EINVAL", "error setting field 'vlan'");
}
END_TEST

/* ---- device.json ---- */

START_TEST(device_json_changes_a_subset_in_one_put)
{
    read_file(NIC "/device.json");
    sim_clear_log();
    expect_ok(write_file("{\"optional\": true, \"description\": \"two\", \"orderid\": 5,"
                         " \"enabled\": false, \"name\": \"nic9\"}",
                         NIC "/device.json"));
    expect_changes("PUT machine_devices/" NIC_KEY " {\"optional\":true,\"description\":\"two\","
                   "\"orderid\":5,\"enabled\":false,\"name\":\"nic9\"}\n");
    expect_requests("PUT machine_devices/" NIC_KEY "\nGET machine_devices/" NIC_KEY "\n");
    expect_file("two\n", "vms/render-03/devices/nic9/description");
    expect_gone(NIC);
}
END_TEST

START_TEST(an_edited_device_json_sends_what_was_edited)
{
    expect_run(0, "",
               "jq '.optional = true' " NIC "/device.json > '%s'; cp '%s' " NIC "/device.json",
               outside("new"), outside("new"));
    expect_changes("PUT machine_devices/" NIC_KEY " {\"optional\":true}\n");
    expect_field("true", "machine_devices", NIC_KEY, "optional");
}
END_TEST

START_TEST(an_unchanged_device_json_sends_nothing)
{
    expect_run(0, "", "cp " NIC "/device.json '%s'; cp '%s' " NIC "/device.json", outside("copy"),
               outside("copy"));
    expect_ok(write_file("{}", NIC "/device.json"));
    expect_ok(write_file("{\"description\": null, \"status_info\": \"\"}", NIC "/device.json"));
    expect_no_change();
}
END_TEST

START_TEST(a_read_only_field_may_not_change)
{
    static const char *const objects[] = {
        "{\"uuid\": \"00000000-0000-4000-8000-000000000001\", \"optional\": true}",
        "{\"optional\": true, \"$key\": 7}",
        "{\"type\": \"tpm\"}",
        "{\"machine\": 54}",
        "{\"resource_group\": null}",
        "{\"device_status\": \"online\"}",
        "{\"modified\": 0}",
    };
    static const char *const fields[] = {"uuid",           "$key",          "type",    "machine",
                                         "resource_group", "device_status", "modified"};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        expect_write_errno(EINVAL, objects[i], NIC "/device.json");
        expect_error(text("EINVAL: field '%s' is read-only", fields[i]));
    }
    expect_no_change();
}
END_TEST

START_TEST(an_unknown_field_is_refused_by_name)
{
    expect_write_errno(EINVAL, "{\"optional\": true, \"colour\": \"red\"}", NIC "/device.json");
    expect_error("EINVAL: a device has no field 'colour'");
    expect_write_errno(EINVAL, "{\"Optional\": true}", NIC "/device.json");
    expect_error("EINVAL: a device has no field 'Optional'");
    expect_no_change();
}
END_TEST

START_TEST(settings_in_device_json_go_to_their_table)
{
    expect_ok(write_file("{\"settings_args\": {\"vlan\": 7, \"qos\": 0}}", NIC "/device.json"));
    expect_changes(put(SRIOV, NIC_KEY, "{\"vlan\":7}"));
    sim_clear_log();
    expect_run(0, "",
               "jq '.enabled = false | .settings_args.vlan = 8' " NIC "/device.json > '%s';"
               " cp '%s' " NIC "/device.json",
               outside("new"), outside("new"));
    expect_contains("PUT machine_devices/" NIC_KEY " {\"enabled\":false}\n", changes_sent());
    expect_contains(put(SRIOV, NIC_KEY, "{\"vlan\":8}"), changes_sent());
    ck_assert_int_eq(sim_count("PUT", NULL), 2);
    expect_nic_setting("8", "vlan");
    const cJSON *row = cJSON_GetObjectItem(read_json(NIC "/device.json"), "settings_args");
    ck_assert_int_eq(cJSON_GetObjectItem(row, "vlan")->valueint, 8);
}
END_TEST

START_TEST(settings_that_are_refused_here_leave_the_fields_alone)
{
    expect_write_errno(EINVAL, "{\"optional\": true, \"settings_args\": [7]}", TPM "/device.json");
    expect_error("EINVAL: settings_args takes an object");
    expect_write_errno(EINVAL, "{\"optional\": true, \"settings_args\": {\"version\": \"2\"}}",
                       TPM "/device.json");
    expect_error("EINVAL: version cannot change after creation");
    expect_no_change();
}
END_TEST

START_TEST(who_is_refused_the_fields_is_told_of_the_settings)
{
    const char *both = "{\"settings_args\": {\"vlan\": 8}, \"orderid\": 65}";
    expect_write_errno(EINVAL, both, NIC "/device.json");
    expect_error("422 EINVAL: settings_args is as written, the rest is not: ", "orderid");
    expect_nic_setting("8", "vlan");
}
END_TEST

START_TEST(fields_of_the_wrong_type_are_the_servers_to_refuse)
{
    expect_write_errno(EINVAL, "{\"enabled\": \"perhaps\"}", NIC "/device.json");
    expect_error("422", "EINVAL", "enabled");
    expect_write_errno(EINVAL, "{\"orderid\": 65}", NIC "/device.json");
    expect_error("422", "EINVAL", "orderid");
    expect_field("true", "machine_devices", NIC_KEY, "enabled");
}
END_TEST

START_TEST(a_field_that_the_server_does_not_change_is_an_error)
{
    sim_fault("{\"method\": \"PUT\", \"ignore\": true}");
    expect_write_errno(EIO, "{\"optional\": true}", NIC "/device.json");
    expect_error("EIO: optional: sent true, the server shows false");
}
END_TEST

static void add_settings_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "settings", NULL, NULL);
    tcase_add_loop_test(tests, settings_of_each_type_go_to_their_own_table, 0,
                        (int)(sizeof(settings) / sizeof(settings[0])));
    add_tests(tests, a_setting_that_the_server_does_not_know_is_an_error_that_names_it,
              a_setting_that_the_server_does_not_change_is_an_error,
              values_that_the_server_refuses_fail_with_its_words,
              a_type_without_settings_takes_none, the_version_of_a_tpm_cannot_change,
              the_version_that_a_tpm_has_may_be_written_in_either_spelling,
              attach_drivers_goes_to_the_device_and_counts_as_unverified,
              attach_drivers_beside_others_does_not_excuse_them,
              where_a_table_is_missing_settings_go_to_the_device_unverified,
              where_a_device_has_no_row_settings_go_to_the_device,
              a_settings_row_that_has_another_key_by_now_is_found,
              settings_of_a_missing_reference_are_invalid);
}

static void add_document_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "documents", NULL, NULL);
    tcase_add_loop_test(tests, every_tool_completes_an_object_once, 0,
                        (int)(sizeof(tools) / sizeof(tools[0])));
    add_tests(tests, an_object_changes_the_keys_in_it_and_no_others,
              keys_with_the_value_they_have_are_not_sent,
              an_object_is_applied_by_the_write_that_completes_it,
              braces_in_strings_complete_nothing,
              white_space_after_an_object_is_ignored_and_anything_else_refused,
              a_file_closed_on_an_incomplete_object_is_refused_and_nothing_sent,
              what_is_no_object_is_refused_when_written, white_space_alone_sends_nothing,
              an_object_above_a_mebibyte_is_too_large);
}

static void add_device_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "device.json", NULL, NULL);
    add_tests(tests, device_json_changes_a_subset_in_one_put,
              an_edited_device_json_sends_what_was_edited, an_unchanged_device_json_sends_nothing,
              a_read_only_field_may_not_change, an_unknown_field_is_refused_by_name,
              settings_in_device_json_go_to_their_table,
              settings_that_are_refused_here_leave_the_fields_alone,
              who_is_refused_the_fields_is_told_of_the_settings,
              fields_of_the_wrong_type_are_the_servers_to_refuse,
              a_field_that_the_server_does_not_change_is_an_error);
}

int main(void)
{
    Suite *suite = suite_create("documents");
    add_document_tests(suite);
    add_settings_tests(suite);
    add_device_tests(suite);
    return run_suite(suite);
}
