/* SPDX-License-Identifier: MIT */
#include "tests/simulator/certificate.h"
#include "tests/simulator/buffer.h"
#include "tests/simulator/files.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

static const time_t DAY = 86400, SPARE = 7 * 86400L, LIFE = 820 * 86400L;

static const char *const kind_names[CERTIFICATE_KINDS] = {"good", "wrong-host", "expired",
                                                          "self-signed"};

enum certificate_kind certificate_kind_find(const char *name)
{
    int kind = 0;

    while (kind < CERTIFICATE_KINDS && strcmp(kind_names[kind], name) != 0)
        kind++;
    return (enum certificate_kind)kind;
}

/* A certificate with its key, in memory. */
struct pair {
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
};

static void must(int result, const char *what)
{
    if (result < 0) {
        (void)fprintf(stderr, "vergesim: %s: %s\n", what, gnutls_strerror(result));
        abort();
    }
}

static void pair_new(struct pair *pair)
{
    must(gnutls_x509_crt_init(&pair->certificate), "certificate");
    must(gnutls_x509_privkey_init(&pair->key), "key");
}

static void pair_clear(struct pair *pair)
{
    gnutls_x509_crt_deinit(pair->certificate);
    gnutls_x509_privkey_deinit(pair->key);
}

static void set_serial(gnutls_x509_crt_t certificate)
{
    unsigned char serial[16];

    must(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial)), "random");
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 1);
    must(gnutls_x509_crt_set_serial(certificate, serial, sizeof(serial)), "serial");
}

