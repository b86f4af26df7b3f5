/* SPDX-License-Identifier: MIT
 *
 * How old what is shown may be: rows are held for the ttl and no longer, a refresh and a write of
 * one's own are seen at once, everywhere, and sizes are right for whoever trusts them.
 */
#include "tests/integration/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NIC "vms/render-03/devices/nic0"
#define NIC_KEY "108"

static void refresh(void)
{
    expect_ok(write_file("1\n", ".vergefs/refresh"));
}

static void set_description(const char *description)
{
    sim_set_row("machine_devices", NIC_KEY, text("{\"description\":\"%s\"}", description));
}

/* ---- while rows are fresh ---- */

START_TEST(what_was_read_is_not_asked_for_again)
{
    walk(".");
    sim_clear_log();
    expect_run(0, "", "ls -lR . > /dev/null; find . -type f -exec cat {} + > /dev/null");
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(what_changed_elsewhere_is_shown_after_a_refresh_and_not_before)
{
    set_description("as it was");
    refresh();
    expect_file("as it was\n", NIC "/description");
    set_description("changed by somebody else");
    expect_file("as it was\n", NIC "/description");
    refresh();
    expect_file("changed by somebody else\n", NIC "/description");
}
END_TEST

START_TEST(a_refresh_reaches_rows_of_every_table)
{
    walk("vms/render-03");
    walk("vms/licence-server");
    walk("resource_groups");
    sim_set_row("vms", "33", "{\"description\":\"new words\",\"ram\":512}");
    sim_set_row("resource_groups", "1", "{\"description\":\"other words\"}");
    sim_set_row("machine_device_settings_sriov_nic",
                sim_key("machine_device_settings_sriov_nic", "machine_device", NIC_KEY),
                "{\"vlan\":4000}");
    sim_set_row("machine_devices", "119", "{\"status\":\"online\"}");
    refresh();
    expect_file("new words\n", "vms/render-03/description");
    expect_file("512\n", "vms/render-03/ram");
    expect_file("other words\n", "resource_groups/GPU Pool/description");
    expect_contains("\"vlan\":\t4000", read_file(NIC "/settings.json"));
    expect_contains("\"vlan\":\t4000", read_file(NIC "/device.json"));
    expect_file("online\n", "vms/licence-server/devices/dongle%%~119/status");
    expect_list("video-wall:capture", "devices/by-status/missing");
}
END_TEST

START_TEST(what_came_and_went_elsewhere_is_seen_after_a_refresh)
{
    walk("vms/render-03");
    walk("vms/backup");
    walk("resource_groups");
    const char *vm = sim_insert("vms", "{\"name\":\"newcomer\"}");
    sim_insert("machine_devices", text("{\"machine\":%s,\"type\":\"tpm\",\"name\":\"first\"}",
                                       sim_field("vms", vm, "machine")));
    sim_delete("machine_devices", NIC_KEY);
    sim_delete("vms", "42");
    sim_delete("resource_groups", "5");
    refresh();
    expect_list("first", "vms/newcomer/devices");
    expect_file("newcomer\n", "devices/by-class/tpm/newcomer:first/machine_name");
    expect_missing(NIC);
    expect_missing(NIC "/key");
    expect_missing("devices/by-key/" NIC_KEY);
    expect_missing("vms/render-03/by-type/sriov_nic/nic0");
    expect_missing("vms/backup");
    expect_missing("resource_groups/USB Old Hub");
    expect_list("gpu0 tpm_0", "vms/render-03/devices");
}
END_TEST

START_TEST(a_missing_name_is_not_held)
{
    const char *machine = sim_field("vms", "42", "machine");
    expect_missing("vms/backup/devices/late");
    sim_insert("machine_devices",
               text("{\"machine\":%s,\"type\":\"tpm\",\"name\":\"late\"}", machine));
    refresh();
    expect_exists("vms/backup/devices/late");
    expect_missing("vms/backup/devices/later");
    expect_ok(mkdir(path("vms/backup/by-type/tpm/later"), 0755));
    expect_exists("vms/backup/devices/later");
}
END_TEST

/* The kernel gives up the old name when somebody has asked for what is there. */
START_TEST(a_device_renamed_elsewhere_has_its_new_name_alone)
{
    expect_exists(NIC);
    sim_set_row("machine_devices", NIC_KEY, "{\"name\":\"uplink\"}");
    refresh();
    expect_list("gpu0 tpm_0 uplink", "vms/render-03/devices");
    wait_until(!exists(NIC));
    expect_file(NIC_KEY "\n", "vms/render-03/devices/uplink/key");
    expect_link("../../vms/render-03/devices/uplink", "devices/by-key/" NIC_KEY);
}
END_TEST

START_TEST(a_group_renamed_elsewhere_has_its_new_name_alone)
{
    static const char *const folders[] = {"resource_groups", "vms/render-03/by-resource-group",
                                          "vms/backup/by-resource-group"};
    for (size_t i = 0; i < COUNT(folders); i++)
        expect_exists("%s/GPU Pool", folders[i]);
    sim_set_row("resource_groups", "1", "{\"name\":\"Pool of GPUs\"}");
    refresh();
    expect_exists("resource_groups/Pool of GPUs");
    for (size_t i = 0; i < COUNT(folders); i++)
        wait_until(!exists("%s/GPU Pool", folders[i]));
}
END_TEST

START_TEST(a_folder_that_one_is_in_survives_a_rename_elsewhere)
{
    struct stat status;
    int fd = open_file(O_RDONLY | O_DIRECTORY, NIC);
    expect_ok(fd);
    sim_set_row("machine_devices", NIC_KEY, "{\"name\":\"uplink\"}");
    refresh();
    expect_ok(fstatat(fd, "enabled", &status, 0));
    ck_assert(status.st_ino == status_of("vms/render-03/devices/uplink/enabled").st_ino);
    expect_ok(close(fd));
}
END_TEST

/* ---- sizes ---- */

/* Tools that trust the size that they were told. */
static const struct {
    const char *command;
    bool counts; /* it writes the size alone */
} sized[] = {
    {"wc -c < description", true},
    {"stat -c %s description", true},
    {"tail -c 3 description", false},
    {"cp description $TMP/copy && cat $TMP/copy", false},
    {"rsync description $TMP/copy && cat $TMP/copy", false},
    {"tar c description | tar xO", false},
    {"dd if=description status=none", false},
    {"head -c -1 description", false},
    {"perl -pe 1 description", false},
};

static const char *output_of(size_t index, const char *content)
{
    size_t length = strlen(content);
    if (sized[index].counts) {
        return text("%zu\n", length);
    }
    if (strncmp(sized[index].command, "tail", 4) == 0) {
        return content + length - 3;
    }
    if (strncmp(sized[index].command, "head", 4) == 0) {
        return text("%.*s", (int)length - 1, content);
    }
    return content;
}

static void expect_tool(size_t index, const char *content)
{
    expect_run(0, output_of(index, content),
               "TMP=$(mktemp -d) && cd " NIC " && { %s; status=$?; rm -r $TMP; exit $status; }",
               sized[index].command);
}

START_TEST(sizes_are_right_right_after_a_change_elsewhere_and_a_refresh)
{
    static const char *const versions[] = {"an a", "a much longer description than there was",
                                           "shorter again", "of the same len"};
    for (size_t i = 0; i < COUNT(versions); i++) {
        read_file(NIC "/description");
        status_of(NIC "/description");
        set_description(versions[i]);
        refresh();
        expect_tool((size_t)_i, text("%s\n", versions[i]));
    }
}
END_TEST

START_TEST(sizes_are_right_right_after_a_write)
{
    static const char *const versions[] = {"a b", "a much longer description than there was",
                                           "c c"};
    for (size_t i = 0; i < COUNT(versions); i++) {
        status_of(NIC "/description");
        expect_ok(write_file(text("%s\n", versions[i]), NIC "/description"));
        expect_tool((size_t)_i, text("%s\n", versions[i]));
    }
}
END_TEST

START_TEST(an_open_file_that_is_read_from_the_start_shows_what_was_opened)
{
    char content[64] = "";
    set_description("old");
    refresh();
    int fd = open_file(O_RDONLY, NIC "/description");
    set_description("new and longer");
    refresh();
    ck_assert_int_eq(status_of(NIC "/description").st_size, strlen("new and longer\n"));
    ck_assert_int_eq(read(fd, content, sizeof(content) - 1), 4);
    expect_text("old\n", content);
    expect_ok(close(fd));
}
END_TEST

/* ---- one's own writes ---- */

/* Everywhere that a device shows. */
static const char *const places[] = {
    NIC,
    "vms/render-03/by-type/sriov_nic/nic0",
    "vms/render-03/by-type/sriov_nic/nic0/device",
    "vms/render-03/by-resource-group/SR-IOV 25G/nic0",
    "devices/by-key/108",
    "devices/by-type/sriov_nic/render-03:nic0",
    "devices/by-class/network/render-03:nic0",
    "resource_groups/SR-IOV 25G/devices/render-03:nic0",
};

static void look_everywhere(void)
{
    for (size_t i = 0; i < COUNT(places); i++) {
        read_file("%s/enabled", places[i]);
        read_file("%s/device.json", places[i]);
        status_of("%s/enabled", places[i]);
    }
}

START_TEST(a_value_that_was_written_is_seen_at_once_everywhere)
{
    look_everywhere();
    expect_ok(write_file("false\n", "%s/enabled", places[_i]));
    sim_clear_log();
    for (size_t i = 0; i < COUNT(places); i++) {
        expect_file("false\n", "%s/enabled", places[i]);
        ck_assert_int_eq(status_of("%s/enabled", places[i]).st_size, 6);
        expect_contains("\"enabled\":\tfalse", read_file("%s/device.json", places[i]));
    }
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(the_size_of_device_json_follows_a_write_of_another_file)
{
    off_t before = status_of(NIC "/device.json").st_size;
    expect_ok(write_file("ten letter\n", NIC "/description"));
    ck_assert_int_eq(status_of(NIC "/device.json").st_size, before + 10);
    ck_assert_int_eq(strlen(read_file(NIC "/device.json")), before + 10);
}
END_TEST

START_TEST(the_time_of_all_files_follows_a_write_of_one)
{
    struct stat before = status_of(NIC "/key");
    expect_ok(write_file("something new\n", NIC "/description"));
    time_t changed = status_of(NIC "/description").st_mtime;
    ck_assert_int_gt(changed, before.st_mtime);
    ck_assert_int_eq(status_of(NIC "/key").st_mtime, changed);
    ck_assert_int_eq(status_of(NIC).st_mtime, changed);
    expect_run(0, "enabled\n",
               "cd " NIC " && find . -newermt '1 day ago' -name enabled"
               " -printf '%%f\\n'");
}
END_TEST

START_TEST(settings_that_were_written_are_seen_at_once_everywhere)
{
    look_everywhere();
    expect_ok(write_file("{\"vlan\":7}\n", "%s/settings.json", places[_i]));
    sim_clear_log();
    for (size_t i = 0; i < COUNT(places); i++) {
        const char *shown = read_file("%s/settings.json", places[i]);
        expect_contains("\"vlan\":\t7,", shown);
        ck_assert_int_eq(status_of("%s/settings.json", places[i]).st_size, strlen(shown));
        expect_contains("\"vlan\":\t7,", read_file("%s/device.json", places[i]));
    }
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(a_document_that_was_written_is_seen_in_the_other_files)
{
    look_everywhere();
    expect_ok(
        write_file("{\"enabled\":false,\"settings_args\":{\"vlan\":8}}\n", NIC "/device.json"));
    sim_clear_log();
    expect_file("false\n", "devices/by-key/" NIC_KEY "/enabled");
    expect_contains("\"vlan\":\t8,", read_file(NIC "/settings.json"));
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(a_new_name_is_seen_at_once_everywhere)
{
    look_everywhere();
    expect_run(0, "", "mv %s vms/render-03/devices/uplink", NIC);
    sim_clear_log();
    for (size_t i = 0; i < COUNT(places); i++) {
        if (strstr(places[i], "by-key") == NULL) {
            expect_missing("%s", places[i]);
        }
    }
    expect_list("gpu0 tpm_0 uplink", "vms/render-03/devices");
    expect_list("uplink", "vms/render-03/by-type/sriov_nic");
    expect_list("uplink", "vms/render-03/by-resource-group/SR-IOV 25G");
    expect_link("../../../devices/uplink", "vms/render-03/by-type/sriov_nic/uplink/device");
    expect_link("../../vms/render-03/devices/uplink", "devices/by-key/" NIC_KEY);
    expect_file("uplink\n", "devices/by-class/network/render-03:uplink/name");
    expect_file("uplink\n", "resource_groups/SR-IOV 25G/devices/render-03:uplink/name");
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(a_name_that_was_written_moves_the_folder)
{
    look_everywhere();
    expect_ok(write_file("uplink\n", NIC "/name"));
    expect_missing(NIC);
    expect_file("uplink\n", "vms/render-03/devices/uplink/name");
    expect_file("uplink\n", "devices/by-class/network/render-03:uplink/name");
}
END_TEST

START_TEST(an_attached_device_is_seen_at_once_everywhere)
{
    walk("vms/render-03");
    walk("devices");
    expect_ok(mkdir(path("vms/render-03/by-type/sriov_nic/nic1"), 0755));
    const char *key = sim_key("machine_devices", "name", "nic1");
    expect_list("gpu0 nic0 nic1 tpm_0", "vms/render-03/devices");
    expect_list("nic0 nic1", "vms/render-03/by-type/sriov_nic");
    expect_list("nic0 nic1", "vms/render-03/by-resource-group/SR-IOV 25G");
    expect_link("../../vms/render-03/devices/nic1", "devices/by-key/%s", key);
    expect_exists("devices/by-type/sriov_nic/render-03:nic1");
    expect_exists("resource_groups/SR-IOV 25G/devices/render-03:nic1");
    expect_run(0, "2\n", "ls devices/by-class/network | grep -c render-03");
}
END_TEST

START_TEST(a_detached_device_is_gone_at_once_everywhere)
{
    walk("vms/render-03");
    walk("devices");
    expect_ok(rmdir(path("%s", _i == 0   ? NIC
                               : _i == 1 ? "vms/render-03/by-type/sriov_nic/nic0"
                                         : "vms/render-03/by-resource-group/SR-IOV 25G/nic0")));
    for (size_t i = 0; i < COUNT(places); i++) {
        expect_missing("%s", places[i]);
        expect_errno(ENOENT, try_read("%s/key", places[i]));
    }
    expect_list("gpu0 tpm_0", "vms/render-03/devices");
    expect_run(0, "0\n", "ls devices/by-class/network | grep -c render-03 || true");
}
END_TEST

START_TEST(a_device_that_was_detached_leaves_no_open_file_readable)
{
    char content[16];
    int fd = open_file(O_RDONLY, NIC "/key");
    expect_ok(rmdir(path(NIC)));
    ck_assert_int_eq(read(fd, content, sizeof(content)), 4); /* as it was when it was opened */
    expect_ok(close(fd));
    expect_errno(ENOENT, try_read(NIC "/key"));
}
END_TEST

START_TEST(power_is_seen_at_once_in_the_files_of_the_vm)
{
    expect_file("false\n", "vms/render-03/running");
    expect_file("off\n", "vms/render-03/power");
    expect_ok(write_file("on\n", "vms/render-03/power"));
    expect_file("true\n", "vms/render-03/running");
    expect_file("on\n", "vms/render-03/power");
    expect_file("running\n", "vms/render-03/status");
    expect_contains("\"running\":\ttrue", read_file("vms/render-03/vm.json"));
}
END_TEST

/* ---- what a change of one thing does to another ---- */

/* Ways by which somebody comes to know the size of the file $F. */
static const char *const size_commands[] = {
    "stat -c %s $F",
    "ls -ln | awk -v name=$F '$NF == name {print $5}'",
    "find . -maxdepth 1 -name $F -printf '%s\\n'",
};

static void expect_size(int way, size_t size, const char *folder, const char *name)
{
    expect_run(0, text("%zu\n", size), "cd %s && F=%s && %s", folder, name, size_commands[way]);
}

static size_t length_of(const char *folder, const char *name)
{
    return strlen(read_file("%s/%s", folder, name));
}

START_TEST(a_change_of_a_device_shows_in_the_sizes_of_its_vm)
{
    static const char vm[] = "vms/render-01";
    size_t before = length_of(vm, "vm.json");
    expect_size(_i, strlen("false\n"), vm, "need_restart");
    expect_size(_i, before, vm, "vm.json");
    expect_ok(write_file("false\n", "%s/devices/nic0/enabled", vm));
    sim_clear_log();
    expect_size(_i, strlen("true\n"), vm, "need_restart");
    expect_size(_i, before - 1, vm, "vm.json");
    ck_assert_uint_eq(length_of(vm, "vm.json"), before - 1);
    ck_assert_int_eq(sim_count(NULL, NULL), 1);
}
END_TEST

START_TEST(settings_changed_elsewhere_show_in_the_sizes_after_a_refresh)
{
    size_t before = length_of(NIC, "device.json");
    sim_set_row("machine_device_settings_sriov_nic",
                sim_key("machine_device_settings_sriov_nic", "machine_device", NIC_KEY),
                "{\"vlan\":1}");
    refresh();
    expect_size(_i, before - 2, NIC, "device.json");
    expect_size(_i, length_of(NIC, "settings.json"), NIC, "settings.json");
}
END_TEST

START_TEST(power_shows_in_the_sizes_of_the_devices)
{
    expect_size(_i, strlen("offline\n"), NIC, "status");
    expect_size(_i, length_of(NIC, "device.json"), NIC, "device.json");
    expect_ok(write_file("on\n", "vms/render-03/power"));
    sim_clear_log();
    expect_size(_i, strlen("online\n"), NIC, "status");
    expect_size(_i, length_of(NIC, "device.json"), NIC, "device.json");
    ck_assert_int_eq(sim_count(NULL, NULL), 1);
}
END_TEST

START_TEST(a_write_of_unknown_outcome_leaves_no_size_behind)
{
    mount_use(mount_start(&(struct mount_options){.options = "ttl=3600,retries=0"}));
    size_t before = length_of(NIC, "device.json");
    expect_size(_i, before, NIC, "device.json");
    sim_fault("[{\"method\":\"PUT\",\"drop\":\"after\",\"times\":0},"
              "{\"method\":\"GET\",\"status\":403,\"times\":0}]");
    ck_assert_int_eq(write_file("false\n", NIC "/enabled"), -1);
    sim_clear_faults();
    expect_size(_i, before + 1, NIC, "device.json");
    expect_size(_i, strlen("false\n"), NIC, "enabled");
    mount_stop(mount_current());
}
END_TEST

/* ---- answers that are overtaken by a change ---- */

static void expect_sizes_of_documents(void)
{
    static const char *const names[] = {"settings.json", "device.json"};
    for (size_t i = 0; i < COUNT(names); i++) {
        size_t size = (size_t)status_of(NIC "/%s", names[i]).st_size;
        ck_assert_uint_eq(size, length_of(NIC, names[i]));
    }
}

/* The row was taken before it changed; the kernel, which was told of the change meanwhile, is not
 * to keep what was made of it. */
START_TEST(a_size_that_took_its_time_is_not_kept)
{
    mount_use(mount_start(&(struct mount_options){.options = "ttl=3600"}));
    expect_file("", NIC "/description");
    sim_fault("{\"method\":\"GET\",\"path\":\"machine_device_settings*\",\"hang\":true}");
    struct job *slow = start("stat -c %%s " NIC "/device.json");
    wait_until(sim_count("GET", "/api/v4/machine_device_settings") > 0);
    expect_ok(write_file("much longer than it was\n", NIC "/description"));
    sim_clear_faults();
    job_finish(slow);
    expect_sizes_of_documents();
    mount_stop(mount_current());
}
END_TEST

/* Some names of a folder, by as few bytes as the kernel allows; the last of them. */
static const char *list_some(int folder)
{
    char bytes[1024];
    const char *name = NULL;
    long length = syscall(SYS_getdents64, folder, bytes, sizeof(bytes));
    expect_ok(length);
    for (long at = 0; at < length; at += ((struct dirent64 *)(bytes + at))->d_reclen)
        name = text("%s", ((struct dirent64 *)(bytes + at))->d_name);
    return name;
}

/* A listing is as it was when it began, but it is no news. */
START_TEST(an_old_listing_leaves_no_old_name)
{
    struct sim *sim = sim_start(&(struct sim_options){.fleet = "200x1"});
    sim_use(sim);
    mount_use(mount_start(&(struct mount_options){.options = "ttl=3600"}));
    int folder = open_file(O_RDONLY | O_DIRECTORY, "vms");
    const char *name = list_some(folder);
    sim_set_row("vms", sim_key("vms", "name", "vm-00150"), "{\"name\":\"renamed\"}");
    refresh();
    expect_exists("vms/renamed/key");
    for (; name; name = list_some(folder))
        exists("vms/%s", name); /* the kernel asks for attributes while somebody wants them */
    expect_missing("vms/vm-00150");
    expect_ok(close(folder));
    mount_stop(mount_current());
    sim_stop(sim);
}
END_TEST

/* ---- without a refresh ---- */

START_TEST(a_change_elsewhere_is_seen_when_the_ttl_is_over)
{
    set_description("first");
    refresh();
    expect_file("first\n", NIC "/description");
    set_description("the second one");
    wait_until(strcmp(read_file(NIC "/description"), "the second one\n") == 0);
    ck_assert_int_eq(status_of(NIC "/description").st_size, strlen("the second one\n"));
    expect_run(0, "15\n", "wc -c < " NIC "/description");
}
END_TEST

START_TEST(a_size_that_nobody_opens_is_renewed_too)
{
    set_description("first");
    refresh();
    ck_assert_int_eq(status_of(NIC "/description").st_size, 6);
    set_description("the second one");
    wait_until(status_of(NIC "/description").st_size == 15);
}
END_TEST

START_TEST(what_came_elsewhere_is_listed_when_the_ttl_is_over)
{
    expect_list("gpu0 nic0 tpm_0", "vms/render-03/devices");
    sim_insert("machine_devices", text("{\"machine\":%s,\"type\":\"tpm\",\"name\":\"late\"}",
                                       sim_field("vms", "33", "machine")));
    wait_until(strstr(run("ls vms/render-03/devices").out, "late") != NULL);
    expect_exists("vms/render-03/devices/late/key");
    sim_delete("machine_devices", sim_key("machine_devices", "name", "late"));
    wait_until(!exists("vms/render-03/devices/late"));
}
END_TEST

START_TEST(without_a_ttl_every_open_asks)
{
    for (int i = 0; i < 5; i++) {
        sim_clear_log();
        set_description(text("version %d", i));
        expect_file(text("version %d\n", i), NIC "/description");
        ck_assert_int_ge(sim_count("GET", "/api/v4/machine_devices"), 1);
    }
}
END_TEST

START_TEST(without_a_ttl_every_listing_asks)
{
    for (int i = 0; i < 3; i++) {
        sim_insert("machine_devices", text("{\"machine\":%s,\"type\":\"tpm\",\"name\":\"t%d\"}",
                                           sim_field("vms", "43", "machine"), i));
        expect_run(0, text("%d\n", i + 1), "ls vms/build%%2Fagent-7/devices | wc -l");
    }
}
END_TEST

START_TEST(without_a_ttl_an_opened_file_has_its_size)
{
    for (int i = 0; i < 3; i++) {
        status_of(NIC "/description");
        set_description(text("version %.*s", i * 5, "----------"));
        int fd = open_file(O_RDONLY, NIC "/description");
        struct stat status;
        expect_ok(fstat(fd, &status));
        ck_assert_int_eq(status.st_size, 9 + i * 5);
        expect_ok(close(fd));
    }
}
END_TEST

/* ---- the server away ---- */

START_TEST(what_is_fresh_is_served_while_the_server_hangs)
{
    const char *before = walk_text(walk("vms/render-03"));
    sim_fault("{\"hang\":true,\"times\":0}");
    expect_same_lines(before, walk_text(walk("vms/render-03")));
    sim_clear_faults();
}
END_TEST

START_TEST(a_refresh_while_the_server_fails_loses_nothing_for_good)
{
    const char *before = read_file(NIC "/device.json");
    sim_fault("{\"status\":403,\"times\":0}");
    refresh();
    expect_errno(EACCES, try_read(NIC "/device.json"));
    sim_clear_faults();
    expect_file(before, NIC "/device.json");
}
END_TEST

/* ---- the suite ---- */

static void fresh_case(Suite *suite)
{
    static const struct mount_options patient = {.options = "ttl=3600"};
    TCase *tcase = mounted_case(suite, "fresh", NULL, &patient);
    add_tests(tcase, what_was_read_is_not_asked_for_again,
              what_changed_elsewhere_is_shown_after_a_refresh_and_not_before,
              a_refresh_reaches_rows_of_every_table,
              what_came_and_went_elsewhere_is_seen_after_a_refresh, a_missing_name_is_not_held,
              a_device_renamed_elsewhere_has_its_new_name_alone,
              a_group_renamed_elsewhere_has_its_new_name_alone,
              a_folder_that_one_is_in_survives_a_rename_elsewhere,
              an_open_file_that_is_read_from_the_start_shows_what_was_opened,
              what_is_fresh_is_served_while_the_server_hangs,
              a_refresh_while_the_server_fails_loses_nothing_for_good);
    tcase_add_loop_test(tcase, sizes_are_right_right_after_a_change_elsewhere_and_a_refresh, 0,
                        (int)COUNT(sized));
    tcase_add_loop_test(tcase, sizes_are_right_right_after_a_write, 0, (int)COUNT(sized));
}

static void writes_case(Suite *suite)
{
    static const struct mount_options patient = {.options = "ttl=3600"};
    TCase *tcase = mounted_case(suite, "writes", NULL, &patient);
    tcase_add_loop_test(tcase, a_value_that_was_written_is_seen_at_once_everywhere, 0,
                        (int)COUNT(places));
    tcase_add_loop_test(tcase, settings_that_were_written_are_seen_at_once_everywhere, 0,
                        (int)COUNT(places));
    tcase_add_loop_test(tcase, a_detached_device_is_gone_at_once_everywhere, 0, 3);
    tcase_add_loop_test(tcase, a_change_of_a_device_shows_in_the_sizes_of_its_vm, 0,
                        (int)COUNT(size_commands));
    tcase_add_loop_test(tcase, settings_changed_elsewhere_show_in_the_sizes_after_a_refresh, 0,
                        (int)COUNT(size_commands));
    tcase_add_loop_test(tcase, power_shows_in_the_sizes_of_the_devices, 0,
                        (int)COUNT(size_commands));
    tcase_add_loop_test(tcase, a_write_of_unknown_outcome_leaves_no_size_behind, 0,
                        (int)COUNT(size_commands));
    add_tests(tcase, the_size_of_device_json_follows_a_write_of_another_file,
              the_time_of_all_files_follows_a_write_of_one,
              a_document_that_was_written_is_seen_in_the_other_files,
              a_new_name_is_seen_at_once_everywhere, a_name_that_was_written_moves_the_folder,
              an_attached_device_is_seen_at_once_everywhere,
              a_device_that_was_detached_leaves_no_open_file_readable,
              power_is_seen_at_once_in_the_files_of_the_vm);
}

int main(void)
{
    static const struct mount_options second = {.options = "ttl=1"};
    static const struct mount_options none = {.options = "ttl=0"};
    Suite *suite = suite_create("freshness");
    fresh_case(suite);
    writes_case(suite);
    TCase *tcase = simulated_case(suite, "overtaken", NULL);
    add_tests(tcase, a_size_that_took_its_time_is_not_kept, an_old_listing_leaves_no_old_name);
    tcase = mounted_case(suite, "a second", NULL, &second);
    add_tests(tcase, a_change_elsewhere_is_seen_when_the_ttl_is_over,
              a_size_that_nobody_opens_is_renewed_too,
              what_came_elsewhere_is_listed_when_the_ttl_is_over);
    tcase = mounted_case(suite, "no ttl", NULL, &none);
    add_tests(tcase, without_a_ttl_every_open_asks, without_a_ttl_every_listing_asks,
              without_a_ttl_an_opened_file_has_its_size);
    return run_suite(suite);
}
