/* SPDX-License-Identifier: MIT
 *
 * What is there to be read: the tree, its files, their content, sizes, modes and times.
 */
#include "tests/integration/requests.h"
#include "tests/integration/walk.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what the server has, as a file shows it ---- */

static const char *value_of(const cJSON *row, const char *field)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(row, field);
    if (value == NULL || cJSON_IsNull(value)) {
        return "";
    }
    if (cJSON_IsString(value)) {
        return value->valuestring;
    }
    if (cJSON_IsBool(value)) {
        return cJSON_IsTrue(value) ? "true" : "false";
    }
    return text("%.0f", value->valuedouble);
}

static const char *time_of(const cJSON *row, const char *field)
{
    char shown[32];
    struct tm parts;
    time_t seconds = (time_t)cJSON_GetObjectItemCaseSensitive(row, field)->valuedouble;
    gmtime_r(&seconds, &parts);
    strftime(shown, sizeof(shown), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text("%s", shown);
}

static void expect_value(const char *value, const char *file)
{
    expect_file(value[0] == '\0' ? "" : text("%s\n", value), "%s", file);
}

/* Files that are named as the columns they show. */
static void expect_columns(const char *folder, const cJSON *row, const char *const *columns)
{
    for (; *columns != NULL; columns++) {
        expect_value(value_of(row, *columns), text("%s/%s", folder, *columns));
    }
}

/* ---- devices ---- */

/* One of each type, and one in each status. */
static const struct shown {
    const char *key, *vm, *name, *type, *label, *class, *status, *status_label, *group;
} devices[] = {
    {"101", "render-01", "gpu0", "node_host_gpu_devices", "Host GPU", "gpu", "online", "Online",
     "GPU Pool"},
    {"104", "render-02", "gpu0", "node_host_gpu_devices", "Host GPU", "gpu", "errors", "Errors",
     "GPU Pool"},
    {"102", "render-01", "nic0", "node_sriov_nic_devices", "SR-IOV NIC", "network", "online",
     "Online", "SR-IOV 25G"},
    {"103", "render-01", "tpm_0", "tpm", "Trusted Platform Module (vTPM)", "tpm", "online",
     "Online", ""},
    {"124", "desktop-pool-02", "tpm_0", "tpm", "Trusted Platform Module (vTPM)", "tpm",
     "initializing", "Initializing", ""},
    {"119", "licence-server", "dongle%~119", "node_usb_devices", "USB", "usb", "missing", "Missing",
     "USB License Keys"},
    {"120", "licence-server", "sentinel", "node_usb_devices", "USB", "usb", "warning", "Warning",
     "USB License Keys"},
    {"139", "video-wall", "remote", "node_usb_devices", "USB", "usb", "hotplug", "Hot plugging",
     "USB License Keys"},
    {"131", "Büro Süd – Empfang", "Grafik", "node_nvidia_vgpu_devices", "NVIDIA vGPU", "vgpu",
     "idle", "Idle", "vGPU L40S"},
    {"134", "legacy-cad", "gpu_0", "gpu", "GPU Passthrough (Legacy)", "gpu", "online", "Online",
     ""},
    {"135", "legacy-cad", "vgpu_0", "nvidia_vgpu", "NVIDIA vGPU (Legacy)", "vgpu", "online",
     "Online", ""},
    {"136", "backup", "hba", "node_pci_devices", "PCI", "pci", "offline", "Offline",
     "NVMe Controllers"},
};

static const char *folder_of(const struct shown *shown)
{
    return text("vms/%s/devices/%s", shown->vm, shown->name);
}

START_TEST(each_file_of_a_device_shows_the_value_of_the_server)
{
    static const char *const columns[] = {"name",           "description", "type", "enabled",
                                          "optional",       "orderid",     "uuid", "machine",
                                          "resource_group", NULL};
    const struct shown *shown = &devices[_i];
    const char *folder = folder_of(shown);
    const cJSON *row = sim_row("machine_devices", shown->key);
    expect_columns(folder, row, columns);
    expect_value(shown->key, text("%s/key", folder));
    expect_value(shown->type, text("%s/type", folder));
    expect_value(shown->label, text("%s/type_display", folder));
    expect_value(shown->class, text("%s/class", folder));
    expect_value(shown->status, text("%s/status", folder));
    expect_value(shown->status_label, text("%s/status_display", folder));
    expect_value(shown->group, text("%s/resource_group_name", folder));
    expect_value(shown->vm, text("%s/machine_name", folder));
    expect_value("vm", text("%s/machine_type", folder));
    expect_value(time_of(row, "created"), text("%s/created", folder));
    expect_value(time_of(row, "modified"), text("%s/modified", folder));
}
END_TEST

START_TEST(status_info_is_shown_where_the_server_has_some)
{
    expect_file("Xid 79: GPU has fallen off the bus\n", "vms/render-02/devices/gpu0/status_info");
    expect_file("", "vms/render-01/devices/gpu0/status_info");
}
END_TEST

START_TEST(a_device_is_the_row_that_the_folder_is_named_after)
{
    expect_file("dongle\n", "vms/licence-server/devices/dongle/name");
    expect_file("HASP, compositing\n", "vms/licence-server/devices/dongle/description");
    expect_file("HASP, rendering\n", "vms/licence-server/devices/dongle%%~119/description");
    expect_file("dmz/guests\n", "vms/firewall/devices/dmz%%2Fguests/name");
}
END_TEST

START_TEST(a_device_lists_its_files_and_no_others)
{
    expect_list("class created description device.json enabled key machine machine_name "
                "machine_type modified name optional orderid resource_group resource_group_name "
                "settings.json status status_display status_info type type_display uuid",
                "vms/render-01/devices/nic0");
}
END_TEST

START_TEST(settings_are_pretty_printed_in_a_fixed_order)
{
    expect_file("{\n\t\"vlan\":\t20,\n\t\"qos\":\t3,\n\t\"proto\":\t\"802.1Q\",\n"
                "\t\"max_tx_rate\":\t10000,\n\t\"min_tx_rate\":\t100,\n\t\"trust\":\t\"off\",\n"
                "\t\"spoofchk\":\t\"on\",\n\t\"query_rss\":\t\"default\",\n"
                "\t\"state\":\t\"default\",\n\t\"macaddress\":\t\"f2:56:45:00:00:80\"\n}\n",
                "vms/firewall/devices/lan/settings.json");
}
END_TEST

static const struct {
    const char *device, *settings;
} settings[] = {
    {"render-01/devices/tpm_0", "{\"model\":\"crb\",\"version\":\"2\"}"},
    {"template-windows-11/devices/tpm_0", "{\"model\":\"tis\",\"version\":\"1\"}"},
    {"licence-server/devices/sentinel", "{\"guest_reset\":false,\"guest_resets_all\":false}"},
    {"licence-server/devices/dongle", "{\"guest_reset\":true,\"guest_resets_all\":false}"},
    {"desktop-pool-01/devices/vgpu_0",
     "{\"frame_rate_limiter\":60,\"disable_vnc\":false,\"enable_uvm\":false,"
     "\"enable_debugging\":false,\"enable_profiling\":false,\"profile_type\":\"Q\"}"},
    {"render-01/devices/gpu0", "{}"},
    {"firewall/devices/crypto", "{}"},
    {"legacy-cad/devices/gpu_0", "{\"rombar\":true}"},
};

START_TEST(settings_are_those_of_the_settings_table)
{
    expect_json_file(settings[_i].settings, "vms/%s/settings.json", settings[_i].device);
}
END_TEST

START_TEST(device_json_is_the_row_under_the_names_of_the_api)
{
    const cJSON *row = sim_row("machine_devices", "102");
    expect_file(text("{\n\t\"$key\":\t102,\n\t\"machine\":\t54,\n"
                     "\t\"machine_name\":\t\"render-01\",\n\t\"machine_type\":\t\"vm\",\n"
                     "\t\"name\":\t\"nic0\",\n\t\"description\":\t\"\",\n"
                     "\t\"type\":\t\"node_sriov_nic_devices\",\n\t\"orderid\":\t1,\n"
                     "\t\"uuid\":\t\"%s\",\n\t\"enabled\":\ttrue,\n\t\"optional\":\tfalse,\n"
                     "\t\"resource_group\":\t\"5d1f0a10-6c01-4e1a-9b00-000000000006\",\n"
                     "\t\"resource_group_name\":\t\"SR-IOV 25G\",\n"
                     "\t\"device_status\":\t\"online\",\n\t\"status_info\":\t\"\",\n"
                     "\t\"created\":\t%s,\n\t\"modified\":\t%s,\n\t\"settings_args\":\t{\n"
                     "\t\t\"vlan\":\t100,\n\t\t\"qos\":\t0,\n\t\t\"proto\":\t\"802.1Q\",\n"
                     "\t\t\"max_tx_rate\":\t0,\n\t\t\"min_tx_rate\":\t0,\n"
                     "\t\t\"trust\":\t\"off\",\n\t\t\"spoofchk\":\t\"on\",\n"
                     "\t\t\"query_rss\":\t\"default\",\n\t\t\"state\":\t\"default\",\n"
                     "\t\t\"macaddress\":\t\"f2:56:45:00:00:66\"\n\t}\n}\n",
                     value_of(row, "uuid"), value_of(row, "created"), value_of(row, "modified")),
                "vms/render-01/devices/nic0/device.json");
}
END_TEST

START_TEST(device_json_of_a_device_without_a_group_says_null)
{
    const cJSON *json = read_json("vms/render-01/devices/tpm_0/device.json");
    ck_assert(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(json, "resource_group")));
    expect_text("", value_of(json, "resource_group_name"));
    expect_text("tpm", value_of(json, "type"));
}
END_TEST

