/* SPDX-License-Identifier: MIT
 *
 * What an NFS server needs of a filesystem: handles that find the same thing for as long as it
 * exists, whatever the kernel has forgotten and whoever has mounted it anew, and nothing else. Only
 * root may open by a handle.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/requests.h"
#include "tests/integration/walk.h"

#define VM "vms/render-03"
#define NIC VM "/devices/nic0"
#define NIC_KEY "108"

struct handle {
    struct file_handle head;
    unsigned char room[MAX_HANDLE_SZ];
};

static struct handle handle_of(const char *name)
{
    struct handle handle = {.head.handle_bytes = MAX_HANDLE_SZ};
    int mount_id;
    expect_ok(name_to_handle_at(AT_FDCWD, path("%s", name), &handle.head, &mount_id, 0));
    return handle;
}

/* In the current mount. */
static int open_handle(struct handle *handle, int flags)
{
    int root = open_file(O_RDONLY | O_DIRECTORY, ".");
    expect_ok(root);
    int fd = open_by_handle_at(root, &handle->head, flags);
    int error = errno;
    close(root);
    errno = error;
    return fd;
}

/* The same system, by a daemon that has seen nothing of it. */
static void mount_anew(void)
{
    static const struct mount_options options = {0};
    mount_use(mount_start(&options));
}

/* ---- what stays ---- */

static void expect_same_file(const struct entry *entry, int fd)
{
    struct stat status;
    expect_ok(fstat(fd, &status));
    if (status.st_ino != entry->status.st_ino || status.st_mode != entry->status.st_mode) {
        fail_test("%s: the handle found %lo %lu", entry->name, (unsigned long)status.st_mode,
                  (unsigned long)status.st_ino);
    }
}

static void expect_content(const struct entry *entry, int fd)
{
    char content[65536];
    ssize_t length = read(fd, content, sizeof(content));
    if (length != (ssize_t)entry->length || memcmp(content, entry->content, entry->length) != 0) {
        fail_test("%s: the handle's file has another content", entry->name);
    }
}

/* The kernel found its way up to the root, by ".." and the listings. */
static void expect_place(const struct entry *entry, int fd)
{
    char place[PATH_MAX];
    ssize_t length = readlink(text("/proc/self/fd/%d", fd), place, sizeof(place) - 1);
    expect_ok(length);
    place[length] = '\0';
    expect_text(path("%s", entry->name), place);
}

static void try_handle(const struct entry *entry, struct handle *handle)
{
    bool file = S_ISREG(entry->status.st_mode) && (entry->status.st_mode & 0044) != 0;
    bool directory = S_ISDIR(entry->status.st_mode);
    int fd = open_handle(handle, file || directory ? O_RDONLY : O_PATH | O_NOFOLLOW);
    if (fd == -1) {
        fail_test("%s: %s", entry->name, strerror(errno));
    }
    expect_same_file(entry, fd);
    if (file) {
        expect_content(entry, fd);
    }
    if (directory) {
        expect_place(entry, fd);
    }
    close(fd);
}

START_TEST(handles_of_the_whole_tree_outlive_a_remount)
{
    const struct walk *tree = walk(".");
    struct handle *handles = calloc(tree->count, sizeof(*handles));
    ck_assert(handles != NULL);
    for (size_t i = 0; i < tree->count; i++) {
        handles[i] = handle_of(tree->list[i].name);
    }
    mount_anew();
    for (size_t i = tree->count; i-- > 0;) { /* the deepest first: nothing above is known */
        try_handle(&tree->list[i], &handles[i]);
    }
    free(handles);
}
END_TEST

START_TEST(a_handle_outlives_a_new_name)
{
    struct handle handle = handle_of(NIC);
    expect_ok(rename(path(NIC), path(VM "/devices/uplink")));
    mount_anew();
    int fd = open_handle(&handle, O_RDONLY);
    expect_ok(fd);
    expect_file("uplink\n", "/proc/self/fd/%d/name", fd);
    close(fd);
}
END_TEST

START_TEST(a_handle_can_be_written_through)
{
    struct handle handle = handle_of(NIC "/enabled");
    mount_anew();
    int fd = open_handle(&handle, O_WRONLY | O_TRUNC);
    expect_ok(fd);
    expect_ok(write_piece(fd, "false\n"));
    close(fd);
    expect_field("false", "machine_devices", NIC_KEY, "enabled");
}
END_TEST

/* ---- what goes ---- */

START_TEST(the_handle_of_a_deleted_device_is_stale)
{
    struct handle directory = handle_of(NIC), file = handle_of(NIC "/enabled");
    struct handle entry = handle_of(VM "/by-type/sriov_nic/nic0");
    sim_delete("machine_devices", NIC_KEY);
    mount_anew();
    expect_errno(ESTALE, open_handle(&directory, O_RDONLY));
    expect_errno(ESTALE, open_handle(&file, O_RDONLY));
    expect_errno(ESTALE, open_handle(&entry, O_RDONLY));
}
END_TEST

START_TEST(a_handle_does_not_find_another_device_of_the_same_key)
{
    struct handle handle = handle_of(NIC "/enabled");
    sim_set_row("machine_devices", NIC_KEY, "{\"uuid\": \"00000000-0000-4000-8000-000000000001\"}");
    mount_anew();
    expect_errno(ESTALE, open_handle(&handle, O_RDONLY));
}
END_TEST

START_TEST(what_lives_in_the_daemon_goes_with_it)
{
    close(open_file(O_WRONLY | O_CREAT, NIC "/scratch"));
    struct handle scratch = handle_of(NIC "/scratch");
    struct handle query = handle_of("query/type eq 'tpm'");
    mount_anew();
    expect_errno(ESTALE, open_handle(&scratch, O_RDONLY));
    expect_errno(ESTALE, open_handle(&query, O_RDONLY));
    struct handle stats = handle_of(".vergefs/stats");
    int fd = open_handle(&stats, O_RDONLY);
    expect_ok(fd);
    close(fd);
}
END_TEST

START_TEST(a_handle_that_never_was_is_stale)
{
    struct handle handle = handle_of(NIC "/enabled");
    for (size_t i = 0; i < 8; i++) {
        memset(handle.head.f_handle, (int)(0xff >> i), 12);
        expect_errno(ESTALE, open_handle(&handle, O_RDONLY));
    }
}
END_TEST

/* The kernel makes ESTALE of every error. */
START_TEST(a_handle_is_good_again_when_the_server_is)
{
    struct handle handle = handle_of(NIC "/enabled");
    mount_anew();
    sim_fault("{\"method\": \"GET\", \"status\": 500, \"times\": 0}");
    expect_errno(ESTALE, open_handle(&handle, O_RDONLY));
    expect_error("lookup", "500", "EREMOTEIO");
    sim_clear_faults();
    int fd = open_handle(&handle, O_RDONLY);
    expect_ok(fd);
    close(fd);
}
END_TEST

int main(void)
{
    if (geteuid() != 0) {
        puts("skipped: only root may open by a handle");
        return 77;
    }
    Suite *suite = suite_create("export");
    TCase *tests = mounted_case(suite, "handles", NULL, NULL);
    add_tests(tests, handles_of_the_whole_tree_outlive_a_remount, a_handle_outlives_a_new_name,
              a_handle_can_be_written_through, the_handle_of_a_deleted_device_is_stale,
              a_handle_does_not_find_another_device_of_the_same_key,
              what_lives_in_the_daemon_goes_with_it, a_handle_that_never_was_is_stale,
              a_handle_is_good_again_when_the_server_is);
    return run_suite(suite);
}
