/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/given.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

/* Of which only those are ever touched that have a row. */
#define WORDS (1u << 20)
#define FAMILIES 4

/* Files have a bit each, as long as there are so many, and other parts share the rest. */
#define FILE_BITS 24
#define OTHER_BITS 8

/* The kernel counts from when the answer reaches it. */
#define LATE_SECONDS 2

/* In each word the second up to which the kernel holds any of the row, above; bits of its parts,
 * below. */
struct given {
    atomic_uint_fast64_t words[WORDS];
};

struct given *given_new(void)
{
    return calloc(1, sizeof(struct given));
}

void given_free(struct given *given)
{
    free(given);
}

/* Rows of which tables share keys. */
static const unsigned char families[KIND_COUNT] = {
    [KIND_VM] = 1,          [KIND_VM_FILE] = 1,     [KIND_DEVICES] = 1,   [KIND_TYPES] = 1,
    [KIND_TYPE] = 1,        [KIND_VM_GROUPS] = 1,   [KIND_VM_GROUP] = 1,  [KIND_DEVICE] = 2,
    [KIND_DEVICE_FILE] = 2, [KIND_TYPE_ENTRY] = 2,  [KIND_TYPE_LINK] = 2, [KIND_GROUP_ENTRY] = 2,
    [KIND_GROUP_LINK] = 2,  [KIND_FLEET_NEAR] = 2,  [KIND_FLEET_FAR] = 2, [KIND_GROUP] = 3,
    [KIND_GROUP_FILE] = 3,  [KIND_GROUP_FLEET] = 3,
};

static size_t word_of(struct address address)
{
    size_t room = WORDS / FAMILIES;
    return families[address.kind] * room + address.key % room;
}

static uint32_t bit_of(struct address address)
{
    static const bool files[KIND_COUNT] = {[KIND_VM_FILE] = true,
                                           [KIND_DEVICE_FILE] = true,
                                           [KIND_GROUP_FILE] = true,
                                           [KIND_CONTROL_FILE] = true};
    unsigned place = files[address.kind] ? address.sub % FILE_BITS
                                         : FILE_BITS + (unsigned)address.kind % OTHER_BITS;
    return UINT32_C(1) << place;
}

static uint32_t second_of(int64_t moment)
{
    int64_t second = moment / 1000;
    return second < UINT32_MAX - LATE_SECONDS ? (uint32_t)second : UINT32_MAX - LATE_SECONDS;
}

void given_mark(struct given *given, struct address address, int64_t now, int64_t until)
{
    atomic_uint_fast64_t *word = &given->words[word_of(address)];
    uint64_t second = second_of(until) + LATE_SECONDS;
    uint32_t bit = bit_of(address);
    uint64_t before = atomic_load(word), after;
    do {
        uint64_t last = before >> 32 > second ? before >> 32 : second;
        uint32_t others = before >> 32 >= second_of(now) ? (uint32_t)before : 0;
        after = last << 32 | others | bit;
    } while (after != before && !atomic_compare_exchange_weak(word, &before, after));
}

bool given_is_held(const struct given *given, struct address address, int64_t now)
{
    uint64_t word = atomic_load(&given->words[word_of(address)]);
    return (word & bit_of(address)) && word >> 32 >= second_of(now);
}
