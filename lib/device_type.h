/* SPDX-License-Identifier: MIT */
/*
 * The device types of VergeOS as a table (spec §1, vergeos-api §4.5, §4.6): a new type is a new
 * row. Statuses likewise.
 */
#ifndef VERGE_DEVICE_TYPE_H
#define VERGE_DEVICE_TYPE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* One setting of a type and what is known about it. */
struct verge_setting {
    const char *key;
    enum { VERGE_SETTING_INTEGER, VERGE_SETTING_BOOLEAN, VERGE_SETTING_STRING } kind;
    const char *preset; /* JSON text that the vendor's create call sends; NULL: not sent */
    bool unreadable;    /* the API has no way to show it (attach_drivers) */
    bool fixed;         /* cannot change after creation (TPM version) */
};

struct verge_device_type {
    const char *directory;    /* "usb" */
    const char *token;        /* the API's: "node_usb_devices" */
    const char *label;        /* "USB" */
    const char *device_class; /* "usb" */
    bool needs_group;
    const char *settings_table; /* NULL: the type has no settings */
    const struct verge_setting *settings;
    size_t setting_count;
};

extern const struct verge_device_type verge_device_types[];
extern const size_t verge_device_type_count; /* 8 */

struct verge_status {
    const char *status; /* the API's token: "hotplug" */
    const char *label;  /* "Hot plugging" */
};
extern const struct verge_status verge_statuses[];
extern const size_t verge_status_count; /* 8 */

/* By the API's token, or by the directory's name; NULL when unknown. */
const struct verge_device_type *verge_device_type_by_token(const char *token);
const struct verge_device_type *verge_device_type_by_directory(const char *directory);

/* Of a token that may be unknown: the token itself then; the class of an unknown type is "". */
const char *verge_type_directory(const char *token);
const char *verge_type_label(const char *token);
const char *verge_type_class(const char *token);
/* "hotplug" -> "Hot plugging"; an unknown status is its own label. */
const char *verge_status_label(const char *status);

const struct verge_setting *verge_setting_find(const struct verge_device_type *type,
                                               const char *key);

/* The settings that the vendor's create_T call sends: {} when none. Caller frees; NULL: no memory.
 */
cJSON *verge_type_default_settings(const struct verge_device_type *type);

/* Two values of one setting compared: TPM version "2.0" is "2" (vergeos-api §4.6). */
bool verge_setting_same(const char *key, const cJSON *one, const cJSON *other);

#endif
