/* SPDX-License-Identifier: MIT
 *
 * Devices that come and go: mkdir, attach, rmdir, mv and power; what is created with which words;
 * that nothing is created twice, and nothing deleted by a tool that only wanted to tidy up.
 */
#include "tests/integration/requests.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VM "vms/render-03"
#define NIC VM "/devices/nic0"
#define GROUP(n) "5d1f0a10-6c01-4e1a-9b00-00000000000" #n

#define VGPU_DEFAULTS \
    "{\"frame_rate_limiter\":60,\"attach_drivers\":false,\"disable_vnc\":false," \
    "\"enable_uvm\":false,\"enable_debugging\":false,\"enable_profiling\":false," \
    "\"profile_type\":\"any\"}"
#define USB_DEFAULTS "{\"guest_reset\":true,\"guest_resets_all\":false}"
#define SRIOV_DEFAULTS \
    "{\"vlan\":0,\"qos\":0,\"proto\":\"802.1Q\",\"max_tx_rate\":0,\"min_tx_rate\":0," \
    "\"trust\":\"off\",\"spoofchk\":\"on\",\"query_rss\":\"default\",\"state\":\"default\"}"

static const cJSON *device_named(const char *name)
{
    return sim_find("machine_devices", "name", name);
}

static int posts(void)
{
    return sim_count("POST", "/api/v4/machine_devices");
}

/* ---- mkdir: what is created ---- */

/* The vendor's create call for each type: its group and its settings. */
static const struct {
    const char *directory, *type, *group, *settings;
} types[] = {
    {"host_gpu", "node_host_gpu_devices", GROUP(1), NULL},
    {"usb", "node_usb_devices", GROUP(4), USB_DEFAULTS},
    {"pci", "node_pci_devices", GROUP(7), NULL},
    {"sriov_nic", "node_sriov_nic_devices", GROUP(6), SRIOV_DEFAULTS},
    {"tpm", "tpm", NULL, NULL},
    {"gpu", "gpu", NULL, NULL},
    {"nvidia_vgpu", "nvidia_vgpu", NULL, NULL},
};

static const char *creation(const char *type, const char *group, const char *options)
{
    return text("POST machine_devices {\"machine\":56,\"type\":\"%s\",\"enabled\":true,"
                "\"optional\":false,\"name\":\"new one\"%s%s%s%s%s}\n",
                type, group == NULL ? "" : ",\"resource_group\":\"", group == NULL ? "" : group,
                group == NULL ? "" : "\"",
                options == NULL ? "" : ",\"settings_args\":", options == NULL ? "" : options);
}

START_TEST(mkdir_creates_each_type_as_the_vendors_call_does)
{
    const char *directory = text(VM "/by-type/%s/new one", types[_i].directory);
    expect_ok(mkdir(path("%s", directory), 0755));
    expect_changes(creation(types[_i].type, types[_i].group, types[_i].settings));
    const char *key = sim_key("machine_devices", "name", "new one");
    expect_file(text("%s\n", key), "%s/key", directory);
    expect_file(text("%s\n", types[_i].type), VM "/devices/new one/type");
    expect_link("../../../devices/new one", "%s/device", directory);
    expect_run(0, "", "rmdir '%s'", directory);
    expect_gone(VM "/devices/new one");
}
END_TEST

static const struct {
    const char *group, *type, *key, *settings;
} groups[] = {
    {"GPU Pool", "node_host_gpu_devices", GROUP(1), NULL},
    {"vGPU A40", "node_nvidia_vgpu_devices", GROUP(2), VGPU_DEFAULTS},
    {"vGPU L40S", "node_nvidia_vgpu_devices", GROUP(3), VGPU_DEFAULTS},
    {"USB Old Hub", "node_usb_devices", GROUP(5), USB_DEFAULTS},
    {"SR-IOV 25G", "node_sriov_nic_devices", GROUP(6), SRIOV_DEFAULTS},
    {"Capture%2FAudio Cards", "node_pci_devices", GROUP(8), NULL},
};

