/* SPDX-License-Identifier: MIT */
/*
 * A list is asked for in pages, in order of key. Each page asks for one row more than it needs: the
 * last row of a page is the first of the next, which proves that nothing between them was missed.
 * When it is not there, rows have vanished meanwhile and later ones have moved up: we step back,
 * further each time, until the pages meet. So every row that was there all the while is found, and
 * no fleet is too busy to be listed. The extra row also tells a list of exactly one page from a
 * longer one with one request.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pages.h"
#include "lib/sort.h"

#define ASKED (VERGE_PAGE + 1)
#define MOST_ROWS 1000000
#define MOST_STEPS_BACK 16

struct page {
    struct verge_pages *pages;
    const struct verge_call *call;
    uint64_t offset;
    struct verge_record **rows;
    size_t count; /* of rows */
    size_t raw;   /* rows of the answer, those that were no records included */
    bool ordered;
    int rc;
    struct verge_error error;
};

/* Where reading stands. */
struct progress {
    uint64_t offset;
    uint32_t last; /* the highest key so far */
    uint64_t back; /* how far we stepped back for the page at hand */
    unsigned steps;
    bool ordered; /* so far */
    bool full;    /* a page had all the rows that were asked for */
    bool done;
};

static void page_free(struct page *page)
{
    verge_rows_free(page->rows, page->count);
    page->rows = NULL;
    page->count = 0;
}

/* An unchanged row is taken from what is held: memory for what changed only. Keys of groups are
 * not settled yet. */
static void use_held(struct page *page)
{
    const struct verge_pages *pages = page->pages;

    if (pages->held == NULL || pages->model == &verge_group_model) {
        return;
    }
    for (size_t i = 0; i < page->count; i++) {
        const struct verge_record *held = verge_snapshot_row(pages->held, page->rows[i]->key);

        if (held != NULL && held->owner == page->rows[i]->owner &&
            verge_record_diff(held, page->rows[i]) == 0) {
            verge_record_release(page->rows[i]);
            page->rows[i] = verge_record_hold(held);
        }
    }
}

static void read_page(struct page *page)
{
    const struct verge_pages *pages = page->pages;

    page->rc =
        verge_model_fetch(pages->client, page->call, pages->model, pages->filter, "+$key", ASKED,
                          page->offset, &page->rows, &page->count, &page->raw, &page->error);
    page->ordered = pages->model != &verge_group_model;
    for (size_t i = 1; i < page->count; i++) {
        page->ordered = page->ordered && page->rows[i - 1]->key < page->rows[i]->key;
    }
    use_held(page);
}

static void *read_beside(void *argument)
{
    read_page(argument);
    return NULL;
}

static int compare_rows(const void *one, const void *other)
{
    const struct verge_record *first = *(const struct verge_record *const *)one;
    const struct verge_record *second = *(const struct verge_record *const *)other;

    if (first->owner != second->owner) {
        return first->owner < second->owner ? -1 : 1;
    }
    return first->key < second->key ? -1 : first->key > second->key;
}

static int compare_keys(const void *one, const void *other)
{
    const struct verge_record *first = *(const struct verge_record *const *)one;
    const struct verge_record *second = *(const struct verge_record *const *)other;

    return first->key < second->key ? -1 : first->key > second->key;
}

static int compare_groups(const void *one, const void *other)
{
    const struct verge_group *first = *(const struct verge_group *const *)one;
    const struct verge_group *second = *(const struct verge_group *const *)other;
    int order = compare_keys(one, other);

    return order != 0 ? order : strcasecmp(first->key.text, second->key.text);
}

static bool same_row(const struct verge_pages *pages, const struct verge_record *one,
                     const struct verge_record *other)
{
    if (one->key != other->key) {
        return false;
    }
    return pages->model != &verge_group_model ||
           strcasecmp(((const struct verge_group *)one)->key.text,
                      ((const struct verge_group *)other)->key.text) == 0;
}

/* Each row once, in order of key; of two the later one. */
static void drop_doubles(struct verge_pages *pages)
{
    size_t kept = 0;

    verge_sort(pages->rows, pages->count, sizeof(struct verge_record *),
               pages->model == &verge_group_model ? compare_groups : compare_keys);
    for (size_t i = 0; i < pages->count; i++) {
        if (kept > 0 && same_row(pages, pages->rows[kept - 1], pages->rows[i])) {
            verge_record_release(pages->rows[--kept]);
        }
        pages->rows[kept++] = pages->rows[i];
    }
    pages->count = kept;
}

/* Two groups whose keys hash to the same number: the later one in order gets the next free one.
 * These records are not shared with anybody yet. */
static void settle_groups(struct verge_pages *pages)
{
    for (size_t i = 1; i < pages->count; i++) {
        if (pages->rows[i]->key <= pages->rows[i - 1]->key) {
            pages->rows[i]->key = pages->rows[i]->owner = pages->rows[i - 1]->key + 1;
        }
    }
}

static int take_rows(struct verge_pages *pages, struct page *page, uint32_t above,
                     struct verge_error *error)
{
    struct verge_record **rows;

