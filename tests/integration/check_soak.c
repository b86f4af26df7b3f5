/* SPDX-License-Identifier: MIT
 *
 * A long run: the plays of check_model in one process, some that read all the while in others, and
 * some faults; and the daemon is at the end what it was at the beginning, in memory, descriptors
 * and threads.
 *
 *     make soak                        200000 operations
 *     VERGEFS_OPERATIONS=N             so many; 4000 otherwise
 *     VERGEFS_SEED=N                   the seed
 */
#include "tests/model/play.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/integration/harness.h"

enum { READERS = 3, READS_A_STEP = 20, AHEAD = 100, ENOUGH = 4000 };
/* KiB that the memory may grow by; beside a checker of memory it may be anything. */
enum { GROWTH = 8192 };
/* Connections that are kept, and workers of both layers (64 and 8) with what the daemon has beside
 * them; how many there are at a time is chance. */
enum { SOCKETS = 64, THREADS = 80 };

/* What the processes share. */
struct soak {
    atomic_ulong steps, reads, failures;
    atomic_bool over;
};

/* ---- who reads ---- */

static unsigned chance(unsigned *state, unsigned limit)
{
    *state = *state * 1103515245 + 12345;
    return (*state >> 8) % limit;
}

static bool read_whole(int folder, const char *name)
{
    char content[8192];
    ssize_t got = 1;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    while (got > 0)
        got = read(fd, content, sizeof(content));
    close(fd);
    return got == 0;
}

/* Enters one of the entries, or reads it; NULL where there is nothing to enter. */
static DIR *descend(struct soak *soak, DIR *folder, unsigned *state)
{
    char name[256] = "";
    unsigned seen = 0;
    for (struct dirent *entry = NULL; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.' && chance(state, ++seen) == 0)
            snprintf(name, sizeof(name), "%s", entry->d_name);
    atomic_fetch_add(&soak->reads, 1);
    if (name[0] == '\0')
        return NULL;
    int fd = openat(dirfd(folder), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *below = fd < 0 ? NULL : fdopendir(fd);
    if (below == NULL && !read_whole(dirfd(folder), name))
        atomic_fetch_add(&soak->failures, 1);
    return below;
}

_Noreturn static void read_on(struct soak *soak, const char *root, unsigned state)
{
    static const struct timespec moment = {0, 1000000};
    while (!atomic_load(&soak->over)) {
        DIR *folder = opendir(root);
        for (int depth = 0; folder != NULL && depth < 7; depth++) {
            DIR *below = descend(soak, folder, &state);
            closedir(folder);
            folder = below;
        }
        if (folder != NULL)
            closedir(folder);
        while (!atomic_load(&soak->over) &&
               atomic_load(&soak->reads) > atomic_load(&soak->steps) * READS_A_STEP + AHEAD)
            nanosleep(&moment, NULL);
    }
    _exit(0);
}

static void start_readers(struct soak *soak, pid_t readers[READERS])
{
    const char *root = mount_path(mount_current());
    for (unsigned i = 0; i < READERS; i++) {
        readers[i] = fork();
        if (readers[i] == 0)
            read_on(soak, root, i + 1);
    }
}

static void end_readers(struct soak *soak, pid_t readers[READERS])
{
    atomic_store(&soak->over, true);
    for (int i = 0; i < READERS; i++)
        waitpid(readers[i], NULL, 0);
}

/* ---- what the daemon is ---- */

struct size {
    long memory, threads; /* KiB; a number */
    int files, sockets;
};

static long status_line(const char *content, const char *name)
{
    const char *found = strstr(content, name);
    return found == NULL ? -1 : strtol(found + strlen(name), NULL, 10);
}

static void count_descriptors(pid_t pid, struct size *size)
{
    DIR *folder = opendir(text("/proc/%d/fd", (int)pid));
    for (struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char target[256] = "";
        if (readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1) <= 0)
            continue;
        bool socket = strncmp(target, "socket:", strlen("socket:")) == 0;
        size->sockets += socket;
        size->files += !socket;
    }
    if (folder != NULL)
        closedir(folder);
}

static struct size measure(void)
{
    struct size size = {0};
    pid_t pid = mount_pid(mount_current());
    const char *content = read_file("/proc/%d/status", (int)pid);
    size.memory = status_line(content, "VmRSS:");
    size.threads = status_line(content, "Threads:");
    count_descriptors(pid, &size);
    return size;
}

static void compare(const struct size *before, const struct size *after)
{
    printf("soak: memory %ld KiB, then %ld; threads %ld, %ld; files %d, %d; sockets %d, %d\n",
           before->memory, after->memory, before->threads, after->threads, before->files,
           after->files, before->sockets, after->sockets);
    fflush(stdout);
    ck_assert_int_eq(after->files, before->files);
    ck_assert_int_le(after->sockets, SOCKETS);
    ck_assert_int_le(after->threads, THREADS);
    if (!memory_is_checked())
        ck_assert_int_le(after->memory, before->memory + before->memory / 4 + GROWTH);
}

/* ---- the run ---- */

static unsigned long number_given(const char *name, unsigned long otherwise)
{
    const char *given = getenv(name);
    return given == NULL ? otherwise : strtoul(given, NULL, 10);
}

static unsigned long operations(const struct soak *soak, const struct play *play)
{
    return atomic_load(&soak->reads) + play->figures.operations;
}

/* The readers get their share, too. */
static void wait_for_readers(struct soak *soak)
{
    wait_until(atomic_load(&soak->reads) + AHEAD > atomic_load(&soak->steps) * READS_A_STEP);
}

static void play_until(struct soak *soak, struct play *play, uint64_t *state, unsigned long end)
{
    struct kept *mark = kept_until_now();
    while (operations(soak, play) < end) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        play_step(play, (uint32_t)(*state >> 32) | 1u);
        atomic_fetch_add(&soak->steps, 1);
        wait_for_readers(soak);
        release_since(mark);
    }
}

