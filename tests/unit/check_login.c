/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/unit/client_fixture.h"
#include "tests/unit/unit.h"

struct vault {
    const char *token; /* NULL: nothing new */
    atomic_uint asked;
};

static bool renew(void *argument, struct verge_credentials *credentials)
{
    struct vault *vault = argument;
    atomic_fetch_add(&vault->asked, 1);
    credentials->token = vault->token ? strdup(vault->token) : NULL;
    return vault->token != NULL;
}

static struct fixture set_up_vault(struct vault *vault)
{
    return set_up_with(&(struct verge_client_options){
        .retries = 3, .backoff = 0.0001, .renew = renew, .renew_argument = vault});
}

START_TEST(a_first_refusal_is_final)
{
    struct vault vault = {.token = "new"};
    struct fixture f = set_up_vault(&vault);
    fake_answer(f.fake, "GET", "", 401, "{\"err\":\"Login required\"}");
    ck_assert_int_eq(ask(&f, "GET", &patient), -EKEYREJECTED);
    ck_assert_uint_eq(fake_count(f.fake, "", ""), 1);
    ck_assert_uint_eq(atomic_load(&vault.asked), 0);
    tear_down(&f);
}
END_TEST

START_TEST(without_renew_a_refusal_is_final)
{
    struct fixture f = set_up();
    fake_answer(f.fake, "GET", "", 200, "[]");
    fake_answer(f.fake, "GET", "", 401, "");
    ck_assert_int_eq(ask(&f, "GET", &patient), 0);
    ck_assert_int_eq(ask(&f, "GET", &patient), -EKEYREJECTED);
    ck_assert_uint_eq(fake_count(f.fake, "", ""), 2);
    tear_down(&f);
}
END_TEST

/* Also for a POST: a request that was refused did nothing. */
START_TEST(renewed_credentials_are_used)
{
    struct vault vault = {.token = "new"};
    struct fixture f = set_up_vault(&vault);
    fake_answer(f.fake, "GET", "", 200, "[]");
    fake_answer(f.fake, "POST", "", 401, "");
    fake_answer(f.fake, "POST", "", 201, "{}");
    ck_assert_int_eq(ask(&f, "GET", &patient), 0);
    ck_assert_str_eq(fake_authorization(f.fake), "Bearer s3cret-key");
    ck_assert_int_eq(ask(&f, "POST", &patient), 0);
    ck_assert_uint_eq(fake_count(f.fake, "POST", ""), 2);
    ck_assert_str_eq(fake_authorization(f.fake), "Bearer new");
    ck_assert_int_eq(ask(&f, "GET", &patient), 0);
    ck_assert_str_eq(fake_authorization(f.fake), "Bearer new");
    ck_assert_uint_eq(atomic_load(&vault.asked), 1);
    tear_down(&f);
}
END_TEST

START_TEST(a_second_refusal_is_final)
{
    struct vault vault = {.token = "new"};
    struct fixture f = set_up_vault(&vault);
    fake_answer(f.fake, "GET", "", 200, "[]");
    fake_answer(f.fake, "PUT", "", 401, "");
    ck_assert_int_eq(ask(&f, "GET", &patient), 0);
    ck_assert_int_eq(ask(&f, "PUT", &patient), -EKEYREJECTED);
    ck_assert_uint_eq(fake_count(f.fake, "PUT", ""), 2);
    ck_assert_int_eq(ask(&f, "PUT", &patient), -EKEYREJECTED);
    ck_assert_uint_eq(fake_count(f.fake, "PUT", ""), 3);
    ck_assert_uint_eq(atomic_load(&vault.asked), 1);
    /* Until something succeeds again. */
    ck_assert_int_eq(ask(&f, "GET", &patient), 0);
    vault.token = "newer";
    ck_assert_int_eq(ask(&f, "PUT", &patient), -EKEYREJECTED);
    ck_assert_uint_eq(atomic_load(&vault.asked), 2);
    ck_assert_str_eq(fake_authorization(f.fake), "Bearer newer");
    tear_down(&f);
}
END_TEST

/* Another request succeeds with the new key while this one is under way with it. */
static void succeed_meanwhile(void *argument)
{
    struct fixture *f = argument;
    if (fake_count(f->fake, "POST", "") == 2 && fake_count(f->fake, "GET", "") == 1) {
        ck_assert_int_eq(ask(f, "GET", &patient), 0);
    }
}

START_TEST(a_second_refusal_is_final_whatever_others_get)
{
    struct vault vault = {.token = "new"};
    struct fixture f = set_up_vault(&vault);
    fake_answer(f.fake, "GET", "", 200, "[]");
    fake_answer(f.fake, "POST", "", 401, "");
    ck_assert_int_eq(ask(&f, "GET", &patient), 0);
    fake_on_send(f.fake, succeed_meanwhile, &f);
    ck_assert_int_eq(ask(&f, "POST", &patient), -EKEYREJECTED);
    ck_assert_uint_eq(fake_count(f.fake, "GET", ""), 2);
    ck_assert_uint_eq(fake_count(f.fake, "POST", ""), 2);
    ck_assert_uint_eq(atomic_load(&vault.asked), 1);
    tear_down(&f);
}
END_TEST