/* ---- VMs ---- */

START_TEST(a_vm_lists_its_directories_and_files)
{
    expect_list("attach by-resource-group by-type cluster cpu_cores created description devices "
                "enabled key machine machine_type modified name need_restart node os_family power "
                "ram running status uuid vm.json",
                "vms/render-01");
}
END_TEST

static const struct {
    const char *name, *key, *status, *running, *node, *power;
} vms[] = {
    {"render-01", "31", "running", "true", "node1", "on"},
    {"ai-training", "34", "running", "true", "node1", "on"},
    {"desktop-pool-02", "37", "starting", "true", "node1", "on"},
    {"render-03", "33", "stopped", "false", "", "off"},
    {"template-windows-11", "44", "stopped", "false", "", "off"},
};

START_TEST(each_file_of_a_vm_shows_the_value_of_the_server)
{
    static const char *const columns[] = {
        "machine",      "name",      "description", "enabled",      "cpu_cores", "ram",
        "machine_type", "os_family", "uuid",        "need_restart", NULL};
    const char *folder = text("vms/%s", vms[_i].name);
    const cJSON *row = sim_row("vms", vms[_i].key);
    expect_columns(folder, row, columns);
    expect_value(vms[_i].key, text("%s/key", folder));
    expect_value(vms[_i].status, text("%s/status", folder));
    expect_value(vms[_i].running, text("%s/running", folder));
    expect_value(vms[_i].node, text("%s/node", folder));
    expect_value(vms[_i].power, text("%s/power", folder));
    expect_value("gpu-cluster", text("%s/cluster", folder));
    expect_value(time_of(row, "created"), text("%s/created", folder));
    expect_value(time_of(row, "modified"), text("%s/modified", folder));
}
END_TEST

