/* SPDX-License-Identifier: MIT */
/* How many requests each job takes, by size of the fleet. What CI asserts of this stands in
 * tests/integration/check_requests.c; here is the whole of it, up to 80 000 devices. */
#include "tests/bench/bench.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the jobs; each on a mount that has asked for nothing but what it asks at its start ---- */

static unsigned fleet_vms;

static const char *middle_vm(void)
{
    return text("vms/vm-%05u", fleet_vms / 2);
}

static void read_quietly(int folder, const char *name)
{
    char bytes[65536];
    int fd = openat(folder, name, O_RDONLY);
    while (fd >= 0 && read(fd, bytes, sizeof(bytes)) > 0)
        ;
    if (fd < 0 || close(fd))
        fail_test("%s: %s", name, strerror(errno));
}

static void one_attribute(void)
{
    read_file("%s/devices/tpm_0/status", middle_vm());
}

typedef void visitor(int device);

static void every_device(const char *vm, visitor *visit)
{
    size_t count;
    const char **names = names_in(&count, "vms/%s/devices", vm);
    for (size_t i = 0; i < count; i++) {
        int device = open(path("vms/%s/devices/%s", vm, names[i]), O_RDONLY | O_DIRECTORY);
        if (device < 0)
            fail_test("%s/%s: %s", vm, names[i], strerror(errno));
        visit(device);
        close(device);
    }
}

static void whole_fleet(visitor *visit)
{
    size_t count;
    const char **names = names_in(&count, "vms");
    for (size_t i = 0; i < count; i++)
        every_device(names[i], visit);
}

static void read_three(int device)
{
    read_quietly(device, "type");
    read_quietly(device, "status");
    read_quietly(device, "enabled");
}

static void three_of_all(void)
{
    whole_fleet(read_three);
}

static void all_names(void)
{
    expect_run(0, "", "find . >/dev/null");
}

/* Sizes are of contents: those of settings.json take the settings. */
static void names_and_sizes(void)
{
    expect_run(0, "", "find . -printf %%s >/dev/null");
}

static void read_settings(int device)
{
    read_quietly(device, "settings.json");
    read_quietly(device, "device.json");
}

static void tree_with_settings(void)
{
    names_and_sizes();
    whole_fleet(read_settings);
}

/* What is to be toggled has been read before; only what comes then counts. */
static void toggle_eight(void)
{
    size_t count;
    const char **names = names_in(&count, "%s/devices", middle_vm());
    bool enabled[BENCH_DEVICES];
    for (size_t i = 0; i < BENCH_DEVICES; i++)
        enabled[i] = strcmp(read_file("%s/devices/%s/enabled", middle_vm(), names[i]), "true\n");
    sim_clear_log();
    for (size_t i = 0; i < BENCH_DEVICES; i++)
        expect_ok(write_file(enabled[i] ? "true\n" : "false\n", "%s/devices/%s/enabled",
                             middle_vm(), names[i]));
}

static void again(void)
{
    three_of_all();
    sim_clear_log();
    three_of_all();
}

/* ---- limits: spec §5, with one request for each further page ---- */

static unsigned pages(unsigned rows)
{
    return (rows + 999) / 1000;
}

static unsigned limit_one(void)
{
    return 2;
}

static unsigned limit_three_of_all(void)
{
    return 1 + pages(fleet_vms) + pages((fleet_vms + 3) * BENCH_DEVICES + 2);
}

/* Six settings tables are in use; one has the settings of two types of device. */
static unsigned limit_settings(void)
{
    return limit_three_of_all() + 5 * pages(fleet_vms + 4) + pages(2 * (fleet_vms + 4));
}

static unsigned limit_toggle(void)
{
    return 2 * BENCH_DEVICES;
}

static unsigned limit_none(void)
{
    return 0;
}

/* ---- the table ---- */

static const struct job {
    const char *name;
    void (*work)(void);
    unsigned (*limit)(void);
} jobs[] = {
    {"one attribute, cold", one_attribute, limit_one},
    {"type+status+enabled of all, cold", three_of_all, limit_three_of_all},
    {"whole tree without settings", all_names, limit_three_of_all},
    {"whole tree with settings", tree_with_settings, limit_settings},
    {"toggle 8 devices, rows fresh", toggle_eight, limit_toggle},
    {"type+status+enabled of all, again", again, limit_none},
};

static void run_job(const struct job *job)
{
    struct mount *mount = bench_mount(NULL);
    double begun = bench_now();
    sim_clear_log();
    job->work();
    double took = bench_now() - begun;
    unsigned count = (unsigned)sim_count(NULL, NULL);
    bench_line("%-36s %6u x %d %8u %8u  %-6s %8.2f s", job->name, fleet_vms, BENCH_DEVICES, count,
               job->limit(), bench_verdict(count, job->limit()), took);
    mount_stop(mount);
}

START_TEST(requests_of_each_job)
{
    fleet_vms = bench_sizes[_i];
    struct sim *sim = bench_sim(fleet_vms, 0);
    for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
        run_job(&jobs[i]);
    sim_stop(sim);
}
END_TEST

static void title(void)
{
    bench_title("(a) Requests of each job; the limit is that of the specification, with one more "
                "for each further page");
    bench_line("%-36s %10s %8s %8s  %-6s %10s", "job", "fleet", "requests", "limit", "", "took");
}

void add_requests(Suite *suite)
{
    TCase *made = bare_case(suite, "requests");
    tcase_add_unchecked_fixture(made, title, NULL);
    tcase_add_loop_test(made, requests_of_each_job, 0, bench_size_count());
}
