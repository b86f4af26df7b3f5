/* SPDX-License-Identifier: MIT
 *
 * The command: what it takes, what it says when it cannot mount, with which status it ends, where
 * it gets its credentials, and that it keeps them to itself.
 */
#include "tests/integration/harness_internal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- files and folders outside of any mount ---- */

static const char *new_folder(void)
{
    const char *folder = keep_text(scratch_name("folder"));
    expect_ok(mkdir(folder, 0755));
    return folder;
}

static const char *new_file(const char *content, mode_t mode)
{
    const char *file = keep_text(scratch_name("file"));
    int fd = open_file(O_WRONLY | O_CREAT | O_EXCL, "%s", file);
    expect_ok(fd);
    expect_ok(write_piece(fd, content));
    expect_ok(fchmod(fd, mode));
    expect_ok(close(fd));
    return file;
}

/* A port of this machine where nobody listens. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    expect_ok(bind(fd, (struct sockaddr *)&address, size));
    expect_ok(getsockname(fd, (struct sockaddr *)&address, &size));
    close(fd);
    return ntohs(address.sin_port);
}

/* "localhost:1234" */
static const char *host_and_port(void)
{
    return strstr(sim_url(sim_current()), "://") + 3;
}

static const char *port_of_sim(void)
{
    return strrchr(sim_url(sim_current()), ':') + 1;
}

/* ---- processes ---- */

static const char *proc_file(pid_t pid, const char *name)
{
    char *content = slurp(text("/proc/%d/%s", (int)pid, name), NULL);
    return content == NULL ? "" : keep_text(content);
}

/* The state, and the number of a field behind the name in parentheses. */
static long stat_field(pid_t pid, int number)
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

enum { STATE = 3, SESSION = 6 };

static bool is_alive(pid_t pid)
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

/* Who has the folder among its arguments and lives; 0 when nobody. */
static pid_t daemon_of(const char *folder)
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

/* Whoever mounted there, wanted or not, ends with the tests at the latest. */
static pid_t remember_daemon(const char *folder)
{
    pid_t pid = daemon_of(folder);
    if (pid > 0) {
        daemon_remember(pid, folder);
    }
    return pid;
}

/* A mount in the background, as users make it; what the command said is to be nothing. */
static const char *mount_in_background(const char *command)
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

static void expect_gone(const char *folder, pid_t pid)
{
    wait_until(!is_alive(pid));
    ck_assert(!is_mounted(folder));
    daemon_forget(pid);
}

static void end_background(const char *folder)
{
    pid_t pid = daemon_of(folder);
    expect_ok(kill(pid, SIGTERM));
    expect_gone(folder, pid);
}

/* ---- being refused ---- */

static void expect_one_line(const char *said)
{
    const char *end = strchr(said, '\n');
    if (strncmp(said, "vergefs: ", 9) != 0 || end == NULL || end[1] != '\0') {
        fail_test("expected one line of vergefs, found:\n%s", said);
    }
}

/* The command with a folder behind it ends with the status, one line that has the part in it, and
 * nothing mounted. */
static void check_refused(int status, const char *part, const char *command)
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

#define expect_refused(...) FROM_HERE(check_refused(__VA_ARGS__))

/* In the background and in the foreground. */
static const char *const manners[] = {"", " -f"};

static const char *good(const char *rest)
{
    return text("$VERGEFS -o cacert=$SIM_CACERT,budget=0 %s", rest);
}

static const struct {
    const char *arguments, *part;
} usage[] = {
    {"-o bogus $SIM_HOST", "bogus"},
    {"-o ttl=soon $SIM_HOST", "ttl="},
    {"-o ttl=-1 $SIM_HOST", "ttl="},
    {"-o ttl $SIM_HOST", "ttl="},
    {"-o timeout=0 $SIM_HOST", "timeout="},
    {"-o retries=many $SIM_HOST", "retries="},
    {"-o budget=1.5 $SIM_HOST", "budget="},
    {"-o umask=8 $SIM_HOST", "umask="},
    {"-o uid=root $SIM_HOST", "uid="},
    {"-x $SIM_HOST", "-x"},
    {"--token=secret $SIM_HOST", "--token"},
    {"$SIM_HOST /tmp", "too many arguments"},
    {"$SIM_HOST /nowhere/at/all #", "/nowhere/at/all"},
    {"$SIM_HOST /etc/passwd #", "/etc/passwd"},
    {"#", "mount point"},
    {"admin:secret@$SIM_HOST", "user or a password"},
};

