/* SPDX-License-Identifier: MIT */
/*
 * Answers to reads: a digit for what is asked, one for the model, then a line for each answer (see
 * canned.h). Whatever comes is rows or an error that says something.
 */
#include "config.h"

#include "lib/inventory.h"
#include "lib/system.h"
#include "lib/value.h"
#include "tests/fuzz/canned.h"

FUZZ_RUNS(4000);

#define MODELS (3 + VERGE_SETTINGS_TABLES)

static const struct verge_model *model_of(unsigned number)
{
    static const struct verge_model *const named[] = {&verge_vm_model, &verge_device_model,
                                                      &verge_group_model};

    return number < 3 ? named[number] : &verge_settings_models[number - 3];
}

static void ask_system(struct canned *canned, unsigned model, const struct verge_call *call)
{
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_system system;

    (void)model;
    canned_check(&error, verge_system_read(canned->client, call, &system, &error));
    must(strnlen(system.name, sizeof system.name) < sizeof system.name);
    must(strnlen(system.release, sizeof system.release) < sizeof system.release);
}

static void ask_rows(struct canned *canned, unsigned model, const struct verge_call *call)
{
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_record **rows = NULL;
    size_t count = 0, raw = 0;
    int result = verge_model_fetch(canned->client, call, model_of(model), "a eq 1", NULL, 10, 0,
                                   &rows, &count, &raw, &error);

    canned_check(&error, result);
    must(count <= raw && (result == 0 || count == 0));
    for (size_t i = 0; i < count; i++)
        must(rows[i]->key != 0 && rows[i]->owner != 0 && rows[i]->model == model_of(model));
    verge_rows_free(rows, count);
}

static void ask_row(struct canned *canned, unsigned model, const struct verge_call *call)
{
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_record *row = NULL;
    int result = verge_model_get(canned->client, call, model_of(model), "../7?x", &row, &error);

    canned_check(&error, result);
    must((result == 0) == (row != NULL));
    must(strstr(canned->last, "..%2F7%3Fx"));
    verge_record_release(row);
}

static void check_list(const struct verge_snapshot *rows)
{
    const struct verge_record *last = NULL;

    for (size_t i = 0; i < verge_snapshot_count(rows); i++) {
        const struct verge_record *row = verge_snapshot_at(rows, i);
        must(row->key != 0 && row->owner != 0);
        must(!last || last->owner < row->owner ||
             (last->owner == row->owner && last->key < row->key));
        must(verge_snapshot_row(rows, row->key) != NULL);
        last = row;
    }
}

/* The first answer is the count's, the second the list's, the third that of all later pages. */
static void ask_list(struct canned *canned, unsigned model, const struct verge_call *call)
{
    static const enum verge_list_id lists[] = {VERGE_VMS, VERGE_DEVICES, VERGE_GROUPS};
    struct verge_inventory_options options = {.ttl_ms = 600000, .timeout_ms = 600000};
    struct verge_inventory *inventory = verge_inventory_new(canned->client, &options);
    struct verge_want want = {*call, VERGE_FRESH};
    enum verge_list_id list =
        model < 3 ? lists[model] : (enum verge_list_id)(VERGE_SETTINGS + model - 3);
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_snapshot *rows = NULL;

    must(inventory != NULL);
    canned_check(&error, verge_inventory_measure(inventory, call, &error));
    error = (struct verge_error)VERGE_ERROR_INIT;
    int result = verge_list(inventory, &want, list, &rows, NULL, &error);
    canned_check(&error, result);
    must((result == 0) == (rows != NULL));
    if (rows)
        check_list(rows);
    verge_snapshot_release(rows);
    verge_inventory_free(inventory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const asks[])(struct canned * canned, unsigned model,
                                const struct verge_call *call) = {ask_system, ask_rows, ask_row,
                                                                  ask_list};
    struct fuzz fuzz = {data, size};
    unsigned what = fuzz_choice(&fuzz, 4), model = fuzz_choice(&fuzz, MODELS);
    struct verge_call call = {verge_now() + 600000, NULL};
    static struct canned canned;

    fuzz_end_line(&fuzz);
    canned_start(&canned, &fuzz);
    asks[what](&canned, model, &call);
    must(canned.sent[VERGE_PUT] + canned.sent[VERGE_POST] + canned.sent[VERGE_DELETE] == 0);
    canned_stop(&canned);
    return 0;
}
