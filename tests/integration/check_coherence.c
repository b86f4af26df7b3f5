/* SPDX-License-Identifier: MIT
 *
 * Random changes on both sides, compared with a model: local writes, renames, attaching and
 * detaching through the mount; changes, new and deleted devices behind its back; refreshes; and
 * readers all the while, on every path that leads to a device.
 *
 * Rows stay fresh for ever, so that what must be shown is known exactly: of a device, its row as it
 * was at the last refresh, or at the last write of ours to it. Sizes from stat(2), which the kernel
 * may hold, must be those of what is read. Descriptions are numbers that only grow, with as many
 * letters behind them as the number says: so a reader that goes back in time, or reads half of one
 * and half of another, is seen at once.
 *
 * The seed is told when a run fails; $COHERENCE_SEED runs it again.
 */
#include "tests/integration/harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VMS 4
#define DEVICES 24 /* places in the model; some are empty */
#define STEPS 100
#define READERS 3
#define TRIES 100

static unsigned first_devices; /* that each VM of the fleet has beside those of the model */

struct state {
    bool exists;
    char name[32];
    unsigned description, orderid;
    bool enabled;
};

/* What the server has, and what the mount has to show. */
static struct device {
    char key[16];
    unsigned vm;
    struct state server, shown;
} devices[DEVICES];

static unsigned sequence; /* of values: each is new */
static unsigned random_state;
static char steps[STEPS][120]; /* what was done, for the failure */
static unsigned step_count;
static unsigned first_seed;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 1103515245 + 12345;
    return (random_state >> 8) % limit;
}

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(steps[step_count++ % STEPS], sizeof(steps[0]), format, arguments);
    va_end(arguments);
}

