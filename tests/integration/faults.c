/* SPDX-License-Identifier: MIT */
#include "tests/integration/faults.h"

#include <errno.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *const method_names[METHODS] = {
    [LIST] = "list", [SETTINGS] = "settings",      [CHECK] = "row before DELETE",
    [PUT] = "PUT",   [READBACK] = "row after PUT", [PUT_SETTINGS] = "PUT settings",
    [POST] = "POST", [DELETE] = "DELETE",
};

#define ALL(error) \
    { \
        error, error, error, error, error, error, error, error \
    }
/* The answer to a change is lost after it was made: it is looked for and found. */
#define FOUND(error) \
    { \
        error, error, error, 0, error, 0, 0, 0 \
    }
/* What matters to reads alone, in the order of a list, settings, a row before, a row after. */
#define READS(list, settings, before, after) \
    { \
        list, settings, before, 0, after, 0, 0, 0 \
    }
#define STATUS(status) "\"status\": " #status
#define LATER(status, when) STATUS(status) ", \"headers\": {\"Retry-After\": \"" when "\"}"
#define HTML "\"content_type\": \"text/html\", \"body\": \"<html>oops</html>\""
#define INSTEAD(json) "\"replace\": " json
#define MEMBER(name, json) "\"patch\": {\"" name "\": " json "}"

static const struct fault answered[] = {
    /* the connection */
    {"idle connections closed", NULL, true, 1, ALL(0)},
    {"reset before", "\"drop\": \"before\"", false, 2, ALL(ECONNRESET)},
    {"reset after", "\"drop\": \"after\"", true, 2, FOUND(ECONNRESET)},
    {"truncated", "\"truncate\": 1", true, 2, FOUND(EBADMSG)},
    /* answers that are none */
    {"HTML instead", STATUS(200) ", " HTML, false, 1, ALL(EREMOTEIO)},
    {"HTML after", HTML, true, 1, FOUND(EREMOTEIO)},
    {"malformed", "\"body\": \"[{\\\"$key\\\": 1,\"", true, 1, FOUND(EBADMSG)},
    {"deeply nested", "\"deep\": 100000", false, 1, ALL(EBADMSG)},
    {"100 MB", "\"huge\": 100000000", false, 1, ALL(EFBIG)},
    /* statuses */
    {"400", STATUS(400), false, 1, ALL(EINVAL)},
    {"401", STATUS(401), false, 1, ALL(EKEYREJECTED)},
    {"403", STATUS(403), false, 1, ALL(EACCES)},
    {"404", STATUS(404), false, 1, {EREMOTEIO, 0, ENOENT, EINVAL, ENOENT, EINVAL, EINVAL, EINVAL}},
    {"405", STATUS(405), false, 1, ALL(EOPNOTSUPP)},
    {"409", STATUS(409), false, 1, {EBUSY, EBUSY, EBUSY, EBUSY, EBUSY, EBUSY, EEXIST, EBUSY}},
    {"413", STATUS(413), false, 1, ALL(EFBIG)},
    {"422", STATUS(422), false, 1, ALL(EINVAL)},
    {"429", STATUS(429), false, 2, ALL(EAGAIN)},
    {"429, try at once", LATER(429, "0"), false, 2, ALL(EAGAIN)},
    {"429, try in a second", LATER(429, "1"), false, 2, ALL(EAGAIN)},
    {"500", STATUS(500), false, 1, ALL(EREMOTEIO)},
    {"502", STATUS(502) ", " HTML, false, 2, ALL(EREMOTEIO)},
    {"503", STATUS(503), false, 2, ALL(EREMOTEIO)},
    {"503, try in a second", LATER(503, "1"), false, 2, ALL(EREMOTEIO)},
    {"504", STATUS(504), false, 2, ALL(EREMOTEIO)},
    {"507", STATUS(507), false, 1, ALL(ENOSPC)},
};

