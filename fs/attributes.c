/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/attributes.h"

#include <errno.h>
#include <string.h>

#include "fs/attach.h"
#include "fs/control.h"
#include "fs/store.h"
#include "lib/print.h"

/* ---- how a file is shown ---- */

static const struct verge_record *row_of(const struct subject *subject)
{
    if (subject->device)
        return &subject->device->record;
    if (subject->vm)
        return &subject->vm->record;
    return &subject->group->record;
}

/* The API's own value of a column, as text. */
static bool show_column(const struct attribute *attribute, const struct subject *subject,
                        struct verge_text *text)
{
    const struct verge_record *row = row_of(subject);
    const struct verge_column *column = verge_model_column(row->model, attribute->column);
    return column && verge_record_show(row, column, text);
}

static bool show_directory_class(const struct attribute *attribute, const struct subject *subject,
                                 struct verge_text *text)
{
    (void)attribute;
    return verge_text_string(text, verge_type_class(subject->device->type));
}

static bool show_type_label(const struct attribute *attribute, const struct subject *subject,
                            struct verge_text *text)
{
    (void)attribute;
    return verge_text_string(text, verge_type_label(subject->device->type));
}

static bool show_status_label(const struct attribute *attribute, const struct subject *subject,
                              struct verge_text *text)
{
    (void)attribute;
    return verge_text_string(text, verge_status_label(subject->device->status));
}

/* The row under the API's own field names. */
static bool show_row(const struct attribute *attribute, const struct subject *subject,
                     struct verge_text *text)
{
    (void)attribute;
    return verge_text_char(text, '{') && verge_record_print(row_of(subject), text) &&
           verge_text_string(text, "\n}");
}

static bool show_nothing(const struct attribute *attribute, const struct subject *subject,
                         struct verge_text *text)
{
    (void)attribute;
    (void)subject;
    return !text->failed;
}

static bool show_power(const struct attribute *attribute, const struct subject *subject,
                       struct verge_text *text)
{
    (void)attribute;
    return verge_text_string(text, subject->vm->running ? "on" : "off");
}

static bool show_settings(const struct attribute *attribute, const struct subject *subject,
                          struct verge_text *text)
{
    (void)attribute;
    return verge_print_indented(text, verge_settings_text(subject->settings), 0);
}

static bool show_device_row(const struct attribute *attribute, const struct subject *subject,
                            struct verge_text *text)
{
    (void)attribute;
    return verge_text_char(text, '{') && verge_record_print(row_of(subject), text) &&
           verge_text_string(text, ",\n\t\"settings_args\":\t") &&
           verge_print_indented(text, verge_settings_text(subject->settings), 1) &&
           verge_text_string(text, "\n}");
}

/* ---- the tables: the order is part of the inode numbers, new rows go to the end ---- */

/* A column of the row to be read; one to be written, too; a document. */
#define READ(file, of) \
    { \
        .name = (file), .show = show_column, .column = (of) \
    }
#define WRITE(file, kind, how) \
    { \
        .name = (file), .syntax = (kind), .show = show_column, .column = (file), .store = (how) \
    }

static const struct attribute device_files[] = {
    READ("key", "$key"),
    WRITE("name", SYNTAX_TEXT, store_text),
    WRITE("description", SYNTAX_TEXT, store_text),
    READ("type", "type"),
    {.name = "type_display", .show = show_type_label},
    {.name = "class", .show = show_directory_class},
    {.name = "status", .show = show_column, .column = "device_status", .pollable = true},
    {.name = "status_display", .show = show_status_label},
    READ("status_info", "status_info"),
    WRITE("enabled", SYNTAX_BOOLEAN, store_boolean),
    WRITE("optional", SYNTAX_BOOLEAN, store_boolean),
    WRITE("orderid", SYNTAX_INTEGER, store_integer),
    READ("resource_group", "resource_group"),
    READ("resource_group_name", "resource_group_name"),
    READ("uuid", "uuid"),
    READ("machine", "machine"),
    READ("machine_name", "machine_name"),
    READ("machine_type", "machine_type"),
    READ("created", "created"),
    READ("modified", "modified"),
    {.name = "settings.json",
     .syntax = SYNTAX_DOCUMENT,
     .show = show_settings,
     .store = store_settings,
     .needs_settings = true},
    {.name = "device.json",
     .syntax = SYNTAX_DOCUMENT,
     .show = show_device_row,
     .store = store_device,
     .needs_settings = true},
};

