/* SPDX-License-Identifier: MIT */
/*
 * How long a cold inventory takes, against the same requests by libcurl alone; and how long it is
 * from the start of vergefs to the first listing. Processor time stands beside, for that is what
 * remains where the server is near and the machine busy.
 */
#include "tests/bench/bench.h"

#include <stdlib.h>
#include <time.h>

#define ROUNDS 5
/* The pace of vergefs: never more than so many requests in a second. */
#define PER_SECOND 20

struct measured {
    double bare[ROUNDS], ours[ROUNDS], ratio[ROUNDS], start[ROUNDS];
    double bare_cpu[ROUNDS], our_cpu[ROUNDS];
};

/* All VMs and all devices: what a listing of the fleet's types needs. */
static double inventory(void)
{
    size_t count;
    double begun = bench_now();
    names_in(&count, "devices/by-type");
    double took = bench_now() - begun;
    ck_assert_uint_eq(count, 8);
    return took;
}

/* A mount of its own for each: nothing is held, connections are those of the login. */
static double cold_inventory(double *cpu)
{
    struct mount *mount = bench_mount(NULL);
    bench_rest();
    sim_clear_log();
    double before = bench_cpu(mount_pid(mount));
    double took = inventory();
    *cpu = bench_cpu(mount_pid(mount)) - before;
    mount_stop(mount);
    return took;
}

static double cold_start(void)
{
    size_t count;
    double begun = bench_now();
    struct mount *mount = bench_mount(NULL);
    names_in(&count, "vms");
    double took = bench_now() - begun;
    mount_stop(mount);
    return took;
}

/* The first time the simulator prepares its answers: that does not count. */
static const cJSON *warm_up(struct bare *bare)
{
    double cpu;
    cold_inventory(&cpu);
    const cJSON *log = sim_log();
    bare_replay(bare, log);
    return log;
}

static void measure(struct measured *measured, unsigned *requests)
{
    struct bare *bare = bare_open();
    const cJSON *log = warm_up(bare);
    *requests = (unsigned)cJSON_GetArraySize(log);
    for (size_t i = 0; i < ROUNDS; i++) {
        measured->ours[i] = cold_inventory(&measured->our_cpu[i]);
        double before = bench_cpu(0);
        measured->bare[i] = bare_replay(bare, log);
        measured->bare_cpu[i] = bench_cpu(0) - before;
        measured->ratio[i] = measured->ours[i] / measured->bare[i];
        measured->start[i] = cold_start();
    }
    bare_close(bare);
}

/* What the pace adds to anybody's time: all that exceeds the first second's share. */
static double paced(double bare, unsigned requests)
{
    double least = (double)(requests - 1) / PER_SECOND;
    return bare > least ? bare : least;
}

static void line(unsigned vms, unsigned delay, unsigned requests, struct measured *measured)
{
    double bare = bench_median(measured->bare, ROUNDS);
    double ours = bench_median(measured->ours, ROUNDS);
    double ratio = requests > PER_SECOND ? ours / paced(bare, requests)
                                         : bench_median(measured->ratio, ROUNDS);
    bench_line("%6u x %d %5u ms %8u %9.1f ms %9.1f ms %6.2f %-6s %8.1f %8.1f ms %9.1f ms", vms,
               BENCH_DEVICES, delay, requests, bare * 1e3, ours * 1e3, ratio,
               bench_verdict(ratio, 1.2), bench_median(measured->bare_cpu, ROUNDS) * 1e3,
               bench_median(measured->our_cpu, ROUNDS) * 1e3,
               bench_median(measured->start, ROUNDS) * 1e3);
}

START_TEST(cold_inventory_and_start)
{
    static const unsigned delays[] = {0, 20};
    unsigned vms = bench_sizes[_i];
    for (size_t i = 0; i < 2; i++) {
        struct measured measured;
        unsigned requests = 0;
        struct sim *sim = bench_sim(vms, delays[i]);
        measure(&measured, &requests);
        line(vms, delays[i], requests, &measured);
        sim_stop(sim);
    }
}
END_TEST

static void title(void)
{
    bench_title("(b) Cold inventory against the same GETs by libcurl over one connection (target "
                "1.2); (e) start to first listing of vms/");
    bench_line("Beyond %d requests the ratio is to the time in which so many a second may be sent.",
               PER_SECOND);
    bench_line("%10s %8s %8s %12s %12s %6s %-6s %20s %12s", "fleet", "latency", "requests",
               "libcurl", "vergefs", "ratio", "", "processor of each", "start");
}

void add_cold(Suite *suite)
{
    TCase *made = bare_case(suite, "cold");
    tcase_add_unchecked_fixture(made, title, NULL);
    tcase_add_loop_test(made, cold_inventory_and_start, 0, bench_size_count());
}