/* Without those that only some servers have. */
START_TEST(vm_json_has_the_values_of_the_files_with_their_types)
{
    const cJSON *json = read_json("vms/ai-training/vm.json");
    const cJSON *row = sim_row("vms", "34");
    static const char *const same[] = {"$key",      "machine", "name", "description",
                                       "enabled",   "ram",     "uuid", "machine_type",
                                       "cpu_cores", "created", NULL};
    for (const char *const *field = same; *field != NULL; field++) {
        expect_text(text("%s: %s", *field, value_of(row, *field)),
                    text("%s: %s", *field, value_of(json, *field)));
    }
    ck_assert(cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(json, "ram")));
    ck_assert(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "running")));
    ck_assert(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "need_restart")));
}
END_TEST

/* ---- resource groups ---- */

static const struct {
    const char *folder, *id, *type_label, *class_label, *count;
} groups[] = {
    {"GPU Pool", "1", "Host GPU", "GPU", "10"},
    {"vGPU A40", "2", "NVIDIA vGPU", "vGPU", "16"},
    {"USB License Keys", "4", "USB", "Human Input Device", "5"},
    {"USB Old Hub", "5", "USB", "Generic USB Device", "0"},
    {"SR-IOV 25G", "6", "SR-IOV NIC", "Network", "32"},
    {"NVMe Controllers", "7", "PCI", "Storage", "6"},
    {"Capture%2FAudio Cards", "8", "PCI", "Media", "2"},
};

