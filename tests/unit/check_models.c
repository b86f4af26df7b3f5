/* SPDX-License-Identifier: MIT */
/* The models: reads, changes and their mishaps. */
#include "config.h"

#include "tests/unit/models_fixture.h"

/* ---- reading ---- */

static int fetch(struct fixture *f, const struct verge_model *model, const char *filter,
                 size_t *count, size_t *raw)
{
    struct verge_record **rows;
    int rc = verge_model_fetch(f->client, &f->call, model, filter, "+$key", 1000, 0, &rows, count,
                               raw, &f->error);

    verge_rows_free(rows, *count);
    return rc;
}

START_TEST(rows_are_fetched_with_the_models_filter)
{
    FIXTURE f;
    size_t count, raw;

    setup(&f);
    f.server->vms[1].snapshot = true;
    ck_assert_int_eq(fetch(&f, &verge_vm_model, NULL, &count, &raw), 0);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(fetch(&f, &verge_vm_model, "name eq 'vm2'", &count, &raw), 0);
    ck_assert_uint_eq(count, 0);
    ck_assert_ptr_nonnull(strstr(f.server->last, "(name eq 'vm2') and (is_snapshot eq false)"));
    ck_assert_int_eq(fetch(&f, &verge_device_model, "machine eq 1000001", &count, &raw), 0);
    ck_assert_uint_eq(count, 5);
    ck_assert_uint_eq(raw, 5);
    ck_assert_int_eq(fetch(&f, &verge_group_model, NULL, &count, &raw), 0);
    ck_assert_uint_eq(count, 3);
}
END_TEST

START_TEST(odd_answers_to_a_list_are_borne)
{
    static const struct {
        const char *body;
        int rc;
        size_t count, raw;
    } rows[] = {
        {"null", 0, 0, 0},
        {"", 0, 0, 0},
        {"[]", 0, 0, 0},
        {"{\"$key\":1,\"machine\":2}", 0, 1, 1},
        {"[{\"$key\":1,\"machine\":2},null,7,{\"$key\":3}]", 0, 1, 4},
        {"7", -EBADMSG, 0, 0},
        {"[7]", -EBADMSG, 0, 0},
        {"[[],[]]", -EBADMSG, 0, 0},
        {"[null]", -EBADMSG, 0, 0},
        {"\"rows\"", -EBADMSG, 0, 0},
        /* The second row can't be read without a tree: the first one counts once all the same. */
        {"[{\"$key\":1,\"machine\":2},{\"$key\":3,\"machine\":2,\"name\":\"\\u00e9\"}]", 0, 2, 2},
        {"[7,{\"$key\":3,\"machine\":2,\"name\":\"\\u00e9\"}]", 0, 1, 2},
        {"[{},{\"a\":\"\\u00e9\"}]", 0, 0, 2},
        {"[7,\"\\u00e9\"]", -EBADMSG, 0, 0},
        /* Torn, and followed by something. */
        {"[{\"$key\":1,\"machine\":2},{\"$key\":3,\"mach", -EBADMSG, 0, 0},
        {"[{\"$key\":1,\"machine\":2},", -EBADMSG, 0, 0},
        {"[{\"$key\":1,\"machine\":2}", -EBADMSG, 0, 0},
        {"[{\"$key\":1,\"machine\":2}]]", -EBADMSG, 0, 0},
        {"[{\"$key\":1,\"machine\":2}]{}", -EBADMSG, 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        FIXTURE f;
        size_t count, raw;

        setup(&f);
        fault(&f, (struct fake_fault){.match = "GET", .status = 200, .body = rows[i].body});
        ck_assert_int_eq(fetch(&f, &verge_device_model, NULL, &count, &raw), rows[i].rc);
        ck_assert_uint_eq(count, rows[i].count);
        ck_assert_uint_eq(raw, rows[i].raw);
    }
}
END_TEST

/* Nothing is as good as a 404; something else does not prove that the row is gone. */
START_TEST(a_row_that_is_none_is_not_found)
{
    static const struct {
        const char *body;
        int rc;
    } answers[] = {
        {"[]", -ENOENT},     {"null", -ENOENT},    {"{}", -ENOENT},
        {"\"x\"", -EBADMSG}, {"5", -EBADMSG},      {"{\"$count\":1}", -EBADMSG},
        {"[[]]", -EBADMSG},  {"[null]", -EBADMSG}, {"{\"$key\":\"x\"}", -EBADMSG},
    };
    struct verge_record *row;

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        FIXTURE f;

        setup(&f);
        fault(&f, (struct fake_fault){.match = "GET", .status = 200, .body = answers[i].body});
        ck_assert_int_eq(
            verge_model_get(f.client, &f.call, &verge_device_model, "1", &row, &f.error),
            answers[i].rc);
        ck_assert_ptr_null(row);
        ck_assert_int_eq(
            verge_model_get(f.client, &f.call, &verge_device_model, "99", &row, &f.error), -ENOENT);
        ck_assert_int_eq(
            verge_model_get(f.client, &f.call, &verge_device_model, "1", &row, &f.error), 0);
        ck_assert_uint_eq(row->key, 1);
        verge_record_release(row);
    }
}
END_TEST

