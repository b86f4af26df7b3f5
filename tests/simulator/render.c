/* SPDX-License-Identifier: MIT */
#include "tests/simulator/render.h"
#include "tests/simulator/format.h"
#include "tests/simulator/keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool escaped_slashes(const struct render *render)
{
    return quirk(render->quirks, QUIRK_SLASHES) == SLASHES_ESCAPED;
}

static void write_text(const struct render *render, const char *text)
{
    buffer_json_string(render->out, text, escaped_slashes(render));
}

static void write_number(const struct render *render, int64_t number, bool quoted)
{
    char digits[32];
    int size = snprintf(digits, sizeof(digits), quoted ? "\"%" PRId64 "\"" : "%" PRId64, number);

    buffer_append(render->out, digits, (size_t)size);
}

static void write_bool(const struct render *render, bool truth)
{
    static const char *const spellings[][2] = {
        [BOOLEANS_BOOL] = {"false", "true"},           [BOOLEANS_INT] = {"0", "1"},
        [BOOLEANS_STRING] = {"\"false\"", "\"true\""}, [BOOLEANS_YESNO] = {"\"no\"", "\"yes\""},
        [BOOLEANS_ONOFF] = {"\"off\"", "\"on\""},
    };

    buffer_text(render->out, spellings[quirk(render->quirks, QUIRK_BOOLEANS)][truth]);
}

static void write_time(const struct render *render, int64_t seconds)
{
    static const int64_t units[] = {1, 1000, 1000000};

    write_number(render, seconds * units[quirk(render->quirks, QUIRK_TIMES)], false);
}

static void write_key(const struct render *render, const struct value *key, bool quoted)
{
    if (key->kind == VALUE_NUMBER)
        write_number(render, key->number, quoted);
    else if (key->kind == VALUE_TEXT)
        write_text(render, value_characters(key));
    else
        buffer_text(render->out, "null");
}

/* A reference as an object with the key and the name of what it points to. */
static void write_reference_object(const struct render *render, enum table_id target,
                                   const struct value *key, const struct row *row)
{
    buffer_text(render->out, "{\"$key\":");
    write_key(render, key, false);
    if (row && column_find(target, "name") > 0) {
        buffer_text(render->out, ",\"name\":");
        write_text(render, store_text(target, row, "name"));
    }
    buffer_character(render->out, '}');
}

static void write_reference(const struct render *render, enum table_id target,
                            const struct value *value)
{
    int64_t style = quirk(render->quirks, QUIRK_REFERENCES);
    bool lookup = style == AS_OBJECT || target == TABLE_RESOURCE_GROUPS;
    const struct row *row = lookup ? store_row(render->store, target, value) : NULL;
    const struct value *key = row ? key_shown(render->quirks, target, row) : value;

    if (style == AS_OBJECT)
        write_reference_object(render, target, key, row);
    else
        write_key(render, key, style == AS_STRING);
}

/* What the control API put into a column is shown as it is, whatever its kind. */
static void write_raw(const struct render *render, const struct value *value)
{
    switch (value->kind) {
    case VALUE_BOOL:
        write_bool(render, value->truth);
        break;
    case VALUE_NUMBER:
        write_number(render, value->number, false);
        break;
    case VALUE_TEXT:
        write_text(render, value_characters(value));
        break;
    case VALUE_DOCUMENT:
        buffer_text(render->out, value_characters(value));
        break;
    default:
        buffer_text(render->out, "null");
    }
}

void render_cell(const struct render *render, enum table_id table, int column,
                 const struct row *row)
{
    const struct value *value = &row->cells[column];
    const struct column *meta = column_of(table, column);

    if (meta->type == TYPE_KEY)
        write_key(render, key_shown(render->quirks, table, row),
                  quirk(render->quirks, QUIRK_KEY_TYPE) == AS_STRING);
    else if (meta->type == TYPE_REFERENCE &&
             (value->kind == VALUE_NUMBER || value->kind == VALUE_TEXT))
        write_reference(render, meta->target, value);
    else if (meta->type == TYPE_NUMBER && value->kind == VALUE_NUMBER)
        write_number(render, value->number, quirk(render->quirks, QUIRK_NUMBERS) == AS_STRING);
    else if (meta->type == TYPE_TIME && value->kind == VALUE_NUMBER)
        write_time(render, value->number);
    else if (meta->type == TYPE_TEXT && value->kind == VALUE_TEXT && !*value_characters(value) &&
             quirk(render->quirks, QUIRK_STRINGS_NULL) != STRINGS_PLAIN)
        buffer_text(render->out, "null");
    else
        write_raw(render, value);
}

void render_row_label(const struct render *render, enum table_id table, const struct row *row)
{
    int name = column_find(table, "name");

    if (name > 0)
        render_cell(render, table, name, row);
    else
        render_cell(render, table, COLUMN_KEY, row);
}

static void write_label(const struct render *render, const struct field *field,
                        const struct row *row)
{
    const struct column *meta = column_of(field->table, field->column);
    const struct value *value = &row->cells[field->column];

    if (meta->type == TYPE_REFERENCE && value->kind != VALUE_NULL) {
        const struct row *target = store_row(render->store, meta->target, value);

        if (target)
            render_row_label(render, meta->target, target);
        else
            buffer_text(render->out, "null");
    } else if (meta->choices && value->kind == VALUE_TEXT) {
        write_text(render, choice_label(meta, value_characters(value)));
    } else {
        render_cell(render, field->table, field->column, row);
    }
}

static void write_formatted(const struct render *render, const struct field *field,
                            const struct row *row)
{
    char *text = format_value(field->format, &row->cells[field->column]);

    if (text)
        write_text(render, text);
    else
        buffer_text(render->out, "null");
    free(text);
}

