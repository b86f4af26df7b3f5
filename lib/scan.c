/* SPDX-License-Identifier: MIT */
/*
 * Reads a copy, in place: texts stay where they are, unescaped, each with a NUL where its quote
 * was. A NUL behind the copy ends every loop.
 */
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

struct name {
    char *text; /* NULL: none */
    size_t length;
};

struct scan {
    char *at;
    const char *end;
    size_t node_count;
    cJSON nodes[NODES];       /* of one row */
    struct name names[NODES]; /* of the nodes, in the row before */
};

/* White space, then this character. */
static inline bool skip(struct scan *scan, char wanted)
{
    while (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t') {
        scan->at++;
    }
    if (*scan->at != wanted) {
        return false;
    }
    scan->at++;
    return true;
}

/* ---- texts ---- */

/* The character that a backslash and this one stand for; 0 for those that are not read here. */
static char escaped(char c)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found = c ? strchr(from, c) : NULL;
    return found ? to[found - from] : '\0';
}

/* The rest of a text from its first backslash on; gives its end, NULL for one not read here. */
static char *unescape(char *from)
{
    char *to = from;
    while (*from && *from != '"') {
        char c = *from++;
        if (c == '\\') {
            c = escaped(*from);
            if (!c) {
                return NULL;
            }
            from++;
        }
        *to++ = c;
    }
    if (!*from) {
        return NULL;
    }
    *to = '\0';
    return from;
}

/* A text behind its first quote; NULL for one that is not read here. */
static char *read_text(struct scan *scan)
{
    char *text = scan->at, *end = text;
    while (*end != '"' && *end != '\\' && *end) {
        end++;
    }
    if (*end == '\\') {
        end = unescape(end);
    }
    if (!end || !*end) {
        return NULL;
    }
    *end = '\0';
    scan->at = end + 1;
    return text;
}

/* The name of the next node, behind its first quote. Rows have the same names in the same order,
 * mostly: it is looked at where the row before had it. */
static char *read_name(struct scan *scan)
{
    if (scan->node_count == NODES) {
        return NULL;
    }
    struct name *name = &scan->names[scan->node_count];
    if (name->text && (size_t)(scan->end - scan->at) > name->length &&
        memcmp(scan->at, name->text, name->length) == 0 && scan->at[name->length] == '"') {
        scan->at += name->length + 1;
        return name->text;
    }
    char *first = scan->at;
    char *text = read_text(scan);
    /* One with an escape is as long as it was written, and so is never found again. */
    *name = (struct name){text, (size_t)(scan->at - first) - 1};
    return text;
}

/* ---- values ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_number(struct scan *scan, cJSON *node)
{
    bool negative = *scan->at == '-';
    char *first = scan->at + negative, *at = first;
    int64_t number = 0;
    while (is_digit(*at) && at - first < DIGITS) {
        number = number * 10 + (*at++ - '0');
    }
    /* What may go on with these, or end here, is no list's number. */
    if (at == first || strchr("0123456789.eE+-", *at)) {
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
        if (strncmp(scan->at, words[i].word, words[i].length) == 0) {
            scan->at += words[i].length;
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
        if (close == '}' && (!skip(scan, '"') || !(name = read_name(scan)) || !skip(scan, ':'))) {
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
    if (scan->node_count == NODES || depth > DEPTH) {
        return NULL;
    }
    cJSON *node = &scan->nodes[scan->node_count++];
    *node = (cJSON){0};
    bool good = skip(scan, '{');
    if (good || skip(scan, '[')) {
        node->type = good ? cJSON_Object : cJSON_Array;
        return read_children(scan, node, good ? '}' : ']', depth) ? node : NULL;
    }
    switch (*scan->at) {
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
    char *copy = malloc(length + 1);
    bool whole = false;
    if (scan && copy) {
        memcpy(copy, bytes, length);
        copy[length] = '\0';
        scan->at = copy;
        scan->end = copy + length;
        memset(scan->names, 0, sizeof(scan->names));
        whole = read_rows(scan, take, argument) && skip(scan, '\0');
    }
    free(copy);
    free(scan);
    return whole;
}
