/* SPDX-License-Identifier: MIT */
/* The tables, column by column. Order within a table is the order in which `all` shows it. */
#include "tests/simulator/schema.h"

#include <stddef.h>

#define KEY \
    { \
        .name = "$key", .type = TYPE_KEY, .flags = READONLY | SUMMARY \
    }
#define END \
    { \
        .name = NULL \
    }
#define REFERENCE(column, table) .name = (column), .type = TYPE_REFERENCE, .target = (table)
#define ROWS(column, table, pointer) \
    { \
        .name = (column), .type = TYPE_ROWS, .target = (table), .back = (pointer) \
    }
#define BOOL(column, initial) .name = (column), .type = TYPE_BOOL, .standard = (initial)
#define TEXT(column) .name = (column), .type = TYPE_TEXT, .standard = "\"\""
#define TEXT_IS(column, initial) .name = (column), .type = TYPE_TEXT, .standard = (initial)
#define NUMBER(column, initial) .name = (column), .type = TYPE_NUMBER, .standard = (initial)
#define TIME(column) .name = (column), .type = TYPE_TIME, .flags = READONLY
#define RANGE(from, to) .least = (from), .most = (to)
#define FACT(column) \
    { \
        .name = (column), .type = TYPE_TEXT, .flags = READONLY \
    }
#define COUNTED(column) \
    { \
        .name = (column), .type = TYPE_NUMBER, .flags = READONLY \
    }

static const struct choice machine_kinds[] = {
    {"vm", "Virtual Machine"},
    {"container", "Container"},
    {"vmware_container", "VMware Container"},
    {"service_container", "Service Container"},
    {"metal", "Bare Metal"},
    {"vdi", "VDI"},
    {"node", "Node"},
    {"tenant", "Tenant"},
    {"vnet", "Network"},
    {NULL, NULL},
};

static const struct choice device_types[] = {
    {"gpu", "GPU Passthrough (Legacy)"},
    {"nvidia_vgpu", "NVIDIA vGPU (Legacy)"},
    {"tpm", "Trusted Platform Module (vTPM)"},
    {"node_usb_devices", "USB"},
    {"node_sriov_nic_devices", "SR-IOV NIC"},
    {"node_pci_devices", "PCI"},
    {"node_host_gpu_devices", "Host GPU"},
    {"node_nvidia_vgpu_devices", "NVIDIA vGPU"},
    {NULL, NULL},
};

static const struct choice group_types[] = {
    {"node_pci_devices", "PCI"},
    {"node_sriov_nic_devices", "SR-IOV NIC"},
    {"node_usb_devices", "USB"},
    {"node_host_gpu_devices", "Host GPU"},
    {"node_nvidia_vgpu_devices", "NVIDIA vGPU"},
    {NULL, NULL},
};

static const struct choice group_classes[] = {
    {"gpu", "GPU"},
    {"vgpu", "vGPU"},
    {"storage", "Storage"},
    {"hid", "Human Input Device"},
    {"usb", "Generic USB Device"},
    {"network", "Network"},
    {"media", "Media"},
    {"audio", "Audio"},
    {"fpga", "FPGA"},
    {"pci", "Generic PCI"},
    {"unknown", "Unknown"},
    {NULL, NULL},
};

static const struct choice device_statuses[] = {
    {"online", "Online"},
    {"offline", "Offline"},
    {"errors", "Errors"},
    {"warning", "Warning"},
    {"hotplug", "Hot plugging"},
    {"initializing", "Initializing"},
    {"missing", "Missing"},
    {"idle", "Idle"},
    {NULL, NULL},
};

static const struct choice os_families[] = {
    {"linux", "Linux"}, {"windows", "Windows"}, {"freebsd", "FreeBSD"},
    {"other", "Other"}, {NULL, NULL},
};