    if (pages->count + page->count > MOST_ROWS) {
        return verge_error_set(error, EFBIG, "%s has more rows than can be held",
                               pages->model->table);
    }
    rows = reallocarray(pages->rows, pages->count + page->count + 1, sizeof(*rows));
    if (rows == NULL) {
        return verge_error_set(error, ENOMEM, "out of memory");
    }
    pages->rows = rows;
    for (size_t i = 0; i < page->count; i++) {
        if (page->rows[i]->key > above) {
            pages->rows[pages->count++] = page->rows[i];
        } else {
            verge_record_release(page->rows[i]);
        }
    }
    page->count = 0;
    return 0;
}

/* The last row of what we have must be in the page, else rows between them may be missing. */
static bool gap_before(const struct progress *progress, const struct page *page)
{
    return progress->ordered && page->ordered && page->offset > 0 && progress->last > 0 &&
           page->count > 0 && page->rows[0]->key > progress->last;
}

static int step_back(struct progress *progress, struct verge_error *error)
{
    if (++progress->steps > MOST_STEPS_BACK) {
        return verge_error_set(error, EAGAIN, "the list changes faster than it can be read");
    }
    progress->back = progress->back == 0 ? 8 : progress->back * 8;
    progress->offset = progress->offset > progress->back ? progress->offset - progress->back : 0;
    return 0;
}

/* Whether a page of this many rows can have one after it. A server that holds pages to 1000 rows
 * whatever is asked would look as if it had no more, unless it is known to have just so many, or to
 * give one more where it has. */
static bool is_last(const struct verge_pages *pages, const struct progress *progress,
                    const struct page *page)
{
    if (page->raw > ASKED) {
        return true; /* takes no notice of a limit: this is all */
    }
    if (page->raw == VERGE_PAGE) {
        return progress->full || pages->expected == (int64_t)(page->offset + page->raw);
    }
    return page->raw < VERGE_PAGE;
}

static int take_page(struct verge_pages *pages, struct progress *progress, struct page *page,
                     struct verge_error *error)
{
    size_t before = pages->count;
    int rc;

    if (page->rc < 0) {
        *error = page->error;
        return page->rc;
    }
    if (gap_before(progress, page)) {
        return step_back(progress, error);
    }
    progress->ordered = progress->ordered && page->ordered;
    rc = take_rows(pages, page, progress->ordered ? progress->last : 0, error);
    if (rc < 0) {
        return rc;
    }
    if (!progress->ordered) {
        drop_doubles(pages);
    }
    if (pages->count > 0) {
        progress->last = pages->rows[pages->count - 1]->key;
    }
    progress->back = 0;
    progress->done = is_last(pages, progress, page) || (page->offset > 0 && pages->count == before);
    progress->full = progress->full || page->raw == ASKED;
    progress->offset = page->offset + page->raw - 1;
    return 0;
}

/* Two pages at a time where both are known to be: while one is parsed, the other is on its way. */
static int read_some(struct verge_pages *pages, struct progress *progress,
                     struct verge_error *error)
{
    struct page first = {.pages = pages, .call = pages->call, .offset = progress->offset};
    struct page second = {
        .pages = pages, .call = pages->second_call, .offset = progress->offset + VERGE_PAGE};
    pthread_t thread;
    bool beside = pages->second_call != NULL && progress->back == 0 &&
                  (int64_t)second.offset < pages->expected &&
                  pthread_create(&thread, NULL, read_beside, &second) == 0;
    int rc;

    read_page(&first);
    if (beside) {
        pthread_join(thread, NULL);
    }
    rc = take_page(pages, progress, &first, error);
    if (rc == 0 && beside && !progress->done && progress->offset == second.offset) {
        rc = take_page(pages, progress, &second, error);
    }
    page_free(&first);
    page_free(&second);
    return rc;
}

/* Before the second page: is this worth it? */
static bool stop_here(struct verge_pages *pages, const struct progress *progress)
{
    if (progress->done || pages->go_on == NULL || pages->go_on(pages->argument)) {
        return false;
    }
    pages->too_long = true;
    return true;
}

int verge_pages_read(struct verge_pages *pages, struct verge_error *error)
{
    struct progress progress = {.ordered = true};
    bool asked = pages->expected > VERGE_PAGE && pages->go_on != NULL;
    int rc = 0;

    if (asked && stop_here(pages, &progress)) {
        return 0;
    }
    while (rc == 0 && !progress.done) {
        rc = read_some(pages, &progress, error);
        if (rc == 0 && !asked && stop_here(pages, &progress)) {
            break;
        }
        asked = true;
    }
    if (rc < 0 || pages->too_long) {
        verge_pages_free(pages);
        return rc;
    }
    drop_doubles(pages);
    if (pages->model == &verge_group_model) {
        settle_groups(pages);
    }
    verge_sort(pages->rows, pages->count, sizeof(struct verge_record *), compare_rows);
    return 0;
}

void verge_pages_free(struct verge_pages *pages)
{
    verge_rows_free(pages->rows, pages->count);
    pages->rows = NULL;
    pages->count = 0;
}