static struct range children(const struct render *render, const struct field *field,
                             const struct row *row)
{
    const struct column *meta = column_of(field->table, field->column);

    return store_pointing(render->store, meta->target, meta->back, &row->cells[COLUMN_KEY]);
}

static void write_aggregate(const struct render *render, const struct field *field,
                            const struct row *row)
{
    struct range range = children(render, field, row);
    int64_t total = 0, least = INT64_MAX, most = INT64_MIN;

    if (field->aggregate == AGGREGATE_COUNT) {
        write_number(render, (int64_t)range.count,
                     quirk(render->quirks, QUIRK_NUMBERS) == AS_STRING);
        return;
    }
    for (size_t index = 0; index < range.count; index++) {
        const struct value *value = &range.rows[index]->cells[field->aggregate_column];
        int64_t number = value->kind == VALUE_NUMBER ? value->number : 0;

        total += number;
        least = number < least ? number : least;
        most = number > most ? number : most;
    }
    if (!range.count)
        buffer_text(render->out, "null");
    else if (field->aggregate == AGGREGATE_AVG)
        buffer_printf(render->out, "%.15g", (double)total / (double)range.count);
    else
        write_number(render,
                     field->aggregate == AGGREGATE_SUM   ? total
                     : field->aggregate == AGGREGATE_MIN ? least
                                                         : most,
                     false);
}

static void write_nested_row(const struct render *render, const struct field *field,
                             const struct row *row)
{
    const struct column *meta = column_of(field->table, field->column);
    const struct row *target =
        row->cells[field->column].kind == VALUE_NULL
            ? NULL
            : store_row(render->store, meta->target, &row->cells[field->column]);

    if (target)
        render_row(render, field->nested, target);
    else
        buffer_text(render->out, "null");
}

static void write_nested_list(const struct render *render, const struct field *field,
                              const struct row *row)
{
    struct range range = children(render, field, row);

    if (field->collapse) {
        if (range.count)
            render_row(render, field->nested, range.rows[0]);
        else
            buffer_text(render->out, "null");
        return;
    }
    buffer_character(render->out, '[');
    for (size_t index = 0; index < range.count; index++) {
        if (index)
            buffer_character(render->out, ',');
        render_row(render, field->nested, range.rows[index]);
    }
    buffer_character(render->out, ']');
}

const struct row *render_path_row(const struct store *store, const struct value *path,
                                  enum table_id *table)
{
    char name[64];
    const char *text = value_characters(path);
    const char *slash = strchr(text, '/');
    int64_t key = 0;

    if (!slash || (size_t)(slash - text) >= sizeof(name) || !parse_number(slash + 1, &key))
        return NULL;
    memcpy(name, text, (size_t)(slash - text));
    name[slash - text] = '\0';
    *table = table_find(name);
    return *table == TABLE_NONE ? NULL : store_row_number(store, *table, key);
}

static void write_anywhere(const struct render *render, const struct field *field,
                           const struct row *row)
{
    enum table_id table = TABLE_NONE;
    const struct row *target = render_path_row(render->store, &row->cells[field->column], &table);
    int column = target ? column_find(table, field->late_name) : -1;

    if (target && strcmp(field->late_name, "$display") == 0)
        render_row_label(render, table, target);
    else if (column >= 0)
        render_cell(render, table, column, target);
    else
        buffer_text(render->out, "null");
}

const struct row *render_walk(const struct store *store, const struct field *field,
                              const struct row *row)
{
    for (int step = 0; row && step < field->step_count; step++) {
        const struct value *value = &row->cells[field->steps[step].column];
        enum table_id target =
            column_of(field->steps[step].table, field->steps[step].column)->target;

        row = value->kind == VALUE_NULL ? NULL : store_row(store, target, value);
    }
    return row;
}

static void write_field(const struct render *render, const struct field *field,
                        const struct row *row)
{
    typedef void writer(const struct render *, const struct field *, const struct row *);
    static writer *const writers[] = {
        [FIELD_LABEL] = write_label,
        [FIELD_FORMATTED] = write_formatted,
        [FIELD_AGGREGATE] = write_aggregate,
        [FIELD_NESTED_ROW] = write_nested_row,
        [FIELD_NESTED_LIST] = write_nested_list,
        [FIELD_ANYWHERE] = write_anywhere,
    };

    if (!row)
        buffer_text(render->out, "null");
    else if (field->kind == FIELD_CELL)
        render_cell(render, field->table, field->column, row);
    else if (field->kind == FIELD_ROW_LABEL)
        render_row_label(render, field->table, row);
    else
        writers[field->kind](render, field, row);
}

/* A null polymorphic reference takes its alias with it, and a quirk drops empty strings. */
static bool left_out(const struct render *render, const struct field *field, const struct row *row)
{
    if (!row)
        return false;
    if (field->kind == FIELD_ANYWHERE)
        return row->cells[field->column].kind == VALUE_NULL;
    return field->kind == FIELD_CELL &&
           quirk(render->quirks, QUIRK_STRINGS_NULL) == STRINGS_MISSING &&
           row->cells[field->column].kind == VALUE_TEXT &&
           !*value_characters(&row->cells[field->column]);
}

void render_row(const struct render *render, const struct projection *projection,
                const struct row *row)
{
    bool first = true;

    buffer_character(render->out, '{');
    for (size_t index = 0; index < projection->count; index++) {
        const struct field *field = &projection->fields[index];
        const struct row *target = render_walk(render->store, field, row);

        if (left_out(render, field, target))
            continue;
        if (!first)
            buffer_character(render->out, ',');
        buffer_text(render->out, field->label);
        write_field(render, field, target);
        first = false;
    }
    buffer_character(render->out, '}');
}
