/* SPDX-License-Identifier: MIT
 *
 * Starting vergefs on a folder of its own, and ending it with a look at how it ended.
 */
#include "tests/integration/harness_internal.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mount {
    struct mount *next; /* among those that the test started */
    struct process process;
    char *mountpoint;
    bool ended;
};

static struct mount *current;
static struct mount *started; /* by this test */

/* ---- looking at it ---- */

void mount_use(struct mount *mount)
{
    current = mount;
}

struct mount *mount_current(void)
{
    return current;
}

const char *mount_path(const struct mount *mount)
{
    return mount->mountpoint;
}

pid_t mount_pid(const struct mount *mount)
{
    return mount->process.pid;
}

const char *mount_stderr(const struct mount *mount)
{
    char *content = slurp(mount->process.err, NULL);
    return content == NULL ? "" : keep_text(content);
}

/* The first line of what a checker of memory or threads, or libfuse, reported; NULL: nothing. */
static const char *complaint_in(const char *said)
{
    static const char *const marks[] = {
        "Sanitizer", "runtime error:", "== Invalid ", "== Conditional jump", "fuse: ", "Assertion ",
    };
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        const char *found = strstr(said, marks[i]);
        if (found != NULL) {
            while (found > said && found[-1] != '\n') {
                found--;
            }
            return found;
        }
    }
    return NULL;
}

/* In a process of its own, for a broken daemon may not answer. */
static const char *error_log_tail(const struct mount *mount)
{
    const char *log = text("%s/.vergefs/error_log", mount->mountpoint);
    const char *const argv[] = {"tail", "-n", "5", log, NULL};
    struct process tail = {.death = SIGKILL};
    char *content = NULL;
    if (process_start(&tail, argv, NULL, "/") && process_wait(&tail, 3)) {
        content = slurp(tail.out, NULL);
    }
    process_release(&tail);
    return content == NULL ? "(not readable)\n" : keep_text(content);
}

const char *mount_story(void)
{
    enum { LINES = 12, SHOWN = 4000 };
    if (current == NULL) {
        return "";
    }
    const char *log = error_log_tail(current);
    const char *said = mount_stderr(current);
    const char *complaint = complaint_in(said);
    return text("\n-- error_log:\n%s-- vergefs wrote:\n%.*s", log, SHOWN,
                complaint != NULL ? complaint : last_lines(said, LINES));
}

/* ---- ending well ---- */

char *ended_well(const struct process *process, const char *name)
{
    enum { SHOWN = 5000, LINES = 20 };
    char *said = slurp(process->err, NULL);
    char *found = NULL;
    int code = process_exit_code(process);
    const char *complaint = said == NULL ? NULL : complaint_in(said);
    const char *last = said == NULL ? "" : last_lines(said, LINES);
    if (process->pid > 0) {
        found = sentence("%s did not end at SIGTERM; it wrote:\n%s", name, last);
    } else if (complaint != NULL) {
        found = sentence("%s (exit status %d) wrote:\n%.*s", name, code, SHOWN, complaint);
    } else if (code != 0) {
        found = sentence("%s ended with exit status %d; it wrote:\n%s", name, code, last);
    }
    free(said);
    return found;
}

/* ---- starting ---- */

static void absolute(struct words *words, const char *word)
{
    char *real = strchr(word, '/') == NULL ? NULL : realpath(word, NULL);
    words_add(words, real == NULL ? word : real);
    free(real);
}

void program_words(struct words *words, const char *variable, const char *standard)
{
    const char *given = getenv(variable);
    struct words parts = {0};
    words_split(&parts, given != NULL && given[0] != '\0' ? given : standard);
    for (size_t i = 0; i < parts.count; i++) {
        absolute(words, parts.list[i]);
    }
    words_release(&parts);
}

