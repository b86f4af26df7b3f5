/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/options.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MOST_WORDS 32

static struct options options;
static struct verge_credentials credentials;
static char said[2048];      /* what was printed to stderr */
static char directory[64];   /* where each test may write: mnt/ is in it */
static char mountpoint[128]; /* directory/mnt */

static void clear_environment(void)
{
    static const char *const names[] = {
        "VERGE_HOST",      "VERGE_USERNAME",      "VERGE_PASSWORD",   "VERGE_TOKEN",
        "VERGE_API_KEY",   "VERGE_VERIFY_SSL",    "VERGE_TIMEOUT",    "VERGE_RETRY_TOTAL",
        "VERGEOS_HOST",    "VERGE_RETRY_BACKOFF", "VERGEOS_USERNAME", "VERGEOS_PASSWORD",
        "VERGEOS_API_KEY", "VERGEOS_VERIFY_SSL",  "VERGEOS_TIMEOUT",  "VERGEOS_INSECURE",
    };

    for (size_t i = 0; i < COUNT(names); i++)
        unsetenv(names[i]);
}

static void setup(void)
{
    clear_environment();
    snprintf(directory, sizeof directory, "/tmp/check_options.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(mountpoint, sizeof mountpoint, "%s/mnt", directory);
    ck_assert_int_eq(mkdir(mountpoint, 0700), 0);
    setenv("XDG_CONFIG_HOME", directory, 1);
    memset(&options, 0, sizeof options);
    verge_credentials_init(&credentials);
}

static void teardown(void)
{
    char command[128];

    options_free(&options);
    verge_credentials_free(&credentials);
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    ck_assert_int_eq(system(command), 0); /* NOLINT(cert-env33-c): a name of our own */
}

/* Takes stderr away, and gives it back with what was written in `said`. */
static int divert(void)
{
    FILE *file = tmpfile();

    ck_assert_ptr_nonnull(file);
    fflush(stderr);
    int saved = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    fclose(file);
    return saved;
}

static void restore(int saved)
{
    fflush(stderr);
    ssize_t length = pread(STDERR_FILENO, said, sizeof said - 1, 0);
    said[length > 0 ? length : 0] = '\0';
    dup2(saved, STDERR_FILENO);
    close(saved);
}

/* "vergefs", the words of `line`, and the mount point for each M among them. */
static enum exit_status parse(const char *line)
{
    char words[2048];
    char program[] = "vergefs";
    char *argv[MOST_WORDS] = {program};
    char *rest = words;
    int argc = 1;

    snprintf(words, sizeof words, "%s", line);
    for (char *word; (word = strsep(&rest, " "));) {
        if (*word)
            argv[argc++] = strcmp(word, "M") == 0 ? mountpoint : word;
    }
    options_free(&options);
    int saved = divert();
    enum exit_status status = options_parse(&options, argc, argv);
    restore(saved);
    return status;
}

static enum exit_status complete(void)
{
    verge_credentials_free(&credentials);
    int saved = divert();
    enum exit_status status = options_credentials(&options, &credentials);
    restore(saved);
    return status;
}

/* One sentence of ours: it says `part`. */
static void check_said(const char *part)
{
    ck_assert_msg(strncmp(said, "vergefs: ", 9) == 0, "said: %s", said);
    ck_assert_msg(strstr(said, part) != NULL, "%s is not in: %s", part, said);
    ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
}

/* All arguments for libfuse as one line. */
static const char *mount_args(void)
{
    static char line[1024];
    size_t used = 0;

    line[0] = '\0';
    for (int i = 0; i < options.mount_args.argc; i++) {
        int length = snprintf(line + used, sizeof line - used, "%s ", options.mount_args.argv[i]);
        used += (size_t)length;
    }
    return line;
}

static bool has_mount_option(const char *option)
{
    char word[256];

    snprintf(word, sizeof word, "-o %s ", option);
    return strstr(mount_args(), word) != NULL;
}

static void write_file(const char *name, const char *content, char path[256])
{
    snprintf(path, 256, "%s/%s", directory, name);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(content, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, 0600), 0);
}

/* The command line. */