START_TEST(mkdir_by_resource_group_takes_the_type_from_the_group)
{
    const char *directory = text(VM "/by-resource-group/%s/new one", groups[_i].group);
    expect_ok(mkdir(path("%s", directory), 0755));
    expect_changes(creation(groups[_i].type, groups[_i].key, groups[_i].settings));
    expect_file(text("%s\n", groups[_i].key), VM "/devices/new one/resource_group");
    expect_exists("%s/device", directory);
}
END_TEST

START_TEST(a_new_device_is_there_at_once_with_its_settings)
{
    expect_list("nic0", VM "/by-type/sriov_nic");
    read_file(NIC "/settings.json");
    expect_run(0, "",
               "cd " VM "/by-type/sriov_nic && mkdir nic1 && echo '{\"vlan\": 100}' > "
               "nic1/settings.json");
    expect_list("nic0 nic1", VM "/by-type/sriov_nic");
    expect_list("nic0 nic1", VM "/by-resource-group/SR-IOV 25G");
    expect_list("gpu0 nic0 nic1 tpm_0", VM "/devices");
    const cJSON *settings = read_json(VM "/devices/nic1/settings.json");
    ck_assert_int_eq(cJSON_GetObjectItem(settings, "vlan")->valueint, 100);
    ck_assert_int_eq((int)strlen(cJSON_GetObjectItem(settings, "macaddress")->valuestring), 17);
}
END_TEST

START_TEST(the_key_of_a_group_is_sent_as_it_came)
{
    sim_quirk("group_key", "int");
    struct mount *mount = mount_start(NULL);
    mount_use(mount);
    sim_clear_log();
    expect_ok(mkdir(path(VM "/by-type/pci/new one"), 0755));
    expect_contains("\"resource_group\":7}", changes_sent());
    expect_file("7\n", VM "/devices/new one/resource_group");
}
END_TEST

START_TEST(several_groups_of_a_type_are_listed_in_the_error_log)
{
    expect_errno(EINVAL, mkdir(path(VM "/by-type/vgpu/v"), 0755));
    expect_error("mkdir", VM "/by-type/vgpu/v", "EINVAL: several resource groups",
                 " by-resource-group/vGPU A40", " by-resource-group/vGPU L40S");
    expect_no_change();
}
END_TEST

START_TEST(the_only_enabled_group_is_taken)
{
    sim_set_row("resource_groups", GROUP(2), "{\"enabled\": false}");
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    expect_ok(mkdir(path(VM "/by-type/vgpu/new one"), 0755));
    expect_changes(creation("node_nvidia_vgpu_devices", GROUP(3), VGPU_DEFAULTS));
}
END_TEST

START_TEST(without_an_enabled_group_nothing_is_created)
{
    sim_set_row("resource_groups", GROUP(1), "{\"enabled\": false}");
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    expect_errno(EINVAL, mkdir(path(VM "/by-type/host_gpu/g"), 0755));
    expect_error("EINVAL: no enabled resource group has Host GPU devices");
    expect_no_change();
}
END_TEST

/* ---- mkdir: names ---- */

