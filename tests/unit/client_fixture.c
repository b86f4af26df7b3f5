/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/value.h"
#include "tests/unit/client_fixture.h"
#include "tests/unit/unit.h"

static struct verge_client *client_of(struct fake_transport *fake, const char *token,
                                      const struct verge_client_options *options)
{
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;
    verge_credentials_init(&credentials);
    credentials.token = strdup(token);
    struct verge_client *client =
        verge_client_new(fake_transport_interface(fake), &credentials, options, &error);
    verge_credentials_free(&credentials);
    ck_assert_msg(client != NULL, "%s", error.text);
    return client;
}

struct fixture set_up_with(const struct verge_client_options *options)
{
    struct fixture fixture = {.fake = fake_transport_new()};
    fixture.client = client_of(fixture.fake, "s3cret-key", options);
    return fixture;
}

struct fixture set_up(void)
{
    return set_up_with(&(struct verge_client_options){.retries = 3, .backoff = 0.0001});
}

void tear_down(struct fixture *fixture)
{
    verge_client_free(fixture->client);
    ck_assert(fake_transport_freed(fixture->fake));
    fake_transport_free(fixture->fake);
}

int ask(struct fixture *fixture, const char *method, const struct verge_call *call)
{
    VERGE_JSON_LOCAL *body = cJSON_CreateObject();
    struct verge_client *client = fixture->client;
    struct verge_error *error = &fixture->error;
    int rc = -ENOSYS;
    if (strcmp(method, "GET") == 0) {
        rc = verge_client_get(client, call, &(struct verge_query){.table = "t", .key = "1"}, NULL,
                              error);
    } else if (strcmp(method, "PUT") == 0) {
        rc = verge_client_put(client, call, "t", "1", body, error);
    } else if (strcmp(method, "POST") == 0) {
        rc = verge_client_post(client, call, "t", body, NULL, error);
    } else {
        rc = verge_client_delete(client, call, "t", "1", error);
    }
    ck_assert_int_eq(fixture->error.errnum, -rc);
    ck_assert(rc == 0 || strcmp(fixture->error.method, method) == 0);
    return rc;
}
