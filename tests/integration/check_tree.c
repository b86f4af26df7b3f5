/* SPDX-License-Identifier: MIT
 *
 * The shape of the tree: what is where, how the fleet is sorted, what the kernel is told of each
 * file, and what costs no request.
 */
#include "tests/integration/requests.h"
#include "tests/integration/walk.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the shape of the tree ---- */

START_TEST(the_root_lists_what_the_system_has)
{
    expect_list("devices query resource_groups vms", ".");
}
END_TEST

START_TEST(the_control_directory_is_entered_but_not_listed)
{
    expect_list("config error_log refresh stats version", ".vergefs");
    expect_run(0, "", "ls -a | grep -F .vergefs || true");
    expect_run(0, "", "find . -name .vergefs");
}
END_TEST

START_TEST(the_version_names_program_and_system)
{
    expect_contains("vergefs ", read_file(".vergefs/version"));
    expect_contains("VergeOS 26.1.8\n", read_file(".vergefs/version"));
}
END_TEST

START_TEST(snapshots_and_their_devices_are_not_shown)
{
    expect_run(0,
               "Büro Süd – Empfang\nai-training\nbackup\nbuild%2Fagent-7\ndesktop-pool-01\n"
               "desktop-pool-02\ndesktop-pool-03\nfirewall\nlegacy-cad\nlicence-server\nrender-01\n"
               "render-02\nrender-03\ntemplate-windows-11\nvideo-wall\n",
               "LC_ALL=C ls vms");
    expect_missing("vms/render-01 nightly");
    expect_missing("devices/by-key/141");
    expect_run(0, "", "ls devices/by-type/* resource_groups/*/devices | grep nightly || true");
}
END_TEST

START_TEST(devices_of_machines_that_are_no_vms_are_not_shown)
{
    expect_run(0, "40\n", "ls devices/by-key | wc -l");
    expect_missing("devices/by-key/1");
    expect_missing("devices/by-key/2");
    expect_run(0, "",
               "ls devices/by-class/* resource_groups/*/devices | grep -e uplink -e nvme_h"
               " || true");
}
END_TEST

START_TEST(by_type_lists_the_eight_types_whatever_the_vm_has)
{
    expect_list("gpu host_gpu nvidia_vgpu pci sriov_nic tpm usb vgpu",
                "vms/build%%2Fagent-7/by-type");
    expect_list("gpu host_gpu nvidia_vgpu pci sriov_nic tpm usb vgpu", "vms/render-01/by-type");
    expect_list("", "vms/build%%2Fagent-7/by-type/usb");
}
END_TEST

START_TEST(by_type_sorts_the_devices)
{
    expect_list("gpu0", "vms/render-01/by-type/host_gpu");
    expect_list("nic0", "vms/render-01/by-type/sriov_nic");
    expect_list("tpm_0", "vms/render-01/by-type/tpm");
    expect_list("", "vms/render-01/by-type/usb");
    expect_missing("vms/render-01/by-type/usb/gpu0");
    expect_missing("vms/render-01/by-type/node_usb_devices");
}
END_TEST

START_TEST(by_resource_group_lists_every_group_and_sorts_the_devices)
{
    const char *all = "Capture%2FAudio Cards\nGPU Pool\nNVMe Controllers\nSR-IOV 25G\n"
                      "USB License Keys\nUSB Old Hub\nvGPU A40\nvGPU L40S\n";
    expect_run(0, all, "LC_ALL=C ls vms/render-01/by-resource-group");
    expect_run(0, all, "LC_ALL=C ls resource_groups");
    expect_list("gpu0", "vms/render-01/by-resource-group/GPU Pool");
    expect_list("nic0", "vms/render-01/by-resource-group/SR-IOV 25G");
    expect_list("", "vms/render-01/by-resource-group/USB Old Hub");
    expect_missing("vms/render-01/by-resource-group/GPU Pool/nic0");
}
END_TEST

