/* SPDX-License-Identifier: MIT */
/*
 * What a refresh costs vergefs beyond the requests: all rows are compared, and the kernel is told
 * to ask again for what it may hold. In processor time, for nobody waits for most of it.
 */
#include "tests/bench/bench.h"

#include <time.h>

static struct mount *mount;
static unsigned vms;

/* Until vergefs has nothing left to do. */
static double cpu_at_rest(void)
{
    struct timespec moment = {.tv_nsec = 200000000};
    double before, now = bench_cpu(mount_pid(mount));
    do {
        before = now;
        nanosleep(&moment, NULL);
        now = bench_cpu(mount_pid(mount));
    } while (now - before > 0.001);
    return now;
}

static void measure(const char *what, void (*work)(void))
{
    double before = cpu_at_rest();
    work();
    bench_line("%-52s %8u %10.1f ms", what, vms * BENCH_DEVICES, (cpu_at_rest() - before) * 1e3);
}

static void refresh(void)
{
    expect_ok(write_file("1\n", ".vergefs/refresh"));
}

static void list_fleet(void)
{
    size_t count;
    names_in(&count, "devices/by-type");
}

static void look_at_one_file_of_each(void)
{
    expect_run(0, "", "printf '%%s\\n' vms/*/devices/*/enabled | xargs stat >/dev/null");
}

START_TEST(refreshes)
{
    vms = bench_sizes[bench_size_count() - 1];
    struct sim *sim = bench_sim(vms, 0);
    mount = bench_mount(NULL);
    list_fleet();
    measure("refresh; the kernel holds nothing of the devices", refresh);
    measure("all read again, nothing has changed", list_fleet);
    look_at_one_file_of_each();
    measure("refresh; the kernel holds a file of each", refresh);
    mount_stop(mount);
    sim_stop(sim);
}
END_TEST

static void title(void)
{
    bench_title("(f) A refresh, in processor time of vergefs");
    bench_line("%-52s %8s %13s", "what", "devices", "processor");
}

void add_refresh(Suite *suite)
{
    TCase *made = bare_case(suite, "refresh");
    tcase_add_unchecked_fixture(made, title, NULL);
    tcase_add_test(made, refreshes);
}
