/* SPDX-License-Identifier: MIT */
#define VERGEFS_TESTS_COMMAND_C
#include "tests/integration/command.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- files and folders outside of any mount ---- */

const char *new_folder(void)
{
    const char *folder = keep_text(scratch_name("folder"));
    expect_ok(mkdir(folder, 0755));
    return folder;
}

const char *new_file(const char *content, mode_t mode)
{
    const char *file = keep_text(scratch_name("file"));
    int fd = open_file(O_WRONLY | O_CREAT | O_EXCL, "%s", file);
    expect_ok(fd);
    expect_ok(write_piece(fd, content));
    expect_ok(fchmod(fd, mode));
    expect_ok(close(fd));
    return file;
}

int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    expect_ok(bind(fd, (struct sockaddr *)&address, size));
    expect_ok(getsockname(fd, (struct sockaddr *)&address, &size));
    close(fd);
    return ntohs(address.sin_port);
}

const char *host_and_port(void)
{
    return strstr(sim_url(sim_current()), "://") + 3;
}

const char *port_of_sim(void)
{
    return strrchr(sim_url(sim_current()), ':') + 1;
}

/* ---- processes ---- */

const char *proc_file(pid_t pid, const char *name)
{
    char *content = slurp(text("/proc/%d/%s", (int)pid, name), NULL);
    return content == NULL ? "" : keep_text(content);
}

long stat_field(pid_t pid, int number)
{
    const char *rest = strrchr(proc_file(pid, "stat"), ')');
    if (rest == NULL) {
        return 0;
    }
    char state = rest[2];
    long value = state == 'Z' ? 0 : state;
    for (rest += 3; number > 3; number--) {
        char *end = NULL;
        value = strtol(rest, &end, 10);
        rest = end;
    }
    return value;
}

bool is_alive(pid_t pid)
{
    return stat_field(pid, STATE) != 0;
}

/* Whether one of its arguments is this one. */
static bool has_argument(pid_t pid, const char *argument)
{
    size_t size = 0;
    bool found = false;
    char *list = slurp(text("/proc/%d/cmdline", (int)pid), &size);
    if (list == NULL) {
        return false; /* it is gone */
    }
    for (size_t at = 0; at < size; at += strlen(list + at) + 1) {
        found = found || strcmp(list + at, argument) == 0;
    }
    free(list);
    return found;
}

pid_t daemon_of(const char *folder)
{
    pid_t found = 0;
    DIR *processes = opendir("/proc");
    for (struct dirent *entry = readdir(processes); entry != NULL; entry = readdir(processes)) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && strncmp(proc_file(pid, "comm"), "sh", 2) != 0 && is_alive(pid) &&
            has_argument(pid, folder)) {
            found = pid;
        }
    }
    closedir(processes);
    return found;
}

pid_t remember_daemon(const char *folder)
{
    pid_t pid = daemon_of(folder);
    if (pid > 0) {
        daemon_remember(pid, folder);
    }
    return pid;
}

const char *mount_in_background(const char *command)
{
    const char *folder = new_folder();
    struct result result = run("%s %s", command, folder);
    bool mounted = is_mounted(folder); /* at once */
    pid_t pid = remember_daemon(folder);
    expect_text("", result.err);
    expect_text("", result.out);
    ck_assert_int_eq(result.status, 0);
    ck_assert(mounted);
    ck_assert_int_gt(pid, 0);
    return folder;
}

void expect_ended(const char *folder, pid_t pid)
{
    wait_until(!is_alive(pid));
    ck_assert(!is_mounted(folder));
    daemon_forget(pid);
}

void end_background(const char *folder)
{
    pid_t pid = daemon_of(folder);
    expect_ok(kill(pid, SIGTERM));
    expect_ended(folder, pid);
}

struct foreground start_in_foreground(const char *command)
{
    struct foreground made = {.folder = new_folder()};
    made.job = start("exec %s %s", command, made.folder);
    wait_until(is_mounted(made.folder) || !job_runs(made.job));
    made.pid = remember_daemon(made.folder);
    return made;
}

struct result expect_end(const struct foreground *foreground)
{
    struct result result = job_finish(foreground->job);
    ck_assert_int_eq(result.status, 0);
    expect_ended(foreground->folder, foreground->pid);
    return result;
}

/* ---- being refused ---- */

void expect_one_line(const char *said)
{
    const char *end = strchr(said, '\n');
    if (strncmp(said, "vergefs: ", 9) != 0 || end == NULL || end[1] != '\0') {
        fail_test("expected one line of vergefs, found:\n%s", said);
    }
}

void expect_refused(int status, const char *part, const char *command)
{
    const char *folder = new_folder();
    struct result result = run("%s %s", command, folder);
    ck_assert_int_eq(remember_daemon(folder), 0);
    if (result.status != status) {
        fail_test("$ %s\nexpected status %d, found %d; it wrote:\n%s", command, status,
                  result.status, result.err);
    }
    expect_one_line(result.err);
    expect_contains(part, result.err);
    expect_text("", result.out);
    ck_assert(!is_mounted(folder));
}

const char *good(const char *rest)
{
    return text("$VERGEFS -o cacert=$SIM_CACERT,budget=0 %s", rest);
}

void expect_mounts(const char *command)
{
    const char *folder = mount_in_background(command);
    expect_file("render-01\n", "%s/vms/render-01/name", folder);
    end_background(folder);
}
