/* SPDX-License-Identifier: MIT */
/*
 * When parts of a list were last asked for, and last written by ourselves: what we know about what
 * we hold. A whole list has one stamp; marks are kept for what was touched since or apart from it.
 *
 * Requests and local writes take numbers from one sequence, when they begin; a write takes another
 * when it is done. An answer speaks for a thing that we have written when its request was begun
 * after that second number had been taken, or is the one that verified that write.
 */
#ifndef VERGE_MARKS_H
#define VERGE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When a request was begun whose answer we hold, by the clock (verge_now) and in sequence. */
struct verge_stamp {
    int64_t at;
    uint64_t number; /* 0: never */
    uint64_t covers; /* writes up to this number are in its answer */
};

/* What may be asked of a list, and what a mark may speak of. */
enum verge_part {
    VERGE_PART_LIST,    /* all of it; its stamp is the list's own, not a mark */
    VERGE_PART_COUNT,   /* how many rows it has; never marked */
    VERGE_PART_OWNER,   /* all rows of an owner */
    VERGE_PART_ROW,     /* one row, by its key */
    VERGE_PART_NAME,    /* the VMs of a name */
    VERGE_PART_MACHINE, /* the VM of a machine */
};

struct verge_mark {
    uint64_t id; /* the part above, the key below; 0 for a free slot */
    struct verge_stamp asked;
    uint64_t written; /* the last local write of it, 0 for none; asked.covers < written: what it is
                       * now is not known */
    uint64_t doubted; /* something else was written that may show in it */
};

/* A hash table; all zero is an empty one. */
struct verge_marks {
    struct verge_mark *slots;
    size_t size, used;
};

uint64_t verge_mark_id(enum verge_part part, uint32_t key);
uint64_t verge_mark_name_id(const char *name);

/* NULL when there is none. */
struct verge_mark *verge_marks_find(const struct verge_marks *marks, uint64_t id);

/* Finds or makes; NULL when memory ran out. Other marks may move. */
struct verge_mark *verge_marks_make(struct verge_marks *marks, uint64_t id);

/* Forgets the marks that say nothing beyond an answer of this number for the whole list. */
void verge_marks_sweep(struct verge_marks *marks, uint64_t number);

void verge_marks_free(struct verge_marks *marks);

#endif
