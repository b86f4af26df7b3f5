/* SPDX-License-Identifier: MIT */
#include "tests/simulator/filter.h"
#include "tests/simulator/buffer.h"
#include "tests/simulator/keys.h"

#include <ctype.h>
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum operation {
    OP_AND,
    OP_OR,
    OP_EQ,
    OP_NE,
    OP_GT,
    OP_GE,
    OP_LT,
    OP_LE,
    OP_BW,
    OP_EW,
    OP_CS,
    OP_CT,
    OP_RX,
    OP_COUNT,
};

static const char *const operation_names[OP_COUNT] = {"and", "or", "eq", "ne", "gt", "ge", "lt",
                                                      "le",  "bw", "ew", "cs", "ct", "rx"};

struct filter {
    enum operation operation;
    struct filter *left, *right; /* of and, or */
    int column;                  /* of all others */
    struct value literal;
    regex_t *pattern; /* of rx; NULL if it can match nothing */
};

struct parser {
    const char *text; /* what is left */
    enum table_id table;
    const struct store *store;
    const struct quirks *quirks;
    int depth;
};

enum { MAXIMUM_DEPTH = 200, WORD_SIZE = 128 };

static void skip_blanks(struct parser *parser)
{
    while (isspace((unsigned char)*parser->text))
        parser->text++;
}

/* A run of letters, digits and the few signs that names and numbers hold. */
static bool take_word(struct parser *parser, char word[WORD_SIZE])
{
    size_t length = 0;

    skip_blanks(parser);
    while (isalnum((unsigned char)parser->text[length]) ||
           (parser->text[length] && strchr("_$.+-#", parser->text[length])))
        length++;
    if (length == 0 || length >= WORD_SIZE)
        return false;
    memcpy(word, parser->text, length);
    word[length] = '\0';
    parser->text += length;
    return true;
}

/* Passes an unescaped `{…}`; false if it never closes within the literal. */
static bool skip_braces(struct parser *parser)
{
    int depth = 0;

    for (; *parser->text && *parser->text != '\''; parser->text++) {
        if (*parser->text == '{')
            depth++;
        else if (*parser->text == '}' && --depth == 0) {
            parser->text++;
            return true;
        }
    }
    return false;
}

static bool take_string(struct parser *parser, struct value *literal)
{
    struct buffer text = {0};
    bool good = true;

    parser->text++;
    while (good && *parser->text && *parser->text != '\'') {
        if (*parser->text == '{') {
            good = skip_braces(parser);
            continue;
        }
        if (*parser->text == '\\' && parser->text[1])
            parser->text++;
        buffer_character(&text, *parser->text++);
    }
    good = good && *parser->text == '\'';
    if (good) {
        parser->text++;
        buffer_append(&text, "", 0);
        *literal = value_text(text.data);
    }
    buffer_clear(&text);
    return good;
}

static bool take_literal(struct parser *parser, struct value *literal)
{
    char word[WORD_SIZE];
    int64_t number = 0;

    skip_blanks(parser);
    if (*parser->text == '\'')
        return take_string(parser, literal);
    if (!take_word(parser, word))
        return false;
    if (strcmp(word, "null") == 0)
        *literal = (struct value){.kind = VALUE_NULL};
    else if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0)
        *literal = value_bool(*word == 't');
    else if (parse_number(word, &number))
        *literal = value_number(number);
    else
        return false;
    return true;
}

static enum operation find_operation(const char *word)
{
    int operation = 0;

    while (operation < OP_COUNT && strcmp(operation_names[operation], word) != 0)
        operation++;
    return (enum operation)operation;
}

static void become_text(struct value *literal)
{
    char text[32];

    if (literal->kind == VALUE_NUMBER)
        (void)snprintf(text, sizeof(text), "%" PRId64, literal->number);
    else
        (void)snprintf(text, sizeof(text), "%s", literal->truth ? "true" : "false");
    *literal = value_text(text);
}

/* A literal compares with a column as a value of the column's own kind, if it can be one. */
static void coerce(const struct parser *parser, int column, struct value *literal)
{
    const struct column *meta = column_of(parser->table, column);
    int64_t number = 0;
    bool truth = false;

    if (literal->kind == VALUE_NULL)
        return;
    switch (meta->type) {
    case TYPE_BOOL:
        if (value_truth(literal, &truth)) {
            value_clear(literal);
            *literal = value_bool(truth);
        }
        break;
    case TYPE_NUMBER:
    case TYPE_TIME:
        if (literal->kind == VALUE_TEXT && parse_number(value_characters(literal), &number)) {
            value_clear(literal);
            *literal = value_number(number);
        }
        break;
    case TYPE_KEY:
        key_coerce(parser->store, parser->quirks, parser->table, literal);
        break;
    case TYPE_REFERENCE:
        key_coerce(parser->store, parser->quirks, meta->target, literal);
        break;
    default:
        if (literal->kind == VALUE_NUMBER || literal->kind == VALUE_BOOL)
            become_text(literal);
    }
}

/* Perl's inventions, of which glibc would take some for something else. */
static bool beyond_posix(const char *pattern)
{
    for (; *pattern; pattern++) {
        if (pattern[0] == '(' && pattern[1] == '?')
            return true;
        if (pattern[0] == '\\' && isalnum((unsigned char)pattern[1]))
            return true;
        if (pattern[0] == '\\' && pattern[1])
            pattern++;
    }
    return false;
}

