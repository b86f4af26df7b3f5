/* SPDX-License-Identifier: MIT
 *
 * Requests are the scarce resource (spec: freshness, and the API's budget): how many each job
 * takes, in fleets that fit a page and in fleets that do not; which go out together; how few
 * connections they use; that no budget and no pace is ever exceeded. Nothing here asserts a time
 * but one-sided: never faster than allowed.
 *
 * Each test has a mount of its own, which has asked for nothing yet but what it asks at its start.
 */
#include "tests/integration/harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE 1000

/* The generated fleets: so many VMs, with so many devices each. The simulator adds three snapshots
 * of VMs with their devices, and two devices of nodes. */
struct fleet {
    const char *size;
    unsigned vms, devices;
};
static const struct fleet within_a_page = {"100x8", 100, 8};
static const struct fleet beyond_a_page = {"1100x2", 1100, 2};

static unsigned pages(unsigned rows)
{
    return (rows + PAGE - 1) / PAGE;
}

static unsigned list_pages(const struct fleet *fleet)
{
    return pages(fleet->vms) + pages((fleet->vms + 3) * fleet->devices + 2);
}

static unsigned settings_pages(const struct fleet *fleet)
{
    /* One table has the rows of two kinds of device, the first and the eighth. */
    return fleet->devices == 2 ? 2 * pages(fleet->vms + 3)
                               : 5 * pages(fleet->vms + 4) + pages(2 * (fleet->vms + 3));
}

static const struct fleet *fleet; /* of the case at hand */

/* Of lists beyond a page one part is asked for alone before somebody is seen to walk. */
static unsigned before_a_walk(void)
{
    return fleet->vms > PAGE ? 1 : 0;
}

static void start_mount(const char *options)
{
    mount_use(mount_start(&(struct mount_options){.options = options}));
    sim_clear_log();
}

static const char *vm_name(unsigned number)
{
    return text("vm-%05u", number);
}

/* ---- what was asked ---- */

static int log_number(const cJSON *entry, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(entry, name)->valueint;
}

static const char *log_text(const cJSON *entry, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, name));
}

static const char *log_lines(void)
{
    const char *lines = "";
    const cJSON *entry;
    int shown = 0;
    cJSON_ArrayForEach(entry, sim_log())
    {
        if (++shown > 40)
            break;
        const char *query = log_text(entry, "query");
        const char *filter = strstr(query, "filter=");
        lines = text("%s%s %s %s\n", lines, log_text(entry, "method"), log_text(entry, "path"),
                     filter                   ? filter
                     : strstr(query, "sort=") ? strstr(query, "sort=")
                                              : query);
    }
    return lines;
}

#define expect_at_most(limit) (called_from(__FILE__, __LINE__), check_at_most(limit))
static void check_at_most(unsigned limit)
{
    unsigned count = (unsigned)sim_count(NULL, NULL);
    if (count > limit)
        fail_test("expected at most %u requests, found %u:\n%s", limit, count, log_lines());
}

/* No answer has more rows than a page, and the one that shows whether another page follows. */
static void expect_pages_only(void)
{
    const cJSON *entry;
    cJSON_ArrayForEach(entry, sim_log())
    {
        const char *limit = strstr(log_text(entry, "query"), "limit=");
        if (!limit || strtoul(limit + strlen("limit="), NULL, 10) > PAGE + 1)
            fail_test("asked for more than a page: %s", log_text(entry, "query"));
    }
}

/* ---- jobs ---- */

static void read_files(const char *device, const char *const *files)
{
    for (; *files; files++)
        expect_ok(try_read("%s/%s", device, *files));
}

static void read_of_all(const char *const *files)
{
    size_t vms, devices;
    const char **vm = names_in(&vms, "vms");
    for (size_t i = 0; i < vms; i++) {
        const char *folder = text("vms/%s/devices", vm[i]);
        const char **device = names_in(&devices, "%s", folder);
        for (size_t j = 0; j < devices; j++)
            read_files(text("%s/%s", folder, device[j]), files);
    }
    ck_assert_uint_eq(vms, fleet->vms);
}

static const char *const three[] = {"type", "status", "enabled", NULL};
static const char *const everything[] = {"settings.json", "device.json", "status", NULL};

/* ---- counts ---- */

