/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fs/attributes.h"
#include "fs/differences.h"
#include "fs/entries.h"
#include "lib/snapshot.h"
#include "lib/value.h"
#include "tests/unit/unit.h"

/* ---- snapshots from JSON ---- */

static struct verge_snapshot *snapshot_of(const struct verge_model *model, const char *rows)
{
    const struct verge_record *records[16];
    struct verge_cell cells[16];
    size_t count = 0, cell_count = 0;
    const cJSON *row;
    VERGE_JSON_LOCAL *json = verge_json_parse(rows, strlen(rows));
    cJSON_ArrayForEach(row, json)
    {
        records[count] = verge_record_read(model, row);
        ck_assert_ptr_nonnull(records[count]);
        ck_assert(!cell_count || cells[cell_count - 1].owner <= records[count]->owner);
        if (!cell_count || cells[cell_count - 1].owner != records[count]->owner)
            cells[cell_count++] = (struct verge_cell){records[count]->owner, &records[count], 0};
        cells[cell_count - 1].count++;
        count++;
    }
    struct verge_snapshot *empty = verge_snapshot_empty(model);
    struct verge_snapshot *snapshot = verge_snapshot_apply(empty, cells, cell_count);
    ck_assert_ptr_nonnull(snapshot);
    verge_snapshot_release(empty);
    for (size_t i = 0; i < count; i++)
        verge_record_release(records[i]);
    return snapshot;
}

/* ---- what was found, as text: "file:20 " for an inode, "name:vms/x " for a name ---- */

static struct verge_text found;

static void found_inode(void *argument, struct address address)
{
    (void)argument;
    const struct attribute *attribute = attribute_at(address);
    if (attribute)
        verge_text_printf(&found, "%s:%" PRIu32 " ", attribute->name, address.key);
}

static void found_name(void *argument, struct address directory, const char *name)
{
    (void)argument;
    verge_text_printf(&found, "%d/%" PRIu32 "/%" PRIu32 ":%s ", (int)directory.kind, directory.sub,
                      directory.key, name);
}

static void found_name_of_each(void *argument, enum kind directory, const char *name)
{
    (void)argument;
    verge_text_printf(&found, "%d/each:%s ", (int)directory, name);
}

/* Machine M is that of VM M + 100; the only group has the number 77. */
static uint32_t vm_of(void *argument, uint32_t machine)
{
    (void)argument;
    return machine + 100;
}

static uint32_t group_of(void *argument, const struct verge_reference *reference)
{
    (void)argument;
    return *reference->text ? 77 : 0;
}

static void found_gone(void *argument, uint32_t device)
{
    (void)argument;
    verge_text_printf(&found, "gone:%" PRIu32 " ", device);
}

static const struct difference_sink sink = {found_inode, found_name, found_name_of_each,
                                            vm_of,       group_of,   found_gone};

static const char *compare(enum verge_list_id list, const struct verge_model *model,
                           const char *before, const char *after)
{
    struct verge_snapshot *old = snapshot_of(model, before), *new = snapshot_of(model, after);
    verge_text_clear(&found);
    differences(list, old, new, &sink, NULL);
    verge_snapshot_release(old);
    verge_snapshot_release(new);
    return verge_text_content(&found);
}

#define DEVICE(key, name, rest) \
    "{\"$key\":" #key ",\"machine\":5,\"type\":\"tpm\",\"name\":\"" name "\",\"modified\":9" rest \
    "}"

START_TEST(equal_rows_change_nothing)
{
    ck_assert_str_eq(compare(VERGE_DEVICES, &verge_device_model, "[" DEVICE(1, "a", "") "]",
                             "[" DEVICE(1, "a", "") "]"),
                     "");
}
END_TEST

START_TEST(a_changed_column_changes_its_files_alone)
{
    ck_assert_str_eq(compare(VERGE_DEVICES, &verge_device_model,
                             "[" DEVICE(1, "a", ",\"device_status\":\"idle\"") "]",
                             "[" DEVICE(1, "a", ",\"device_status\":\"online\"") "]"),
                     "type_display:1 class:1 status:1 status_display:1 settings.json:1 "
                     "device.json:1 ");
}
END_TEST

START_TEST(a_new_time_changes_every_file)
{
    const char *all = compare(VERGE_DEVICES, &verge_device_model,
                              "[{\"$key\":1,\"machine\":5,\"name\":\"a\",\"modified\":9}]",
                              "[{\"$key\":1,\"machine\":5,\"name\":\"a\",\"modified\":10}]");
    struct attribute_table files = attributes_of(KIND_DEVICE);
    for (size_t i = 0; i < files.count; i++) {
        char file[64];
        snprintf(file, sizeof(file), "%s:1 ", files.rows[i].name);
        ck_assert_msg(strstr(all, file), "%s is missing in %s", file, all);
    }
}
END_TEST

