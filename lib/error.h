/* SPDX-License-Identifier: MIT */
/*
 * An error is a value: what errno says, what the server said, and what was asked of it. The one
 * table from HTTP statuses to errnos lives in error.c.
 *
 * Convention of this library: a function that can fail returns 0 or a negative errno, and when
 * it fails it has filled the `struct verge_error` it was given (never NULL).
 */
#ifndef VERGE_ERROR_H
#define VERGE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

struct verge_error {
    int errnum;       /* positive errno; 0 means no error */
    long http_status; /* 0 when no answer came */
    bool uncertain;   /* a request that changes something went out and its effect is not known */
    char method[8];   /* of the request that failed; "" when none was sent */
    char path[160];   /* its URL path, without host and query; cut if longer */
    char text[512];   /* the server's own words, or ours; one line of printable UTF-8 */
};

#define VERGE_ERROR_INIT \
    { \
        0 \
    }

/*
 * Fills the error with an errno and a sentence of ours, made printable; whatever the error held
 * before is gone, but its members may be among the arguments. Returns -errnum.
 */
__attribute__((format(printf, 3, 4))) int verge_error_set(struct verge_error *error, int errnum,
                                                          const char *format, ...);

/*
 * Fills the error from an HTTP answer that is no success; returns the negative errno of the
 * status (spec §4). The text is taken from the body in the order that vergeos-api §3.2 gives: `err`
 * string, `err` object's `message`, `err:true` beside `message`, `error`, `message`, else the raw
 * text, cut. `method` decides what a 409 means (EEXIST on POST, EBUSY otherwise).
 */
int verge_error_from_http(struct verge_error *error, long status, const char *method,
                          const char *path, const char *body, size_t length);

/* Names the request in an error that verge_error_set filled. */
void verge_error_request(struct verge_error *error, const char *method, const char *path);

/* "EINVAL" for 22; "errno 12345" style never: an unknown number gives "EUNKNOWN". */
const char *verge_errno_name(int errnum);

/*
 * Copies bytes from outside into `out` as one line that no terminal minds: control bytes and
 * invalid UTF-8 become '?', runs of white space one space; always terminated, cut at a character.
 */
void verge_printable(char *out, size_t size, const char *bytes, size_t length);

#endif
