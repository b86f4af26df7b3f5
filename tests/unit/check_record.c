/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "lib/models.h"
#include "lib/value.h"
#include "tests/unit/unit.h"

static const char device_row[] =
    "{\"$key\":2,\"machine\":\"54\",\"machine_name\":\"web\",\"machine_type\":\"vm\","
    "\"name\":\"gpu0\",\"description\":null,\"type\":\"node_nvidia_vgpu_devices\",\"orderid\":"
    "\"3\","
    "\"uuid\":\"934ec8d5-0000-4000-8000-000000000002\",\"enabled\":\"false\",\"optional\":1,"
    "\"resource_group\":17,\"resource_group_name\":\"pool\",\"device_status\":\"online\","
    "\"created\":1700000000,\"modified\":1700000001000}";

static struct verge_device *read_device(const char *text)
{
    VERGE_JSON_LOCAL *row = cJSON_Parse(text);

    return (struct verge_device *)verge_record_read(&verge_device_model, row);
}

START_TEST(a_row_is_read_in_whatever_types_it_comes)
{
    struct verge_device *device = read_device(device_row);

    ck_assert_uint_eq(device->record.key, 2);
    ck_assert_uint_eq(device->record.owner, 54);
    ck_assert_uint_eq(device->machine, 54);
    ck_assert_str_eq(device->name, "gpu0");
    ck_assert_str_eq(device->description, "");
    ck_assert_str_eq(device->status_info, "");
    ck_assert_str_eq(device->record.rest, "");
    ck_assert_int_eq(device->orderid, 3);
    ck_assert(!device->enabled);
    ck_assert(device->optional);
    ck_assert_str_eq(device->resource_group.text, "17");
    ck_assert(device->resource_group.is_number);
    ck_assert_int_eq(device->modified, 1700000001);
    verge_record_release(device);
}
END_TEST

START_TEST(what_is_missing_has_the_vendors_defaults)
{
    struct verge_device *device = read_device("{\"machine\":5,\"$key\":\"9\"}");

    ck_assert(device->enabled);
    ck_assert(!device->optional);
    ck_assert_int_eq(device->orderid, 0);
    ck_assert_str_eq(device->resource_group.text, "");
    ck_assert_int_eq(device->created, 0);
    verge_record_release(device);
}
END_TEST

START_TEST(what_is_no_row_is_none)
{
    ck_assert_ptr_null(read_device("{}"));
    ck_assert_ptr_null(read_device("[]"));
    ck_assert_ptr_null(read_device("7"));
    ck_assert_ptr_null(read_device("{\"$key\":2}"));                /* no machine */
    ck_assert_ptr_null(read_device("{\"$key\":0,\"machine\":5}"));  /* no key */
    ck_assert_ptr_null(read_device("{\"$key\":-1,\"machine\":5}")); /* no key either */
    ck_assert_ptr_null(read_device("{\"$count\":12}"));
    ck_assert_ptr_null(verge_record_read(&verge_vm_model, NULL));
}
END_TEST

START_TEST(columns_are_found_in_any_order)
{
    struct verge_device *device =
        read_device("{\"uuid\":\"u\",\"type\":\"tpm\",\"x\":1,\"name\":\"n\",\"machine\":5,"
                    "\"$key\":3}");

    ck_assert_uint_eq(device->record.key, 3);
    ck_assert_str_eq(device->uuid, "u");
    ck_assert_str_eq(device->type, "tpm");
    ck_assert_str_eq(device->name, "n");
    verge_record_release(device);
}
END_TEST

START_TEST(the_projection_names_the_joins)
{
    VERGE_TEXT_LOCAL fields = VERGE_TEXT_INIT;
    VERGE_TEXT_LOCAL settings = VERGE_TEXT_INIT;

    ck_assert(verge_model_projection(&verge_device_model, &fields));
    ck_assert_str_eq(verge_text_content(&fields),
                     "$key,machine,machine#name as machine_name,machine_type,name,description,type,"
                     "orderid,uuid,enabled,optional,resource_group,resource_group#name as "
                     "resource_group_name,status#status as device_status,status#status_info as "
                     "status_info,created,modified");
    ck_assert(
        verge_model_projection(verge_settings_model("machine_device_settings_tpm"), &settings));
    ck_assert_str_eq(verge_text_content(&settings), "$key,machine_device,most");
}
END_TEST

START_TEST(json_has_the_apis_names_and_types)
{
    struct verge_device *device = read_device(device_row);
    VERGE_JSON_LOCAL *json = verge_record_json(&device->record);
    char *text = cJSON_PrintUnformatted(json);

    ck_assert_str_eq(
        text, "{\"$key\":2,\"machine\":54,\"machine_name\":\"web\",\"machine_type\":\"vm\","
              "\"name\":\"gpu0\",\"description\":\"\",\"type\":\"node_nvidia_vgpu_devices\","
              "\"orderid\":3,\"uuid\":\"934ec8d5-0000-4000-8000-000000000002\",\"enabled\":false,"
              "\"optional\":true,\"resource_group\":17,\"resource_group_name\":\"pool\","
              "\"device_status\":\"online\",\"status_info\":\"\",\"created\":1700000000,"
              "\"modified\":1700000001}");
    cJSON_free(text);
    verge_record_release(device);
}
END_TEST