START_TEST(a_name_that_is_gone_is_forgotten_in_each_directory)
{
    char expected[160];
    snprintf(expected, sizeof(expected), "%d/0/105:b %d/%" PRIu32 "/105:b ", KIND_DEVICES,
             KIND_TYPE, type_sub("tpm"));
    const char *all =
        compare(VERGE_DEVICES, &verge_device_model,
                "[" DEVICE(1, "a", "") "," DEVICE(2, "b", "") "]", "[" DEVICE(1, "a", "") "]");
    ck_assert_msg(strstr(all, expected), "%s is missing in %s", expected, all);
    ck_assert_ptr_null(strstr(all, ":a "));
}
END_TEST

START_TEST(a_name_of_a_group_is_forgotten_there_too)
{
    char expected[64];
    snprintf(expected, sizeof(expected), "%d/77/105:a ", KIND_VM_GROUP);
    const char *all =
        compare(VERGE_DEVICES, &verge_device_model,
                "[" DEVICE(1, "a", ",\"resource_group\":\"u\"") "," DEVICE(2, "z", "") "]",
                "[" DEVICE(1, "b", ",\"resource_group\":\"u\"") "," DEVICE(2, "z", "") "]");
    ck_assert_msg(strstr(all, expected), "%s is missing in %s", expected, all);
}
END_TEST

START_TEST(the_plain_name_may_pass_to_another)
{
    char expected[64];
    snprintf(expected, sizeof(expected), "%d/0/105:a%%~2 ", KIND_DEVICES);
    const char *all =
        compare(VERGE_DEVICES, &verge_device_model,
                "[" DEVICE(1, "a", "") "," DEVICE(2, "a", "") "]", "[" DEVICE(2, "a", "") "]");
    ck_assert_msg(strstr(all, expected), "%s is missing in %s", expected, all);
}
END_TEST

START_TEST(a_device_is_gone_without_its_row_or_its_uuid)
{
    const char *all = compare(VERGE_DEVICES, &verge_device_model,
                              "[" DEVICE(1, "a", ",\"uuid\":\"u\"") "," DEVICE(2, "b", "") "]",
                              "[" DEVICE(1, "a", ",\"uuid\":\"u\"") "]");
    ck_assert_ptr_nonnull(strstr(all, "gone:2 "));
    ck_assert_ptr_null(strstr(all, "gone:1 "));
    all = compare(VERGE_DEVICES, &verge_device_model,
                  "[" DEVICE(1, "a", ",\"uuid\":\"u\"") "," DEVICE(2, "b", "") "]",
                  "[" DEVICE(1, "a", ",\"uuid\":\"v\"") "," DEVICE(2, "c", "") "]");
    ck_assert_ptr_nonnull(strstr(all, "gone:1 "));
    ck_assert_ptr_null(strstr(all, "gone:2 "));
}
END_TEST

START_TEST(a_new_row_was_never_held)
{
    ck_assert_str_eq(compare(VERGE_DEVICES, &verge_device_model, "[" DEVICE(1, "a", "") "]",
                             "[" DEVICE(1, "a", "") "," DEVICE(2, "b", "") "]"),
                     "");
}
END_TEST

START_TEST(the_first_of_a_list_changes_nothing)
{
    ck_assert_str_eq(compare(VERGE_DEVICES, &verge_device_model, "[]", "[" DEVICE(1, "a", "") "]"),
                     "");
}
END_TEST

START_TEST(settings_show_in_the_documents_of_their_device)
{
    const struct verge_model *model = verge_settings_model("machine_device_settings_tpm");
    ck_assert_str_eq(compare(VERGE_SETTINGS, model,
                             "[{\"$key\":3,\"machine_device\":8,\"model\":\"crb\"}]",
                             "[{\"$key\":3,\"machine_device\":8,\"model\":\"tis\"}]"),
                     "settings.json:8 device.json:8 ");
}
END_TEST

/* Until then the documents said that the device has none. */
START_TEST(the_first_settings_of_a_table_show_too)
{
    const struct verge_model *model = verge_settings_model("machine_device_settings_tpm");
    ck_assert_str_eq(compare(VERGE_SETTINGS, model, "[]",
                             "[{\"$key\":3,\"machine_device\":8,\"model\":\"tis\"}]"),
                     "settings.json:8 device.json:8 ");
}
END_TEST

