/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/value.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Deeper than anything the API sends; keeps recursion over hostile answers shallow. */
#define DEPTH 64

/* 2^53, up to which doubles hold every integer, and 2^63, the first that int64_t cannot hold. */
#define EXACT 9007199254740992.0
#define BEYOND 9223372036854775808.0

static const cJSON *get(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool is_nothing(const cJSON *item)
{
    return !item || cJSON_IsNull(item);
}

static bool all_digits(const char *string)
{
    return *string && strspn(string, "0123456789") == strlen(string);
}

/* Of the members of an object, the first that says something. */
static const cJSON *first_of(const cJSON *object, const char *const *members)
{
    const cJSON *found = NULL;
    for (; *members && is_nothing(found); members++) {
        found = get(object, *members);
    }
    return found;
}

static const char *const key_members[] = {"$key", "id", NULL};

static bool key_of_number(double number, uint32_t *key)
{
    if (!(number >= 1 && number <= UINT32_MAX)) {
        return false;
    }
    uint32_t whole = (uint32_t)number;
    *key = number > whole ? 0 : whole;
    return *key != 0;
}

static bool key_of_string(const char *string, uint32_t *key)
{
    const char *slash = strrchr(string, '/');
    const char *digits = slash ? slash + 1 : string;
    /* Ten digits at most are exact in a double. */
    return all_digits(digits) && strlen(digits) <= 10 && key_of_number(strtod(digits, NULL), key);
}

bool verge_value_key(const cJSON *item, uint32_t *key)
{
    *key = 0;
    if (cJSON_IsObject(item)) {
        item = first_of(item, key_members);
    }
    if (cJSON_IsNumber(item)) {
        return key_of_number(item->valuedouble, key);
    }
    return cJSON_IsString(item) && key_of_string(item->valuestring, key);
}

/* As JSON writes it: whole numbers in full, others in as few digits as read back the same. */
static void print_number(char room[64], double number)
{
    if (number > -EXACT && number < EXACT && (double)(int64_t)number == number) {
        snprintf(room, 64, "%" PRId64, (int64_t)number);
        return;
    }
    snprintf(room, 64, "%.15g", number);
    if (strtod(room, NULL) < number || strtod(room, NULL) > number) {
        snprintf(room, 64, "%.17g", number);
    }
}

const char *verge_value_reference_text(const cJSON *item, char room[64], bool *is_number)
{
    if (cJSON_IsObject(item)) {
        item = first_of(item, key_members);
    }
    /* What is infinite could not be sent back: JSON has no word for it. */
    *is_number = cJSON_IsNumber(item) && isfinite(item->valuedouble);
    if (cJSON_IsString(item)) {
        return item->valuestring;
    }
    room[0] = '\0';
    if (*is_number) {
        print_number(room, item->valuedouble);
    }
    return room;
}

bool verge_value_reference(const cJSON *item, struct verge_text *text, bool *is_number)
{
    char room[64];
    return verge_text_string(text, verge_value_reference_text(item, room, is_number));
}

enum truth { UNKNOWN = -1, FALSE, TRUE };

static enum truth truth_of_string(const char *string)
{
    static const struct {
        const char *word;
        enum truth truth;
    } words[] = {{"true", TRUE},   {"yes", TRUE}, {"on", TRUE},   {"1", TRUE},
                 {"false", FALSE}, {"no", FALSE}, {"off", FALSE}, {"0", FALSE}};
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcasecmp(string, words[i].word) == 0) {
            return words[i].truth;
        }
    }
    return UNKNOWN;
}

static enum truth truth_of(const cJSON *item)
{
    if (cJSON_IsBool(item)) {
        return cJSON_IsTrue(item) ? TRUE : FALSE;
    }
    if (cJSON_IsNumber(item)) {
        return item->valuedouble < 0 || item->valuedouble > 0 ? TRUE : FALSE;
    }
    return cJSON_IsString(item) ? truth_of_string(item->valuestring) : UNKNOWN;
}

bool verge_value_boolean(const cJSON *item, bool missing)
{
    enum truth truth = truth_of(item);
    return truth == UNKNOWN ? missing : truth == TRUE;
}

/* A fraction is cut, as of a number. */
static bool integer_of_string(const char *string, int64_t *integer)
{
    const char *digits = string + (*string == '-');
    if (*digits < '0' || *digits > '9') {
        return false;
    }
    char *end = NULL;
    errno = 0;
    *integer = strtoll(string, &end, 10);
    return !errno && (!*end || (*end == '.' && all_digits(end + 1)));
}

static bool integer_of(const cJSON *item, int64_t *integer)
{
    if (cJSON_IsString(item)) {
        return integer_of_string(item->valuestring, integer);
    }
    /* The comparison is written so that a NaN fails it. */
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= -BEYOND && item->valuedouble < BEYOND)) {
        return false;
    }
    *integer = (int64_t)item->valuedouble;
    return true;
}