static const char *real_path(const char *file)
{
    char found[PATH_MAX];
    if (realpath(file, found) == NULL) {
        fail_test("realpath %s: %s", file, strerror(errno));
    }
    return text("%s", found);
}

static const char *const typed[] = {"vms/render-01/by-type/sriov_nic/nic0",
                                    "vms/render-01/by-resource-group/SR-IOV 25G/nic0"};

START_TEST(a_typed_entry_lists_the_link_to_the_real_directory_alone)
{
    expect_list("device", "%s", typed[_i]);
    expect_link("../../../devices/nic0", "%s/device", typed[_i]);
    expect_file("102\n", "%s/device/key", typed[_i]);
    expect_text(path("vms/render-01/devices/nic0"), real_path(path("%s/device", typed[_i])));
}
END_TEST

START_TEST(a_typed_entry_resolves_the_files_of_the_device)
{
    ck_assert(status_of("%s/settings.json", typed[_i]).st_ino ==
              status_of("vms/render-01/devices/nic0/settings.json").st_ino);
    ck_assert(status_of("%s", typed[_i]).st_ino != status_of("vms/render-01/devices/nic0").st_ino);
    expect_file("nic0\n", "%s/name", typed[_i]);
    expect_file(read_file("vms/render-01/devices/nic0/device.json"), "%s/device.json", typed[_i]);
    expect_missing("%s/nonsense", typed[_i]);
}
END_TEST

/* ---- the fleet ---- */

static const struct {
    const char *folder, *names;
} views[] = {
    {"by-type", "gpu host_gpu nvidia_vgpu pci sriov_nic tpm usb vgpu"},
    {"by-class", "gpu network pci tpm usb vgpu"},
    {"by-status", "errors hotplug idle initializing missing offline online warning"},
    {"by-type/usb", "Büro Süd – Empfang:Drucker am Empfang licence-server:dongle "
                    "licence-server:dongle%~119 licence-server:sentinel video-wall:remote"},
    {"by-status/errors", "render-02:gpu0"},
    {"by-status/missing", "licence-server:dongle video-wall:capture"},
    {"by-class/vgpu", "Büro Süd – Empfang:Grafik desktop-pool-01:vgpu_0 "
                      "desktop-pool-02:vgpu_0 desktop-pool-03:vgpu_0 legacy-cad:vgpu_0"},
};

START_TEST(the_fleet_is_sorted_by_key_type_status_and_class)
{
    expect_list("by-class by-key by-status by-type", "devices");
    expect_link("../../vms/render-01/devices/nic0", "devices/by-key/102");
    expect_link("../../../vms/render-01/devices/nic0", "devices/by-type/sriov_nic/render-01:nic0");
    expect_link("../../../vms/licence-server/devices/dongle%~119",
                "devices/by-status/missing/licence-server:dongle");
    expect_link("../../../vms/firewall/devices/dmz%2Fguests",
                "resource_groups/SR-IOV 25G/devices/firewall:dmz%%2Fguests");
}
END_TEST

START_TEST(each_view_of_the_fleet_lists_its_own)
{
    expect_list(views[_i].names, "devices/%s", views[_i].folder);
}
END_TEST

START_TEST(a_group_shows_who_uses_it)
{
    expect_list("", "resource_groups/USB Old Hub/devices");
    expect_list("video-wall:capture", "resource_groups/Capture%%2FAudio Cards/devices");
    expect_list("desktop-pool-01:vgpu_0 desktop-pool-02:vgpu_0",
                "resource_groups/vGPU A40/devices");
}
END_TEST

START_TEST(every_link_is_relative_and_leads_to_a_device)
{
    const struct walk *all = walk(".");
    int links = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct entry *entry = &all->list[i];
        if (!S_ISLNK(entry->status.st_mode)) {
            continue;
        }
        links++;
        if (entry->content[0] == '/' || !exists("%s/key", entry->name)) {
            fail_test("%s is a link to %s", entry->name, entry->content);
        }
    }
    ck_assert_int_gt(links, 200);
    expect_run(0, "", "find . -type l ! -exec readlink -e {} + > /dev/null");
}
END_TEST

