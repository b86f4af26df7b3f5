/* SPDX-License-Identifier: MIT
 *
 * Every cell of the matrix of faults (faults.h), and what else can be at the server's address. With
 * --page it prints the matrix for the manual instead.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/fault_cells.h"
#include "tests/integration/page.h"
#include "tests/integration/requests.h"

/* ---- the cells ----
 * A cell waits more than it works, for the mount keeps its pace: 20 requests a second. So several
 * lanes, each a process with a simulator and a mount of its own, take the next cell in turn. */

#define LANES 8

static atomic_size_t *next_cell; /* of all lanes */

static const char *try_cell_at(enum fault_kind kind, size_t index)
{
    enum method method = (enum method)(index % METHODS);
    const struct fault *fault = &fault_groups[kind].faults[index / METHODS];
    return can_strike(method, fault) ? try_cell(method, kind, fault) : "";
}

/* Writes what is wrong to `results`. */
static void run_lane(enum fault_kind kind, const struct mount_options *options, int results)
{
    struct sim *sim = sim_start(NULL);
    sim_use(sim);
    struct mount *mount = mount_start(options);
    mount_use(mount);
    size_t count = fault_groups[kind].count * METHODS;
    for (size_t cell; (cell = atomic_fetch_add(next_cell, 1)) < count;) {
        const char *story = try_cell_at(kind, cell);
        if (*story != '\0') {
            expect_ok(write_piece(results, story));
        }
    }
    mount_stop(mount);
    sim_stop(sim);
    _exit(EXIT_SUCCESS);
}

static void run_lanes(enum fault_kind kind, const struct mount_options *options, int results)
{
    pid_t lanes[LANES];
    void *shared =
        mmap(NULL, sizeof(*next_cell), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(shared != MAP_FAILED);
    next_cell = shared;
    for (int i = 0; i < LANES; i++) {
        lanes[i] = fork();
        expect_ok(lanes[i]);
        if (lanes[i] == 0) {
            run_lane(kind, options, results);
        }
    }
    for (int i = 0; i < LANES; i++) {
        int status = -1;
        expect_ok(waitpid(lanes[i], &status, 0));
        ck_assert_int_eq(status, 0);
    }
    ck_assert_uint_ge(atomic_load(next_cell), fault_groups[kind].count * METHODS);
}

START_TEST(each_fault_has_its_outcome_for_each_method)
{
    static const char *const backoff[] = {"VERGE_RETRY_BACKOFF=0.01", NULL};
    struct mount_options options = {.options = "retries=1,timeout=20", .env = backoff};
    FILE *results = tmpfile();
    char story[65536];
    ck_assert(results != NULL);
    if (_i == SILENT) {
        options.options = "retries=1,timeout=1";
    }
    run_lanes((enum fault_kind)_i, &options, fileno(results));
    rewind(results);
    size_t length = fread(story, 1, sizeof(story) - 1, results);
    story[length] = '\0';
    fclose(results);
    if (length > 0) {
        fail_test("%s", story);
    }
}
END_TEST

/* ---- another server, or none, at the address ---- */

static struct sim *restart(const char *port, const char *kind)
{
    const struct sim_options options = {.args =
                                            text("--https=%s --certificate-kind=%s", port, kind)};
    struct sim *sim = sim_start(&options);
    sim_use(sim);
    return sim;
}

/* What the method comes to while the impostor is there instead. */
static const char *meet_impostor(enum method method, int which, const char *port, struct sim **sim)
{
    const char *story = "";
    warm_up();
    make_stale(method);
    sim_stop(*sim);
    *sim = impostors[which].kind == NULL ? NULL : restart(port, impostors[which].kind);
    errno = 0;
    int error = methods[method].act() == 0 ? 0 : errno;
    if (error != impostors[which].error) {
        story = text("%s x %s: expected %s, found %s\n", method_names[method],
                     impostors[which].name, error_name(impostors[which].error), error_name(error));
    }
    if (*sim != NULL) {
        if (sim_count(NULL, NULL) != 0) {
            story = text("%s%s: requests were sent\n", story, impostors[which].name);
        }
        sim_stop(*sim);
    }
    *sim = restart(port, "good");
    wait_until(methods[LIST].act() == 0);
    return methods[method].shown() ? text("%s the mount shows it\n", story) : story;
}

START_TEST(nothing_is_sent_to_an_impostor)
{
    static const struct mount_options options = {.options = "retries=1,timeout=20"};
    struct sim *sim = sim_start(NULL);
    const char *port = text("%s", strrchr(sim_url(sim), ':') + 1);
    const char *story = "";
    sim_use(sim);
    mount_use(mount_start(&options));
    for (enum method method = 0; method < METHODS; method++) {
        story = text("%s%s", story, meet_impostor(method, _i, port, &sim));
    }
    if (*story != '\0') {
        fail_test("%s", story);
    }
}
END_TEST

/* ---- a login that came to its end ---- */

/* POST too: what was refused with 401 was not done. */
START_TEST(a_new_login_is_tried_once)
{
    const char *file = outside("credentials");
    const char *const env[] = {"VERGE_TOKEN", NULL};
    make_outside("credentials", text("VERGE_TOKEN=%s\n", sim_token()));
    expect_ok(chmod(file, 0600));
    const struct mount_options options = {.options = text("credentials=%s", file), .env = env};
    mount_use(mount_start(&options));
    warm_up();
    make_stale((enum method)_i);
    expect_ok(write_file("VERGE_TOKEN=another\n", "%s", file));
    sim_control("PUT", "token", "{\"token\": \"another\"}");
    sim_clear_log();
    expect_ok(methods[_i].act());
    if (_i != LIST && _i != SETTINGS) {
        ck_assert(methods[_i].done());
    }
    int refused = 0;
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, sim_log())
    {
        refused += cJSON_GetObjectItemCaseSensitive(entry, "status")->valueint == 401;
    }
    ck_assert_int_eq(refused, 1);
    expect_ok(unlink(file));
}
END_TEST

