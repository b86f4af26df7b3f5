/* SPDX-License-Identifier: MIT
 *
 * Who is let in, and who the daemon is: the mounting user alone, or others as the modes allow; and
 * nothing that an ordinary user could not do. Tests that become somebody else need root, others
 * are done by whoever runs them; what cannot be tried is told on the standard output.
 */
#include "tests/integration/command.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NIC "vms/render-01/devices/nic0"

enum { STRANGER = 65534 };

static bool is_root(void)
{
    return geteuid() == 0;
}

static bool skipped(bool possible, const char *why)
{
    if (!possible) {
        printf("access: skipped: %s\n", why);
        fflush(stdout);
    }
    return !possible;
}

/* ---- what the kernel was told ---- */

/* The line of the mount in the list, "" where there is none. */
static const char *mount_line(const char *folder)
{
    const char *list = proc_file(getpid(), "mountinfo");
    const char *found = strstr(list, text(" %s ", folder));
    if (found == NULL) {
        return "";
    }
    return text("%.*s", (int)strcspn(found, "\n"), found);
}

START_TEST(the_modes_hold_for_everybody)
{
    const char *folder = mount_in_background(good("$SIM_HOST"));
    const char *line = mount_line(folder);
    expect_contains("default_permissions", line);
    expect_contains("nosuid", line);
    expect_contains("nodev", line);
    expect_contains(text("user_id=%d", (int)geteuid()), line);
    ck_assert_ptr_null(strstr(line, "allow_other"));
    end_background(folder);
}
END_TEST

START_TEST(allow_other_comes_with_default_permissions)
{
    if (skipped(is_root(), "allow_other needs root here")) {
        return;
    }
    const char *folder = mount_in_background(good("-o allow_other $SIM_HOST"));
    expect_contains("allow_other", mount_line(folder));
    expect_contains("default_permissions", mount_line(folder));
    end_background(folder);
}
END_TEST

/* ---- others ---- */

static int result_of(int returned)
{
    return returned == -1 ? errno : 0;
}

static int open_and_close(const char *file, int flags)
{
    int fd = open(file, flags | O_CLOEXEC, 0600);
    if (fd == -1) {
        return errno;
    }
    close(fd);
    return 0;
}

static int read_value(void)
{
    return result_of(try_read(NIC "/enabled"));
}

static int list_root(void)
{
    return open_and_close(path("."), O_RDONLY | O_DIRECTORY);
}

static int enter_device(void)
{
    return result_of(access(path(NIC "/key"), F_OK));
}

static int write_value(void)
{
    return open_and_close(path(NIC "/enabled"), O_WRONLY);
}

static int write_document(void)
{
    return open_and_close(path(NIC "/settings.json"), O_WRONLY | O_TRUNC);
}

static int write_attach(void)
{
    return open_and_close(path("vms/render-01/attach"), O_WRONLY);
}

static int read_attach(void)
{
    return open_and_close(path("vms/render-01/attach"), O_RDONLY);
}

static int write_power(void)
{
    return open_and_close(path("vms/render-01/power"), O_WRONLY);
}

static int write_refresh(void)
{
    return open_and_close(path(".vergefs/refresh"), O_WRONLY);
}

static int make_device(void)
{
    return result_of(mkdir(path("vms/render-01/by-type/tpm/new"), 0755));
}

static int remove_device(void)
{
    return result_of(rmdir(path(NIC)));
}

static int rename_device(void)
{
    return result_of(rename(path(NIC), path("vms/render-01/devices/other")));
}

static int make_scratch(void)
{
    return open_and_close(path(NIC "/scratch"), O_WRONLY | O_CREAT);
}

static int remove_file(void)
{
    return result_of(unlink(path(NIC "/enabled")));
}

static int change_mode(void)
{
    return result_of(chmod(path(NIC "/enabled"), 0644));
}

/* In a process of the stranger's. */
static int as_stranger(int (*act)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        bool became = setgroups(0, NULL) == 0 && setgid(STRANGER) == 0 && setuid(STRANGER) == 0;
        _exit(became ? act() : 255);
    }
    waitpid(child, &status, 0);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static const struct {
    const char *name;
    int (*act)(void);
    int shared; /* with allow_other */
    int closed; /* with umask=077 as well */
} acts[] = {
    {"read a value", read_value, 0, EACCES},
    {"list the root", list_root, 0, EACCES},
    {"enter a device", enter_device, 0, EACCES},
    {"write a value", write_value, EACCES, EACCES},
    {"write a document", write_document, EACCES, EACCES},
    {"write to attach", write_attach, EACCES, EACCES},
    {"read attach", read_attach, EACCES, EACCES},
    {"write to power", write_power, EACCES, EACCES},
    {"write to refresh", write_refresh, EACCES, EACCES},
    {"make a device", make_device, EACCES, EACCES},
    {"remove a device", remove_device, EACCES, EACCES},
    {"rename a device", rename_device, EACCES, EACCES},
    {"make a scratch file", make_scratch, EACCES, EACCES},
    {"remove a file", remove_file, EACCES, EACCES},
    {"change a mode", change_mode, EPERM, EACCES},
};