void daemon_environment(struct words *environment, const struct sim *sim)
{
    static const char *const unset[] = {
        "VERGE_HOST",         "VERGE_USERNAME",   "VERGE_PASSWORD",    "VERGE_TOKEN",
        "VERGE_VERIFY_SSL",   "VERGE_TIMEOUT",    "VERGE_RETRY_TOTAL", "VERGE_RETRY_BACKOFF",
        "VERGEOS_HOST",       "VERGEOS_USERNAME", "VERGEOS_PASSWORD",  "VERGEOS_API_KEY",
        "VERGEOS_VERIFY_SSL", "VERGEOS_TIMEOUT",
    };
    for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++) {
        words_add(environment, unset[i]);
    }
    words_add(environment, text("HOME=%s", scratch_folder()));
    words_add(environment, text("XDG_CONFIG_HOME=%s/config", scratch_folder()));
    words_add(environment, "LC_ALL=C.UTF-8");
    if (sim != NULL) {
        words_add(environment, text("SIM_HOST=%s", sim_url(sim)));
        words_add(environment,
                  text("SIM_CACERT=%s", sim_cacert(sim) == NULL ? "" : sim_cacert(sim)));
        words_add(environment, text("SIM_PASSWORD=%s", sim_password()));
        words_add(environment, text("VERGE_TOKEN=%s", sim_token()));
    }
}

/* What follows -o; NULL: nothing. */
static const char *option_list(const struct mount_options *options, const struct sim *sim)
{
    if (options->plain || sim == NULL) {
        return options->options;
    }
    const char *list = "budget=0";
    if (sim_cacert(sim) != NULL) {
        list = text("%s,cacert=%s", list, sim_cacert(sim));
    }
    return options->options == NULL ? list : text("%s,%s", list, options->options);
}

static void command_line(struct words *argv, const struct mount_options *options,
                         const char *mountpoint)
{
    struct sim *sim = options->sim != NULL ? options->sim : sim_current();
    const char *list = option_list(options, sim);
    program_words(argv, "VERGEFS", "./vergefs");
    words_add(argv, "-f");
    if (list != NULL) {
        words_add(argv, "-o");
        words_add(argv, list);
    }
    words_split(argv, options->args);
    if (options->host != NULL || sim != NULL) {
        words_add(argv, options->host != NULL ? options->host : sim_url(sim));
    }
    words_add(argv, mountpoint);
}

static void launch(struct mount *mount, const struct mount_options *options)
{
    struct words argv = {0};
    struct words environment = {0};
    command_line(&argv, options, mount->mountpoint);
    daemon_environment(&environment, options->sim != NULL ? options->sim : sim_current());
    for (const char *const *more = options->env; more != NULL && *more != NULL; more++) {
        words_add(&environment, *more);
    }
    if (!process_start(&mount->process, argv.list, environment.list, NULL)) {
        perror("harness: fork");
        abort();
    }
    daemon_remember(mount->process.pid, mount->mountpoint);
    words_release(&argv);
    words_release(&environment);
}

static struct mount *new_mount(void)
{
    struct mount *mount = calloc(1, sizeof(*mount));
    if (mount == NULL) {
        abort();
    }
    mount->mountpoint = scratch_name("mount");
    if (mkdir(mount->mountpoint, 0755) == -1) {
        perror(mount->mountpoint);
        abort();
    }
    return mount;
}

/* Leaves nothing but the memory. */
static void clear_away(struct mount *mount)
{
    pid_t pid = mount->process.pid;
    process_kill(&mount->process);
    if (is_mounted(mount->mountpoint)) {
        detach_mount(mount->mountpoint);
    }
    daemon_forget(pid);
    rmdir(mount->mountpoint);
    mount->ended = true;
    if (current == mount) {
        current = NULL;
    }
}

static void free_mount(struct mount *mount)
{
    if (!mount->ended) {
        clear_away(mount);
    }
    process_release(&mount->process);
    free(mount->mountpoint);
    free(mount);
}

static char *why_not_mounted(struct mount *mount)
{
    enum { LIMIT = 30, NAP = 5 };
    for (long waited = 0; !is_mounted(mount->mountpoint); waited += NAP) {
        bool late = (double)waited / 1000 > patience_limit(LIMIT);
        if (process_ended(&mount->process) || late) {
            char *said = slurp(mount->process.err, NULL);
            char *why = sentence("vergefs did not mount: %s (exit status %d); it wrote:\n%s",
                                 late ? "it took too long" : "it ended",
                                 process_exit_code(&mount->process), said == NULL ? "" : said);
            free(said);
            return why;
        }
        nap(NAP);
    }
    return NULL;
}