static const struct choice datasources[] = {
    {"none", "None"},
    {"nocloud", "NoCloud"},
    {"config_drive_v2", "Config Drive v2"},
    {NULL, NULL},
};

static const struct choice tpm_models[] = {{"crb", "CRB"}, {"tis", "TIS"}, {NULL, NULL}};
static const struct choice tpm_versions[] = {{"2", "2.0"}, {"1", "1.2"}, {NULL, NULL}};
static const struct choice vlan_protocols[] = {
    {"802.1Q", "802.1Q"}, {"802.1ad", "802.1ad"}, {NULL, NULL}};
static const struct choice switches[] = {
    {"default", "Default"}, {"on", "On"}, {"off", "Off"}, {NULL, NULL}};
static const struct choice link_states[] = {{"default", "Default"},
                                            {"auto", "Auto"},
                                            {"enable", "Enable"},
                                            {"disable", "Disable"},
                                            {NULL, NULL}};
static const struct choice gpu_modes[] = {
    {"none", "None"}, {"gpu", "GPU Passthrough"}, {"nvidia_vgpu", "NVIDIA vGPU"}, {NULL, NULL}};

static const struct column vms[] = {
    KEY,
    {REFERENCE("machine", TABLE_MACHINES), .flags = READONLY | SUMMARY},
    {TEXT("name"), .flags = REQUIRED | SUMMARY, RANGE(1, 128)},
    {TEXT("description"), RANGE(0, 2048)},
    {BOOL("is_snapshot", "false"), .flags = READONLY | SUMMARY},
    {BOOL("enabled", "true"), .flags = SUMMARY},
    {TEXT_IS("machine_type", "\"pc-q35-10.0\"")},
    {NUMBER("cpu_cores", "1"), RANGE(1, 1024)},
    {TEXT_IS("cpu_type", "\"auto\"")},
    {NUMBER("ram", "1024"), RANGE(256, 33554432)},
    {TEXT_IS("os_family", "\"linux\""), .choices = os_families},
    {BOOL("guest_agent", "false")},
    {BOOL("uefi", "false")},
    {BOOL("secure_boot", "false")},
    {BOOL("allow_hotplug", "true")},
    {TEXT_IS("console", "\"vnc\"")},
    {TEXT_IS("video", "\"std\"")},
    {TEXT_IS("sound", "\"none\"")},
    {TEXT_IS("rtc_base", "\"utc\"")},
    {TEXT_IS("boot_order", "\"cd\"")},
    {BOOL("serial_port", "false")},
    {NUMBER("boot_delay", "0"), RANGE(0, 60)},
    {TEXT_IS("cloudinit_datasource", "\"none\""), .choices = datasources},
    {BOOL("nested_virtualization", "false")},
    {TEXT_IS("migration_method", "\"auto\"")},
    /* Exists and never holds anything: whether a VM runs is known to its machine only. */
    {.name = "running", .type = TYPE_BOOL, .flags = READONLY},
    {BOOL("need_restart", "false"), .flags = READONLY},
    {TEXT("note")},
    {BOOL("imported", "false"), .flags = READONLY},
    {TEXT("creator"), .flags = READONLY},
    {.name = "owner", .type = TYPE_PATH, .flags = READONLY},
    {.name = "created_from", .type = TYPE_PATH, .flags = READONLY},
    {TEXT("uuid"), .flags = CREATE_ONLY},
    {TIME("created")},
    {TIME("modified")},
    END,
};

static const struct column machines[] = {
    KEY,
    {TEXT("name"), .flags = READONLY | SUMMARY},
    {TEXT_IS("type", "\"vm\""), .flags = READONLY | SUMMARY, .choices = machine_kinds},
    {REFERENCE("status", TABLE_MACHINE_STATUS), .flags = READONLY},
    {REFERENCE("cluster", TABLE_CLUSTERS), .flags = READONLY},
    {TEXT("ha_group"), .flags = READONLY},
    {TIME("created")},
    {TIME("modified")},
    ROWS("devices", TABLE_MACHINE_DEVICES, "machine"),
    ROWS("drives", TABLE_MACHINE_DRIVES, "machine"),
    ROWS("nics", TABLE_MACHINE_NICS, "machine"),
    END,
};

