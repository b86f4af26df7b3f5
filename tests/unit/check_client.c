/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/client.h"
#include "lib/value.h"
#include "tests/unit/client_fixture.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void expect_log(struct fixture *fixture, const char *expected)
{
    char *log = fake_log(fixture->fake);
    ck_assert_str_eq(log, expected);
    free(log);
}

/* ---- requests and answers ---- */

START_TEST(requests)
{
    struct fixture f = set_up();
    fake_answer(f.fake, "GET", "/api/v4/vms", 200, "[{\"$key\":1}]");
    fake_answer(f.fake, "PUT", "/api/v4/machine_devices/7", 200, "[]");
    fake_answer(f.fake, "POST", "/api/v4/machine_devices", 201, "{\"$key\":\"9\"}");
    fake_answer(f.fake, "DELETE", "/api/v4/machine_devices/7", 204, "");
    fake_answer(f.fake, "GET", "/version.json", 200, "{\"version\":\"26.0\"}");
    cJSON *answer = NULL;
    struct verge_query query = {.table = "vms", .fields = "$key", .limit = 5};
    ck_assert_int_eq(verge_client_get(f.client, &patient, &query, &answer, &f.error), 0);
    ck_assert_int_eq(cJSON_GetArraySize(answer), 1);
    cJSON_Delete(answer);
    ck_assert_str_eq(fake_authorization(f.fake), "Bearer s3cret-key");
    VERGE_JSON_LOCAL *body = cJSON_Parse("{\"name\": \"n\", \"enabled\": true}");
    ck_assert_int_eq(verge_client_put(f.client, &patient, "machine_devices", "7", body, &f.error),
                     0);
    ck_assert_int_eq(
        verge_client_post(f.client, &patient, "machine_devices", body, &answer, &f.error), 0);
    uint32_t key = 0;
    ck_assert(verge_value_key(answer, &key));
    ck_assert_uint_eq(key, 9);
    cJSON_Delete(answer);
    ck_assert_int_eq(verge_client_delete(f.client, &patient, "machine_devices", "7", &f.error), 0);
    ck_assert_int_eq(verge_client_get_path(f.client, &patient, "/version.json", &answer, &f.error),
                     0);
    ck_assert_str_eq(fake_authorization(f.fake), "");
    cJSON_Delete(answer);
    expect_log(&f, "GET /api/v4/vms?fields=$key&limit=5\n"
                   "PUT /api/v4/machine_devices/7 {\"name\":\"n\",\"enabled\":true}\n"
                   "POST /api/v4/machine_devices {\"name\":\"n\",\"enabled\":true}\n"
                   "DELETE /api/v4/machine_devices/7\n"
                   "GET /version.json\n");
    tear_down(&f);
}
END_TEST

/* Nothing said is NULL; brackets say nothing only to a write. */
START_TEST(empty_answers)
{
    static const struct {
        const char *body;
        bool of_get, of_post;
    } rows[] = {{"", false, false},        {" \n", false, false}, {"null", false, false},
                {"[]", true, false},       {"{}", true, false},   {"[1]", true, true},
                {"{\"a\":1}", true, true}, {"0", true, true}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f = set_up();
        fake_answer(f.fake, "GET", "", 200, rows[i].body);
        fake_answer(f.fake, "POST", "", 201, rows[i].body);
        cJSON *answer = NULL;
        struct verge_query query = {.table = "t"};
        ck_assert_int_eq(verge_client_get(f.client, &patient, &query, &answer, &f.error), 0);
        ck_assert_msg((answer != NULL) == rows[i].of_get, "GET %s", rows[i].body);
        cJSON_Delete(answer);
        ck_assert_int_eq(verge_client_post(f.client, &patient, "t", NULL, &answer, &f.error), 0);
        ck_assert_msg((answer != NULL) == rows[i].of_post, "POST %s", rows[i].body);
        cJSON_Delete(answer);
        tear_down(&f);
    }
}
END_TEST