START_TEST(an_identity_is_more_than_a_key)
{
    FIXTURE f;
    struct verge_record *row;
    struct verge_identity identity;

    setup(&f);
    ck_assert_int_eq(verge_model_get(f.client, &f.call, &verge_device_model, "1", &row, &f.error),
                     0);
    verge_device_identity((struct verge_device *)row, &identity);
    ck_assert(verge_device_matches((struct verge_device *)row, &identity));
    identity.uuid[0] = 'f';
    ck_assert(!verge_device_matches((struct verge_device *)row, &identity));
    identity.uuid[0] = '\0';
    ck_assert(verge_device_matches((struct verge_device *)row, &identity));
    identity.machine++;
    ck_assert(!verge_device_matches((struct verge_device *)row, &identity));
    verge_record_release(row);
}
END_TEST

/* ---- updating a device ---- */

/* Updates the first device with this JSON; `shown` gets the description that the row then had. */
static int update(struct fixture *f, const char *fields, char *shown)
{
    VERGE_JSON_LOCAL *json = cJSON_Parse(fields);
    struct verge_identity identity = identity_of(&f->server->devices[0]);
    struct verge_device *after;
    int rc = verge_device_update(f->client, &f->call, &identity, json, &after, &f->error);

    snprintf(shown, 40, "%s", after != NULL ? after->description : "(nothing)");
    verge_record_release(after);
    return rc;
}

START_TEST(an_update_is_a_put_and_a_look)
{
    FIXTURE f;
    char shown[64];

    setup(&f);
    ck_assert_int_eq(update(&f, "{\"description\":\"new\",\"enabled\":\"no\"}", shown), 0);
    ck_assert_str_eq(shown, "new");
    ck_assert(!f.server->devices[0].enabled);
    ck_assert_uint_eq(f.server->puts, 1);
    ck_assert_uint_eq(f.server->gets, 1);
}
END_TEST

START_TEST(an_update_that_is_not_shown_is_an_error)
{
    FIXTURE f;
    char shown[64];

    setup(&f);
    f.server->ignores_put = true;
    ck_assert_int_eq(update(&f, "{\"description\":\"new\"}", shown), -EIO);
    ck_assert_str_eq(shown, "");
    ck_assert_str_eq(f.error.text, "description: sent \"new\", the server shows \"\"");
    ck_assert_int_eq(update(&f, "{\"colour\":\"red\"}", shown), -EIO);
    ck_assert_str_eq(f.error.text, "colour: sent \"red\", the server shows nothing");
    ck_assert_int_eq(update(&f, "{\"settings_args\":{\"a\":1}}", shown), 0);
}
END_TEST

START_TEST(a_404_on_a_put_may_not_mean_the_row)
{
    FIXTURE f;
    char shown[64];
    struct fake_fault missing = {
        .match = "PUT", .status = 404, .body = "{\"err\":\"error setting field 'x'\"}"};

    setup(&f);
    fault(&f, missing);
    ck_assert_int_eq(update(&f, "{\"description\":\"new\"}", shown), -EINVAL);
    ck_assert_int_eq(f.error.errnum, EINVAL);
    ck_assert_str_eq(f.error.text, "error setting field 'x'");

    fault(&f, missing);
    f.server->devices[0].uuid[0] = 'f';
    {
        struct verge_identity identity = identity_of(&f.server->devices[0]);
        VERGE_JSON_LOCAL *json = cJSON_Parse("{\"enabled\":true}");
        struct verge_device *after;

        identity.uuid[0] = 'e';
        ck_assert_int_eq(verge_device_update(f.client, &f.call, &identity, json, &after, &f.error),
                         -ESTALE);
        ck_assert_ptr_null(after);
        fake_device_remove(f.server, identity.key);
        ck_assert_int_eq(verge_device_update(f.client, &f.call, &identity, json, &after, &f.error),
                         -ENOENT);
        ck_assert(!f.error.uncertain);
    }
}
END_TEST