START_TEST(defaults)
{
    ck_assert_int_eq(parse("vergeos M"), EXIT_OK);
    ck_assert_str_eq(said, "");
    ck_assert_str_eq(options.host, "vergeos");
    ck_assert_str_eq(options.mountpoint, mountpoint);
    ck_assert_ptr_null(options.credentials_file);
    ck_assert_ptr_null(options.cacert);
    ck_assert(options.ttl == 5);
    ck_assert(options.timeout < 0);
    ck_assert_int_lt(options.retries, 0);
    ck_assert_int_eq(options.budget, 1000);
    ck_assert_uint_eq(options.uid, getuid());
    ck_assert_uint_eq(options.gid, getgid());
    ck_assert_uint_eq(options.umask, 0);
    ck_assert(!options.insecure && !options.nodelete && !options.read_only);
    ck_assert(!options.allow_other && !options.foreground && !options.debug && !options.check);
    ck_assert_str_eq(mount_args(), "vergefs -o default_permissions,subtype=vergefs ");
}
END_TEST

START_TEST(every_option)
{
    ck_assert_int_eq(
        parse("-f -o credentials=/c,cacert=/ca.pem,insecure,ttl=0.5,timeout=2.5 -o retries=0 h M "
              "-onodelete,ro,allow_other,uid=4294967294,gid=17,umask=027,budget=0"),
        EXIT_OK);
    ck_assert_str_eq(options.credentials_file, "/c");
    ck_assert_str_eq(options.cacert, "/ca.pem");
    ck_assert(options.ttl == 0.5);
    ck_assert(options.timeout == 2.5);
    ck_assert_int_eq(options.retries, 0);
    ck_assert_int_eq(options.budget, 0);
    ck_assert_uint_eq(options.uid, 4294967294U);
    ck_assert_uint_eq(options.gid, 17);
    ck_assert_uint_eq(options.umask, 027);
    ck_assert(options.insecure && options.nodelete && options.read_only && options.allow_other);
    ck_assert(options.foreground && !options.debug);
    ck_assert(has_mount_option("ro"));
    ck_assert(has_mount_option("allow_other"));
    ck_assert(has_mount_option("default_permissions,subtype=vergefs"));
}
END_TEST

START_TEST(the_host_may_be_left_out)
{
    ck_assert_int_eq(parse("M"), EXIT_OK);
    ck_assert_ptr_null(options.host);
    ck_assert_str_eq(options.mountpoint, mountpoint);
}
END_TEST

START_TEST(debug_means_foreground)
{
    ck_assert_int_eq(parse("-d h M"), EXIT_OK);
    ck_assert(options.debug && options.foreground);
    ck_assert(has_mount_option("debug"));
    ck_assert_int_eq(parse("-o debug h M"), EXIT_OK);
    ck_assert(options.debug && options.foreground);
}
END_TEST

START_TEST(version_and_help_need_nothing_else)
{
    ck_assert_int_eq(parse("-V"), EXIT_OK);
    ck_assert(options.show_version && !options.show_help);
    ck_assert_int_eq(parse("--version"), EXIT_OK);
    ck_assert(options.show_version);
    ck_assert_int_eq(parse("-h"), EXIT_OK);
    ck_assert(options.show_help && !options.show_version);
    ck_assert_int_eq(parse("--help"), EXIT_OK);
    ck_assert(options.show_help);
}
END_TEST

START_TEST(checking_mounts_nothing)
{
    ck_assert_int_eq(parse("--check vergeos"), EXIT_OK);
    ck_assert(options.check);
    ck_assert_str_eq(options.host, "vergeos");
    ck_assert_ptr_null(options.mountpoint);
    ck_assert_int_eq(parse("--check"), EXIT_OK);
    ck_assert_ptr_null(options.host);
    ck_assert_int_eq(parse("--check h M"), EXIT_USAGE);
    check_said("--check");
}
END_TEST

/* What mount(8), fstab(5) and systemd hand over. */
START_TEST(generic_options_are_accepted)
{
    ck_assert_int_eq(
        parse("h M -o rw,noauto,auto,user,users,nouser,_netdev,nofail,defaults,dev,nodev,suid,"
              "nosuid,exec,noexec,atime,noatime,relatime,x-systemd.automount,X-mount.mkdir,"
              "x-systemd.requires=network-online.target,comment=hello,user=me,default_permissions"),
        EXIT_OK);
    ck_assert_str_eq(said, "");
    ck_assert(has_mount_option("nodev"));
    ck_assert(has_mount_option("noatime"));
    ck_assert_ptr_null(strstr(mount_args(), "systemd"));
    ck_assert_ptr_null(strstr(mount_args(), "relatime"));
}
END_TEST

