/* SPDX-License-Identifier: MIT */
#include "tests/simulator/draft.h"
#include "tests/simulator/keys.h"

#include <string.h>

bool draft_fails(struct answer *answer, const char *column)
{
    return answer_error(answer, 422, "Validation error on field: '%s' - 'fails validation test'",
                        column);
}

/* Characters, not bytes. */
static int64_t length_of(const char *text)
{
    int64_t length = 0;

    for (; *text; text++)
        length += ((unsigned char)*text & 0xc0) != 0x80;
    return length;
}

static bool in_range(const struct column *column, int64_t size)
{
    return (column->least == 0 && column->most == 0) ||
           (size >= column->least && size <= column->most);
}

static bool read_bool(const struct column *column, struct value *value, struct answer *answer)
{
    bool truth = false;

    if (!value_truth(value, &truth))
        return draft_fails(answer, column->name);
    value_clear(value);
    *value = value_bool(truth);
    return true;
}

/* The server takes a number in quotes too. */
static bool read_number(const struct column *column, struct value *value, struct answer *answer)
{
    int64_t number = value->kind == VALUE_NUMBER ? value->number : 0;

    if (value->kind != VALUE_NUMBER &&
        (value->kind != VALUE_TEXT || !parse_number(value_characters(value), &number)))
        return draft_fails(answer, column->name);
    if (!in_range(column, number))
        return draft_fails(answer, column->name);
    value_clear(value);
    *value = value_number(number);
    return true;
}

static bool read_text(const struct column *column, struct value *value, struct answer *answer)
{
    if (value->kind == VALUE_NULL && !(column->flags & NULLABLE))
        *value = value_text("");
    if (value->kind == VALUE_NULL)
        return true;
    if (value->kind != VALUE_TEXT)
        return draft_fails(answer, column->name);
    if (column->choices && !choice_exists(column, value_characters(value)))
        return answer_error(answer, 422, "value '%s' is not in list for field '%s'",
                            value_characters(value), column->name);
    /* A blank name stands for one to be made up; whoever makes names up looks at that. */
    if (*value_characters(value) && !in_range(column, length_of(value_characters(value))))
        return draft_fails(answer, column->name);
    return true;
}

static bool read_reference(const struct store *store, const struct quirks *quirks,
                           const struct column *column, struct value *value, struct answer *answer)
{
    if (value->kind == VALUE_TEXT && !*value_characters(value))
        value_clear(value);
    if (value->kind == VALUE_NULL)
        return true;
    if (value->kind != VALUE_NUMBER && value->kind != VALUE_TEXT)
        return draft_fails(answer, column->name);
    key_coerce(store, quirks, column->target, value);
    if (!store_row(store, column->target, value))
        return answer_error(answer, 404, "error setting field '%s': No such file or directory",
                            column->name);
    return true;
}

static bool read_value(const struct store *store, const struct quirks *quirks,
                       const struct column *column, struct value *value, struct answer *answer)
{
    switch (column->type) {
    case TYPE_BOOL:
        return read_bool(column, value, answer);
    case TYPE_NUMBER:
    case TYPE_TIME:
        return read_number(column, value, answer);
    case TYPE_TEXT:
    case TYPE_PATH:
        return read_text(column, value, answer);
    case TYPE_REFERENCE:
        return read_reference(store, quirks, column, value, answer);
    default:
        return true;
    }
}

/* Whether the client may write the column: not on update if it is for creation only, unless it
 * would stay as it is. */
static bool may_write(const struct draft *draft, int index, const struct value *value)
{
    const struct column *column = column_of(draft->table, index);

    if (column->flags & READONLY)
        return false;
    return !draft->row || !(column->flags & CREATE_ONLY) ||
           value_compare(value, &draft->row->cells[index]) == 0;
}

static bool read_member(struct draft *draft, const struct store *store, const struct quirks *quirks,
                        const cJSON *member, struct answer *answer)
{
    int index = column_find(draft->table, member->string);
    const struct column *column = index < 0 ? NULL : column_of(draft->table, index);

    if (!column || column->type == TYPE_KEY || column->type >= TYPE_ARGUMENT ||
        (column->flags & HIDDEN && column->flags & READONLY))
        return true;

    struct value value = value_from_json(member);

    if (!(column->flags & READONLY) && !read_value(store, quirks, column, &value, answer)) {
        value_clear(&value);
        return false;
    }
    if (!may_write(draft, index, &value)) {
        value_clear(&value);
        return answer_error(answer, 422, "field '%s' is readonly", column->name);
    }
    draft_set(draft, column->name, value);
    return true;
}

bool draft_read(struct draft *draft, const struct store *store, const struct quirks *quirks,
                const cJSON *body, struct answer *answer)
{
    const cJSON *member = NULL;

    cJSON_ArrayForEach(member, body)
    {
        if (!read_member(draft, store, quirks, member, answer))
            return false;
    }
    return true;
}

bool draft_complete(const struct draft *draft, struct answer *answer)
{
    for (int index = 0; index < table_width(draft->table); index++) {
        const struct column *column = column_of(draft->table, index);
        const struct value *value = &draft->values[index];

        if (!(column->flags & REQUIRED))
            continue;
        if (value->kind == VALUE_NULL || (value->kind == VALUE_TEXT && !*value_characters(value)))
            return draft_fails(answer, column->name);
    }
    return true;
}

void draft_apply(struct draft *draft, struct store *store, struct row *row)
{
    for (int index = 0; index < table_width(draft->table); index++) {
        if (draft->given[index])
            store_set(store, draft->table, row, index, value_copy(&draft->values[index]));
    }
}

void draft_clear(struct draft *draft)
{
    for (int index = 0; index < MAXIMUM_COLUMNS; index++) {
        value_clear(&draft->values[index]);
        draft->given[index] = false;
    }
}

const struct value *draft_value(const struct draft *draft, const char *column)
{
    int index = column_named(draft->table, column);

    if (draft->given[index] || !draft->row)
        return &draft->values[index];
    return &draft->row->cells[index];
}

const char *draft_text(const struct draft *draft, const char *column)
{
    return value_characters(draft_value(draft, column));
}

void draft_set(struct draft *draft, const char *column, struct value value)
{
    int index = column_named(draft->table, column);

    value_clear(&draft->values[index]);
    draft->values[index] = value;
    draft->given[index] = true;
}
