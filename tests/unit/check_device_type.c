/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "lib/device_type.h"
#include "lib/models.h"
#include "lib/value.h"
#include "tests/unit/unit.h"

/* The table of the specification, word for word. */
START_TEST(types_are_those_of_the_api)
{
    static const struct {
        const char *directory, *token, *label, *device_class;
        bool needs_group;
    } rows[] = {
        {"vgpu", "node_nvidia_vgpu_devices", "NVIDIA vGPU", "vgpu", true},
        {"host_gpu", "node_host_gpu_devices", "Host GPU", "gpu", true},
        {"usb", "node_usb_devices", "USB", "usb", true},
        {"pci", "node_pci_devices", "PCI", "pci", true},
        {"sriov_nic", "node_sriov_nic_devices", "SR-IOV NIC", "network", true},
        {"tpm", "tpm", "Trusted Platform Module (vTPM)", "tpm", false},
        {"gpu", "gpu", "GPU Passthrough (Legacy)", "gpu", false},
        {"nvidia_vgpu", "nvidia_vgpu", "NVIDIA vGPU (Legacy)", "vgpu", false},
    };

    ck_assert_uint_eq(verge_device_type_count, sizeof(rows) / sizeof(rows[0]));
    for (size_t i = 0; i < verge_device_type_count; i++) {
        const struct verge_device_type *type = verge_device_type_by_token(rows[i].token);

        ck_assert_ptr_eq(type, verge_device_type_by_directory(rows[i].directory));
        ck_assert_str_eq(type->directory, rows[i].directory);
        ck_assert_str_eq(verge_type_directory(rows[i].token), rows[i].directory);
        ck_assert_str_eq(verge_type_label(rows[i].token), rows[i].label);
        ck_assert_str_eq(verge_type_class(rows[i].token), rows[i].device_class);
        ck_assert_int_eq(type->needs_group, rows[i].needs_group);
    }
}
END_TEST

START_TEST(an_unknown_type_is_its_own_name)
{
    ck_assert_ptr_null(verge_device_type_by_token("node_fpga_devices"));
    ck_assert_ptr_null(verge_device_type_by_directory("fpga"));
    ck_assert_str_eq(verge_type_directory("node_fpga_devices"), "node_fpga_devices");
    ck_assert_str_eq(verge_type_label("node_fpga_devices"), "node_fpga_devices");
    ck_assert_str_eq(verge_type_class("node_fpga_devices"), "");
}
END_TEST

START_TEST(statuses_have_labels)
{
    ck_assert_str_eq(verge_status_label("online"), "Online");
    ck_assert_str_eq(verge_status_label("hotplug"), "Hot plugging");
    ck_assert_str_eq(verge_status_label("idle"), "Idle");
    ck_assert_str_eq(verge_status_label("on fire"), "on fire");
    ck_assert_str_eq(verge_status_label(""), "");
}
END_TEST

static void check_defaults(const char *directory, const char *expected)
{
    VERGE_JSON_LOCAL *settings =
        verge_type_default_settings(verge_device_type_by_directory(directory));
    char *text = cJSON_PrintUnformatted(settings);

    ck_assert_str_eq(text, expected);
    cJSON_free(text);
}

/* What the vendor's create_vgpu, create_usb and so on send when nothing is said. */
START_TEST(default_settings_are_the_vendors)
{
    check_defaults("vgpu", "{\"frame_rate_limiter\":60,\"attach_drivers\":false,"
                           "\"disable_vnc\":false,\"enable_uvm\":false,\"enable_debugging\":false,"
                           "\"enable_profiling\":false,\"profile_type\":\"any\"}");
    check_defaults("usb", "{\"guest_reset\":true,\"guest_resets_all\":false}");
    check_defaults("sriov_nic", "{\"vlan\":0,\"qos\":0,\"proto\":\"802.1Q\",\"max_tx_rate\":0,"
                                "\"min_tx_rate\":0,\"trust\":\"off\",\"spoofchk\":\"on\","
                                "\"query_rss\":\"default\",\"state\":\"default\"}");
    check_defaults("tpm", "{}");
    check_defaults("pci", "{}");
    check_defaults("host_gpu", "{}");
}
END_TEST

START_TEST(settings_tables_have_models)
{
    for (size_t i = 0; i < verge_device_type_count; i++) {
        const char *table = verge_device_types[i].settings_table;

        if (table != NULL) {
            ck_assert_ptr_nonnull(verge_settings_model(table));
            ck_assert_int_ge(verge_settings_index(table), 0);
        }
    }
    ck_assert_ptr_null(verge_device_type_by_directory("pci")->settings_table);
    ck_assert_ptr_null(verge_settings_model("vms"));
    ck_assert_int_eq(verge_settings_index("vms"), -1);
}
END_TEST

static bool same(const char *key, const char *one, const char *other)
{
    VERGE_JSON_LOCAL *first = cJSON_Parse(one);
    VERGE_JSON_LOCAL *second = cJSON_Parse(other);

    return verge_setting_same(key, first, second);
}

START_TEST(a_tpm_version_has_two_spellings)
{
    ck_assert(same("version", "\"2\"", "\"2.0\""));
    ck_assert(same("version", "\"1.2\"", "\"1\""));
    ck_assert(same("version", "2", "\"2.0\""));
    ck_assert(!same("version", "\"1\"", "\"2\""));
    ck_assert(!same("version", "\"2\"", "\"1.2\""));
    ck_assert(!same("model", "\"2\"", "\"two\""));
    ck_assert(same("vlan", "100", "\"100\""));
    ck_assert(same("guest_reset", "true", "1"));
}
END_TEST

START_TEST(settings_know_their_nature)
{
    const struct verge_device_type *vgpu = verge_device_type_by_directory("vgpu");
    const struct verge_device_type *tpm = verge_device_type_by_directory("tpm");

    ck_assert(verge_setting_find(vgpu, "attach_drivers")->unreadable);
    ck_assert(!verge_setting_find(vgpu, "disable_vnc")->unreadable);
    ck_assert(verge_setting_find(tpm, "version")->fixed);
    ck_assert(!verge_setting_find(tpm, "model")->fixed);
    ck_assert_ptr_null(verge_setting_find(tpm, "colour"));
    ck_assert_ptr_null(verge_setting_find(NULL, "colour"));
}
END_TEST

UNIT_MAIN("device_type", types_are_those_of_the_api, an_unknown_type_is_its_own_name,
          statuses_have_labels, default_settings_are_the_vendors, settings_tables_have_models,
          a_tpm_version_has_two_spellings, settings_know_their_nature)
