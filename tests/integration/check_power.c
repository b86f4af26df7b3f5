/* SPDX-License-Identifier: MIT
 *
 * The power of a VM.
 */
#include "tests/integration/requests.h"

#include <string.h>
#include <unistd.h>

#define VM "vms/render-03"

/* ---- power ---- */

static const struct {
    const char *written, *action, *shown;
} powers[] = {
    {"on\n", "poweron", "on"},  {"off\n", "poweroff", "off"}, {"kill\n", "kill", "off"},
    {"reset\n", "reset", "on"}, {"ON", "poweron", "on"},      {"Off", "poweroff", "off"},
};

START_TEST(power_takes_its_words_to_the_vm)
{
    bool running = strcmp(powers[_i].action, "poweron") != 0;
    const char *vm = running ? "vms/render-01" : VM;
    expect_file(running ? "on\n" : "off\n", "%s/power", vm);
    sim_clear_log();
    expect_ok(write_file(powers[_i].written, "%s/power", vm));
    expect_changes(text("POST vm_actions {\"vm\":%s,\"action\":\"%s\"}\n", running ? "31" : "33",
                        powers[_i].action));
    expect_file(text("%s\n", powers[_i].shown), "%s/power", vm);
    expect_file(strcmp(powers[_i].shown, "on") == 0 ? "true\n" : "false\n", "%s/running", vm);
    expect_file(strcmp(powers[_i].shown, "on") == 0 ? "online\n" : "offline\n",
                "%s/devices/nic0/status", vm);
}
END_TEST

START_TEST(other_words_do_nothing_to_a_vm)
{
    static const char *const words[] = {"reboot\n", "\n", "true\n", "1\n", "on off\n", "poweron\n"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        expect_write_errno(EINVAL, words[i], VM "/power");
        expect_error("EINVAL: power takes on, off, kill or reset");
        clear_error_log();
    }
    expect_no_change();
}
END_TEST

START_TEST(a_power_action_is_sent_once_whatever_becomes_of_it)
{
    sim_fault("{\"method\": \"POST\", \"path\": \"vm_actions\", \"status\": 503}");
    expect_write_errno(EREMOTEIO, "on\n", VM "/power");
    expect_error("write", VM "/power", "POST /api/v4/vm_actions", "503", "EREMOTEIO");
    ck_assert_int_eq(sim_count("POST", NULL), 1);
    expect_file("off\n", VM "/power");
}
END_TEST

START_TEST(a_restart_ends_the_need_for_one)
{
    expect_file("true\n", "vms/ai-training/need_restart");
    expect_ok(write_file("off\n", "vms/ai-training/power"));
    expect_ok(write_file("on\n", "vms/ai-training/power"));
    expect_file("false\n", "vms/ai-training/need_restart");
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void add_power_tests(Suite *suite)
{
    TCase *tests = mounted_case(suite, "power", NULL, NULL);
    tcase_add_loop_test(tests, power_takes_its_words_to_the_vm, 0, COUNT(powers));
    add_tests(tests, other_words_do_nothing_to_a_vm,
              a_power_action_is_sent_once_whatever_becomes_of_it, a_restart_ends_the_need_for_one);
}

int main(void)
{
    Suite *suite = suite_create("power");
    add_power_tests(suite);
    return run_suite(suite);
}
