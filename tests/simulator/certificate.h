/* SPDX-License-Identifier: MIT */
/*
 * The certificates of the HTTPS listener: a small authority of our own and a server certificate
 * signed by it, made on first use and kept; and bad ones, for those who test that they are
 * refused.
 */
#ifndef SIMULATOR_CERTIFICATE_H
#define SIMULATOR_CERTIFICATE_H

#include <stdbool.h>

enum certificate_kind {
    CERTIFICATE_GOOD,
    CERTIFICATE_WRONG_HOST,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_SELF_SIGNED,
    CERTIFICATE_KINDS,
};

struct certificate {
    char *chain, *key; /* PEM */
    char *authority;   /* the file a client should trust; NULL if it is not ours to know */
};

/* CERTIFICATE_KINDS if there is no such kind. */
enum certificate_kind certificate_kind_find(const char *name);

/* From the state folder, which is made if need be. False with a message on stderr. */
bool certificate_prepare(struct certificate *certificate, const char *folder,
                         enum certificate_kind kind);

/* From files. */
bool certificate_read(struct certificate *certificate, const char *chain, const char *key);

void certificate_clear(struct certificate *certificate);

#endif
