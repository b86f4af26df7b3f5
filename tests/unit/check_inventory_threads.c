/* SPDX-License-Identifier: MIT */
/* Several threads and one inventory: shared fetches, cancelling, and answers that come too late. */
#include "config.h"

#include "tests/unit/gate.h"

#define READERS 16

static void set_cancel(struct fixture *f, struct verge_cancel *cancel)
{
    f->fresh.call.cancel = f->recent.call.cancel = cancel;
}

static uint64_t shared_misses(struct fixture *f)
{
    struct verge_inventory_stats stats;

    verge_inventory_stats(f->inventory, &stats);
    return stats.shared_misses;
}

static void await_shared(struct fixture *f, uint64_t count)
{
    struct verge_call call = {INT64_MAX, NULL};

    while (shared_misses(f) < count) {
        verge_sleep_until(&call, verge_now() + 1);
    }
}

/* ---- one fetch for all who wait ---- */

struct reader {
    struct fixture *f;
    struct verge_cancel cancel;
    int64_t deadline;
    pthread_t thread;
    int rc;
};

static void *read_one(void *argument)
{
    struct reader *reader = argument;
    struct verge_want want = {{reader->deadline, &reader->cancel}, VERGE_FRESH};
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_device *device;

    reader->rc = verge_find_device(reader->f->inventory, &want, 1, &device, NULL, &error);
    if (reader->rc < 0) {
        ck_assert_int_eq(error.errnum, -reader->rc);
    }
    verge_record_release(device);
    return NULL;
}

static void start(struct fixture *f, struct reader *readers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        readers[i].f = f;
        readers[i].deadline = f->fresh.call.deadline;
        verge_cancel_init(&readers[i].cancel);
        pthread_create(&readers[i].thread, NULL, read_one, &readers[i]);
    }
}

static void finish(struct reader *readers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pthread_join(readers[i].thread, NULL);
        verge_cancel_destroy(&readers[i].cancel);
    }
}

START_TEST(concurrent_misses_share_a_request)
{
    FIXTURE f;
    struct reader readers[READERS];

    setup(&f, 10, 5, false, LONG_TTL);
    fake_set_stall(f.server, "GET");
    start(&f, readers, READERS);
    await_shared(&f, READERS - 1);
    fake_set_stall(f.server, NULL);
    finish(readers, READERS);
    for (size_t i = 0; i < READERS; i++) {
        ck_assert_int_eq(readers[i].rc, 0);
    }
    ck_assert_uint_eq(f.server->requests, 1);
}
END_TEST

START_TEST(a_failure_is_everybodys)
{
    FIXTURE f;
    struct reader readers[READERS];

    setup(&f, 10, 5, false, LONG_TTL);
    f.server->fault =
        (struct fake_fault){.match = "GET", .times = 1, .status = 403, .body = "{\"err\":\"no\"}"};
    fake_set_stall(f.server, "GET");
    start(&f, readers, READERS);
    await_shared(&f, READERS - 1);
    fake_set_stall(f.server, NULL);
    finish(readers, READERS);
    for (size_t i = 0; i < READERS; i++) {
        ck_assert_int_eq(readers[i].rc, -EACCES);
    }
    ck_assert_uint_eq(f.server->requests, 1);
}
END_TEST

START_TEST(who_is_cancelled_leaves_the_others)
{
    FIXTURE f;
    struct reader readers[4];

    setup(&f, 10, 5, false, LONG_TTL);
    fake_set_stall(f.server, "GET");
    start(&f, readers, 4);
    await_shared(&f, 3);
    verge_cancel_fire(&readers[0].cancel);
    verge_cancel_fire(&readers[2].cancel);
    pthread_join(readers[0].thread, NULL);
    pthread_join(readers[2].thread, NULL);
    ck_assert_int_eq(readers[0].rc, -EINTR);
    ck_assert_int_eq(readers[2].rc, -EINTR);
    fake_set_stall(f.server, NULL);
    pthread_join(readers[1].thread, NULL);
    pthread_join(readers[3].thread, NULL);
    ck_assert_int_eq(readers[1].rc, 0);
    ck_assert_int_eq(readers[3].rc, 0);
    ck_assert_uint_eq(f.server->requests, 1);
    for (size_t i = 0; i < 4; i++) {
        verge_cancel_destroy(&readers[i].cancel);
    }
}
END_TEST

