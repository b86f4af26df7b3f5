/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/system.h"

#include <errno.h>
#include <string.h>

#include "lib/value.h"

static void take_text(const cJSON *row, const char *field, char *out, size_t size)
{
    char room[64];
    const char *text = verge_value_text(cJSON_GetObjectItemCaseSensitive(row, field), room);
    verge_printable(out, size, text, strlen(text));
}

int verge_system_read(struct verge_client *client, const struct verge_call *call,
                      struct verge_system *system, struct verge_error *error)
{
    static const struct verge_query query = {.table = "system",
                                             .fields = "$key,yb_version,os_version,cloud_name"};
    VERGE_JSON_LOCAL *answer = NULL;
    *system = (struct verge_system){0};
    int result = verge_client_get(client, call, &query, &answer, error);
    if (result)
        return result;
    const cJSON *row = cJSON_IsArray(answer) ? answer->child : answer;
    if (!cJSON_IsObject(row))
        return verge_error_set(error, EREMOTEIO, "the answer to /system is not that of a VergeOS");
    take_text(row, "yb_version", system->release, sizeof(system->release));
    take_text(row, "cloud_name", system->name, sizeof(system->name));
    return 0;
}