START_TEST(answers_that_are_not_the_api_s)
{
    static const struct {
        const char *body;
        bool is_json;
        int errnum;
    } rows[] = {
        {"<html>Login</html>", false, EREMOTEIO},
        {"<html>Login</html>", true, EREMOTEIO},
        {"Welcome", true, EREMOTEIO},
        {"{\"a\":1", true, EBADMSG},
        {"[1,]", true, EBADMSG},
        {"[1] [2]", true, EBADMSG},
        {"[1,", false, EREMOTEIO},
        {"[1]", false, 0},
    };
    static const char *const methods[] = {"GET", "PUT", "POST", "DELETE"};
    for (size_t i = 0; i < COUNT(rows) * COUNT(methods); i++) {
        struct fixture f = set_up();
        const char *method = methods[i % 4];
        fake_answer_as(f.fake, method, "", 200, rows[i / 4].body, rows[i / 4].is_json, -1);
        ck_assert_int_eq(ask(&f, method, &patient), -rows[i / 4].errnum);
        ck_assert_int_eq(f.error.uncertain, rows[i / 4].errnum && i % 4);
        ck_assert_uint_eq(fake_count(f.fake, "", ""), 1);
        tear_down(&f);
    }
}
END_TEST

START_TEST(errors_carry_the_server_s_words)
{
    struct fixture f = set_up();
    fake_answer(f.fake, "GET", "", 422, "{\"err\":\"Invalid argument\"}");
    cJSON *answer = (cJSON *)&f;
    struct verge_query query = {.table = "vms", .filter = "x"};
    ck_assert_int_eq(verge_client_get(f.client, &patient, &query, &answer, &f.error), -EINVAL);
    ck_assert_ptr_null(answer);
    ck_assert_str_eq(f.error.text, "Invalid argument");
    ck_assert_str_eq(f.error.path, "/api/v4/vms");
    ck_assert_int_eq(f.error.http_status, 422);
    tear_down(&f);
}
END_TEST

START_TEST(an_echoed_secret_is_hidden)
{
    struct fixture f = set_up();
    fake_answer(f.fake, "GET", "", 403,
                "{\"err\":\"Bearer s3cret-key and s3cret-key are refused\"}");
    ck_assert_int_eq(ask(&f, "GET", &patient), -EACCES);
    ck_assert_str_eq(f.error.text, "Bearer ********** and ********** are refused");
    tear_down(&f);
}
END_TEST

/* ---- tries ---- */

START_TEST(what_is_tried_again)
{
    static const struct {
        long status;
        int errnum; /* of the transport, when no status */
        bool again;
    } rows[] = {
        {429, 0, true},           {502, 0, true},           {503, 0, true},
        {504, 0, true},           {500, 0, false},          {404, 0, false},
        {409, 0, false},          {403, 0, false},          {408, 0, false},
        {507, 0, false},          {0, ECONNRESET, true},    {0, EBADMSG, true},
        {0, ETIMEDOUT, false},    {0, ECONNREFUSED, false}, {0, EPROTO, false},
        {0, EHOSTUNREACH, false}, {0, EFBIG, false},        {0, EREMOTEIO, false},
    };
    static const char *const methods[] = {"GET", "PUT", "DELETE", "POST"};
    for (size_t i = 0; i < COUNT(rows) * COUNT(methods); i++) {
        struct fixture f = set_up();
        const char *method = methods[i % 4];
        bool again = rows[i / 4].again && strcmp(method, "POST") != 0;
        for (int n = 0; n < 3; n++) {
            if (rows[i / 4].errnum) {
                fake_failure(f.fake, method, "", rows[i / 4].errnum, true);
            } else {
                fake_answer(f.fake, method, "", rows[i / 4].status, "");
            }
        }
        fake_answer(f.fake, method, "", 200, "");
        int rc = ask(&f, method, &patient);
        ck_assert_msg((rc == 0) == again, "%s %ld/%d: %d", method, rows[i / 4].status,
                      rows[i / 4].errnum, rc);
        ck_assert_uint_eq(fake_count(f.fake, method, ""), again ? 4 : 1);
        tear_down(&f);
    }
}
END_TEST