START_TEST(the_last_of_ro_and_rw_holds)
{
    ck_assert_int_eq(parse("h M -o ro,rw"), EXIT_OK);
    ck_assert(!options.read_only && !has_mount_option("ro"));
    ck_assert_int_eq(parse("h M -o rw,ro"), EXIT_OK);
    ck_assert(options.read_only && has_mount_option("ro"));
}
END_TEST

/* libfuse takes all that is passed on: a session can be made of it. */
START_TEST(what_is_passed_on_is_understood)
{
    static const struct fuse_lowlevel_ops operations = {0};

    setenv("VERGE_TOKEN", "t", 1);
    ck_assert_int_eq(
        parse("a\\\\,b M -o ro,allow_other,dev,nodev,suid,nosuid,exec,noexec,atime,noatime,sync,"
              "async,dirsync,auto_unmount"),
        EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_OK);
    struct fuse_session *session =
        fuse_session_new(&options.mount_args, &operations, sizeof operations, NULL);
    ck_assert_ptr_nonnull(session);
    fuse_session_destroy(session);
}
END_TEST

static const struct mistake {
    const char *line, *part;
} mistakes[] = {
    {"", "mount point is needed"},
    {"a b M", "too many arguments"},
    {"h M -o ttl=", "ttl="},
    {"h M -o ttl", "ttl= needs a value"},
    {"h M -o ttl=5x", "ttl= takes seconds from 0 to 86400"},
    {"h M -o ttl=-1", "ttl= takes seconds"},
    {"h M -o ttl=86401", "ttl= takes seconds"},
    {"h M -o ttl=nan", "ttl= takes seconds"},
    {"h M -o ttl=inf", "ttl= takes seconds"},
    {"h M -o ttl=0x10", "ttl= takes seconds"},
    {"h M -o ttl=1e2", "ttl= takes seconds"},
    {"h M -o ttl=1.2.3", "ttl= takes seconds"},
    {"h M -o ttl=.5", "ttl= takes seconds"},
    {"h M -o timeout=0", "timeout= takes seconds from 0.1 to 3600"},
    {"h M -o timeout=3601", "timeout= takes seconds"},
    {"h M -o retries=101", "retries= takes a whole number from 0 to 100"},
    {"h M -o retries=1.5", "retries= takes a whole number"},
    {"h M -o retries=-1", "retries= takes a whole number"},
    {"h M -o budget=1000001", "budget= takes a whole number from 0 to 1000000"},
    {"h M -o budget=many", "budget= takes a whole number"},
    {"h M -o uid=root", "uid= takes a number from 0 to 4294967294"},
    {"h M -o gid=4294967295", "gid= takes a number"},
    {"h M -o umask=8", "umask= takes an octal number"},
    {"h M -o umask=01000", "umask= takes an octal number"},
    {"h M -o umask=", "umask= takes an octal number"},
    {"h M -o umask=77777777777777777777777777", "umask= takes an octal number"},
    {"h M -o credentials=", "credentials= takes the name of a file"},
    {"h M -o profile=", "profile= takes the NAME of a file NAME.env"},
    {"h M -o profile=../x", "profile= takes the NAME of a file NAME.env"},
    {"h M -o profile=.x", "profile= takes the NAME of a file NAME.env"},
    {"h M -o cacert", "cacert= needs a value"},
    {"h M -o insecure=1", "unknown option insecure;"},
    {"h M -o insecurely", "unknown option insecurely;"},
    {"h M -o allow_root", "unknown option allow_root;"},
    {"h M -x", "unknown option -x;"},
    {"h M --frobnicate=9", "unknown option --frobnicate;"},
    {"h M -s", "-s cannot be given: with a single thread"},
    {"h M -o fsname=x", "fsname= cannot be given"},
    {"h M -o subtype=x", "subtype= cannot be given"},
    {"h /nonexistent/mnt", "mount point /nonexistent/mnt: No such file or directory"},
    {"h /etc/passwd", "mount point /etc/passwd: Not a directory"},
};

START_TEST(mistakes_are_told_in_one_sentence)
{
    const struct mistake *mistake = &mistakes[_i];

    ck_assert_int_eq(parse(mistake->line), EXIT_USAGE);
    check_said(mistake->part);
}
END_TEST