START_TEST(each_file_of_a_group_shows_the_value_of_the_server)
{
    static const char *const columns[] = {"name",    "description", "type", "class",
                                          "enabled", "uuid",        NULL};
    const char *folder = text("resource_groups/%s", groups[_i].folder);
    const cJSON *row = sim_row("resource_groups", groups[_i].id);
    expect_columns(folder, row, columns);
    expect_value(value_of(row, "$key"), text("%s/key", folder));
    expect_value(groups[_i].type_label, text("%s/type_display", folder));
    expect_value(groups[_i].class_label, text("%s/class_display", folder));
    expect_value(groups[_i].count, text("%s/resource_count", folder));
    expect_value(time_of(row, "created"), text("%s/created", folder));
    expect_value(time_of(row, "modified"), text("%s/modified", folder));
}
END_TEST

START_TEST(a_group_lists_its_files_and_no_others)
{
    expect_list("class class_display created description devices enabled group.json key modified "
                "name resource_count type type_display uuid",
                "resource_groups/GPU Pool");
}
END_TEST

START_TEST(group_json_has_the_values_of_the_files_with_their_types)
{
    const cJSON *json = read_json("resource_groups/USB Old Hub/group.json");
    expect_text("5d1f0a10-6c01-4e1a-9b00-000000000005", value_of(json, "$key"));
    expect_text("USB Old Hub", value_of(json, "name"));
    expect_text("node_usb_devices", value_of(json, "type"));
    ck_assert(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(json, "enabled")));
    ck_assert(cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(json, "resource_count")));
}
END_TEST

/* ---- values that are awkward ---- */

static void expect_description(const char *json, const char *shown)
{
    sim_set_row("machine_devices", "136", text("{\"description\":%s}", json));
    refresh_mount();
    expect_file(shown, "vms/backup/devices/hba/description");
    ck_assert_int_eq(status_of("vms/backup/devices/hba/description").st_size, strlen(shown));
}

START_TEST(a_value_is_shown_as_it_is_with_one_newline_behind)
{
    expect_description("\"two\\nlines\"", "two\nlines\n");
    expect_description("\"  blanks  \"", "  blanks  \n");
    expect_description("\"ends with one\\n\"", "ends with one\n\n");
    expect_description("\"\\u00e4\\u20ac\"", "ä€\n");
    expect_description("\"a \\\\ and a \\\"\"", "a \\ and a \"\n");
}
END_TEST

START_TEST(null_and_the_empty_string_are_an_empty_file)
{
    expect_description("null", "");
    expect_description("\"\"", "");
    sim_set_row("machine_devices", "136", "{\"created\":0,\"modified\":null}");
    refresh_mount();
    expect_file("", "vms/backup/devices/hba/created");
    expect_file("", "vms/backup/devices/hba/modified");
}
END_TEST

START_TEST(an_unknown_status_is_its_own_label)
{
    sim_set_row("machine_devices", "136", "{\"status\":\"quantum\"}");
    refresh_mount();
    expect_file("quantum\n", "vms/backup/devices/hba/status");
    expect_file("quantum\n", "vms/backup/devices/hba/status_display");
    expect_list("backup:hba", "devices/by-status/quantum");
}
END_TEST

START_TEST(a_device_without_a_status_has_an_empty_one)
{
    const char *status = sim_field("machine_devices", "136", "status");
    sim_delete("machine_device_status", status);
    refresh_mount();
    expect_file("", "vms/backup/devices/hba/status");
    expect_file("", "vms/backup/devices/hba/status_display");
    expect_file("pci\n", "vms/backup/devices/hba/class");
}
END_TEST

