/* SPDX-License-Identifier: MIT */
/*
 * What a file costs whose rows are fresh: vergefs, the least filesystem that libfuse allows
 * (floor.c) with the same files, and /sys. The three take turns, a few dozen milliseconds each, and
 * the ratio is the median of those of the turns. With one thread, it and the filesystem share one
 * processor: wake-ups across processors are the noisiest thing there is.
 */
#include "tests/bench/bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TARGET 1.25
#define TURNS 41
#define TURN_SECONDS 0.04
#define MOST_THREADS 4

/* One directory of small files in each. */
struct place {
    const char *name;
    int folder;
    const char **names;
    size_t count;
};

typedef void action(const struct place *place, size_t index);

/* ---- what is done ---- */

static void check(long returned, const char *name)
{
    if (returned < 0)
        fail_test("%s: %s", name, strerror(errno));
}

static void act_stat(const struct place *place, size_t index)
{
    struct stat attr;
    check(fstatat(place->folder, place->names[index], &attr, 0), place->names[index]);
}

/* The kernel is not to answer by itself. */
static void act_getattr(const struct place *place, size_t index)
{
    struct statx attr;
    check(statx(place->folder, place->names[index], AT_STATX_FORCE_SYNC, STATX_ALL, &attr),
          place->names[index]);
}

static void act_read(const struct place *place, size_t index)
{
    char bytes[4096];
    int fd = openat(place->folder, place->names[index], O_RDONLY);
    check(fd, place->names[index]);
    check(read(fd, bytes, sizeof(bytes)), place->names[index]);
    check(close(fd), place->names[index]);
}

static void act_list(const struct place *place, size_t index)
{
    (void)index;
    DIR *folder = fdopendir(openat(place->folder, ".", O_RDONLY | O_DIRECTORY));
    if (!folder)
        fail_test("%s: %s", place->name, strerror(errno));
    while (readdir(folder))
        ;
    closedir(folder);
}

/* ---- how often in a turn ---- */

struct turn {
    const struct place *place;
    action *act;
    double end;
    atomic_ulong count;
};

static void *take_turn(void *argument)
{
    struct turn *turn = argument;
    unsigned long count = 0;
    while (bench_now() < turn->end)
        for (size_t i = 0; i < 8; i++, count++)
            turn->act(turn->place, count % turn->place->count);
    atomic_fetch_add(&turn->count, count);
    return NULL;
}

/* Microseconds for each. */
static double measure(const struct place *place, action *act, size_t threads)
{
    pthread_t others[MOST_THREADS];
    double begun = bench_now();
    struct turn turn = {.place = place, .act = act, .end = begun + TURN_SECONDS};
    for (size_t i = 1; i < threads; i++)
        pthread_create(&others[i], NULL, take_turn, &turn);
    take_turn(&turn);
    for (size_t i = 1; i < threads; i++)
        pthread_join(others[i], NULL);
    return (bench_now() - begun) / (double)atomic_load(&turn.count) * 1e6;
}

/* ---- the three ---- */

enum { OURS, FLOOR, SYS, PLACES };

static struct place place_at(const char *name, const char *folder, const char *suffix)
{
    struct place place = {.name = name, .folder = open(folder, O_RDONLY | O_DIRECTORY)};
    size_t count;
    check(place.folder, folder);
    place.names = names_in(&count, "%s", folder);
    for (size_t i = 0; i < count; i++) {
        struct stat attr;
        bool wanted =
            suffix == NULL ? !strstr(place.names[i], ".json") : !strcmp(place.names[i], suffix);
        if (wanted && !fstatat(place.folder, place.names[i], &attr, AT_SYMLINK_NOFOLLOW) &&
            S_ISREG(attr.st_mode) && !faccessat(place.folder, place.names[i], R_OK, 0) &&
            try_read("%s/%s", folder, place.names[i]) == 0)
            place.names[place.count++] = place.names[i];
    }
    return place;
}

static void compare(const char *what, struct place *places, action *act, size_t threads)
{
    double times[PLACES][TURNS], ratios[TURNS];
    for (size_t turn = 0; turn < TURNS; turn++) {
        for (size_t i = 0; i < PLACES; i++)
            times[i][turn] = places[i].count ? measure(&places[i], act, threads) : 0;
        ratios[turn] = times[OURS][turn] / times[FLOOR][turn];
    }
    double ratio = bench_median(ratios, TURNS);
    double ours = bench_median(times[OURS], TURNS), sys = bench_median(times[SYS], TURNS);
    bench_line("%-32s %7zu %8.2f us %8.2f us %6.2f %-6s %8.2f us %6s", what, threads, ours,
               bench_median(times[FLOOR], TURNS), ratio, bench_verdict(ratio, TARGET), sys,
               sys > 0 ? text("%.2f", ours / sys) : "-");
}

static void compare_all(struct place *scalars, struct place *documents, size_t threads)
{
    compare("stat", scalars, act_stat, threads);
    compare("stat that asks the filesystem", scalars, act_getattr, threads);
    compare("open+read+close of a value", scalars, act_read, threads);
    compare("open+read+close of settings.json", documents, act_read, threads);
    compare("readdir", scalars, act_list, threads);
}

/* Inherited by what is started from here on. */
static void use_processors(bool all)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < (all ? sysconf(_SC_NPROCESSORS_ONLN) : 1); i++)
        CPU_SET(i, &set);
    sched_setaffinity(0, sizeof(set), &set);
}

static const char device[] = "vms/vm-00001/devices/vgpu_0";

static struct mount *mount_floor(const struct mount *ours)
{
    setenv("VERGEFS", "tests/bench/floor", 1);
    struct mount *mount =
        mount_start(&(struct mount_options){.host = text("%s/%s", mount_path(ours), device)});
    unsetenv("VERGEFS");
    return mount;
}

static void close_places(struct place *places)
{
    for (size_t i = 0; i < PLACES; i++) {
        close(places[i].folder);
    }
}

static void measure_with(size_t threads)
{
    struct mount *ours = bench_mount(NULL);
    struct mount *floor = mount_floor(ours);
    const char *our_folder = text("%s/%s", mount_path(ours), device);
    struct place scalars[] = {place_at("vergefs", our_folder, NULL),
                              place_at("floor", mount_path(floor), NULL),
                              place_at("/sys", "/sys/class/net/lo/statistics", NULL)};
    struct place documents[] = {place_at("vergefs", our_folder, "settings.json"),
                                place_at("floor", mount_path(floor), "settings.json"),
                                place_at("/sys", "/sys/kernel", "none")};
    compare_all(scalars, documents, threads);
    close_places(scalars);
    close_places(documents);
    mount_stop(floor);
    mount_stop(ours);
}

START_TEST(warm_files)
{
    struct sim *sim = bench_sim(100, 0);
    use_processors(false);
    measure_with(1);
    use_processors(true);
    measure_with(MOST_THREADS);
    sim_stop(sim);
}
END_TEST

static void title(void)
{
    bench_title("(c) Warm files against the least that libfuse allows (target %.2f) and /sys",
                TARGET);
    bench_line("%-32s %7s %11s %11s %6s %-6s %11s %6s", "what", "threads", "vergefs", "floor",
               "ratio", "", "/sys", "ratio");
}

void add_warm(Suite *suite)
{
    TCase *made = bare_case(suite, "warm");
    tcase_add_unchecked_fixture(made, title, NULL);
    tcase_add_test(made, warm_files);
}
