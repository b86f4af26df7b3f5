/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/groups.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const struct verge_group *at(const struct verge_snapshot *groups, size_t index)
{
    return (const struct verge_group *)verge_snapshot_at(groups, index);
}

const struct verge_group *groups_of(const struct verge_snapshot *groups,
                                    const struct verge_reference *reference)
{
    for (size_t i = 0; i < verge_snapshot_count(groups); i++) {
        const struct verge_group *group = at(groups, i);
        if (verge_group_is(group, reference))
            return group;
    }
    return NULL;
}

/* The directories that mkdir could use instead, for the error log. */
static int several_groups(struct request *request, const struct verge_snapshot *groups,
                          const struct verge_device_type *type)
{
    VERGE_TEXT_LOCAL names = VERGE_TEXT_INIT;
    for (size_t i = 0; i < verge_snapshot_count(groups); i++) {
        const struct verge_group *group = at(groups, i);
        char file_name[NAME_ROOM];
        if (!group->enabled || strcmp(group->type, type->token) != 0)
            continue;
        name_encode(group->name, group->key.text, true, file_name);
        verge_text_printf(&names, " by-resource-group/%s", file_name);
    }
    return verge_error_set(&request->error, EINVAL,
                           "several resource groups have %s devices; use mkdir in one of:%s",
                           type->label, verge_text_content(&names));
}

int groups_only(struct request *request, const struct verge_snapshot *groups,
                const struct verge_device_type *type, const struct verge_group **found)
{
    *found = NULL;
    for (size_t i = 0; i < verge_snapshot_count(groups); i++) {
        const struct verge_group *group = at(groups, i);
        if (!group->enabled || strcmp(group->type, type->token) != 0)
            continue;
        if (*found)
            return several_groups(request, groups, type);
        *found = group;
    }
    if (!*found)
        return verge_error_set(&request->error, EINVAL, "no enabled resource group has %s devices",
                               type->label);
    return 0;
}

static const struct verge_group *by_key(const struct verge_snapshot *groups, const char *text)
{
    for (size_t i = 0; i < verge_snapshot_count(groups); i++)
        if (!strcasecmp(at(groups, i)->key.text, text) || !strcasecmp(at(groups, i)->uuid, text))
            return at(groups, i);
    return NULL;
}

/* A name comes first: one may look like a key. */
int groups_named(struct request *request, const struct verge_snapshot *groups, const char *text,
                 const struct verge_group **found)
{
    *found = NULL;
    for (size_t i = 0; i < verge_snapshot_count(groups); i++) {
        if (strcmp(at(groups, i)->name, text) != 0)
            continue;
        if (*found)
            return verge_error_set(&request->error, EINVAL,
                                   "resource_group: several are named '%s'; give the UUID", text);
        *found = at(groups, i);
    }
    if (!*found)
        *found = by_key(groups, text);
    if (!*found)
        return verge_error_set(&request->error, EINVAL, "resource_group: there is no '%s'", text);
    return 0;
}