START_TEST(new_names_are_decoded)
{
    static const char *const names[][2] = {
        {"50%25", "50%"},  {"a%2Fb", "a/b"},     {"%2Ehidden", ".hidden"},
        {"%2Dx", "-x"},    {"Büro 1", "Büro 1"}, {"trailing%20", "trailing "},
        {"a%5Cb", "a\\b"}, {"'{q}'", "'{q}'"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        expect_ok(mkdir(path(VM "/by-type/tpm/%s", names[i][0]), 0755));
        ck_assert(device_named(names[i][1]) != NULL);
        expect_file(text("%s\n", names[i][1]), VM "/devices/%s/name", names[i][0]);
    }
}
END_TEST

START_TEST(names_that_are_not_canonical_are_refused_before_anything_is_sent)
{
    static const char *const names[] = {"50%",  "%2fx",   "%41",  ".hidden", "-x",
                                        " x",   "x ",     "a\\b", "%00",     "%~7",
                                        "x%~7", "bell\a", "\xff", "%",       "x%2"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        expect_errno(EINVAL, mkdir(path(VM "/by-type/tpm/%s", names[i]), 0755));
        expect_error("mkdir", "EINVAL", "is not how a name");
        clear_error_log();
    }
    expect_errno(EINVAL, mkdir(path(VM "/by-type/tpm/%s", repeated('x', 129)), 0755));
    expect_errno(ENAMETOOLONG, mkdir(path(VM "/by-type/tpm/%s", repeated('x', 256)), 0755));
    expect_no_change();
    expect_ok(mkdir(path(VM "/by-type/tpm/%s", repeated('x', 128)), 0755));
}
END_TEST

START_TEST(an_existing_name_is_not_created_again)
{
    expect_errno(EEXIST, mkdir(path(VM "/by-type/tpm/tpm_0"), 0755));
    expect_run(0, "", "mkdir -p " VM "/by-type/tpm/tpm_0 " VM "/by-resource-group/'GPU Pool'/gpu0");
    expect_no_change();
}
END_TEST

START_TEST(mkdir_p_and_modes_create_once)
{
    expect_run(0, "", "mkdir -p " VM "/by-type/tpm/one");
    expect_ok(mkdir(path(VM "/by-type/tpm/two"), 0700));
    ck_assert_int_eq(posts(), 2);
    expect_mode(0755, VM "/by-type/tpm/two");
}
END_TEST

START_TEST(mkdir_elsewhere_is_not_permitted)
{
    static const char *const places[] = {
        "x",
        "vms/x",
        VM "/x",
        VM "/devices/x",
        VM "/by-type/x",
        VM "/by-resource-group/x",
        NIC "/x",
        VM "/by-type/sriov_nic/nic0/x",
        "resource_groups/x",
        "resource_groups/GPU Pool/x",
        "resource_groups/GPU Pool/devices/x",
        "devices/x",
        "devices/by-type/x",
        "devices/by-type/tpm/x",
        ".vergefs/x",
    };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (mkdir(path("%s", places[i]), 0755) == 0 || errno != EPERM) {
            fail_test("mkdir %s: expected EPERM, found %s", places[i], strerror(errno));
        }
    }
    expect_no_change();
}
END_TEST

START_TEST(what_the_server_refuses_creates_nothing)
{
    sim_quirk("running_refusal", "422");
    expect_errno(EINVAL, mkdir(path("vms/render-01/by-type/tpm/t"), 0755));
    expect_error("mkdir", "POST /api/v4/machine_devices", "422", "EINVAL", "powered off");
    sim_quirk("running_refusal", "409");
    expect_errno(EEXIST, mkdir(path("vms/render-01/by-type/tpm/t"), 0755));
    expect_error("409 EEXIST", "powered off");
    expect_missing("vms/render-01/devices/t");
    ck_assert_int_eq(posts(), 2);
}
END_TEST

START_TEST(a_device_that_is_made_differently_is_an_error)
{
    sim_fault("{\"method\": \"GET\", \"path\": \"machine_devices/*\","
              " \"patch\": {\"enabled\": false}}");
    expect_errno(EIO, mkdir(path(VM "/by-type/tpm/t"), 0755));
    expect_error("mkdir", "EIO: enabled: sent true, the server shows false");
}
END_TEST

/* ---- an uncertain create ---- */

START_TEST(a_create_whose_answer_was_lost_is_found_and_not_repeated)
{
    sim_fault("{\"method\": \"POST\", \"path\": \"machine_devices\", \"drop\": \"after\"}");
    expect_ok(mkdir(path(VM "/by-type/tpm/lost"), 0755));
    ck_assert_int_eq(posts(), 1);
    expect_file(text("%s\n", sim_key("machine_devices", "name", "lost")), VM "/devices/lost/key");
}
END_TEST

START_TEST(a_create_with_a_broken_answer_is_found_and_not_repeated)
{
    sim_fault("{\"method\": \"POST\", \"path\": \"machine_devices\", \"truncate\": 20}");
    expect_ok(mkdir(path(VM "/by-type/tpm/cut"), 0755));
    sim_fault("{\"method\": \"POST\", \"path\": \"machine_devices\", \"replace\": []}");
    expect_ok(mkdir(path(VM "/by-type/tpm/empty"), 0755));
    sim_fault("{\"method\": \"POST\", \"path\": \"machine_devices\", \"body\": \"{\\\"$key\"}");
    expect_ok(mkdir(path(VM "/by-type/tpm/malformed"), 0755));
    ck_assert_int_eq(posts(), 3);
    expect_list("cut empty malformed tpm_0", VM "/by-type/tpm");
}
END_TEST