START_TEST(a_reference_goes_back_as_it_came)
{
    static const struct verge_reference references[] = {
        {"17", true}, {"17", false}, {"5b1c0f6e-UUID", false}, {"", false}, {"", true}};
    static const char *const expected[] = {"17", "\"17\"", "\"5b1c0f6e-UUID\"", "null", "null"};

    for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
        VERGE_JSON_LOCAL *json = verge_reference_json(&references[i]);
        char *text = cJSON_PrintUnformatted(json);

        ck_assert_str_eq(text, expected[i]);
        cJSON_free(text);
    }
}
END_TEST

START_TEST(diff_names_the_columns)
{
    struct verge_device *one = read_device(device_row);
    struct verge_device *same = read_device(device_row);
    struct verge_device *other =
        read_device("{\"$key\":2,\"machine\":54,\"name\":\"gpu1\",\"resource_group\":\"17\"}");
    uint64_t diff = verge_record_diff(&one->record, &other->record);

    ck_assert_uint_eq(verge_record_diff(&one->record, &one->record), 0);
    ck_assert_uint_eq(verge_record_diff(&one->record, &same->record), 0);
    for (size_t i = 0; i < verge_device_model.count; i++) {
        const char *name = verge_device_model.columns[i].name;
        bool equal = strcmp(name, "$key") == 0 || strcmp(name, "machine") == 0 ||
                     strcmp(name, "description") == 0 || strcmp(name, "status_info") == 0;

        ck_assert_int_eq((diff >> i & 1) == 0, equal);
    }
    ck_assert_uint_eq(diff & VERGE_REST_DIFFERS, 0);
    verge_record_release(one);
    verge_record_release(same);
    verge_record_release(other);
}
END_TEST

static void check_shown(const struct verge_device *device, const char *column, const char *expected)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;

    for (size_t i = 0; i < verge_device_model.count; i++) {
        if (strcmp(verge_device_model.columns[i].name, column) == 0) {
            ck_assert(verge_record_show(&device->record, &verge_device_model.columns[i], &text));
        }
    }
    ck_assert_str_eq(verge_text_content(&text), expected);
}

START_TEST(columns_are_shown_as_files_have_them)
{
    struct verge_device *device = read_device(device_row);
    struct verge_device *bare = read_device("{\"$key\":1,\"machine\":5}");

    check_shown(device, "$key", "2");
    check_shown(device, "name", "gpu0");
    check_shown(device, "enabled", "false");
    check_shown(device, "optional", "true");
    check_shown(device, "orderid", "3");
    check_shown(device, "resource_group", "17");
    check_shown(device, "created", "2023-11-14T22:13:20Z");
    check_shown(bare, "created", "");
    check_shown(bare, "resource_group", "");
    check_shown(bare, "orderid", "0");
    verge_record_release(device);
    verge_record_release(bare);
}
END_TEST

START_TEST(times_are_iso_8601)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {{0, ""},
                {1704067200, "2024-01-01T00:00:00Z"},
                {1, "1970-01-01T00:00:01Z"},
                {4102444799, "2099-12-31T23:59:59Z"},
                {-1, "1969-12-31T23:59:59Z"},
                {253402300799, "9999-12-31T23:59:59Z"},
                {253402300800, "10000-01-01T00:00:00Z"},
                {-62167219200, "0000-01-01T00:00:00Z"},
                {-62167219201, "-001-12-31T23:59:59Z"},
                {INT64_MAX, ""}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;

        ck_assert(verge_show_time(rows[i].seconds, &text));
        ck_assert_str_eq(verge_text_content(&text), rows[i].text);
    }
}
END_TEST

START_TEST(an_endless_name_is_cut_at_a_character)
{
    VERGE_JSON_LOCAL *row = cJSON_Parse("{\"$key\":1,\"machine\":5}");
    char *name = malloc(200001);
    struct verge_device *device;

    memset(name, 'a', 65535);
    for (size_t i = 65535; i < 200000; i++) {
        name[i] = (i - 65535) % 2 == 0 ? '\xc3' : '\xa4'; /* ä, across the border */
    }
    name[200000] = '\0';
    cJSON_AddStringToObject(row, "name", name);
    device = (struct verge_device *)verge_record_read(&verge_device_model, row);
    ck_assert_uint_eq(strlen(device->name), 65535);
    verge_record_release(device);
    free(name);
}
END_TEST