/* ---- what the kernel is told of each file ---- */

START_TEST(each_size_is_what_a_read_gives)
{
    const struct walk *all = walk(".");
    for (size_t i = 0; i < all->count; i++) {
        const struct entry *entry = &all->list[i];
        if (!S_ISDIR(entry->status.st_mode) && (size_t)entry->status.st_size != entry->length) {
            fail_test("%s has size %lld, but %zu bytes were read", entry->name,
                      (long long)entry->status.st_size, entry->length);
        }
    }
    ck_assert_int_gt(all->count, 1500);
}
END_TEST

START_TEST(each_content_ends_with_one_newline_or_is_empty)
{
    const struct walk *all = walk(".");
    for (size_t i = 0; i < all->count; i++) {
        const struct entry *entry = &all->list[i];
        const char *end = entry->content + entry->length;
        if (S_ISREG(entry->status.st_mode) && entry->length > 0 &&
            (entry->length == 1 || end[-1] != '\n' || end[-2] == '\n')) {
            fail_test("%s has \"%s\" in it", entry->name, entry->content);
        }
    }
}
END_TEST

START_TEST(no_file_has_blocks_or_a_second_link)
{
    const struct walk *all = walk(".");
    for (size_t i = 0; i < all->count; i++) {
        const struct entry *entry = &all->list[i];
        if (entry->status.st_blocks != 0 ||
            (!S_ISDIR(entry->status.st_mode) && entry->status.st_nlink != 1)) {
            fail_test("%s has %lld blocks and %lu links", entry->name,
                      (long long)entry->status.st_blocks, (unsigned long)entry->status.st_nlink);
        }
    }
    expect_run(0, "0\t.\n", "du -s .");
}
END_TEST

START_TEST(listings_tell_the_kind_and_number_that_stat_tells)
{
    const struct walk *all = walk(".");
    for (size_t i = 0; i < all->count; i++) {
        const struct entry *entry = &all->list[i];
        if (entry->listed != entry->status.st_ino || entry->type != IFTODT(entry->status.st_mode)) {
            fail_test("%s is listed as %d %llu, but is %d %llu", entry->name, entry->type,
                      (unsigned long long)entry->listed, IFTODT(entry->status.st_mode),
                      (unsigned long long)entry->status.st_ino);
        }
    }
}
END_TEST

static int by_inode(const void *one, const void *other)
{
    ino_t first = ((const struct entry *)one)->status.st_ino;
    ino_t second = ((const struct entry *)other)->status.st_ino;
    return (first > second) - (first < second);
}

/* But for the links of the fleet, which are one link in several places. */
START_TEST(no_two_files_or_directories_share_an_inode_number)
{
    const struct walk *all = walk(".");
    qsort(all->list, all->count, sizeof(*all->list), by_inode);
    for (size_t i = 1; i < all->count; i++) {
        const struct entry *one = &all->list[i - 1], *other = &all->list[i];
        if (one->status.st_ino == other->status.st_ino && !S_ISLNK(one->status.st_mode)) {
            fail_test("%s and %s have the inode number %llu", one->name, other->name,
                      (unsigned long long)one->status.st_ino);
        }
    }
}
END_TEST

START_TEST(find_meets_each_file_of_a_device_once)
{
    expect_run(0, "./devices/gpu0/uuid\n./devices/nic0/uuid\n./devices/tpm_0/uuid\n./uuid\n",
               "cd vms/render-01 && find . -type f -name uuid | LC_ALL=C sort");
    expect_run(0, "./devices/nic0\n", "cd vms/render-01 && grep -rlx nic0 . | xargs dirname");
}
END_TEST

START_TEST(a_tool_that_follows_links_finds_no_loop)
{
    expect_run(0, "3\n", "find -L vms/render-01/by-type -name uuid 2>&1 | wc -l");
}
END_TEST

START_TEST(inode_numbers_are_those_of_the_last_mount)
{
    const char *before = walk_inodes(walk("."));
    mount_use(mount_start(NULL));
    expect_same_lines(before, walk_inodes(walk(".")));
}
END_TEST