START_TEST(tries_are_bounded)
{
    for (unsigned retries = 0; retries < 4; retries++) {
        struct fixture f =
            set_up_with(&(struct verge_client_options){.retries = retries, .backoff = 0.0001});
        fake_answer(f.fake, "GET", "", 429, "{\"err\":\"slow down\"}");
        ck_assert_int_eq(ask(&f, "GET", &patient), -EAGAIN);
        ck_assert_str_eq(f.error.text, "slow down");
        ck_assert_uint_eq(fake_count(f.fake, "GET", ""), retries + 1);
        struct verge_client_stats stats;
        verge_client_stats(f.client, &stats);
        ck_assert_uint_eq(stats.retries, retries);
        tear_down(&f);
    }
}
END_TEST

/* A wait that does not fit is not begun: here the backoff would be hours. */
START_TEST(no_wait_beyond_the_deadline)
{
    struct fixture f = set_up_with(&(struct verge_client_options){.retries = 3, .backoff = 7200});
    fake_answer(f.fake, "GET", "", 503, "");
    struct verge_call call = {.deadline = verge_now() + 600000};
    ck_assert_int_eq(ask(&f, "GET", &call), -EREMOTEIO);
    ck_assert_uint_eq(fake_count(f.fake, "", ""), 1);
    tear_down(&f);
}
END_TEST

static void fire(void *argument)
{
    verge_cancel_fire(argument);
}

/* Fired while the answer is under way, so that the wait behind it meets a fired token. */
START_TEST(cancel_ends_the_wait)
{
    struct fixture f = set_up_with(&(struct verge_client_options){.retries = 3, .backoff = 1000});
    struct verge_cancel cancel;
    verge_cancel_init(&cancel);
    fake_failure(f.fake, "PUT", "", ECONNRESET, true);
    fake_on_send(f.fake, fire, &cancel);
    struct verge_call call = {.deadline = INT64_MAX, .cancel = &cancel};
    ck_assert_int_eq(ask(&f, "PUT", &call), -EINTR);
    ck_assert(f.error.uncertain);
    ck_assert_uint_eq(fake_count(f.fake, "", ""), 1);
    verge_cancel_destroy(&cancel);
    tear_down(&f);
}
END_TEST

START_TEST(retry_after_is_honoured)
{
    struct fixture f = set_up_with(&(struct verge_client_options){.retries = 3, .backoff = 7200});
    fake_answer_as(f.fake, "GET", "", 503, "", true, 40);
    fake_answer(f.fake, "GET", "", 200, "[]");
    int64_t start = verge_now();
    struct verge_call call = {.deadline = start + 600000};
    ck_assert_int_eq(ask(&f, "GET", &call), 0);
    ck_assert_int_ge(verge_now() - start, 40);
    ck_assert_uint_eq(fake_count(f.fake, "", ""), 2);
    tear_down(&f);
}
END_TEST

/* Too long for this call, which fails now; others that have less time fail without asking. */
START_TEST(a_long_retry_after_holds_everybody)
{
    static const char *const methods[] = {"GET", "POST"};
    for (size_t i = 0; i < COUNT(methods); i++) {
        struct fixture f = set_up();
        fake_answer_as(f.fake, methods[i], "", 429, "", true, 3600000);
        fake_answer(f.fake, "DELETE", "", 200, "");
        struct verge_call call = {.deadline = verge_now() + 300000};
        ck_assert_int_eq(ask(&f, methods[i], &call), -EAGAIN);
        ck_assert_int_eq(f.error.http_status, 429);
        call.deadline = verge_now() + 1000;
        ck_assert_int_eq(ask(&f, "DELETE", &call), -EAGAIN);
        ck_assert_int_eq(f.error.http_status, 0);
        ck_assert_uint_eq(fake_count(f.fake, "", ""), 1);
        tear_down(&f);
    }
}
END_TEST