static const struct column machine_status[] = {
    KEY,
    {REFERENCE("machine", TABLE_MACHINES), .flags = READONLY | SUMMARY},
    {BOOL("running", "false"), .flags = READONLY | SUMMARY},
    {TEXT_IS("status", "\"stopped\""), .flags = READONLY | SUMMARY},
    {TEXT_IS("state", "\"offline\""), .flags = READONLY},
    {BOOL("powerstate", "false"), .flags = READONLY},
    {TEXT("status_info"), .flags = READONLY},
    {REFERENCE("node", TABLE_NODES), .flags = READONLY},
    {.name = "started", .type = TYPE_TIME, .flags = READONLY, .standard = "0"},
    {TIME("last_update")},
    {NUMBER("running_cores", "0"), .flags = READONLY},
    {NUMBER("running_ram", "0"), .flags = READONLY},
    {BOOL("migratable", "true"), .flags = READONLY},
    {TEXT("agent_version"), .flags = READONLY},
    END,
};

static const struct column machine_devices[] = {
    KEY,
    {REFERENCE("machine", TABLE_MACHINES), .flags = CREATE_ONLY | REQUIRED | SUMMARY},
    {TEXT_IS("machine_type", "\"vm\""), .flags = READONLY, .choices = machine_kinds},
    {NUMBER("orderid", "0"), RANGE(0, 64)},
    {TEXT("type"), .flags = CREATE_ONLY | SUMMARY, .choices = device_types},
    {TEXT("name"), .flags = SUMMARY, RANGE(1, 128)},
    {TEXT("description"), RANGE(0, 2048)},
    {REFERENCE("resource_group", TABLE_RESOURCE_GROUPS), .flags = CREATE_ONLY},
    {TEXT("uuid"), .flags = CREATE_ONLY},
    {BOOL("enabled", "true"), .flags = SUMMARY},
    {BOOL("optional", "false")},
    {TEXT_IS("asset", NULL), .flags = NULLABLE, RANGE(1, 40)},
    {.name = "count", .type = TYPE_ARGUMENT, .flags = CREATE_ONLY},
    {.name = "settings_args", .type = TYPE_ARGUMENT},
    {REFERENCE("status", TABLE_MACHINE_DEVICE_STATUS), .flags = READONLY},
    {TIME("created")},
    {TIME("modified")},
    END,
};

static const struct column machine_device_status[] = {
    KEY,
    {REFERENCE("machine_device", TABLE_MACHINE_DEVICES), .flags = READONLY | SUMMARY},
    {TEXT_IS("status", "\"offline\""), .flags = READONLY | SUMMARY, .choices = device_statuses},
    {TEXT("status_info"), .flags = READONLY},
    {TIME("last_update")},
    END,
};

#define OF_DEVICE \
    { \
        REFERENCE("machine_device", TABLE_MACHINE_DEVICES), .flags = READONLY | SUMMARY \
    }

static const struct column settings_tpm[] = {
    KEY,
    OF_DEVICE,
    {TEXT_IS("model", "\"crb\""), .choices = tpm_models},
    {TEXT_IS("version", "\"2\""), .flags = CREATE_ONLY, .choices = tpm_versions},
    END,
};

static const struct column settings_usb[] = {
    KEY, OF_DEVICE, {BOOL("guest_reset", "true")}, {BOOL("guest_resets_all", "false")}, END,
};