START_TEST(a_create_that_never_arrived_fails_and_is_not_repeated)
{
    sim_fault("{\"method\": \"POST\", \"path\": \"machine_devices\", \"drop\": \"before\"}");
    ck_assert_int_eq(mkdir(path(VM "/by-type/tpm/lost"), 0755), -1);
    ck_assert_int_ne(errno, ESTALE);
    expect_error("mkdir", "POST /api/v4/machine_devices");
    ck_assert_int_eq(posts(), 1);
    expect_missing(VM "/devices/lost");
    expect_ok(mkdir(path(VM "/by-type/tpm/lost"), 0755));
}
END_TEST

START_TEST(a_create_that_a_gateway_lost_fails_and_is_not_repeated)
{
    sim_fault("{\"method\": \"POST\", \"path\": \"machine_devices\", \"status\": 502,"
              " \"body\": \"<html>Bad Gateway</html>\", \"content_type\": \"text/html\"}");
    expect_errno(EREMOTEIO, mkdir(path(VM "/by-type/tpm/lost"), 0755));
    expect_error("502", "EREMOTEIO", "Bad Gateway");
    ck_assert_int_eq(posts(), 1);
    expect_missing(VM "/devices/lost");
}
END_TEST

START_TEST(several_of_an_uncertain_create_are_found)
{
    sim_fault("{\"method\": \"POST\", \"path\": \"machine_devices\", \"drop\": \"after\"}");
    int fd = open_file(O_RDWR, VM "/attach");
    expect_ok(write_piece(fd, "{\"type\": \"pci\", \"name\": \"many\", \"count\": 3}"));
    char rows[8192] = "";
    ck_assert_int_gt(pread(fd, rows, sizeof(rows) - 1, 0), 0);
    cJSON *array = cJSON_Parse(rows);
    ck_assert_int_eq(cJSON_GetArraySize(array), 3);
    cJSON_Delete(array);
    expect_ok(close(fd));
    ck_assert_int_eq(posts(), 1);
    expect_list("many many_1 many_2", VM "/by-type/pci");
}
END_TEST

START_TEST(a_row_that_is_not_readable_at_once_is_waited_for)
{
    sim_fault("{\"method\": \"GET\", \"path\": \"machine_devices/*\", \"status\": 404}");
    expect_ok(mkdir(path(VM "/by-type/tpm/slow"), 0755));
    ck_assert_int_eq(posts(), 1);
    expect_exists(VM "/devices/slow");
}
END_TEST

/* ---- attach ---- */

START_TEST(attach_takes_an_object_with_everything)
{
    expect_mode(0600, VM "/attach");
    expect_ok(write_file("{\"type\": \"sriov_nic\", \"name\": \"n\", \"description\": \"d\","
                         " \"enabled\": false, \"optional\": true,"
                         " \"resource_group\": \"SR-IOV 25G\", \"settings_args\": {\"vlan\": 5}}",
                         VM "/attach"));
    expect_changes("POST machine_devices {\"machine\":56,\"type\":\"node_sriov_nic_devices\","
                   "\"enabled\":false,\"optional\":true,\"name\":\"n\",\"description\":\"d\","
                   "\"resource_group\":\"" GROUP(
                       6) "\",\"settings_args\":"
                          "{\"qos\":0,\"proto\":\"802.1Q\",\"max_tx_rate\":0,\"min_tx_rate\":0,"
                          "\"trust\":\"off\",\"spoofchk\":\"on\",\"query_rss\":\"default\","
                          "\"state\":\"default\",\"vlan\":5}}\n");
    expect_file("d\n", VM "/devices/n/description");
    expect_contains("\"vlan\":\t5,", read_file(VM "/devices/n/settings.json"));
    expect_file("", VM "/attach");
}
END_TEST

