/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without libFuzzer: first the files of its corpus, then mutations of them that
 * a seed decides, so that each run is like the last one.
 *
 *     TARGET           the corpus, $srcdir/tests/fuzz/corpus/TARGET, and mutations of it
 *     TARGET FILE...   these inputs alone
 *
 * FUZZ_RUNS is the count of mutations, FUZZ_SEED the seed. The target runs in a process of its own;
 * the input that kills it is written to a file.
 */
#include "config.h"

#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"

/* An input that takes longer hangs. */
#define HANG_SECONDS 60

/* What the process that runs the target leaves behind. */
struct shared {
    unsigned long runs;
    size_t length;
    uint8_t bytes[FUZZ_LONGEST];
};

struct session {
    const char *program, *name; /* of the target */
    struct inputs corpus;
    unsigned long mutations;
    uint64_t seed;
    struct shared *shared;
};

static unsigned long long number_from(const char *variable, unsigned long long otherwise)
{
    const char *value = getenv(variable);

    return value && *value ? strtoull(value, NULL, 10) : otherwise;
}

static void run(struct session *session, const uint8_t *bytes, size_t length)
{
    struct shared *shared = session->shared;

    memcpy(shared->bytes, bytes, length);
    shared->length = length;
    shared->runs++;
    alarm(HANG_SECONDS);
    uint8_t *copy = (uint8_t *)fuzz_copy(bytes, length);
    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

static void run_all(struct session *session)
{
    struct mutator mutator = {.random = session->seed, .corpus = &session->corpus};
    uint8_t bytes[FUZZ_LONGEST];

    for (size_t i = 0; i < session->corpus.count; i++)
        run(session, session->corpus.inputs[i].bytes, session->corpus.inputs[i].length);
    for (unsigned long i = 0; i < session->mutations; i++)
        run(session, bytes, mutate(&mutator, bytes));
}

/* ---- when it dies ---- */

static void keep_input(const struct session *session, int status)
{
    const struct shared *shared = session->shared;
    char name[128];

    snprintf(name, sizeof name, "%s-%llu-%lu.input", session->name,
             (unsigned long long)session->seed, shared->runs);
    FILE *file = fopen(name, "wb");
    if (file) {
        fwrite(shared->bytes, 1, shared->length, file);
        fclose(file);
    }
    printf("%s: %s %d at input %lu of seed %llu; it is kept in %s, to be run by\n    %s %s\n",
           session->name, WIFSIGNALED(status) ? "signal" : "status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), shared->runs,
           (unsigned long long)session->seed, name, session->program, name);
}

static int run_in_child(struct session *session)
{
    int status = 0;

    fflush(stdout);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        run_all(session);
        exit(EXIT_SUCCESS); /* not _exit: leaks are looked for at the end */
    }
    while (waitpid(child, &status, 0) != child)
        continue;
    if (status != 0)
        keep_input(session, status);
    return status;
}

/* ---- what to run ---- */

static void read_folder(struct session *session)
{
    const char *source = getenv("srcdir");
    char folder[4096], path[8192];
    const struct dirent *entry;

    snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", source ? source : ".",
             session->name);
    DIR *directory = opendir(folder);
    if (!directory) {
        fprintf(stderr, "%s: no corpus in %s\n", session->name, folder);
        exit(EXIT_FAILURE);
    }
    while ((entry = readdir(directory))) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (*entry->d_name != '.')
            inputs_add(&session->corpus, path);
    }
    closedir(directory);
    inputs_sort(&session->corpus);
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    struct session session = {
        .program = argv[0],
        .name = slash ? slash + 1 : argv[0],
        .mutations = argc > 1 ? 0 : number_from("FUZZ_RUNS", fuzz_default_runs),
        .seed = number_from("FUZZ_SEED", 1),
    };

    session.shared = mmap(NULL, sizeof *session.shared, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(session.shared != MAP_FAILED);
    for (int i = 1; i < argc; i++)
        inputs_add(&session.corpus, argv[i]);
    if (argc == 1)
        read_folder(&session);
    must(session.corpus.count > 0);
    int status = run_in_child(&session);
    printf("%s: %zu files, %lu mutations, seed %llu\n", session.name, session.corpus.count,
           session.mutations, (unsigned long long)session.seed);
    inputs_free(&session.corpus);
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
