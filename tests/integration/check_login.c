/* SPDX-License-Identifier: MIT
 *
 * Whom the command trusts and as whom it logs in: certificates, where credentials come from, keys
 * that change, and that it keeps all of them to itself.
 */
#include "tests/integration/command.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

/* ---- credentials ---- */

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

static void certificate_case(Suite *suite)
{
    TCase *tcase = bare_case(suite, "certificates");
    tcase_add_loop_test(tcase, a_bad_certificate_ends_with_10_and_the_key_stays_here, 0,
                        (int)COUNT(certificates));
    tcase_add_loop_test(tcase, insecure_takes_every_certificate, 0, (int)COUNT(certificates));
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
    Suite *suite = suite_create("login");
    certificate_case(suite);
    credentials_case(suite);
    TCase *tcase = simulated_case(suite, "secrets", NULL);
    tcase_add_loop_test(tcase, no_secret_is_told_by_anything, 0, (int)COUNT(logins));
    add_tests(tcase, no_secret_is_told_by_a_failure, the_memory_of_the_daemon_is_its_own);
    return run_suite(suite);
}
