/* SPDX-License-Identifier: MIT */
/*
 * Readers, local writers and somebody else on the server, interleaved at random, and a record of
 * what each of them may rely on:
 *
 *   - no reader sees a row older than the last local write that had returned when he began;
 *   - no reader sees a row that the server had replaced longer than a ttl before he began;
 *   - what was there all the while is found, what was gone a ttl ago is not;
 *   - when all is quiet, the inventory is what the server is.
 *
 * VERGE_SEED=N in the environment runs one seed.
 */
#include "config.h"

#include <stdatomic.h>

#include "tests/unit/inventory_fixture.h"

#define WRITERS 3
#define READERS 4
#define MOST_KEYS 20000

enum presence { NEVER, PRESENT, GOING, GONE };

/* What is known of a device apart from the inventory. Times are verge_now(). */
struct fact {
    atomic_int presence;
    atomic_int_fast64_t created, removed;
    atomic_uint written; /* the version that the last local write made that has returned */
    atomic_int setting;  /* likewise, the value of its settings row */
    atomic_uint machine;
};

struct scene {
    struct fixture f;
    int64_t ttl;
    unsigned operations;
    size_t vms;
    struct fact facts[MOST_KEYS];
    atomic_uint highest; /* key so far */
    atomic_uint vm_written[1000];
    atomic_uint writers; /* that are still at work */
};

struct actor {
    struct scene *scene;
    pthread_t thread;
    unsigned number, seed;
    struct verge_want fresh, recent;
    struct verge_error error;
};

static unsigned pick(struct actor *actor, unsigned below)
{
    return (unsigned)rand_r(&actor->seed) % below;
}

/* With the server's lock. */
static void note_created(struct scene *scene, const struct fake_device *device)
{
    struct fact *fact = &scene->facts[device->key];

    ck_assert_uint_lt(device->key, MOST_KEYS);
    fact->machine = device->machine;
    fact->created = verge_now();
    if (device->key > scene->highest) {
        scene->highest = device->key;
    }
}

/* ---- what readers check ---- */

/* A device as it was seen by one who came at `came`: may it have been so? */
static void check_seen(struct scene *scene, const struct verge_device *device, unsigned written,
                       int64_t came, int64_t life)
{
    uint32_t key = device->record.key;
    unsigned version = (unsigned)strtoul(device->status_info, NULL, 10);
    const struct fake_device *now;

    ck_assert_msg(version >= written, "device %u: version %u was seen after %u was written", key,
                  version, written);
    pthread_mutex_lock(&scene->f.server->lock);
    now = fake_device(scene->f.server, key);
    if (now != NULL && version < now->version && now->version - version < 64) {
        int64_t replaced = now->history[version % 64];

        ck_assert_msg(replaced >= came - life - 1,
                      "device %u: version %u had been replaced %lld ms before", key, version,
                      (long long)(came - replaced));
    }
    if (now == NULL) {
        int64_t removed = scene->facts[key].removed;

        /* 0: by a writer who has not said so yet */
        ck_assert_msg(removed == 0 || removed >= came - life - 1,
                      "device %u had been removed %lld ms before", key,
                      (long long)(came - removed));
    }
    pthread_mutex_unlock(&scene->f.server->lock);
}

/* Whether one who came at `came` had to find it. */
static bool must_be_found(struct scene *scene, uint32_t key, bool was_present, int64_t came,
                          int64_t life)
{
    const struct fact *fact = &scene->facts[key];
    bool there;

    pthread_mutex_lock(&scene->f.server->lock);
    there = fake_device(scene->f.server, key) != NULL && fact->presence != GOING &&
            (was_present || (fact->created > 0 && fact->created < came - life - 1));
    pthread_mutex_unlock(&scene->f.server->lock);
    return there;
}

