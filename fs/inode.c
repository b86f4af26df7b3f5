/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/inode.h"

#include <string.h>

#define KEY_BITS 32
#define KIND_SHIFT (KEY_BITS + INODE_SUB_BITS)
#define ROOT_INODE 1

uint64_t inode_pack(struct address address)
{
    /* Masked, so that an odd `sub` can name a wrong part but never another kind of thing. */
    return (uint64_t)address.kind << KIND_SHIFT |
           (uint64_t)(address.sub & INODE_SUB_MAX) << KEY_BITS | address.key;
}

bool inode_unpack(uint64_t inode, struct address *address)
{
    uint64_t kind = inode >> KIND_SHIFT;

    if (kind >= KIND_COUNT || (kind == KIND_ROOT && inode != ROOT_INODE))
        return false;
    *address = (struct address){
        .kind = (enum kind)kind,
        .sub = (uint32_t)(inode >> KEY_BITS) & INODE_SUB_MAX,
        .key = (uint32_t)inode,
    };
    return true;
}

uint32_t inode_hash(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037), word = 0;

    for (size_t left = strlen(text), length; left > 0; left -= length, text += length) {
        length = left < sizeof(word) ? left : sizeof(word);
        memcpy(&word, text, length);
        hash = (hash ^ word) * UINT64_C(1099511628211);
        hash ^= hash >> 32;
    }
    return (uint32_t)hash;
}