static const struct column settings_vgpu[] = {
    KEY,
    OF_DEVICE,
    {NUMBER("frame_rate_limiter", "60"), RANGE(0, INT32_MAX)},
    {BOOL("attach_drivers", "false"), .flags = HIDDEN},
    {BOOL("disable_vnc", "false")},
    {BOOL("enable_uvm", "false")},
    {BOOL("enable_debugging", "false")},
    {BOOL("enable_profiling", "false")},
    {TEXT_IS("profile_type", "\"any\"")},
    END,
};

static const struct column settings_sriov[] = {
    KEY,
    OF_DEVICE,
    {NUMBER("vlan", "0"), RANGE(0, 4094)},
    {NUMBER("qos", "0"), RANGE(0, 7)},
    {TEXT_IS("proto", "\"802.1Q\""), .choices = vlan_protocols},
    {NUMBER("max_tx_rate", "0"), RANGE(0, INT32_MAX)},
    {NUMBER("min_tx_rate", "0"), RANGE(0, INT32_MAX)},
    {TEXT_IS("trust", "\"off\""), .choices = switches},
    {TEXT_IS("spoofchk", "\"on\""), .choices = switches},
    {TEXT_IS("query_rss", "\"default\""), .choices = switches},
    {TEXT_IS("state", "\"default\""), .choices = link_states},
    {TEXT("macaddress"), RANGE(0, 17)},
    END,
};

/* No client reads these two, so their columns are unpublished. One is made up for the legacy
 * GPU, as something that a client cannot know beforehand; the host GPU has none. */
static const struct column settings_gpu[] = {KEY, OF_DEVICE, {BOOL("rombar", "true")}, END};
static const struct column settings_host_gpu[] = {KEY, OF_DEVICE, END};

static const struct column resource_groups[] = {
    KEY,
    {NUMBER("id", NULL), .flags = HIDDEN}, /* the key where keys are integers */
    {TEXT("uuid"), .flags = READONLY | SUMMARY},
    {TEXT("name"), .flags = REQUIRED | SUMMARY, RANGE(1, 256)},
    {TEXT("description"), RANGE(0, 2048)},
    {TEXT("type"), .flags = CREATE_ONLY | REQUIRED | SUMMARY, .choices = group_types},
    {TEXT_IS("class", "\"unknown\""), .choices = group_classes},
    {BOOL("enabled", "true"), .flags = SUMMARY},
    {NUMBER("settings", NULL), .flags = READONLY},
    {.name = "settings_args", .type = TYPE_ARGUMENT},
    {.name = "key_args", .type = TYPE_ARGUMENT, .flags = CREATE_ONLY},
    {TIME("created")},
    {TIME("modified")},
    ROWS("rules", TABLE_RESOURCE_RULES, "resource_group"),
    ROWS("resources", TABLE_RESOURCES, "resource_group"),
    ROWS("devices", TABLE_MACHINE_DEVICES, "resource_group"),
    END,
};

static const struct column resource_rules[] = {
    KEY,
    {REFERENCE("resource_group", TABLE_RESOURCE_GROUPS), .flags = CREATE_ONLY | REQUIRED | SUMMARY},
    {TEXT("name"), .flags = REQUIRED | SUMMARY, RANGE(1, 256)},
    {BOOL("enabled", "true"), .flags = SUMMARY},
    {TEXT("type"), .flags = READONLY, .choices = group_types},
    {REFERENCE("node", TABLE_NODES), .flags = NULLABLE},
    {TEXT("filter")},
    {.name = "filter_configuration", .type = TYPE_DOCUMENT},
    {BOOL("system_created", "false"), .flags = READONLY},
    {.name = "auto_create_based_on", .type = TYPE_ARGUMENT, .flags = CREATE_ONLY},
    {TIME("modified")},
    ROWS("resources", TABLE_RESOURCES, "resource_rule"),
    END,
};

