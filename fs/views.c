/* SPDX-License-Identifier: MIT */
/* /devices: the fleet by key, type, status and class. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/fleet.h"
#include "fs/node.h"

static const char *type_value(const struct verge_device *device)
{
    return verge_type_directory(device->type);
}

static const char *status_value(const struct verge_device *device)
{
    return device->status;
}

static const char *class_value(const struct verge_device *device)
{
    return verge_type_class(device->type);
}

/* The sets that are always there, one by one; NULL behind the last. */

static const char *type_at(size_t index)
{
    return index < verge_device_type_count ? verge_device_types[index].directory : NULL;
}

static const char *status_at(size_t index)
{
    return index < verge_status_count ? verge_statuses[index].status : NULL;
}

static bool class_before(size_t type)
{
    for (size_t i = 0; i < type; i++)
        if (!strcmp(verge_device_types[i].device_class, verge_device_types[type].device_class))
            return true;
    return false;
}

/* Each class once, however many types have it. */
static const char *class_at(size_t index)
{
    for (size_t type = 0; type < verge_device_type_count; type++)
        if (!class_before(type) && index-- == 0)
            return verge_device_types[type].device_class;
    return NULL;
}

/* The views: by what devices are sorted into sets, and the sets that are always there. by-key has
 * none. */
static const struct view {
    const char *name;
    const char *(*value)(const struct verge_device *device);
    const char *(*always)(size_t index);
} views[] = {
    {"by-key", NULL, NULL},
    {"by-type", type_value, type_at},
    {"by-status", status_value, status_at},
    {"by-class", class_value, class_at},
};
static const uint32_t view_count = sizeof(views) / sizeof(views[0]);

int fleet_find(struct request *request, struct subject *subject, struct address directory,
               const char *name, struct node *node)
{
    (void)request;
    (void)directory;
    for (uint32_t i = 0; i < view_count; i++)
        if (!strcmp(views[i].name, name)) {
            node_directory(subject, (struct address){KIND_FLEET_VIEW, 0, i}, node);
            return 0;
        }
    return -ENOENT;
}

int fleet_list(struct request *request, struct subject *subject, struct address directory,
               struct listing *listing)
{
    (void)request;
    (void)directory;
    for (uint32_t i = 0; i < view_count; i++) {
        struct node node;
        node_directory(subject, (struct address){KIND_FLEET_VIEW, 0, i}, &node);
        listing_add(listing, views[i].name, &node, false);
    }
    return 0;
}

/* ---- sets ---- */

/* The value of a set as part of an inode number. */
static uint32_t value_hash(const char *value)
{
    return inode_hash(value) & INODE_SUB_MAX;
}

static bool in_set(const struct verge_device *device, const void *argument)
{
    const struct address *set = argument;
    return value_hash(views[set->key].value(device)) == set->sub;
}

/* An inode number from outside may carry any view. */
static bool is_set(struct address directory)
{
    return directory.key < view_count && views[directory.key].value;
}

int set_find(struct request *request, struct subject *subject, struct address directory,
             const char *name, struct node *node)
{
    FLEET_LOCAL fleet = {0};
    const struct fleet_members members = {in_set, &directory, KIND_FLEET_FAR, false};
    if (!is_set(directory))
        return -ESTALE;
    int result = fleet_open(request, subject->tree, VERGE_RECENT, &fleet);
    return result ? result : fleet_find_link(request, subject, &fleet, &members, name, node);
}

int set_list(struct request *request, struct subject *subject, struct address directory,
             struct listing *listing)
{
    FLEET_LOCAL fleet = {0};
    const struct fleet_members members = {in_set, &directory, KIND_FLEET_FAR, false};
    if (!is_set(directory))
        return -ESTALE;
    int result = fleet_open(request, subject->tree, VERGE_FRESH, &fleet);
    return result ? result : fleet_list_links(subject, &fleet, &members, listing);
}

static bool always_there(const struct view *view, const char *value)
{
    const char *always;
    for (size_t i = 0; (always = view->always(i)); i++)
        if (!strcmp(always, value))
            return true;
    return false;
}

static void set_node(const struct subject *subject, uint32_t view, const char *value, int64_t until,
                     struct node *node)
{
    node_directory(subject, (struct address){KIND_FLEET_SET, value_hash(value), view}, node);
    node->until = until;
}

/* Calls for each value that a device of a VM has and that is not always there, once each. */
static void each_other(const struct fleet *fleet, const struct view *view,
                       bool (*found)(void *argument, const char *value), void *argument)
{
    const char *last = "";
    for (size_t i = 0; i < verge_snapshot_count(fleet->devices); i++) {
        const struct verge_device *device =
            (const struct verge_device *)verge_snapshot_at(fleet->devices, i);
        const char *value = view->value(device);
        if (!*value || !strcmp(value, last) || always_there(view, value) ||
            !verge_snapshot_machine(fleet->vms, device->machine))
            continue;
        last = value;
        if (!found(argument, value))
            return;
    }
}

