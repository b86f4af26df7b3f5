/* SPDX-License-Identifier: MIT
 *
 * Plays at random, judged by a model of what the tree and the server must look like.
 *
 * The seeds are the same each time; `make soak` plays what nobody has seen.
 *
 *     VERGEFS_SEED=N VERGEFS_STEPS=N    one play of so many steps instead
 *
 * A failure names the seed, tells the steps that lead to it, as few as could be found, and what to
 * type to see it again.
 */
#include "tests/model/play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/integration/harness.h"
#include "tests/integration/harness_internal.h"

enum { STEPS = 500, SILENT_STEPS = 50, SEEDS = 4, MOST_TRIES = 60, MOST_SECONDS = 60, TOLD = 40 };

/* ---- one run of a list of steps ---- */

struct run {
    const struct manner *manner;
    const struct mount_options *mount;
    enum sabotage sabotage;
    const uint32_t *steps;
    size_t count;
    size_t done; /* or where it failed */
    char (*stories)[800];
    struct play play;
};

static struct run *current;

static void run_steps(void)
{
    struct run *run = current;
    run->done = 0;
    sim_reset();
    mount_use(mount_start(run->mount));
    play_begin(&run->play, run->manner, run->sabotage);
    for (; run->done < run->count; run->done++) {
        play_step(&run->play, run->steps[run->done]);
        memcpy(run->stories[run->done], run->play.story, sizeof(run->stories[0]));
    }
    play_end(&run->play);
    play_free(&run->play);
    mount_stop(mount_current());
}

/* The failure, for the caller to free, or NULL. */
static char *play(struct run *run)
{
    current = run;
    const char *failure = failure_of(run_steps);
    if (failure == NULL)
        return NULL;
    char *copy = strdup(failure);
    play_free(&run->play);
    if (run->done < run->count)
        memcpy(run->stories[run->done], run->play.story, sizeof(run->stories[0]));
    if (mount_current() != NULL)
        mount_kill(mount_current());
    sim_clear_faults();
    return copy;
}

/* ---- as few steps as will do ---- */

/* Whether it fails without `length` steps from `at` on; if so, they are gone. */
static bool fails_without(struct run *run, uint32_t *steps, size_t at, size_t length,
                          char **failure)
{
    uint32_t *fewer = malloc((run->count + 1) * sizeof(*fewer));
    size_t rest = run->count - at - length;
    memcpy(fewer, steps, at * sizeof(*steps));
    memcpy(fewer + at, steps + at + length, rest * sizeof(*steps));
    struct run attempt = *run;
    attempt.steps = fewer;
    attempt.count = at + rest;
    char *found = play(&attempt);
    if (found != NULL) {
        run->count = attempt.done < attempt.count ? attempt.done + 1 : attempt.count;
        memcpy(steps, fewer, run->count * sizeof(*steps));
        free(*failure);
        *failure = found;
    }
    free(fewer);
    return found != NULL;
}

static void shorten(struct run *run, uint32_t *steps, char **failure)
{
    int tries = 0;
    time_t start = time(NULL);
    run->count = run->done < run->count ? run->done + 1 : run->count;
    for (size_t length = (run->count + 1) / 2; length > 0; length /= 2)
        for (size_t at = 0;
             at < run->count && tries < MOST_TRIES && time(NULL) - start < MOST_SECONDS;) {
            size_t part = run->count - at < length ? run->count - at : length;
            tries++;
            if (!fails_without(run, steps, at, part, failure))
                at += part;
        }
}

static const char *told(const struct run *run)
{
    const char *list = "";
    size_t first = run->count > TOLD ? run->count - TOLD : 0;
    for (size_t i = first; i < run->count; i++)
        list = text("%s\n  %zu. %s", list, i + 1, run->stories[i]);
    return list;
}

/* ---- plays by their seeds ---- */

static uint32_t *steps_of(unsigned seed, size_t count)
{
    uint32_t *steps = malloc((count + 1) * sizeof(*steps));
    uint64_t state = seed;
    for (size_t i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        steps[i] = (uint32_t)(state >> 32) | 1u;
    }
    return steps;
}

static size_t number_given(const char *name, size_t otherwise)
{
    const char *given = getenv(name);
    return given == NULL ? otherwise : strtoul(given, NULL, 10);
}

static void begin_run(struct run *run, unsigned seed, size_t count, uint32_t **steps)
{
    *steps = steps_of(seed, count);
    run->steps = *steps;
    run->count = count;
    run->stories = calloc(count + 1, sizeof(run->stories[0]));
}