static void wrong(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void wrong(const char *format, ...)
{
    char what[2000];
    const char *story = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    for (unsigned i = step_count < 12 ? 0 : step_count - 12; i < step_count; i++)
        story = text("%s\n  %s", story, steps[i % STEPS]);
    fail_test("seed %u, step %u: %s\nthe last steps:%s", first_seed, step_count, what, story);
}

/* ---- values ---- */

static const char *description_of(unsigned number)
{
    char letters[64] = "";
    memset(letters, 'x', number % sizeof(letters));
    letters[number % sizeof(letters)] = '\0';
    return text("%u%s", number, letters);
}

/* The number of a description that is whole; -1 for any other. 0 for the empty one. */
static long number_of(const char *content, size_t length)
{
    char *end = NULL;
    if (length == 0)
        return 0;
    long number = strtol(content, &end, 10);
    size_t letters = (size_t)number % 64;
    return (size_t)(end - content) + letters + 1 == length && content[length - 1] == '\n' &&
                   strspn(end, "x") == letters
               ? number
               : -1;
}

/* ---- paths ---- */

static const char *vm_path(unsigned vm)
{
    return text("vms/vm-%05u", vm + 1);
}

static const char *device_path(const struct device *device)
{
    return text("%s/devices/%s", vm_path(device->vm), device->shown.name);
}

static const char *any_path(const struct device *device)
{
    switch (random_below(3)) {
    case 0:
        return text("%s/by-type/gpu/%s", vm_path(device->vm), device->shown.name);
    case 1:
        return text("devices/by-key/%s", device->key);
    default:
        return device_path(device);
    }
}

/* ---- looking ---- */

static void check_file(const char *file, const char *expected)
{
    off_t size = status_of("%s", file).st_size;
    const char *content = read_file("%s", file);
    if (expected && strcmp(content, expected) != 0)
        wrong("%s has %s instead of %s", file, content, expected);
    if (size != (off_t)strlen(content))
        wrong("%s: stat says %ld bytes, %zu were read", file, (long)size, strlen(content));
    if (status_of("%s", file).st_size != size)
        wrong("%s: a read has changed its size from %ld", file, (long)size);
}

static const char *description_file(const struct device *device)
{
    return device->shown.description ? text("%s\n", description_of(device->shown.description)) : "";
}

static void check_device(const struct device *device)
{
    const char *folder = any_path(device);
    const struct state *shown = &device->shown;
    check_file(text("%s/description", folder), description_file(device));
    check_file(text("%s/name", folder), text("%s\n", shown->name));
    check_file(text("%s/orderid", folder), text("%u\n", shown->orderid));
    check_file(text("%s/enabled", folder), shown->enabled ? "true\n" : "false\n");
    check_file(text("%s/device.json", folder), NULL);
    check_file(text("%s/key", folder), text("%s\n", device->key));
}

static void check_names(unsigned vm)
{
    const char *folder = text("%s/devices", vm_path(vm));
    DIR *opened = opendir(path("%s", folder));
    unsigned expected = first_devices, found = 0;
    if (!opened)
        wrong("%s: %s", folder, strerror(errno));
    for (size_t i = 0; i < DEVICES; i++) {
        const struct device *device = &devices[i];
        if (device->vm != vm || !device->key[0])
            continue;
        expected += device->shown.exists;
        if (device->shown.exists && !exists("%s", device_path(device)))
            wrong("%s is not there", device_path(device));
        if (!device->shown.exists && device->shown.name[0])
            wait_until(!exists("%s", device_path(device)));
    }
    for (struct dirent *entry; (entry = readdir(opened));)
        found += entry->d_name[0] != '.';
    closedir(opened);
    if (found != expected)
        wrong("%s has %u names instead of %u", folder, found, expected);
}

/* Before anything is opened: the kernel may hold sizes, but no wrong ones. */
static void check_sizes(void)
{
    for (size_t i = 0; i < DEVICES; i++) {
        const struct device *device = &devices[i];
        if (!device->shown.exists)
            continue;
        const char *file = text("%s/description", device_path(device));
        off_t size = status_of("%s", file).st_size;
        if (size != (off_t)strlen(description_file(device)))
            wrong("%s: stat says %ld bytes, not %zu", file, (long)size,
                  strlen(description_file(device)));
    }
}

static void check_all(void)
{
    check_sizes();
    for (size_t i = 0; i < DEVICES; i++)
        if (devices[i].shown.exists)
            check_device(&devices[i]);
    for (unsigned vm = 0; vm < VMS; vm++)
        check_names(vm);
}

/* ---- steps ---- */

static struct device *any_device(bool shown)
{
    for (unsigned tries = 0; tries < 200; tries++) {
        struct device *device = &devices[random_below(DEVICES)];
        if (device->server.exists && (!shown || device->shown.exists))
            return device;
    }
    return NULL;
}

static struct device *free_place(void)
{
    for (size_t i = 0; i < DEVICES; i++)
        if (!devices[i].server.exists && !devices[i].shown.exists)
            return &devices[i];
    return NULL;
}

static void set_new(struct state *state)
{
    unsigned number = ++sequence;
    snprintf(state->name, sizeof(state->name), "d%u", number);
    state->description = number;
}

/* A write of ours shows all of the row, whatever else has changed of it. */
static void written(struct device *device)
{
    device->shown = device->server;
}

static void write_description(void)
{
    struct device *device = any_device(true);
    if (!device)
        return;
    unsigned number = ++sequence;
    note("write description %u to %s", number, device_path(device));
    expect_ok(write_file(text("%s\n", description_of(number)), "%s/description", any_path(device)));
    device->server.description = number;
    written(device);
}

static void write_enabled(void)
{
    struct device *device = any_device(true);
    if (!device)
        return;
    bool enabled = !device->server.enabled;
    note("write enabled %d to %s", enabled, device_path(device));
    expect_ok(write_file(enabled ? "1\n" : "0\n", "%s/enabled", any_path(device)));
    device->server.enabled = enabled;
    written(device);
}

static void rename_device(void)
{
    struct device *device = any_device(true);
    if (!device)
        return;
    const char *old = device_path(device);
    const char *typed = text("%s/by-type/gpu/%s", vm_path(device->vm), device->shown.name);
    unsigned number = ++sequence;
    note("rename %s to d%u", old, number);
    if (random_below(2))
        expect_ok(rename(path("%s", old), path("%s/devices/d%u", vm_path(device->vm), number)));
    else
        expect_ok(write_file(text("d%u\n", number), "%s/name", any_path(device)));
    snprintf(device->server.name, sizeof(device->server.name), "d%u", number);
    written(device);
    if (exists("%s", old))
        wrong("%s is still there", old);
    wait_until(!exists("%s", typed));
}

static void attach_device(void)
{
    struct device *device = free_place();
    if (!device)
        return;
    *device = (struct device){.vm = random_below(VMS)};
    set_new(&device->server);
    device->server.description = 0;
    note("attach %s to %s", device->server.name, vm_path(device->vm));
    expect_ok(mkdir(path("%s/by-type/gpu/%s", vm_path(device->vm), device->server.name), 0755));
    snprintf(device->key, sizeof(device->key), "%s",
             sim_key("machine_devices", "name", device->server.name));
    device->server.exists = true;
    device->server.enabled = !strcmp(sim_field("machine_devices", device->key, "enabled"), "true");
    device->server.orderid =
        (unsigned)strtoul(sim_field("machine_devices", device->key, "orderid"), NULL, 10);
    written(device);
}

static void detach_device(void)
{
    struct device *device = any_device(true);
    if (!device)
        return;
    note("detach %s", device_path(device));
    expect_ok(rmdir(path("%s", device_path(device))));
    device->server.exists = false;
    written(device);
}

static void change_remotely(void)
{
    struct device *device = any_device(false);
    if (!device)
        return;
    struct state *server = &device->server;
    const char *old = server->name;
    unsigned what = random_below(4);
    unsigned number = ++sequence;
    if (what == 0)
        set_new(server);
    else if (what == 1)
        server->enabled = !server->enabled;
    else if (what == 2)
        server->orderid = number;
    else
        server->description = number;
    note("elsewhere %s becomes %s %u %u %d", old, server->name, server->description,
         server->orderid, server->enabled);
    sim_set_row("machine_devices", device->key,
                text("{\"name\":\"%s\",\"description\":\"%s\",\"orderid\":%u,\"enabled\":%s}",
                     server->name, server->description ? description_of(server->description) : "",
                     server->orderid, server->enabled ? "true" : "false"));
}

static const char *machine_of(unsigned vm)
{
    return sim_field("vms", sim_key("vms", "name", text("vm-%05u", vm + 1)), "machine");
}

static void insert_remotely(void)
{
    struct device *device = free_place();
    if (!device)
        return;
    *device = (struct device){.vm = random_below(VMS), .server = {.exists = true, .enabled = true}};
    set_new(&device->server);
    device->server.orderid = device->server.description;
    note("elsewhere %s is attached to %s", device->server.name, vm_path(device->vm));
    snprintf(device->key, sizeof(device->key), "%s",
             sim_insert("machine_devices",
                        text("{\"machine\":%s,\"type\":\"gpu\",\"name\":\"%s\",\"description\":"
                             "\"%s\",\"orderid\":%u,\"enabled\":true}",
                             machine_of(device->vm), device->server.name,
                             description_of(device->server.description), device->server.orderid)));
    device->shown = device->server;
    device->shown.exists = false;
}

static void delete_remotely(void)
{
    struct device *device = any_device(false);
    if (!device)
        return;
    note("elsewhere %s is detached", device->server.name);
    sim_delete("machine_devices", device->key);
    device->server.exists = false;
}

static void refresh(void)
{
    note("refresh");
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    for (size_t i = 0; i < DEVICES; i++)
        devices[i].shown = devices[i].server;
    check_all();
}

static const struct step {
    void (*take)(void);
    unsigned weight;
} kinds[] = {
    {write_description, 5}, {write_enabled, 3},   {rename_device, 3},
    {attach_device, 3},     {detach_device, 2},   {change_remotely, 8},
    {insert_remotely, 3},   {delete_remotely, 2}, {refresh, 4},
};

static void take_step(void)
{
    unsigned weights = 0;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        weights += kinds[i].weight;
    unsigned at = random_below(weights);
    const struct step *step = kinds;
    while (at >= step->weight)
        at -= step++->weight;
    step->take();
}

/* ---- readers ---- */

static atomic_bool over;
static char complaint[1200];
static pthread_mutex_t complaint_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_ulong reads;

static void complain(const char *file, const char *what, long one, long other)
{
    pthread_mutex_lock(&complaint_lock);
    if (!complaint[0])
        snprintf(complaint, sizeof(complaint), "%s: %s (%ld, %ld)", file, what, one, other);
    pthread_mutex_unlock(&complaint_lock);
}

struct seen {
    ino_t inode;
    long number;
};

/* What this reader has seen of an inode before; a slot is taken over by another that collides. */
static long *seen_of(struct seen seen[64], ino_t inode)
{
    struct seen *slot = &seen[(inode * 2654435761u) % 64];
    if (slot->inode != inode)
        *slot = (struct seen){inode, 0};
    return &slot->number;
}

/* How far the size is from what is read; of a descriptor whose file has changed since it was
 * opened, it may be. */
static long read_once(const char *file, struct seen seen[64])
{
    char content[200];
    struct stat status = {0};
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t length = fstat(fd, &status) ? -1 : read(fd, content, sizeof(content) - 1);
    close(fd);
    if (length < 0)
        return 0;
    content[length] = '\0';
    long number = number_of(content, (size_t)length);
    long *last = seen_of(seen, status.st_ino);
    if (number < 0)
        complain(file, "not one value", length, length);
    if (number < *last)
        complain(file, "older than what was read before", number, *last);
    *last = number;
    atomic_fetch_add(&reads, 1);
    return status.st_size - length;
}

static void read_steadily(const char *file, struct seen seen[64])
{
    for (int tries = 0; tries < TRIES && !atomic_load(&over); tries++)
        if (!read_once(file, seen))
            return;
    if (!atomic_load(&over))
        complain(file, "fstat and read differ", 0, 0);
}

/* Walks the directories, as they are. */
static void *read_on(void *argument)
{
    const char *mount = argument;
    struct seen seen[64] = {{0, 0}};
    for (unsigned vm = 0; !atomic_load(&over); vm = (vm + 1) % VMS) {
        char folder[500], file[1000];
        snprintf(folder, sizeof(folder), "%s/vms/vm-%05u/%s", mount, vm + 1,
                 atomic_load(&reads) % 2 ? "devices" : "by-type/gpu");
        DIR *opened = opendir(folder);
        for (struct dirent *entry; opened && (entry = readdir(opened));) {
            if (entry->d_name[0] == '.')
                continue;
            snprintf(file, sizeof(file), "%s/%s/description", folder, entry->d_name);
            read_steadily(file, seen);
        }
        if (opened)
            closedir(opened);
    }
    return NULL;
}

/* ---- runs ---- */

/* The devices that the fleet began with go; those of the model come. */
static void begin(unsigned seed)
{
    const char *given = getenv("COHERENCE_SEED");
    random_state = first_seed = given ? (unsigned)strtoul(given, NULL, 10) : seed;
    for (size_t i = 0; i < DEVICES / 2; i++)
        insert_remotely();
    refresh();
}

static void run_steps(void)
{
    for (unsigned i = 0; i < STEPS && !complaint[0]; i++) {
        take_step();
        struct device *device = any_device(true);
        if (device)
            check_device(device);
    }
    refresh();
}

START_TEST(what_is_shown_is_what_the_model_says)
{
    begin((unsigned)_i + 1);
    run_steps();
}
END_TEST

START_TEST(readers_never_go_back)
{
    pthread_t threads[READERS];
    begin((unsigned)_i + 101);
    for (size_t i = 0; i < READERS; i++)
        pthread_create(&threads[i], NULL, read_on, (void *)mount_path(mount_current()));
    run_steps();
    atomic_store(&over, true);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
    if (complaint[0])
        wrong("%s", complaint);
    ck_assert_uint_gt(atomic_load(&reads), 0);
}
END_TEST

/* Nothing is held here: every open asks, and is right at once. */
START_TEST(without_ttl_every_open_is_right)
{
    mount_use(mount_start(&(struct mount_options){.options = "ttl=0"}));
    begin((unsigned)_i + 201);
    for (unsigned i = 0; i < 25; i++) {
        struct device *device = any_device(true);
        const char *file = text("%s/description", device_path(device));
        char content[200] = "";
        struct stat status;
        status_of("%s", file); /* the kernel has its old size */
        device->server.description = ++sequence;
        note("elsewhere %s becomes %u", file, sequence);
        sim_set_row("machine_devices", device->key,
                    text("{\"description\":\"%s\"}", description_of(sequence)));
        int fd = open_file(O_RDONLY, "%s", file);
        expect_ok(fd);
        expect_ok(fstat(fd, &status));
        ssize_t length = read(fd, content, sizeof(content));
        close(fd);
        if (status.st_size != length)
            wrong("%s: fstat says %ld bytes, %zd were read", file, (long)status.st_size, length);
        if (number_of(content, (size_t)length) != (long)sequence)
            wrong("%s has %s", file, content);
    }
}
END_TEST

static void beside_none(void)
{
    first_devices = 0;
}

static void beside_one(void)
{
    first_devices = 1;
}

int main(void)
{
    Suite *suite = suite_create("coherence");
    /* One fleet fits a page and is held as whole lists, the other is asked for by machine. */
    static const struct {
        const char *name, *size;
        void (*use)(void);
    } fleets[] = {{"within a page", "8x0", beside_none}, {"beyond a page", "1100x1", beside_one}};
    for (size_t i = 0; i < 2; i++) {
        TCase *made =
            mounted_case(suite, fleets[i].name, &(struct sim_options){.fleet = fleets[i].size},
                         &(struct mount_options){.options = "ttl=3600"});
        tcase_add_unchecked_fixture(made, fleets[i].use, NULL);
        tcase_add_loop_test(made, what_is_shown_is_what_the_model_says, 0, 2);
        tcase_add_loop_test(made, readers_never_go_back, 0, 1);
        tcase_add_test(made, without_ttl_every_open_is_right);
    }
    return run_suite(suite);
}
