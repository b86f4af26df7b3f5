/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/scan.h"

/* More than any row of the API has. */
#define NODES 256
#define DEPTH 8
/* So many digits are exact in an int64_t. */
#define DIGITS 18

struct scan {
    const char *at, *end;
    cJSON nodes[NODES]; /* of one row */
    size_t node_count;
    char *texts; /* of one row; as long as all that is read, so never too short */
    size_t text_length;
};

static void skip_white(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t')) {
        scan->at++;
    }
}

/* White space, then this character. */
static bool skip(struct scan *scan, char wanted)
{
    skip_white(scan);
    if (scan->at == scan->end || *scan->at != wanted) {
        return false;
    }
    scan->at++;
    return true;
}

static bool skip_word(struct scan *scan, const char *word, size_t length)
{
    if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, word, length) != 0) {
        return false;
    }
    scan->at += length;
    return true;
}

static cJSON *new_node(struct scan *scan)
{
    if (scan->node_count == NODES) {
        return NULL;
    }
    cJSON *node = &scan->nodes[scan->node_count++];
    *node = (cJSON){0};
    return node;
}

/* ---- texts ---- */

/* The character that a backslash and this one stand for; 0 for those that are not read here. */
static char escaped(char c)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found = c ? strchr(from, c) : NULL;
    return found ? to[found - from] : '\0';
}

static bool copy_escaped(struct scan *scan, const char *from, const char *end, char *to)
{
    while (from < end) {
        char c = *from++;
        if (c == '\\') {
            c = from < end ? escaped(*from++) : '\0';
            if (!c) {
                return false;
            }
        }
        *to++ = c;
    }
    *to++ = '\0';
    scan->text_length = (size_t)(to - scan->texts);
    return true;
}

/* An odd number of backslashes stands before it. */
static bool is_escaped(const char *first, const char *quote)
{
    const char *at = quote;
    while (at > first && at[-1] == '\\') {
        at--;
    }
    return (quote - at) % 2 == 1;
}

/* The quote that ends the string. */
static const char *closing_quote(const struct scan *scan)
{
    const char *from = scan->at;
    for (;;) {
        const char *quote = memchr(from, '"', (size_t)(scan->end - from));
        if (!quote || !is_escaped(scan->at, quote)) {
            return quote;
        }
        from = quote + 1;
    }
}

/* A string behind its first quote; NULL for one that is not read here. */
static char *read_text(struct scan *scan)
{
    const char *quote = closing_quote(scan);
    char *text = scan->texts + scan->text_length;
    if (!quote) {
        return NULL;
    }
    size_t length = (size_t)(quote - scan->at);
    if (memchr(scan->at, '\\', length)) {
        if (!copy_escaped(scan, scan->at, quote, text)) {
            return NULL;
        }
    } else {
        memcpy(text, scan->at, length);
        text[length] = '\0';
        scan->text_length += length + 1;
    }
    scan->at = quote + 1;
    return text;
}

/* ---- values ---- */

static bool read_number(struct scan *scan, cJSON *node)
{
    bool negative = *scan->at == '-';
    const char *first = scan->at + negative;
    const char *at = first;
    int64_t number = 0;
    while (at < scan->end && *at >= '0' && *at <= '9' && at - first < DIGITS) {
        number = number * 10 + (*at++ - '0');
    }
    if (at == first || at == scan->end || strchr("0123456789.eE+-", *at)) {
        return false;
    }
    scan->at = at;
    node->type = cJSON_Number;
    node->valuedouble = negative ? -(double)number : (double)number;
    node->valueint = node->valuedouble >= INT_MAX   ? INT_MAX
                     : node->valuedouble <= INT_MIN ? INT_MIN
                                                    : (int)node->valuedouble;
    return true;
}

static bool read_string(struct scan *scan, cJSON *node)
{
    scan->at++;
    node->type = cJSON_String;
    node->valuestring = read_text(scan);
    return node->valuestring != NULL;
}

static bool read_word(struct scan *scan, cJSON *node)
{
    static const struct {
        const char *word;
        size_t length;
        int type;
    } words[] = {{"true", 4, cJSON_True}, {"false", 5, cJSON_False}, {"null", 4, cJSON_NULL}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (skip_word(scan, words[i].word, words[i].length)) {
            node->type = words[i].type;
            return true;
        }
    }
    return false;
}

static cJSON *read_value(struct scan *scan, unsigned depth);

/* An array or an object behind its bracket. */
static bool read_children(struct scan *scan, cJSON *parent, char close, unsigned depth)
{
    cJSON *last = NULL;
    if (skip(scan, close)) {
        return true;
    }
    do {
        char *name = NULL;
        if (close == '}' && (!skip(scan, '"') || !(name = read_text(scan)) || !skip(scan, ':'))) {
            return false;
        }
        cJSON *child = read_value(scan, depth + 1);
        if (!child) {
            return false;
        }
        child->string = name;
        child->prev = last;
        *(last ? &last->next : &parent->child) = child;
        last = child;
    } while (skip(scan, ','));
    parent->child->prev = last; /* as cJSON has it */
    return skip(scan, close);
}

static cJSON *read_value(struct scan *scan, unsigned depth)
{
    cJSON *node = new_node(scan);
    bool good = false;
    skip_white(scan);
    if (!node || scan->at == scan->end || depth > DEPTH) {
        return NULL;
    }
    switch (*scan->at) {
    case '{':
    case '[':
        node->type = *scan->at == '{' ? cJSON_Object : cJSON_Array;
        good = read_children(scan, node, *scan->at++ == '{' ? '}' : ']', depth);
        break;
    case '"':
        good = read_string(scan, node);
        break;
    case 't':
    case 'f':
    case 'n':
        good = read_word(scan, node);
        break;
    default:
        good = read_number(scan, node);
    }
    return good ? node : NULL;
}

/* ---- rows ---- */

static bool read_rows(struct scan *scan, verge_row_taker *take, void *argument)
{
    if (!skip(scan, '[')) {
        return false;
    }
    if (skip(scan, ']')) {
        return true;
    }
    do {
        scan->node_count = 0;
        scan->text_length = 0;
        const cJSON *row = read_value(scan, 0);
        if (!row || !take(argument, row)) {
            return false;
        }
    } while (skip(scan, ','));
    return skip(scan, ']');
}

bool verge_scan_rows(const char *bytes, size_t length, verge_row_taker *take, void *argument)
{
    if (!length || memchr(bytes, '\0', length)) {
        return false;
    }
    struct scan *scan = malloc(sizeof(*scan));
    char *texts = malloc(length);
    bool whole = false;
    if (scan && texts) {
        scan->at = bytes;
        scan->end = bytes + length;
        scan->texts = texts;
        whole = read_rows(scan, take, argument);
        skip_white(scan);
        whole = whole && scan->at == scan->end;
    }
    free(texts);
    free(scan);
    return whole;
}