START_TEST(a_long_run_leaves_the_daemon_as_it_was)
{
    static const struct manner manner = {.faults_in_100 = 5};
    unsigned long wanted = number_given("VERGEFS_OPERATIONS", ENOUGH);
    uint64_t state = number_given("VERGEFS_SEED", (unsigned long)time(NULL));
    pid_t readers[READERS];
    static struct play play;
    struct soak *soak =
        mmap(NULL, sizeof(*soak), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(soak, MAP_FAILED);
    printf("soak: seed %lu, %lu operations\n", (unsigned long)state, wanted);
    play_begin(&play, &manner, HONEST);
    tree_shared();
    start_readers(soak, readers);
    play_until(soak, &play, &state, wanted / 4);
    struct size before = measure();
    play_until(soak, &play, &state, wanted);
    end_readers(soak, readers);
    play_end(&play);
    play_free(&play);
    printf("soak: %lu reads, %lu of them failed; %lu steps, %lu operations, %lu faults\n",
           atomic_load(&soak->reads), atomic_load(&soak->failures), play.figures.steps,
           play.figures.operations, play.figures.faults);
    struct size after = measure();
    compare(&before, &after);
}
END_TEST

int main(void)
{
    static const char *const quickly[] = {"VERGE_RETRY_BACKOFF=0.01", NULL};
    const struct sim_options fleet = {.data = "../model/data.json"};
    const struct mount_options mount = {.options = "ttl=3600,retries=1,timeout=60", .env = quickly};
    Suite *suite = suite_create("soak");
    play_hurry();
    TCase *tcase = mounted_case(suite, "soak", &fleet, &mount);
    add_tests(tcase, a_long_run_leaves_the_daemon_as_it_was);
    case_limit(tcase, 120 + (double)number_given("VERGEFS_OPERATIONS", ENOUGH) / 20);
    return run_suite(suite);
}