START_TEST(one_attribute_takes_two_requests)
{
    start_mount("ttl=3600");
    expect_ok(try_read("vms/%s/devices/tpm_0/status", vm_name(fleet->vms / 2)));
    expect_at_most(2);
    expect_pages_only();
}
END_TEST

/* A settings row can be found only by its device's key, and no join leads to it: three. */
START_TEST(one_document_takes_its_settings_besides)
{
    start_mount("ttl=3600");
    expect_ok(try_read("vms/%s/devices/tpm_0/device.json", vm_name(fleet->vms - 1)));
    expect_at_most(3);
    expect_pages_only();
}
END_TEST

START_TEST(one_vm_takes_one_request)
{
    start_mount("ttl=3600");
    expect_ok(try_read("vms/%s/status", vm_name(fleet->vms)));
    expect_at_most(1);
    expect_pages_only();
}
END_TEST

START_TEST(a_fleet_takes_its_pages)
{
    start_mount("ttl=3600");
    read_of_all(three);
    expect_at_most(list_pages(fleet) + before_a_walk());
    expect_pages_only();
}
END_TEST

START_TEST(a_whole_tree_takes_its_pages)
{
    start_mount("ttl=3600");
    names_in(&(size_t){0}, "resource_groups");
    read_of_all(everything);
    /* Devices, and settings of all tables together. */
    expect_at_most(1 + list_pages(fleet) + settings_pages(fleet) + 2 * before_a_walk());
    expect_pages_only();
    sim_clear_log();
    expect_run(0, "", "find devices resource_groups vms/*99 -printf %%s >/dev/null");
    expect_at_most(0);
}
END_TEST

START_TEST(nothing_is_asked_twice)
{
    start_mount("ttl=3600");
    read_of_all(three);
    sim_clear_log();
    read_of_all(three);
    expect_at_most(0);
}
END_TEST

/* Nobody has listed anything here: that it is a walk shows only by and by. */
START_TEST(a_walk_by_name_costs_twice_its_pages)
{
    start_mount("ttl=3600");
    for (unsigned i = 0; i < fleet->vms; i++)
        expect_ok(try_read("vms/%s/devices/tpm_0/status", vm_name((i * 37) % fleet->vms + 1)));
    expect_at_most(2 * list_pages(fleet) + 2);
}
END_TEST

/* Few machines of a large fleet, looked at again and again, do not make anybody fetch all. */
START_TEST(a_few_are_asked_for_alone)
{
    start_mount("ttl=0");
    for (int round = 0; round < 4; round++)
        for (unsigned i = 1; i <= 2; i++)
            expect_ok(try_read("vms/%s/devices/tpm_0/status", vm_name(i)));
    expect_pages_only();
    const cJSON *entry;
    cJSON_ArrayForEach(entry, sim_log())
    {
        ck_assert_int_lt(log_number(entry, "bytes"), 20000);
    }
}
END_TEST

START_TEST(a_toggle_takes_two_requests)
{
    size_t count;
    start_mount("ttl=3600");
    const char *folder = text("vms/%s/devices", vm_name(fleet->vms / 3));
    const char **names = names_in(&count, "%s", folder);
    ck_assert_uint_eq(count, fleet->devices);
    for (size_t i = 0; i < count; i++)
        read_files(text("%s/%s", folder, names[i]), three);
    sim_clear_log();
    for (size_t i = 0; i < count; i++)
        expect_ok(write_file("false\n", "%s/%s/enabled", folder, names[i]));
    for (size_t i = 0; i < count; i++)
        expect_file("false\n", "%s/%s/enabled", folder, names[i]);
    expect_at_most(2 * (unsigned)count);
    ck_assert_int_eq(sim_count("PUT", NULL), (int)count);
}
END_TEST

/* ---- together ---- */

static bool all_hang(int count)
{
    const cJSON *entry, *log = sim_log();
    cJSON_ArrayForEach(entry, log)
    {
        if (log_number(entry, "status") != 0)
            return false;
    }
    return cJSON_GetArraySize(log) == count;
}

/* Both have begun while neither is answered; beyond a page, two pages of each. */
START_TEST(lists_are_asked_for_together)
{
    start_mount("ttl=3600");
    sim_fault("{\"method\":\"GET\",\"path\":\"*\",\"hang\":true,\"times\":0}");
    struct job *job = start("ls devices/by-type");
    wait_until(all_hang(fleet->vms > PAGE ? 4 : 2));
    sim_clear_faults();
    ck_assert_int_eq(job_finish(job).status, 0);
    expect_at_most(list_pages(fleet));
}
END_TEST

