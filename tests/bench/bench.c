/* SPDX-License-Identifier: MIT */
/* The benchmark: `make bench`. One table, printed and written to $BENCH_FILE (bench.txt). */
#include "tests/bench/bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const unsigned bench_sizes[] = {10, 100, 1000, 10000};

int bench_size_count(void)
{
    const char *most = getenv("BENCH_MOST_VMS");
    int count = 0;
    while (count < 4 && (!most || bench_sizes[count] <= strtoul(most, NULL, 10)))
        count++;
    return count;
}

/* ---- the table ---- */

static const char *table_file(void)
{
    const char *file = getenv("BENCH_FILE");
    return file && *file ? file : "bench.txt";
}

static void write_line(const char *line)
{
    FILE *table = fopen(table_file(), "a");
    if (!table) {
        perror(table_file());
        exit(EXIT_FAILURE);
    }
    fprintf(table, "%s\n", line);
    fclose(table);
    printf("%s\n", line);
    fflush(stdout);
}

void bench_title(const char *format, ...)
{
    char line[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    write_line("");
    write_line(line);
}

void bench_line(const char *format, ...)
{
    char line[300] = "  ";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + 2, sizeof(line) - 2, format, arguments);
    va_end(arguments);
    write_line(line);
}

const char *bench_verdict(double figure, double target)
{
    return figure <= target ? "ok" : "MISSED";
}

/* ---- helpers ---- */

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double bench_cpu(pid_t pid)
{
    clockid_t clock;
    struct timespec used = {0};
    if (!clock_getcpuclockid(pid, &clock))
        clock_gettime(clock, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static int compare_figures(const void *one, const void *other)
{
    double first = *(const double *)one, second = *(const double *)other;
    return first < second ? -1 : first > second;
}

double bench_median(double *figures, size_t count)
{
    qsort(figures, count, sizeof(*figures), compare_figures);
    return (figures[(count - 1) / 2] + figures[count / 2]) / 2;
}

struct sim *bench_sim(unsigned vms, unsigned delay_ms)
{
    struct sim *sim =
        sim_start(&(struct sim_options){.fleet = text("%ux%d", vms, BENCH_DEVICES),
                                        .args = delay_ms ? text("--delay-ms %u", delay_ms) : NULL});
    sim_use(sim);
    return sim;
}

struct mount *bench_mount(const char *options)
{
    struct mount *mount = mount_start(
        &(struct mount_options){.options = options ? text("ttl=36000,%s", options) : "ttl=36000"});
    mount_use(mount);
    return mount;
}

void bench_rest(void)
{
    struct timespec second = {.tv_sec = 1, .tv_nsec = 200000000};
    nanosleep(&second, NULL);
}

/* ---- the run ---- */

static void begin_table(void)
{
    char date[40];
    time_t now = time(NULL);
    strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", gmtime(&now));
    unlink(table_file());
    write_line(text("vergefs benchmark, %s, %ld processors", date, sysconf(_SC_NPROCESSORS_ONLN)));
}

int main(void)
{
    Suite *suite = suite_create("bench");
    begin_table();
    add_requests(suite);
    add_cold(suite);
    add_warm(suite);
    add_memory(suite);
    add_refresh(suite);
    return run_suite(suite);
}