static void run_seed(struct run *run, const char *name, unsigned seed, size_t count)
{
    uint32_t *steps = NULL;
    begin_run(run, seed, count, &steps);
    char *failure = play(run);
    const struct figures *figures = &run->play.figures;
    printf("model: %s, seed %u: %lu steps, %lu operations, %lu faults, %lu errors\n", name, seed,
           figures->steps, figures->operations, figures->faults, figures->errors);
    fflush(stdout);
    if (failure == NULL) {
        free(steps);
        free(run->stories);
        return;
    }
    size_t at = run->done + 1;
    const char *first = text("%s", failure);
    fprintf(stderr, "seed %u, step %zu: %s\n", seed, at, first); /* before the search for less */
    shorten(run, steps, &failure);
    fail_test("seed %u, step %zu of %zu: %s\nin %zu steps: %s%s\n"
              "again: VERGEFS_SEED=%u VERGEFS_STEPS=%zu CK_RUN_CASE=%s "
              "tests/integration/check_model",
              seed, at, count, first, run->count, failure, told(run), seed, at, name);
}

static const char *const quickly[] = {"VERGE_RETRY_BACKOFF=0.01", NULL};

START_TEST(what_is_done_is_what_the_model_says)
{
    static const struct manner manner = {.faults_in_100 = 25};
    static const struct mount_options mount = {.options = "ttl=3600,retries=1,timeout=60",
                                               .env = quickly};
    struct run run = {.manner = &manner, .mount = &mount};
    run_seed(&run, "steps", (unsigned)number_given("VERGEFS_SEED", (unsigned long)_i + 1),
             number_given("VERGEFS_STEPS", STEPS));
}
END_TEST

START_TEST(silence_loses_and_doubles_nothing)
{
    static const struct manner manner = {.faults_in_100 = 30, .silence = true};
    static const struct mount_options mount = {.options = "ttl=3600,retries=1,timeout=1",
                                               .env = quickly};
    struct run run = {.manner = &manner, .mount = &mount};
    run_seed(&run, "silence", (unsigned)number_given("VERGEFS_SEED", (unsigned long)_i + 12),
             number_given("VERGEFS_STEPS", SILENT_STEPS));
}
END_TEST

/* ---- the model notices ---- */

static const struct {
    enum sabotage sabotage;
    const char *words;
} frauds[] = {
    {LOSE, "differs"},
    {DOUBLE, "should not be there"},
    {ASK_TWICE, "expected 0 PUT 1 POST 0 DELETE, sent 0 2 0"},
    {INTRUDE, "enabled or optional differs"},
    {MISREAD, "optional has"},
};
enum { FRAUDS = sizeof(frauds) / sizeof(frauds[0]) };

START_TEST(a_fraud_is_noticed_and_told_in_few_steps)
{
    static const struct manner manner = {.faults_in_100 = 0};
    static const struct mount_options mount = {.options = "ttl=3600,retries=1,timeout=60"};
    uint32_t *steps = NULL;
    struct run run = {.manner = &manner, .mount = &mount, .sabotage = frauds[_i].sabotage};
    begin_run(&run, 5, 120, &steps);
    char *failure = play(&run);
    ck_assert_ptr_nonnull(failure);
    expect_contains(frauds[_i].words, failure);
    shorten(&run, steps, &failure);
    expect_contains(frauds[_i].words, failure);
    ck_assert_uint_le(run.count, 2);
    free(failure);
    free(steps);
    free(run.stories);
}
END_TEST

static Suite *make_suite(void)
{
    bool given = getenv("VERGEFS_SEED") != NULL;
    const struct sim_options fleet = {.data = "../model/data.json"};
    Suite *suite = suite_create("model");
    TCase *tcase = simulated_case(suite, "steps", &fleet);
    tcase_add_loop_test(tcase, what_is_done_is_what_the_model_says, 0, given ? 1 : SEEDS);
    case_limit(tcase, 300);
    tcase = simulated_case(suite, "silence", &fleet);
    tcase_add_loop_test(tcase, silence_loses_and_doubles_nothing, 0, given ? 1 : 2);
    case_limit(tcase, 300);
    tcase = simulated_case(suite, "fraud", &fleet);
    tcase_add_loop_test(tcase, a_fraud_is_noticed_and_told_in_few_steps, 0, FRAUDS);
    case_limit(tcase, 120);
    return suite;
}

int main(void)
{
    play_hurry();
    return run_suite(make_suite());
}
