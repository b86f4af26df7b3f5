/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/raw_server.h"
#include "tests/unit/transport_fixture.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Answers the client's greeting with the script, and leaves. */
static void serve_no_tls(struct raw_server *server, int fd)
{
    char bytes[4096];
    if (recv(fd, bytes, sizeof(bytes), 0) > 0) {
        raw_string(fd, server->script);
    }
}

/* A refusal is final; a connection that was dropped may be tried again. */
START_TEST(handshakes_that_fail)
{
    static const struct {
        const char *script;
        int errnum;
    } rows[] = {{"HTTP/1.1 400 Bad Request\r\n\r\n", EPROTO}, {"", ECONNRESET}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        static struct raw_server server;
        raw_start(&server, serve_no_tls, rows[i].script);
        raw_https(&server);
        struct verge_transport *transport = transport_to(server.url);
        expect_failure(ask(transport, "POST"), rows[i].errnum, false);
        transport->free(transport);
        raw_stop(&server);
    }
}
END_TEST

/* A self-signed certificate for 127.0.0.1, and its file. */
struct identity {
    gnutls_certificate_credentials_t credentials;
    char ca_file[32];
};

static void write_file(char path[32], const gnutls_datum_t *content)
{
    snprintf(path, 32, "certificate.XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content->data, content->size), (ssize_t)content->size);
    close(fd);
}

static void identity_make(struct identity *identity)
{
    static const unsigned char address[4] = {127, 0, 0, 1};
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_init(&key);
    gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                 GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    gnutls_x509_crt_init(&certificate);
    gnutls_x509_crt_set_version(certificate, 3);
    gnutls_x509_crt_set_serial(certificate, "\1", 1);
    gnutls_x509_crt_set_activation_time(certificate, time(NULL) - 3600);
    gnutls_x509_crt_set_expiration_time(certificate, time(NULL) + 86400);
    gnutls_x509_crt_set_dn(certificate, "CN=test", NULL);
    gnutls_x509_crt_set_ca_status(certificate, 1);
    gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, address,
                                         sizeof(address), GNUTLS_FSAN_SET);
    gnutls_x509_crt_set_key(certificate, key);
    ck_assert_int_eq(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0), 0);
    gnutls_datum_t pem = {NULL, 0};
    ck_assert_int_eq(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem), 0);
    write_file(identity->ca_file, &pem);
    gnutls_free(pem.data);
    gnutls_certificate_allocate_credentials(&identity->credentials);
    ck_assert_int_eq(gnutls_certificate_set_x509_key(identity->credentials, &certificate, 1, key),
                     0);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
}

static void serve_tls(struct raw_server *server, int fd)
{
    const struct identity *identity = server->script;
    gnutls_session_t session;
    char bytes[4096];
    gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_SIGNAL);
    gnutls_set_default_priority(session);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, identity->credentials);
    gnutls_transport_set_int(session, fd);
    if (gnutls_handshake(session) == 0 && gnutls_record_recv(session, bytes, sizeof(bytes)) > 0) {
        atomic_fetch_add(&server->requests, 1);
        gnutls_record_send(session, OK, strlen(OK));
        gnutls_bye(session, GNUTLS_SHUT_WR);
    }
    gnutls_deinit(session);
}

START_TEST(certificates)
{
    struct identity identity;
    identity_make(&identity);
    static const struct {
        const char *name;
        bool trusted, insecure, accepted;
    } rows[] = {
        {"127.0.0.1", true, false, true}, {"127.0.0.1", false, false, false},
        {"127.0.0.1", false, true, true}, {"localhost", true, false, false},
        {"localhost", true, true, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        static struct raw_server server;
        raw_start(&server, serve_tls, &identity);
        char url[64];
        snprintf(url, sizeof(url), "https://%s%s", rows[i].name, strchr(server.host, ':'));
        struct verge_transport *transport = transport_with(&(struct verge_transport_options){
            .base_url = url,
            .ca_file = rows[i].trusted ? identity.ca_file : NULL,
            .insecure = rows[i].insecure,
        });
        struct result result = ask(transport, "PUT");
        ck_assert_msg(result.rc == (rows[i].accepted ? 0 : -EPROTO), "%zu: %s", i,
                      result.error.text);
        ck_assert(!result.error.uncertain);
        verge_answer_free(&result.answer);
        transport->free(transport);
        raw_stop(&server);
        ck_assert_uint_eq(atomic_load(&server.requests), rows[i].accepted);
    }
    unlink(identity.ca_file);
    gnutls_certificate_free_credentials(identity.credentials);
}
END_TEST

UNIT_MAIN("tls", handshakes_that_fail, certificates)