START_TEST(an_unknown_type_appears_under_its_own_token)
{
    sim_set_row("machine_devices", "136", "{\"type\":\"node_quantum_devices\"}");
    refresh_mount();
    expect_list("gpu host_gpu node_quantum_devices nvidia_vgpu pci sriov_nic tpm usb vgpu",
                "vms/backup/by-type");
    expect_list("hba", "vms/backup/by-type/node_quantum_devices");
    expect_file("136\n", "vms/backup/by-type/node_quantum_devices/hba/key");
    expect_list("", "vms/backup/by-type/pci");
    expect_file("node_quantum_devices\n", "vms/backup/devices/hba/type");
    expect_file("node_quantum_devices\n", "vms/backup/devices/hba/type_display");
    expect_json_file("{}", "vms/backup/devices/hba/settings.json");
    expect_list("backup:hba", "devices/by-type/node_quantum_devices");
}
END_TEST

/* ---- reading ---- */

START_TEST(an_open_file_shows_one_version_to_its_end)
{
    char begin[8] = "", rest[64] = "";
    sim_set_row("machine_devices", "136", "{\"description\":\"the first version\"}");
    refresh_mount();
    int fd = open_file(O_RDONLY, "vms/backup/devices/hba/description");
    ck_assert_int_eq(read(fd, begin, 4), 4);
    sim_set_row("machine_devices", "136", "{\"description\":\"another, which is longer\"}");
    refresh_mount();
    expect_file("another, which is longer\n", "vms/backup/devices/hba/description");
    ck_assert_int_gt(read(fd, rest, sizeof(rest) - 1), 0);
    expect_text("the first version\n", text("%s%s", begin, rest));
    ck_assert_int_eq(pread(fd, rest, sizeof(rest), 0), 18);
    expect_ok(close(fd));
}
END_TEST

START_TEST(tools_of_every_kind_read_the_same)
{
    const char *settings_json = read_file("vms/firewall/devices/lan/settings.json");
    expect_run(0, settings_json,
               "cd vms/firewall/devices/lan && dd bs=1 status=none "
               "if=settings.json");
    expect_run(0, settings_json, "cd vms/firewall/devices/lan && tail -c +1 settings.json");
    expect_run(0, settings_json, "cd vms/firewall/devices/lan && head -c 9999 settings.json");
    expect_run(0, settings_json, "cd vms/firewall/devices/lan && tac settings.json | tac");
    expect_run(0, settings_json, "cd vms/firewall/devices/lan && tar c settings.json | tar xO");
    expect_run(0, "node_sriov_nic_devices\n",
               "read type < vms/firewall/devices/lan/type; echo $type");
}
END_TEST

START_TEST(no_read_only_file_can_be_opened_for_writing)
{
    static const char *const files[] = {
        "vms/render-01/devices/nic0/key",
        "vms/render-01/devices/nic0/status",
        "vms/render-01/devices/nic0/uuid",
        "vms/render-01/name",
        "vms/render-01/vm.json",
        "resource_groups/GPU Pool/name",
        "resource_groups/GPU Pool/key",
        ".vergefs/version",
        ".vergefs/stats",
    };
    for (size_t i = 0; i < COUNT(files); i++) {
        expect_errno(EACCES, open_file(O_WRONLY, "%s", files[i]));
        expect_errno(EACCES, open_file(O_RDWR, "%s", files[i]));
        expect_errno(EACCES, open_file(O_RDONLY | O_TRUNC, "%s", files[i]));
    }
    ck_assert_int_eq(sim_count("PUT", NULL), 0);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
    static const char *const missing[] = {
        "nothing",
        "vms/nothing",
        "vms/render-01/nothing",
        "vms/render-01/devices/nothing",
        "vms/render-01/devices/nic0/nothing",
        "vms/render-01/by-type/nothing",
        "vms/render-01/by-type/usb/nothing",
        "vms/render-01/by-resource-group/nothing",
        "vms/render-01/by-resource-group/GPU Pool/nothing",
        "resource_groups/nothing",
        "resource_groups/GPU Pool/nothing",
        "resource_groups/GPU Pool/devices/nothing",
        "devices/nothing",
        "devices/by-key/nothing",
        "devices/by-key/0102",
        "devices/by-type/nothing",
        "devices/by-type/usb/nothing",
        "devices/by-class/nothing",
        ".vergefs/nothing",
        "",
    };
    for (size_t i = 0; missing[i][0] != '\0'; i++) {
        expect_missing("%s", missing[i]);
    }
}
END_TEST