START_TEST(nothing_new_is_asked_for_again_later)
{
    struct vault vault = {.token = NULL};
    struct fixture f = set_up_vault(&vault);
    fake_answer(f.fake, "GET", "", 200, "[]");
    fake_answer(f.fake, "GET", "", 401, "");
    fake_answer(f.fake, "GET", "", 401, "");
    fake_answer(f.fake, "GET", "", 200, "[]");
    ck_assert_int_eq(ask(&f, "GET", &patient), 0);
    ck_assert_int_eq(ask(&f, "GET", &patient), -EKEYREJECTED);
    ck_assert_uint_eq(fake_count(f.fake, "", ""), 2);
    vault.token = "arrived";
    ck_assert_int_eq(ask(&f, "GET", &patient), 0);
    ck_assert_uint_eq(atomic_load(&vault.asked), 2);
    ck_assert_str_eq(fake_authorization(f.fake), "Bearer arrived");
    tear_down(&f);
}
END_TEST

struct crowd {
    struct fixture *fixture;
    pthread_barrier_t barrier;
    atomic_uint sends;
    int rc;
};

enum { CROWD = 6 };

/* Holds the first request of each thread until all of them have been sent. */
static void gather(void *argument)
{
    struct crowd *crowd = argument;
    if (atomic_fetch_add(&crowd->sends, 1) < CROWD) {
        pthread_barrier_wait(&crowd->barrier);
    }
}

static void *ask_in_crowd(void *argument)
{
    struct crowd *crowd = argument;
    struct verge_error error = VERGE_ERROR_INIT;
    int rc = verge_client_delete(crowd->fixture->client, &patient, "t", "1", &error);
    return rc ? argument : NULL;
}

/* All are refused with the old key at the same time; one asks, and all get through. */
START_TEST(one_renews_for_all)
{
    struct vault vault = {.token = "new"};
    struct fixture f = set_up_vault(&vault);
    fake_answer(f.fake, "GET", "", 200, "[]");
    for (int i = 0; i < CROWD; i++) {
        fake_answer(f.fake, "DELETE", "", 401, "");
    }
    fake_answer(f.fake, "DELETE", "", 200, "");
    ck_assert_int_eq(ask(&f, "GET", &patient), 0);
    struct crowd crowd = {.fixture = &f};
    pthread_barrier_init(&crowd.barrier, NULL, CROWD);
    fake_on_send(f.fake, gather, &crowd);
    pthread_t threads[CROWD];
    for (int i = 0; i < CROWD; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_in_crowd, &crowd), 0);
    }
    for (int i = 0; i < CROWD; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    ck_assert_uint_eq(atomic_load(&vault.asked), 1);
    ck_assert_uint_eq(fake_count(f.fake, "DELETE", "") / 2, CROWD);
    pthread_barrier_destroy(&crowd.barrier);
    tear_down(&f);
}
END_TEST

START_TEST(anonymous_requests_do_not_log_in)
{
    struct vault vault = {.token = "new"};
    struct fixture f = set_up_vault(&vault);
    fake_answer(f.fake, "GET", "/api", 200, "[]");
    fake_answer(f.fake, "GET", "/version.json", 401, "");
    ck_assert_int_eq(ask(&f, "GET", &patient), 0);
    ck_assert_int_eq(verge_client_get_path(f.client, &patient, "/version.json", NULL, &f.error),
                     -EKEYREJECTED);
    ck_assert_uint_eq(atomic_load(&vault.asked), 0);
    tear_down(&f);
}
END_TEST

START_TEST(no_client_without_credentials)
{
    struct fake_transport *fake = fake_transport_new();
    struct verge_credentials credentials;
    struct verge_error error = VERGE_ERROR_INIT;
    verge_credentials_init(&credentials);
    credentials.username = strdup("u");
    ck_assert_ptr_null(verge_client_new(fake_transport_interface(fake), &credentials,
                                        &(struct verge_client_options){.retries = 0}, &error));
    ck_assert_int_eq(error.errnum, EINVAL);
    ck_assert(fake_transport_freed(fake));
    verge_credentials_free(&credentials);
    fake_transport_free(fake);
}
END_TEST

UNIT_MAIN("login", a_first_refusal_is_final, without_renew_a_refusal_is_final,
          renewed_credentials_are_used, a_second_refusal_is_final,
          a_second_refusal_is_final_whatever_others_get, nothing_new_is_asked_for_again_later,
          one_renews_for_all, anonymous_requests_do_not_log_in, no_client_without_credentials)