static void read_a_device(struct actor *actor)
{
    struct scene *scene = actor->scene;
    bool recent = pick(actor, 8) == 0;
    int64_t life = recent && scene->ttl < 1000 ? 1000 : scene->ttl;
    uint32_t key = pick(actor, scene->highest) + 1;
    unsigned written = scene->facts[key].written;
    int presence = scene->facts[key].presence;
    int64_t came = verge_now();
    struct verge_device *device;
    int rc = verge_find_device(scene->f.inventory, recent ? &actor->recent : &actor->fresh, key,
                               &device, NULL, &actor->error);

    if (rc == 0) {
        ck_assert_msg(presence != GONE, "device %u was seen after it was deleted", key);
        check_seen(scene, device, written, came, life);
        verge_record_release(device);
    } else if (rc == -ENOENT) {
        ck_assert_msg(!must_be_found(scene, key, presence == PRESENT, came, life),
                      "device %u was not found", key);
    }
}

/* The devices of a machine, or of all. */
static void read_a_list(struct actor *actor, uint32_t machine)
{
    struct scene *scene = actor->scene;
    uint32_t highest = scene->highest;
    unsigned *written = calloc(highest + 1, sizeof(*written));
    int *presence = calloc(highest + 1, sizeof(*presence));
    struct verge_snapshot *snapshot;
    int64_t came;
    int rc;

    for (uint32_t key = 1; key <= highest; key++) {
        written[key] = scene->facts[key].written;
        presence[key] = scene->facts[key].presence;
    }
    came = verge_now();
    rc = machine == 0 ? verge_list(scene->f.inventory, &actor->fresh, VERGE_DEVICES, &snapshot,
                                   NULL, &actor->error)
                      : verge_list_devices(scene->f.inventory, &actor->fresh, machine, &snapshot,
                                           NULL, &actor->error);
    for (uint32_t key = 1; rc == 0 && key <= highest; key++) {
        const struct verge_record *row = verge_snapshot_row(snapshot, key);

        if (machine != 0 && scene->facts[key].machine != machine) {
            continue;
        }
        if (row != NULL) {
            ck_assert_msg(presence[key] != GONE, "device %u was listed after its deletion", key);
            check_seen(scene, (const struct verge_device *)row, written[key], came, scene->ttl);
        } else {
            ck_assert_msg(!must_be_found(scene, key, presence[key] == PRESENT, came, scene->ttl),
                          "device %u was not listed", key);
        }
    }
    verge_snapshot_release(snapshot);
    free(written);
    free(presence);
}

static void read_settings_row(struct actor *actor)
{
    struct scene *scene = actor->scene;
    uint32_t key = pick(actor, scene->highest) + 1;
    int setting = scene->facts[key].setting;
    struct verge_settings *settings;
    struct verge_device *device;

    if (verge_find_device(scene->f.inventory, &actor->recent, key, &device, NULL, &actor->error) <
        0) {
        return;
    }
    if (verge_find_settings(scene->f.inventory, &actor->fresh, device, &settings, NULL, NULL,
                            &actor->error) == 0) {
        VERGE_JSON_LOCAL *json = verge_settings_json(settings);
        const cJSON *shown = cJSON_GetObjectItem(json, "frame_rate_limiter");

        ck_assert_msg(setting == 0 || settings == NULL || verge_value_integer(shown, 0) >= setting,
                      "device %u: an old setting", key);
        verge_record_release(settings);
    }
    verge_record_release(device);
}

static void read_a_vm(struct actor *actor)
{
    struct scene *scene = actor->scene;
    uint32_t key = pick(actor, (unsigned)scene->vms) + 1;
    unsigned written = scene->vm_written[key];
    struct verge_vm *vm;
    char name[16];
    int rc;

    snprintf(name, sizeof(name), "vm%u", key);
    rc = pick(actor, 2) == 0
             ? verge_find_vm(scene->f.inventory, &actor->fresh, key, &vm, NULL, &actor->error)
             : verge_find_vm_named(scene->f.inventory, &actor->fresh, name, &vm, NULL,
                                   &actor->error);
    ck_assert_int_ne(rc, -ENOENT);
    if (rc == 0) {
        ck_assert_uint_eq(vm->record.key, key);
        ck_assert_msg(vm->ram >= (int64_t)written, "VM %u: %lld was seen after %u", key,
                      (long long)vm->ram, written);
        verge_record_release(vm);
    }
}

