/* SPDX-License-Identifier: MIT
 *
 * What is there to be read: the tree, its files, their content, sizes, modes and times.
 */
#include "tests/integration/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Takes back what is held of the rows, as a person does who cannot wait for the ttl. */
static void refresh(void)
{
    expect_ok(write_file("1\n", ".vergefs/refresh"));
}

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
    refresh();
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
    refresh();
    expect_file("", "vms/backup/devices/hba/created");
    expect_file("", "vms/backup/devices/hba/modified");
}
END_TEST

START_TEST(an_unknown_status_is_its_own_label)
{
    sim_set_row("machine_devices", "136", "{\"status\":\"quantum\"}");
    refresh();
    expect_file("quantum\n", "vms/backup/devices/hba/status");
    expect_file("quantum\n", "vms/backup/devices/hba/status_display");
    expect_list("backup:hba", "devices/by-status/quantum");
}
END_TEST

START_TEST(a_device_without_a_status_has_an_empty_one)
{
    const char *status = sim_field("machine_devices", "136", "status");
    sim_delete("machine_device_status", status);
    refresh();
    expect_file("", "vms/backup/devices/hba/status");
    expect_file("", "vms/backup/devices/hba/status_display");
    expect_file("pci\n", "vms/backup/devices/hba/class");
}
END_TEST