START_TEST(attach_knows_types_by_directory_and_by_token)
{
    expect_run(0, "", "echo '{\"type\": \"tpm\"}' > " VM "/attach");
    expect_run(0, "", "echo '{\"type\": \"pci\"}' > " VM "/attach");
    expect_run(0, "", "echo '{\"type\": \"node_pci_devices\"}' > " VM "/attach");
    expect_changes(
        "POST machine_devices {\"machine\":56,\"type\":\"tpm\",\"enabled\":true,"
        "\"optional\":false}\n"
        "POST machine_devices {\"machine\":56,\"type\":\"node_pci_devices\","
        "\"enabled\":true,\"optional\":false,\"resource_group\":\"" GROUP(
            7) "\"}\n"
               "POST machine_devices {\"machine\":56,\"type\":\"node_pci_devices\","
               "\"enabled\":true,\"optional\":false,\"resource_group\":\"" GROUP(7) "\"}\n");
    expect_list("gpu0 nic0 pci_0 pci_1 tpm_0 tpm_1", VM "/devices");
}
END_TEST

START_TEST(attach_finds_the_group_by_name_and_key_and_takes_its_type)
{
    static const char *const spellings[] = {"\"NVMe Controllers\"", "\"" GROUP(7) "\"",
                                            "\"5D1F0A10-6C01-4E1A-9B00-000000000007\""};
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        sim_clear_log();
        expect_ok(write_file(text("{\"resource_group\": %s}", spellings[i]), VM "/attach"));
        expect_changes(
            "POST machine_devices {\"machine\":56,\"type\":\"node_pci_devices\","
            "\"enabled\":true,\"optional\":false,\"resource_group\":\"" GROUP(7) "\"}\n");
    }
}
END_TEST

START_TEST(attach_finds_the_group_by_a_number)
{
    sim_quirk("group_key", "int");
    struct mount *mount = mount_start(NULL);
    mount_use(mount);
    sim_clear_log();
    expect_ok(write_file("{\"resource_group\": 7, \"name\": \"a\"}", VM "/attach"));
    expect_ok(write_file("{\"resource_group\": \"7\", \"name\": \"b\"}", VM "/attach"));
    expect_list("a b", VM "/by-resource-group/NVMe Controllers");
}
END_TEST

START_TEST(a_read_write_descriptor_reads_back_the_rows)
{
    int fd = open_file(O_RDWR, VM "/attach");
    char rows[8192] = "";
    expect_ok(write_piece(fd, "{\"type\": \"pci\", \"name\": \"many\", \"count\": 3}\n"));
    ck_assert_int_gt(pread(fd, rows, sizeof(rows) - 1, 0), 0);
    cJSON *array = cJSON_Parse(rows);
    ck_assert_int_eq(cJSON_GetArraySize(array), 3);
    for (int i = 0; i < 3; i++) {
        const cJSON *row = cJSON_GetArrayItem(array, i);
        const char *key = text("%d", cJSON_GetObjectItem(row, "$key")->valueint);
        expect_field(cJSON_GetObjectItem(row, "name")->valuestring, "machine_devices", key, "name");
    }
    cJSON_Delete(array);
    expect_ok(close(fd));
    expect_list("many many_1 many_2", VM "/by-type/pci");
    expect_file("", VM "/attach");
}
END_TEST

/* Made since the devices were last listed, and unknown as ours are. */
START_TEST(a_device_of_somebody_else_is_none_of_several_new_ones)
{
    expect_exists(VM "/devices/nic0/key");
    sim_insert("machine_devices",
               "{\"machine\": 56, \"type\": \"node_pci_devices\", \"name\": \"theirs\", "
               "\"resource_group\": \"NVMe Controllers\"}");
    expect_run(0, "ours\nours_1\n",
               "exec 3<> " VM
               "/attach; echo '{\"type\": \"pci\", \"name\": \"ours\", \"count\": 2}' >&3;"
               " jq -r '.[].name' <&3");
}
END_TEST

START_TEST(a_shell_reads_back_the_rows)
{
    expect_run(0, "3\nfirst\n",
               "exec 3<> " VM "/attach;"
               " echo '{\"type\": \"pci\", \"name\": \"many\", \"count\": 3}' >&3; jq length <&3;"
               " exec 3<> " VM "/attach; echo '{\"type\": \"tpm\", \"name\": \"first\"}' >&3;"
               " echo >&3; jq -r '.[].name' <&3");
}
END_TEST