static void *read_on(void *argument)
{
    struct actor *actor = argument;

    while (actor->scene->writers > 0) {
        unsigned what = pick(actor, 20);

        if (what == 0) {
            read_a_list(actor, 0);
        } else if (what < 6) {
            read_a_list(actor, pick(actor, (unsigned)actor->scene->vms) + 1 + FAKE_MACHINE);
        } else if (what < 9) {
            read_a_vm(actor);
        } else if (what < 12) {
            read_settings_row(actor);
        } else {
            read_a_device(actor);
        }
    }
    return NULL;
}

/* ---- what writers do; each has devices and VMs of its own ---- */

/* A device of this writer, or 0. */
static uint32_t pick_own(struct actor *actor, struct verge_identity *identity, const char *type)
{
    struct scene *scene = actor->scene;
    uint32_t found = 0;

    for (int tries = 0; found == 0 && tries < 20; tries++) {
        uint32_t key = pick(actor, scene->highest) + 1;
        const struct fake_device *device;

        pthread_mutex_lock(&scene->f.server->lock);
        device = fake_device(scene->f.server, key);
        if (key % WRITERS == actor->number && device != NULL &&
            scene->facts[key].presence != GOING &&
            (type == NULL || strcmp(device->type, type) == 0)) {
            found = key;
            *identity = (struct verge_identity){.key = key, .machine = device->machine};
            snprintf(identity->uuid, sizeof(identity->uuid), "%s", device->uuid);
        }
        pthread_mutex_unlock(&scene->f.server->lock);
    }
    return found;
}

static void write_a_device(struct actor *actor)
{
    struct scene *scene = actor->scene;
    struct verge_identity identity;
    VERGE_JSON_LOCAL *fields = cJSON_CreateObject();
    uint32_t key = pick_own(actor, &identity, NULL);
    char text[32];

    snprintf(text, sizeof(text), "%u %u", actor->number, actor->seed);
    cJSON_AddStringToObject(fields, "description", text);
    if (key != 0 && verge_change_device(scene->f.inventory, &actor->fresh.call, &identity, fields,
                                        &actor->error) == 0) {
        const struct fake_device *device;

        pthread_mutex_lock(&scene->f.server->lock);
        device = fake_device(scene->f.server, key);
        if (device != NULL) {
            scene->facts[key].written = device->written;
        }
        pthread_mutex_unlock(&scene->f.server->lock);
    }
}

static void write_settings(struct actor *actor)
{
    struct scene *scene = actor->scene;
    struct verge_identity identity;
    uint32_t key = pick_own(actor, &identity, "node_nvidia_vgpu_devices");
    VERGE_JSON_LOCAL *changes = cJSON_CreateObject();
    int value;

    if (key == 0) {
        return;
    }
    value = (scene->facts[key].setting == 0 ? 1000 : scene->facts[key].setting) + 1;
    cJSON_AddNumberToObject(changes, "frame_rate_limiter", value);
    if (verge_change_settings(scene->f.inventory, &actor->fresh.call, &identity, changes,
                              &actor->error) == 0) {
        scene->facts[key].setting = value;
    }
}

