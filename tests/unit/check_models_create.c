/* SPDX-License-Identifier: MIT */
/* The models: what is created and deleted, and the mishaps. */
#include "config.h"

#include "tests/unit/models_fixture.h"

/* ---- creating ---- */

static struct verge_device_request request_for(const char *type, const char *name)
{
    return (struct verge_device_request){
        .machine = MACHINE, .type = type, .name = name, .enabled = true};
}

/* Creates, and gives the name of the first row; all keys of before are known. */
static int create(struct fixture *f, const struct verge_device_request *request, size_t *count,
                  char *name)
{
    struct verge_device **rows;
    uint32_t known[64];
    size_t known_count = 0;
    int rc;

    for (size_t i = 0; i < f->server->device_count; i++) {
        known[known_count++] = f->server->devices[i].key;
    }
    rc = verge_device_create(f->client, &f->call, request, known, known_count, &rows, count,
                             &f->error);
    snprintf(name, 40, "%s", *count > 0 ? rows[0]->name : "");
    verge_rows_free((struct verge_record **)rows, *count);
    return rc;
}

START_TEST(a_create_sends_what_the_vendor_sends)
{
    FIXTURE f;
    struct verge_device_request request = request_for("tpm", NULL);
    size_t count;
    char name[64];

    setup(&f);
    ck_assert_int_eq(create(&f, &request, &count, name), 0);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(name, f.server->devices[f.server->device_count - 1].name);
    ck_assert_uint_eq(f.server->posts, 1);
    ck_assert_uint_eq(f.server->gets, 1);
}
END_TEST

static void keep_post(void *argument, const char *line)
{
    struct fixture *f = argument;

    if (strncmp(line, "POST", 4) == 0) {
        pthread_mutex_lock(&f->server->lock);
        memcpy(f->server->log[63], f->server->last, sizeof(f->server->log[63]));
        pthread_mutex_unlock(&f->server->lock);
    }
}

START_TEST(the_body_has_what_was_asked_for_and_no_more)
{
    FIXTURE f;
    VERGE_JSON_LOCAL *settings = cJSON_Parse("{\"guest_reset\":true}");
    struct verge_reference group = {"11111111-2222-3333-4444-555555555555", false};
    struct verge_device_request request = request_for("node_usb_devices", "stick");
    size_t count;
    char name[64];

    setup(&f);
    f.server->during = keep_post;
    f.server->during_argument = &f;
    request.description = "a stick";
    request.resource_group = &group;
    request.optional = true;
    request.settings = settings;
    ck_assert_int_eq(create(&f, &request, &count, name), 0);
    ck_assert_str_eq(f.server->log[63],
                     "POST /api/v4/machine_devices {\"machine\":1000001,\"type\":"
                     "\"node_usb_devices\",\"enabled\":true,\"optional\":true,\"name\":\"stick\","
                     "\"description\":\"a stick\",\"resource_group\":"
                     "\"11111111-2222-3333-4444-555555555555\",\"settings_args\":"
                     "{\"guest_reset\":true}}");
    ck_assert_uint_eq(f.server->requests, 2); /* vendor's settings are not looked after */
    request = request_for("tpm", "");
    ck_assert_int_eq(create(&f, &request, &count, name), 0);
    ck_assert_str_eq(f.server->log[63], "POST /api/v4/machine_devices {\"machine\":1000001,"
                                        "\"type\":\"tpm\",\"enabled\":true,\"optional\":false}");
}
END_TEST

START_TEST(every_envelope_is_understood)
{
    static const struct {
        const char *envelope;
        unsigned requests; /* with the POST */
    } rows[] = {
        {"{\"$key\":\"@\"}", 2},
        {"{\"$key\":@}", 2},
        {"{\"location\":\"/v4/machine_devices/@\"}", 2},
        {"{\"dbpath\":\"machine_devices/@\"}", 2},
        {"{\"$key\":@,\"machine\":1000001,\"type\":\"tpm\"}", 2},
        {"{}", 2},
        {"[]", 2},
        {"", 2},
        {"{\"response\":{}}", 2},
        {"{\"$key\":\"77777\"}", 3}, /* no such row: look for it */
        {"{\"$key\":\"6\"}", 3},     /* another machine's */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        FIXTURE f;
        struct verge_device_request request = request_for("tpm", "mine");
        size_t count;
        char name[64];

        setup(&f);
        f.server->devices[3].machine++;
        f.server->envelope = rows[i].envelope;
        ck_assert_int_eq(create(&f, &request, &count, name), 0);
        ck_assert_str_eq(name, "mine");
        ck_assert_uint_eq(f.server->requests, rows[i].requests);
    }
}
END_TEST