START_TEST(a_lost_answer_to_a_put_is_looked_into)
{
    FIXTURE f;
    char shown[64];

    setup(&f);
    fault(&f, (struct fake_fault){.match = "PUT", .errnum = ETIMEDOUT, .after = true});
    ck_assert_int_eq(update(&f, "{\"description\":\"arrived\"}", shown), 0);
    ck_assert_str_eq(shown, "arrived");
    f.server->ignores_put = true;
    fault(&f, (struct fake_fault){.match = "PUT", .errnum = ETIMEDOUT, .after = true});
    ck_assert_int_eq(update(&f, "{\"description\":\"lost\"}", shown), -ETIMEDOUT);
    ck_assert(f.error.uncertain);
    ck_assert_str_eq(shown, "arrived");
}
END_TEST

START_TEST(a_refused_put_is_not_looked_into)
{
    FIXTURE f;
    char shown[64];

    setup(&f);
    fault(&f, (struct fake_fault){.match = "PUT", .status = 422, .body = "{\"err\":\"no\"}"});
    ck_assert_int_eq(update(&f, "{\"description\":\"new\"}", shown), -EINVAL);
    ck_assert_uint_eq(f.server->gets, 0);
    ck_assert(!f.error.uncertain);
}
END_TEST

START_TEST(a_look_that_fails_leaves_a_doubt)
{
    FIXTURE f;
    char shown[64];

    setup(&f);
    fault(&f, (struct fake_fault){.match = "GET", .status = 403, .body = "{\"err\":\"no\"}"});
    ck_assert_int_eq(update(&f, "{\"description\":\"new\"}", shown), -EACCES);
    ck_assert(f.error.uncertain);
    ck_assert_str_eq(shown, "(nothing)");
}
END_TEST

/* ---- settings ---- */

struct outcome {
    int rc;
    unsigned unverified;
    char rest[256];
};

/* Changes settings of the first device of a type, with its settings row as `before` if there is. */
static struct outcome change(struct fixture *f, const char *type, const char *changes)
{
    VERGE_JSON_LOCAL *json = cJSON_Parse(changes);
    struct fake_device *fake = of_type(f, type);
    struct fake_setting *setting = fake_setting_of(f->server, fake->key);
    struct verge_record *device, **rows = NULL;
    struct verge_settings *after;
    struct outcome outcome = {0};
    size_t count = 0;
    char key[16], filter[64];

    snprintf(key, sizeof(key), "%u", fake->key);
    snprintf(filter, sizeof(filter), "machine_device eq %u", fake->key);
    ck_assert_int_eq(
        verge_model_get(f->client, &f->call, &verge_device_model, key, &device, &f->error), 0);
    if (setting != NULL && f->server->missing_table == NULL) {
        ck_assert_int_eq(verge_model_fetch(f->client, &f->call,
                                           verge_settings_model(setting->table), filter, NULL, 0, 0,
                                           &rows, &count, NULL, &f->error),
                         0);
    }
    f->server->requests = f->server->puts = f->server->gets = 0;
    outcome.rc = verge_settings_update(f->client, &f->call, (struct verge_device *)device,
                                       count > 0 ? (struct verge_settings *)rows[0] : NULL, json,
                                       &after, &outcome.unverified, &f->error);
    snprintf(outcome.rest, sizeof(outcome.rest), "%s", after != NULL ? after->record.rest : "");
    verge_record_release(after);
    verge_record_release(device);
    verge_rows_free(rows, count);
    return outcome;
}