START_TEST(an_unknown_type_appears_under_its_own_token)
{
    sim_set_row("machine_devices", "136", "{\"type\":\"node_quantum_devices\"}");
    refresh();
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

/* ---- the shape of the tree ---- */

START_TEST(the_root_lists_what_the_system_has)
{
    expect_list("devices query resource_groups vms", ".");
}
END_TEST

START_TEST(the_control_directory_is_entered_but_not_listed)
{
    expect_list("config error_log refresh stats version", ".vergefs");
    expect_run(0, "", "ls -a | grep -F .vergefs || true");
    expect_run(0, "", "find . -name .vergefs");
}
END_TEST

START_TEST(the_version_names_program_and_system)
{
    expect_contains("vergefs ", read_file(".vergefs/version"));
    expect_contains("VergeOS 26.1.8\n", read_file(".vergefs/version"));
}
END_TEST

START_TEST(snapshots_and_their_devices_are_not_shown)
{
    expect_run(0,
               "Büro Süd – Empfang\nai-training\nbackup\nbuild%2Fagent-7\ndesktop-pool-01\n"
               "desktop-pool-02\ndesktop-pool-03\nfirewall\nlegacy-cad\nlicence-server\nrender-01\n"
               "render-02\nrender-03\ntemplate-windows-11\nvideo-wall\n",
               "LC_ALL=C ls vms");
    expect_missing("vms/render-01 nightly");
    expect_missing("devices/by-key/141");
    expect_run(0, "", "ls devices/by-type/* resource_groups/*/devices | grep nightly || true");
}
END_TEST

START_TEST(devices_of_machines_that_are_no_vms_are_not_shown)
{
    expect_run(0, "40\n", "ls devices/by-key | wc -l");
    expect_missing("devices/by-key/1");
    expect_missing("devices/by-key/2");
    expect_run(0, "",
               "ls devices/by-class/* resource_groups/*/devices | grep -e uplink -e nvme_h"
               " || true");
}
END_TEST

START_TEST(by_type_lists_the_eight_types_whatever_the_vm_has)
{
    expect_list("gpu host_gpu nvidia_vgpu pci sriov_nic tpm usb vgpu",
                "vms/build%%2Fagent-7/by-type");
    expect_list("gpu host_gpu nvidia_vgpu pci sriov_nic tpm usb vgpu", "vms/render-01/by-type");
    expect_list("", "vms/build%%2Fagent-7/by-type/usb");
}
END_TEST

START_TEST(by_type_sorts_the_devices)
{
    expect_list("gpu0", "vms/render-01/by-type/host_gpu");
    expect_list("nic0", "vms/render-01/by-type/sriov_nic");
    expect_list("tpm_0", "vms/render-01/by-type/tpm");
    expect_list("", "vms/render-01/by-type/usb");
    expect_missing("vms/render-01/by-type/usb/gpu0");
    expect_missing("vms/render-01/by-type/node_usb_devices");
}
END_TEST

START_TEST(by_resource_group_lists_every_group_and_sorts_the_devices)
{
    const char *all = "Capture%2FAudio Cards\nGPU Pool\nNVMe Controllers\nSR-IOV 25G\n"
                      "USB License Keys\nUSB Old Hub\nvGPU A40\nvGPU L40S\n";
    expect_run(0, all, "LC_ALL=C ls vms/render-01/by-resource-group");
    expect_run(0, all, "LC_ALL=C ls resource_groups");
    expect_list("gpu0", "vms/render-01/by-resource-group/GPU Pool");
    expect_list("nic0", "vms/render-01/by-resource-group/SR-IOV 25G");
    expect_list("", "vms/render-01/by-resource-group/USB Old Hub");
    expect_missing("vms/render-01/by-resource-group/GPU Pool/nic0");
}
END_TEST

static const char *real_path(const char *file)
{
    char found[PATH_MAX];
    if (realpath(file, found) == NULL) {
        fail_test("realpath %s: %s", file, strerror(errno));
    }
    return text("%s", found);
}

static const char *const typed[] = {"vms/render-01/by-type/sriov_nic/nic0",
                                    "vms/render-01/by-resource-group/SR-IOV 25G/nic0"};

START_TEST(a_typed_entry_lists_the_link_to_the_real_directory_alone)
{
    expect_list("device", "%s", typed[_i]);
    expect_link("../../../devices/nic0", "%s/device", typed[_i]);
    expect_file("102\n", "%s/device/key", typed[_i]);
    expect_text(path("vms/render-01/devices/nic0"), real_path(path("%s/device", typed[_i])));
}
END_TEST

START_TEST(a_typed_entry_resolves_the_files_of_the_device)
{
    ck_assert(status_of("%s/settings.json", typed[_i]).st_ino ==
              status_of("vms/render-01/devices/nic0/settings.json").st_ino);
    ck_assert(status_of("%s", typed[_i]).st_ino != status_of("vms/render-01/devices/nic0").st_ino);
    expect_file("nic0\n", "%s/name", typed[_i]);
    expect_file(read_file("vms/render-01/devices/nic0/device.json"), "%s/device.json", typed[_i]);
    expect_missing("%s/nonsense", typed[_i]);
}
END_TEST

/* ---- the fleet ---- */

static const struct {
    const char *folder, *names;
} views[] = {
    {"by-type", "gpu host_gpu nvidia_vgpu pci sriov_nic tpm usb vgpu"},
    {"by-class", "gpu network pci tpm usb vgpu"},
    {"by-status", "errors hotplug idle initializing missing offline online warning"},
    {"by-type/usb", "Büro Süd – Empfang:Drucker am Empfang licence-server:dongle "
                    "licence-server:dongle%~119 licence-server:sentinel video-wall:remote"},
    {"by-status/errors", "render-02:gpu0"},
    {"by-status/missing", "licence-server:dongle video-wall:capture"},
    {"by-class/vgpu", "Büro Süd – Empfang:Grafik desktop-pool-01:vgpu_0 "
                      "desktop-pool-02:vgpu_0 desktop-pool-03:vgpu_0 legacy-cad:vgpu_0"},
};

START_TEST(the_fleet_is_sorted_by_key_type_status_and_class)
{
    expect_list("by-class by-key by-status by-type", "devices");
    expect_link("../../vms/render-01/devices/nic0", "devices/by-key/102");
    expect_link("../../../vms/render-01/devices/nic0", "devices/by-type/sriov_nic/render-01:nic0");
    expect_link("../../../vms/licence-server/devices/dongle%~119",
                "devices/by-status/missing/licence-server:dongle");
    expect_link("../../../vms/firewall/devices/dmz%2Fguests",
                "resource_groups/SR-IOV 25G/devices/firewall:dmz%%2Fguests");
}
END_TEST

START_TEST(each_view_of_the_fleet_lists_its_own)
{
    expect_list(views[_i].names, "devices/%s", views[_i].folder);
}
END_TEST

START_TEST(a_group_shows_who_uses_it)
{
    expect_list("", "resource_groups/USB Old Hub/devices");
    expect_list("video-wall:capture", "resource_groups/Capture%%2FAudio Cards/devices");
    expect_list("desktop-pool-01:vgpu_0 desktop-pool-02:vgpu_0",
                "resource_groups/vGPU A40/devices");
}
END_TEST

START_TEST(every_link_is_relative_and_leads_to_a_device)
{
    const struct walk *all = walk(".");
    int links = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct entry *entry = &all->list[i];
        if (!S_ISLNK(entry->status.st_mode)) {
            continue;
        }
        links++;
        if (entry->content[0] == '/' || !exists("%s/key", entry->name)) {
            fail_test("%s is a link to %s", entry->name, entry->content);
        }
    }
    ck_assert_int_gt(links, 200);
    expect_run(0, "", "find . -type l ! -exec readlink -e {} + > /dev/null");
}
END_TEST