int64_t verge_value_integer(const cJSON *item, int64_t missing)
{
    int64_t integer = 0;
    return integer_of(item, &integer) ? integer : missing;
}

int64_t verge_value_time(const cJSON *item)
{
    int64_t time = verge_value_integer(item, 0);
    if (time > 100000000000000) {
        return time / 1000000;
    }
    if (time > 100000000000) {
        return time / 1000;
    }
    return time > 0 ? time : 0;
}

const char *verge_value_text(const cJSON *item, char room[64])
{
    static const char *const members[] = {"name", "$display", "$key", NULL};
    if (cJSON_IsObject(item)) {
        item = first_of(item, members);
    }
    if (cJSON_IsString(item)) {
        return item->valuestring;
    }
    room[0] = '\0';
    if (cJSON_IsNumber(item)) {
        print_number(room, item->valuedouble);
    } else if (cJSON_IsBool(item)) {
        snprintf(room, 64, "%s", cJSON_IsTrue(item) ? "true" : "false");
    }
    return room;
}

static bool is_blank(const cJSON *item)
{
    return is_nothing(item) || (cJSON_IsString(item) && !*item->valuestring);
}

/* A number, or a string that is one from its first byte to its last. */
static bool number_of(const cJSON *item, double *number)
{
    if (cJSON_IsNumber(item)) {
        *number = item->valuedouble;
        return true;
    }
    const char *string = cJSON_GetStringValue(item);
    if (!string || !*string || strspn(string, "0123456789+-.eE") != strlen(string)) {
        return false;
    }
    char *end = NULL;
    *number = strtod(string, &end);
    return !*end;
}

static bool same_truth(const cJSON *one, const cJSON *other)
{
    enum truth truth = truth_of(one);
    enum truth expected = truth_of(other);
    /* Of a boolean "" is a spelling of false; that null means nothing is for the caller to see. */
    truth = cJSON_IsString(one) && !*one->valuestring ? FALSE : truth;
    expected = cJSON_IsString(other) && !*other->valuestring ? FALSE : expected;
    return truth != UNKNOWN && truth == expected;
}

static bool same_number(const cJSON *one, const cJSON *other)
{
    double a = 0;
    double b = 0;
    return number_of(one, &a) && number_of(other, &b) && a >= b && a <= b;
}

static bool same_array(const cJSON *one, const cJSON *other)
{
    one = one->child;
    other = other->child;
    for (; one && other; one = one->next, other = other->next) {
        if (!verge_value_same(one, other)) {
            return false;
        }
    }
    return !one && !other;
}

/* Whether each member of one is the same in the other; a missing one reads like null. */
static bool members_in(const cJSON *one, const cJSON *other)
{
    const cJSON *child = NULL;
    cJSON_ArrayForEach(child, one)
    {
        if (!verge_value_same(child, get(other, child->string))) {
            return false;
        }
    }
    return true;
}

bool verge_value_same(const cJSON *one, const cJSON *other)
{
    if (is_blank(one) && is_blank(other)) {
        return true;
    }
    if (cJSON_IsBool(one) || cJSON_IsBool(other)) {
        return same_truth(one, other);
    }
    if (cJSON_IsNumber(one) || cJSON_IsNumber(other)) {
        return same_number(one, other);
    }
    if (cJSON_IsString(one) && cJSON_IsString(other)) {
        return strcmp(one->valuestring, other->valuestring) == 0;
    }
    if (cJSON_IsArray(one) && cJSON_IsArray(other)) {
        return same_array(one, other);
    }
    return cJSON_IsObject(one) && cJSON_IsObject(other) && members_in(one, other) &&
           members_in(other, one);
}

/* Counted before parsing, because cJSON itself goes a thousand deep. */
static bool is_shallow(const char *bytes, size_t length)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        char c = bytes[i];
        if (c == '"') {
            in_string = !in_string;
        } else if (in_string) {
            i += c == '\\';
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
        }
        if (depth > DEPTH) {
            return false;
        }
    }
    return true;
}

cJSON *verge_json_parse(const char *bytes, size_t length)
{
    if (!length || !is_shallow(bytes, length)) {
        return NULL;
    }
    const char *end = NULL;
    cJSON *json = cJSON_ParseWithLengthOpts(bytes, length, &end, false);
    if (!json) {
        return NULL;
    }
    while (end < bytes + length && strchr(" \t\r\n", *end) && *end) {
        end++;
    }
    if (end < bytes + length) {
        cJSON_Delete(json);
        return NULL;
    }
    return json;
}

bool verge_json_put(cJSON *object, const char *name, cJSON *member_take)
{
    bool ok = cJSON_AddItemToObject(object, name, member_take);
    if (!ok) {
        cJSON_Delete(member_take);
    }
    return ok;
}

void verge_json_cleanup(cJSON **item)
{
    cJSON_Delete(*item);
}