static const struct fault untrue[] = {
    {"nothing changed", "\"ignore\": true", false, 1, {0, 0, 0, EIO, 0, EIO, EREMOTEIO, EIO}},
    {"a string", INSTEAD("\"text\""), true, 1, FOUND(EBADMSG)},
    {"a number", INSTEAD("5"), true, 1, FOUND(EBADMSG)},
    {"true", INSTEAD("true"), true, 1, FOUND(EBADMSG)},
    {"null", INSTEAD("null"), true, 1, READS(0, 0, ENOENT, ENOENT)},
    {"an empty array", INSTEAD("[]"), true, 1, READS(0, 0, ENOENT, ENOENT)},
    {"an empty object", INSTEAD("{}"), true, 1, READS(0, 0, ENOENT, ENOENT)},
    {"arrays in an array", INSTEAD("[[], []]"), true, 1, FOUND(EBADMSG)},
    {"strings in an array", INSTEAD("[\"a\"]"), true, 1, FOUND(EBADMSG)},
    {"null in an array", INSTEAD("[null]"), true, 1, FOUND(EBADMSG)},
    {"$key is a word", MEMBER("$key", "\"word\""), true, 1, READS(0, 0, EBADMSG, EBADMSG)},
    {"$key is null", MEMBER("$key", "null"), true, 1, READS(0, 0, EBADMSG, EBADMSG)},
    {"$key is negative", MEMBER("$key", "-1"), true, 1, READS(0, 0, EBADMSG, EBADMSG)},
    {"$key is vast", MEMBER("$key", "1e300"), true, 1, READS(0, 0, EBADMSG, EBADMSG)},
    {"$key is another", MEMBER("$key", "5"), true, 1, READS(0, 0, ESTALE, ESTALE)},
    {"machine is another", MEMBER("machine", "5"), true, 1, READS(0, 0, ESTALE, ESTALE)},
    {"uuid is another", MEMBER("uuid", "\"x\""), true, 1, READS(0, 0, ESTALE, ESTALE)},
    {"name is an array", MEMBER("name", "[1]"), true, 1, READS(0, 0, 0, 0)},
    {"type is a number", MEMBER("type", "5"), true, 1, READS(0, 0, 0, 0)},
    {"enabled is an object", MEMBER("enabled", "{\"a\": 1}"), true, 1, READS(0, 0, 0, EIO)},
    {"enabled is null", MEMBER("enabled", "null"), true, 1, READS(0, 0, 0, EIO)},
    {"orderid is a word", MEMBER("orderid", "\"first\""), true, 1, READS(0, 0, 0, 0)},
    {"modified is vast", MEMBER("modified", "-1e300"), true, 1, READS(0, 0, 0, 0)},
};

static const struct fault silent[] = {
    {"stall", "\"hang\": true", false, 1, ALL(ETIMEDOUT)},
    {"stall after", "\"after_ms\": 600000", true, 1, ALL(ETIMEDOUT)},
    {"trickle",
     "\"trickle_ms\": 5000",
     true,
     1,
     {ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, ETIMEDOUT, 0}},
    {"429, try much later", LATER(429, "1000"), false, 1, ALL(EAGAIN)},
    {"503, try much later", LATER(503, "1000"), false, 1, ALL(EREMOTEIO)},
};

#define GROUP(title, faults) \
    { \
        title, faults, COUNT(faults) \
    }

const struct fault_group fault_groups[FAULT_KINDS] = {
    [ANSWERED] = GROUP("Faults of the connection and the server", answered),
    [UNTRUE] = GROUP("Answers that are not true", untrue),
    [SILENT] = GROUP("Silence", silent),
};

const struct impostor impostors[IMPOSTORS] = {
    {"nobody listens", NULL, ECONNREFUSED},
    {"a certificate for another host", "wrong-host", EPROTO},
    {"a certificate that has expired", "expired", EPROTO},
    {"a certificate that nobody vouches for", "self-signed", EPROTO},
};

bool can_strike(enum method method, const struct fault *fault)
{
    return method != DELETE || strcmp(fault->name, "truncated") != 0;
}

const char *error_name(int error)
{
    return error == 0 ? "success" : strerrorname_np(error);
}