/* ---- what the kernel is told of each file ---- */

START_TEST(each_size_is_what_a_read_gives)
{
    const struct walk *all = walk(".");
    for (size_t i = 0; i < all->count; i++) {
        const struct entry *entry = &all->list[i];
        if (!S_ISDIR(entry->status.st_mode) && (size_t)entry->status.st_size != entry->length) {
            fail_test("%s has size %lld, but %zu bytes were read", entry->name,
                      (long long)entry->status.st_size, entry->length);
        }
    }
    ck_assert_int_gt(all->count, 1500);
}
END_TEST

START_TEST(each_content_ends_with_one_newline_or_is_empty)
{
    const struct walk *all = walk(".");
    for (size_t i = 0; i < all->count; i++) {
        const struct entry *entry = &all->list[i];
        const char *end = entry->content + entry->length;
        if (S_ISREG(entry->status.st_mode) && entry->length > 0 &&
            (entry->length == 1 || end[-1] != '\n' || end[-2] == '\n')) {
            fail_test("%s has \"%s\" in it", entry->name, entry->content);
        }
    }
}
END_TEST

START_TEST(no_file_has_blocks_or_a_second_link)
{
    const struct walk *all = walk(".");
    for (size_t i = 0; i < all->count; i++) {
        const struct entry *entry = &all->list[i];
        if (entry->status.st_blocks != 0 ||
            (!S_ISDIR(entry->status.st_mode) && entry->status.st_nlink != 1)) {
            fail_test("%s has %lld blocks and %lu links", entry->name,
                      (long long)entry->status.st_blocks, (unsigned long)entry->status.st_nlink);
        }
    }
    expect_run(0, "0\t.\n", "du -s .");
}
END_TEST

START_TEST(listings_tell_the_kind_and_number_that_stat_tells)
{
    const struct walk *all = walk(".");
    for (size_t i = 0; i < all->count; i++) {
        const struct entry *entry = &all->list[i];
        if (entry->listed != entry->status.st_ino || entry->type != IFTODT(entry->status.st_mode)) {
            fail_test("%s is listed as %d %llu, but is %d %llu", entry->name, entry->type,
                      (unsigned long long)entry->listed, IFTODT(entry->status.st_mode),
                      (unsigned long long)entry->status.st_ino);
        }
    }
}
END_TEST

static int by_inode(const void *one, const void *other)
{
    ino_t first = ((const struct entry *)one)->status.st_ino;
    ino_t second = ((const struct entry *)other)->status.st_ino;
    return (first > second) - (first < second);
}

/* But for the links of the fleet, which are one link in several places. */
START_TEST(no_two_files_or_directories_share_an_inode_number)
{
    const struct walk *all = walk(".");
    qsort(all->list, all->count, sizeof(*all->list), by_inode);
    for (size_t i = 1; i < all->count; i++) {
        const struct entry *one = &all->list[i - 1], *other = &all->list[i];
        if (one->status.st_ino == other->status.st_ino && !S_ISLNK(one->status.st_mode)) {
            fail_test("%s and %s have the inode number %llu", one->name, other->name,
                      (unsigned long long)one->status.st_ino);
        }
    }
}
END_TEST

START_TEST(find_meets_each_file_of_a_device_once)
{
    expect_run(0, "./devices/gpu0/uuid\n./devices/nic0/uuid\n./devices/tpm_0/uuid\n./uuid\n",
               "cd vms/render-01 && find . -type f -name uuid | LC_ALL=C sort");
    expect_run(0, "./devices/nic0\n", "cd vms/render-01 && grep -rlx nic0 . | xargs dirname");
}
END_TEST

START_TEST(a_tool_that_follows_links_finds_no_loop)
{
    expect_run(0, "3\n", "find -L vms/render-01/by-type -name uuid 2>&1 | wc -l");
}
END_TEST

START_TEST(inode_numbers_are_those_of_the_last_mount)
{
    const char *before = walk_inodes(walk("."));
    mount_use(mount_start(NULL));
    expect_same_lines(before, walk_inodes(walk(".")));
}
END_TEST

static const struct {
    const char *file;
    mode_t mode;
} modes[] = {
    {"vms", 0755},
    {"vms/render-01", 0755},
    {"vms/render-01/by-type/tpm", 0755},
    {"vms/render-01/by-type/tpm/tpm_0", 0755},
    {"vms/render-01/devices/nic0", 0755},
    {".vergefs", 0755},
    {"vms/render-01/attach", 0600},
    {"vms/render-01/power", 0644},
    {"vms/render-01/vm.json", 0444},
    {"vms/render-01/name", 0444},
    {"resource_groups/GPU Pool/name", 0444},
    {"resource_groups/GPU Pool/group.json", 0444},
    {".vergefs/version", 0444},
    {".vergefs/config", 0444},
    {".vergefs/stats", 0444},
    {".vergefs/error_log", 0644},
    {".vergefs/refresh", 0644},
};