START_TEST(device_json_attaches_a_copy_to_another_vm)
{
    expect_run(0, "", "cp vms/firewall/devices/lan/device.json vms/backup/attach");
    expect_file("lan\n", "vms/backup/devices/lan/name");
    expect_file(GROUP(6) "\n", "vms/backup/devices/lan/resource_group");
    ck_assert_str_ne(read_file("vms/backup/devices/lan/uuid"),
                     read_file("vms/firewall/devices/lan/uuid"));
    expect_text(read_file("vms/firewall/devices/lan/settings.json"),
                read_file("vms/backup/devices/lan/settings.json"));
    expect_run(0, "", "cp vms/template-windows-11/devices/tpm_0/device.json vms/backup/attach");
    expect_contains("\"tis\"", read_file("vms/backup/devices/tpm_0/settings.json"));
    expect_run(0, "", "cp vms/legacy-cad/devices/gpu_0/device.json vms/backup/attach");
    expect_run(0, "", "cp vms/render-02/devices/gpu0/device.json vms/backup/attach");
    expect_list("gpu0 gpu_0 hba lan tpm_0", "vms/backup/devices");
}
END_TEST

static const struct {
    const char *object, *error;
} mistakes[] = {
    {"{}", "EINVAL: type: none given"},
    {"{\"name\": \"x\"}", "EINVAL: type: none given"},
    {"{\"type\": 5}", "EINVAL: type takes"},
    {"{\"type\": \"\"}", "EINVAL: type takes"},
    {"{\"type\": \"tpm\", \"name\": 5}", "EINVAL: name takes a string"},
    {"{\"type\": \"tpm\", \"description\": []}", "EINVAL: description takes a string"},
    {"{\"type\": \"tpm\", \"enabled\": \"yes\"}", "EINVAL: enabled takes true or false"},
    {"{\"type\": \"tpm\", \"optional\": 1}", "EINVAL: optional takes true or false"},
    {"{\"type\": \"pci\", \"count\": 0}", "EINVAL: count takes a number from 1 to 16"},
    {"{\"type\": \"pci\", \"count\": 17}", "EINVAL: count takes a number from 1 to 16"},
    {"{\"type\": \"pci\", \"count\": 1.5}", "EINVAL: count takes a number from 1 to 16"},
    {"{\"type\": \"pci\", \"count\": \"2\"}", "EINVAL: count takes a number from 1 to 16"},
    {"{\"type\": \"tpm\", \"settings_args\": []}", "EINVAL: settings_args takes an object"},
    {"{\"resource_group\": \"no such\"}", "EINVAL: resource_group: there is no 'no such'"},
    {"{\"type\": \"vgpu\"}", "EINVAL: several resource groups"},
    {"{\"type\": \"tpm\", \"colour\": 1}", "EINVAL: attach has no field 'colour'"},
    {"[{\"type\": \"tpm\"}]", "EINVAL: attach takes one JSON object"},
};

START_TEST(attach_names_the_field_that_is_wrong)
{
    expect_write_errno(EINVAL, mistakes[_i].object, VM "/attach");
    expect_error("write", VM "/attach", mistakes[_i].error);
    expect_no_change();
}
END_TEST

START_TEST(attach_tells_the_servers_words)
{
    expect_write_errno(EINVAL, "{\"type\": \"quantum\"}", VM "/attach");
    expect_error("POST /api/v4/machine_devices", "422", "EINVAL", "quantum", "type");
    expect_write_errno(EINVAL, "{\"type\": \"tpm\", \"count\": 2}", VM "/attach");
    expect_error("422", "count");
    expect_write_errno(EINVAL, "{\"type\": \"sriov_nic\", \"settings_args\": {\"vlan\": 5000}}",
                       VM "/attach");
    expect_error("422", "vlan");
    expect_write_errno(EINVAL, "{\"type\": \"tpm\", \"resource_group\": \"GPU Pool\"}",
                       VM "/attach");
    expect_error("422", "resource_group");
    expect_list("gpu0 nic0 tpm_0", VM "/devices");
}
END_TEST