static void try_acts(const char *options, bool closed, bool shut_out)
{
    const char *story = "";
    mount_use(mount_start(&(struct mount_options){.options = options}));
    expect_exists(NIC "/enabled");
    sim_clear_log();
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        int expected = shut_out ? EACCES : closed ? acts[i].closed : acts[i].shared;
        int found = as_stranger(acts[i].act);
        if (found != expected) {
            story = text("%s%s: %s instead of %s\n", story, acts[i].name, strerror(found),
                         strerror(expected));
        }
    }
    expect_text("", story);
    ck_assert_int_eq(sim_count("PUT", NULL) + sim_count("POST", NULL) + sim_count("DELETE", NULL),
                     0);
    expect_ok(write_file("false\n", NIC "/enabled")); /* whose mount it is, may */
}

START_TEST(without_allow_other_nobody_else_is_let_in)
{
    if (!skipped(is_root(), "becoming somebody else needs root")) {
        try_acts(NULL, false, true);
    }
}
END_TEST

START_TEST(with_allow_other_the_modes_decide)
{
    if (!skipped(is_root(), "becoming somebody else needs root")) {
        try_acts("allow_other", false, false);
    }
}
END_TEST

START_TEST(a_umask_closes_it)
{
    if (!skipped(is_root(), "becoming somebody else needs root")) {
        try_acts("allow_other,umask=077", true, false);
    }
}
END_TEST

/* ---- an ordinary user ---- */

/* Where he finds all that he needs; what comes before a command of his. */
static const char *home, *before;

static const char *copied(const char *from, mode_t mode)
{
    const char *to = text("%s/%s", home, strrchr(from, '/') + 1);
    expect_run(0, "", "install -m %o '%s' '%s'", (unsigned)mode, from, to);
    return to;
}

/* False where there can be none. */
static bool become_ordinary(void)
{
    struct stat device;
    if (skipped(stat("/dev/fuse", &device) == 0 && (device.st_mode & 0666) == 0666,
                "/dev/fuse is not for ordinary users here") ||
        skipped(run("command -v fusermount3 setpriv").status == 0, "no fusermount3 or setpriv")) {
        return false;
    }
    home = new_folder();
    struct words program = {0};
    program_words(&program, "VERGEFS", "./vergefs");
    const char *checker = "";
    for (size_t i = 0; i + 1 < program.count; i++) {
        checker = text("%s%s ", checker, program.list[i]);
    }
    const char *vergefs = copied(program.list[program.count - 1], 0755);
    words_release(&program);
    before = text("%s env HOME='%s' XDG_CONFIG_HOME='%s' %s%s -o cacert='%s',budget=0",
                  is_root() ? "setpriv --reuid=65534 --regid=65534 --clear-groups" : "", home, home,
                  checker, vergefs, copied(sim_cacert(sim_current()), 0644));
    if (is_root()) {
        expect_ok(chown(home, STRANGER, STRANGER));
    }
    return true;
}

static uid_t ordinary(void)
{
    return is_root() ? STRANGER : geteuid();
}

static const char *own_folder(void)
{
    const char *folder = new_folder();
    if (is_root()) {
        expect_ok(chown(folder, STRANGER, STRANGER));
    }
    return folder;
}

/* By a shell of the ordinary user's, in the folder. */
static struct result done_by_him(const char *folder, const char *command)
{
    return run("%s sh -c 'cd %s && %s'",
               is_root() ? "setpriv --reuid=65534 --regid=65534 --clear-groups" : "", folder,
               command);
}

static const char *mount_as_ordinary(void)
{
    const char *folder = own_folder();
    struct result result = run("%s \"$SIM_HOST\" '%s'", before, folder);
    expect_text("", result.err);
    ck_assert_int_eq(result.status, 0);
    ck_assert(is_mounted(folder));
    ck_assert_int_gt(remember_daemon(folder), 0);
    return folder;
}

static void unmount_as_ordinary(const char *folder)
{
    pid_t pid = daemon_of(folder);
    struct result result = done_by_him("/", text("fusermount3 -u %s", folder));
    expect_text("", result.err);
    expect_ended(folder, pid);
}

static const struct {
    const char *command, *out;
} work[] = {
    {"cat " NIC "/enabled", "true\n"},
    {"stat -c %u " NIC "/enabled vms/render-01/attach", NULL},
    {"echo false > " NIC "/enabled && cat " NIC "/enabled", "false\n"},
    {"sed -i s/100/7/ " NIC "/settings.json && grep -c 7, " NIC "/settings.json", "1\n"},
    {"mkdir vms/backup/by-type/tpm/new && ls vms/backup/devices", "hba\nnew\n"},
    {"mv vms/backup/devices/new vms/backup/devices/old && ls vms/backup/devices", "hba\nold\n"},
    {"rmdir vms/backup/by-type/tpm/old && ls vms/backup/devices", "hba\n"},
    {"cat vms/render-02/devices/nic0/device.json > vms/backup/attach && ls vms/backup/devices",
     "hba\nnic0\n"},
    {"echo 1 > .vergefs/refresh && tail -n 1 .vergefs/error_log", ""},
};

