/* SPDX-License-Identifier: MIT */
#include "tests/simulator/stream.h"
#include "tests/simulator/buffer.h"
#include "tests/simulator/wait.h"

#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

enum { BLOCK = 64 * 1024, DROP_BYTES = 16 };

struct stream {
    char *body; /* NULL: a JSON text of `size` bytes that is made as it goes */
    uint64_t size;
    uint64_t limit; /* bytes that really go out */
    long trickle_ms;
    int socket;
    const atomic_bool *stopping;
};

/* `["xxx…"]` */
static char huge_byte(uint64_t position, uint64_t size)
{
    if (position == 0)
        return '[';
    if (position == size - 1)
        return ']';
    return position == 1 || position == size - 2 ? '"' : 'x';
}

static ssize_t read_stream(void *context, uint64_t position, char *buffer, size_t most)
{
    struct stream *stream = context;
    uint64_t left = stream->limit > position ? stream->limit - position : 0;
    size_t size = left < most ? (size_t)left : most;

    if (size == 0)
        return stream->limit < stream->size ? MHD_CONTENT_READER_END_WITH_ERROR
                                            : MHD_CONTENT_READER_END_OF_STREAM;
    if (stream->trickle_ms) {
        size = size < DROP_BYTES ? size : DROP_BYTES;
        if (!wait_ms(stream->trickle_ms, stream->socket, stream->stopping, NULL))
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (stream->body)
        memcpy(buffer, stream->body + position, size);
    else
        for (size_t index = 0; index < size; index++)
            buffer[index] = huge_byte(position + index, stream->size);
    return (ssize_t)size;
}

static void free_stream(void *context)
{
    struct stream *stream = context;

    free(stream->body);
    free(stream);
}

struct MHD_Response *stream_response(char *body, size_t size, const struct fault *fault, int socket,
                                     const atomic_bool *stopping)
{
    struct stream *stream = must_allocate(sizeof(*stream));

    stream->body = body;
    stream->size = size;
    if (fault->huge) {
        free(stream->body);
        stream->body = NULL;
        stream->size = fault->huge < 4 ? 4 : (uint64_t)fault->huge;
    }
    stream->limit = fault->truncate >= 0 && (uint64_t)fault->truncate < stream->size
                        ? (uint64_t)fault->truncate
                        : stream->size;
    stream->trickle_ms = fault->trickle_ms;
    stream->socket = socket;
    stream->stopping = stopping;
    return MHD_create_response_from_callback(stream->size, BLOCK, read_stream, stream, free_stream);
}