/* What a group's rules found on the hosts; the real table is unpublished, its count is not. */
static const struct column resources[] = {
    KEY,
    {REFERENCE("resource_group", TABLE_RESOURCE_GROUPS), .flags = READONLY | SUMMARY},
    {REFERENCE("resource_rule", TABLE_RESOURCE_RULES), .flags = READONLY},
    {REFERENCE("node", TABLE_NODES), .flags = READONLY},
    {TEXT("name"), .flags = READONLY | SUMMARY},
    {.name = "device", .type = TYPE_PATH, .flags = READONLY},
    END,
};

static const struct column clusters[] = {
    KEY,
    {TEXT("name"), .flags = SUMMARY},
    {TEXT("description")},
    {BOOL("enabled", "true")},
    {BOOL("compute", "true")},
    {BOOL("storage", "true")},
    {TEXT_IS("default_cpu", "\"host\"")},
    {TIME("created")},
    ROWS("nodes", TABLE_NODES, "cluster"),
    END,
};

static const struct column nodes[] = {
    KEY,
    {TEXT("name"), .flags = SUMMARY},
    {TEXT("description")},
    {REFERENCE("machine", TABLE_MACHINES), .flags = READONLY},
    {REFERENCE("cluster", TABLE_CLUSTERS), .flags = READONLY},
    {BOOL("physical", "true")},
    {BOOL("maintenance", "false")},
    {BOOL("iommu", "true")},
    {BOOL("need_restart", "false")},
    {NUMBER("ram", "524288")},
    {NUMBER("cores", "64")},
    {TEXT("model")},
    {TEXT("cpu")},
    {TEXT("yb_version")},
    {TEXT("os_version")},
    {TIME("created")},
    {TIME("modified")},
    END,
};

static const struct column users[] = {
    KEY,
    {TEXT("name"), .flags = SUMMARY},
    {TEXT("displayname")},
    {BOOL("enabled", "true")},
    {TIME("created")},
    END,
};

static const struct column system_row[] = {
    KEY,
    {TEXT("yb_version"), .flags = SUMMARY},
    {TEXT("os_version"), .flags = SUMMARY},
    {TEXT("cloud_name"), .flags = SUMMARY},
    {TEXT("branch"), .flags = SUMMARY},
    END,
};

static const struct column machine_drives[] = {
    KEY,
    {REFERENCE("machine", TABLE_MACHINES), .flags = SUMMARY},
    {TEXT("name"), .flags = SUMMARY},
    {NUMBER("disksize", "0")},
    {TEXT("media")},
    {TEXT("interface")},
    {NUMBER("orderid", "0")},
    END,
};

static const struct column machine_nics[] = {
    KEY,
    {REFERENCE("machine", TABLE_MACHINES), .flags = SUMMARY},
    {TEXT("name"), .flags = SUMMARY},
    {TEXT("macaddress")},
    {TEXT("interface")},
    {NUMBER("orderid", "0")},
    END,
};

#define ON_NODE \
    { \
        REFERENCE("node", TABLE_NODES), .flags = READONLY | SUMMARY \
    }
#define NAMED \
    { \
        .name = "name", .type = TYPE_TEXT, .flags = READONLY | SUMMARY \
    }
#define PCI_DEVICE \
    { \
        REFERENCE("pci_device", TABLE_NODE_PCI), .flags = READONLY \
    }

static const struct column node_pci_devices[] = {
    KEY,
    ON_NODE,
    NAMED,
    FACT("slot"),
    FACT("class"),
    FACT("class_hex"),
    FACT("device_type"),
    FACT("vendor"),
    FACT("device"),
    FACT("vendor_device_hex"),
    FACT("svendor"),
    FACT("subsystem_device"),
    FACT("physical_slot"),
    FACT("driver"),
    FACT("module"),
    COUNTED("numa"),
    COUNTED("iommu_group"),
    COUNTED("sriov_totalvfs"),
    COUNTED("sriov_numvfs"),
    END,
};

