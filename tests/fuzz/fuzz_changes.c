/* SPDX-License-Identifier: MIT */
/*
 * Answers to changes: a digit for the change, then a line for each answer (see canned.h). A POST
 * goes once; what was carried out, or may have been, is never said not to have been sent.
 */
#include "config.h"

#include <errno.h>

#include "lib/models.h"
#include "lib/value.h"
#include "tests/fuzz/canned.h"

FUZZ_RUNS(10000);

#define MACHINE 101
#define DEVICE 7

static const struct verge_identity identity = {DEVICE, MACHINE, "u-7"};

/* What is known after a change. */
struct outcome {
    int result;
    struct verge_error error;
    size_t rows; /* shown beside an error */
};

/* What was there before is not taken for the new one, unless the server says so: it may have given
 * its key again. */
static void create(struct canned *canned, const struct verge_call *call, struct outcome *outcome)
{
    static const uint32_t known[] = {5, DEVICE};
    VERGE_JSON_LOCAL *settings = cJSON_Parse("{\"guest_reset\":false,\"x\":1}");
    struct verge_device_request request = {.machine = MACHINE,
                                           .type = "node_usb_devices",
                                           .name = "usb_1",
                                           .enabled = true,
                                           .settings = settings};
    struct verge_device **rows;

    /* Its looks for the row are some seconds apart, unless there is no time left. */
    struct verge_call late = {verge_now() - 1, call->cancel};
    outcome->result = verge_device_create(canned->client, &late, &request, known, 2, &rows,
                                          &outcome->rows, &outcome->error);
    must(outcome->rows <= 1 && (outcome->result < 0 || outcome->rows == 1));
    for (size_t i = 0; i < outcome->rows; i++) {
        must(rows[i]->machine == MACHINE);
        must(canned->taken > 0 ||
             (rows[i]->record.key != known[0] && rows[i]->record.key != known[1]));
        must(outcome->result < 0 || strcmp(rows[i]->name, "usb_1") == 0);
    }
    verge_rows_free((struct verge_record **)rows, outcome->rows);
    must(canned->sent[VERGE_POST] == 1 && canned->sent[VERGE_PUT] == 0);
}

static void update(struct canned *canned, const struct verge_call *call, struct outcome *outcome)
{
    VERGE_JSON_LOCAL *fields = cJSON_Parse("{\"description\":\"new\",\"enabled\":false}");
    struct verge_device *after;

    outcome->result =
        verge_device_update(canned->client, call, &identity, fields, &after, &outcome->error);
    must(outcome->result < 0 || after);
    must(outcome->result < 0 || (strcmp(after->description, "new") == 0 && !after->enabled));
    must(!after || (after->record.key == DEVICE && after->machine == MACHINE));
    verge_record_release(after);
    must(canned->sent[VERGE_POST] == 0);
}

/* `before`: the settings row as JSON, or NULL where the device has none. */
static void change_settings(struct canned *canned, const struct verge_call *call,
                            struct outcome *outcome, const char *before)
{
    VERGE_JSON_LOCAL *row = cJSON_Parse("{\"$key\":7,\"machine\":101,\"uuid\":\"u-7\","
                                        "\"type\":\"node_nvidia_vgpu_devices\"}");
    VERGE_JSON_LOCAL *settings_row = before ? cJSON_Parse(before) : NULL;
    VERGE_JSON_LOCAL *changes = cJSON_Parse("{\"frame_rate_limiter\":30,\"attach_drivers\":true}");
    struct verge_record *device = verge_record_read(&verge_device_model, row);
    struct verge_record *settings = verge_record_read(
        verge_settings_model("machine_device_settings_nvidia_vgpu"), settings_row);
    struct verge_settings *after;
    unsigned unverified = 0;

    must(device && (settings || !before));
    outcome->result = verge_settings_update(canned->client, call, (struct verge_device *)device,
                                            (struct verge_settings *)settings, changes, &after,
                                            &unverified, &outcome->error);
    verge_record_release(after);
    verge_record_release(device);
    verge_record_release(settings);
    must(canned->sent[VERGE_POST] == 0);
}

static void update_settings(struct canned *canned, const struct verge_call *call,
                            struct outcome *outcome)
{
    change_settings(canned, call, outcome, NULL);
}

/* What the row cannot show goes to the device, in a second request. */
static void update_settings_row(struct canned *canned, const struct verge_call *call,
                                struct outcome *outcome)
{
    change_settings(canned, call, outcome,
                    "{\"$key\":3,\"machine_device\":7,\"frame_rate_limiter\":60}");
}

static void delete_device(struct canned *canned, const struct verge_call *call,
                          struct outcome *outcome)
{
    outcome->result = verge_device_delete(canned->client, call, &identity, &outcome->error);
    must(canned->sent[VERGE_POST] + canned->sent[VERGE_PUT] == 0);
}

static void power(struct canned *canned, const struct verge_call *call, struct outcome *outcome)
{
    outcome->result = verge_vm_action(canned->client, call, 1, "poweron", &outcome->error);
    must(canned->sent[VERGE_POST] == 1);
}

/* Errors that tell what the server shows now, so that nothing about the change is open. */
static bool is_settled(int result)
{
    return result == -EIO || result == -ENOENT || result == -ESTALE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const changes[])(struct canned * canned, const struct verge_call *call,
                                   struct outcome *outcome) = {
        create, update, update_settings, delete_device, power, update_settings_row};
    struct fuzz fuzz = {data, size};
    unsigned what = fuzz_choice(&fuzz, 6);
    fuzz_end_line(&fuzz);
    struct verge_call call = {verge_now() + 600000, NULL};
    struct outcome outcome = {.error = VERGE_ERROR_INIT};
    static struct canned canned;

    canned_start(&canned, &fuzz);
    changes[what](&canned, &call, &outcome);
    canned_check(&outcome.error, outcome.result);
    if (canned.taken + canned.unanswered > 0 && outcome.result < 0)
        must(outcome.error.uncertain || outcome.rows > 0 || is_settled(outcome.result));
    canned_stop(&canned);
    return 0;
}
