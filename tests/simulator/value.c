/* SPDX-License-Identifier: MIT */
#include "tests/simulator/value.h"
#include "tests/simulator/buffer.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct value value_bool(bool truth)
{
    return (struct value){.kind = VALUE_BOOL, .truth = truth};
}

struct value value_number(int64_t number)
{
    return (struct value){.kind = VALUE_NUMBER, .number = number};
}

static struct value counted(enum value_kind kind, const char *text)
{
    size_t size = strlen(text) + 1;
    struct shared_text *shared = must_allocate(sizeof(*shared) + size);

    shared->references = 1;
    memcpy(shared->text, text, size);
    return (struct value){.kind = kind, .shared = shared};
}

struct value value_text(const char *text)
{
    return counted(VALUE_TEXT, text);
}

static bool is_integer(double number)
{
    return number > -9e18 && number < 9e18 && (double)(int64_t)number == number;
}

struct value value_from_json(const cJSON *json)
{
    if (cJSON_IsBool(json))
        return value_bool(cJSON_IsTrue(json));
    if (cJSON_IsNumber(json) && is_integer(json->valuedouble))
        return value_number((int64_t)json->valuedouble);
    if (cJSON_IsString(json))
        return value_text(json->valuestring);
    if (cJSON_IsObject(json) || cJSON_IsArray(json) || cJSON_IsNumber(json)) {
        char *text = cJSON_PrintUnformatted(json);
        struct value value = counted(VALUE_DOCUMENT, text ? text : "null");

        cJSON_free(text);
        return value;
    }
    return (struct value){.kind = VALUE_NULL};
}

cJSON *value_to_json(const struct value *value)
{
    switch (value->kind) {
    case VALUE_BOOL:
        return cJSON_CreateBool(value->truth);
    case VALUE_NUMBER:
        return cJSON_CreateNumber((double)value->number);
    case VALUE_TEXT:
        return cJSON_CreateString(value->shared->text);
    case VALUE_DOCUMENT:
        return cJSON_Parse(value->shared->text);
    default:
        return cJSON_CreateNull();
    }
}

static bool is_shared(const struct value *value)
{
    return value->kind == VALUE_TEXT || value->kind == VALUE_DOCUMENT;
}

struct value value_copy(const struct value *value)
{
    if (is_shared(value))
        value->shared->references++;
    return *value;
}

void value_clear(struct value *value)
{
    if (is_shared(value) && --value->shared->references == 0)
        free(value->shared);
    *value = (struct value){.kind = VALUE_NULL};
}

const char *value_characters(const struct value *value)
{
    return is_shared(value) ? value->shared->text : "";
}

int value_compare(const struct value *left, const struct value *right)
{
    if (left->kind != right->kind)
        return left->kind > right->kind ? -1 : 1;
    switch (left->kind) {
    case VALUE_BOOL:
        return (int)left->truth - (int)right->truth;
    case VALUE_NUMBER:
        return (left->number > right->number) - (left->number < right->number);
    case VALUE_TEXT:
    case VALUE_DOCUMENT:
        return strcmp(left->shared->text, right->shared->text);
    default:
        return 0;
    }
}

bool parse_number(const char *text, int64_t *number)
{
    char *end = NULL;

    if (*text != '-' && !isdigit((unsigned char)*text))
        return false;
    errno = 0;
    long long parsed = strtoll(text, &end, 10);

    if (errno || *end || end == text)
        return false;
    *number = parsed;
    return true;
}