START_TEST(a_file_is_no_directory_and_a_directory_no_file)
{
    expect_errno(ENOTDIR, try_read("vms/render-01/name/x"));
    expect_errno(ENOTDIR, try_read("devices/by-key/102/key/x"));
    expect_errno(ENOTDIR, open_file(O_RDONLY | O_DIRECTORY, "vms/render-01/devices/nic0/key"));
    expect_errno(EISDIR, try_read("vms/render-01/devices/nic0"));
    expect_errno(EISDIR, open_file(O_WRONLY, "vms/render-01/devices/nic0"));
    expect_errno(EINVAL, readlink(path("vms/render-01/devices/nic0"), (char[8]){0}, 8));
    expect_errno(EINVAL, readlink(path("vms/render-01/name"), (char[8]){0}, 8));
    expect_errno(ELOOP, open_file(O_RDONLY | O_NOFOLLOW, "devices/by-key/102"));
}
END_TEST

START_TEST(nothing_can_be_made_where_nothing_is_kept)
{
    static const char *const folders[] = {"resource_groups/GPU Pool",
                                          "vms",
                                          "vms/render-01",
                                          "vms/render-01/devices",
                                          "vms/render-01/by-type",
                                          "resource_groups",
                                          "devices/by-key",
                                          ".vergefs"};
    for (size_t i = 0; i < COUNT(folders); i++) {
        int fd = open_file(O_WRONLY | O_CREAT, "%s/new", folders[i]);
        if (fd != -1 || (errno != EPERM && errno != EACCES)) {
            fail_test("creating a file in %s: %s", folders[i], strerror(errno));
        }
        expect_errno(EPERM, symlink("target", path("%s/new", folders[i])));
        expect_errno(EPERM, mkdir(path("%s/new", folders[i]), 0755));
    }
    ck_assert_int_eq(sim_count("POST", NULL), 0);
}
END_TEST

/* ---- servers that differ ---- */

static const struct {
    const char *name, *value;
} quirks[] = {
    {"key_type", "string"}, {"references", "string"}, {"references", "object"},
    {"booleans", "int"},    {"booleans", "string"},   {"booleans", "yesno"},
    {"booleans", "onoff"},  {"numbers", "string"},    {"times", "ms"},
    {"times", "us"},        {"strings_null", "on"},   {"strings_null", "missing"},
    {"slashes", "escaped"}, {"system", "object"},     {"list_single", "object"},
    {"count_field", "off"},
};

START_TEST(how_a_server_writes_its_types_changes_nothing)
{
    const char *plain = walk_text(walk("."));
    sim_quirk(quirks[_i].name, quirks[_i].value);
    mount_use(mount_start(NULL));
    expect_same_lines(plain, walk_text(walk(".")));
}
END_TEST

/* Of one row each, so that each list is one object. */
START_TEST(a_list_of_one_row_may_be_that_row)
{
    const char *plain = walk_text(walk("."));
    expect_contains("vms/alone/devices/tpm_0/settings.json", plain);
    sim_quirk("list_single", "object");
    mount_use(mount_start(NULL));
    expect_same_lines(plain, walk_text(walk(".")));
}
END_TEST

START_TEST(groups_may_have_numbers_for_keys)
{
    const char *uuid = read_file("vms/of each kind/devices/sriov_nic/uuid");
    sim_quirk("group_key", "int");
    mount_use(mount_start(NULL));
    expect_file("6\n", "resource_groups/SR-IOV/key");
    expect_file("5d1f0a10-6c01-4e1a-9b00-000000000006\n", "resource_groups/SR-IOV/uuid");
    expect_file("6\n", "vms/of each kind/devices/sriov_nic/resource_group");
    expect_file("SR-IOV\n", "vms/of each kind/devices/sriov_nic/resource_group_name");
    expect_file(uuid, "vms/of each kind/devices/sriov_nic/uuid");
    expect_list("sriov_nic", "vms/of each kind/by-resource-group/SR-IOV");
    expect_list("of each kind:pci", "resource_groups/PCI%%2Fx8/devices");
    const cJSON *json = read_json("vms/of each kind/devices/sriov_nic/device.json");
    ck_assert(cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(json, "resource_group")));
}
END_TEST

