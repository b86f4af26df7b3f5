/* SPDX-License-Identifier: MIT
 *
 * Starting programs, waiting for them no longer than is reasonable, reading what they wrote.
 */
#include "tests/integration/harness_internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- lists of words ---- */

void words_add(struct words *words, const char *word)
{
    const char **grown = realloc(words->list, (words->count + 2) * sizeof(*grown));
    char *copy = word == NULL ? NULL : strdup(word);
    if (grown == NULL || (word != NULL && copy == NULL)) {
        abort();
    }
    words->list = grown;
    words->list[words->count] = copy;
    words->list[words->count + 1] = NULL;
    words->count += copy != NULL;
}

void words_split(struct words *words, const char *line)
{
    char *copy = line == NULL ? NULL : strdup(line);
    char *rest = NULL;
    for (char *word = copy == NULL ? NULL : strtok_r(copy, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        words_add(words, word);
    }
    free(copy);
}

void words_release(struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        free((char *)words->list[i]);
    }
    free(words->list);
    *words = (struct words){0};
}

/* ---- files as strings ---- */

static char *slurp_stream(FILE *stream, size_t *size)
{
    char *content = NULL;
    size_t length = 0;
    size_t room = 0;
    do {
        if (length + 1 >= room) {
            room = room == 0 ? 4096 : room * 2;
            char *grown = realloc(content, room);
            if (grown == NULL) {
                abort();
            }
            content = grown;
        }
        length += fread(content + length, 1, room - length - 1, stream);
    } while (!feof(stream) && !ferror(stream));
    content[length] = '\0';
    if (size != NULL) {
        *size = length;
    }
    return content;
}

char *slurp(const char *file, size_t *size)
{
    FILE *stream = fopen(file, "re");
    if (stream == NULL) {
        return NULL;
    }
    char *content = slurp_stream(stream, size);
    int error = ferror(stream) ? errno : 0;
    fclose(stream);
    if (error != 0) {
        free(content);
        errno = error;
        return NULL;
    }
    return content;
}

const char *last_lines(const char *content, int lines)
{
    const char *from = content + strlen(content);
    while (from > content) {
        if (from[-1] == '\n' && from[0] != '\0' && --lines == 0) {
            break;
        }
        from--;
    }
    return from;
}

/* ---- processes ---- */

static void redirect(const char *file, int to)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd == -1 || dup2(fd, to) == -1) {
        _exit(126);
    }
    close(fd);
}

static void change_environment(const char *const *changes)
{
    for (; changes != NULL && *changes != NULL; changes++) {
        if (strchr(*changes, '=') != NULL) {
            putenv((char *)*changes);
        } else {
            unsetenv(*changes);
        }
    }
}

/* In the child: dies with the test or the test program that started it, reads nothing. */
_Noreturn static void become(const struct process *process, const char *const *argv,
                             const char *const *changes, const char *folder, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGALRM, SIG_DFL);
    setsid();
    prctl(PR_SET_PDEATHSIG, process->death != 0 ? process->death : SIGTERM);
    int nothing = open("/dev/null", O_RDONLY);
    if (getppid() != parent || nothing == -1 || dup2(nothing, STDIN_FILENO) == -1) {
        _exit(126);
    }
    redirect(process->out, STDOUT_FILENO);
    redirect(process->err, STDERR_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    change_environment(changes);
    if (folder == NULL || chdir(folder) == 0) {
        execvp(argv[0], (char *const *)argv);
    }
    perror(argv[0]);
    _exit(127);
}

bool process_start(struct process *process, const char *const *argv, const char *const *changes,
                   const char *folder)
{
    if (process->out == NULL) {
        process->out = scratch_name("out");
        process->err = scratch_name("err");
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become(process, argv, changes, folder, parent);
    }
    process->pid = pid;
    process->group = pid;
    return pid > 0;
}

bool process_ended(struct process *process)
{
    if (process->pid > 0 && waitpid(process->pid, &process->status, WNOHANG) == process->pid) {
        process->pid = 0;
    }
    return process->pid <= 0;
}

bool process_wait(struct process *process, double seconds)
{
    enum { NAP = 2 };
    for (long waited = 0; !process_ended(process); waited += NAP) {
        if ((double)waited / 1000 >= seconds) {
            return false;
        }
        nap(NAP);
    }
    return true;
}

void process_kill(struct process *process)
{
    if (process->group > 0) {
        kill(-process->group, SIGKILL);
        process->group = 0;
    }
    if (process->pid > 0) {
        kill(process->pid, SIGKILL); /* in case it is not yet the leader of its group */
        process_wait(process, 5);
    }
}

void process_release(struct process *process)
{
    process_kill(process);
    if (process->out != NULL) {
        unlink(process->out);
        unlink(process->err);
    }
    free(process->out);
    free(process->err);
    *process = (struct process){0};
}

int process_exit_code(const struct process *process)
{
    return WIFSIGNALED(process->status) ? 128 + WTERMSIG(process->status)
                                        : WEXITSTATUS(process->status);
}

/* ---- commands of a test ---- */

double command_limit = 30;

struct job {
    struct process process;
    const char *command;
};

static void job_release(void *job)
{
    process_release(&((struct job *)job)->process);
    free(job);
}

static struct job *job_start(const char *command)
{
    struct job *job = calloc(1, sizeof(*job));
    keep(job, job_release);
    job->process.death = SIGKILL;
    job->command = command;
    struct words environment = {0};
    daemon_environment(&environment, sim_current());
    struct words program = {0};
    program_words(&program, "VERGEFS", "./vergefs");
    const char *vergefs = "VERGEFS=";
    for (size_t i = 0; i < program.count; i++) {
        vergefs = text("%s%s%s", vergefs, i == 0 ? "" : " ", program.list[i]);
    }
    words_add(&environment, vergefs);
    words_add(&environment, text("MOUNT=%s", path(".")));
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    bool started = process_start(&job->process, argv, environment.list, path("."));
    words_release(&environment);
    words_release(&program);
    if (!started) {
        fail_test("could not start '%s': %s", command, strerror(errno));
    }
    return job;
}

struct job *start(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *command = format_text(format, arguments);
    va_end(arguments);
    return job_start(command);
}

bool job_runs(struct job *job)
{
    return !process_ended(&job->process);
}

void job_signal(struct job *job, int signal)
{
    if (job_runs(job)) {
        kill(-job->process.group, signal);
    }
}

static const char *written(const char *file)
{
    char *content = slurp(file, NULL);
    return content == NULL ? "" : keep_text(content);
}

struct result job_finish(struct job *job)
{
    if (!process_wait(&job->process, patience_limit(command_limit))) {
        process_kill(&job->process);
        fail_test("'%s' did not end by itself and was killed; it wrote:\n%s%s", job->command,
                  written(job->process.out), written(job->process.err));
    }
    return (struct result){process_exit_code(&job->process), written(job->process.out),
                           written(job->process.err)};
}

struct result run(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *command = format_text(format, arguments);
    va_end(arguments);
    return job_finish(job_start(command));
}

void expect_run(int status, const char *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *command = format_text(format, arguments);
    va_end(arguments);
    struct result result = job_finish(job_start(command));
    if (result.status != status || (out != NULL && strcmp(result.out, out) != 0)) {
        fail_test("$ %s\nexpected status %d%s%s\nfound status %d, output:\n%s%s", command, status,
                  out == NULL ? "" : ", output:\n", out == NULL ? "" : out, result.status,
                  result.out, result.err);
    }
}
