/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/error.h"
#include "lib/value.h"

/* What a status means (spec §4). `unsure`: a write answered so may nevertheless have been done. */
struct status {
    long status;
    int errnum;
    int errnum_create; /* on POST, where it differs; else 0 */
    bool unsure;
};

static const struct status statuses[] = {
    {400, EINVAL, 0, false},      {401, EKEYREJECTED, 0, false}, {403, EACCES, 0, false},
    {404, ENOENT, EINVAL, false}, {405, EOPNOTSUPP, 0, false},   {408, ETIMEDOUT, 0, true},
    {409, EBUSY, EEXIST, false},  {413, EFBIG, 0, false},        {422, EINVAL, 0, false},
    {429, EAGAIN, 0, false},      {501, EREMOTEIO, 0, false},    {507, ENOSPC, 0, false},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct status status_find(long status)
{
    for (size_t i = 0; i < COUNT(statuses); i++) {
        if (statuses[i].status == status) {
            return statuses[i];
        }
    }
    /* 1xx says nothing about what was asked. */
    return (struct status){status, EREMOTEIO, 0, status < 200 || status >= 500};
}

#define NAME(errnum) [errnum] = #errnum

static const char *const names[] = {
    NAME(EPERM),       NAME(ENOENT),       NAME(ESRCH),         NAME(EINTR),
    NAME(EIO),         NAME(ENXIO),        NAME(E2BIG),         NAME(ENOEXEC),
    NAME(EBADF),       NAME(ECHILD),       NAME(EAGAIN),        NAME(ENOMEM),
    NAME(EACCES),      NAME(EFAULT),       NAME(ENOTBLK),       NAME(EBUSY),
    NAME(EEXIST),      NAME(EXDEV),        NAME(ENODEV),        NAME(ENOTDIR),
    NAME(EISDIR),      NAME(EINVAL),       NAME(ENFILE),        NAME(EMFILE),
    NAME(ENOTTY),      NAME(ETXTBSY),      NAME(EFBIG),         NAME(ENOSPC),
    NAME(ESPIPE),      NAME(EROFS),        NAME(EMLINK),        NAME(EPIPE),
    NAME(EDOM),        NAME(ERANGE),       NAME(EDEADLK),       NAME(ENAMETOOLONG),
    NAME(ENOLCK),      NAME(ENOSYS),       NAME(ENOTEMPTY),     NAME(ELOOP),
    NAME(ENODATA),     NAME(ETIME),        NAME(EPROTO),        NAME(EBADMSG),
    NAME(EOVERFLOW),   NAME(EILSEQ),       NAME(EUSERS),        NAME(EMSGSIZE),
    NAME(EOPNOTSUPP),  NAME(EADDRINUSE),   NAME(EADDRNOTAVAIL), NAME(ENETDOWN),
    NAME(ENETUNREACH), NAME(ENETRESET),    NAME(ECONNABORTED),  NAME(ECONNRESET),
    NAME(ENOBUFS),     NAME(EISCONN),      NAME(ENOTCONN),      NAME(ESHUTDOWN),
    NAME(ETIMEDOUT),   NAME(ECONNREFUSED), NAME(EHOSTDOWN),     NAME(EHOSTUNREACH),
    NAME(EALREADY),    NAME(EINPROGRESS),  NAME(ESTALE),        NAME(EREMOTEIO),
    NAME(EDQUOT),      NAME(ECANCELED),    NAME(ENOKEY),        NAME(EKEYEXPIRED),
    NAME(EKEYREVOKED), NAME(EKEYREJECTED),
};

const char *verge_errno_name(int errnum)
{
    if (errnum < 0 || (size_t)errnum >= COUNT(names) || !names[errnum]) {
        return "EUNKNOWN";
    }
    return names[errnum];
}

static bool is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The length of the lead byte's sequence, with the bits it carries; 0 when it leads none. */
static size_t lead(unsigned char c, uint32_t *bits)
{
    static const struct {
        unsigned char mask, value;
    } leads[] = {{0x80, 0x00}, {0xe0, 0xc0}, {0xf0, 0xe0}, {0xf8, 0xf0}};
    for (size_t i = 0; i < COUNT(leads); i++) {
        if ((c & leads[i].mask) == leads[i].value) {
            *bits = c & (unsigned char)~leads[i].mask;
            return i + 1;
        }
    }
    return 0;
}

/* Decodes one character of valid UTF-8; returns its length, or 0 for invalid bytes. */
static size_t decode(const char *bytes, size_t length, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t c = 0;
    size_t n = lead((unsigned char)bytes[0], &c);
    if (!n || n > length) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char)bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
        c = c << 6 | ((unsigned char)bytes[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        return 0;
    }
    *character = c;
    return n;
}

/* Characters a terminal acts upon: C0, DEL, C1, line separators, changes of direction. */
static bool is_harmful(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void verge_printable(char *out, size_t size, const char *bytes, size_t length)
{
    if (!size) {
        return;
    }
    size_t used = 0;
    for (size_t i = 0, n; i < length; i += n) {
        const char *from = bytes + i;
        uint32_t c = 0;
        n = decode(from, length - i, &c);
        size_t width = n;
        if (is_space((unsigned char)*from)) {
            while (i + n < length && is_space((unsigned char)bytes[i + n])) {
                n++;
            }
            from = " ";
        } else if (!n || is_harmful(c)) {
            n = n ? n : 1;
            width = 1;
            from = "?";
        }
        if (used + width >= size) {
            break;
        }
        memcpy(out + used, from, width);
        used += width;
    }
    out[used] = '\0';
}

int verge_error_set(struct verge_error *error, int errnum, const char *format, ...)
{
    /* Formatted aside, as the arguments may be of the error itself. */
    char line[sizeof(error->text)];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    *error = (struct verge_error){.errnum = errnum};
    verge_printable(error->text, sizeof(error->text), line, strlen(line));
    return -errnum;
}

void verge_error_request(struct verge_error *error, const char *method, const char *path)
{
    verge_printable(error->method, sizeof(error->method), method, strlen(method));
    verge_printable(error->path, sizeof(error->path), path, strcspn(path, "?#"));
}

static const char *member(const cJSON *object, const char *name)
{
    const char *string = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return string && *string ? string : NULL;
}

/* The server's words in the order of vergeos-api §3.2; NULL when it said nothing we know. */
static const char *words(const cJSON *body)
{
    const cJSON *err = cJSON_GetObjectItemCaseSensitive(body, "err");
    const char *found = member(body, "err");
    found = found ? found : member(err, "message");
    found = found || !cJSON_IsTrue(err) ? found : member(body, "message");
    found = found ? found : member(body, "error");
    return found ? found : member(body, "message");
}

/* Where `tag` begins, in any case; `end` where it does not. */
static const char *find_tag(const char *text, const char *end, const char *tag)
{
    size_t length = strlen(tag);
    while ((size_t)(end - text) >= length && strncasecmp(text, tag, length) != 0) {
        text++;
    }
    return (size_t)(end - text) >= length ? text : end;
}

/* What a page of HTML says: its title, or where it has none the text outside of its tags. */
static void page_words(char *out, size_t size, const char *page, size_t length)
{
    const char *end = page + length;
    const char *title = find_tag(page, end, "<title");
    size_t used = 0;
    bool inside = false; /* of a tag */
    if (title < end) {
        page = title;
        end = find_tag(title, end, "</title");
    }
    for (; page < end && used < size - 1; page++) {
        inside = inside || *page == '<';
        if (!inside) {
            out[used++] = *page;
        } else if (used && out[used - 1] != ' ') {
            out[used++] = ' ';
        }
        inside = inside && *page != '>';
    }
    while (used && is_space((unsigned char)out[used - 1])) {
        used--;
    }
    out[used] = '\0';
}

/* A web server, or a proxy before the system: its markup is nothing for a person to read. */
static void describe_page(struct verge_error *error, const char *page, size_t length)
{
    char words[200], line[sizeof(words)];
    page_words(words, sizeof(words), page, length);
    const char *begin = words + strspn(words, " \t\r\n");
    verge_printable(line, sizeof(line), begin, strlen(begin));
    snprintf(error->text, sizeof(error->text),
             "a web page answers in place of the API: HTTP %ld%s%s", error->http_status,
             *line ? ", " : "", line);
}

static void describe(struct verge_error *error, const char *body, size_t length)
{
    VERGE_JSON_LOCAL *json = verge_json_parse(body, length);
    const char *said = words(json);
    while (!said && length && is_space((unsigned char)*body)) {
        body++;
        length--;
    }
    if (said) {
        verge_printable(error->text, sizeof(error->text), said, strlen(said));
    } else if (error->http_status >= 300 && error->http_status < 400) {
        snprintf(error->text, sizeof(error->text),
                 "the server redirects (HTTP %ld); redirects are not followed", error->http_status);
    } else if (length && *body == '<') {
        describe_page(error, body, length);
    } else if (length) {
        verge_printable(error->text, sizeof(error->text), body, length);
    } else {
        snprintf(error->text, sizeof(error->text), "HTTP %ld without a word", error->http_status);
    }
}

int verge_error_from_http(struct verge_error *error, long status, const char *method,
                          const char *path, const char *body, size_t length)
{
    struct status row = status_find(status);
    bool create = strcmp(method, "POST") == 0;
    *error = (struct verge_error){
        .errnum = create && row.errnum_create ? row.errnum_create : row.errnum,
        .http_status = status,
        .uncertain = row.unsure && strcmp(method, "GET") != 0,
    };
    verge_error_request(error, method, path);
    describe(error, body, length);
    return -error->errnum;
}
