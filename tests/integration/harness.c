/* SPDX-License-Identifier: MIT
 *
 * Cases, their fixtures, and what belongs to a test: its memory, its patience, its failure.
 */
#include "tests/integration/harness_internal.h"

#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CASES = 8, TEST_SECONDS = 60, MESSAGE_SIZE = 16000 };

/* ---- memory that lives as long as a test ---- */

struct kept {
    struct kept *next;
    void *memory;
    void (*release)(void *);
};

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept *kept_list;

void *keep(void *memory, void (*release)(void *))
{
    struct kept *kept = malloc(sizeof(*kept));
    if (memory == NULL || kept == NULL) {
        fputs("harness: out of memory\n", stderr);
        abort();
    }
    pthread_mutex_lock(&kept_lock);
    *kept = (struct kept){kept_list, memory, release};
    kept_list = kept;
    pthread_mutex_unlock(&kept_lock);
    return memory;
}

char *keep_text(char *memory)
{
    return keep(memory, free);
}

struct kept *kept_until_now(void)
{
    return kept_list;
}

void release_since(struct kept *mark)
{
    while (kept_list != mark) {
        struct kept *kept = kept_list;
        kept_list = kept->next;
        kept->release(kept->memory);
        free(kept);
    }
}

static void release_kept(void)
{
    release_since(NULL);
}

char *sentence(const char *format, ...)
{
    char *made = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&made, format, arguments);
    va_end(arguments);
    if (length == -1) {
        abort();
    }
    return made;
}

char *format_text(const char *format, va_list arguments)
{
    char *made = NULL;
    if (vasprintf(&made, format, arguments) == -1) {
        made = NULL;
    }
    return keep_text(made);
}

const char *text(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *made = format_text(format, arguments);
    va_end(arguments);
    return made;
}

/* ---- failing ---- */

static _Thread_local const char *caller_file = __FILE__;
static _Thread_local int caller_line = __LINE__;

/* Where a failure goes instead, while failure_of() waits for it. */
static jmp_buf *catcher;
static const char *volatile caught;

void called_from(const char *file, int line)
{
    caller_file = file;
    caller_line = line;
    if (gettid() == getpid()) { /* Check listens to the main thread alone */
        _mark_point(file, line);
    }
}

void fail_test(const char *format, ...)
{
    static _Thread_local bool failing;
    va_list arguments;
    va_start(arguments, format);
    const char *message = format_text(format, arguments);
    va_end(arguments);
    if (catcher != NULL) {
        caught = message;
        longjmp(*catcher, 1);
    }
    const char *story = "";
    if (!failing) { /* what the story needs may fail too */
        failing = true;
        story = mount_story();
    }
    _ck_assert_failed(caller_file, caller_line, "Failed", "%.*s", MESSAGE_SIZE,
                      text("%s%s", message, story));
}

const char *failure_of(void (*body)(void))
{
    jmp_buf here;
    caught = NULL;
    catcher = &here;
    if (setjmp(here) == 0) {
        body();
    }
    catcher = NULL;
    return caught;
}

/* ---- patience ---- */

double patience_limit(double seconds)
{
    const char *multiplier = getenv("CK_TIMEOUT_MULTIPLIER");
    double factor = multiplier == NULL ? 1 : strtod(multiplier, NULL);
    return factor > 1 ? seconds * factor : seconds;
}

