/* SPDX-License-Identifier: MIT */
#include "tests/simulator/faults.h"
#include "tests/simulator/buffer.h"

#include <fnmatch.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct faults {
    pthread_mutex_t lock; /* guards the list, and skip, times and hits of its members */
    struct fault **list;
    size_t count;
};

struct faults *faults_new(void)
{
    struct faults *faults = must_allocate(sizeof(*faults));

    (void)pthread_mutex_init(&faults->lock, NULL);
    return faults;
}

void fault_release(struct fault *fault)
{
    if (!fault || atomic_fetch_sub(&fault->references, 1) > 1)
        return;
    free(fault->name);
    free(fault->method);
    free(fault->path);
    free(fault->query);
    cJSON_Delete(fault->headers);
    free(fault->body);
    free(fault->type);
    cJSON_Delete(fault->patch);
    free(fault->replace);
    free(fault);
}

void faults_clear(struct faults *faults)
{
    (void)pthread_mutex_lock(&faults->lock);
    for (size_t index = 0; index < faults->count; index++) {
        atomic_store(&faults->list[index]->released, true);
        fault_release(faults->list[index]);
    }
    free(faults->list);
    faults->list = NULL;
    faults->count = 0;
    (void)pthread_mutex_unlock(&faults->lock);
}

void faults_free(struct faults *faults)
{
    if (!faults)
        return;
    faults_clear(faults);
    (void)pthread_mutex_destroy(&faults->lock);
    free(faults);
}

static bool read_text(const cJSON *json, char **text)
{
    if (cJSON_IsString(json))
        *text = must_copy(json->valuestring);
    return cJSON_IsString(json);
}

static bool read_number(const cJSON *json, int64_t *number)
{
    bool good = cJSON_IsNumber(json) && json->valuedouble >= 0 && json->valuedouble < 9e15;

    if (good)
        *number = (int64_t)json->valuedouble;
    return good;
}

static bool read_long(const cJSON *json, long *number)
{
    int64_t wide = 0;
    bool good = read_number(json, &wide);

    *number = (long)wide;
    return good;
}

static bool read_object(const cJSON *json, cJSON **object)
{
    if (cJSON_IsObject(json))
        *object = cJSON_Duplicate(json, true);
    return cJSON_IsObject(json);
}

static bool read_status(const cJSON *json, int *status)
{
    bool good = cJSON_IsNumber(json) && json->valueint >= 100 && json->valueint < 600;

    if (good)
        *status = json->valueint;
    return good;
}

static bool read_drop(const cJSON *json, enum drop *drop)
{
    const char *word = cJSON_IsString(json) ? json->valuestring : "";

    *drop = strcmp(word, "before") == 0  ? DROP_BEFORE
            : strcmp(word, "after") == 0 ? DROP_AFTER
                                         : DROP_NO;
    return *drop != DROP_NO;
}

static bool read_raw(const cJSON *json, char **text)
{
    char *printed = cJSON_PrintUnformatted(json);

    *text = must_copy(printed ? printed : "null");
    cJSON_free(printed);
    return true;
}

static bool read_choice(struct fault *fault, const cJSON *member)
{
    const char *name = member->string;

    if (strcmp(name, "name") == 0)
        return read_text(member, &fault->name);
    if (strcmp(name, "method") == 0)
        return read_text(member, &fault->method);
    if (strcmp(name, "path") == 0)
        return read_text(member, &fault->path);
    if (strcmp(name, "query") == 0)
        return read_text(member, &fault->query);
    if (strcmp(name, "skip") == 0)
        return read_long(member, &fault->skip);
    return strcmp(name, "times") == 0 && read_long(member, &fault->times);
}

static bool read_answer(struct fault *fault, const cJSON *member)
{
    const char *name = member->string;

    if (strcmp(name, "status") == 0)
        return read_status(member, &fault->status);
    if (strcmp(name, "headers") == 0)
        return read_object(member, &fault->headers);
    if (strcmp(name, "body") == 0)
        return read_text(member, &fault->body);
    if (strcmp(name, "content_type") == 0)
        return read_text(member, &fault->type);
    if (strcmp(name, "huge") == 0)
        return read_number(member, &fault->huge);
    if (strcmp(name, "deep") == 0)
        return read_number(member, &fault->deep);
    if (strcmp(name, "patch") == 0)
        return read_object(member, &fault->patch);
    return strcmp(name, "replace") == 0 && read_raw(member, &fault->replace);
}

static bool read_manner(struct fault *fault, const cJSON *member)
{
    const char *name = member->string;

    if (strcmp(name, "delay_ms") == 0)
        return read_long(member, &fault->delay_ms);
    if (strcmp(name, "after_ms") == 0)
        return read_long(member, &fault->after_ms);
    if (strcmp(name, "trickle_ms") == 0)
        return read_long(member, &fault->trickle_ms);
    if (strcmp(name, "truncate") == 0)
        return read_number(member, &fault->truncate);
    if (strcmp(name, "drop") == 0)
        return read_drop(member, &fault->drop);
    if (strcmp(name, "hang") == 0)
        fault->hang = cJSON_IsTrue(member);
    else if (strcmp(name, "ignore") == 0)
        fault->ignore = cJSON_IsTrue(member);
    else
        return false;
    return cJSON_IsBool(member);
}