START_TEST(an_ordinary_user_does_all_of_it)
{
    if (!become_ordinary()) {
        return;
    }
    const char *folder = mount_as_ordinary();
    expect_contains(text("user_id=%u", (unsigned)ordinary()), mount_line(folder));
    for (size_t i = 0; i < sizeof(work) / sizeof(work[0]); i++) {
        struct result result = done_by_him(folder, work[i].command);
        expect_text("", result.err);
        expect_text(work[i].out != NULL ? work[i].out : text("%1$u\n%1$u\n", (unsigned)ordinary()),
                    result.out);
    }
    if (is_root()) {
        expect_errno(EACCES, access(text("%s/vms", folder), F_OK)); /* root, too, is kept out */
    }
    unmount_as_ordinary(folder);
}
END_TEST

static const char *status_field(pid_t pid, const char *name)
{
    const char *found = strstr(proc_file(pid, "status"), name);
    if (found == NULL) {
        return "(missing)";
    }
    found += strlen(name) + strspn(found + strlen(name), ":\t ");
    return text("%.*s", (int)strcspn(found, "\t\n"), found);
}

START_TEST(the_daemon_of_an_ordinary_user_has_no_privilege)
{
    static const char *const sets[] = {"CapEff", "CapPrm", "CapInh", "CapAmb"};
    if (!become_ordinary()) {
        return;
    }
    const char *folder = mount_as_ordinary();
    pid_t pid = daemon_of(folder);
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        expect_text("0000000000000000", status_field(pid, sets[i]));
    }
    expect_text(text("%u", (unsigned)ordinary()), status_field(pid, "Uid"));
    expect_contains("Max core file size        0", proc_file(pid, "limits"));
    unmount_as_ordinary(folder);
}
END_TEST

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DUMPABLE true /* leak checkers must be let in */
#elif defined(__has_feature)
#define DUMPABLE (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define DUMPABLE false
#endif

/* PR_SET_DUMPABLE gives the files of /proc/PID to root. */
START_TEST(nobody_looks_into_the_daemon)
{
    if (skipped(!DUMPABLE && getenv("VERGEFS") == NULL, "a checker looks into the daemon") ||
        !become_ordinary()) {
        return;
    }
    const char *folder = mount_as_ordinary();
    pid_t pid = daemon_of(folder);
    ck_assert_uint_eq(status_of("/proc/%d/environ", (int)pid).st_uid, 0);
    static const char *const files[] = {"environ", "mem", "maps"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *command = text("cat /proc/%d/%s", (int)pid, files[i]);
        ck_assert_int_ne(done_by_him("/", command).status, 0);
    }
    unmount_as_ordinary(folder);
}
END_TEST

/* Whoever may look finds no key there, nor in what the daemon has started. */
START_TEST(the_key_is_not_in_the_environment_any_more)
{
    size_t size = 0;
    const char *folder = mount_in_background(good("$SIM_HOST"));
    pid_t pid = daemon_of(folder);
    char *environment = slurp(text("/proc/%d/environ", (int)pid), &size);
    if (!skipped(environment != NULL, "the environment of a daemon is for root")) {
        ck_assert_uint_gt(size, 0);
        ck_assert_ptr_null(memmem(environment, size, sim_token(), strlen(sim_token())));
    }
    free(environment);
    end_background(folder);
}
END_TEST

START_TEST(allow_other_of_an_ordinary_user_is_refused_in_one_line)
{
    if (skipped(run("grep -q '^ *user_allow_other' /etc/fuse.conf").status != 0,
                "/etc/fuse.conf has user_allow_other") ||
        !become_ordinary()) {
        return;
    }
    const char *folder = own_folder();
    struct result result = run("%s -o allow_other \"$SIM_HOST\" '%s'", before, folder);
    ck_assert_int_eq(result.status, 1);
    expect_contains("user_allow_other", result.err); /* fusermount3 says it */
    ck_assert_ptr_eq(strchr(result.err, '\n'), result.err + strlen(result.err) - 1);
    ck_assert(!is_mounted(folder));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("access");
    TCase *tests = simulated_case(suite, "others", NULL);
    add_tests(tests, the_modes_hold_for_everybody, allow_other_comes_with_default_permissions,
              without_allow_other_nobody_else_is_let_in, with_allow_other_the_modes_decide,
              a_umask_closes_it);
    tests = simulated_case(suite, "ordinary users", NULL);
    add_tests(tests, an_ordinary_user_does_all_of_it,
              the_daemon_of_an_ordinary_user_has_no_privilege, nobody_looks_into_the_daemon,
              the_key_is_not_in_the_environment_any_more,
              allow_other_of_an_ordinary_user_is_refused_in_one_line);
    return suite;
}

int main(void)
{
    return run_suite(make_suite());
}