/* What an authority and a server have in common. */
static void pair_make(struct pair *pair, const char *name, time_t from, time_t until)
{
    pair_new(pair);
    must(gnutls_x509_privkey_generate(pair->key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
         "key");
    must(gnutls_x509_crt_set_version(pair->certificate, 3), "version");
    must(gnutls_x509_crt_set_key(pair->certificate, pair->key), "key");
    must(gnutls_x509_crt_set_dn_by_oid(pair->certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                       (unsigned)strlen(name)),
         "name");
    must(gnutls_x509_crt_set_activation_time(pair->certificate, from), "time");
    must(gnutls_x509_crt_set_expiration_time(pair->certificate, until), "time");
    set_serial(pair->certificate);
}

static void make_authority(struct pair *pair)
{
    time_t now = time(NULL);

    pair_make(pair, "vergesim authority", now - DAY, now + 10 * LIFE);
    must(gnutls_x509_crt_set_basic_constraints(pair->certificate, 1, 0), "constraints");
    must(gnutls_x509_crt_set_key_usage(pair->certificate, GNUTLS_KEY_KEY_CERT_SIGN), "usage");
    must(gnutls_x509_crt_sign2(pair->certificate, pair->certificate, pair->key, GNUTLS_DIG_SHA256,
                               0),
         "signature");
}

static void add_name(gnutls_x509_crt_t certificate, gnutls_x509_subject_alt_name_t type,
                     const void *data, size_t size)
{
    must(gnutls_x509_crt_set_subject_alt_name(certificate, type, data, (unsigned)size,
                                              GNUTLS_FSAN_APPEND),
         "name");
}

static void add_names(gnutls_x509_crt_t certificate, enum certificate_kind kind)
{
    static const char elsewhere[] = "elsewhere.invalid", here[] = "localhost";
    struct in_addr four;
    struct in6_addr six;

    if (kind == CERTIFICATE_WRONG_HOST) {
        add_name(certificate, GNUTLS_SAN_DNSNAME, elsewhere, strlen(elsewhere));
        return;
    }
    (void)inet_pton(AF_INET, "127.0.0.1", &four);
    (void)inet_pton(AF_INET6, "::1", &six);
    add_name(certificate, GNUTLS_SAN_DNSNAME, here, strlen(here));
    add_name(certificate, GNUTLS_SAN_IPADDRESS, &four, sizeof(four));
    add_name(certificate, GNUTLS_SAN_IPADDRESS, &six, sizeof(six));
}

static void make_server(struct pair *pair, const struct pair *authority, enum certificate_kind kind)
{
    time_t now = time(NULL);
    bool expired = kind == CERTIFICATE_EXPIRED;
    const struct pair *signer = kind == CERTIFICATE_SELF_SIGNED ? pair : authority;

    pair_make(pair, "vergesim", expired ? now - 30 * DAY : now - DAY,
              expired ? now - DAY : now + LIFE);
    must(gnutls_x509_crt_set_basic_constraints(pair->certificate, 0, -1), "constraints");
    must(gnutls_x509_crt_set_key_usage(pair->certificate, GNUTLS_KEY_DIGITAL_SIGNATURE), "usage");
    must(gnutls_x509_crt_set_key_purpose_oid(pair->certificate, GNUTLS_KP_TLS_WWW_SERVER, 0),
         "purpose");
    add_names(pair->certificate, kind);
    must(gnutls_x509_crt_sign2(pair->certificate, signer->certificate, signer->key,
                               GNUTLS_DIG_SHA256, 0),
         "signature");
}

static char *file_name(const char *folder, const char *name, const char *end)
{
    struct buffer path = {0};

    buffer_printf(&path, "%s/%s%s", folder, name, end);
    return buffer_take(&path);
}

static bool load(struct pair *pair, const char *folder, const char *name)
{
    char *paths[] = {file_name(folder, name, ".pem"), file_name(folder, name, "-key.pem")};
    char *certificate = file_read(paths[0]), *key = file_read(paths[1]);
    bool good = certificate && key;

    pair_new(pair);
    if (good) {
        gnutls_datum_t text = {(unsigned char *)certificate, (unsigned)strlen(certificate)};
        gnutls_datum_t secret = {(unsigned char *)key, (unsigned)strlen(key)};

        good = gnutls_x509_crt_import(pair->certificate, &text, GNUTLS_X509_FMT_PEM) >= 0 &&
               gnutls_x509_privkey_import(pair->key, &secret, GNUTLS_X509_FMT_PEM) >= 0;
    }
    free(certificate);
    free(key);
    free(paths[0]);
    free(paths[1]);
    if (!good)
        pair_clear(pair);
    return good;
}

static bool save(const struct pair *pair, const char *folder, const char *name)
{
    char *paths[] = {file_name(folder, name, ".pem"), file_name(folder, name, "-key.pem")};
    gnutls_datum_t certificate = {NULL, 0}, key = {NULL, 0};
    bool good;

    must(gnutls_x509_crt_export2(pair->certificate, GNUTLS_X509_FMT_PEM, &certificate),
         "certificate");
    must(gnutls_x509_privkey_export2(pair->key, GNUTLS_X509_FMT_PEM, &key), "key");
    good = file_replace(paths[1], (const char *)key.data, 0600) &&
           file_replace(paths[0], (const char *)certificate.data, 0644);
    gnutls_free(certificate.data);
    gnutls_free(key.data);
    free(paths[0]);
    free(paths[1]);
    return good;
}

static bool still_good(gnutls_x509_crt_t certificate)
{
    return gnutls_x509_crt_get_expiration_time(certificate) > time(NULL) + SPARE;
}

static bool prepare_authority(struct pair *authority, const char *folder)
{
    if (load(authority, folder, "ca")) {
        if (still_good(authority->certificate))
            return true;
        pair_clear(authority);
    }
    make_authority(authority);
    if (save(authority, folder, "ca"))
        return true;
    pair_clear(authority);
    return false;
}

/* Signed by whom it should be, and in time, which for an expired one means out of it. */
static bool usable(const struct pair *server, const struct pair *authority,
                   enum certificate_kind kind)
{
    gnutls_x509_crt_t signer =
        kind == CERTIFICATE_SELF_SIGNED ? server->certificate : authority->certificate;
    unsigned output = 0;

    if (kind != CERTIFICATE_EXPIRED && !still_good(server->certificate))
        return false;
    return gnutls_x509_crt_verify(server->certificate, &signer, 1,
                                  GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
                                      GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1,
                                  &output) >= 0 &&
           (output == 0 || kind == CERTIFICATE_SELF_SIGNED);
}

static bool prepare_server(const struct pair *authority, const char *folder,
                           enum certificate_kind kind)
{
    const char *name = kind == CERTIFICATE_GOOD ? "server" : kind_names[kind];
    struct pair server;
    bool good;

    if (load(&server, folder, name)) {
        good = usable(&server, authority, kind);
        pair_clear(&server);
        if (good)
            return true;
    }
    make_server(&server, authority, kind);
    good = save(&server, folder, name);
    pair_clear(&server);
    return good;
}

static bool prepare_files(const char *folder, enum certificate_kind kind)
{
    struct pair authority;
    bool good = prepare_authority(&authority, folder);

    if (good) {
        good = prepare_server(&authority, folder, kind);
        pair_clear(&authority);
    }
    return good;
}

bool certificate_read(struct certificate *certificate, const char *chain, const char *key)
{
    certificate->chain = file_read(chain);
    certificate->key = file_read(key);
    if (!certificate->chain)
        (void)fprintf(stderr, "vergesim: cannot read %s\n", chain);
    else if (!certificate->key)
        (void)fprintf(stderr, "vergesim: cannot read %s\n", key);
    return certificate->chain && certificate->key;
}

bool certificate_prepare(struct certificate *certificate, const char *folder,
                         enum certificate_kind kind)
{
    const char *name = kind == CERTIFICATE_GOOD ? "server" : kind_names[kind];
    char *paths[] = {file_name(folder, name, ".pem"), file_name(folder, name, "-key.pem")};
    int lock = -1;
    bool good = folder_make(folder);

    /* Simulators that start at once must not each make an authority. */
    if (good)
        lock = file_lock(folder);
    good = good && lock >= 0 && prepare_files(folder, kind);
    if (lock >= 0)
        (void)close(lock);
    if (!good)
        (void)fprintf(stderr, "vergesim: cannot keep certificates in %s\n", folder);
    good = good && certificate_read(certificate, paths[0], paths[1]);
    certificate->authority = file_name(folder, "ca", ".pem");
    free(paths[0]);
    free(paths[1]);
    return good;
}

void certificate_clear(struct certificate *certificate)
{
    free(certificate->chain);
    free(certificate->key);
    free(certificate->authority);
    *certificate = (struct certificate){0};
}
