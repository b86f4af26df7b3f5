/* SPDX-License-Identifier: MIT */
/*
 * Whether somebody walks the tree, as far as it shows: then lists are asked for whole, and those
 * that he will want next together.
 *
 * Who lists the VMs may want one of them or all. So parts of a list longer than a page are asked
 * for alone as long as they have not cost a quarter of what all of it would: who walks pays a few
 * requests beyond the pages, and who looks at a few things of a large fleet does not pay for all.
 */
#include "config.h"

#include "lib/inventory_private.h"

/* Who listed the VMs walks, for so long. */
#define WALK_MS 60000
#define WINDOW_MS 10000
/* However long a list is: so many parts asked for alone are enough. Of settings, those of a VM. */
#define MOST_PARTS 2
#define MOST_SETTINGS 8

#define ALL_TABLES ((1U << VERGE_SETTINGS_TABLES) - 1)

void verge_walk_look(struct verge_inventory *inventory, enum verge_list_id id,
                     const struct verge_selection *selection, const struct verge_view *view)
{
    struct verge_list *list = &inventory->lists[id];
    struct verge_guess *guess = list->guess;
    uint32_t owner = view->row != NULL ? view->row->owner : selection->key;

    list->unused = false;
    if (selection->part == VERGE_PART_LIST) {
        guess->uses = UINT32_MAX; /* for a reader of all, it is worth its pages */
    } else if (owner != guess->last_owner && guess->uses < UINT32_MAX) {
        guess->uses++;
    }
    guess->last_owner = owner;
}

void verge_walk_listed(struct verge_list *list)
{
    list->guess->strangers = 0;
    list->guess->uses = 0;
}

/* ---- a part, or all ---- */

static bool longer_than_page(const struct verge_inventory *inventory, enum verge_list_id id)
{
    int64_t expected = inventory->lists[id].expected;

    if (expected < 0 && id >= VERGE_SETTINGS) {
        expected = inventory->lists[VERGE_DEVICES].expected;
    }
    return expected > VERGE_PAGE;
}

/* All settings tables together have as many rows as there are devices, at the most. */
static unsigned pages_of(const struct verge_inventory *inventory, enum verge_list_id id)
{
    int64_t expected = inventory->lists[id >= VERGE_SETTINGS ? VERGE_DEVICES : id].expected;

    return (unsigned)(expected < 0 ? 2 : expected / VERGE_PAGE + 1);
}

static bool vms_were_listed(const struct verge_inventory *inventory, int64_t now)
{
    int64_t listed = inventory->lists[VERGE_VMS].listed_at;

    return listed > 0 && now - listed < WALK_MS;
}

static bool is_fresh(const struct verge_inventory *inventory, const struct verge_list *list,
                     int64_t now)
{
    return list->asked.number > list->distrust && now - list->asked.at < inventory->options.ttl_ms;
}

/* All of a settings table was wanted just now: so it will be of the others, and may be on its
 * way. */
static bool settings_are_walked(const struct verge_inventory *inventory, enum verge_list_id id,
                                int64_t now)
{
    int64_t walked = inventory->lists[id].guess->walked_at;

    return id >= VERGE_SETTINGS && walked > 0 &&
           (now - walked < inventory->options.ttl_ms || verge_fetch_is_running(inventory, id));
}

static unsigned quarter(unsigned pages, unsigned most)
{
    unsigned parts = pages / 4;

    return parts < 1 ? 1 : parts > most ? most : parts;
}

/* How many parts may be asked for alone before all is. Of who has not listed the VMs, and where
 * the last guess was wrong, as many as all has pages: then a walk costs at most twice what it had
 * to, and who polls a few machines is never made to pay for all of them. */
static unsigned enough(const struct verge_inventory *inventory, enum verge_list_id id,
                       const struct verge_guess *guess, int64_t now)
{
    unsigned pages = pages_of(inventory, id);

    if (guess->wasted || !vms_were_listed(inventory, now)) {
        return pages;
    }
    return quarter(pages, id >= VERGE_SETTINGS ? MOST_SETTINGS : MOST_PARTS);
}

bool verge_prefers_list(struct verge_inventory *inventory, enum verge_list_id id,
                        const struct verge_view *view, bool *whole)
{
    struct verge_list *list = &inventory->lists[id];
    struct verge_guess *guess = list->guess;
    int64_t now = verge_now(), window = inventory->options.ttl_ms * 2;

    *whole = view->fetch.part == VERGE_PART_LIST;
    if (*whole || id == VERGE_GROUPS || !longer_than_page(inventory, id)) {
        return true;
    }
    if (now - guess->window_start > (window > WINDOW_MS ? window : WINDOW_MS)) {
        guess->window_start = now;
        guess->strangers = 0;
        guess->wasted = list->asked.number > 0 && guess->uses < pages_of(inventory, id);
    }
    *whole = settings_are_walked(inventory, id, now);
    if (!*whole && guess->strangers >= enough(inventory, id, guess, now)) {
        *whole = true;
        guess->walked_at = now;
    }
    if (!*whole) {
        guess->strangers += view->stamp.number == 0 || view->stamp.number == list->asked.number;
    }
    return *whole;
}

/* ---- what else will be wanted ---- */

void verge_walk_tables(struct verge_inventory *inventory, const struct verge_news *news)
{
    unsigned tables = 0;

    for (size_t i = 0; i < news->count && tables != ALL_TABLES; i++) {
        int list = verge_settings_list((const struct verge_device *)news->rows[i]);

        if (list >= VERGE_SETTINGS) {
            tables |= 1U << (unsigned)(list - VERGE_SETTINGS);
        }
    }
    pthread_mutex_lock(&inventory->lock);
    inventory->tables |= tables;
    pthread_mutex_unlock(&inventory->lock);
}

/* Another settings table was asked for a while ago. */
static bool is_second_table(const struct verge_inventory *inventory, enum verge_list_id id,
                            int64_t now)
{
    for (int other = VERGE_SETTINGS; other < VERGE_LISTS; other++) {
        const struct verge_list *list = &inventory->lists[other];

        if (other != (int)id && list->asked.number > 0 && now - list->asked.at < WALK_MS) {
            return true;
        }
    }
    return false;
}

static bool will_be_wanted(const struct verge_inventory *inventory, enum verge_list_id id,
                           int64_t now)
{
    const struct verge_list *list = &inventory->lists[id];

    return (inventory->tables & (1U << (id - VERGE_SETTINGS))) != 0 && !list->unused &&
           now >= list->missing_until && !is_fresh(inventory, list, now);
}

size_t verge_walk_beside(struct verge_inventory *inventory, enum verge_list_id id, bool whole,
                         struct verge_fetch *beside[VERGE_SETTINGS_TABLES])
{
    struct verge_error unused = VERGE_ERROR_INIT;
    int64_t now = verge_now();
    size_t count = 0;

    if (id < VERGE_SETTINGS || inventory->options.ttl_ms == 0 || !vms_were_listed(inventory, now) ||
        (!whole && !is_second_table(inventory, id, now)) ||
        verge_pace_stretch(verge_client_pace(inventory->client)) > 1) {
        return 0;
    }
    for (int i = VERGE_SETTINGS; i < VERGE_LISTS; i++) {
        enum verge_list_id other = (enum verge_list_id)i;

        if (other != id && will_be_wanted(inventory, other, now)) {
            inventory->lists[other].unused = true;
            beside[count] = verge_fetch_join(inventory, other, &verge_whole_list, whole, &unused);
            count += beside[count] != NULL;
        }
    }
    return count;
}
