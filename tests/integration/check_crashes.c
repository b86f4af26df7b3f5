/* SPDX-License-Identifier: MIT
 *
 * The daemon killed at each point of a change: before each of its requests is carried out, and
 * before its answer is there. The next start, on the dead mount that was left, shows exactly what
 * the server has: nothing that was half made looks whole, nothing is made again.
 */
#include "tests/model/play.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/integration/harness.h"

#define VM "vms/plain"
#define NIC VM "/devices/nic"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct mount_options options = {.options = "ttl=3600,retries=1,timeout=60"};

/* Done by a shell; `new` is how many devices there may be more afterwards. */
static const struct {
    const char *name, *command;
    int new;
} changes[] = {
    {"a value", "echo changed > " NIC "/description", 0},
    {"settings", "echo '{\"vlan\": 7, \"qos\": 3}' > " NIC "/settings.json", 0},
    {"a row with settings",
     "echo '{\"description\": \"both\", \"enabled\": false, \"settings_args\": {\"vlan\": 8}}' "
     "> " NIC "/device.json",
     0},
    {"an edit", "sed -i s/100/9/ " NIC "/settings.json", 0},
    {"mkdir", "mkdir " VM "/by-type/tpm/new", 1},
    {"mkdir with settings", "mkdir " VM "/by-resource-group/NICs/new", 1},
    {"attach",
     "echo '{\"resource_group\": \"NICs\", \"name\": \"new\", \"count\": 3, \"settings_args\": "
     "{\"vlan\": 55}}' > " VM "/attach",
     3},
    {"rmdir", "rmdir " NIC, 0},
    {"mv", "mv " NIC " " VM "/devices/other", 0},
};

static void must_be_right_here(const char *when, char *complaint)
{
    if (complaint != NULL)
        fail_test("%s: %s", when, complaint);
}

/* What the server has stands still now. */
static void expect_truth(struct server *server, const char *when, const struct world *before,
                         int new)
{
    struct world now;
    struct requests sent;
    server_forget(server);
    mount_restart(mount_current(), &options);
    server_read(server, &now);
    must_be_right_here(when, tree_check_all(&now));
    server_requests(server, &sent);
    if (sent.puts + sent.posts + sent.deletes != 0)
        fail_test("%s: the new daemon has sent changes", when);
    int more = (int)world_count(&now) - (int)world_count(before);
    if (more > new || (more > 0 && more != new) || more < -1)
        fail_test("%s: there are %d devices more", when, more);
}

/* False when the change was over before it came to that request. */
static bool kill_at(struct server *server, int change, int request, const char *effect)
{
    const char *when = text("%s, killed at request %d, %s", changes[change].name, request, effect);
    struct world before;
    sim_reset();
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    server_read(server, &before);
    must_be_right_here(when, tree_check_all(&before));
    sim_fault(text("{\"skip\": %d, \"times\": 0, %s}", request, effect));
    sim_clear_log();
    struct job *job = start("%s", changes[change].command);
    wait_until(!job_runs(job) || sim_count(NULL, NULL) > request);
    bool reached = sim_count(NULL, NULL) > request;
    if (sim_count("POST", NULL) > 1)
        fail_test("%s: created more than once", when);
    if (reached) {
        mount_crash(mount_current());
        job_finish(job);
        sim_clear_faults();
        expect_truth(server, when, &before, changes[change].new);
    } else if (job_finish(job).status != 0) {
        fail_test("%s: it failed", when);
    }
    return reached;
}

static void kill_all_along(int change, const char *effect, int least)
{
    int kills = 0;
    struct server *server = server_open();
    mount_use(mount_start(&options));
    while (kill_at(server, change, kills, effect))
        kills++;
    server_close(server);
    printf("crashes: %s: %d kills\n", changes[change].name, kills);
    fflush(stdout);
    ck_assert_int_ge(kills, least);
}

START_TEST(killed_before_a_request_is_carried_out)
{
    kill_all_along(_i, "\"hang\": true", 2);
}
END_TEST

START_TEST(killed_before_an_answer_comes)
{
    kill_all_along(_i, "\"after_ms\": 60000", 2);
}
END_TEST

/* ---- at any moment ---- */

static const char *const busy =
    "i=0; while i=$((i + 1)); do echo \"{\\\"vlan\\\": $i}\" > " NIC "/settings.json;"
    " mkdir " VM "/by-type/tpm/t$i; echo $i > " VM "/devices/t$i/description;"
    " rmdir " VM "/devices/t$((i - 2)); done";

static void expect_no_twins(const struct world *world)
{
    for (size_t i = 0; i < WORLD_DEVICES; i++)
        for (size_t j = 0; j < i; j++) {
            const struct device *one = &world->devices[i];
            const struct device *other = &world->devices[j];
            if (one->exists && other->exists && one->vm == 0 && other->vm == 0 &&
                strcmp(one->name, other->name) == 0)
                fail_test("'%s' is there twice", one->name);
        }
}

START_TEST(killed_at_any_moment)
{
    enum { KILLS = 8 };
    unsigned seed = (unsigned)time(NULL);
    struct server *server = server_open();
    struct world now;
    mount_use(mount_start(&options));
    printf("crashes: seed %u\n", seed);
    for (int i = 0; i < KILLS; i++) {
        seed = seed * 1103515245 + 12345;
        int requests = (int)(seed >> 8) % 60;
        const char *when = text("killed after %d requests", requests);
        server_forget(server);
        struct job *job = start("%s", busy);
        wait_until(sim_count(NULL, NULL) > requests);
        mount_crash(mount_current());
        job_signal(job, SIGKILL);
        job_finish(job);
        server_forget(server);
        mount_restart(mount_current(), &options);
        server_read(server, &now);
        must_be_right_here(when, tree_check_all(&now));
        expect_no_twins(&now);
    }
    server_close(server);
}
END_TEST

static Suite *make_suite(void)
{
    const struct sim_options fleet = {.data = "../model/data.json"};
    Suite *suite = suite_create("crashes");
    TCase *tcase = simulated_case(suite, "at each request", &fleet);
    tcase_add_loop_test(tcase, killed_before_a_request_is_carried_out, 0, COUNT(changes));
    tcase_add_loop_test(tcase, killed_before_an_answer_comes, 0, COUNT(changes));
    tcase = simulated_case(suite, "at any moment", &fleet);
    add_tests(tcase, killed_at_any_moment);
    return suite;
}

int main(void)
{
    play_hurry();
    return run_suite(make_suite());
}