START_TEST(several_are_found_by_listing)
{
    FIXTURE f;
    struct verge_device_request request = request_for("node_pci_devices", NULL);
    size_t count;
    char name[64];

    setup(&f);
    request.count = 4;
    ck_assert_int_eq(create(&f, &request, &count, name), 0);
    ck_assert_uint_eq(count, 4);
    ck_assert_uint_eq(f.server->requests, 2);
    ck_assert_ptr_nonnull(strstr(f.server->last, "machine eq 1000001"));
}
END_TEST

START_TEST(an_uncertain_create_is_looked_for_and_not_repeated)
{
    static const struct fake_fault faults[] = {
        {.match = "POST", .errnum = ETIMEDOUT, .after = true},
        {.match = "POST", .errnum = ECONNRESET, .after = true},
        {.match = "POST", .status = 502, .after = true, .body = "<html>"},
        {.match = "POST", .status = 503, .after = true},
        {.match = "POST", .status = 504, .after = true},
    };

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        FIXTURE f;
        struct verge_device_request request = request_for("tpm", "mine");
        size_t count, before;
        char name[64];

        setup(&f);
        before = f.server->device_count;
        fake_device_add(f.server, MACHINE, "tpm", "mine"); /* was there before */
        fault(&f, faults[i]);
        ck_assert_int_eq(create(&f, &request, &count, name), 0);
        ck_assert_uint_eq(count, 1);
        ck_assert_uint_eq(f.server->posts, 1);
        ck_assert_uint_eq(f.server->device_count, before + 2);
    }
}
END_TEST

static void add_another(void *argument, const char *line)
{
    struct fake_server *server = argument;

    if (strncmp(line, "POST", 4) == 0) {
        pthread_mutex_lock(&server->lock);
        fake_device_add(server, MACHINE, "tpm", "other");
        fake_device_add(server, MACHINE, "node_pci_devices", "mine");
        fake_device_add(server, MACHINE + 1, "tpm", "mine");
        pthread_mutex_unlock(&server->lock);
    }
}

START_TEST(what_others_made_meanwhile_is_not_adopted)
{
    FIXTURE f;
    struct verge_device_request request = request_for("tpm", "mine");
    size_t count;
    char name[64];

    setup(&f);
    f.server->ignores_filter = true;
    f.server->during = add_another;
    f.server->during_argument = f.server;
    f.call.deadline = verge_now() + 700; /* two looks */
    fault(&f, (struct fake_fault){.match = "POST", .errnum = ETIMEDOUT, .after = false});
    f.server->fault.after = false;
    f.server->fault.errnum = 0;
    f.server->fault.status = 504;
    ck_assert_int_lt(create(&f, &request, &count, name), 0);
    ck_assert_uint_eq(count, 0);
    ck_assert(f.error.uncertain);
    ck_assert_int_eq(f.error.http_status, 504);
    ck_assert_uint_eq(f.server->posts, 1);
}
END_TEST

START_TEST(a_refused_create_is_refused)
{
    FIXTURE f;
    struct verge_device_request request = request_for("tpm", "mine");
    size_t count;
    char name[64];

    setup(&f);
    fault(&f, (struct fake_fault){.match = "POST", .status = 409, .body = "{\"err\":\"twice\"}"});
    ck_assert_int_eq(create(&f, &request, &count, name), -EEXIST);
    ck_assert_uint_eq(f.server->gets, 0);
    fault(&f, (struct fake_fault){.match = "POST", .errnum = ECONNREFUSED});
    ck_assert_int_eq(create(&f, &request, &count, name), -ECONNREFUSED);
    ck_assert_uint_eq(f.server->gets, 0);
    ck_assert(!f.error.uncertain);
}
END_TEST

