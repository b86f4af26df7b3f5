/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "fs/tree.h"

static bool listing_grow(struct listing *listing)
{
    if (listing->count < listing->size)
        return true;
    size_t size = listing->size ? listing->size * 2 : 32;
    struct listing_entry *entries = realloc(listing->entries, size * sizeof(*entries));
    if (!entries)
        return false;
    listing->entries = entries;
    listing->size = size;
    return true;
}

void listing_add(struct listing *listing, const char *name, const struct node *node, bool bare)
{
    size_t start = listing->names.length;
    if (!listing_grow(listing) || !verge_text_append(&listing->names, name, strlen(name) + 1)) {
        listing->failed = true;
        return;
    }
    listing->entries[listing->count++] = (struct listing_entry){start, *node, bare};
}

const char *listing_name(const struct listing *listing, size_t index)
{
    return listing->names.data + listing->entries[index].name;
}

void listing_free(struct listing *listing)
{
    free(listing->entries);
    verge_text_free(&listing->names);
    *listing = (struct listing){0};
}
