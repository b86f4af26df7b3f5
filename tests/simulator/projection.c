/* SPDX-License-Identifier: MIT */
#include "tests/simulator/projection.h"
#include "tests/simulator/buffer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const format_names[] = {"upper",     "lower", "datetime",
                                           "diskspace", "hex",   "sha1"};
static const char *const aggregate_names[] = {"count", "sum", "avg", "min", "max"};

enum { MAXIMUM_NESTING = 16 };

/* A stretch of the parameter's text. */
struct part {
    const char *text;
    size_t size;
};

static struct part trim(struct part part)
{
    while (part.size && isspace((unsigned char)part.text[0])) {
        part.text++;
        part.size--;
    }
    while (part.size && isspace((unsigned char)part.text[part.size - 1]))
        part.size--;
    return part;
}

static bool is(struct part part, const char *word)
{
    return part.size == strlen(word) && memcmp(part.text, word, part.size) == 0;
}

static char *copy(struct part part)
{
    return memcpy(must_allocate(part.size + 1), part.text, part.size);
}

/* The length of `part` up to the first `separator` that is in no bracket. */
static size_t span(struct part part, char separator)
{
    int depth = 0;
    size_t index = 0;

    for (; index < part.size; index++) {
        char character = part.text[index];

        if (character == separator && depth == 0)
            break;
        depth += (character == '(' || character == '[') - (character == ')' || character == ']');
    }
    return index;
}

/* Cuts the first piece off `rest`. */
static struct part next_piece(struct part *rest, char separator)
{
    size_t size = span(*rest, separator);
    struct part piece = {rest->text, size};

    rest->text += size;
    rest->size -= size;
    if (rest->size) {
        rest->text++;
        rest->size--;
    }
    return trim(piece);
}

/* Splits `name(inside)` or `name[inside]`. */
static bool split_call(struct part part, char open, char close, struct part *name,
                       struct part *inside)
{
    size_t size = span(part, open);

    if (size >= part.size || part.text[part.size - 1] != close)
        return false;
    *name = trim((struct part){part.text, size});
    *inside = trim((struct part){part.text + size + 1, part.size - size - 2});
    return true;
}

static int find_column(enum table_id table, struct part part)
{
    char *name = copy(part);
    int column = column_find(table, name);

    free(name);
    if (column >= 0 && (column_of(table, column)->flags & HIDDEN))
        return -1;
    return column;
}

static int find_word(struct part part, const char *const *words, int count)
{
    for (int word = 0; word < count; word++) {
        if (is(part, words[word]))
            return word;
    }
    return -1;
}

static struct projection *parse_fields(struct part fields, enum table_id table, int nesting);
static bool parse_path(struct field *field, struct part path, int nesting);

/* Takes the field into the table that a reference column of its present one leads to. */
static bool take_step(struct field *field, int column)
{
    if (column < 0 || column_of(field->table, column)->type != TYPE_REFERENCE ||
        field->step_count == MAXIMUM_STEPS)
        return false;
    field->steps[field->step_count++] = (struct step){field->table, column};
    field->table = column_of(field->table, column)->target;
    return true;
}

static bool parse_nested(struct field *field, struct part name, struct part inside, int nesting)
{
    int column = find_column(field->table, name);
    enum column_type type = column < 0 ? TYPE_KEY : column_of(field->table, column)->type;

    if ((type != TYPE_REFERENCE && type != TYPE_ROWS) || nesting >= MAXIMUM_NESTING)
        return false;
    field->kind = type == TYPE_ROWS ? FIELD_NESTED_LIST : FIELD_NESTED_ROW;
    field->column = column;
    field->nested = parse_fields(inside, column_of(field->table, column)->target, nesting + 1);
    return true;
}

/* rows, or rows#column for all but count. */
static bool parse_aggregate(struct field *field, struct part inside)
{
    int column = find_column(field->table, next_piece(&inside, '#'));

    if (column < 0 || column_of(field->table, column)->type != TYPE_ROWS)
        return false;
    field->kind = FIELD_AGGREGATE;
    field->column = column;
    if (field->aggregate == AGGREGATE_COUNT)
        return true;
    field->aggregate_column = find_column(column_of(field->table, column)->target, trim(inside));
    return field->aggregate_column >= 0;
}

static bool parse_call(struct field *field, struct part name, struct part inside, int nesting)
{
    int word = find_word(name, aggregate_names, 5);

    if (word >= 0) {
        field->aggregate = (enum aggregate)word;
        return parse_aggregate(field, inside);
    }
    word = find_word(name, format_names, 6);
    if (word < 0 && !is(name, "display") && !is(name, "collapse"))
        return false;
    if (!parse_path(field, inside, nesting))
        return false;
    if (is(name, "collapse")) {
        field->collapse = field->kind == FIELD_NESTED_LIST;
        return field->collapse;
    }
    if (field->kind != FIELD_CELL)
        return false;
    field->kind = word >= 0 ? FIELD_FORMATTED : FIELD_LABEL;
    field->format = word >= 0 ? (enum format)word : FORMAT_UPPER;
    return true;
}