START_TEST(a_created_row_is_compared)
{
    FIXTURE f;
    VERGE_JSON_LOCAL *settings = cJSON_Parse("{\"guest_reset\":false}");
    struct verge_device_request request = request_for("node_usb_devices", "stick");
    size_t count;
    char name[64];

    setup(&f);
    request.settings = settings;
    ck_assert_int_eq(create(&f, &request, &count, name), 0);
    f.server->ignores_put = true; /* settings_args of a create as well */
    ck_assert_int_eq(create(&f, &request, &count, name), -EIO);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(f.error.text, "guest_reset: sent false, the server shows true");
    request.settings = NULL;
    fault(&f, (struct fake_fault){.match = "GET",
                                  .status = 200,
                                  .body = "{\"$key\":99,\"machine\":1000001,\"name\":\"stuck\","
                                          "\"type\":\"node_usb_devices\"}"});
    f.server->envelope = "{\"$key\":99}";
    ck_assert_int_eq(create(&f, &request, &count, name), -EIO);
    ck_assert_str_eq(name, "stuck");
}
END_TEST

/* ---- deleting ---- */

START_TEST(a_delete_asks_before_and_after)
{
    FIXTURE f;
    struct verge_identity identity;

    setup(&f);
    identity = identity_of(&f.server->devices[0]);
    ck_assert_int_eq(verge_device_delete(f.client, &f.call, &identity, &f.error), 0);
    ck_assert_uint_eq(f.server->requests, 3);
    ck_assert_ptr_null(fake_device(f.server, identity.key));
    ck_assert_int_eq(verge_device_delete(f.client, &f.call, &identity, &f.error), -ENOENT);
    ck_assert_uint_eq(f.server->deletes, 1);
    identity = identity_of(&f.server->devices[0]);
    identity.uuid[1] = 'f';
    ck_assert_int_eq(verge_device_delete(f.client, &f.call, &identity, &f.error), -ESTALE);
    ck_assert_uint_eq(f.server->deletes, 1);
}
END_TEST

START_TEST(a_delete_that_was_not_done_is_an_error)
{
    FIXTURE f;
    struct verge_identity identity;

    setup(&f);
    identity = identity_of(&f.server->devices[0]);
    fault(&f, (struct fake_fault){.match = "DELETE", .status = 200, .body = ""});
    ck_assert_int_eq(verge_device_delete(f.client, &f.call, &identity, &f.error), -EIO);
    ck_assert_ptr_nonnull(fake_device(f.server, identity.key));
}
END_TEST

START_TEST(a_lost_answer_to_a_delete_is_looked_into)
{
    FIXTURE f;
    struct verge_identity identity;

    setup(&f);
    identity = identity_of(&f.server->devices[0]);
    fault(&f, (struct fake_fault){.match = "DELETE", .errnum = ECONNRESET, .after = true});
    ck_assert_int_eq(verge_device_delete(f.client, &f.call, &identity, &f.error), 0);
    identity = identity_of(&f.server->devices[0]);
    fault(&f, (struct fake_fault){.match = "DELETE", .status = 504});
    ck_assert_int_eq(verge_device_delete(f.client, &f.call, &identity, &f.error), -EREMOTEIO);
    fault(&f, (struct fake_fault){.match = "DELETE", .status = 409, .body = "{\"err\":\"busy\"}"});
    ck_assert_int_eq(verge_device_delete(f.client, &f.call, &identity, &f.error), -EBUSY);
    fault(&f, (struct fake_fault){.match = "DELETE", .status = 404, .body = "{}"});
    ck_assert_int_eq(verge_device_delete(f.client, &f.call, &identity, &f.error), -EINVAL);
    ck_assert_ptr_nonnull(fake_device(f.server, identity.key));
}
END_TEST

START_TEST(power_is_an_action)
{
    FIXTURE f;

    setup(&f);
    ck_assert_int_eq(verge_vm_action(f.client, &f.call, 2, "poweron", &f.error), 0);
    ck_assert_str_eq(f.server->last, "POST /api/v4/vm_actions {\"vm\":2,\"action\":\"poweron\"}");
    ck_assert(f.server->vms[1].running);
    ck_assert_int_eq(verge_vm_action(f.client, &f.call, 99, "poweron", &f.error), -ENOENT);
}
END_TEST

UNIT_MAIN("models: creating", a_create_sends_what_the_vendor_sends,
          the_body_has_what_was_asked_for_and_no_more, every_envelope_is_understood,
          several_are_found_by_listing, an_uncertain_create_is_looked_for_and_not_repeated,
          what_others_made_meanwhile_is_not_adopted, a_refused_create_is_refused,
          a_created_row_is_compared, a_delete_asks_before_and_after,
          a_delete_that_was_not_done_is_an_error, a_lost_answer_to_a_delete_is_looked_into,
          power_is_an_action)