static void write_new(struct actor *actor)
{
    static const char *const types[] = {"tpm", "node_usb_devices", "node_nvidia_vgpu_devices"};
    struct scene *scene = actor->scene;
    struct verge_device_request request = {.machine =
                                               pick(actor, (unsigned)scene->vms) + 1 + FAKE_MACHINE,
                                           .type = types[pick(actor, 3)],
                                           .enabled = true,
                                           .count = pick(actor, 6) == 0 ? 3 : 1};
    struct verge_device **rows;
    size_t count;

    verge_attach_device(scene->f.inventory, &actor->fresh.call, &request, &rows, &count,
                        &actor->error);
    for (size_t i = 0; i < count; i++) {
        int never = NEVER;
        const struct fake_device *device;

        pthread_mutex_lock(&scene->f.server->lock);
        device = fake_device(scene->f.server, rows[i]->record.key);
        if (device != NULL) {
            note_created(scene, device);
            atomic_compare_exchange_strong(&scene->facts[device->key].presence, &never, PRESENT);
        }
        pthread_mutex_unlock(&scene->f.server->lock);
    }
    verge_rows_free((struct verge_record **)rows, count);
}

static void write_away(struct actor *actor)
{
    struct scene *scene = actor->scene;
    struct verge_identity identity;
    uint32_t key = pick_own(actor, &identity, NULL);
    int rc;

    if (key == 0) {
        return;
    }
    scene->facts[key].presence = GOING;
    rc = verge_detach_device(scene->f.inventory, &actor->fresh.call, &identity, &actor->error);
    if (rc == 0 || rc == -ENOENT) {
        scene->facts[key].removed = verge_now();
        scene->facts[key].presence = GONE;
    }
}

static void write_power(struct actor *actor)
{
    struct scene *scene = actor->scene;
    uint32_t key = pick(actor, (unsigned)scene->vms) + 1;

    key -= key > WRITERS ? (key - actor->number) % WRITERS : 0;
    if (key % WRITERS == actor->number && key > 0 &&
        verge_power(scene->f.inventory, &actor->fresh.call, key,
                    pick(actor, 2) == 0 ? "poweron" : "kill", &actor->error) == 0) {
        pthread_mutex_lock(&scene->f.server->lock);
        /* somebody else's changes of it come on top, and may have to be seen later only */
        scene->vm_written[key] = fake_vm(scene->f.server, key)->version;
        pthread_mutex_unlock(&scene->f.server->lock);
    }
}

static void *write_on(void *argument)
{
    struct actor *actor = argument;
    struct scene *scene = actor->scene;

    for (unsigned i = 0; i < scene->operations; i++) {
        unsigned what = pick(actor, 16);

        if (what < 7) {
            write_a_device(actor);
        } else if (what < 10) {
            write_settings(actor);
        } else if (what < 12) {
            write_new(actor);
        } else if (what < 13) {
            write_away(actor);
        } else if (what < 14) {
            write_power(actor);
        } else {
            read_a_device(actor);
        }
    }
    scene->writers--;
    return NULL;
}

/* ---- somebody else ---- */

static void meddle(struct actor *actor)
{
    struct scene *scene = actor->scene;
    struct fake_server *server = scene->f.server;
    uint32_t key = pick(actor, scene->highest) + 1;
    struct fake_device *device;
    unsigned what = pick(actor, 20);

    pthread_mutex_lock(&server->lock);
    device = fake_device(server, key);
    if (what == 0) {
        note_created(scene, fake_device_add(server, 1 + FAKE_MACHINE, "tpm", NULL));
    } else if (what == 1 && device != NULL) {
        scene->facts[key].presence = GOING;
        scene->facts[key].removed = verge_now();
        fake_device_remove(server, key);
    } else if (what == 2) {
        static const struct fake_fault faults[] = {
            {.match = "PUT", .times = 1, .errnum = ETIMEDOUT, .after = true},
            {.match = "PUT", .times = 1, .status = 422, .body = "{\"err\":\"no\"}"},
            {.match = "POST", .times = 1, .errnum = ETIMEDOUT, .after = true},
            {.match = "DELETE", .times = 1, .errnum = ETIMEDOUT, .after = true},
            {.match = "GET", .times = 1, .status = 403, .body = "{\"err\":\"no\"}"},
            {.match = "/api/v4/machine_devices/", .times = 3, .errnum = ETIMEDOUT, .after = true},
        };

        server->fault = faults[pick(actor, sizeof(faults) / sizeof(faults[0]))];
    } else if (device != NULL) {
        fake_device_touch(device);
    }
    pthread_mutex_unlock(&server->lock);
}