static bool parse_last(struct field *field, struct part last, int nesting)
{
    struct part name, inside;

    if (split_call(last, '[', ']', &name, &inside))
        return parse_nested(field, name, inside, nesting);
    if (split_call(last, '(', ')', &name, &inside))
        return parse_call(field, name, inside, nesting);
    if (is(last, "$display")) {
        field->kind = FIELD_ROW_LABEL;
        return true;
    }
    field->kind = FIELD_CELL;
    field->column = find_column(field->table, last);
    return field->column >= 0 && column_of(field->table, field->column)->type < TYPE_ARGUMENT;
}

/* reference#reference#last */
static bool parse_path(struct field *field, struct part path, int nesting)
{
    for (;;) {
        struct part piece = next_piece(&path, '#');

        if (!path.size)
            return parse_last(field, piece, nesting);

        int column = find_column(field->table, piece);

        if (column >= 0 && column_of(field->table, column)->type == TYPE_PATH) {
            field->kind = FIELD_ANYWHERE;
            field->column = column;
            field->late_name = copy(trim(path));
            return true;
        }
        if (!take_step(field, column))
            return false;
    }
}

static void field_clear(struct field *field)
{
    free(field->label);
    free(field->late_name);
    projection_free(field->nested);
}

static void set_label(struct field *field, struct part name)
{
    struct buffer label = {0};
    char *text = copy(name);

    buffer_json_string(&label, text, false);
    buffer_character(&label, ':');
    free(text);
    field->label = buffer_take(&label);
}

/* Takes the field; of two with one label the first stays. */
static void add(struct projection *projection, struct field field)
{
    for (size_t index = 0; index < projection->count; index++) {
        if (strcmp(projection->fields[index].label, field.label) == 0) {
            field_clear(&field);
            return;
        }
    }
    projection->fields =
        must_resize(projection->fields, (projection->count + 1) * sizeof(struct field));
    projection->fields[projection->count++] = field;
}

static bool in_preset(const struct table *table, const struct column *column, struct part preset)
{
    if (column->flags & HIDDEN || column->type >= TYPE_ARGUMENT)
        return false;
    if (is(preset, "summary"))
        return column->flags & SUMMARY;
    return !is(preset, "all") || column->type != TYPE_KEY || !(table->flags & ALL_WITHOUT_KEY);
}

static void add_preset(struct projection *projection, struct part preset)
{
    const struct table *table = table_of(projection->table);

    for (int index = 0; table->columns[index].name; index++) {
        const char *name = table->columns[index].name;
        struct field field = {.kind = FIELD_CELL, .table = projection->table, .column = index};

        if (!in_preset(table, &table->columns[index], preset))
            continue;
        set_label(&field, (struct part){name, strlen(name)});
        add(projection, field);
    }
}

/* The last ` as ` in no bracket, or the part's whole size. */
static size_t find_as(struct part part)
{
    struct part rest = part;
    size_t found = part.size;

    while (rest.size) {
        size_t size = span(rest, ' ');

        if (rest.size - size > 4 && memcmp(rest.text + size, " as ", 4) == 0)
            found = (size_t)(rest.text - part.text) + size;
        size += size < rest.size;
        rest.text += size;
        rest.size -= size;
    }
    return found;
}

static void add_item(struct projection *projection, struct part item, int nesting)
{
    size_t as = find_as(item);
    struct part path = trim((struct part){item.text, as});
    struct part label = path;
    struct field field = {.table = projection->table};

    if (as < item.size)
        label = trim((struct part){item.text + as + 4, item.size - as - 4});
    if (is(item, "all") || is(item, "most") || is(item, "summary")) {
        add_preset(projection, item);
        return;
    }
    if (!path.size || !label.size || !parse_path(&field, path, nesting)) {
        field_clear(&field);
        return;
    }
    if (as == item.size && split_call(path, '[', ']', &label, &path))
        label = trim(label);
    set_label(&field, label);
    add(projection, field);
}

static struct projection *parse_fields(struct part fields, enum table_id table, int nesting)
{
    struct projection *projection = must_allocate(sizeof(*projection));

    projection->table = table;
    while (fields.size)
        add_item(projection, next_piece(&fields, ','), nesting);
    return projection;
}

struct projection *projection_parse(const char *fields, enum table_id table)
{
    return parse_fields((struct part){fields, strlen(fields)}, table, 0);
}

void projection_free(struct projection *projection)
{
    if (!projection)
        return;
    for (size_t index = 0; index < projection->count; index++)
        field_clear(&projection->fields[index]);
    free(projection->fields);
    free(projection);
}