START_TEST(settings_go_to_their_row)
{
    FIXTURE f;
    struct outcome outcome;

    setup(&f);
    outcome = change(&f, "node_usb_devices", "{\"guest_reset\":false,\"guest_resets_all\":false}");
    ck_assert_int_eq(outcome.rc, 0);
    ck_assert_uint_eq(outcome.unverified, 0);
    ck_assert_str_eq(outcome.rest, "{\"guest_reset\":false,\"guest_resets_all\":false}");
    ck_assert_uint_eq(f.server->puts, 1);
    ck_assert_uint_eq(f.server->requests, 2);
    ck_assert_uint_eq(fake_logged(f.server, "PUT /api/v4/machine_device_settings_usb/"), 1);
    ck_assert_int_eq(of_type(&f, "node_usb_devices")->version, 0);
}
END_TEST

START_TEST(settings_that_do_not_change_are_not_sent)
{
    FIXTURE f;
    struct outcome outcome;

    setup(&f);
    outcome = change(&f, "tpm", "{\"version\":\"2.0\",\"model\":\"crb\"}");
    ck_assert_int_eq(outcome.rc, 0);
    ck_assert_str_eq(outcome.rest, "{\"model\":\"crb\",\"version\":\"2\"}");
    ck_assert_uint_eq(f.server->requests, 0);
    outcome = change(&f, "tpm", "{\"version\":\"2.0\",\"model\":\"tis\"}");
    ck_assert_int_eq(outcome.rc, 0);
    ck_assert_ptr_null(strstr(f.server->log[0], "version"));
    ck_assert_str_eq(outcome.rest, "{\"model\":\"tis\",\"version\":\"2\"}");
}
END_TEST

START_TEST(a_fixed_setting_cannot_change)
{
    FIXTURE f;
    struct outcome outcome;

    setup(&f);
    outcome = change(&f, "tpm", "{\"version\":\"1\",\"model\":\"tis\"}");
    ck_assert_int_eq(outcome.rc, -EINVAL);
    ck_assert_uint_eq(f.server->requests, 0);
    ck_assert_str_eq(f.error.text, "version cannot change after creation");
}
END_TEST

START_TEST(a_type_without_settings_has_none)
{
    FIXTURE f;

    setup(&f);
    ck_assert_int_eq(change(&f, "node_pci_devices", "{\"vlan\":1}").rc, -EINVAL);
    ck_assert_uint_eq(f.server->requests, 0);
}
END_TEST

START_TEST(a_setting_that_is_dropped_is_an_error)
{
    FIXTURE f;
    struct outcome outcome;

    setup(&f);
    outcome = change(&f, "node_usb_devices", "{\"guest_rest\":false}");
    ck_assert_int_eq(outcome.rc, -EIO);
    ck_assert_str_eq(f.error.text, "guest_rest: sent false, the server shows nothing");
    ck_assert_str_ne(outcome.rest, "");
    f.server->ignores_put = true;
    outcome = change(&f, "node_usb_devices", "{\"guest_reset\":false}");
    ck_assert_int_eq(outcome.rc, -EIO);
    ck_assert_str_eq(f.error.text, "guest_reset: sent false, the server shows true");
}
END_TEST

START_TEST(what_cannot_be_shown_goes_unverified)
{
    FIXTURE f;
    struct outcome outcome;

    setup(&f);
    outcome = change(&f, "node_nvidia_vgpu_devices",
                     "{\"attach_drivers\":true,\"frame_rate_limiter\":30}");
    ck_assert_int_eq(outcome.rc, 0);
    ck_assert_uint_eq(outcome.unverified, 1);
    ck_assert_uint_eq(f.server->puts, 2);
    ck_assert_uint_eq(fake_logged(f.server, "PUT /api/v4/machine_devices/"), 1);
    ck_assert_uint_eq(fake_logged(f.server, "PUT /api/v4/machine_device_settings_nvidia_vgpu/"), 1);
}
END_TEST

START_TEST(without_a_row_settings_go_to_the_device)
{
    FIXTURE f;
    struct outcome outcome;

    setup(&f);
    outcome = change(&f, "node_host_gpu_devices", "{\"whatever\":1,\"more\":2}");
    ck_assert_int_eq(outcome.rc, 0);
    ck_assert_uint_eq(outcome.unverified, 2);
    ck_assert_str_eq(outcome.rest, "");
    ck_assert_uint_eq(fake_logged(f.server, "PUT /api/v4/machine_devices/"), 1);
}
END_TEST