void nap(long milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

void wait_a_little(struct patience *patience, const char *condition)
{
    enum { NAP = 5, LIMIT = 20 };
    if ((double)patience->waited_ms / 1000 >= patience_limit(LIMIT)) {
        fail_test("waited in vain for: %s", condition);
    }
    nap(NAP);
    patience->waited_ms += NAP;
}

/* ---- the folder of this program ---- */

static char folder[PATH_MAX];

const char *scratch_folder(void)
{
    if (folder[0] == '\0') {
        const char *parent = getenv("TMPDIR");
        char *real = realpath(parent != NULL && parent[0] != '\0' ? parent : "/tmp", NULL);
        int length = snprintf(folder, sizeof(folder), "%s/vergefs-test-XXXXXX",
                              real != NULL ? real : "/tmp");
        free(real);
        /* Open to others, whom some tests become. */
        if (length >= (int)sizeof(folder) || mkdtemp(folder) == NULL || chmod(folder, 0755) == -1) {
            perror("harness: no folder for temporary files");
            exit(EXIT_FAILURE);
        }
    }
    return folder;
}

char *scratch_name(const char *kind)
{
    static unsigned number;
    unsigned mine = __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED);
    return sentence("%s/%s-%d-%u", scratch_folder(), kind, (int)getpid(), mine);
}

static void remove_scratch_folder(void)
{
    const char *const argv[] = {"rm", "-rf", "--one-file-system", folder, NULL};
    struct process remove = {0};
    if (folder[0] == '\0') {
        return;
    }
    if (!process_start(&remove, argv, NULL, NULL) || !process_wait(&remove, patience_limit(20))) {
        fprintf(stderr, "harness: %s could not be removed\n", folder);
    }
    process_release(&remove);
}

/* ---- cases ---- */

struct fixture {
    const char *name;
    TCase *tests;
    double limit;
    struct sim_options sim_options;
    struct mount_options mount_options;
    struct sim *sim;
    struct mount *mount;
    char *complaint; /* what was wrong when it ended */
    bool wants_sim;
    bool wants_mount;
};

static struct fixture cases[MOST_CASES];
static size_t case_count;

static void append_complaint(struct fixture *fixture, char *complaint)
{
    if (complaint == NULL) {
        return;
    }
    if (fixture->complaint == NULL) {
        fixture->complaint = complaint;
        return;
    }
    char *both = sentence("%s\n%s", fixture->complaint, complaint);
    free(fixture->complaint);
    free(complaint);
    fixture->complaint = both;
}

static void case_end(struct fixture *fixture)
{
    watchdog_stop();
    if (fixture->mount != NULL) {
        append_complaint(fixture, mount_finish(fixture->mount));
        fixture->mount = NULL;
    }
    if (fixture->sim != NULL) {
        append_complaint(fixture, sim_finish(fixture->sim));
        fixture->sim = NULL;
    }
    sim_use(NULL);
    mount_use(NULL);
    daemons_sweep();
    release_kept();
}

/* What is wrong with it, for the caller to free, or NULL. */
static char *start_daemons(struct fixture *fixture)
{
    char *complaint = NULL;
    if (fixture->wants_sim) {
        fixture->sim = sim_launch(&fixture->sim_options, &complaint);
    }
    sim_use(fixture->sim);
    if (fixture->sim != NULL && fixture->wants_mount) {
        fixture->mount = mount_launch(&fixture->mount_options, &complaint);
    }
    mount_use(fixture->mount);
    return complaint;
}

static void case_begin(struct fixture *fixture)
{
    char *complaint = start_daemons(fixture);
    if (complaint != NULL) {
        const char *message = text("the case '%s' could not begin: %s", fixture->name, complaint);
        free(complaint);
        fprintf(stderr, "%s\n", message);
        case_end(fixture);
        ck_abort_msg("the case '%s' could not begin: see above", fixture->name);
    }
    watchdog_start(patience_limit(fixture->limit) + 10);
}

/* Check's fixtures take no argument: one function for each case. */
#define FIXTURE(n) \
    static void begin_##n(void) \
    { \
        case_begin(&cases[n]); \
    } \
    static void end_##n(void) \
    { \
        case_end(&cases[n]); \
    }
FIXTURE(0)
FIXTURE(1)
FIXTURE(2)
FIXTURE(3)
FIXTURE(4)
FIXTURE(5)
FIXTURE(6)
FIXTURE(7)

static const struct {
    void (*begin)(void);
    void (*end)(void);
} fixtures[MOST_CASES] = {
    {begin_0, end_0}, {begin_1, end_1}, {begin_2, end_2}, {begin_3, end_3},
    {begin_4, end_4}, {begin_5, end_5}, {begin_6, end_6}, {begin_7, end_7},
};

