/* SPDX-License-Identifier: MIT */
#define VERGEFS_TESTS_CARD_C
#include "tests/integration/card.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *nic_change(const char *field, const char *value)
{
    return text("PUT machine_devices/" NIC_KEY " {\"%s\":%s}\n", field, value);
}

void expect_nic(const char *value, const char *field)
{
    expect_field(value, "machine_devices", NIC_KEY, field);
}

void make_scratch(const char *name, const char *content)
{
    int fd = open_file(O_WRONLY | O_CREAT | O_TRUNC, NIC "/%s", name);
    expect_ok(fd);
    expect_ok(write_piece(fd, content));
    expect_ok(close(fd));
}

static const char *const attributes = "class created description device.json enabled key machine "
                                      "machine_name machine_type modified name optional orderid "
                                      "resource_group resource_group_name settings.json status "
                                      "status_display status_info type type_display uuid";

/* Never an attribute: who tries to remove one is up to no good. */
void clear_scratch(void)
{
    static const char *const devices[] = {"gpu0", "nic0", "nic7"};
    for (int i = 0; i < (int)(sizeof(devices) / sizeof(devices[0])); i++) {
        const char *directory = path(VM "/devices/%s", devices[i]);
        struct dirent **entries = NULL;
        int count = scandir(directory, &entries, NULL, NULL);
        for (int j = 0; j < count; j++) {
            const char *word = text(" %s ", entries[j]->d_name);
            if (strstr(text(" . .. %s ", attributes), word) == NULL) {
                expect_ok(unlink(text("%s/%s", directory, entries[j]->d_name)));
            }
            free(entries[j]);
        }
        free(entries);
    }
    sim_clear_log();
}

void expect_beside(const char *names)
{
    const char *all = text("%s%s%s", names, *names == '\0' ? "" : " ", attributes);
    struct result sorted = run("printf '%%s\\n' %s | LC_ALL=C sort | paste -sd ' '", all);
    expect_list(text("%.*s", (int)strcspn(sorted.out, "\n"), sorted.out), NIC);
}
