/* SPDX-License-Identifier: MIT */
#include "tests/simulator/views.h"

#include <stdlib.h>
#include <string.h>

enum { VIEWS_KEPT = 24 };

struct fragment {
    char *json;
    size_t size;
    uint64_t stamp;   /* the newest version that went into the text */
    uint64_t checked; /* the store's version when the stamp was last found to stand */
};

struct view {
    enum table_id table;
    char *fields;
    struct projection *projection;
    struct fragment *fragments; /* by the row's slot */
    size_t fragment_count;
    uint64_t used;
};

struct views {
    struct view views[VIEWS_KEPT];
    uint64_t uses;
};

struct views *views_new(void)
{
    return must_allocate(sizeof(struct views));
}

static void view_clear(struct view *view)
{
    for (size_t slot = 0; slot < view->fragment_count; slot++)
        free(view->fragments[slot].json);
    free(view->fragments);
    free(view->fields);
    projection_free(view->projection);
    *view = (struct view){0};
}

void views_forget(struct views *views)
{
    for (int index = 0; index < VIEWS_KEPT; index++)
        view_clear(&views->views[index]);
}

void views_free(struct views *views)
{
    if (views)
        views_forget(views);
    free(views);
}

struct view *views_get(struct views *views, enum table_id table, const char *fields)
{
    struct view *oldest = &views->views[0];

    for (int index = 0; index < VIEWS_KEPT; index++) {
        struct view *view = &views->views[index];

        if (view->fields && view->table == table && strcmp(view->fields, fields) == 0) {
            view->used = ++views->uses;
            return view;
        }
        if (view->used < oldest->used)
            oldest = view;
    }
    view_clear(oldest);
    oldest->table = table;
    oldest->fields = must_copy(fields);
    oldest->projection = projection_parse(fields, table);
    oldest->used = ++views->uses;
    return oldest;
}

bool view_has_fields(const struct view *view)
{
    return view->projection->count > 0;
}

static void note(uint64_t *stamp, uint64_t version)
{
    if (version > *stamp)
        *stamp = version;
}

/* Adds what a reference leads to; a removal in its table may have made it lead nowhere. */
static const struct row *note_reference(const struct store *store, enum table_id target,
                                        const struct value *value, uint64_t *stamp)
{
    const struct row *row = value->kind == VALUE_NULL ? NULL : store_row(store, target, value);

    note(stamp, store_table_removal(store, target));
    if (row)
        note(stamp, row->version);
    return row;
}

static void note_field(const struct store *store, const struct field *field, const struct row *row,
                       uint64_t *stamp)
{
    for (int step = 0; row && step < field->step_count; step++) {
        const struct step *at = &field->steps[step];

        row = note_reference(store, column_of(at->table, at->column)->target,
                             &row->cells[at->column], stamp);
    }
    if (!row || field->kind == FIELD_ROW_LABEL)
        return;

    const struct column *meta = column_of(field->table, field->column);

    if (field->kind == FIELD_AGGREGATE)
        note(stamp, store_table_version(store, meta->target));
    else if (field->kind >= FIELD_NESTED_ROW)
        note(stamp, store_version(store));
    else if (meta->type == TYPE_REFERENCE)
        (void)note_reference(store, meta->target, &row->cells[field->column], stamp);
}

static uint64_t stamp_of(const struct view *view, const struct store *store, const struct row *row)
{
    uint64_t stamp = row->version;

    for (size_t index = 0; index < view->projection->count; index++)
        note_field(store, &view->projection->fields[index], row, &stamp);
    return stamp;
}

static struct fragment *fragment_of(struct view *view, size_t slot)
{
    if (slot >= view->fragment_count) {
        size_t count = slot < 64 ? 64 : slot * 2;

        view->fragments = must_resize(view->fragments, count * sizeof(struct fragment));
        memset(view->fragments + view->fragment_count, 0,
               (count - view->fragment_count) * sizeof(struct fragment));
        view->fragment_count = count;
    }
    return &view->fragments[slot];
}

static void remake(struct view *view, const struct render *render, const struct row *row,
                   struct fragment *fragment)
{
    struct buffer text = {0};
    struct render own = {render->store, render->quirks, &text};

    render_row(&own, view->projection, row);
    free(fragment->json);
    fragment->size = text.size;
    fragment->json = buffer_take(&text);
}

void view_write(struct view *view, const struct render *render, const struct row *row)
{
    struct fragment *fragment = fragment_of(view, row->slot);
    uint64_t version = store_version(render->store);

    if (!fragment->json || fragment->checked != version) {
        uint64_t stamp = stamp_of(view, render->store, row);

        if (!fragment->json || fragment->stamp != stamp)
            remake(view, render, row, fragment);
        fragment->stamp = stamp;
        fragment->checked = version;
    }
    buffer_append(render->out, fragment->json, fragment->size);
}