/* Of a 502 or 504 the header is not the API's to give. */
START_TEST(retry_after_of_others_is_ignored)
{
    struct fixture f = set_up();
    fake_answer_as(f.fake, "GET", "", 502, "", true, 3600000);
    fake_answer(f.fake, "GET", "", 200, "[]");
    struct verge_call call = {.deadline = verge_now() + 600000};
    ck_assert_int_eq(ask(&f, "GET", &call), 0);
    tear_down(&f);
}
END_TEST

START_TEST(a_lost_delete_is_found_done)
{
    static const struct {
        long status;
        int errnum;
        bool uncertain;
        int rc;
    } rows[] = {
        {0, ECONNRESET, true, 0},
        {0, ECONNRESET, false, -ENOENT},
        {504, 0, false, 0},
        {429, 0, false, -ENOENT},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture f = set_up();
        if (rows[i].errnum) {
            fake_failure(f.fake, "DELETE", "", rows[i].errnum, rows[i].uncertain);
        } else {
            fake_answer(f.fake, "DELETE", "", rows[i].status, "");
        }
        fake_answer(f.fake, "DELETE", "", 404, "<html>gone</html>");
        ck_assert_int_eq(ask(&f, "DELETE", &patient), rows[i].rc);
        ck_assert_uint_eq(fake_count(f.fake, "DELETE", ""), 2);
        tear_down(&f);
    }
    struct fixture f = set_up();
    fake_answer(f.fake, "DELETE", "", 404, "");
    ck_assert_int_eq(ask(&f, "DELETE", &patient), -ENOENT);
    tear_down(&f);
}
END_TEST

/* What an earlier try may have done is still uncertain after one that certainly did nothing. */
START_TEST(uncertainty_stays)
{
    struct fixture f = set_up();
    fake_failure(f.fake, "PUT", "", ECONNRESET, true);
    fake_failure(f.fake, "PUT", "", ECONNREFUSED, false);
    ck_assert_int_eq(ask(&f, "PUT", &patient), -ECONNREFUSED);
    ck_assert(f.error.uncertain);
    fake_failure(f.fake, "POST", "", ECONNRESET, true);
    ck_assert_int_eq(ask(&f, "POST", &patient), -ECONNRESET);
    ck_assert(f.error.uncertain);
    ck_assert_uint_eq(fake_count(f.fake, "POST", ""), 1);
    tear_down(&f);
}
END_TEST

/* ---- the budget ---- */

START_TEST(every_try_takes_from_the_budget)
{
    struct fixture f =
        set_up_with(&(struct verge_client_options){.retries = 9, .backoff = 0.0001, .budget = 4});
    fake_answer(f.fake, "GET", "", 504, "{\"err\":\"busy\"}");
    fake_answer(f.fake, "DELETE", "", 200, "");
    struct verge_call call = {.deadline = verge_now() + 60000};
    /* Three for reading, one in reserve. The last answer tells more than the empty budget. */
    ck_assert_int_eq(ask(&f, "GET", &call), -EREMOTEIO);
    ck_assert_str_eq(f.error.text, "busy");
    ck_assert_uint_eq(fake_count(f.fake, "GET", ""), 3);
    ck_assert_int_eq(ask(&f, "GET", &call), -EAGAIN);
    ck_assert_str_eq(f.error.path, "/api/v4/t/1");
    ck_assert_int_eq(ask(&f, "DELETE", &call), 0);
    ck_assert_int_eq(ask(&f, "DELETE", &call), -EAGAIN);
    ck_assert_uint_eq(fake_count(f.fake, "", ""), 4);
    ck_assert_double_lt(verge_pace_left(verge_client_pace(f.client)), 1);
    tear_down(&f);
}
END_TEST

/* ---- what is counted and traced ---- */