static void test_begin(void)
{
    called_from(__FILE__, __LINE__);
    watchdog_feed();
    if (sim_current() != NULL) {
        sim_reset();
    }
    if (mount_current() != NULL) {
        mount_refresh();
        mount_clear_error_log();
        sim_clear_log();
    }
}

static void test_end(void)
{
    called_from(__FILE__, __LINE__);
    mounts_of_test_stop();
    sims_of_test_stop();
    release_kept();
}

void case_limit(TCase *tcase, double seconds)
{
    tcase_set_timeout(tcase, seconds);
    for (size_t i = 0; i < case_count; i++) {
        if (cases[i].tests == tcase) {
            cases[i].limit = seconds;
        }
    }
}

TCase *bare_case(Suite *suite, const char *name)
{
    if (case_count == MOST_CASES) {
        fputs("harness: too many cases in one program\n", stderr);
        abort();
    }
    TCase *made = tcase_create(name);
    cases[case_count].name = name;
    cases[case_count].tests = made;
    tcase_add_unchecked_fixture(made, fixtures[case_count].begin, fixtures[case_count].end);
    tcase_add_checked_fixture(made, test_begin, test_end);
    suite_add_tcase(suite, made);
    case_count++;
    case_limit(made, TEST_SECONDS);
    return made;
}

TCase *simulated_case(Suite *suite, const char *name, const struct sim_options *sim)
{
    TCase *made = bare_case(suite, name);
    struct fixture *fixture = &cases[case_count - 1];
    fixture->wants_sim = true;
    if (sim != NULL) {
        fixture->sim_options = *sim;
    }
    return made;
}

TCase *mounted_case(Suite *suite, const char *name, const struct sim_options *sim,
                    const struct mount_options *mount)
{
    TCase *made = simulated_case(suite, name, sim);
    struct fixture *fixture = &cases[case_count - 1];
    fixture->wants_mount = true;
    if (mount != NULL) {
        fixture->mount_options = *mount;
    }
    return made;
}

void add_test_list(TCase *tcase, const TTest *const *tests)
{
    for (; *tests != NULL; tests++) {
        tcase_add_test(tcase, *tests);
    }
}

/* ---- the run ---- */

START_TEST(daemons_of_the_case_end_well)
{
    const struct fixture *fixture = &cases[_i];
    if (fixture->complaint != NULL) {
        ck_abort_msg("after the case '%s': %.*s", fixture->name, MESSAGE_SIZE, fixture->complaint);
    }
}
END_TEST

static Suite *aftermath(void)
{
    Suite *suite = suite_create("afterwards");
    TCase *made = tcase_create("daemons");
    tcase_add_loop_test(made, daemons_of_the_case_end_well, 0, (int)case_count);
    suite_add_tcase(suite, made);
    return suite;
}

static bool all_cases_ended_well(void)
{
    bool well = true;
    for (size_t i = 0; i < case_count; i++) {
        well = well && cases[i].complaint == NULL;
        free(cases[i].complaint);
    }
    return well;
}

int run_suite(Suite *suite)
{
    scratch_folder();
    check_set_max_msg_size((size_t)4 * MESSAGE_SIZE);
    SRunner *runner = srunner_create(suite);
    srunner_add_suite(runner, aftermath());
    srunner_run_all(runner, CK_ENV);
    bool failed = srunner_ntests_failed(runner) > 0 || srunner_ntests_run(runner) == 0;
    srunner_free(runner);
    daemons_sweep();
    release_kept();
    remove_scratch_folder();
    return !all_cases_ended_well() || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- checkers ---- */

bool memory_is_checked(void)
{
#ifdef __has_feature
    if (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
        return true;
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#else
    const char *command = getenv("VERGEFS"); /* behind that of a checker */
    return command != NULL && strchr(command, ' ') != NULL;
#endif
}