START_TEST(modes_say_what_can_be_written)
{
    expect_mode(modes[_i].mode, "%s", modes[_i].file);
}
END_TEST

START_TEST(seven_files_of_a_device_can_be_written_the_others_only_read)
{
    expect_run(0, "description device.json enabled name optional orderid settings.json \n",
               "cd vms/render-01/devices/nic0 && find . -perm 0644 -printf '%%P\\n' | LC_ALL=C sort"
               " | tr '\\n' ' '; echo");
    expect_run(0, "15\n", "cd vms/render-01/devices/nic0 && find . -type f -perm 0444 | wc -l");
}
END_TEST

START_TEST(files_belong_to_who_mounted)
{
    expect_run(0, "", "find . ! -user %u -o ! -group %u", (unsigned)getuid(), (unsigned)getgid());
}
END_TEST

START_TEST(uid_gid_and_umask_are_options)
{
    mount_use(mount_start(&(struct mount_options){.options = "uid=1234,gid=4321,umask=027"}));
    expect_run(0, "", "find . ! -type l '(' ! -uid 1234 -o ! -gid 4321 ')'");
    expect_mode(0750, "vms/render-01/devices/nic0");
    expect_mode(0640, "vms/render-01/devices/nic0/enabled");
    expect_mode(0440, "vms/render-01/devices/nic0/key");
    expect_mode(0600, "vms/render-01/attach");
}
END_TEST

static time_t modified(const char *table, const char *key)
{
    return (time_t)cJSON_GetObjectItemCaseSensitive(sim_row(table, key), "modified")->valuedouble;
}

static void expect_times(time_t time, const char *file)
{
    struct stat status = status_of("%s", file);
    if (status.st_mtime != time || status.st_ctime != time) {
        fail_test("%s has the times %lld and %lld, not %lld", file, (long long)status.st_mtime,
                  (long long)status.st_ctime, (long long)time);
    }
}

START_TEST(the_times_of_a_file_are_when_its_row_was_modified)
{
    time_t device = modified("machine_devices", "102");
    time_t vm = modified("vms", "31"), group = modified("resource_groups", "1");
    ck_assert_int_ne(device, vm);
    ck_assert_int_ne(device, group);
    expect_times(device, "vms/render-01/devices/nic0");
    expect_times(device, "vms/render-01/devices/nic0/key");
    expect_times(device, "vms/render-01/devices/nic0/settings.json");
    expect_times(device, "vms/render-01/devices/nic0/device.json");
    expect_times(device, "vms/render-01/by-type/sriov_nic/nic0");
    expect_times(vm, "vms/render-01");
    expect_times(vm, "vms/render-01/ram");
    expect_times(vm, "vms/render-01/vm.json");
    expect_times(group, "resource_groups/GPU Pool/name");
    expect_run(0, "tpm_0\n",
               "cd vms/render-01/devices && find . -mindepth 1 -maxdepth 1 -newer nic0"
               " -printf '%%P\\n'");
}
END_TEST

/* ---- reading ---- */