START_TEST(what_is_counted)
{
    struct fixture f =
        set_up_with(&(struct verge_client_options){.retries = 1, .backoff = 0.0001, .budget = 100});
    fake_answer(f.fake, "GET", "", 200, "[1,2]");
    fake_answer(f.fake, "PUT", "", 422, "{}");
    fake_failure(f.fake, "DELETE", "", ECONNRESET, true);
    fake_failure(f.fake, "POST", "", ECONNREFUSED, false);
    ck_assert_int_eq(ask(&f, "GET", &patient), 0);
    ck_assert_int_eq(ask(&f, "PUT", &patient), -EINVAL);
    ck_assert_int_eq(ask(&f, "DELETE", &patient), -ECONNRESET);
    ck_assert_int_eq(ask(&f, "POST", &patient), -ECONNREFUSED);
    struct verge_client_stats stats;
    verge_client_stats(f.client, &stats);
    ck_assert_uint_eq(stats.requests[VERGE_GET][2], 1);
    ck_assert_uint_eq(stats.requests[VERGE_PUT][4], 1);
    ck_assert_uint_eq(stats.requests[VERGE_DELETE][0], 2);
    ck_assert_uint_eq(stats.requests[VERGE_POST][0], 1);
    ck_assert_uint_eq(stats.requests[VERGE_POST][2], 0);
    ck_assert_uint_eq(stats.retries, 1);
    ck_assert_uint_eq(stats.throttled, 0);
    ck_assert_uint_eq(stats.bytes_sent, 2);
    ck_assert_uint_eq(stats.bytes_received, 7);
    uint64_t measured = 0;
    for (size_t i = 0; i < VERGE_LATENCY_BUCKETS; i++) {
        measured += stats.latency[i];
    }
    ck_assert_uint_eq(measured, 5);
    ck_assert_double_ge(stats.latency_sum, 0);
    ck_assert_double_eq_tol(stats.budget_left, 95, 1);
    tear_down(&f);
}
END_TEST

START_TEST(latency_bounds_rise)
{
    for (size_t i = 1; i < VERGE_LATENCY_BUCKETS - 1; i++) {
        ck_assert_uint_gt(verge_latency_bounds[i], verge_latency_bounds[i - 1]);
    }
}
END_TEST

static void keep_line(void *argument, const char *line)
{
    snprintf(argument, 1000, "%s", line);
}

START_TEST(trace_lines)
{
    char line[1000] = "";
    struct fixture f =
        set_up_with(&(struct verge_client_options){.trace = keep_line, .trace_argument = line});
    fake_answer(f.fake, "GET", "", 404, "{\"err\":\"s3cret-key\"}");
    fake_failure(f.fake, "PUT", "", EPROTO, false);
    ask(&f, "GET", &patient);
    ck_assert_mem_eq(line, "GET /api/v4/t/1 404 ", 20);
    ck_assert_ptr_nonnull(strstr(line, " 20 bytes"));
    ck_assert_ptr_null(strstr(line, "s3cret"));
    ask(&f, "PUT", &patient);
    ck_assert_mem_eq(line, "PUT /api/v4/t/1 EPROTO ", 23);
    char filter[1000];
    memset(filter, 'x', sizeof(filter) - 1);
    filter[sizeof(filter) - 1] = '\0';
    verge_client_get(f.client, &patient, &(struct verge_query){.table = "t", .filter = filter},
                     NULL, &f.error);
    ck_assert_uint_lt(strlen(line), 260);
    ck_assert_ptr_nonnull(strstr(line, " 404 "));
    tear_down(&f);
}
END_TEST

UNIT_MAIN("client", requests, empty_answers, answers_that_are_not_the_api_s,
          errors_carry_the_server_s_words, an_echoed_secret_is_hidden, what_is_tried_again,
          tries_are_bounded, no_wait_beyond_the_deadline, cancel_ends_the_wait,
          retry_after_is_honoured, a_long_retry_after_holds_everybody,
          retry_after_of_others_is_ignored, a_lost_delete_is_found_done, uncertainty_stays,
          every_try_takes_from_the_budget, what_is_counted, latency_bounds_rise, trace_lines)