/* ---- the matrix as a part of a page ---- */

/* The methods from `first` on that come to the same error; "all" when all that can be struck do. */
static const char *names_of_same(const struct fault *fault, enum method first)
{
    const char *names = "";
    bool others = false;
    for (enum method method = 0; method < METHODS; method++) {
        if (!can_strike(method, fault)) {
            continue;
        }
        if (fault->error[method] != fault->error[first]) {
            others = true;
        } else {
            names = text("%s%s%s", names, *names == '\0' ? "" : ",\n", method_names[method]);
        }
    }
    return others ? names : "all";
}

static bool is_first(const struct fault *fault, enum method method)
{
    for (enum method other = 0; other < method; other++) {
        if (fault->error[other] == fault->error[method]) {
            return false;
        }
    }
    return true;
}

static void print_fault(const struct fault *fault)
{
    const char *more =
        text("%s%s%s", fault->tries > 1 ? "sent twice" : "",
             fault->tries > 1 && fault->after ? ", " : "", fault->after ? "takes effect" : "");
    fputs(".It Sy ", stdout);
    page_argument(fault->name);
    if (*more != '\0') {
        printf(" No \"(%s)\"", more);
    }
    putchar('\n');
    const char *separator = "";
    for (enum method method = 0; method < METHODS; method++) {
        if (is_first(fault, method)) {
            printf("%s%s: %s", separator, error_name(fault->error[method]),
                   names_of_same(fault, method));
            separator = ";\n";
        }
    }
    putchar('\n');
}

static int print_page(void)
{
    for (enum fault_kind kind = 0; kind < FAULT_KINDS; kind++) {
        printf(".Ss %s\n.Bl -tag -width Ds -compact\n", fault_groups[kind].title);
        for (size_t i = 0; i < fault_groups[kind].count; i++) {
            print_fault(&fault_groups[kind].faults[i]);
        }
        puts(".El");
    }
    puts(".Ss Another server, or none, at the address\n.Bl -tag -width Ds -compact");
    for (size_t i = 0; i < IMPOSTORS; i++) {
        printf(".It Sy \"%s\" No \"(nothing is sent)\"\n%s: all\n", impostors[i].name,
               error_name(impostors[i].error));
    }
    puts(".El");
    return EXIT_SUCCESS;
}

static Suite *make_suite(void)
{
    static const char *const backoff[] = {"VERGE_RETRY_BACKOFF=0.01", NULL};
    static const struct mount_options patient = {.options = "retries=1,timeout=20", .env = backoff};
    Suite *suite = suite_create("faults");
    TCase *tcase = bare_case(suite, "cells");
    tcase_add_loop_test(tcase, each_fault_has_its_outcome_for_each_method, 0, FAULT_KINDS);
    case_limit(tcase, 300);
    tcase = bare_case(suite, "impostor");
    tcase_add_loop_test(tcase, nothing_is_sent_to_an_impostor, 0, IMPOSTORS);
    case_limit(tcase, 180);
    tcase = mounted_case(suite, "login", NULL, &patient);
    tcase_add_loop_test(tcase, a_new_login_is_tried_once, 0, METHODS);
    return suite;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--page") == 0) {
        return print_page();
    }
    return run_suite(make_suite());
}
