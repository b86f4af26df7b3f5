/* SPDX-License-Identifier: MIT */
/* The rows that a filter names, read in pages and put in order. */
#ifndef VERGE_PAGES_H
#define VERGE_PAGES_H

#include "lib/inventory.h"

struct verge_pages {
    struct verge_client *client;
    const struct verge_call *call;
    const struct verge_call *second_call; /* for the page read beside; a cancel token of its own */
    const struct verge_model *model;
    const char *filter;                /* beside that of the model; NULL for none */
    int64_t expected;                  /* rows the server is thought to have; -1 for not known */
    const struct verge_snapshot *held; /* whose rows are used where nothing has changed */
    bool (*go_on)(void *argument);     /* asked once, after a first page that is not all */
    void *argument;

    /* What came of it: */
    struct verge_record **rows; /* held, in order of (owner, key), each key once */
    size_t count;
    bool too_long; /* go_on said no: there are more rows than a page, and none here */
};

/* 0, or the error of a page; -EFBIG for a list longer than any fleet. */
int verge_pages_read(struct verge_pages *pages, struct verge_error *error);

/* Releases the rows. */
void verge_pages_free(struct verge_pages *pages);

#endif
