/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>

#include "lib/inventory_private.h"

const struct verge_selection verge_whole_list = {.part = VERGE_PART_LIST};

static bool list_init(struct verge_inventory *inventory, size_t id, const struct verge_model *model,
                      const char *owner_column)
{
    struct verge_list *list = &inventory->lists[id];

    pthread_mutex_init(&list->building, NULL);
    list->model = model;
    list->owner_column = owner_column;
    list->expected = -1;
    list->guess = &inventory->guesses[id < VERGE_SETTINGS ? id : VERGE_SETTINGS];
    list->snapshot = verge_snapshot_empty(model);
    return list->snapshot != NULL;
}

static bool lists_init(struct verge_inventory *inventory)
{
    bool ok = list_init(inventory, VERGE_VMS, &verge_vm_model, "$key");

    ok &= list_init(inventory, VERGE_DEVICES, &verge_device_model, "machine");
    ok &= list_init(inventory, VERGE_GROUPS, &verge_group_model, "$key");
    for (size_t i = 0; i < VERGE_SETTINGS_TABLES; i++) {
        ok &= list_init(inventory, VERGE_SETTINGS + i, &verge_settings_models[i], "machine_device");
    }
    return ok;
}

struct verge_inventory *verge_inventory_new(struct verge_client *client,
                                            const struct verge_inventory_options *options)
{
    struct verge_inventory *inventory = calloc(1, sizeof(*inventory));

    if (inventory == NULL) {
        return NULL;
    }
    inventory->client = client;
    inventory->options = *options;
    inventory->queue_end = &inventory->queue;
    pthread_mutex_init(&inventory->lock, NULL);
    verge_condition_init(&inventory->news);
    verge_condition_init(&inventory->work);
    if (lists_init(inventory)) {
        return inventory;
    }
    verge_inventory_free(inventory);
    return NULL;
}

void verge_inventory_free(struct verge_inventory *inventory)
{
    if (inventory == NULL) {
        return;
    }
    verge_fetch_stop(inventory);
    for (size_t i = 0; i < VERGE_LISTS; i++) {
        verge_snapshot_release(inventory->lists[i].snapshot);
        verge_marks_free(&inventory->lists[i].marks);
        pthread_mutex_destroy(&inventory->lists[i].building);
    }
    pthread_cond_destroy(&inventory->news);
    pthread_cond_destroy(&inventory->work);
    pthread_mutex_destroy(&inventory->lock);
    free(inventory);
}

int verge_inventory_measure(struct verge_inventory *inventory, const struct verge_call *call,
                            struct verge_error *error)
{
    static const enum verge_list_id lists[] = {VERGE_VMS, VERGE_DEVICES};
    static const struct verge_selection selection = {.part = VERGE_PART_COUNT};
    struct verge_fetch *fetches[2] = {NULL, NULL};
    struct verge_waiter waiter;
    int rc = verge_waiter_begin(&waiter, inventory, call, error);

    if (rc < 0) {
        return rc;
    }
    pthread_mutex_lock(&inventory->lock);
    for (size_t i = 0; rc == 0 && i < 2; i++) {
        fetches[i] = verge_fetch_join(inventory, lists[i], &selection, true, error);
        rc = fetches[i] == NULL ? -error->errnum : 0;
    }
    for (size_t i = 0; rc == 0 && i < 2; i++) {
        rc = verge_fetch_wait(fetches[i], &waiter, error);
    }
    for (size_t i = 0; i < 2; i++) {
        if (fetches[i] != NULL) {
            verge_fetch_leave(fetches[i], rc);
        }
    }
    pthread_mutex_unlock(&inventory->lock);
    verge_waiter_end(&waiter);
    return rc;
}

void verge_refresh(struct verge_inventory *inventory)
{
    pthread_mutex_lock(&inventory->lock);
    ++inventory->moment;
    for (size_t i = 0; i < VERGE_LISTS; i++) {
        inventory->lists[i].distrust = inventory->moment;
        inventory->lists[i].missing_until = 0;
    }
    pthread_mutex_unlock(&inventory->lock);
}

struct verge_snapshot *verge_inventory_held(struct verge_inventory *inventory,
                                            enum verge_list_id list)
{
    struct verge_snapshot *held;

    pthread_mutex_lock(&inventory->lock);
    held = verge_snapshot_hold(inventory->lists[list].snapshot);
    pthread_mutex_unlock(&inventory->lock);
    return held;
}

void verge_inventory_stats(struct verge_inventory *inventory, struct verge_inventory_stats *stats)
{
    *stats = (struct verge_inventory_stats){.rows = {0}};
    pthread_mutex_lock(&inventory->lock);
    for (size_t i = 0; i < VERGE_LISTS; i++) {
        stats->rows[i < VERGE_SETTINGS ? i : VERGE_SETTINGS] +=
            verge_snapshot_count(inventory->lists[i].snapshot);
    }
    stats->shared_misses = inventory->shared_misses;
    stats->stretched = inventory->stretched;
    stats->unverified = inventory->unverified;
    pthread_mutex_unlock(&inventory->lock);
}