START_TEST(a_fetch_that_nobody_waits_for_ends)
{
    FIXTURE f;
    struct reader readers[2];
    struct verge_call call = {INT64_MAX, NULL};
    unsigned stalled = 1;

    setup(&f, 10, 5, false, LONG_TTL);
    fake_set_stall(f.server, "GET");
    start(&f, readers, 2);
    await_shared(&f, 1);
    fake_await_stalled(f.server, 1);
    verge_cancel_fire(&readers[0].cancel);
    verge_cancel_fire(&readers[1].cancel);
    finish(readers, 2);
    while (stalled > 0) { /* although the stall goes on */
        verge_sleep_until(&call, verge_now() + 1);
        pthread_mutex_lock(&f.server->lock);
        stalled = f.server->stalled;
        pthread_mutex_unlock(&f.server->lock);
    }
    fake_set_stall(f.server, NULL);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    ck_assert_uint_eq(f.server->requests, 2);
}
END_TEST

START_TEST(a_deadline_is_kept_while_waiting)
{
    FIXTURE f;

    setup(&f, 10, 5, false, LONG_TTL);
    fake_set_stall(f.server, "GET");
    f.fresh.call.deadline = verge_now() + 20;
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), -ETIMEDOUT);
    f.fresh.call.deadline = verge_now() - 1;
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_VMS, NULL), -ETIMEDOUT);
    fake_set_stall(f.server, NULL);
    f.fresh.call.deadline = verge_now() + LONG_TTL;
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
}
END_TEST

START_TEST(a_fired_token_asks_nobody)
{
    FIXTURE f;
    struct verge_cancel cancel;

    setup(&f, 10, 5, false, LONG_TTL);
    verge_cancel_init(&cancel);
    verge_cancel_fire(&cancel);
    set_cancel(&f, &cancel);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), -EINTR);
    ck_assert_int_eq(verge_inventory_measure(f.inventory, &f.fresh.call, &f.error), -EINTR);
    ck_assert_int_eq(describe(&f, 1, "x"), -EINTR);
    ck_assert_uint_eq(f.server->requests, 0);
    verge_cancel_destroy(&cancel);
}
END_TEST

START_TEST(freeing_ends_what_is_in_flight)
{
    struct fixture f;
    struct verge_snapshot *snapshot;
    struct verge_device *device;

    setup(&f, 10, 5, false, LONG_TTL);
    ck_assert_int_eq(verge_list(f.inventory, &f.fresh, VERGE_DEVICES, &snapshot, NULL, &f.error),
                     0);
    ck_assert_int_eq(verge_find_device(f.inventory, &f.fresh, 1, &device, NULL, &f.error), 0);
    fake_set_stall(f.server, "GET");
    f.fresh.call.deadline = verge_now() + 20;
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_VMS, NULL), -ETIMEDOUT);
    teardown(&f);
    ck_assert_uint_eq(verge_snapshot_count(snapshot), 50); /* what is held stays */
    ck_assert_uint_eq(device->record.key, 1);
    verge_snapshot_release(snapshot);
    verge_record_release(device);
}
END_TEST

/* ---- answers that come too late ---- */

struct lister {
    struct fixture *f;
    pthread_t thread;
    uint32_t vm; /* 0: all */
    struct verge_snapshot *snapshot;
};

static void *list_devices(void *argument)
{
    struct lister *lister = argument;
    struct verge_error error = VERGE_ERROR_INIT;
    struct fixture *f = lister->f;
    int rc =
        lister->vm == 0
            ? verge_list(f->inventory, &f->fresh, VERGE_DEVICES, &lister->snapshot, NULL, &error)
            : verge_list_devices(f->inventory, &f->fresh, lister->vm + FAKE_MACHINE,
                                 &lister->snapshot, NULL, &error);

    ck_assert_int_eq(rc, 0);
    return NULL;
}

