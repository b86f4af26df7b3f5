/* SPDX-License-Identifier: MIT */
#include "tests/simulator/query.h"
#include "tests/simulator/filter.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct sorting {
    int column;
    bool descending;
};

static bool read_sort(enum table_id table, const char *text, struct sorting *sorting)
{
    char name[64];
    size_t length;

    *sorting = (struct sorting){COLUMN_KEY, false};
    if (!text)
        return false;
    text += strspn(text, " \t");
    sorting->descending = *text == '-';
    text += *text == '-' || *text == '+';
    length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        length--;
    if (length == 0 || length >= sizeof(name))
        return false;
    memcpy(name, text, length);
    name[length] = '\0';

    int column = column_find(table, name);

    /* A name that is no column sorts nothing, as a name in `fields` shows nothing. */
    if (column < 0 || column_of(table, column)->type >= TYPE_ARGUMENT)
        return false;
    sorting->column = column;
    return true;
}

static int compare(const void *left, const void *right, void *data)
{
    const struct sorting *sorting = data;
    const struct row *first = *(struct row *const *)left, *second = *(struct row *const *)right;
    int difference = value_compare(&first->cells[sorting->column], &second->cells[sorting->column]);

    if (difference)
        return sorting->descending ? -difference : difference;
    return value_compare(&first->cells[COLUMN_KEY], &second->cells[COLUMN_KEY]);
}

static size_t read_count(const char *text, struct answer *answer, bool *good)
{
    int64_t number = 0;

    if (!text || !*text)
        return 0;
    if (!parse_number(text, &number) || number < 0)
        *good = answer_error(answer, 422, "Invalid argument");
    return (size_t)number;
}

/* The rows that the filter lets pass, out of those that its anchor, if it has one, names. */
static void collect(const struct store *store, enum table_id table, const struct filter *filter,
                    struct matches *matches)
{
    struct range range;
    int column = 0;
    const struct value *value = NULL;

    if (filter_anchor(filter, &column, &value))
        range = store_where(store, table, column, value);
    else
        range = store_all(store, table, COLUMN_KEY);
    matches->own = malloc((range.count + 1) * sizeof(struct row *));
    if (!matches->own)
        abort();
    for (size_t index = 0; index < range.count; index++) {
        if (filter_accepts(filter, range.rows[index]))
            matches->own[matches->total++] = range.rows[index];
    }
    matches->page = (struct range){matches->own, matches->total};
}

/* Everything, forwards or backwards, out of the order that the sorting wants. */
static void take_order(const struct store *store, enum table_id table,
                       const struct sorting *sorting, struct matches *matches)
{
    matches->page = store_all(store, table, sorting->column);
    matches->total = matches->page.count;
    if (!sorting->descending)
        return;
    matches->own = must_allocate((matches->total + 1) * sizeof(struct row *));
    for (size_t index = 0; index < matches->total; index++)
        matches->own[index] = matches->page.rows[matches->total - 1 - index];
    matches->page.rows = matches->own;
}

static void cut_page(struct matches *matches, size_t limit, size_t offset, size_t most)
{
    if (offset > matches->page.count)
        offset = matches->page.count;
    if (offset)
        matches->page.rows += offset;
    matches->page.count -= offset;
    if (limit && matches->page.count > limit)
        matches->page.count = limit;
    if (most && matches->page.count > most)
        matches->page.count = most;
}

bool query_run(const struct store *store, const struct quirks *quirks, enum table_id table,
               const struct request *request, struct matches *matches, struct answer *answer)
{
    const char *text = request_parameter(request, "filter");
    struct sorting sorting;
    bool sorted = read_sort(table, request_parameter(request, "sort"), &sorting);
    bool good = true;
    size_t limit = read_count(request_parameter(request, "limit"), answer, &good);
    size_t offset = read_count(request_parameter(request, "offset"), answer, &good);
    struct filter *filter = NULL;

    *matches = (struct matches){0};
    if (good && text && text[strspn(text, " \t")]) {
        filter = filter_parse(text, table, store, quirks);
        good = filter || answer_error(answer, 422, "Invalid argument");
    }
    if (!good)
        return false;
    if (filter)
        collect(store, table, filter, matches);
    else
        take_order(store, table, &sorting, matches);
    if (filter && sorted)
        qsort_r(matches->own, matches->total, sizeof(struct row *), compare, &sorting);
    filter_free(filter);
    cut_page(matches, limit, offset, (size_t)quirk(quirks, QUIRK_PAGE_MAX));
    return true;
}

void query_clear(struct matches *matches)
{
    free(matches->own);
    *matches = (struct matches){0};
}