/* What POSIX cannot read quietly matches nothing. */
static bool compile_pattern(struct filter *filter)
{
    const char *text = value_characters(&filter->literal);
    regex_t *pattern = NULL;

    if (filter->literal.kind != VALUE_TEXT)
        return false;
    if (beyond_posix(text))
        return true;
    pattern = must_allocate(sizeof(*pattern));
    if (regcomp(pattern, *text ? text : ".*", REG_EXTENDED | REG_NOSUB) == 0)
        filter->pattern = pattern;
    else
        free(pattern);
    return true;
}

static struct filter *parse_comparison(struct parser *parser)
{
    char word[WORD_SIZE];
    struct filter *filter = must_allocate(sizeof(*filter));

    if (!take_word(parser, word))
        goto wrong;
    filter->column = column_find(parser->table, word);
    if (filter->column < 0 || column_of(parser->table, filter->column)->flags & HIDDEN ||
        column_of(parser->table, filter->column)->type >= TYPE_ARGUMENT)
        goto wrong;
    if (!take_word(parser, word))
        goto wrong;
    filter->operation = find_operation(word);
    if (filter->operation < OP_EQ || filter->operation >= OP_COUNT ||
        !take_literal(parser, &filter->literal))
        goto wrong;
    coerce(parser, filter->column, &filter->literal);
    if (filter->operation == OP_RX && !compile_pattern(filter))
        goto wrong;
    return filter;
wrong:
    filter_free(filter);
    return NULL;
}

static struct filter *parse_chain(struct parser *parser);

static struct filter *parse_term(struct parser *parser)
{
    skip_blanks(parser);
    if (*parser->text != '(')
        return parse_comparison(parser);
    if (++parser->depth > MAXIMUM_DEPTH)
        return NULL;
    parser->text++;

    struct filter *filter = parse_chain(parser);

    skip_blanks(parser);
    if (filter && *parser->text != ')') {
        filter_free(filter);
        return NULL;
    }
    parser->text += filter ? 1 : 0;
    parser->depth--;
    return filter;
}

static struct filter *parse_chain(struct parser *parser)
{
    struct filter *chain = parse_term(parser);
    char word[WORD_SIZE];

    for (skip_blanks(parser); chain && *parser->text && *parser->text != ')'; skip_blanks(parser)) {
        struct filter *both = must_allocate(sizeof(*both));

        both->left = chain;
        chain = both;
        both->operation = take_word(parser, word) ? find_operation(word) : OP_COUNT;
        if (both->operation <= OP_OR)
            both->right = parse_term(parser);
        if (!both->right) {
            filter_free(chain);
            chain = NULL;
        }
    }
    return chain;
}

struct filter *filter_parse(const char *text, enum table_id table, const struct store *store,
                            const struct quirks *quirks)
{
    struct parser parser = {.text = text, .table = table, .store = store, .quirks = quirks};
    struct filter *filter = parse_chain(&parser);

    if (filter && *parser.text) {
        filter_free(filter);
        return NULL;
    }
    return filter;
}

void filter_free(struct filter *filter)
{
    while (filter) {
        struct filter *left = filter->left;

        filter_free(filter->right);
        value_clear(&filter->literal);
        if (filter->pattern)
            regfree(filter->pattern);
        free(filter->pattern);
        free(filter);
        filter = left;
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), size = strlen(end);

    return length >= size && strcmp(text + length - size, end) == 0;
}

static const char *as_text(const struct value *value, char number[32])
{
    if (value->kind == VALUE_NUMBER)
        (void)snprintf(number, 32, "%" PRId64, value->number);
    else if (value->kind == VALUE_BOOL)
        (void)snprintf(number, 32, "%s", value->truth ? "true" : "false");
    else
        return value_characters(value);
    return number;
}

static bool match_text(const struct filter *filter, const struct value *cell)
{
    char own[32], other[32];
    const char *text = as_text(cell, own);
    const char *literal = as_text(&filter->literal, other);

    switch (filter->operation) {
    case OP_BW:
        return strncmp(text, literal, strlen(literal)) == 0;
    case OP_EW:
        return ends_with(text, literal);
    case OP_CS:
        return strstr(text, literal) != NULL;
    case OP_CT:
        return strcasestr(text, literal) != NULL;
    default:
        return filter->pattern && regexec(filter->pattern, text, 0, NULL, 0) == 0;
    }
}

static bool match(const struct filter *filter, const struct value *cell)
{
    int difference = value_compare(cell, &filter->literal);

    if (filter->operation == OP_EQ)
        return difference == 0;
    if (filter->operation == OP_NE)
        return difference != 0;
    if (cell->kind == VALUE_NULL || filter->literal.kind == VALUE_NULL)
        return false;
    if (filter->operation >= OP_BW)
        return match_text(filter, cell);
    if (cell->kind != filter->literal.kind)
        return false;
    switch (filter->operation) {
    case OP_GT:
        return difference > 0;
    case OP_GE:
        return difference >= 0;
    case OP_LT:
        return difference < 0;
    default:
        return difference <= 0;
    }
}

bool filter_accepts(const struct filter *filter, const struct row *row)
{
    if (filter->operation == OP_AND)
        return filter_accepts(filter->left, row) && filter_accepts(filter->right, row);
    if (filter->operation == OP_OR)
        return filter_accepts(filter->left, row) || filter_accepts(filter->right, row);
    return match(filter, &row->cells[filter->column]);
}

bool filter_anchor(const struct filter *filter, int *column, const struct value **value)
{
    if (filter->operation == OP_AND)
        return filter_anchor(filter->left, column, value) ||
               filter_anchor(filter->right, column, value);
    if (filter->operation != OP_EQ)
        return false;
    *column = filter->column;
    *value = &filter->literal;
    return true;
}