/* A fleet of which a page is not all, so that parts are asked for beside the list. */
static void setup_large(struct fixture *f)
{
    setup(f, 600, 2, true, LONG_TTL);
    measure(f);
}

static const char *description_in(const struct verge_snapshot *snapshot, uint32_t key)
{
    const struct verge_record *row = verge_snapshot_row(snapshot, key);

    return row != NULL ? ((const struct verge_device *)row)->description : "(none)";
}

START_TEST(a_list_does_not_undo_writes_made_meanwhile)
{
    FIXTURE f;
    struct gate gate;
    struct lister lister = {.f = &f};
    struct verge_identity identity;
    uint32_t created, removed, changed;

    setup_large(&f);
    changed = f.server->devices[0].key;
    removed = f.server->devices[3].key;
    gate_set(&gate, &f, "GET /api/v4/machine_devices?", "filter=");
    pthread_create(&lister.thread, NULL, list_devices, &lister);
    gate_await(&gate);
    ck_assert_int_eq(describe(&f, changed, "written"), 0);
    ck_assert_int_eq(attach(&f, 3, "tpm", "made", &created), 0);
    identity = identity_of(&f, removed);
    ck_assert_int_eq(detach(&f, &identity), 0);
    gate_open(&gate);
    pthread_join(lister.thread, NULL);
    ck_assert_str_eq(description_in(lister.snapshot, changed), "written");
    ck_assert_str_eq(description_in(lister.snapshot, created), "");
    ck_assert_str_eq(description_in(lister.snapshot, removed), "(none)");
    ck_assert_uint_eq(verge_snapshot_count(lister.snapshot), 1200);
    verge_snapshot_release(lister.snapshot);
}
END_TEST

/* Writes, and gives the time between the PUT and its end to somebody else. */
static void *write_stalled(void *argument)
{
    struct fixture *f = argument;
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_identity identity = identity_of(f, 1);
    VERGE_JSON_LOCAL *fields = cJSON_Parse("{\"description\":\"written\"}");

    ck_assert_int_eq(verge_change_device(f->inventory, &f->fresh.call, &identity, fields, &error),
                     0);
    return NULL;
}

START_TEST(a_list_begun_during_a_write_does_not_undo_it)
{
    FIXTURE f;
    struct gate gate;
    struct lister lister = {.f = &f};
    pthread_t writer;

    setup_large(&f);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    fake_set_stall(f.server, "PUT");
    pthread_create(&writer, NULL, write_stalled, &f);
    fake_await_stalled(f.server, 1);
    gate_set(&gate, &f, "GET /api/v4/machine_devices?", "filter=");
    pthread_create(&lister.thread, NULL, list_devices, &lister);
    gate_await(&gate); /* its answer is from before the PUT, its request from after the beginning */
    fake_set_stall(f.server, NULL);
    pthread_join(writer, NULL);
    gate_open(&gate);
    pthread_join(lister.thread, NULL);
    ck_assert_str_eq(description_in(lister.snapshot, 1), "written");
    verge_snapshot_release(lister.snapshot);
}
END_TEST

static void *attach_made(void *argument)
{
    struct fixture *f = argument;
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_device_request request = {
        .machine = 3 + FAKE_MACHINE, .type = "tpm", .name = "made", .enabled = true};
    struct verge_device **rows;
    size_t count;

    ck_assert_int_eq(
        verge_attach_device(f->inventory, &f->fresh.call, &request, &rows, &count, &error), 0);
    verge_rows_free((struct verge_record **)rows, count);
    return NULL;
}