START_TEST(settings_are_kept_in_a_fixed_order)
{
    const struct verge_model *model = verge_settings_model("machine_device_settings_nvidia_vgpu");
    VERGE_JSON_LOCAL *row = cJSON_Parse(
        "{\"zeta\":[1],\"profile_type\":\"any\",\"machine_device\":\"3\",\"alpha\":null,"
        "\"$key\":9,\"frame_rate_limiter\":60,\"quote\\\"d\":\"\\u00e4\\\"\",\"$row\":9}");
    struct verge_settings *settings = (struct verge_settings *)verge_record_read(model, row);
    VERGE_JSON_LOCAL *json = verge_settings_json(settings);
    VERGE_JSON_LOCAL *whole = verge_record_json(&settings->record);

    ck_assert_uint_eq(settings->record.key, 9);
    ck_assert_uint_eq(settings->record.owner, 3);
    ck_assert_str_eq(settings->record.rest,
                     "{\"frame_rate_limiter\":60,\"profile_type\":\"any\",\"alpha\":null,"
                     "\"quote\\\"d\":\"\u00e4\\\"\",\"zeta\":[1]}");
    ck_assert_int_eq(cJSON_GetArraySize(json), 5);
    ck_assert_int_eq(cJSON_GetArraySize(whole), 7);
    ck_assert_str_eq(cJSON_GetObjectItem(whole, "profile_type")->valuestring, "any");
    verge_record_release(settings);
}
END_TEST

START_TEST(settings_without_a_row_are_empty)
{
    VERGE_JSON_LOCAL *json = verge_settings_json(NULL);

    ck_assert(cJSON_IsObject(json));
    ck_assert_ptr_null(json->child);
}
END_TEST

static struct verge_group *read_group(const char *text)
{
    VERGE_JSON_LOCAL *row = cJSON_Parse(text);

    return (struct verge_group *)verge_record_read(&verge_group_model, row);
}

START_TEST(a_groups_key_is_a_uuid_or_a_number)
{
    struct verge_group *uuid =
        read_group("{\"$key\":\"5B1C0F6E-6B1E-4D0C-A5C5-0C3D2D1E0F01\",\"uuid\":\"\"}");
    struct verge_group *same = read_group("{\"$key\":\"5b1c0f6e-6b1e-4d0c-a5c5-0c3d2d1e0f01\"}");
    struct verge_group *number =
        read_group("{\"$key\":7,\"uuid\":\"5b1c0f6e-6b1e-4d0c-a5c5-0c3d2d1e0f01\"}");
    struct verge_reference by_uuid = {"5b1c0f6e-6b1E-4d0c-a5c5-0c3d2d1e0f01", false};
    struct verge_reference by_number = {"7", true}, none = {"", false};

    ck_assert_uint_eq(uuid->record.key, same->record.key);
    ck_assert_uint_eq(uuid->record.owner, uuid->record.key);
    ck_assert_uint_eq(number->record.key, 7);
    ck_assert_uint_le(uuid->record.key, VERGE_GROUP_KEY_MASK);
    ck_assert(verge_group_is(uuid, &by_uuid));
    ck_assert(verge_group_is(number, &by_uuid));
    ck_assert(verge_group_is(number, &by_number));
    ck_assert(!verge_group_is(uuid, &by_number));
    ck_assert(!verge_group_is(uuid, &none));
    ck_assert_ptr_null(read_group("{\"$key\":null}"));
    verge_record_release(uuid);
    verge_record_release(same);
    verge_record_release(number);
}
END_TEST

static void *hold_and_release(void *record)
{
    for (int i = 0; i < 10000; i++) {
        verge_record_release(verge_record_hold(record));
    }
    return NULL;
}

START_TEST(references_are_counted_by_any_thread)
{
    struct verge_device *device = read_device(device_row);
    pthread_t threads[4];

    for (size_t i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, hold_and_release, device);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    ck_assert_uint_eq(device->record.references, 1);
    verge_record_release(device);
    verge_record_release(NULL);
    ck_assert_ptr_null(verge_record_hold(NULL));
}
END_TEST

START_TEST(a_record_is_small)
{
    struct verge_device *device = read_device(
        "{\"$key\":80000,\"machine\":54321,\"machine_name\":\"customer-web-server-01\","
        "\"machine_type\":\"vm\",\"name\":\"nvidia_vgpu_0\",\"description\":\"for rendering\","
        "\"type\":\"node_nvidia_vgpu_devices\",\"orderid\":3,"
        "\"uuid\":\"934ec8d5-0000-4000-8000-000000000002\",\"enabled\":true,\"optional\":false,"
        "\"resource_group\":\"5b1c0f6e-6b1e-4d0c-a5c5-0c3d2d1e0f01\","
        "\"resource_group_name\":\"A40 pool\",\"device_status\":\"online\",\"status_info\":\"\","
        "\"created\":1700000000,\"modified\":1700000001}");

    ck_assert_uint_le(malloc_usable_size(device), 400);
    verge_record_release(device);
}
END_TEST

UNIT_MAIN("record", a_row_is_read_in_whatever_types_it_comes,
          what_is_missing_has_the_vendors_defaults, what_is_no_row_is_none,
          columns_are_found_in_any_order, the_projection_names_the_joins,
          json_has_the_apis_names_and_types, a_reference_goes_back_as_it_came,
          diff_names_the_columns, columns_are_shown_as_files_have_them, times_are_iso_8601,
          an_endless_name_is_cut_at_a_character, settings_are_kept_in_a_fixed_order,
          settings_without_a_row_are_empty, a_groups_key_is_a_uuid_or_a_number,
          references_are_counted_by_any_thread, a_record_is_small)