START_TEST(without_settings_tables_settings_are_empty)
{
    sim_quirk("settings_tables", "off");
    refresh_mount();
    expect_json_file("{}", "vms/of each kind/devices/sriov_nic/settings.json");
    expect_json_file("{}", "vms/of each kind/devices/tpm/settings.json");
    const cJSON *json = read_json("vms/of each kind/devices/sriov_nic/device.json");
    const cJSON *shown = cJSON_GetObjectItemCaseSensitive(json, "settings_args");
    ck_assert(cJSON_IsObject(shown) && shown->child == NULL);
    expect_file("", ".vergefs/error_log");
}
END_TEST

START_TEST(without_one_settings_table_the_others_are_shown)
{
    sim_quirk("settings_tables", "missing-for-machine_device_settings_sriov_nic");
    refresh_mount();
    expect_json_file("{}", "vms/of each kind/devices/sriov_nic/settings.json");
    expect_json_file("{\"model\":\"tis\",\"version\":\"1\"}",
                     "vms/of each kind/devices/tpm/settings.json");
}
END_TEST

START_TEST(without_a_settings_row_settings_are_empty)
{
    sim_delete("machine_device_settings_usb",
               sim_key("machine_device_settings_usb", "machine_device", "13"));
    refresh_mount();
    expect_json_file("{}", "vms/of each kind/devices/usb/settings.json");
    expect_json_file("{\"guest_reset\":true,\"guest_resets_all\":false}",
                     "vms/a second%%2F2/devices/dongle/settings.json");
}
END_TEST

/* ---- the suite ---- */

static void content_case(Suite *suite)
{
    TCase *tcase = mounted_case(suite, "content", NULL, NULL);
    tcase_add_loop_test(tcase, each_file_of_a_device_shows_the_value_of_the_server, 0,
                        (int)COUNT(devices));
    tcase_add_loop_test(tcase, settings_are_those_of_the_settings_table, 0, (int)COUNT(settings));
    tcase_add_loop_test(tcase, each_file_of_a_vm_shows_the_value_of_the_server, 0, (int)COUNT(vms));
    tcase_add_loop_test(tcase, each_file_of_a_group_shows_the_value_of_the_server, 0,
                        (int)COUNT(groups));
    add_tests(
        tcase, status_info_is_shown_where_the_server_has_some,
        a_device_is_the_row_that_the_folder_is_named_after, a_device_lists_its_files_and_no_others,
        settings_are_pretty_printed_in_a_fixed_order,
        device_json_is_the_row_under_the_names_of_the_api,
        device_json_of_a_device_without_a_group_says_null, a_vm_lists_its_directories_and_files,
        vm_json_has_the_values_of_the_files_with_their_types, a_group_lists_its_files_and_no_others,
        group_json_has_the_values_of_the_files_with_their_types,
        a_value_is_shown_as_it_is_with_one_newline_behind,
        null_and_the_empty_string_are_an_empty_file, an_unknown_status_is_its_own_label,
        a_device_without_a_status_has_an_empty_one, an_unknown_type_appears_under_its_own_token,
        an_open_file_shows_one_version_to_its_end, tools_of_every_kind_read_the_same);
}

static void shape_case(Suite *suite)
{
    TCase *tcase = mounted_case(suite, "shape", NULL, NULL);
    add_tests(tcase, what_is_not_there_is_not_found, a_file_is_no_directory_and_a_directory_no_file,
              nothing_can_be_made_where_nothing_is_kept);
}

static void status_case(Suite *suite)
{
    TCase *tcase = mounted_case(suite, "status", NULL, NULL);
    add_tests(tcase, no_read_only_file_can_be_opened_for_writing);
}

static void servers_case(Suite *suite)
{
    static const struct sim_options small = {.data = "small.json"};
    TCase *tcase = mounted_case(suite, "servers", &small, NULL);
    tcase_add_loop_test(tcase, how_a_server_writes_its_types_changes_nothing, 0,
                        (int)COUNT(quirks));
    add_tests(tcase, groups_may_have_numbers_for_keys, without_settings_tables_settings_are_empty,
              without_one_settings_table_the_others_are_shown,
              without_a_settings_row_settings_are_empty);
}

int main(void)
{
    Suite *suite = suite_create("reading");
    content_case(suite);
    shape_case(suite);
    status_case(suite);
    servers_case(suite);
    TCase *single =
        mounted_case(suite, "one row", &(struct sim_options){.data = "alone.json"}, NULL);
    add_tests(single, a_list_of_one_row_may_be_that_row);
    return run_suite(suite);
}