/* Somebody who sees a new device early removes, or changes, it before its maker has heard of it. */
START_TEST(a_creation_does_not_undo_what_was_done_to_it)
{
    FIXTURE f;
    struct gate gate;
    struct lister lister = {.f = &f, .vm = 3};
    struct verge_identity identity;
    pthread_t maker;

    setup_large(&f);
    ck_assert_int_eq(read_machine(&f, &f.fresh, 3, NULL), 0);
    gate_set(&gate, &f, "GET /api/v4/machine_devices/", "filter=");
    pthread_create(&maker, NULL, attach_made, &f);
    gate_await(&gate); /* the row was read by its maker */
    f.server->during = NULL;
    identity = identity_of(&f, f.server->devices[f.server->device_count - 1].key);
    if (_i == 0) {
        ck_assert_int_eq(detach(&f, &identity), 0);
    } else {
        ck_assert_int_eq(describe(&f, identity.key, "written"), 0);
    }
    gate_open(&gate);
    pthread_join(maker, NULL);
    list_devices(&lister);
    ck_assert_str_eq(description_in(lister.snapshot, identity.key), _i == 0 ? "(none)" : "written");
    verge_snapshot_release(lister.snapshot);
}
END_TEST

static void *find_vm_4(void *argument)
{
    struct fixture *f = argument;
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_vm *vm;

    ck_assert_int_eq(verge_find_vm_named(f->inventory, &f->fresh, "vm4", &vm, NULL, &error), 0);
    verge_record_release(vm);
    return NULL;
}

/* What an overtaken answer says of a row counts for nothing: not even that there is none. */
START_TEST(a_row_that_is_in_doubt_is_not_taken_for_missing)
{
    FIXTURE f;
    struct gate gate;
    pthread_t reader;

    setup(&f, 10, 1, false, LONG_TTL);
    gate_set(&gate, &f, "GET /api/v4/vms?", "$key eq");
    pthread_create(&reader, NULL, find_vm_4, &f);
    gate_await(&gate);
    pthread_mutex_lock(&f.server->lock);
    f.server->fault = (struct fake_fault){
        .match = "GET /api/v4/vms?", .times = 1, .status = 403, .body = "{\"err\":\"no\"}"};
    pthread_mutex_unlock(&f.server->lock);
    ck_assert_int_eq(verge_power(f.inventory, &f.fresh.call, 4, "poweron", &f.error), 0);
    gate_open(&gate);
    pthread_join(reader, NULL);
    ck_assert_int_eq(read_vm(&f, &f.fresh, "vm4", NULL), 0);
    ck_assert_int_eq(read_vm(&f, &f.fresh, "vm5", NULL), 0);
}
END_TEST

START_TEST(an_older_answer_does_not_undo_a_younger_one)
{
    FIXTURE f;
    struct gate gate;
    struct lister lister = {.f = &f, .vm = _i == 0 ? 1 : 0};
    struct verge_snapshot *snapshot;
    uint32_t changed, removed;

    setup_large(&f);
    changed = f.server->devices[0].key;
    removed = f.server->devices[1].key;
    /* an owner's answer is held back and the list is read, or the other way round */
    gate_set(&gate, &f, _i == 0 ? "filter=machine" : "GET /api/v4/machine_devices?",
             _i == 0 ? "PUT" : "filter=");
    pthread_create(&lister.thread, NULL, list_devices, &lister);
    gate_await(&gate);
    pthread_mutex_lock(&f.server->lock);
    strcpy(fake_device(f.server, changed)->description, "younger");
    fake_device_remove(f.server, removed);
    pthread_mutex_unlock(&f.server->lock);
    if (_i == 0) {
        ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_DEVICES, NULL), 0);
    } else {
        ck_assert_int_eq(read_machine(&f, &f.fresh, 1, NULL), 0);
    }
    gate_open(&gate);
    pthread_join(lister.thread, NULL);
    verge_snapshot_release(lister.snapshot);
    ck_assert_int_eq(verge_list(f.inventory, &f.cached, VERGE_DEVICES, &snapshot, NULL, &f.error),
                     0);
    ck_assert_str_eq(description_in(snapshot, changed), "younger");
    ck_assert_str_eq(description_in(snapshot, removed), "(none)");
    verge_snapshot_release(snapshot);
}
END_TEST