/* Who has listed the VMs, and read the settings of one type, walks. */
START_TEST(settings_tables_are_asked_for_together)
{
    unsigned tables = fleet->devices == 2 ? 2 : 6;
    start_mount("ttl=3600");
    names_in(&(size_t){0}, "vms");
    expect_ok(try_read("vms/%s/devices/vgpu_0/settings.json", vm_name(1)));
    sim_clear_log();
    sim_fault(
        "{\"method\":\"GET\",\"path\":\"machine_device_settings*\",\"hang\":true,\"times\":0}");
    struct job *job = start("cat vms/%s/devices/*/settings.json", vm_name(1));
    /* What was read within a page needs no asking; beyond it, it was read alone. */
    wait_until(all_hang((int)(fleet->vms > PAGE ? tables : tables - 1)));
    sim_clear_faults();
    ck_assert_int_eq(job_finish(job).status, 0);
    expect_at_most(settings_pages(fleet));
}
END_TEST

START_TEST(readers_share_a_list)
{
    struct job *jobs[8];
    const size_t count = sizeof(jobs) / sizeof(jobs[0]);
    start_mount("ttl=3600");
    sim_fault("{\"method\":\"GET\",\"path\":\"*\",\"hang\":true,\"times\":1}");
    for (size_t i = 0; i < count; i++)
        jobs[i] = start("cat vms/%s/name", vm_name(i < count / 2 ? 7 : 8));
    wait_until(sim_count(NULL, NULL) > 0);
    sim_clear_faults();
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(job_finish(jobs[i]).status, 0);
    expect_at_most(fleet->vms > PAGE ? 2 : 1);
}
END_TEST

START_TEST(connections_are_kept)
{
    enum { MOST = 4 };
    int seen[MOST] = {0}, count = 0;
    const cJSON *entry;
    start_mount("ttl=0");
    names_in(&(size_t){0}, "devices/by-type");
    for (int i = 0; i < 10; i++)
        expect_ok(
            write_file(i % 2 ? "true\n" : "false\n", "vms/%s/devices/tpm_0/enabled", vm_name(1)));
    cJSON_ArrayForEach(entry, sim_log())
    {
        int connection = log_number(entry, "connection"), i = 0;
        while (i < count && seen[i] != connection)
            i++;
        if (i == MOST)
            fail_test("more than %d connections:\n%s", MOST, log_lines());
        seen[i] = connection;
        count += i == count;
    }
    ck_assert_int_ge(sim_count(NULL, NULL), 22);
}
END_TEST

/* ---- budget and pace ---- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Sixty an hour, all of which may go at once, and one more each minute. */
START_TEST(reads_go_on_when_the_budget_is_spent)
{
    double begun = now();
    start_mount("ttl=0,budget=60");
    for (unsigned i = 0; i < 400; i++)
        expect_ok(try_read("vms/%s/devices/tpm_0/%s", vm_name(i % 50 + 1), three[i % 3]));
    unsigned most = 60 + 1 + (unsigned)((now() - begun) / 60);
    expect_at_most(most);
    expect_contains("vergefs_stretched_reads_total ", read_file(".vergefs/stats"));
    ck_assert_ptr_null(strstr(read_file(".vergefs/stats"), "vergefs_stretched_reads_total 0\n"));
}
END_TEST

/* What reads have left of it is for writes. */
START_TEST(a_write_goes_through_when_reads_are_stretched)
{
    start_mount("ttl=0,budget=60");
    for (unsigned i = 0; i < 200; i++)
        expect_ok(try_read("vms/%s/devices/tpm_0/status", vm_name(i % 20 + 1)));
    expect_ok(write_file("false\n", "vms/%s/devices/tpm_0/enabled", vm_name(3)));
    expect_file("false\n", "vms/%s/devices/tpm_0/enabled", vm_name(3));
    ck_assert_int_eq(sim_count("PUT", NULL), 1);
}
END_TEST

static int compare_times(const void *one, const void *other)
{
    return *(const int *)one - *(const int *)other;
}

/* By the server's clock, of whole milliseconds: of any 21 requests in a row the last one came more
 * than a second after the first. */