static const struct column node_usb_devices[] = {
    KEY,
    ON_NODE,
    NAMED,
    FACT("bus"),
    FACT("device"),
    FACT("path"),
    FACT("devpath"),
    FACT("vendor"),
    FACT("vendor_id"),
    FACT("model"),
    FACT("model_id"),
    FACT("serial"),
    FACT("usb_version"),
    FACT("speed"),
    FACT("interface_drivers"),
    END,
};

static const struct column node_sriov_nic_devices[] = {
    KEY,
    ON_NODE,
    PCI_DEVICE,
    NAMED,
    FACT("slot"),
    FACT("vendor"),
    FACT("device"),
    FACT("vendor_device_hex"),
    FACT("svendor"),
    FACT("subsystem_device"),
    FACT("physical_slot"),
    FACT("physical_function"),
    FACT("revision_number"),
    FACT("driver"),
    FACT("module"),
    COUNTED("numa"),
    COUNTED("iommu_group"),
    END,
};

static const struct column node_nvidia_vgpu_devices[] = {
    KEY,
    ON_NODE,
    PCI_DEVICE,
    NAMED,
    FACT("slot"),
    FACT("vendor"),
    FACT("device"),
    FACT("type_id"),
    COUNTED("max_instances"),
    FACT("physical_function"),
    FACT("virtfn"),
    FACT("fingerprint"),
    FACT("driver"),
    {TIME("created")},
    {TIME("modified")},
    END,
};

static const struct column node_host_gpu_devices[] = {
    KEY,
    ON_NODE,
    PCI_DEVICE,
    NAMED,
    FACT("slot"),
    FACT("vendor"),
    FACT("device"),
    COUNTED("device_index"),
    COUNTED("max_instances"),
    FACT("physical_function"),
    FACT("fingerprint"),
    FACT("driver"),
    {TIME("created")},
    {TIME("modified")},
    END,
};

static const struct column node_gpus[] = {
    KEY,
    ON_NODE,
    NAMED,
    {TEXT_IS("mode", "\"none\""), .flags = READONLY | SUMMARY, .choices = gpu_modes},
    {REFERENCE("nvidia_vgpu_profile", TABLE_VGPU_PROFILES), .flags = READONLY},
    COUNTED("max_instances"),
    ROWS("instances", TABLE_NODE_GPU_INSTANCES, "gpu"),
    END,
};

static const struct column node_gpu_instances[] = {
    KEY,
    ON_NODE,
    {REFERENCE("gpu", TABLE_NODE_GPUS), .flags = READONLY | SUMMARY},
    {TEXT_IS("mode", "\"none\""), .flags = READONLY, .choices = gpu_modes},
    PCI_DEVICE,
    {REFERENCE("machine_device", TABLE_MACHINE_DEVICES), .flags = READONLY},
    END,
};

#define GPU_STATISTICS \
    KEY, ON_NODE, COUNTED("gpus_total"), COUNTED("gpus"), COUNTED("gpus_idle"), \
        COUNTED("vgpus_total"), COUNTED("vgpus"), COUNTED("vgpus_idle"), {TIME("timestamp")}, END

static const struct column node_gpu_stats[] = {GPU_STATISTICS};

static const struct column nvidia_vgpu_profiles[] = {
    KEY,
    NAMED,
    FACT("type_id"),
    FACT("profile_type"),
    COUNTED("framebuffer"),
    COUNTED("max_instances"),
    END,
};

static const struct column node_nvidia_vgpu_profiles[] = {
    KEY, ON_NODE, NAMED, FACT("type_id"), COUNTED("max_instances"), COUNTED("available_instances"),
    END,
};

