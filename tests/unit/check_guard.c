/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/guard.h"
#include "tests/unit/unit.h"

static struct guard *guard;

static void setup(void)
{
    guard = guard_new();
    ck_assert_ptr_nonnull(guard);
}

static void teardown(void)
{
    guard_free(guard);
}

START_TEST(only_the_refused_process_is_held)
{
    ck_assert(!guard_forbids(guard, 100, 7, 0));
    guard_refused(guard, 100, 7, 0);
    ck_assert(guard_forbids(guard, 100, 7, 1));
    ck_assert(!guard_forbids(guard, 101, 7, 1));
    ck_assert(!guard_forbids(guard, 100, 8, 1));
}
END_TEST

START_TEST(a_minute_after_the_last_refusal_it_is_over)
{
    guard_refused(guard, 100, 7, 1000);
    ck_assert(guard_forbids(guard, 100, 7, 1000 + GUARD_MS - 1));
    ck_assert(!guard_forbids(guard, 100, 7, 1000 + GUARD_MS));
    guard_refused(guard, 100, 7, 30000);
    ck_assert(guard_forbids(guard, 100, 7, 30000 + GUARD_MS - 1));
    ck_assert(!guard_forbids(guard, 100, 7, 30000 + GUARD_MS));
}
END_TEST

START_TEST(the_oldest_goes_when_it_is_full)
{
    for (uint32_t i = 0; i < GUARD_ENTRIES; i++)
        guard_refused(guard, 100, i, i);
    guard_refused(guard, 100, 0, GUARD_ENTRIES); /* anew: 1 is the oldest now */
    guard_refused(guard, 100, GUARD_ENTRIES, GUARD_ENTRIES);
    ck_assert(guard_forbids(guard, 100, 0, GUARD_ENTRIES));
    ck_assert(!guard_forbids(guard, 100, 1, GUARD_ENTRIES));
    ck_assert(guard_forbids(guard, 100, 2, GUARD_ENTRIES));
    ck_assert(guard_forbids(guard, 100, GUARD_ENTRIES, GUARD_ENTRIES));
}
END_TEST

static void *many_refusals(void *argument)
{
    pid_t process = *(pid_t *)argument;

    for (uint32_t i = 0; i < 500; i++) {
        guard_refused(guard, process, i, 0);
        if (!guard_forbids(guard, process, i, 1))
            return argument;
    }
    return NULL;
}

START_TEST(many_threads)
{
    pthread_t threads[4];
    pid_t processes[4] = {1, 2, 3, 4};
    void *failed;

    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, many_refusals, &processes[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
}
END_TEST

static void *process_of_thread(void *argument)
{
    *(pid_t *)argument = guard_process((pid_t)syscall(SYS_gettid));
    return NULL;
}

START_TEST(a_thread_belongs_to_its_process)
{
    pthread_t thread;
    pid_t process = 0;

    ck_assert_int_eq(pthread_create(&thread, NULL, process_of_thread, &process), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(process, getpid());
    ck_assert_int_eq(guard_process(getpid()), getpid());
    ck_assert_int_eq(guard_process(0), 0);
    ck_assert_int_eq(guard_process(0x7fffffff), 0x7fffffff);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guard");
    TCase *tests = tcase_create("guard");

    tcase_set_timeout(tests, 120); /* sanitizers are slow */
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, only_the_refused_process_is_held);
    tcase_add_test(tests, a_minute_after_the_last_refusal_it_is_over);
    tcase_add_test(tests, the_oldest_goes_when_it_is_full);
    tcase_add_test(tests, many_threads);
    tcase_add_test(tests, a_thread_belongs_to_its_process);
    return unit_run_suite(suite);
}