START_TEST(a_setting_that_the_server_drops_at_creation_is_an_error)
{
    sim_quirk("sriov_overrides", "dropped");
    expect_write_errno(EIO,
                       "{\"type\": \"sriov_nic\", \"name\": \"n\","
                       " \"settings_args\": {\"vlan\": 5, \"trust\": \"on\"}}",
                       VM "/attach");
    expect_error("EIO: trust: sent \"on\", the server shows \"off\"");
    expect_exists(VM "/devices/n");
}
END_TEST

START_TEST(an_incomplete_object_attaches_nothing)
{
    expect_close_errno(EINVAL, "{\"type\": \"tpm\"", VM "/attach");
    expect_error("close", VM "/attach", "EINVAL: attach takes one JSON object");
    expect_no_change();
}
END_TEST

START_TEST(an_object_in_pieces_attaches_once)
{
    expect_run(0, "",
               "bash -c \"printf '%%s\\n' '{' '\\\"type\\\": \\\"tpm\\\"' '}' > " VM "/attach\"");
    expect_run(0, "", "echo '{\"type\": \"tpm\"}' | dd of=" VM "/attach bs=1 status=none");
    ck_assert_int_eq(posts(), 2);
}
END_TEST

START_TEST(a_failed_attach_that_is_repeated_is_sent_once)
{
    ck_assert_int_eq(run("python3 -c 'with open(\"" VM "/attach\", \"w\") as f:"
                         " f.write(\"{\\\"type\\\": \\\"quantum\\\"}\")'")
                         .status,
                     1);
    ck_assert_int_eq(posts(), 1);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void add_mkdir_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "mkdir", NULL, NULL);
    tcase_add_loop_test(tests, mkdir_creates_each_type_as_the_vendors_call_does, 0, COUNT(types));
    tcase_add_loop_test(tests, mkdir_by_resource_group_takes_the_type_from_the_group, 0,
                        COUNT(groups));
    add_tests(tests, a_new_device_is_there_at_once_with_its_settings,
              the_key_of_a_group_is_sent_as_it_came,
              several_groups_of_a_type_are_listed_in_the_error_log, the_only_enabled_group_is_taken,
              without_an_enabled_group_nothing_is_created, new_names_are_decoded,
              names_that_are_not_canonical_are_refused_before_anything_is_sent,
              an_existing_name_is_not_created_again, mkdir_p_and_modes_create_once,
              mkdir_elsewhere_is_not_permitted, what_the_server_refuses_creates_nothing,
              a_device_that_is_made_differently_is_an_error);
}

static void add_uncertain_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "uncertain", NULL, NULL);
    add_tests(tests, a_create_whose_answer_was_lost_is_found_and_not_repeated,
              a_create_with_a_broken_answer_is_found_and_not_repeated,
              a_create_that_never_arrived_fails_and_is_not_repeated,
              a_create_that_a_gateway_lost_fails_and_is_not_repeated,
              several_of_an_uncertain_create_are_found,
              a_row_that_is_not_readable_at_once_is_waited_for);
}

static void add_attach_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "attach", NULL, NULL);
    tcase_add_loop_test(tests, attach_names_the_field_that_is_wrong, 0, COUNT(mistakes));
    add_tests(tests, attach_takes_an_object_with_everything,
              attach_knows_types_by_directory_and_by_token,
              attach_finds_the_group_by_name_and_key_and_takes_its_type,
              attach_finds_the_group_by_a_number, a_read_write_descriptor_reads_back_the_rows,
              a_device_of_somebody_else_is_none_of_several_new_ones, a_shell_reads_back_the_rows,
              device_json_attaches_a_copy_to_another_vm, attach_tells_the_servers_words,
              a_setting_that_the_server_drops_at_creation_is_an_error,
              an_incomplete_object_attaches_nothing, an_object_in_pieces_attaches_once,
              a_failed_attach_that_is_repeated_is_sent_once);
}

int main(void)
{
    Suite *suite = suite_create("attaching");
    add_mkdir_tests(suite);
    add_uncertain_tests(suite);
    add_attach_tests(suite);
    return run_suite(suite);
}