const struct table schema[TABLE_COUNT] = {
    [TABLE_VMS] = {"vms", 0, vms},
    [TABLE_MACHINES] = {"machines", FIXED, machines},
    [TABLE_MACHINE_STATUS] = {"machine_status", FIXED, machine_status},
    [TABLE_MACHINE_DEVICES] = {"machine_devices", ALL_WITHOUT_KEY, machine_devices},
    [TABLE_MACHINE_DEVICE_STATUS] = {"machine_device_status", FIXED, machine_device_status},
    [TABLE_SETTINGS_TPM] = {"machine_device_settings_tpm", UPDATE_ONLY, settings_tpm},
    [TABLE_SETTINGS_USB] = {"machine_device_settings_usb", UPDATE_ONLY, settings_usb},
    [TABLE_SETTINGS_VGPU] = {"machine_device_settings_nvidia_vgpu", UPDATE_ONLY, settings_vgpu},
    [TABLE_SETTINGS_SRIOV] = {"machine_device_settings_sriov_nic", UPDATE_ONLY, settings_sriov},
    [TABLE_SETTINGS_GPU] = {"machine_device_settings_gpu", UPDATE_ONLY, settings_gpu},
    [TABLE_SETTINGS_HOST_GPU] = {"machine_device_settings_host_gpu", UPDATE_ONLY,
                                 settings_host_gpu},
    [TABLE_RESOURCE_GROUPS] = {"resource_groups", UUID_KEYS | ALL_WITHOUT_KEY, resource_groups},
    [TABLE_RESOURCE_RULES] = {"resource_rules", 0, resource_rules},
    [TABLE_RESOURCES] = {"resources", FIXED, resources},
    [TABLE_CLUSTERS] = {"clusters", FIXED, clusters},
    [TABLE_NODES] = {"nodes", FIXED, nodes},
    [TABLE_USERS] = {"users", FIXED, users},
    [TABLE_SYSTEM] = {"system", FIXED, system_row},
    [TABLE_MACHINE_DRIVES] = {"machine_drives", FIXED, machine_drives},
    [TABLE_MACHINE_NICS] = {"machine_nics", FIXED, machine_nics},
    [TABLE_NODE_PCI] = {"node_pci_devices", FIXED, node_pci_devices},
    [TABLE_NODE_USB] = {"node_usb_devices", FIXED, node_usb_devices},
    [TABLE_NODE_SRIOV] = {"node_sriov_nic_devices", FIXED, node_sriov_nic_devices},
    [TABLE_NODE_VGPU] = {"node_nvidia_vgpu_devices", FIXED, node_nvidia_vgpu_devices},
    [TABLE_NODE_HOST_GPU] = {"node_host_gpu_devices", FIXED, node_host_gpu_devices},
    [TABLE_NODE_GPUS] = {"node_gpus", FIXED, node_gpus},
    [TABLE_NODE_GPU_INSTANCES] = {"node_gpu_instances", FIXED, node_gpu_instances},
    [TABLE_NODE_GPU_STATS] = {"node_gpu_stats", FIXED, node_gpu_stats},
    [TABLE_NODE_GPU_STATS_SHORT] = {"node_gpu_stats_history_short", FIXED, node_gpu_stats},
    [TABLE_NODE_GPU_STATS_LONG] = {"node_gpu_stats_history_long", FIXED, node_gpu_stats},
    [TABLE_VGPU_PROFILES] = {"nvidia_vgpu_profiles", FIXED, nvidia_vgpu_profiles},
    [TABLE_NODE_VGPU_PROFILES] = {"node_nvidia_vgpu_profiles", FIXED, node_nvidia_vgpu_profiles},
};

const char *const empty_tables[] = {
    "alarms",
    "cloudinit_files",
    "files",
    "groups",
    "logs",
    "machine_device_gpu_stats_history_long",
    "machine_device_gpu_stats_history_short",
    "machine_device_stats",
    "machine_logs",
    "machine_snapshots",
    "machine_stats",
    "machine_stats_history_long",
    "machine_stats_history_short",
    "node_allocated_gpus",
    "node_device_instances",
    "node_drivers",
    "tag_categories",
    "tag_members",
    "tags",
    "tasks",
    "tenants",
    "user_api_keys",
    "vm_favorites",
    "vnets",
    NULL,
};