struct mount *mount_launch(const struct mount_options *options, char **complaint)
{
    static const struct mount_options standard;
    if (access("/dev/fuse", F_OK) == -1) {
        *complaint = sentence("/dev/fuse is missing: nothing can be mounted on this machine");
        return NULL;
    }
    struct mount *mount = new_mount();
    launch(mount, options != NULL ? options : &standard);
    *complaint = why_not_mounted(mount);
    if (*complaint != NULL) {
        free_mount(mount);
        return NULL;
    }
    return mount;
}

/* ---- ending ---- */

static char *end(struct mount *mount)
{
    enum { LIMIT = 20 };
    pid_t pid = mount->process.pid;
    if (pid > 0) {
        kill(pid, SIGTERM);
        process_wait(&mount->process, patience_limit(LIMIT));
    }
    char *complaint = ended_well(&mount->process, "vergefs");
    if (complaint == NULL && is_mounted(mount->mountpoint)) {
        complaint = sentence("vergefs ended with status 0 but left its mount behind");
    }
    clear_away(mount);
    daemon_forget(pid);
    return complaint;
}

char *mount_finish(struct mount *mount)
{
    char *complaint = end(mount);
    free_mount(mount);
    return complaint;
}

/* ---- mounts that a test starts ---- */

struct mount *mount_start(const struct mount_options *options)
{
    char *complaint = NULL;
    struct mount *mount = mount_launch(options, &complaint);
    if (mount == NULL) {
        fail_test("%s", keep_text(complaint));
    }
    mount->next = started;
    started = mount;
    return mount;
}

void mount_stop(struct mount *mount)
{
    char *complaint = end(mount);
    if (complaint != NULL) {
        fail_test("%s", keep_text(complaint));
    }
}

void mount_kill(struct mount *mount)
{
    clear_away(mount);
}

void mount_crash(struct mount *mount)
{
    daemon_forget(mount->process.pid);
    process_release(&mount->process);
}

void mount_restart(struct mount *mount, const struct mount_options *options)
{
    enum { LIMIT = 30, NAP = 5 };
    const char *inside = text("%s/.vergefs/version", mount->mountpoint);
    launch(mount, options);
    for (long waited = 0; access(inside, F_OK) == -1; waited += NAP) {
        if (process_ended(&mount->process) || (double)waited / 1000 > patience_limit(LIMIT))
            fail_test("vergefs did not mount again; it wrote:\n%s", mount_stderr(mount));
        nap(NAP);
    }
}

void mounts_of_test_stop(void)
{
    while (started != NULL) {
        struct mount *mount = started;
        char *complaint = mount->ended ? NULL : end(mount);
        started = mount->next;
        free_mount(mount);
        if (complaint != NULL) {
            fail_test("%s", keep_text(complaint));
        }
    }
}

struct result mount_refused(const struct mount_options *options)
{
    static const struct mount_options standard;
    enum { LIMIT = 60 };
    struct mount *mount = new_mount();
    launch(mount, options != NULL ? options : &standard);
    pid_t pid = mount->process.pid;
    bool ended = process_wait(&mount->process, patience_limit(LIMIT));
    daemon_forget(pid);
    struct result result = {process_exit_code(&mount->process),
                            keep_text(slurp(mount->process.out, NULL)),
                            keep_text(slurp(mount->process.err, NULL))};
    free_mount(mount);
    if (!ended) {
        fail_test("vergefs was to end by itself and did not; it wrote:\n%s", result.err);
    }
    return result;
}

/* ---- between tests ---- */

static void write_control(const char *name, const char *content)
{
    const char *file = text("%s/.vergefs/%s", current->mountpoint, name);
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    if (fd == -1 && errno == ENOTCONN) {
        ck_abort_msg("vergefs is gone since an earlier test");
    }
    if (fd == -1 || write(fd, content, strlen(content)) == -1) {
        fail_test("%s: %s", file, strerror(errno));
    }
    close(fd);
}

void mount_refresh(void)
{
    write_control("refresh", "1\n");
}

void mount_clear_error_log(void)
{
    write_control("error_log", "\n");
}