static void *meddle_on(void *argument)
{
    struct actor *actor = argument;
    struct verge_call call = {INT64_MAX, NULL};

    while (actor->scene->writers > 0) {
        meddle(actor);
        verge_sleep_until(&call, verge_now() + pick(actor, 3));
        if (pick(actor, 200) == 0) {
            verge_refresh(actor->scene->f.inventory);
        }
    }
    return NULL;
}

/* ---- the whole play ---- */

static void check_end(struct scene *scene)
{
    struct fixture *f = &scene->f;
    struct verge_snapshot *snapshot;

    f->server->fault.match = NULL;
    verge_refresh(f->inventory);
    ck_assert_int_eq(verge_list(f->inventory, &f->fresh, VERGE_DEVICES, &snapshot, NULL, &f->error),
                     0);
    ck_assert_uint_eq(verge_snapshot_count(snapshot), f->server->device_count);
    for (size_t i = 0; i < f->server->device_count; i++) {
        const struct fake_device *device = &f->server->devices[i];
        const struct verge_record *row = verge_snapshot_row(snapshot, device->key);

        ck_assert_ptr_nonnull(row);
        ck_assert_uint_eq(strtoul(((const struct verge_device *)row)->status_info, NULL, 10),
                          device->version);
    }
    verge_snapshot_release(snapshot);
}

static void play(unsigned seed, size_t vms, int64_t ttl, unsigned operations)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct actor actors[WRITERS + READERS + 1] = {0};
    void *(*lives[])(void *) = {write_on, read_on, meddle_on};

    printf("seed %u: %zu VMs, ttl %lld ms\n", seed, vms, (long long)ttl);
    fflush(stdout);
    setup(&scene->f, vms, 5, true, ttl);
    scene->f.server->latency_us = 300;
    measure(&scene->f);
    scene->ttl = ttl;
    scene->vms = vms;
    scene->operations = operations;
    scene->writers = WRITERS;
    for (size_t i = 0; i < scene->f.server->device_count; i++) {
        note_created(scene, &scene->f.server->devices[i]);
        scene->facts[scene->f.server->devices[i].key].presence = PRESENT;
    }
    for (unsigned i = 0; i < WRITERS + READERS + 1; i++) {
        actors[i] = (struct actor){.scene = scene,
                                   .number = i,
                                   .seed = seed * 100 + i,
                                   .fresh = scene->f.fresh,
                                   .recent = scene->f.recent};
        pthread_create(&actors[i].thread, NULL,
                       lives[i < WRITERS             ? 0
                             : i < WRITERS + READERS ? 1
                                                     : 2],
                       &actors[i]);
    }
    for (unsigned i = 0; i < WRITERS + READERS + 1; i++) {
        pthread_join(actors[i].thread, NULL);
    }
    check_end(scene);
    teardown(&scene->f);
    free(scene);
}

static const struct {
    size_t vms;
    int64_t ttl;
    unsigned operations;
} plays[] = {
    {6, 0, 300}, {6, 20, 300}, {6, 300, 300}, {260, 0, 60}, {260, 20, 80}, {260, 500, 150},
};

START_TEST(nobody_sees_the_past)
{
    const char *one = getenv("VERGE_SEED");
    size_t count = sizeof(plays) / sizeof(plays[0]);
    unsigned seed = one != NULL ? (unsigned)strtoul(one, NULL, 10) : (unsigned)_i + 1;

    play(seed, plays[seed % count].vms, plays[seed % count].ttl, plays[seed % count].operations);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inventory_random");
    TCase *group = tcase_create("random");
    const char *rounds = getenv("VERGE_ROUNDS");

    suite_add_tcase(suite, group);
    tcase_set_timeout(group, 300);
    tcase_add_loop_test(group, nobody_sees_the_past, 0, rounds != NULL ? atoi(rounds) : 12);
    return unit_run_suite(suite);
}