static void expect_pace(void)
{
    enum { RATE = 20, ENOUGH = 2 * RATE, MOST = 1000 };
    int times[MOST], count = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, sim_log())
    {
        ck_assert_int_lt(count, MOST);
        times[count++] = log_number(entry, "t_ms");
    }
    ck_assert_int_gt(count, ENOUGH);
    qsort(times, (size_t)count, sizeof(times[0]), compare_times);
    for (int i = RATE; i < count; i++) {
        if (times[i] - times[i - RATE] < 1000)
            fail_test("%d requests in %d ms", RATE + 1, times[i] - times[i - RATE]);
    }
}

/* One that writes as fast as it can, and four at once. */
START_TEST(twenty_a_second_at_most)
{
    struct job *jobs[4];
    const size_t count = sizeof(jobs) / sizeof(jobs[0]);
    start_mount("ttl=0");
    for (int i = 0; i < 20; i++)
        expect_ok(
            write_file(i % 2 ? "true\n" : "false\n", "vms/%s/devices/tpm_0/enabled", vm_name(1)));
    for (size_t i = 0; i < count; i++)
        jobs[i] = start("for value in false true false true; do"
                        " echo $value >vms/%s/devices/tpm_0/enabled; done",
                        vm_name((unsigned)i + 2));
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(job_finish(jobs[i]).status, 0);
    ck_assert_int_eq(sim_count("PUT", NULL), 36);
    expect_pace();
}
END_TEST

static const int refusals[] = {429, 503};

START_TEST(retry_after_is_honoured)
{
    start_mount("ttl=3600");
    sim_fault(text("{\"method\":\"GET\",\"path\":\"vms*\",\"status\":%d,"
                   "\"headers\":{\"Retry-After\":\"1\"}}",
                   refusals[_i]));
    expect_ok(try_read("vms/%s/name", vm_name(1)));
    const cJSON *log = sim_log();
    ck_assert_int_eq(cJSON_GetArraySize(log), 2);
    int first = log_number(cJSON_GetArrayItem(log, 0), "t_ms");
    int second = log_number(cJSON_GetArrayItem(log, 1), "t_ms");
    if (second - first < 1000 - 2)
        fail_test("asked again after %d ms", second - first);
}
END_TEST

/* A server that asks for an hour gets no second request, and its caller an answer. */
START_TEST(retry_after_is_capped)
{
    start_mount("ttl=3600,timeout=1");
    sim_fault("{\"method\":\"GET\",\"path\":\"vms*\",\"status\":429,"
              "\"headers\":{\"Retry-After\":\"3600\"}}");
    expect_errno(EAGAIN, try_read("vms/%s/name", vm_name(1)));
    expect_at_most(1);
}
END_TEST

/* ---- cases ---- */

static void use_small(void)
{
    fleet = &within_a_page;
}

static void use_large(void)
{
    fleet = &beyond_a_page;
}

static TCase *fleet_case(Suite *suite, const char *name, const struct fleet *size, void use(void))
{
    TCase *made = simulated_case(suite, name, &(struct sim_options){.fleet = size->size});
    tcase_add_unchecked_fixture(made, use, NULL);
    add_tests(made, one_attribute_takes_two_requests, one_document_takes_its_settings_besides,
              one_vm_takes_one_request, a_fleet_takes_its_pages, a_whole_tree_takes_its_pages,
              nothing_is_asked_twice, a_walk_by_name_costs_twice_its_pages,
              a_toggle_takes_two_requests, lists_are_asked_for_together, readers_share_a_list,
              connections_are_kept, settings_tables_are_asked_for_together);
    return made;
}

int main(void)
{
    Suite *suite = suite_create("requests");
    TCase *small = fleet_case(suite, "a fleet within a page", &within_a_page, use_small);
    TCase *large = fleet_case(suite, "a fleet beyond a page", &beyond_a_page, use_large);
    add_tests(large, a_few_are_asked_for_alone);
    add_tests(small, reads_go_on_when_the_budget_is_spent,
              a_write_goes_through_when_reads_are_stretched, twenty_a_second_at_most,
              retry_after_is_capped);
    tcase_add_loop_test(small, retry_after_is_honoured, 0, sizeof(refusals) / sizeof(refusals[0]));
    return run_suite(suite);
}