/* The members that say what happens, for the log. */
static char *effects(const cJSON *json)
{
    static const char *const others[] = {"method",  "path", "query",        "skip", "times",
                                         "headers", "body", "content_type", NULL};
    struct buffer name = {0};
    const cJSON *member = NULL;

    cJSON_ArrayForEach(member, json)
    {
        bool other = false;

        for (int index = 0; others[index]; index++)
            other = other || strcmp(others[index], member->string) == 0;
        if (!other)
            buffer_printf(&name, "%s%s", name.size ? "+" : "", member->string);
    }
    return buffer_take(&name);
}

static struct fault *read_fault(const cJSON *json, const char **problem)
{
    struct fault *fault = must_allocate(sizeof(*fault));
    const cJSON *member = NULL;

    fault->times = 1;
    fault->truncate = -1;
    atomic_init(&fault->references, 1);
    *problem = cJSON_IsObject(json) ? NULL : "a fault is an object";
    cJSON_ArrayForEach(member, json)
    {
        if (!*problem && !read_choice(fault, member) && !read_answer(fault, member) &&
            !read_manner(fault, member))
            *problem = member->string ? member->string : "not a member";
    }
    if (*problem) {
        fault_release(fault);
        return NULL;
    }
    if (!fault->name)
        fault->name = effects(json);
    return fault;
}

static bool add_one(struct faults *faults, const cJSON *json, const char **problem)
{
    struct fault *fault = read_fault(json, problem);

    if (!fault)
        return false;
    (void)pthread_mutex_lock(&faults->lock);
    faults->list = must_resize(faults->list, (faults->count + 1) * sizeof(struct fault *));
    faults->list[faults->count++] = fault;
    (void)pthread_mutex_unlock(&faults->lock);
    return true;
}

bool faults_add(struct faults *faults, const cJSON *json, const char **problem)
{
    const cJSON *element = NULL;

    if (!cJSON_IsArray(json))
        return add_one(faults, json, problem);
    cJSON_ArrayForEach(element, json)
    {
        if (!add_one(faults, element, problem))
            return false;
    }
    return true;
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text)
        cJSON_AddStringToObject(object, name, text);
    else
        cJSON_AddNullToObject(object, name);
}

cJSON *faults_list(struct faults *faults)
{
    cJSON *list = cJSON_CreateArray();

    (void)pthread_mutex_lock(&faults->lock);
    for (size_t index = 0; index < faults->count; index++) {
        const struct fault *fault = faults->list[index];
        cJSON *object = cJSON_CreateObject();

        add_text(object, "name", fault->name);
        add_text(object, "method", fault->method);
        add_text(object, "path", fault->path);
        add_text(object, "query", fault->query);
        cJSON_AddNumberToObject(object, "skip", (double)fault->skip);
        cJSON_AddNumberToObject(object, "times", (double)fault->times);
        cJSON_AddNumberToObject(object, "hits", (double)fault->hits);
        cJSON_AddItemToArray(list, object);
    }
    (void)pthread_mutex_unlock(&faults->lock);
    return list;
}

/* A pattern that does not begin with a slash is one below /api/v4/. */
static bool path_matches(const char *pattern, const char *path)
{
    static const char root[] = "/api/v4/";

    if (*pattern != '/' && *pattern != '*') {
        if (strncmp(path, root, strlen(root)) != 0)
            return false;
        path += strlen(root);
    }
    return fnmatch(pattern, path, 0) == 0;
}

static bool is_meant(const struct fault *fault, const struct request *request)
{
    if (fault->method && strcmp(fault->method, "*") != 0 &&
        strcmp(fault->method, request->method) != 0)
        return false;
    if (fault->path && !path_matches(fault->path, request->path))
        return false;
    return !fault->query || strstr(request->query, fault->query);
}

/* Whether a fault that is meant for a request strikes: not while skipping, nor when used up. */
static bool strikes(struct fault *fault)
{
    if (fault->times && fault->hits >= (unsigned long)fault->times)
        return false;
    if (fault->skip > 0) {
        fault->skip--;
        return false;
    }
    fault->hits++;
    return true;
}

struct fault *faults_take(struct faults *faults, const struct request *request)
{
    struct fault *taken = NULL;

    (void)pthread_mutex_lock(&faults->lock);
    for (size_t index = 0; !taken && index < faults->count; index++) {
        if (is_meant(faults->list[index], request) && strikes(faults->list[index]))
            taken = faults->list[index];
    }
    if (taken)
        atomic_fetch_add(&taken->references, 1);
    (void)pthread_mutex_unlock(&faults->lock);
    return taken;
}

bool fault_answers(const struct fault *fault)
{
    return fault->status || fault->huge || fault->deep;
}
