/* SPDX-License-Identifier: MIT */
/* What every unit test program has in common: a list of tests, run one process each. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdlib.h>

static inline TCase *unit_group(const char *name)
{
    TCase *group = tcase_create(name);
    /* Generous, because sanitizers and busy machines are slow; nothing here waits that long. */
    tcase_set_timeout(group, 120);
    return group;
}

/* Runs it and frees it; CK_VERBOSITY says how much is printed. What main returns. */
static inline int unit_run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static inline int unit_run_group(const char *name, TCase *group)
{
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, group);
    return unit_run_suite(suite);
}

static inline int unit_run(const char *name, const TTest *const *tests, size_t count)
{
    TCase *group = unit_group(name);
    for (size_t i = 0; i < count; i++) {
        tcase_add_test(group, tests[i]);
    }
    return unit_run_group(name, group);
}

/* A test, and how many times it runs, with _i counting. */
struct unit_test {
    const TTest *test;
    int times;
};

static inline int unit_run_times(const char *name, const struct unit_test *tests, size_t count)
{
    TCase *group = unit_group(name);
    for (size_t i = 0; i < count; i++) {
        tcase_add_loop_test(group, tests[i].test, 0, tests[i].times);
    }
    return unit_run_group(name, group);
}

/* int main of a program whose tests are these. */
#define UNIT_MAIN(name, ...) \
    int main(void) \
    { \
        const TTest *const tests[] = {__VA_ARGS__}; \
        return unit_run(name, tests, sizeof(tests) / sizeof(tests[0])); \
    }

/* The same where some run several times: {test, times}. */
#define UNIT_MAIN_TIMES(name, ...) \
    int main(void) \
    { \
        const struct unit_test tests[] = {__VA_ARGS__}; \
        return unit_run_times(name, tests, sizeof(tests) / sizeof(tests[0])); \
    }

#endif