static const struct {
    const char *file;
    mode_t mode;
} modes[] = {
    {"vms", 0755},
    {"vms/render-01", 0755},
    {"vms/render-01/by-type/tpm", 0755},
    {"vms/render-01/by-type/tpm/tpm_0", 0755},
    {"vms/render-01/devices/nic0", 0755},
    {".vergefs", 0755},
    {"vms/render-01/attach", 0600},
    {"vms/render-01/power", 0644},
    {"vms/render-01/vm.json", 0444},
    {"vms/render-01/name", 0444},
    {"resource_groups/GPU Pool/name", 0444},
    {"resource_groups/GPU Pool/group.json", 0444},
    {".vergefs/version", 0444},
    {".vergefs/config", 0444},
    {".vergefs/stats", 0444},
    {".vergefs/error_log", 0644},
    {".vergefs/refresh", 0644},
};

START_TEST(modes_say_what_can_be_written)
{
    expect_mode(modes[_i].mode, "%s", modes[_i].file);
}
END_TEST

START_TEST(seven_files_of_a_device_can_be_written_the_others_only_read)
{
    expect_run(0, "description device.json enabled name optional orderid settings.json \n",
               "cd vms/render-01/devices/nic0 && find . -perm 0644 -printf '%%P\\n' | LC_ALL=C sort"
               " | tr '\\n' ' '; echo");
    expect_run(0, "15\n", "cd vms/render-01/devices/nic0 && find . -type f -perm 0444 | wc -l");
}
END_TEST

START_TEST(files_belong_to_who_mounted)
{
    expect_run(0, "", "find . ! -user %u -o ! -group %u", (unsigned)getuid(), (unsigned)getgid());
}
END_TEST

START_TEST(uid_gid_and_umask_are_options)
{
    mount_use(mount_start(&(struct mount_options){.options = "uid=1234,gid=4321,umask=027"}));
    expect_run(0, "", "find . ! -type l '(' ! -uid 1234 -o ! -gid 4321 ')'");
    expect_mode(0750, "vms/render-01/devices/nic0");
    expect_mode(0640, "vms/render-01/devices/nic0/enabled");
    expect_mode(0440, "vms/render-01/devices/nic0/key");
    expect_mode(0600, "vms/render-01/attach");
}
END_TEST

static time_t modified(const char *table, const char *key)
{
    return (time_t)cJSON_GetObjectItemCaseSensitive(sim_row(table, key), "modified")->valuedouble;
}

static void expect_times(time_t time, const char *file)
{
    struct stat status = status_of("%s", file);
    if (status.st_mtime != time || status.st_ctime != time) {
        fail_test("%s has the times %lld and %lld, not %lld", file, (long long)status.st_mtime,
                  (long long)status.st_ctime, (long long)time);
    }
}

START_TEST(the_times_of_a_file_are_when_its_row_was_modified)
{
    time_t device = modified("machine_devices", "102");
    time_t vm = modified("vms", "31"), group = modified("resource_groups", "1");
    ck_assert_int_ne(device, vm);
    ck_assert_int_ne(device, group);
    expect_times(device, "vms/render-01/devices/nic0");
    expect_times(device, "vms/render-01/devices/nic0/key");
    expect_times(device, "vms/render-01/devices/nic0/settings.json");
    expect_times(device, "vms/render-01/devices/nic0/device.json");
    expect_times(device, "vms/render-01/by-type/sriov_nic/nic0");
    expect_times(vm, "vms/render-01");
    expect_times(vm, "vms/render-01/ram");
    expect_times(vm, "vms/render-01/vm.json");
    expect_times(group, "resource_groups/GPU Pool/name");
    expect_run(0, "tpm_0\n",
               "cd vms/render-01/devices && find . -mindepth 1 -maxdepth 1 -newer nic0"
               " -printf '%%P\\n'");
}
END_TEST

/* ---- what costs nothing ---- */

