/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>

#include "lib/marks.h"

#define PART_SHIFT 56
#define KEY_MASK (((uint64_t)1 << PART_SHIFT) - 1)

uint64_t verge_mark_id(enum verge_part part, uint32_t key)
{
    return (uint64_t)part << PART_SHIFT | key;
}

/* FNV-1a. Two names of one hash would share a mark, once in 2^56, for the length of a ttl. */
uint64_t verge_mark_name_id(const char *name)
{
    uint64_t hash = 14695981039346656037U;

    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * 1099511628211U;
    }
    return (uint64_t)VERGE_PART_NAME << PART_SHIFT | ((hash ^ hash >> PART_SHIFT) & KEY_MASK);
}

/* Where a mark is, or would be; the table is never full. */
static struct verge_mark *slot_of(const struct verge_marks *marks, uint64_t id)
{
    size_t at = (size_t)((id * 0x9e3779b97f4a7c15U) >> 20) & (marks->size - 1);

    while (marks->slots[at].id != 0 && marks->slots[at].id != id) {
        at = (at + 1) & (marks->size - 1);
    }
    return &marks->slots[at];
}

struct verge_mark *verge_marks_find(const struct verge_marks *marks, uint64_t id)
{
    struct verge_mark *mark;

    if (marks->used == 0) {
        return NULL;
    }
    mark = slot_of(marks, id);
    return mark->id == id ? mark : NULL;
}

/* Moves the marks to a table of this size, those only that are younger than `number`. */
static bool resize(struct verge_marks *marks, size_t size, uint64_t number)
{
    struct verge_marks fresh = {calloc(size, sizeof(struct verge_mark)), size, 0};

    if (fresh.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < marks->size; i++) {
        const struct verge_mark *mark = &marks->slots[i];

        if (mark->id == 0 ||
            (mark->asked.number <= number && mark->written <= number && mark->doubted <= number)) {
            continue;
        }
        *slot_of(&fresh, mark->id) = *mark;
        fresh.used++;
    }
    free(marks->slots);
    *marks = fresh;
    return true;
}

struct verge_mark *verge_marks_make(struct verge_marks *marks, uint64_t id)
{
    struct verge_mark *mark;

    if (marks->used * 2 >= marks->size &&
        !resize(marks, marks->size == 0 ? 16 : marks->size * 2, 0)) {
        return NULL;
    }
    mark = slot_of(marks, id);
    if (mark->id == 0) {
        mark->id = id;
        marks->used++;
    }
    return mark;
}

void verge_marks_sweep(struct verge_marks *marks, uint64_t number)
{
    size_t left = 0, size = 16;

    for (size_t i = 0; i < marks->size; i++) {
        const struct verge_mark *mark = &marks->slots[i];

        left += mark->id != 0 &&
                (mark->asked.number > number || mark->written > number || mark->doubted > number);
    }
    if (left == marks->used) {
        return;
    }
    while (size < left * 4) {
        size *= 2;
    }
    resize(marks, size, number); /* without memory they stay, which does no harm */
}

void verge_marks_free(struct verge_marks *marks)
{
    free(marks->slots);
    *marks = (struct verge_marks){0};
}
