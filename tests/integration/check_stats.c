/* SPDX-License-Identifier: MIT
 *
 * .vergefs/stats: text that Prometheus takes, and counters that count what they say.
 */
#include "tests/integration/requests.h"

#include <ctype.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NIC "vms/render-03/devices/nic0"
#define STATS ".vergefs/stats"

/* ---- the format ---- */

static bool matches(const char *line, const char *pattern)
{
    regex_t regex;
    ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    bool found = regexec(&regex, line, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

#define NAME "[a-zA-Z_:][a-zA-Z0-9_:]*"
#define LABEL "[a-zA-Z_][a-zA-Z0-9_]*=\"[^\"\\]*\""
#define NUMBER "([+-]?[0-9]+(\\.[0-9]+)?(e[+-]?[0-9]+)?|[+-]Inf|NaN)"

/* The metric that a sample belongs to: a histogram has three kinds. */
static bool belongs(const char *sample, const char *metric, bool histogram)
{
    size_t length = strlen(metric);
    const char *rest = sample + length;
    if (strncmp(sample, metric, length) != 0) {
        return false;
    }
    if (!histogram) {
        return *rest == ' ' || *rest == '{';
    }
    return matches(rest, "^(_bucket\\{le=\"" NUMBER "\"\\}|_sum|_count) ");
}

/* HELP, TYPE, samples: in this order, each metric once, nothing else. */
START_TEST(the_format_is_that_of_prometheus)
{
    char metric[200] = "", type[20] = "", seen[4000] = "";
    char *content = strdup(read_file(STATS)), *rest = NULL;
    ck_assert_int_eq(content[strlen(content) - 1], '\n');
    for (char *line = strtok_r(content, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (matches(line, "^# HELP " NAME " [^\\]+\\.$")) {
            ck_assert_int_eq(sscanf(line, "# HELP %199s", metric), 1);
            ck_assert_msg(!strstr(seen, text(" %s ", metric)), "%s comes twice", metric);
            strcat(strcat(strcat(seen, " "), metric), " ");
            type[0] = '\0';
        } else if (matches(line, "^# TYPE ")) {
            expect_text(text("# TYPE %s ", metric), text("%.*s", (int)strlen(metric) + 8, line));
            ck_assert_int_eq(sscanf(line, "# TYPE %*s %19s", type), 1);
            ck_assert(matches(type, "^(counter|gauge|histogram)$"));
            ck_assert_int_eq(!strcmp(type, "counter"), matches(metric, "_total$"));
        } else {
            ck_assert_msg(matches(line, "^" NAME "(\\{" LABEL "(," LABEL ")*\\})? " NUMBER "$") &&
                              type[0] && belongs(line, metric, !strcmp(type, "histogram")),
                          "not a sample of %s: %s", metric, line);
        }
    }
    free(content);
    expect_contains(" vergefs_requests_total ", seen);
}
END_TEST

START_TEST(the_histogram_adds_up)
{
    double last = 0, bound = 0, all = 0;
    double before = 0, le = 0, count = 0;
    const char *at = read_file(STATS);
    while ((at = strstr(at, "vergefs_request_seconds_bucket{le=\""))) {
        char bound_text[20];
        ck_assert_int_eq(
            sscanf(at, "vergefs_request_seconds_bucket{le=\"%19[^\"]\"} %lf", bound_text, &count),
            2);
        le = strtod(bound_text, NULL);
        ck_assert_double_gt(le, bound);
        ck_assert_double_ge(count, before);
        bound = le;
        before = last = count;
        at++;
    }
    all = stat_value("vergefs_request_seconds_count");
    ck_assert_double_eq(last, all);
    ck_assert_double_gt(all, 0);
    ck_assert_double_gt(stat_value("vergefs_request_seconds_sum"), 0);
}
END_TEST

/* ---- what counts ---- */

static double requests(const char *method, const char *status)
{
    return stat_value(text("vergefs_requests_total{method=\"%s\",status=\"%s\"}", method, status));
}

START_TEST(requests_count_by_method_and_status)
{
    double get = requests("GET", "2xx") + requests("GET", "4xx"), put = requests("PUT", "2xx");
    double post = requests("POST", "2xx"), delete = requests("DELETE", "2xx");
    double seconds = stat_value("vergefs_request_seconds_count");
    expect_ok(write_file("false\n", NIC "/enabled"));
    expect_ok(mkdir(path("vms/render-03/by-type/nvidia_vgpu/more"), 0755));
    expect_ok(rmdir(path("vms/render-03/devices/more")));
    /* One of them asks whether what was deleted is gone. */
    ck_assert_double_eq(requests("GET", "2xx") + requests("GET", "4xx") - get,
                        sim_count("GET", NULL));
    ck_assert_double_eq(requests("PUT", "2xx") - put, 1);
    ck_assert_double_eq(requests("POST", "2xx") - post, 1);
    ck_assert_double_eq(requests("DELETE", "2xx") - delete, 1);
    ck_assert_double_eq(stat_value("vergefs_request_seconds_count") - seconds,
                        sim_count(NULL, NULL));
}
END_TEST

START_TEST(refusals_and_retries_count)
{
    double forbidden = requests("PUT", "4xx"), broken = requests("GET", "5xx");
    double lost = requests("GET", "none"), retries = stat_value("vergefs_retries_total");
    read_file(NIC "/enabled");
    sim_fault("{\"method\":\"PUT\",\"path\":\"machine_devices*\",\"status\":403}");
    expect_errno(EACCES, write_file("false\n", NIC "/enabled"));
    ck_assert_double_eq(requests("PUT", "4xx") - forbidden, 1);
    sim_fault("[{\"method\":\"GET\",\"path\":\"vms*\",\"status\":503},"
              "{\"method\":\"GET\",\"path\":\"vms*\",\"drop\":\"before\"}]");
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    expect_ok(try_read("vms/render-03/name"));
    ck_assert_double_eq(requests("GET", "5xx") - broken, 1);
    ck_assert_double_ge(requests("GET", "none") - lost, 1);
    ck_assert_double_ge(stat_value("vergefs_retries_total") - retries, 2);
}
END_TEST

START_TEST(bytes_count_those_of_bodies)
{
    double sent = stat_value("vergefs_sent_bytes_total");
    double received = stat_value("vergefs_received_bytes_total");
    sim_clear_log();
    expect_ok(write_file("false\n", NIC "/enabled"));
    const cJSON *entry;
    double bodies = 0, answers = 0;
    cJSON_ArrayForEach(entry, sim_log())
    {
        bodies += (double)strlen(cJSON_GetStringValue(cJSON_GetObjectItem(entry, "body")));
        answers += cJSON_GetObjectItem(entry, "bytes")->valuedouble;
    }
    ck_assert_double_eq(stat_value("vergefs_sent_bytes_total") - sent, bodies);
    ck_assert_double_eq(stat_value("vergefs_received_bytes_total") - received, answers);
    ck_assert_double_gt(bodies, 0);
}
END_TEST

START_TEST(rows_are_those_held)
{
    expect_run(0, "", "find . -printf %%s >/dev/null");
    ck_assert_double_eq(stat_value("vergefs_rows{list=\"devices\"}"),
                        cJSON_GetArraySize(sim_rows("machine_devices")));
    ck_assert_double_eq(stat_value("vergefs_rows{list=\"resource_groups\"}"),
                        cJSON_GetArraySize(sim_rows("resource_groups")));
    ck_assert_double_gt(stat_value("vergefs_rows{list=\"settings\"}"), 0);
    double vms = stat_value("vergefs_rows{list=\"vms\"}");
    sim_insert("vms", "{\"name\":\"new\"}");
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    expect_exists("vms/new");
    ck_assert_double_eq(stat_value("vergefs_rows{list=\"vms\"}"), vms + 1);
}
END_TEST

START_TEST(waiting_for_another_s_request_counts)
{
    double shared = stat_value("vergefs_shared_misses_total");
    sim_fault("{\"method\":\"GET\",\"path\":\"vms*\",\"hang\":true}");
    struct job *one = start("cat vms/render-03/name"), *other = start("cat vms/render-02/name");
    wait_until(stat_value("vergefs_shared_misses_total") > shared);
    sim_clear_faults();
    ck_assert_int_eq(job_finish(one).status, 0);
    ck_assert_int_eq(job_finish(other).status, 0);
}
END_TEST

START_TEST(waiting_for_a_turn_counts)
{
    double throttled = stat_value("vergefs_throttled_total");
    for (int i = 0; i < 40 && stat_value("vergefs_throttled_total") == throttled; i++)
        expect_ok(write_file(i % 2 ? "true\n" : "false\n", NIC "/enabled"));
    ck_assert_double_gt(stat_value("vergefs_throttled_total"), throttled);
}
END_TEST

START_TEST(what_cannot_be_verified_counts)
{
    double unverified = stat_value("vergefs_unverified_writes_total");
    sim_quirk("settings_tables", "missing-for-machine_device_settings_sriov_nic");
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    expect_ok(write_file("{\"vlan\": 7}", NIC "/settings.json"));
    ck_assert_double_eq(stat_value("vergefs_unverified_writes_total") - unverified, 1);
}
END_TEST

START_TEST(without_a_budget_none_is_left)
{
    ck_assert_double_eq(stat_value("vergefs_budget_left"), -1);
    ck_assert_double_eq(stat_value("vergefs_stretched_reads_total"), 0);
}
END_TEST

START_TEST(the_budget_goes_down_and_reads_are_stretched)
{
    mount_use(mount_start(&(struct mount_options){.options = "budget=20,ttl=0"}));
    double left = stat_value("vergefs_budget_left"), first = left;
    ck_assert_double_lt(left, 20);
    ck_assert_double_gt(left, 10);
    read_file("vms/render-03/name");
    ck_assert_double_lt(stat_value("vergefs_budget_left"), first);
    for (int i = 0; i < 30; i++)
        read_file("vms/render-03/name");
    ck_assert_double_gt(stat_value("vergefs_stretched_reads_total"), 0);
    ck_assert_double_ge(stat_value("vergefs_budget_left"), 0);
}
END_TEST

START_TEST(uptime_begins_with_the_mount)
{
    double uptime = stat_value("vergefs_uptime_seconds");
    ck_assert_double_ge(uptime, 0);
    ck_assert_double_lt(uptime, 10000);
    wait_until(stat_value("vergefs_uptime_seconds") > uptime);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *made = mounted_case(suite, "stats", NULL, NULL);
    add_tests(made, the_format_is_that_of_prometheus, the_histogram_adds_up,
              requests_count_by_method_and_status, refusals_and_retries_count,
              bytes_count_those_of_bodies, rows_are_those_held,
              waiting_for_another_s_request_counts, waiting_for_a_turn_counts,
              what_cannot_be_verified_counts, without_a_budget_none_is_left,
              the_budget_goes_down_and_reads_are_stretched, uptime_begins_with_the_mount);
    return run_suite(suite);
}