START_TEST(a_key_that_changed_hands_is_in_one_place)
{
    FIXTURE f;
    struct verge_snapshot *snapshot;
    uint32_t key;
    size_t count;

    setup_large(&f);
    key = f.server->devices[0].key;
    ck_assert_int_eq(read_machine(&f, &f.fresh, 1, NULL), 0);
    fake_device(f.server, key)->machine = FAKE_MACHINE + 2;
    ck_assert_int_eq(read_machine(&f, &f.fresh, 2, &count), 0);
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(
        verge_list_devices(f.inventory, &f.cached, 1 + FAKE_MACHINE, &snapshot, NULL, &f.error), 0);
    ck_assert_uint_eq(verge_snapshot_count(snapshot), 4);
    ck_assert_uint_eq(verge_snapshot_slice(snapshot, 1 + FAKE_MACHINE).count, 1);
    ck_assert_uint_eq(verge_snapshot_row(snapshot, key)->owner, 2 + FAKE_MACHINE);
    verge_snapshot_release(snapshot);
}
END_TEST

START_TEST(a_key_that_changed_hands_does_not_come_back)
{
    FIXTURE f;
    struct gate gate;
    struct lister lister = {.f = &f};
    uint32_t key;

    setup_large(&f);
    key = f.server->devices[0].key;
    ck_assert_int_eq(read_machine(&f, &f.fresh, 1, NULL), 0);
    verge_refresh(f.inventory);
    gate_set(&gate, &f, "GET /api/v4/machine_devices?", "filter=");
    pthread_create(&lister.thread, NULL, list_devices, &lister);
    gate_await(&gate);
    pthread_mutex_lock(&f.server->lock);
    fake_device(f.server, key)->machine = FAKE_MACHINE + 2;
    pthread_mutex_unlock(&f.server->lock);
    ck_assert_int_eq(read_machine(&f, &f.fresh, 2, NULL), 0);
    gate_open(&gate);
    pthread_join(lister.thread, NULL);
    ck_assert_uint_eq(verge_snapshot_count(lister.snapshot), 1200);
    ck_assert_uint_eq(verge_snapshot_slice(lister.snapshot, 1 + FAKE_MACHINE).count, 1);
    ck_assert_uint_eq(verge_snapshot_row(lister.snapshot, key)->owner, 2 + FAKE_MACHINE);
    verge_snapshot_release(lister.snapshot);
}
END_TEST

/* ---- writers ---- */

struct writer {
    struct fixture *f;
    pthread_t thread;
    unsigned number;
};

static void *write_many(void *argument)
{
    struct writer *writer = argument;
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_identity identity = {.key = 1, .machine = FAKE_MACHINE + 1};
    char text[32];

    for (unsigned i = 0; i < 20; i++) {
        VERGE_JSON_LOCAL *fields = cJSON_CreateObject();

        snprintf(text, sizeof(text), "%u.%u", writer->number, i);
        cJSON_AddStringToObject(fields, "description", text);
        ck_assert_int_eq(verge_change_device(writer->f->inventory, &writer->f->fresh.call,
                                             &identity, fields, &error),
                         0);
    }
    return NULL;
}

START_TEST(writers_of_one_device_take_turns)
{
    FIXTURE f;
    struct writer writers[6];
    char shown[64];

    setup(&f, 10, 5, false, LONG_TTL);
    f.server->latency_us = 200;
    for (unsigned i = 0; i < 6; i++) {
        writers[i] = (struct writer){.f = &f, .number = i};
        pthread_create(&writers[i].thread, NULL, write_many, &writers[i]);
    }
    for (unsigned i = 0; i < 6; i++) {
        pthread_join(writers[i].thread, NULL);
    }
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, shown), 0);
    ck_assert_str_eq(shown, f.server->devices[0].description);
    ck_assert_uint_eq(f.server->requests, 1 + 6 * 20 * 2);
}
END_TEST

static void *describe_cancelled(void *argument)
{
    struct reader *reader = argument;
    struct verge_call call = {reader->deadline, &reader->cancel};
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_identity identity = {.key = 1, .machine = FAKE_MACHINE + 1};
    VERGE_JSON_LOCAL *fields = cJSON_Parse("{\"description\":\"sent\"}");

    reader->rc = verge_change_device(reader->f->inventory, &call, &identity, fields, &error);
    return NULL;
}