START_TEST(without_a_table_settings_go_to_the_device)
{
    FIXTURE f;
    struct outcome outcome;

    setup(&f);
    f.server->missing_table = "machine_device_settings_usb";
    outcome = change(&f, "node_usb_devices", "{\"guest_reset\":false}");
    ck_assert_int_eq(outcome.rc, 0);
    ck_assert_uint_eq(outcome.unverified, 1);
    ck_assert_uint_eq(f.server->puts, 1);
}
END_TEST

START_TEST(a_row_that_appears_verifies)
{
    FIXTURE f;
    struct outcome outcome;
    struct fake_setting *setting;

    setup(&f);
    setting = fake_setting_of(f.server, of_type(&f, "node_usb_devices")->key);
    f.server->missing_table = "machine_device_settings_usb";
    fault(&f, (struct fake_fault){.match = "GET /api/v4/machine_device_settings_usb",
                                  .status = 200,
                                  .body = "[{\"$key\":99,\"machine_device\":1,"
                                          "\"guest_reset\":true}]"});
    ck_assert_uint_eq(setting->device, 1);
    outcome = change(&f, "node_usb_devices", "{\"guest_reset\":false}");
    ck_assert_int_eq(outcome.rc, -EIO);
    ck_assert_uint_eq(outcome.unverified, 0);
}
END_TEST

START_TEST(a_row_that_went_away_is_no_obstacle)
{
    FIXTURE f;
    struct outcome outcome;

    setup(&f);
    fault(&f, (struct fake_fault){.match = "PUT /api/v4/machine_device_settings_usb",
                                  .status = 404,
                                  .body = "{\"err\":\"gone\"}"});
    outcome = change(&f, "node_usb_devices", "{\"guest_reset\":false}");
    ck_assert_int_eq(outcome.rc, -EINVAL); /* the row is still there: it was about the value */
    ck_assert_str_eq(f.error.text, "gone");
}
END_TEST

START_TEST(a_lost_answer_to_settings_is_looked_into)
{
    FIXTURE f;
    struct outcome outcome;
    struct fake_fault lost = {.match = "PUT", .errnum = ECONNRESET, .after = true};

    setup(&f);
    fault(&f, lost);
    outcome = change(&f, "node_usb_devices", "{\"guest_reset\":false}");
    ck_assert_int_eq(outcome.rc, 0);
    f.server->ignores_put = true;
    fault(&f, lost);
    outcome = change(&f, "node_usb_devices", "{\"guest_reset\":true}");
    ck_assert_int_eq(outcome.rc, -ECONNRESET);
    ck_assert(f.error.uncertain);
}
END_TEST

/* The row has got its part by then, and says so to whoever looks. */
START_TEST(settings_of_which_half_was_refused_are_uncertain)
{
    FIXTURE f;
    struct outcome outcome;

    setup(&f);
    fault(&f, (struct fake_fault){.match = "PUT /api/v4/machine_devices/",
                                  .status = 400,
                                  .body = "{\"err\":\"no\"}"});
    outcome = change(&f, "node_nvidia_vgpu_devices",
                     "{\"frame_rate_limiter\":30,\"attach_drivers\":true}");
    ck_assert_int_eq(outcome.rc, -EINVAL);
    ck_assert(f.error.uncertain);
    ck_assert_ptr_nonnull(strstr(outcome.rest, "\"frame_rate_limiter\":30"));
}
END_TEST

UNIT_MAIN("models", rows_are_fetched_with_the_models_filter, odd_answers_to_a_list_are_borne,
          a_row_that_is_none_is_not_found, an_identity_is_more_than_a_key,
          an_update_is_a_put_and_a_look, an_update_that_is_not_shown_is_an_error,
          a_404_on_a_put_may_not_mean_the_row, a_lost_answer_to_a_put_is_looked_into,
          a_refused_put_is_not_looked_into, a_look_that_fails_leaves_a_doubt,
          settings_go_to_their_row, settings_that_do_not_change_are_not_sent,
          a_fixed_setting_cannot_change, a_type_without_settings_has_none,
          a_setting_that_is_dropped_is_an_error, what_cannot_be_shown_goes_unverified,
          without_a_row_settings_go_to_the_device, without_a_table_settings_go_to_the_device,
          a_row_that_appears_verifies, a_row_that_went_away_is_no_obstacle,
          a_lost_answer_to_settings_is_looked_into,
          settings_of_which_half_was_refused_are_uncertain)
