/* SPDX-License-Identifier: MIT */
/* query/<filter>/: any filter of the API as a directory; and waiting for a value with poll(2). */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/integration/harness.h"

/* ---- queries ---- */

START_TEST(a_filter_lists_what_it_names)
{
    expect_list("render-01:tpm_0 render-02:tpm_0",
                "query/type eq 'tpm' and (machine eq 54 or machine eq 55)");
    expect_link("../../vms/render-01/devices/tpm_0",
                "query/type eq 'tpm' and machine eq 54/render-01:tpm_0");
    expect_file("tpm\n", "query/type eq 'tpm' and machine eq 54/render-01:tpm_0/type");
}
END_TEST

START_TEST(a_query_costs_one_request_and_is_held)
{
    run("ls vms");
    sim_clear_log();
    run("ls \"query/name bw 'gpu'\"");
    ck_assert_int_eq(sim_count("GET", "/api/v4/machine_devices"), 1);
    run("ls \"query/name bw 'gpu'\"; ls \"query/name bw 'gpu'\"");
    ck_assert_int_eq(sim_count(NULL, "/api"), 1);
}
END_TEST

START_TEST(an_or_cannot_escape_to_what_is_no_vm)
{
    int all = atoi(run("ls devices/by-key | wc -l").out);
    int found = atoi(run("ls \"query/machine eq 54 or machine gt 0\" | wc -l").out);
    ck_assert_int_gt(all, 0);
    ck_assert_int_eq(found, all);
}
END_TEST

START_TEST(a_bad_filter_is_invalid_with_the_servers_words)
{
    expect_errno(EINVAL, access(path("query/name like 'x'"), F_OK));
    expect_contains("Invalid argument", read_file(".vergefs/error_log"));
}
END_TEST

START_TEST(a_slash_is_written_percent_2f)
{
    const char *key =
        sim_insert("machine_devices", "{\"machine\":54,\"type\":\"tpm\",\"name\":\"a/b\"}");
    ck_assert_ptr_nonnull(key);
    write_file("1\n", ".vergefs/refresh");
    expect_list("render-01:a%2Fb", "query/name eq 'a%%2Fb'");
    expect_errno(EINVAL, access(path("query/name eq 'a%%b'"), F_OK));
    expect_errno(EINVAL, access(path("query/machine eq 54) or (machine gt 0"), F_OK));
}
END_TEST

START_TEST(queries_are_entered_and_not_listed)
{
    expect_list("", "query");
}
END_TEST

START_TEST(a_write_is_seen_by_a_held_query)
{
    expect_list("render-01:gpu0 render-02:gpu0 render-03:gpu0",
                "query/name eq 'gpu0' and enabled eq true");
    expect_ok(write_file("false\n", "vms/render-02/devices/gpu0/enabled"));
    expect_list("render-01:gpu0 render-03:gpu0", "query/name eq 'gpu0' and enabled eq true");
}
END_TEST

/* ---- waiting ---- */

static const char *watched = "vms/render-01/devices/gpu0/status";

static void set_status(const char *status)
{
    sim_set_row("machine_devices", sim_key("machine_devices", "name", "gpu0"),
                text("{\"status\":\"%s\"}", status));
}

static int ready(int fd, short events)
{
    struct pollfd poller = {.fd = fd, .events = events};
    return poll(&poller, 1, 0) == 1 ? poller.revents : 0;
}

static const char *read_all(int fd)
{
    static char buffer[256];
    ssize_t got = pread(fd, buffer, sizeof(buffer) - 1, 0);
    ck_assert_int_ge(got, 0);
    buffer[got] = '\0';
    return buffer;
}

START_TEST(a_poller_wakes_when_the_value_changes)
{
    int fd = open_file(O_RDONLY, "%s", watched);
    expect_text("online\n", read_all(fd));
    ck_assert_int_eq(ready(fd, POLLIN | POLLPRI), 0);
    set_status("errors");
    struct pollfd poller = {.fd = fd, .events = POLLPRI};
    ck_assert_int_eq(poll(&poller, 1, 60000), 1);
    ck_assert_int_ne(poller.revents & POLLPRI, 0);
    expect_text("errors\n", read_all(fd));
    ck_assert_int_eq(ready(fd, POLLIN | POLLPRI), 0);
    close(fd);
}
END_TEST

START_TEST(an_edge_triggered_epoll_wakes_too)
{
    int fd = open_file(O_RDONLY, "%s", watched);
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLPRI | EPOLLET};
    expect_ok(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
    expect_ok(epoll_wait(epoll, &event, 1, 0));
    set_status("missing");
    ck_assert_int_eq(epoll_wait(epoll, &event, 1, 60000), 1);
    expect_text("missing\n", read_all(fd));
    close(epoll);
    close(fd);
}
END_TEST

START_TEST(the_error_log_can_be_waited_for)
{
    int fd = open_file(O_RDONLY, ".vergefs/error_log");
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    ck_assert_int_eq(ready(fd, POLLIN), 0);
    expect_write_errno(EINVAL, "perhaps\n", "vms/render-01/devices/gpu0/enabled");
    ck_assert_int_eq(poll(&poller, 1, 60000), 1);
    expect_contains("enabled", read_all(fd));
    close(fd);
}
END_TEST

START_TEST(other_files_are_always_ready)
{
    int fd = open_file(O_RDONLY, "vms/render-01/devices/gpu0/name");
    ck_assert_int_ne(ready(fd, POLLIN) & POLLIN, 0);
    close(fd);
}
END_TEST

START_TEST(a_closed_poller_is_forgotten)
{
    int fd = open_file(O_RDONLY, "%s", watched);
    ck_assert_int_eq(ready(fd, POLLPRI), 0);
    close(fd);
    set_status("idle");
    write_file("1\n", ".vergefs/refresh");
    expect_file("idle\n", "%s", watched);
}
END_TEST

int main(void)
{
    static const struct mount_options quick = {.options = "ttl=1"};
    Suite *suite = suite_create("views");
    TCase *queries = mounted_case(suite, "queries", NULL, NULL);
    add_tests(queries, a_filter_lists_what_it_names, a_query_costs_one_request_and_is_held,
              an_or_cannot_escape_to_what_is_no_vm, a_bad_filter_is_invalid_with_the_servers_words,
              a_slash_is_written_percent_2f, queries_are_entered_and_not_listed,
              a_write_is_seen_by_a_held_query);
    TCase *waiting = mounted_case(suite, "waiting", NULL, &quick);
    add_tests(waiting, a_poller_wakes_when_the_value_changes, an_edge_triggered_epoll_wakes_too,
              the_error_log_can_be_waited_for, other_files_are_always_ready,
              a_closed_poller_is_forgotten);
    return run_suite(suite);
}
