/* SPDX-License-Identifier: MIT */
#include "tests/simulator/fleet.h"
#include "tests/simulator/devices.h"
#include "tests/simulator/power.h"
#include "tests/simulator/vms.h"

#include <stdio.h>

enum { SNAPSHOTS = 3, NODES = 4, FIRST_MACHINE = 200000, EPOCH = 1704067200, DAY = 86400 };

/* In the order in which a VM gets them, over and over. */
static const struct {
    const char *type;
    const char *group; /* the name of the pool, or NULL */
} kinds[] = {
    {"node_nvidia_vgpu_devices", "vGPU Pool A"},
    {"tpm", NULL},
    {"node_usb_devices", "USB Pool"},
    {"node_sriov_nic_devices", "SR-IOV Pool"},
    {"node_host_gpu_devices", "GPU Pool"},
    {"node_pci_devices", "PCI Pool"},
    {"gpu", NULL},
    {"nvidia_vgpu", NULL},
};

static const struct {
    const char *name, *type, *class;
} pools[] = {
    {"GPU Pool", "node_host_gpu_devices", "gpu"},
    {"vGPU Pool A", "node_nvidia_vgpu_devices", "vgpu"},
    {"vGPU Pool B", "node_nvidia_vgpu_devices", "vgpu"},
    {"USB Pool", "node_usb_devices", "usb"},
    {"SR-IOV Pool", "node_sriov_nic_devices", "network"},
    {"PCI Pool", "node_pci_devices", "pci"},
};

enum { KINDS = sizeof(kinds) / sizeof(*kinds), POOLS = sizeof(pools) / sizeof(*pools) };

static const char *const statuses[] = {"online", "online",  "online",  "online",
                                       "online", "warning", "missing", "idle"};

static void set_times(struct store *store, enum table_id table, struct row *row, int64_t number)
{
    store_set_number(store, table, row, "created", EPOCH + number % DAY);
    store_set_number(store, table, row, "modified", EPOCH + DAY + number % DAY);
}

static void add_system(struct store *store)
{
    struct row *system = store_append(store, TABLE_SYSTEM);
    struct row *cluster = store_append(store, TABLE_CLUSTERS);

    store_set_text(store, TABLE_SYSTEM, system, "yb_version", "26.1.8");
    store_set_text(store, TABLE_SYSTEM, system, "os_version", "26.1.8");
    store_set_text(store, TABLE_SYSTEM, system, "cloud_name", "fleet");
    store_set_text(store, TABLE_SYSTEM, system, "branch", "stable");
    store_set_text(store, TABLE_CLUSTERS, cluster, "name", "cluster1");
}

static void add_node(struct store *store, int number)
{
    struct row *node = store_append(store, TABLE_NODES);
    struct row *machine = store_append(store, TABLE_MACHINES);
    char name[32];

    (void)snprintf(name, sizeof(name), "node%d", number);
    store_set_text(store, TABLE_NODES, node, "name", name);
    store_set_text(store, TABLE_MACHINES, machine, "name", name);
    store_set_text(store, TABLE_MACHINES, machine, "type", "node");
    store_set_number(store, TABLE_NODES, node, "cluster", 1);
    store_set_number(store, TABLE_MACHINES, machine, "cluster", 1);
    machine_complete(store, machine);
    store_set(store, TABLE_NODES, node, column_named(TABLE_NODES, "machine"),
              value_copy(&machine->cells[COLUMN_KEY]));
}

static void add_pool(struct store *store, int number)
{
    struct row *group;
    char key[40];

    (void)snprintf(key, sizeof(key), "00000000-0000-4000-8000-%012d", number + 1);
    group = store_insert(store, TABLE_RESOURCE_GROUPS, value_text(key));
    store_set_text(store, TABLE_RESOURCE_GROUPS, group, "name", pools[number].name);
    store_set_text(store, TABLE_RESOURCE_GROUPS, group, "type", pools[number].type);
    store_set_text(store, TABLE_RESOURCE_GROUPS, group, "class", pools[number].class);
    set_times(store, TABLE_RESOURCE_GROUPS, group, number);
    change_complete(store, TABLE_RESOURCE_GROUPS, group);
}

static void set_pool(struct store *store, struct row *device, const char *name)
{
    struct value wanted = value_text(name);
    struct range named = store_pointing(store, TABLE_RESOURCE_GROUPS, "name", &wanted);

    store_set(store, TABLE_MACHINE_DEVICES, device,
              column_named(TABLE_MACHINE_DEVICES, "resource_group"),
              value_copy(&named.rows[0]->cells[COLUMN_KEY]));
    value_clear(&wanted);
}

static void add_device(struct store *store, int64_t machine, int number, bool on)
{
    const enum table_id table = TABLE_MACHINE_DEVICES;
    struct row *device = store_append(store, table);
    int64_t key = device->cells[COLUMN_KEY].number;

    store_set_number(store, table, device, "machine", machine);
    store_set_text(store, table, device, "type", kinds[number % KINDS].type);
    if (kinds[number % KINDS].group)
        set_pool(store, device, kinds[number % KINDS].group);
    store_set_number(store, table, device, "orderid", number < 64 ? number : 64);
    set_times(store, table, device, key);
    device_complete(store, device);
    device_set_status(store, device, on ? statuses[key % 8] : "offline", "");
}

static void add_vm(struct store *store, int number, int devices, bool snapshot)
{
    struct row *vm = store_append(store, TABLE_VMS);
    bool on = !snapshot && number % 5 != 0;
    int64_t machine = FIRST_MACHINE + number;
    char name[64];

    (void)snprintf(name, sizeof(name), snapshot ? "vm-%05d snapshot" : "vm-%05d", number);
    store_set_text(store, TABLE_VMS, vm, "name", name);
    store_set_bool(store, TABLE_VMS, vm, "is_snapshot", snapshot);
    store_set_number(store, TABLE_VMS, vm, "cpu_cores", 2 << (number % 4));
    store_set_number(store, TABLE_VMS, vm, "ram", 4096 << (number % 4));
    store_set_number(store, TABLE_VMS, vm, "machine", machine);
    set_times(store, TABLE_VMS, vm, number);
    vm_complete(store, vm);
    power_set(store, vm, on);
    for (int device = 0; device < devices; device++)
        add_device(store, machine, device, on);
}

struct store *fleet_generate(int vms, int devices)
{
    struct store *store = store_new();

    add_system(store);
    for (int number = 1; number <= NODES; number++)
        add_node(store, number);
    for (int number = 0; number < POOLS; number++)
        add_pool(store, number);
    for (int number = 1; number <= vms; number++)
        add_vm(store, number, devices, false);
    for (int number = 1; number <= SNAPSHOTS; number++)
        add_vm(store, vms + number, devices, true);
    add_device(store, 1, 5, true);
    add_device(store, 2, 4, true);
    return store;
}