struct set_search {
    const struct subject *subject;
    const struct fleet *fleet;
    uint32_t view;
    const char *name;
    struct node *node;
    struct listing *listing;
    bool found;
};

static bool is_searched(void *argument, const char *value)
{
    struct set_search *search = argument;
    char file_name[NAME_ROOM];
    name_encode(value, "", true, file_name);
    search->found = !strcmp(file_name, search->name);
    if (search->found)
        set_node(search->subject, search->view, value, search->fleet->until, search->node);
    return !search->found;
}

static bool listed_already(const struct listing *listing, const char *name)
{
    for (size_t i = 0; i < listing->count; i++)
        if (!strcmp(listing_name(listing, i), name))
            return true;
    return false;
}

static bool list_set(void *argument, const char *value)
{
    struct set_search *search = argument;
    char file_name[NAME_ROOM];
    struct node node;
    name_encode(value, "", true, file_name);
    set_node(search->subject, search->view, value, search->fleet->until, &node);
    if (!listed_already(search->listing, file_name))
        listing_add(search->listing, file_name, &node, false);
    return true;
}

static int sets_find(struct request *request, struct subject *subject, uint32_t view,
                     const char *name, struct node *node)
{
    if (always_there(&views[view], name)) {
        set_node(subject, view, name, NODE_FOREVER, node);
        return 0;
    }
    FLEET_LOCAL fleet;
    int result = fleet_open(request, subject->tree, VERGE_RECENT, &fleet);
    struct set_search search = {subject, &fleet, view, name, node, NULL, false};
    if (!result)
        each_other(&fleet, &views[view], is_searched, &search);
    return result ? result : search.found ? 0 : -ENOENT;
}

static int sets_list(struct request *request, struct subject *subject, uint32_t view,
                     struct listing *listing)
{
    struct node node;
    const char *always;
    for (size_t i = 0; (always = views[view].always(i)); i++) {
        set_node(subject, view, always, NODE_FOREVER, &node);
        listing_add(listing, always, &node, false);
    }
    FLEET_LOCAL fleet;
    int result = fleet_open(request, subject->tree, VERGE_FRESH, &fleet);
    struct set_search search = {subject, &fleet, view, NULL, NULL, listing, false};
    if (!result)
        each_other(&fleet, &views[view], list_set, &search);
    return result;
}

/* ---- by-key: no sets, and the key is the name ---- */

static void key_node(const struct subject *subject, const struct verge_device *device,
                     size_t length, struct node *node)
{
    struct subject other = {.tree = subject->tree, .device = (struct verge_device *)device};
    node_link(&other, (struct address){KIND_FLEET_NEAR, 0, device->record.key}, length, node);
}

static int key_find(struct request *request, struct subject *subject, const char *name,
                    struct node *node)
{
    char *end = NULL, canonical[16];
    unsigned long key = strtoul(name, &end, 10);
    snprintf(canonical, sizeof(canonical), "%lu", key);
    if (!key || key > UINT32_MAX || strcmp(canonical, name) != 0)
        return -ENOENT;
    struct address link = {KIND_FLEET_NEAR, 0, (uint32_t)key};
    VERGE_TEXT_LOCAL target = VERGE_TEXT_INIT;
    SUBJECT_LOCAL device;
    int result = subject_load(subject->tree, request, link, VERGE_RECENT, &device);
    if (!result)
        result = fleet_target(request, &device, link, &target);
    if (!result)
        key_node(subject, device.device, target.length, node);
    return result;
}

static int keys_list(struct request *request, struct subject *subject, struct listing *listing)
{
    FLEET_LOCAL fleet;
    int result = fleet_open(request, subject->tree, VERGE_FRESH, &fleet);
    for (size_t i = 0; !result && i < verge_snapshot_count(fleet.devices); i++) {
        const struct verge_device *device =
            (const struct verge_device *)verge_snapshot_at(fleet.devices, i);
        char key[16];
        struct node node;
        if (!verge_snapshot_machine(fleet.vms, device->machine))
            continue;
        snprintf(key, sizeof(key), "%u", (unsigned)device->record.key);
        key_node(subject, device, fleet_target_length(&fleet, device, KIND_FLEET_NEAR), &node);
        listing_add(listing, key, &node, false);
    }
    return result;
}

int view_find(struct request *request, struct subject *subject, struct address directory,
              const char *name, struct node *node)
{
    if (directory.key >= view_count)
        return -ESTALE;
    if (!views[directory.key].value)
        return key_find(request, subject, name, node);
    return sets_find(request, subject, directory.key, name, node);
}

int view_list(struct request *request, struct subject *subject, struct address directory,
              struct listing *listing)
{
    if (directory.key >= view_count)
        return -ESTALE;
    if (!views[directory.key].value)
        return keys_list(request, subject, listing);
    return sets_list(request, subject, directory.key, listing);
}
