/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/failing_alloc.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The names are the linker's: --wrap=X sends calls of X to __wrap_X, and __real_X to X. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_reallocarray(void *memory, size_t count, size_t size);
char *__real_strdup(const char *string);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
char *__wrap_strdup(const char *string);

static atomic_long countdown; /* until the one that fails; 0 and below: passed */
static atomic_bool armed, ever, failed;
static _Thread_local unsigned spared;

static bool fails(void)
{
    if (!atomic_load(&armed) || spared > 0)
        return false;
    long left = atomic_fetch_sub(&countdown, 1);
    if (left > 1 || (left < 1 && !atomic_load(&ever)))
        return false;
    atomic_store(&failed, true);
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
    return fails() ? NULL : __real_reallocarray(memory, count, size);
}

char *__wrap_strdup(const char *string)
{
    return fails() ? NULL : __real_strdup(string);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

/* cJSON is a library of its own, which the linker's trick does not reach. */
static void *allocate(size_t size)
{
    return malloc(size);
}

void alloc_fail(unsigned long n, enum alloc_mode mode)
{
    cJSON_Hooks hooks = {allocate, free};

    cJSON_InitHooks(&hooks);
    atomic_store(&countdown, (long)n);
    atomic_store(&ever, mode == ALLOC_EVER);
    atomic_store(&failed, false);
    atomic_store(&armed, true);
}

bool alloc_stop(void)
{
    atomic_store(&armed, false);
    return atomic_load(&failed);
}

void alloc_spare(void)
{
    spared++;
}

void alloc_spare_end(void)
{
    spared--;
}