START_TEST(a_vm_that_is_renamed_leaves_its_name)
{
    char expected[64];
    snprintf(expected, sizeof(expected), "%d/0/1:web ", KIND_VMS);
    const char *all =
        compare(VERGE_VMS, &verge_vm_model, "[{\"$key\":1,\"machine\":11,\"name\":\"web\"}]",
                "[{\"$key\":1,\"machine\":11,\"name\":\"www\"}]");
    ck_assert_msg(strstr(all, expected), "%s is missing in %s", expected, all);
}
END_TEST

#define GROUP(uuid, name) "{\"$key\":\"" uuid "\",\"uuid\":\"" uuid "\",\"name\":\"" name "\"}"

START_TEST(a_group_leaves_its_name_in_each_vm_too)
{
    char expected[64];
    snprintf(expected, sizeof(expected), "%d/0/1:pool %d/each:pool ", KIND_GROUPS, KIND_VM_GROUPS);
    const char *all =
        compare(VERGE_GROUPS, &verge_group_model, "[" GROUP("a1", "pool") "," GROUP("b2", "x") "]",
                "[" GROUP("a1", "other") "," GROUP("b2", "x") "]");
    ck_assert_msg(strstr(all, expected), "%s is missing in %s", expected, all);
    ck_assert_ptr_null(strstr(all, ":x "));
}
END_TEST

START_TEST(the_plain_name_of_a_group_may_pass_to_another)
{
    char expected[64];
    snprintf(expected, sizeof(expected), "%d/each:pool%%~b2 ", KIND_VM_GROUPS);
    const char *all =
        compare(VERGE_GROUPS, &verge_group_model,
                "[" GROUP("a1", "pool") "," GROUP("b2", "pool") "]", "[" GROUP("b2", "pool") "]");
    ck_assert_msg(strstr(all, expected), "%s is missing in %s", expected, all);
}
END_TEST

/* ---- rows in doubt ---- */

static const char *doubt(enum verge_list_id list, uint32_t owner, uint32_t key)
{
    struct verge_snapshot *held =
        snapshot_of(&verge_device_model, "[" DEVICE(1, "a", "") "," DEVICE(2, "b", "") "]");
    verge_text_clear(&found);
    differences_doubted(list, held, owner, key, &sink, NULL);
    verge_snapshot_release(held);
    return verge_text_content(&found);
}

/* "key:1 name:1 …", once for each of the keys. */
static const char *all_files(enum kind directory, uint32_t from, uint32_t to)
{
    static struct verge_text text;
    struct attribute_table files = attributes_of(directory);
    verge_text_clear(&text);
    for (uint32_t key = from; key <= to; key++)
        for (size_t i = 0; i < files.count; i++)
            verge_text_printf(&text, "%s:%" PRIu32 " ", files.rows[i].name, key);
    return verge_text_content(&text);
}

START_TEST(a_row_in_doubt_is_asked_for_in_all_its_files)
{
    ck_assert_str_eq(doubt(VERGE_VMS, 7, 0), all_files(KIND_VM, 7, 7));
    ck_assert_str_eq(doubt(VERGE_DEVICES, 0, 2), all_files(KIND_DEVICE, 2, 2));
}
END_TEST

START_TEST(devices_are_in_doubt_with_their_machine)
{
    ck_assert_str_eq(doubt(VERGE_DEVICES, 5, 0), all_files(KIND_DEVICE, 1, 2));
    ck_assert_str_eq(doubt(VERGE_DEVICES, 6, 0), "");
}
END_TEST

START_TEST(settings_in_doubt_are_asked_for_in_the_documents)
{
    ck_assert_str_eq(doubt(VERGE_SETTINGS, 9, 0), "settings.json:9 device.json:9 ");
}
END_TEST

UNIT_MAIN("differences", equal_rows_change_nothing, a_changed_column_changes_its_files_alone,
          a_new_time_changes_every_file, a_name_that_is_gone_is_forgotten_in_each_directory,
          a_name_of_a_group_is_forgotten_there_too, the_plain_name_may_pass_to_another,
          a_device_is_gone_without_its_row_or_its_uuid, a_new_row_was_never_held,
          the_first_of_a_list_changes_nothing, settings_show_in_the_documents_of_their_device,
          the_first_settings_of_a_table_show_too, a_vm_that_is_renamed_leaves_its_name,
          a_group_leaves_its_name_in_each_vm_too, the_plain_name_of_a_group_may_pass_to_another,
          a_row_in_doubt_is_asked_for_in_all_its_files, devices_are_in_doubt_with_their_machine,
          settings_in_doubt_are_asked_for_in_the_documents)