/* The sentence goes to a log, perhaps: what was typed in the wrong place is not in it. */
START_TEST(secrets_are_not_repeated)
{
    static const char *const lines[] = {
        "admin:hunter2@vergeos M", "https://admin:hunter2@vergeos/ M",
        "hunter2@vergeos M",       "--check admin:hunter2@vergeos",
        "h M -o password=hunter2", "h M -o ttl=hunter2",
        "h M -o umask=hunter2",    "h M --password=hunter2",
        "h M -phunter2",           "h M hunter2",
        "M admin:hunter2@vergeos", "h M -o fsname=hunter2",
    };

    for (size_t i = 0; i < COUNT(lines); i++) {
        ck_assert_int_eq(parse(lines[i]), EXIT_USAGE);
        check_said("");
        ck_assert_msg(strstr(said, "hunter2") == NULL, "%s", said);
        ck_assert_ptr_null(strstr(said, "admin"));
    }
    ck_assert_int_eq(parse("admin:hunter2@vergeos M"), EXIT_USAGE);
    check_said("credentials file");
}
END_TEST

START_TEST(relative_names_become_absolute)
{
    char here[256];
    char expected[300];

    ck_assert_int_eq(chdir(directory), 0);
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    ck_assert_int_eq(parse("h mnt/../mnt/. -o credentials=secret,cacert=./ca.pem"), EXIT_OK);
    snprintf(expected, sizeof expected, "%s/mnt", here);
    ck_assert_str_eq(options.mountpoint, expected);
    snprintf(expected, sizeof expected, "%s/secret", here);
    ck_assert_str_eq(options.credentials_file, expected);
    snprintf(expected, sizeof expected, "%s/./ca.pem", here);
    ck_assert_str_eq(options.cacert, expected);
    ck_assert_int_eq(parse("h M -o credentials=/a,credentials=/b"), EXIT_OK);
    ck_assert_str_eq(options.credentials_file, "/b");
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(everything_after_two_dashes_is_a_word)
{
    ck_assert_int_eq(parse("-f -- h M"), EXIT_OK);
    ck_assert_str_eq(options.host, "h");
    ck_assert_int_eq(parse("-o"), EXIT_USAGE);
    ck_assert_str_ne(said, "");
}
END_TEST

/* Credentials. */

START_TEST(from_the_environment)
{
    setenv("VERGE_HOST", "vergeos:8443", 1);
    setenv("VERGE_TOKEN", "key", 1);
    setenv("VERGE_TIMEOUT", "7.5", 1);
    setenv("VERGE_RETRY_TOTAL", "9", 1);
    setenv("VERGE_VERIFY_SSL", "false", 1);
    ck_assert_int_eq(parse("M"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_OK);
    ck_assert_str_eq(said, "");
    ck_assert_str_eq(options.host, "vergeos:8443");
    ck_assert_str_eq(credentials.host, "vergeos:8443");
    ck_assert_str_eq(credentials.token, "key");
    ck_assert_ptr_null(credentials.source);
    ck_assert(options.timeout == 7.5 && credentials.timeout == 7.5);
    ck_assert(options.retries == 9 && credentials.retries == 9);
    ck_assert(options.insecure && credentials.verify_tls == 0);
    ck_assert(has_mount_option("fsname=vergeos:8443"));
}
END_TEST

START_TEST(the_command_line_wins)
{
    setenv("VERGE_HOST", "other", 1);
    setenv("VERGE_TOKEN", "key", 1);
    setenv("VERGE_TIMEOUT", "7", 1);
    setenv("VERGE_RETRY_TOTAL", "9", 1);
    setenv("VERGE_VERIFY_SSL", "true", 1);
    ck_assert_int_eq(parse("vergeos M -o timeout=2,retries=1,insecure"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_OK);
    ck_assert_str_eq(credentials.host, "vergeos");
    ck_assert(options.timeout == 2 && credentials.timeout == 2);
    ck_assert(options.retries == 1 && credentials.retries == 1);
    ck_assert(options.insecure && credentials.verify_tls == 0);
    ck_assert(has_mount_option("fsname=vergeos"));
}
END_TEST

START_TEST(nothing_said_means_the_defaults)
{
    setenv("VERGE_TOKEN", "key", 1);
    ck_assert_int_eq(parse("vergeos M"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_OK);
    ck_assert(options.timeout == 30 && credentials.timeout == 30);
    ck_assert(options.retries == 3 && credentials.retries == 3);
    ck_assert(!options.insecure && credentials.verify_tls == 1);
}
END_TEST

static enum exit_status parse_with_file(const char *words, const char *path)
{
    char line[600];

    snprintf(line, sizeof line, "%s -o credentials=%s", words, path);
    return parse(line);
}

/* A key in the environment is for another system than the one of the file. */
START_TEST(logins_are_not_mixed)
{
    char path[256];

    write_file("c", "VERGE_HOST=filehost\nVERGE_USERNAME=u\nVERGE_PASSWORD=p\n", path);
    setenv("VERGE_TOKEN", "key", 1);
    setenv("VERGE_HOST", "envhost", 1);
    setenv("VERGE_TIMEOUT", "7", 1);
    ck_assert_int_eq(parse_with_file("M", path), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_OK);
    ck_assert_ptr_null(credentials.token);
    ck_assert_str_eq(credentials.username, "u");
    ck_assert_str_eq(credentials.password, "p");
    ck_assert_str_eq(credentials.host, "filehost");
    ck_assert_str_eq(credentials.source, path);
    ck_assert(credentials.timeout == 7);
    write_file("c", "VERGE_USERNAME=u\n", path);
    setenv("VERGE_PASSWORD", "p", 1);
    ck_assert_int_eq(complete(), EXIT_CONFIGURATION);
    check_said("has neither VERGE_TOKEN nor");
}
END_TEST

START_TEST(the_default_file_is_the_last_resort)
{
    char path[256];
    char folder[128];

    snprintf(folder, sizeof folder, "%s/vergefs", directory);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    write_file("vergefs/credentials", "VERGE_HOST=filehost\nVERGE_TOKEN=filekey\nVERGE_TIMEOUT=8\n",
               path);
    setenv("VERGE_TIMEOUT", "7", 1);
    ck_assert_int_eq(parse("M"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_OK);
    ck_assert_str_eq(credentials.token, "filekey");
    ck_assert_str_eq(credentials.host, "filehost");
    ck_assert_str_eq(credentials.source, path);
    ck_assert(credentials.timeout == 7);
    setenv("VERGE_TOKEN", "envkey", 1);
    ck_assert_int_eq(parse("h M"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_OK);
    ck_assert_str_eq(credentials.token, "envkey");
    ck_assert_ptr_null(credentials.source);
    unsetenv("VERGE_TOKEN");
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert_int_eq(complete(), EXIT_CONFIGURATION);
    check_said("vergefs/credentials");
}
END_TEST

START_TEST(what_is_missing_is_told)
{
    ck_assert_int_eq(parse("vergeos M"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_CONFIGURATION);
    check_said("nothing to log in with");
    setenv("VERGE_TOKEN", "hunter2", 1);
    ck_assert_int_eq(parse("M"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_CONFIGURATION);
    check_said("no host");
    setenv("VERGE_TIMEOUT", "hunter2", 1);
    ck_assert_int_eq(complete(), EXIT_CONFIGURATION);
    check_said("VERGE_TIMEOUT");
    ck_assert_ptr_null(strstr(said, "hunter2"));
    setenv("VERGE_TIMEOUT", "3601", 1);
    ck_assert_int_eq(parse("h M"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_CONFIGURATION);
    check_said("VERGE_TIMEOUT takes seconds");
    setenv("VERGE_TIMEOUT", "5", 1);
    setenv("VERGE_RETRY_TOTAL", "101", 1);
    ck_assert_int_eq(parse("h M"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_CONFIGURATION);
    check_said("VERGE_RETRY_TOTAL takes a whole number");
    ck_assert_int_eq(parse("h M -o credentials=/nonexistent/c"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_CONFIGURATION);
    check_said("/nonexistent/c");
    unsetenv("VERGE_RETRY_TOTAL");
    ck_assert_int_eq(parse("h M -o cacert=/nonexistent/ca"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_CONFIGURATION);
    check_said("cacert=/nonexistent/ca");
}
END_TEST

START_TEST(a_secret_in_the_host_variable_is_not_shown)
{
    setenv("VERGE_TOKEN", "key", 1);
    setenv("VERGE_HOST", "https://admin:hunter2@vergeos", 1);
    ck_assert_int_eq(parse("M"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_CONFIGURATION);
    check_said("VERGE_HOST");
    ck_assert_ptr_null(strstr(said, "hunter2"));
    ck_assert_ptr_null(strstr(mount_args(), "hunter2"));
}
END_TEST

/* The user's own if there is one, else the machine's, which is then said to be missing. */
START_TEST(a_profile_is_a_file_of_credentials)
{
    char folder[128];
    char path[256];

    snprintf(folder, sizeof folder, "%s/vergefs", directory);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    write_file("vergefs/office.env", "VERGE_HOST=h\nVERGE_TOKEN=key\n", path);
    ck_assert_int_eq(parse("M -o profile=office"), EXIT_OK);
    ck_assert_str_eq(options.credentials_file, path);
    ck_assert_int_eq(complete(), EXIT_OK);
    ck_assert_str_eq(credentials.token, "key");
    ck_assert_int_eq(parse("M -o profile=no-such-profile"), EXIT_OK);
    ck_assert_str_eq(options.credentials_file, "/etc/vergefs/no-such-profile.env");
    ck_assert_int_eq(complete(), EXIT_CONFIGURATION);
    check_said("/etc/vergefs/no-such-profile.env");
}
END_TEST

START_TEST(asked_again_it_reads_again)
{
    char path[256];
    char before[1024];

    write_file("c", "VERGE_HOST=filehost\nVERGE_TOKEN=old\n", path);
    ck_assert_int_eq(parse_with_file("M", path), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_OK);
    ck_assert_str_eq(credentials.token, "old");
    snprintf(before, sizeof before, "%s", mount_args());
    write_file("c", "VERGE_HOST=elsewhere\nVERGE_TOKEN=new\nVERGE_TIMEOUT=1\n", path);
    ck_assert_int_eq(complete(), EXIT_OK);
    ck_assert_str_eq(credentials.token, "new");
    ck_assert_str_eq(credentials.host, "filehost");
    ck_assert(credentials.timeout == 30);
    ck_assert_str_eq(mount_args(), before);
}
END_TEST

START_TEST(commas_in_the_host_stay_in_the_name)
{
    setenv("VERGE_TOKEN", "key", 1);
    setenv("VERGE_HOST", "a,allow_other\\b", 1);
    ck_assert_int_eq(parse("M"), EXIT_OK);
    ck_assert_int_eq(complete(), EXIT_OK);
    ck_assert(has_mount_option("fsname=a\\,allow_other\\\\b"));
}
END_TEST

static TCase *case_of_command_lines(void)
{
    TCase *tests = tcase_create("command line");

    tcase_set_timeout(tests, 120); /* sanitizers are slow */
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, defaults);
    tcase_add_test(tests, every_option);
    tcase_add_test(tests, the_host_may_be_left_out);
    tcase_add_test(tests, debug_means_foreground);
    tcase_add_test(tests, version_and_help_need_nothing_else);
    tcase_add_test(tests, checking_mounts_nothing);
    tcase_add_test(tests, generic_options_are_accepted);
    tcase_add_test(tests, the_last_of_ro_and_rw_holds);
    tcase_add_test(tests, what_is_passed_on_is_understood);
    tcase_add_loop_test(tests, mistakes_are_told_in_one_sentence, 0, (int)COUNT(mistakes));
    tcase_add_test(tests, secrets_are_not_repeated);
    tcase_add_test(tests, relative_names_become_absolute);
    tcase_add_test(tests, everything_after_two_dashes_is_a_word);
    return tests;
}

static TCase *case_of_credentials(void)
{
    TCase *tests = tcase_create("credentials");

    tcase_set_timeout(tests, 120); /* sanitizers are slow */
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, from_the_environment);
    tcase_add_test(tests, the_command_line_wins);
    tcase_add_test(tests, nothing_said_means_the_defaults);
    tcase_add_test(tests, logins_are_not_mixed);
    tcase_add_test(tests, the_default_file_is_the_last_resort);
    tcase_add_test(tests, what_is_missing_is_told);
    tcase_add_test(tests, a_secret_in_the_host_variable_is_not_shown);
    tcase_add_test(tests, a_profile_is_a_file_of_credentials);
    tcase_add_test(tests, asked_again_it_reads_again);
    tcase_add_test(tests, commas_in_the_host_stay_in_the_name);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("options");

    suite_add_tcase(suite, case_of_command_lines());
    suite_add_tcase(suite, case_of_credentials());
    return unit_run_suite(suite);
}