START_TEST(wrong_usage_ends_with_2)
{
    sim_clear_log();
    for (size_t i = 0; i < COUNT(usage); i++) {
        expect_refused(2, usage[i].part, text("$VERGEFS %s", usage[i].arguments));
    }
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(nothing_that_was_typed_in_the_wrong_place_is_repeated)
{
    static const char *const typed[] = {
        "--token=hush-hush $SIM_HOST",  "-phush-hush $SIM_HOST",
        "admin:hush-hush@localhost",    "-o password=hush-hush $SIM_HOST",
        "-o token=hush-hush $SIM_HOST", "$SIM_HOST hush-hush@nowhere #",
    };
    for (size_t i = 0; i < COUNT(typed); i++) {
        struct result result = run("$VERGEFS %s %s", typed[i], new_folder());
        ck_assert_int_eq(result.status, 2);
        ck_assert_ptr_null(strstr(result.err, "hush-hush"));
        expect_one_line(result.err);
    }
}
END_TEST

static const struct {
    const char *command, *part;
} unconfigured[] = {
    {"env -u VERGE_TOKEN $VERGEFS $SIM_HOST", "nothing to log in with"},
    {"env -u VERGE_TOKEN VERGE_USERNAME=admin $VERGEFS $SIM_HOST", "nothing to log in with"},
    {"$VERGEFS", "no host"},
    {"$VERGEFS -o cacert=/nowhere $SIM_HOST", "/nowhere"},
    {"$VERGEFS -o credentials=/nowhere $SIM_HOST", "/nowhere"},
    {"$VERGEFS -o credentials=/tmp $SIM_HOST", "/tmp"},
    {"VERGE_TIMEOUT=soon $VERGEFS $SIM_HOST", "VERGE_TIMEOUT"},
    {"VERGE_VERIFY_SSL=perhaps $VERGEFS $SIM_HOST", "VERGE_VERIFY_SSL"},
    {"VERGE_RETRY_TOTAL=-1 $VERGEFS $SIM_HOST", "VERGE_RETRY_TOTAL"},
    {"$VERGEFS http://192.0.2.1", "http://"},
    {"$VERGEFS http://vergeos.example.com", "http://"},
    {"$VERGEFS ftp://localhost", "https"},
    {"$VERGEFS https://localhost/api", "name:port"},
    {"$VERGEFS localhost:99999", "name:port"},
    {"VERGE_HOST=admin:secret@localhost $VERGEFS", "user or a password"},
};

START_TEST(wrong_configuration_ends_with_3)
{
    sim_clear_log();
    for (size_t i = 0; i < COUNT(unconfigured); i++) {
        expect_refused(3, unconfigured[i].part, unconfigured[i].command);
    }
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(a_wrong_key_ends_with_4_after_one_try)
{
    expect_refused(4, "check the key",
                   text("VERGE_TOKEN=another %s%s", good("$SIM_HOST"), manners[_i]));
    ck_assert_int_eq(sim_count(NULL, NULL), 1);
}
END_TEST

START_TEST(a_wrong_password_ends_with_4_after_one_try)
{
    expect_refused(4, "password",
                   text("env -u VERGE_TOKEN VERGE_USERNAME=admin VERGE_PASSWORD=another %s%s",
                        good("$SIM_HOST"), manners[_i]));
    ck_assert_int_eq(sim_count(NULL, NULL), 1);
}
END_TEST

START_TEST(missing_rights_end_with_5)
{
    sim_fault("{\"status\":403,\"body\":\"{\\\"err\\\":\\\"Not for you\\\"}\",\"times\":0}");
    expect_refused(5, "Not for you", text("%s%s", good("$SIM_HOST"), manners[_i]));
}
END_TEST

START_TEST(rights_that_are_missing_behind_the_login_end_with_5)
{
    sim_fault("{\"path\":\"machine_devices\",\"status\":403,\"times\":0}");
    expect_refused(5, "rights", text("%s%s", good("$SIM_HOST"), manners[_i]));
}
END_TEST

START_TEST(a_server_that_hangs_ends_with_9)
{
    sim_fault("{\"hang\":true,\"times\":0}");
    expect_refused(9, "timeout=", text("%s%s", good("-o timeout=0.3 $SIM_HOST"), manners[_i]));
}
END_TEST

START_TEST(a_refused_connection_ends_with_10)
{
    expect_refused(10, "port",
                   text("%s localhost:%d%s", good("-o retries=0"), free_port(), manners[_i]));
}
END_TEST

START_TEST(a_name_that_is_none_ends_with_10)
{
    expect_refused(10, "name", text("%s no..such..host%s", good("-o retries=0"), manners[_i]));
}
END_TEST

START_TEST(a_certificate_of_nobody_ends_with_10)
{
    expect_refused(10, "certificate", text("$VERGEFS $SIM_HOST%s", manners[_i]));
    ck_assert_int_eq(sim_count(NULL, NULL), 0); /* the key went nowhere */
}
END_TEST

START_TEST(what_is_no_vergeos_ends_with_10)
{
    static const char *const faults[] = {
        "{\"body\":\"<html>Welcome</html>\",\"content_type\":\"text/html\",\"status\":200,"
        "\"times\":0}",
        "{\"status\":404,\"body\":\"<html>Not here</html>\",\"content_type\":\"text/html\","
        "\"times\":0}",
        "{\"replace\":[],\"times\":0}",
        "{\"truncate\":5,\"times\":0}",
        "{\"status\":502,\"times\":0}",
    };
    for (size_t i = 0; i < COUNT(faults); i++) {
        sim_clear_faults();
        sim_fault(faults[i]);
        expect_refused(10, "VergeOS system", good("-o retries=0 $SIM_HOST"));
    }
}
END_TEST

START_TEST(redirects_are_not_followed)
{
    sim_fault(text("{\"path\":\"system\",\"status\":302,\"times\":0,\"headers\":"
                   "{\"Location\":\"%s/api/v4/elsewhere\"}}",
                   sim_url(sim_current())));
    expect_refused(10, "", good("$SIM_HOST"));
    ck_assert_int_eq(sim_count(NULL, "/api/v4/elsewhere"), 0);
    ck_assert_int_ge(sim_count("GET", "/api/v4/system"), 1);
}
END_TEST

START_TEST(who_cannot_mount_there_is_told)
{
    const char *file = new_file("", 0644);
    struct result result = run("%s %s", good("$SIM_HOST"), file);
    ck_assert_int_eq(result.status, 2);
    expect_contains("Not a directory", result.err);
}
END_TEST

/* ---- certificates ---- */

static const struct {
    const char *kind;
    bool trusted; /* by its authority: something else is wrong with it */
} certificates[] = {{"wrong-host", true}, {"expired", true}, {"self-signed", false}};

START_TEST(a_bad_certificate_ends_with_10_and_the_key_stays_here)
{
    sim_use(sim_start(
        &(struct sim_options){.args = text("--certificate-kind %s", certificates[_i].kind)}));
    const char *command = "$VERGEFS $SIM_HOST";
    if (sim_cacert(sim_current()) != NULL) {
        command = good("$SIM_HOST");
    }
    expect_refused(10, "certificate", command);
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(insecure_takes_every_certificate)
{
    sim_use(sim_start(
        &(struct sim_options){.args = text("--certificate-kind %s", certificates[_i].kind)}));
    end_background(mount_in_background("$VERGEFS -o insecure $SIM_HOST"));
    end_background(mount_in_background("VERGE_VERIFY_SSL=false $VERGEFS $SIM_HOST"));
    end_background(mount_in_background("VERGEOS_VERIFY_SSL=0 $VERGEFS $SIM_HOST"));
}
END_TEST

/* ---- saying what it is ---- */

START_TEST(it_tells_its_version)
{
    for (int i = 0; i < 2; i++) {
        struct result result = run("$VERGEFS %s", i == 0 ? "-V" : "--version");
        ck_assert_int_eq(result.status, 0);
        ck_assert(strncmp(result.out, "vergefs ", 8) == 0 && isdigit(result.out[8]));
        expect_text("", result.err);
    }
}
END_TEST

START_TEST(it_tells_its_options)
{
    static const char *const options[] = {
        "HOST",     "MOUNTPOINT", "credentials=", "cacert=",     "insecure", "ttl=",
        "timeout=", "retries=",   "budget=",      "nodelete",    "-o ro",    "allow_other",
        "uid=",     "gid=",       "umask=",       "-f",          "-d",       "-V",
        "-h",       "--check",    "VERGE_HOST",   "VERGE_TOKEN",
    };
    struct result result = run("$VERGEFS -h");
    ck_assert_int_eq(result.status, 0);
    expect_text("", result.err);
    for (size_t i = 0; i < COUNT(options); i++) {
        expect_contains(options[i], result.out);
    }
    expect_run(0, result.out, "$VERGEFS --help");
}
END_TEST

START_TEST(check_says_what_is_there_and_mounts_nothing)
{
    struct result result = run("%s", good("--check $SIM_HOST"));
    ck_assert_int_eq(result.status, 0);
    expect_contains("demo", result.out);
    expect_contains("26.1.8", result.out);
    expect_contains("vms          15", result.out);
    expect_contains("groups       8", result.out);
    expect_text("", result.err);
    result = run("VERGE_TOKEN=another %s", good("--check $SIM_HOST"));
    ck_assert_int_eq(result.status, 4);
    expect_contains("login", result.err);
}
END_TEST

/* ---- in the background and in the foreground ---- */

START_TEST(the_command_returns_when_the_tree_is_there)
{
    sim_fault("{\"path\":\"system\",\"delay_ms\":300}");
    const char *folder = mount_in_background(good("$SIM_HOST"));
    expect_file("render-01\n", "%s/vms/render-01/name", folder);
    end_background(folder);
}
END_TEST

/* No terminal can be its own then: Ctrl-C and hanging up do not reach it. */
START_TEST(the_daemon_has_a_session_of_its_own)
{
    const char *folder = mount_in_background(good("$SIM_HOST"));
    pid_t pid = daemon_of(folder);
    ck_assert_int_eq(stat_field(pid, SESSION), pid);
    end_background(folder);
}
END_TEST

/* Else the shell would wait for the end of the output. */
START_TEST(the_daemon_keeps_nobodys_output_open)
{
    const char *folder = new_folder();
    struct job *job =
        start("said=$(%s %s 2>&1) && echo said ${said:-nothing}", good("$SIM_HOST"), folder);
    wait_until(is_mounted(folder) || !job_runs(job));
    remember_daemon(folder);
    expect_text("said nothing\n", job_finish(job).out);
    end_background(folder);
}
END_TEST

START_TEST(the_daemon_keeps_no_folder_busy)
{
    const char *busy = new_folder();
    const char *folder = mount_in_background(text("cd %s && %s", busy, good("$SIM_HOST")));
    char where[64] = "";
    ssize_t length = readlink(text("/proc/%d/cwd", (int)daemon_of(folder)), where, 63);
    if (length != -1) { /* only root may look */
        expect_text("/", where);
    }
    expect_ok(rmdir(busy));
    end_background(folder);
}
END_TEST

START_TEST(a_relative_mount_point_is_found_from_the_background)
{
    const char *folder = new_folder();
    const char *name = strrchr(folder, '/') + 1;
    expect_run(0, "", "cd %s/.. && %s %s", folder, good("$SIM_HOST"), name);
    pid_t pid = daemon_of(name);
    ck_assert_int_gt(pid, 0);
    daemon_remember(pid, folder);
    ck_assert(is_mounted(folder));
    expect_run(0, "", "fusermount3 -u %s", folder);
    expect_gone(folder, pid);
}
END_TEST

/* One that stays where it was started. */
struct foreground {
    const char *folder;
    struct job *job;
    pid_t pid;
};

static struct foreground start_in_foreground(const char *command)
{
    struct foreground made = {.folder = new_folder()};
    made.job = start("exec %s %s", command, made.folder);
    wait_until(is_mounted(made.folder) || !job_runs(made.job));
    made.pid = remember_daemon(made.folder);
    return made;
}

/* Well, and with nothing left; what it wrote. */
static struct result expect_end(const struct foreground *foreground)
{
    struct result result = job_finish(foreground->job);
    ck_assert_int_eq(result.status, 0);
    expect_gone(foreground->folder, foreground->pid);
    return result;
}

START_TEST(in_the_foreground_it_stays_and_writes_failures_to_stderr)
{
    struct foreground mount = start_in_foreground(good("-f $SIM_HOST"));
    const char *file = text("%s/vms/render-01/devices/gpu0/enabled", mount.folder);
    expect_file("true\n", "%s", file);
    ck_assert(job_runs(mount.job));
    sim_fault("{\"status\":403,\"times\":0,\"body\":\"{\\\"err\\\":\\\"no way\\\"}\"}");
    expect_errno(EACCES, write_file("false\n", "%s", file));
    job_signal(mount.job, SIGINT);
    expect_contains("no way", expect_end(&mount).err);
}
END_TEST

START_TEST(unmounting_ends_it_with_success)
{
    struct foreground mount = start_in_foreground(good("-f $SIM_HOST"));
    expect_run(0, "", "fusermount3 -u %s", mount.folder);
    expect_end(&mount);
}
END_TEST

START_TEST(a_signal_unmounts_and_ends_it_with_success)
{
    static const int signals[] = {SIGTERM, SIGINT};
    struct foreground mount = start_in_foreground(good("-f $SIM_HOST"));
    job_signal(mount.job, signals[_i]);
    expect_end(&mount);
}
END_TEST

START_TEST(a_terminal_that_goes_away_is_no_reason_to_unmount)
{
    const char *folder = mount_in_background(good("$SIM_HOST"));
    expect_ok(kill(daemon_of(folder), SIGHUP));
    expect_file("render-01\n", "%s/vms/render-01/name", folder);
    end_background(folder);
}
END_TEST

START_TEST(sigterm_ends_it_while_a_request_hangs)
{
    struct foreground mount = start_in_foreground(good("-f $SIM_HOST"));
    sim_clear_log();
    sim_fault("{\"hang\":true,\"times\":0}");
    struct job *reader = start("cat %s/vms/render-01/name", mount.folder);
    wait_until(sim_count("GET", NULL) > 0);
    ck_assert(job_runs(reader));
    job_signal(mount.job, SIGTERM);
    expect_end(&mount);
    ck_assert_int_ne(job_finish(reader).status, 0);
}
END_TEST

START_TEST(sigterm_ends_it_while_somebody_is_inside)
{
    const char *mark = new_file("", 0600);
    struct foreground mount = start_in_foreground(good("-f $SIM_HOST"));
    int fd = open_file(O_RDONLY, "%s/vms/render-01/name", mount.folder);
    struct job *inside = start("cd %s/vms && echo there > %s && sleep 60", mount.folder, mark);
    wait_until(strcmp(read_file("%s", mark), "there\n") == 0);
    job_signal(mount.job, SIGTERM);
    expect_end(&mount);
    ck_assert(job_runs(inside));
    job_signal(inside, SIGKILL);
    close(fd);
}
END_TEST

START_TEST(a_mount_whose_daemon_was_killed_is_mounted_anew)
{
    const char *folder = mount_in_background(good("$SIM_HOST"));
    pid_t pid = daemon_of(folder);
    expect_ok(kill(pid, SIGKILL));
    wait_until(!is_alive(pid));
    wait_until(try_read("%s/vms/render-01/name", folder) == -1 && errno == ENOTCONN);
    daemon_forget(pid);
    expect_run(0, "", "%s %s", good("$SIM_HOST"), folder);
    remember_daemon(folder);
    expect_file("render-01\n", "%s/vms/render-01/name", folder);
    end_background(folder);
}
END_TEST

/* ---- credentials ---- */

/* The command is fit to mount. */
static void expect_mounts(const char *command)
{
    const char *folder = mount_in_background(command);
    expect_file("render-01\n", "%s/vms/render-01/name", folder);
    end_background(folder);
}

static const char *without_environment(const char *rest)
{
    return text("env -u VERGE_TOKEN %s", good(rest));
}

/* With %1$s for the key and %2$s for the password. */
static const char *const credentials[] = {
    "VERGE_TOKEN=%1$s\n",
    "VERGE_API_KEY=%1$s\n",
    "VERGEOS_API_KEY=%1$s",
    "# who we are\n\n  export VERGE_TOKEN=\"%1$s\"\n",
    "VERGE_TOKEN='%1$s'\nSOMETHING_ELSE=x\n",
    "VERGE_USERNAME=admin\nVERGE_PASSWORD=%2$s\n",
    "VERGEOS_USERNAME=admin\nVERGEOS_PASSWORD=%2$s\n",
    "VERGE_USERNAME=admin\nVERGE_PASSWORD=wrong\nVERGE_TOKEN=%1$s\n",
};

static const char *filled(const char *lines)
{
    const char *text_of_key = sim_token(), *from = lines;
    const char *made = "";
    for (const char *at = strstr(from, "%"); at != NULL; at = strstr(from, "%")) {
        made = text("%s%.*s%s", made, (int)(at - from), from,
                    at[1] == '1' ? text_of_key : sim_password());
        from = at + strlen("%1$s");
    }
    return text("%s%s", made, from);
}

START_TEST(a_credentials_file_logs_in)
{
    const char *file = new_file(filled(credentials[_i]), 0600);
    expect_mounts(without_environment(text("-o credentials=%s $SIM_HOST", file)));
}
END_TEST

START_TEST(the_environment_logs_in)
{
    static const char *const variables[] = {
        "VERGE_TOKEN=%1$s",
        "VERGE_API_KEY=%1$s",
        "VERGEOS_API_KEY=%1$s",
        "VERGE_USERNAME=admin VERGE_PASSWORD=%2$s",
        "VERGEOS_USERNAME=admin VERGEOS_PASSWORD=%2$s",
        "VERGE_TOKEN=%1$s VERGE_USERNAME=admin VERGE_PASSWORD=wrong",
        "VERGEOS_API_KEY=wrong VERGE_TOKEN=%1$s",
    };
    for (size_t i = 0; i < COUNT(variables); i++) {
        expect_run(0, NULL, "env -u VERGE_TOKEN %s %s", filled(variables[i]),
                   good("--check $SIM_HOST"));
    }
    expect_mounts(text("env -u VERGE_TOKEN %s %s", filled(variables[3]), good("$SIM_HOST")));
}
END_TEST

START_TEST(a_key_wins_over_a_password)
{
    expect_refused(4, "key",
                   text("VERGE_TOKEN=wrong VERGE_USERNAME=admin VERGE_PASSWORD=$SIM_PASSWORD %s",
                        good("$SIM_HOST")));
}
END_TEST

START_TEST(a_file_that_is_named_wins_over_the_environment)
{
    const char *right = new_file(filled("VERGE_TOKEN=%1$s\n"), 0600);
    const char *wrong = new_file("VERGE_TOKEN=wrong\n", 0600);
    expect_mounts(text("VERGE_TOKEN=wrong %s", good(text("-o credentials=%s $SIM_HOST", right))));
    expect_refused(4, "key", good(text("-o credentials=%s $SIM_HOST", wrong)));
}
END_TEST

START_TEST(the_file_in_the_place_for_it_is_found)
{
    const char *home = new_folder();
    expect_run(0, "",
               "cd %s && umask 077 && mkdir -p .config/vergefs xdg/vergefs &&"
               " echo VERGE_TOKEN=%s | tee .config/vergefs/credentials > xdg/vergefs/credentials",
               home, sim_token());
    expect_mounts(text("env -u VERGE_TOKEN XDG_CONFIG_HOME=%s/xdg %s", home, good("$SIM_HOST")));
    expect_mounts(
        text("env -u VERGE_TOKEN -u XDG_CONFIG_HOME HOME=%s %s", home, good("$SIM_HOST")));
    expect_refused(4, "key",
                   text("VERGE_TOKEN=wrong XDG_CONFIG_HOME=%s/xdg %s", home, good("$SIM_HOST")));
}
END_TEST

START_TEST(a_file_that_others_can_read_is_refused)
{
    static const mode_t modes[] = {0644, 0640, 0604, 0620, 0602, 0666};
    for (size_t i = 0; i < COUNT(modes); i++) {
        const char *file = new_file(filled("VERGE_TOKEN=%1$s\n"), modes[i]);
        expect_refused(3, "chmod 600",
                       without_environment(text("-o credentials=%s $SIM_HOST", file)));
    }
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(a_file_without_sense_is_refused_without_repeating_it)
{
    static const char *const contents[] = {"hush-hush\n", "VERGE_TOKEN=hush hush-hush\n",
                                           "VERGE_TOKEN=\"hush-hush\n", "VERGE_HOST=hush-hush\n",
                                           "VERGE_TIMEOUT=hush-hush\nVERGE_TOKEN=x\n"};
    for (size_t i = 0; i < COUNT(contents); i++) {
        const char *file = new_file(contents[i], 0600);
        struct result result = run(
            "%s %s", without_environment(text("-o credentials=%s $SIM_HOST", file)), new_folder());
        ck_assert_int_eq(result.status, 3);
        expect_contains(file, result.err);
        ck_assert_ptr_null(strstr(result.err, "hush-hush"));
    }
}
END_TEST

START_TEST(the_host_may_come_from_where_the_login_does)
{
    const char *file =
        new_file(filled(text("VERGE_HOST=%s\nVERGE_TOKEN=%%1$s\n", sim_url(sim_current()))), 0600);
    expect_mounts(without_environment(text("-o credentials=%s", file)));
    expect_mounts(text("VERGE_HOST=$SIM_HOST %s", good("")));
    expect_mounts(text("VERGEOS_HOST=$SIM_HOST %s", good("")));
    expect_mounts(text("VERGE_HOST=nowhere.invalid %s", good("$SIM_HOST")));
}
END_TEST

START_TEST(the_numbers_of_the_environment_are_in_force)
{
    const char *folder =
        mount_in_background(text("VERGE_TIMEOUT=17 VERGE_RETRY_TOTAL=5 %s", good("$SIM_HOST")));
    expect_contains("timeout=17\n", read_file("%s/.vergefs/config", folder));
    expect_contains("retries=5\n", read_file("%s/.vergefs/config", folder));
    end_background(folder);
    folder = mount_in_background(text("VERGEOS_TIMEOUT=17 VERGE_RETRY_TOTAL=5 %s",
                                      good("-o timeout=3,retries=0 $SIM_HOST")));
    expect_contains("timeout=3\n", read_file("%s/.vergefs/config", folder));
    expect_contains("retries=0\n", read_file("%s/.vergefs/config", folder));
    end_background(folder);
}
END_TEST

START_TEST(a_host_is_a_name_a_name_with_a_port_or_a_url)
{
    const char *const hosts[] = {
        host_and_port(),
        text("https://%s", host_and_port()),
        text("https://%s/", host_and_port()),
        text("HTTPS://%s//", host_and_port()),
        text("127.0.0.1:%s", port_of_sim()),
        text("https://127.0.0.1:%s", port_of_sim()),
    };
    for (size_t i = 0; i < COUNT(hosts); i++) {
        expect_run(0, NULL, "%s", good(text("--check %s", hosts[i])));
    }
}
END_TEST

START_TEST(plain_http_is_for_this_machine)
{
    int port = free_port();
    sim_start(&(struct sim_options){.args = text("--http=%d", port)});
    expect_mounts(text("$VERGEFS http://127.0.0.1:%d", port));
    expect_run(0, NULL, "$VERGEFS --check http://localhost:%d", port);
}
END_TEST

/* ---- secrets ---- */

static const struct {
    const char *environment; /* what it logs in with */
    const char *secrets[3];  /* what must not be anywhere; ends with NULL */
} logins[] = {
    {"VERGE_TOKEN=the-key-of-the-tests", {"the-key-of-the-tests", NULL}},
    {"-u VERGE_TOKEN VERGE_USERNAME=admin VERGE_PASSWORD=the-password-of-the-tests",
     {"the-password-of-the-tests", "YWRtaW46dGhlLXBhc3N3b3JkLW9mLXRoZS10ZXN0cw==", NULL}},
};

static void expect_none_of(const char *const *secrets, const char *where, const char *content)
{
    for (; *secrets != NULL; secrets++) {
        if (strstr(content, *secrets) != NULL) {
            fail_test("%s has the secret in it:\n%s", where, content);
        }
    }
}

static const char *command_line_of(pid_t pid)
{
    size_t size = 0;
    char *line = slurp(text("/proc/%d/cmdline", (int)pid), &size);
    if (line == NULL) {
        return "";
    }
    for (size_t i = 0; i + 1 < size; i++) {
        if (line[i] == '\0') {
            line[i] = ' ';
        }
    }
    return keep_text(line);
}

/* Things that go well and things that do not, with the key in reach of each. */
static void use(const char *folder)
{
    read_file("%s/vms/render-01/devices/nic0/device.json", folder);
    expect_ok(write_file("false\n", "%s/vms/render-01/devices/nic0/enabled", folder));
    sim_fault("{\"method\":\"PUT\",\"status\":500,\"times\":0,\"body\":\"oh no\"}");
    expect_errno(EREMOTEIO, write_file("true\n", "%s/vms/render-01/devices/nic0/enabled", folder));
    sim_clear_faults();
    sim_fault("{\"method\":\"POST\",\"status\":401,\"times\":0}");
    expect_errno(EKEYREJECTED, mkdir(text("%s/vms/backup/by-type/tpm/x", folder), 0755));
    sim_clear_faults();
}

START_TEST(no_secret_is_told_by_anything)
{
    static const char *const files[] = {"version", "config", "stats", "error_log"};
    const char *const *secrets = logins[_i].secrets;
    struct foreground mount = start_in_foreground(
        text("env %s %s", logins[_i].environment, good("-d -o retries=0 $SIM_HOST")));
    use(mount.folder);
    for (size_t i = 0; i < COUNT(files); i++) {
        expect_none_of(secrets, files[i], read_file("%s/.vergefs/%s", mount.folder, files[i]));
    }
    expect_contains("oh no", read_file("%s/.vergefs/error_log", mount.folder));
    expect_contains(mount.folder, command_line_of(mount.pid));
    expect_none_of(secrets, "the process list", command_line_of(mount.pid));
    expect_none_of(secrets, "the list of mounts", proc_file(getpid(), "mountinfo"));
    job_signal(mount.job, SIGTERM);
    struct result result = expect_end(&mount);
    expect_contains("/api/v4/machine_devices", result.err);
    expect_none_of(secrets, "-d", result.err);
    expect_none_of(secrets, "-d", result.out);
}
END_TEST

START_TEST(no_secret_is_told_by_a_failure)
{
    sim_clear_log();
    struct result result = run("VERGE_TOKEN=hush-hush %s %s", good("$SIM_HOST"), new_folder());
    ck_assert_int_eq(result.status, 4);
    ck_assert_ptr_null(strstr(result.err, "hush-hush"));
    ck_assert_int_eq(sim_count(NULL, NULL), 1);
    result = run("VERGE_TOKEN=hush-hush %s %s", good("-d -o retries=0 localhost:1"), new_folder());
    ck_assert_int_eq(result.status, 10);
    ck_assert_ptr_null(strstr(result.err, "hush-hush"));
}
END_TEST

START_TEST(the_memory_of_the_daemon_is_its_own)
{
    const char *folder = mount_in_background(good("$SIM_HOST"));
    pid_t pid = daemon_of(folder);
    expect_contains("Max core file size        0", proc_file(pid, "limits"));
    struct stat status = status_of("/proc/%d/environ", (int)pid);
    ck_assert_uint_eq(status.st_uid, 0); /* root's, whoever mounted */
    end_background(folder);
}
END_TEST

/* ---- keys that change ---- */

static void set_token(const char *token)
{
    sim_control("PUT", "token", text("{\"token\":\"%s\"}", token));
}

static void rewrite(const char *file, const char *content)
{
    int fd = open_file(O_WRONLY | O_TRUNC, "%s", file);
    expect_ok(write_piece(fd, content));
    expect_ok(close(fd));
}

START_TEST(after_a_401_the_credentials_file_is_read_again)
{
    const char *file = new_file(filled("VERGE_TOKEN=%1$s\n"), 0600);
    const char *folder =
        mount_in_background(without_environment(text("-o ttl=0,credentials=%s $SIM_HOST", file)));
    set_token("the-next-key");
    rewrite(file, "VERGE_TOKEN=the-next-key\n");
    sim_clear_log();
    expect_file("render-01\n", "%s/vms/render-01/name", folder);
    int first = sim_count(NULL, NULL);
    ck_assert_int_ge(first, 2); /* the one that was refused, and again */
    sim_clear_log();
    expect_file("render-02\n", "%s/vms/render-02/name", folder);
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, sim_log())
    {
        ck_assert_int_eq(cJSON_GetObjectItemCaseSensitive(entry, "status")->valueint, 200);
    }
    end_background(folder);
}
END_TEST

START_TEST(a_key_that_was_not_replaced_is_tried_once)
{
    const char *file = new_file(filled("VERGE_TOKEN=%1$s\n"), 0600);
    const char *folder =
        mount_in_background(without_environment(text("-o ttl=0,credentials=%s $SIM_HOST", file)));
    read_file("%s/vms/render-01/name", folder);
    set_token("the-next-key");
    sim_clear_log();
    expect_errno(EKEYREJECTED, try_read("%s/vms/render-01/name", folder));
    ck_assert_int_eq(sim_count(NULL, NULL), 1);
    rewrite(file, "VERGE_TOKEN=the-next-key\n");
    expect_file("render-01\n", "%s/vms/render-01/name", folder);
    end_background(folder);
}
END_TEST

START_TEST(a_replaced_file_that_others_can_read_is_not_taken)
{
    const char *file = new_file(filled("VERGE_TOKEN=%1$s\n"), 0600);
    const char *folder =
        mount_in_background(without_environment(text("-o ttl=0,credentials=%s $SIM_HOST", file)));
    set_token("the-next-key");
    rewrite(file, "VERGE_TOKEN=the-next-key\n");
    expect_ok(chmod(file, 0644));
    expect_errno(EKEYREJECTED, try_read("%s/vms/render-01/name", folder));
    expect_ok(chmod(file, 0600));
    expect_file("render-01\n", "%s/vms/render-01/name", folder);
    end_background(folder);
}
END_TEST

START_TEST(a_key_of_the_environment_is_final)
{
    const char *folder = mount_in_background(good("-o ttl=0 $SIM_HOST"));
    read_file("%s/vms/render-01/name", folder);
    set_token("the-next-key");
    sim_clear_log();
    expect_errno(EKEYREJECTED, try_read("%s/vms/render-01/name", folder));
    ck_assert_int_eq(sim_count(NULL, NULL), 1);
    end_background(folder);
}
END_TEST

/* ---- the suite ---- */

static void refusal_case(Suite *suite)
{
    TCase *tcase = simulated_case(suite, "refusals", NULL);
    const TTest *const both[] = {
        a_wrong_key_ends_with_4_after_one_try,
        a_wrong_password_ends_with_4_after_one_try,
        missing_rights_end_with_5,
        rights_that_are_missing_behind_the_login_end_with_5,
        a_server_that_hangs_ends_with_9,
        a_refused_connection_ends_with_10,
        a_name_that_is_none_ends_with_10,
        a_certificate_of_nobody_ends_with_10,
    };
    for (size_t i = 0; i < COUNT(both); i++) {
        tcase_add_loop_test(tcase, both[i], 0, (int)COUNT(manners));
    }
    add_tests(tcase, wrong_usage_ends_with_2, nothing_that_was_typed_in_the_wrong_place_is_repeated,
              wrong_configuration_ends_with_3, what_is_no_vergeos_ends_with_10,
              redirects_are_not_followed, who_cannot_mount_there_is_told);
}

static void certificate_case(Suite *suite)
{
    TCase *tcase = bare_case(suite, "certificates");
    tcase_add_loop_test(tcase, a_bad_certificate_ends_with_10_and_the_key_stays_here, 0,
                        (int)COUNT(certificates));
    tcase_add_loop_test(tcase, insecure_takes_every_certificate, 0, (int)COUNT(certificates));
}

static void life_case(Suite *suite)
{
    TCase *tcase = simulated_case(suite, "life", NULL);
    tcase_add_loop_test(tcase, a_signal_unmounts_and_ends_it_with_success, 0, 2);
    add_tests(
        tcase, it_tells_its_version, it_tells_its_options,
        check_says_what_is_there_and_mounts_nothing, the_command_returns_when_the_tree_is_there,
        the_daemon_has_a_session_of_its_own, the_daemon_keeps_nobodys_output_open,
        the_daemon_keeps_no_folder_busy, a_relative_mount_point_is_found_from_the_background,
        in_the_foreground_it_stays_and_writes_failures_to_stderr, unmounting_ends_it_with_success,
        a_terminal_that_goes_away_is_no_reason_to_unmount, sigterm_ends_it_while_a_request_hangs,
        sigterm_ends_it_while_somebody_is_inside, a_mount_whose_daemon_was_killed_is_mounted_anew);
}

static void credentials_case(Suite *suite)
{
    TCase *tcase = simulated_case(suite, "credentials", NULL);
    tcase_add_loop_test(tcase, a_credentials_file_logs_in, 0, (int)COUNT(credentials));
    add_tests(
        tcase, the_environment_logs_in, a_key_wins_over_a_password,
        a_file_that_is_named_wins_over_the_environment, the_file_in_the_place_for_it_is_found,
        a_file_that_others_can_read_is_refused,
        a_file_without_sense_is_refused_without_repeating_it,
        the_host_may_come_from_where_the_login_does, the_numbers_of_the_environment_are_in_force,
        a_host_is_a_name_a_name_with_a_port_or_a_url, plain_http_is_for_this_machine,
        after_a_401_the_credentials_file_is_read_again, a_key_that_was_not_replaced_is_tried_once,
        a_replaced_file_that_others_can_read_is_not_taken, a_key_of_the_environment_is_final);
}

int main(void)
{
    Suite *suite = suite_create("command");
    refusal_case(suite);
    certificate_case(suite);
    life_case(suite);
    credentials_case(suite);
    TCase *tcase = simulated_case(suite, "secrets", NULL);
    tcase_add_loop_test(tcase, no_secret_is_told_by_anything, 0, (int)COUNT(logins));
    add_tests(tcase, no_secret_is_told_by_a_failure, the_memory_of_the_daemon_is_its_own);
    return run_suite(suite);
}
