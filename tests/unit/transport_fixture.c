/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/transport_fixture.h"
#include "tests/unit/unit.h"

struct verge_transport *transport_with(const struct verge_transport_options *options)
{
    struct verge_error error = VERGE_ERROR_INIT;
    struct verge_transport *transport = verge_transport_curl(options, &error);
    ck_assert_msg(transport != NULL, "%s", error.text);
    return transport;
}

struct verge_transport *transport_to(const char *url)
{
    return transport_with(
        &(struct verge_transport_options){.base_url = url, .connections = 4, .user_agent = "test"});
}

struct result ask_until(struct verge_transport *transport, const char *method,
                        const struct verge_call *call)
{
    struct verge_request request = {.method = method,
                                    .path = "/api/v4/vms?fields=all",
                                    .authorization = SECRET,
                                    .answer_limit = 1000};
    bool has_body = strcmp(method, "PUT") == 0 || strcmp(method, "POST") == 0;
    request.body = has_body ? "{\"a\":1}" : NULL;
    struct result result = {.rc = 0};
    result.rc = transport->send(transport, call, &request, &result.answer, &result.error);
    ck_assert_int_eq(result.error.errnum, -result.rc);
    if (result.rc) {
        ck_assert_str_ne(result.error.text, "");
        ck_assert_ptr_null(strstr(result.error.text, "s3cret"));
        ck_assert_str_eq(result.error.method, method);
        ck_assert_str_eq(result.error.path, "/api/v4/vms");
        ck_assert_uint_eq(result.answer.body.length, 0);
    }
    return result;
}

struct result ask(struct verge_transport *transport, const char *method)
{
    return ask_until(transport, method, &patient);
}

void expect(struct verge_transport *transport, const char *method, const char *body)
{
    struct result result = ask(transport, method);
    ck_assert_msg(result.rc == 0, "%s", result.error.text);
    ck_assert_int_eq(result.answer.status, 200);
    ck_assert_str_eq(verge_text_content(&result.answer.body), body);
    verge_answer_free(&result.answer);
}

void expect_failure(struct result result, int errnum, bool uncertain)
{
    ck_assert_msg(result.rc == -errnum, "%s, not %s: %s", verge_errno_name(-result.rc),
                  verge_errno_name(errnum), result.error.text);
    ck_assert_int_eq(result.error.uncertain, uncertain);
}
