/* SPDX-License-Identifier: MIT */
/* What a client sent, taken apart. */
#ifndef SIMULATOR_REQUEST_H
#define SIMULATOR_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAXIMUM_SEGMENTS = 12 };

struct parameter {
    char *name, *value; /* decoded */
};

struct request {
    char *method;
    char *path;  /* as it came, up to the question mark */
    char *query; /* the rest, decoded as a whole, for people and for matching */
    char *segments[MAXIMUM_SEGMENTS + 1]; /* decoded, ends with NULL */
    struct parameter *parameters;
    size_t parameter_count;
    bool malformed; /* a percent sign without two digits, a NUL, or too many segments */

    char *authorization, *session_token; /* header values, or NULL */
    bool indented;                       /* X-JSON-Non-Compact */
    uint64_t connection;                 /* its number */

    char *body; /* NUL-terminated */
    size_t body_size;
};

/* Takes apart method and URI; the rest is the listener's to fill in. */
struct request *request_new(const char *method, const char *uri);
void request_free(struct request *request);

/* The first parameter of that name, or NULL. */
const char *request_parameter(const struct request *request, const char *name);

#endif
