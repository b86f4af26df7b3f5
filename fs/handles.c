/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/handles.h"

#include <stddef.h>

void handles_init(struct handles *handles)
{
    handles->first = NULL;
    pthread_mutex_init(&handles->lock, NULL);
}

void handles_end(struct handles *handles, void *argument)
{
    while (handles->first)
        handles->first->release(argument, handles->first);
    pthread_mutex_destroy(&handles->lock);
}

void handles_add(struct handles *handles, struct handle *handle,
                 void (*release)(void *argument, struct handle *handle))
{
    pthread_mutex_lock(&handles->lock);
    handle->release = release;
    handle->next = handles->first;
    handle->link = &handles->first;
    if (handle->next)
        handle->next->link = &handle->next;
    handles->first = handle;
    pthread_mutex_unlock(&handles->lock);
}

void handles_remove(struct handles *handles, struct handle *handle)
{
    pthread_mutex_lock(&handles->lock);
    *handle->link = handle->next;
    if (handle->next)
        handle->next->link = handle->link;
    pthread_mutex_unlock(&handles->lock);
}
