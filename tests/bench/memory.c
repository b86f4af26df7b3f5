/* SPDX-License-Identifier: MIT */
/* What a held device costs in memory. */
#include "tests/bench/bench.h"

#include <stdlib.h>
#include <string.h>

#define TARGET_KIB 1.0

/* A line of /proc/PID/status, in KiB. */
static double status_kib(const struct mount *mount, const char *name)
{
    const char *status = read_file("/proc/%d/status", (int)mount_pid(mount));
    const char *line = strstr(status, text("\n%s:", name));
    return line ? strtod(strchr(line, ':') + 1, NULL) : 0;
}

static void line(const struct mount *mount, const char *what, double before, unsigned devices)
{
    double now = status_kib(mount, "VmRSS");
    double each = (now - before) / devices;
    bench_line("%-44s %8u %10.1f MiB %8.3f KiB %-6s peak %6.1f MiB", what, devices, now / 1024,
               each, bench_verdict(each, TARGET_KIB), status_kib(mount, "VmHWM") / 1024);
}

static void list_fleet(void)
{
    size_t count;
    names_in(&count, "devices/by-type");
}

/* A row of each settings table: the rest of the table comes along. */
static void read_settings(unsigned vms)
{
    size_t count;
    for (unsigned vm = 1; vm <= vms && vm <= 400; vm++) {
        const char **names = names_in(&count, "vms/vm-%05u/devices", vm);
        for (size_t i = 0; i < count; i++)
            try_read("vms/vm-%05u/devices/%s/settings.json", vm, names[i]);
    }
}

START_TEST(memory_per_device)
{
    unsigned vms = bench_sizes[bench_size_count() - 1], devices = vms * BENCH_DEVICES;
    struct sim *sim = bench_sim(vms, 0);
    struct mount *mount = bench_mount(NULL);
    double before = status_kib(mount, "VmRSS");
    list_fleet();
    line(mount, "VMs and devices", before, devices);
    for (int i = 0; i < 3; i++) {
        expect_ok(write_file("1\n", ".vergefs/refresh"));
        list_fleet();
    }
    line(mount, "the same, refreshed three times", before, devices);
    read_settings(vms);
    line(mount, "VMs, devices and their settings", before, devices);
    mount_stop(mount);
    sim_stop(sim);
}
END_TEST

static void title(void)
{
    bench_title("(d) Resident memory for each device (target 1 KiB)");
    bench_line("%-44s %8s %14s %12s", "held", "devices", "resident", "each");
}

void add_memory(Suite *suite)
{
    TCase *made = bare_case(suite, "memory");
    tcase_add_unchecked_fixture(made, title, NULL);
    tcase_add_test(made, memory_per_device);
}