static const struct attribute vm_files[] = {
    READ("key", "$key"),
    READ("machine", "machine"),
    READ("name", "name"),
    READ("description", "description"),
    READ("status", "status"),
    READ("running", "running"),
    READ("enabled", "enabled"),
    READ("need_restart", "need_restart"),
    READ("node", "node_name"),
    READ("cluster", "cluster_name"),
    READ("machine_type", "machine_type"),
    READ("cpu_cores", "cpu_cores"),
    READ("ram", "ram"),
    READ("os_family", "os_family"),
    READ("uuid", "uuid"),
    READ("created", "created"),
    READ("modified", "modified"),
    {.name = "vm.json", .show = show_row},
    {.name = "attach",
     .syntax = SYNTAX_DOCUMENT,
     .show = show_nothing,
     .store = store_attach,
     .mode = 0600},
    {.name = "power", .syntax = SYNTAX_POWER, .show = show_power, .store = store_power},
};

static const struct attribute group_files[] = {
    READ("key", "$key"),
    READ("uuid", "uuid"),
    READ("name", "name"),
    READ("description", "description"),
    READ("type", "type"),
    READ("type_display", "type_display"),
    READ("class", "class"),
    READ("class_display", "class_display"),
    READ("enabled", "enabled"),
    READ("resource_count", "resource_count"),
    READ("created", "created"),
    READ("modified", "modified"),
    {.name = "group.json", .show = show_row},
};

static const struct attribute control_files[] = {
    {.name = "version", .show = control_show_version, .report = true},
    {.name = "config", .show = control_show_config, .report = true},
    {.name = "stats", .show = control_show_stats, .report = true},
    {.name = "error_log",
     .syntax = SYNTAX_TRIGGER,
     .show = control_show_error_log,
     .store = control_clear_error_log,
     .pollable = true,
     .report = true},
    {.name = "refresh", .syntax = SYNTAX_TRIGGER, .show = show_nothing, .store = control_refresh},
};

#define TABLE(rows) \
    { \
        rows, sizeof(rows) / sizeof((rows)[0]) \
    }

/* Which table a kind has: of a directory, of its files, of the entry of a typed directory that
 * resolves them. */
static const struct attribute_table tables[KIND_COUNT] = {
    [KIND_VM] = TABLE(vm_files),
    [KIND_VM_FILE] = TABLE(vm_files),
    [KIND_DEVICE] = TABLE(device_files),
    [KIND_DEVICE_FILE] = TABLE(device_files),
    [KIND_TYPE_ENTRY] = TABLE(device_files),
    [KIND_GROUP_ENTRY] = TABLE(device_files),
    [KIND_GROUP] = TABLE(group_files),
    [KIND_GROUP_FILE] = TABLE(group_files),
    [KIND_CONTROL] = TABLE(control_files),
    [KIND_CONTROL_FILE] = TABLE(control_files),
};

struct attribute_table attributes_of(enum kind directory)
{
    return tables[directory];
}

const struct attribute *attribute_at(struct address file)
{
    static const bool is_file[KIND_COUNT] = {[KIND_VM_FILE] = true,
                                             [KIND_DEVICE_FILE] = true,
                                             [KIND_GROUP_FILE] = true,
                                             [KIND_CONTROL_FILE] = true};
    struct attribute_table table = tables[file.kind];
    if (!is_file[file.kind])
        return NULL;
    return file.sub < table.count ? &table.rows[file.sub] : NULL;
}

bool attribute_find(struct attribute_table table, const char *name, uint32_t *index)
{
    for (size_t i = 0; i < table.count; i++)
        if (!strcmp(table.rows[i].name, name)) {
            *index = (uint32_t)i;
            return true;
        }
    return false;
}

mode_t attribute_mode(const struct attribute *attribute)
{
    if (attribute->mode)
        return S_IFREG | attribute->mode;
    return S_IFREG | (attribute->syntax == SYNTAX_NONE ? 0444 : 0644);
}

int attribute_render(const struct attribute *attribute, const struct subject *subject,
                     struct verge_text *text)
{
    size_t before = text->length;
    if (!attribute->show(attribute, subject, text))
        return -ENOMEM;
    if (text->length > before && !attribute->report)
        verge_text_char(text, '\n');
    return text->failed ? -ENOMEM : 0;
}