START_TEST(a_cancelled_write_is_not_forgotten)
{
    FIXTURE f;
    struct reader writer = {.f = &f};
    char shown[64];

    setup(&f, 10, 5, false, LONG_TTL);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, shown), 0);
    verge_cancel_init(&writer.cancel);
    writer.deadline = f.fresh.call.deadline;
    fake_set_stall(f.server, "GET /api/v4/machine_devices/1");
    pthread_create(&writer.thread, NULL, describe_cancelled, &writer);
    fake_await_stalled(f.server, 1);
    verge_cancel_fire(&writer.cancel);
    pthread_join(writer.thread, NULL);
    ck_assert_int_eq(writer.rc, -EINTR);
    fake_set_stall(f.server, NULL);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, shown), 0);
    ck_assert_str_eq(shown, "sent");
    verge_cancel_destroy(&writer.cancel);
}
END_TEST

/* A reader who waits for nobody: what is fresh is given while requests are in flight. */
START_TEST(what_is_fresh_is_given_while_others_wait)
{
    FIXTURE f;
    struct reader reader;

    setup(&f, 10, 5, false, LONG_TTL);
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_VMS, NULL), 0);
    fake_set_stall(f.server, "GET");
    start(&f, &reader, 1);
    fake_await_stalled(f.server, 1);
    ck_assert_int_eq(read_vm(&f, &f.fresh, "vm3", NULL), 0);
    ck_assert_int_eq(read_list(&f, &f.fresh, VERGE_VMS, NULL), 0);
    fake_set_stall(f.server, NULL);
    finish(&reader, 1);
    ck_assert_int_eq(reader.rc, 0);
}
END_TEST

/* The one who is told may ask for what he is told about. */
static void ask_back(void *argument, enum verge_list_id list, const struct verge_snapshot *before,
                     const struct verge_snapshot *after)
{
    struct fixture *f = argument;
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_snapshot *snapshot;

    (void)before;
    if (verge_list(f->inventory, &f->cached, list, &snapshot, NULL, &error) == 0) {
        ck_assert_uint_ge(verge_snapshot_generation(snapshot), verge_snapshot_generation(after));
        verge_snapshot_release(snapshot);
    }
    f->changes++;
}

START_TEST(news_come_without_a_lock)
{
    struct fixture f;
    struct verge_inventory_options options = {
        .ttl_ms = LONG_TTL, .timeout_ms = 60000, .changed = ask_back, .changed_argument = &f};

    setup(&f, 10, 5, false, LONG_TTL);
    verge_inventory_free(f.inventory);
    f.inventory = verge_inventory_new(f.client, &options);
    ck_assert_int_eq(read_device(&f, &f.fresh, 1, NULL), 0);
    ck_assert_int_eq(describe(&f, 1, "x"), 0);
    ck_assert_uint_eq(f.changes, 2);
    teardown(&f);
}
END_TEST

UNIT_MAIN_TIMES("inventory_threads", {concurrent_misses_share_a_request, 1},
                {a_failure_is_everybodys, 1}, {who_is_cancelled_leaves_the_others, 1},
                {a_fetch_that_nobody_waits_for_ends, 1}, {a_deadline_is_kept_while_waiting, 1},
                {a_fired_token_asks_nobody, 1}, {freeing_ends_what_is_in_flight, 1},
                {a_list_does_not_undo_writes_made_meanwhile, 1},
                {a_list_begun_during_a_write_does_not_undo_it, 1},
                {a_creation_does_not_undo_what_was_done_to_it, 2},
                {a_row_that_is_in_doubt_is_not_taken_for_missing, 1},
                {a_key_that_changed_hands_does_not_come_back, 1},
                {an_older_answer_does_not_undo_a_younger_one, 2},
                {a_key_that_changed_hands_is_in_one_place, 1},
                {writers_of_one_device_take_turns, 1}, {a_cancelled_write_is_not_forgotten, 1},
                {what_is_fresh_is_given_while_others_wait, 1}, {news_come_without_a_lock, 1})