START_TEST(an_open_file_shows_one_version_to_its_end)
{
    char begin[8] = "", rest[64] = "";
    sim_set_row("machine_devices", "136", "{\"description\":\"the first version\"}");
    refresh();
    int fd = open_file(O_RDONLY, "vms/backup/devices/hba/description");
    ck_assert_int_eq(read(fd, begin, 4), 4);
    sim_set_row("machine_devices", "136", "{\"description\":\"another, which is longer\"}");
    refresh();
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

/* ---- what costs nothing ---- */

START_TEST(names_that_begin_with_a_dot_cost_no_request)
{
    refresh();
    sim_clear_log();
    expect_missing(".git");
    expect_missing("vms/.git");
    expect_missing("vms/..hidden");
    expect_missing("resource_groups/.Trash");
    expect_missing("devices/by-key/.git");
    expect_missing("devices/by-type/.hidden");
    expect_missing("devices/by-type/usb/.hidden");
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

static void look_at_what_is_always_there(void)
{
    struct statfs status;
    expect_ok(statfs(path("."), &status));
    expect_list("devices query resource_groups vms", ".");
    expect_list("by-class by-key by-status by-type", "devices");
    expect_mode(0755, "vms");
    expect_mode(0755, "devices/by-key");
    expect_mode(0755, "query");
    expect_contains("vergefs ", read_file(".vergefs/version"));
    expect_contains("ttl=", read_file(".vergefs/config"));
    expect_contains("vergefs_rows", read_file(".vergefs/stats"));
}

START_TEST(what_is_always_there_costs_no_request)
{
    refresh();
    sim_clear_log();
    look_at_what_is_always_there();
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(what_is_always_there_answers_while_the_server_hangs)
{
    refresh();
    sim_fault("{\"hang\":true,\"times\":0}");
    struct job *hanging = start("cat vms/render-01/name");
    wait_until(sim_count("GET", NULL) > 0);
    look_at_what_is_always_there();
    ck_assert(job_runs(hanging));
    sim_clear_faults();
    expect_text("render-01\n", job_finish(hanging).out);
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
    refresh();
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
    refresh();
    expect_json_file("{}", "vms/of each kind/devices/sriov_nic/settings.json");
    expect_json_file("{\"model\":\"tis\",\"version\":\"1\"}",
                     "vms/of each kind/devices/tpm/settings.json");
}
END_TEST

START_TEST(without_a_settings_row_settings_are_empty)
{
    sim_delete("machine_device_settings_usb",
               sim_key("machine_device_settings_usb", "machine_device", "13"));
    refresh();
    expect_json_file("{}", "vms/of each kind/devices/usb/settings.json");
    expect_json_file("{\"guest_reset\":true,\"guest_resets_all\":false}",
                     "vms/a second%%2F2/devices/dongle/settings.json");
}
END_TEST

/* ---- the suite ---- */

static void add_loop(TCase *tcase, const TTest *test, size_t count)
{
    tcase_add_loop_test(tcase, test, 0, (int)count);
}

static void content_case(Suite *suite)
{
    TCase *tcase = mounted_case(suite, "content", NULL, NULL);
    add_loop(tcase, each_file_of_a_device_shows_the_value_of_the_server, COUNT(devices));
    add_loop(tcase, settings_are_those_of_the_settings_table, COUNT(settings));
    add_loop(tcase, each_file_of_a_vm_shows_the_value_of_the_server, COUNT(vms));
    add_loop(tcase, each_file_of_a_group_shows_the_value_of_the_server, COUNT(groups));
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
    add_loop(tcase, a_typed_entry_lists_the_link_to_the_real_directory_alone, COUNT(typed));
    add_loop(tcase, a_typed_entry_resolves_the_files_of_the_device, COUNT(typed));
    add_loop(tcase, each_view_of_the_fleet_lists_its_own, COUNT(views));
    add_tests(
        tcase, the_root_lists_what_the_system_has, the_control_directory_is_entered_but_not_listed,
        the_version_names_program_and_system, snapshots_and_their_devices_are_not_shown,
        devices_of_machines_that_are_no_vms_are_not_shown,
        by_type_lists_the_eight_types_whatever_the_vm_has, by_type_sorts_the_devices,
        by_resource_group_lists_every_group_and_sorts_the_devices,
        the_fleet_is_sorted_by_key_type_status_and_class, a_group_shows_who_uses_it,
        every_link_is_relative_and_leads_to_a_device, what_is_not_there_is_not_found,
        a_file_is_no_directory_and_a_directory_no_file, nothing_can_be_made_where_nothing_is_kept,
        names_that_begin_with_a_dot_cost_no_request, what_is_always_there_costs_no_request,
        what_is_always_there_answers_while_the_server_hangs);
}

static void status_case(Suite *suite)
{
    TCase *tcase = mounted_case(suite, "status", NULL, NULL);
    add_loop(tcase, modes_say_what_can_be_written, COUNT(modes));
    add_tests(
        tcase, each_size_is_what_a_read_gives, each_content_ends_with_one_newline_or_is_empty,
        no_file_has_blocks_or_a_second_link, listings_tell_the_kind_and_number_that_stat_tells,
        no_two_files_or_directories_share_an_inode_number, find_meets_each_file_of_a_device_once,
        a_tool_that_follows_links_finds_no_loop, inode_numbers_are_those_of_the_last_mount,
        seven_files_of_a_device_can_be_written_the_others_only_read, files_belong_to_who_mounted,
        uid_gid_and_umask_are_options, the_times_of_a_file_are_when_its_row_was_modified,
        no_read_only_file_can_be_opened_for_writing);
}

static void servers_case(Suite *suite)
{
    static const struct sim_options small = {.data = "small.json"};
    TCase *tcase = mounted_case(suite, "servers", &small, NULL);
    add_loop(tcase, how_a_server_writes_its_types_changes_nothing, COUNT(quirks));
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
