/* SPDX-License-Identifier: MIT */
#include "tests/simulator/request.h"
#include "tests/simulator/buffer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int digit(char character)
{
    if (isdigit((unsigned char)character))
        return character - '0';
    return isxdigit((unsigned char)character) ? (tolower((unsigned char)character) - 'a') + 10 : -1;
}

/* Decodes a stretch of a URI; a plus is a space in a query only. */
static char *decode(struct request *request, const char *text, size_t size, bool query)
{
    struct buffer out = {0};

    for (size_t index = 0; index < size; index++) {
        char character = text[index];

        if (character == '%' && size - index > 2 && digit(text[index + 1]) >= 0 &&
            digit(text[index + 2]) >= 0) {
            character = (char)(digit(text[index + 1]) * 16 + digit(text[index + 2]));
            index += 2;
            request->malformed = request->malformed || character == '\0';
        } else if (character == '%') {
            request->malformed = true;
        } else if (character == '+' && query) {
            character = ' ';
        }
        buffer_character(&out, character);
    }
    return buffer_take(&out);
}

static void split_path(struct request *request, const char *path)
{
    int count = 0;

    while (*path) {
        size_t size;

        path += strspn(path, "/");
        size = strcspn(path, "/");
        if (size && count == MAXIMUM_SEGMENTS)
            request->malformed = true;
        else if (size)
            request->segments[count++] = decode(request, path, size, false);
        path += size;
    }
}

static void add_parameter(struct request *request, const char *text, size_t size)
{
    const char *equals = memchr(text, '=', size);
    size_t name_size = equals ? (size_t)(equals - text) : size;
    struct parameter *parameter;

    request->parameters =
        must_resize(request->parameters, (request->parameter_count + 1) * sizeof(struct parameter));
    parameter = &request->parameters[request->parameter_count++];
    parameter->name = decode(request, text, name_size, true);
    parameter->value =
        equals ? decode(request, equals + 1, size - name_size - 1, true) : must_copy("");
}

static void split_query(struct request *request, const char *query)
{
    while (*query) {
        size_t size = strcspn(query, "&");

        if (size)
            add_parameter(request, query, size);
        query += size + (query[size] == '&');
    }
}

struct request *request_new(const char *method, const char *uri)
{
    struct request *request = must_allocate(sizeof(*request));
    size_t path_size = strcspn(uri, "?");
    const char *query = uri[path_size] ? uri + path_size + 1 : "";

    request->method = must_copy(method);
    request->path = must_allocate(path_size + 1);
    memcpy(request->path, uri, path_size);
    request->query = decode(request, query, strlen(query), true);
    split_path(request, request->path);
    split_query(request, query);
    return request;
}

void request_free(struct request *request)
{
    if (!request)
        return;
    for (int index = 0; index < MAXIMUM_SEGMENTS; index++)
        free(request->segments[index]);
    for (size_t index = 0; index < request->parameter_count; index++) {
        free(request->parameters[index].name);
        free(request->parameters[index].value);
    }
    free(request->parameters);
    free(request->method);
    free(request->path);
    free(request->query);
    free(request->authorization);
    free(request->session_token);
    free(request->body);
    free(request);
}

const char *request_parameter(const struct request *request, const char *name)
{
    for (size_t index = 0; index < request->parameter_count; index++) {
        if (strcmp(request->parameters[index].name, name) == 0)
            return request->parameters[index].value;
    }
    return NULL;
}
