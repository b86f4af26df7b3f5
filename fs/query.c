/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/query.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fs/fleet.h"
#include "fs/node.h"
#include "lib/queries.h"

/* ---- filters and their numbers ---- */

#define FILTERS 256

struct filters {
    pthread_mutex_t lock; /* guards all below */
    uint64_t clock;
    struct filter {
        struct address address;
        uint64_t used;
        char *text; /* NULL: free */
    } slots[FILTERS];
};

struct filters *filters_new(void)
{
    struct filters *filters = calloc(1, sizeof(*filters));
    if (filters)
        pthread_mutex_init(&filters->lock, NULL);
    return filters;
}

void filters_free(struct filters *filters)
{
    if (!filters)
        return;
    for (size_t i = 0; i < FILTERS; i++)
        free(filters->slots[i].text);
    pthread_mutex_destroy(&filters->lock);
    free(filters);
}

static struct address address_of(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return (struct address){KIND_QUERY, (uint32_t)(hash >> 32) & INODE_SUB_MAX, (uint32_t)hash};
}

/* The slot of an address, or else the one used longest ago; the lock is held. */
static struct filter *slot_of(struct filters *filters, struct address address)
{
    struct filter *oldest = &filters->slots[0];
    for (size_t i = 0; i < FILTERS; i++) {
        struct filter *filter = &filters->slots[i];
        if (filter->text && inode_pack(filter->address) == inode_pack(address))
            return filter;
        if (filter->used < oldest->used)
            oldest = filter;
    }
    return oldest;
}

static int remember(struct filters *filters, struct address address, const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    pthread_mutex_lock(&filters->lock);
    struct filter *filter = slot_of(filters, address);
    free(filter->text);
    filter->address = address;
    filter->used = ++filters->clock;
    filter->text = copy;
    pthread_mutex_unlock(&filters->lock);
    return 0;
}

/* The filter's text, to be freed; NULL when it was forgotten. */
static char *recall(struct filters *filters, struct address address)
{
    char *text = NULL;
    pthread_mutex_lock(&filters->lock);
    struct filter *filter = slot_of(filters, address);
    if (filter->text && inode_pack(filter->address) == inode_pack(address)) {
        filter->used = ++filters->clock;
        text = strdup(filter->text);
    }
    pthread_mutex_unlock(&filters->lock);
    return text;
}

/* ---- the name of a directory as a filter ---- */

static int hex(char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *found = c ? strchr(digits, c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c) : NULL;
    return found ? (int)(found - digits) : -1;
}

bool query_filter(const char *name, char text[NAME_ROOM])
{
    for (; *name; name++) {
        int high = *name == '%' ? hex(name[1]) : -1;
        int low = high >= 0 ? hex(name[2]) : -1;
        if (*name == '%' && low < 0)
            return false;
        *text = *name;
        if (low >= 0)
            *text = (char)(high << 4 | low);
        if (!*text++)
            return false;
        if (low >= 0)
            name += 2;
    }
    *text = '\0';
    return true;
}

/* ---- directories ---- */

static int ask(struct request *request, struct tree *tree, const char *text,
               enum verge_freshness freshness, struct fleet *fleet)
{
    struct verge_want want = want_of(request, freshness);
    int64_t vms_until = 0;
    *fleet = (struct fleet){0};
    int result = verge_query_devices(tree->queries, &want, text, &fleet->devices, &fleet->until,
                                     &request->error);
    want.freshness = VERGE_RECENT;
    if (!result)
        result =
            verge_list(tree->inventory, &want, VERGE_VMS, &fleet->vms, &vms_until, &request->error);
    if (vms_until < fleet->until)
        fleet->until = vms_until;
    return result;
}

int queries_find(struct request *request, struct subject *subject, struct address directory,
                 const char *name, struct node *node)
{
    char text[NAME_ROOM];
    (void)directory;
    if (!query_filter(name, text))
        return verge_error_set(&request->error, EINVAL,
                               "a '%%' in a filter is written %%25, a '/' %%2F");
    FLEET_LOCAL fleet;
    struct address address = address_of(text);
    int result = ask(request, subject->tree, text, VERGE_RECENT, &fleet);
    if (!result)
        result = remember(subject->tree->filters, address, text);
    if (!result)
        node_directory(subject, address, node);
    node->until = fleet.until;
    return result;
}

int queries_list(struct request *request, struct subject *subject, struct address directory,
                 struct listing *listing)
{
    (void)request;
    (void)subject;
    (void)directory;
    (void)listing;
    return 0;
}

static int open_query(struct request *request, struct subject *subject, struct address directory,
                      enum verge_freshness freshness, struct fleet *fleet)
{
    char *text = recall(subject->tree->filters, directory);
    *fleet = (struct fleet){0};
    int result = text ? ask(request, subject->tree, text, freshness, fleet) : -ESTALE;
    free(text);
    return result;
}

/* How a device is called among its siblings is not known from the answer alone: links are looked up
 * when asked for. */
static const struct fleet_members all = {.link = KIND_FLEET_NEAR, .bare = true};

int query_find(struct request *request, struct subject *subject, struct address directory,
               const char *name, struct node *node)
{
    FLEET_LOCAL fleet;
    int result = open_query(request, subject, directory, VERGE_RECENT, &fleet);
    return result ? result : fleet_find_link(request, subject, &fleet, &all, name, node);
}

int query_list(struct request *request, struct subject *subject, struct address directory,
               struct listing *listing)
{
    FLEET_LOCAL fleet;
    int result = open_query(request, subject, directory, VERGE_FRESH, &fleet);
    return result ? result : fleet_list_links(subject, &fleet, &all, listing);
}