START_TEST(names_that_begin_with_a_dot_cost_no_request)
{
    refresh_mount();
    sim_clear_log();
    expect_missing(".git");
    expect_missing("vms/.git");
    expect_missing("vms/..hidden");
    expect_missing("resource_groups/.Trash");
    expect_missing("devices/by-key/.git");
    expect_missing("devices/by-type/.hidden");
    expect_missing("devices/by-type/usb/.hidden");
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

static void look_at_what_is_always_there(void)
{
    struct statfs status;
    expect_ok(statfs(path("."), &status));
    expect_list("devices query resource_groups vms", ".");
    expect_list("by-class by-key by-status by-type", "devices");
    expect_mode(0755, "vms");
    expect_mode(0755, "devices/by-key");
    expect_mode(0755, "query");
    expect_contains("vergefs ", read_file(".vergefs/version"));
    expect_contains("ttl=", read_file(".vergefs/config"));
    expect_contains("vergefs_rows", read_file(".vergefs/stats"));
}

START_TEST(what_is_always_there_costs_no_request)
{
    refresh_mount();
    sim_clear_log();
    look_at_what_is_always_there();
    ck_assert_int_eq(sim_count(NULL, NULL), 0);
}
END_TEST

START_TEST(what_is_always_there_answers_while_the_server_hangs)
{
    refresh_mount();
    sim_fault("{\"hang\":true,\"times\":0}");
    struct job *hanging = start("cat vms/render-01/name");
    wait_until(sim_count("GET", NULL) > 0);
    look_at_what_is_always_there();
    ck_assert(job_runs(hanging));
    sim_clear_faults();
    expect_text("render-01\n", job_finish(hanging).out);
}
END_TEST

/* ---- the suite ---- */

static void shape_case(Suite *suite)
{
    TCase *tcase = mounted_case(suite, "shape", NULL, NULL);
    tcase_add_loop_test(tcase, a_typed_entry_lists_the_link_to_the_real_directory_alone, 0,
                        (int)COUNT(typed));
    tcase_add_loop_test(tcase, a_typed_entry_resolves_the_files_of_the_device, 0,
                        (int)COUNT(typed));
    tcase_add_loop_test(tcase, each_view_of_the_fleet_lists_its_own, 0, (int)COUNT(views));
    add_tests(
        tcase, the_root_lists_what_the_system_has, the_control_directory_is_entered_but_not_listed,
        the_version_names_program_and_system, snapshots_and_their_devices_are_not_shown,
        devices_of_machines_that_are_no_vms_are_not_shown,
        by_type_lists_the_eight_types_whatever_the_vm_has, by_type_sorts_the_devices,
        by_resource_group_lists_every_group_and_sorts_the_devices,
        the_fleet_is_sorted_by_key_type_status_and_class, a_group_shows_who_uses_it,
        every_link_is_relative_and_leads_to_a_device, names_that_begin_with_a_dot_cost_no_request,
        what_is_always_there_costs_no_request, what_is_always_there_answers_while_the_server_hangs);
}

static void status_case(Suite *suite)
{
    TCase *tcase = mounted_case(suite, "status", NULL, NULL);
    tcase_add_loop_test(tcase, modes_say_what_can_be_written, 0, (int)COUNT(modes));
    add_tests(
        tcase, each_size_is_what_a_read_gives, each_content_ends_with_one_newline_or_is_empty,
        no_file_has_blocks_or_a_second_link, listings_tell_the_kind_and_number_that_stat_tells,
        no_two_files_or_directories_share_an_inode_number, find_meets_each_file_of_a_device_once,
        a_tool_that_follows_links_finds_no_loop, inode_numbers_are_those_of_the_last_mount,
        seven_files_of_a_device_can_be_written_the_others_only_read, files_belong_to_who_mounted,
        uid_gid_and_umask_are_options, the_times_of_a_file_are_when_its_row_was_modified);
}

int main(void)
{
    Suite *suite = suite_create("tree");
    shape_case(suite);
    status_case(suite);
    return run_suite(suite);
}
