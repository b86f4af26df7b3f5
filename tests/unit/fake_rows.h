/* SPDX-License-Identifier: MIT */
/* What the VergeOS in memory is asked, and what its rows look like. All with the server's lock. */
#ifndef FAKE_ROWS_H
#define FAKE_ROWS_H

#include "tests/unit/fake_server.h"

/* A request taken apart; its body is the caller's to free. */
struct fake_asked {
    const char *method;
    char table[64], key[64];
    char fields[2048], filter[1024], sort[64];
    unsigned long limit, offset;
    cJSON *body;
};

void fake_take_apart(struct fake_asked *asked, const struct verge_request *request);
/* Percent-encoded text, decoded and cut to fit. */
void fake_decode(char *out, size_t size, const char *in, size_t length);

/* One row of any table. */
struct fake_row {
    const struct fake_vm *vm;
    const struct fake_device *device;
    const struct fake_setting *setting;
    size_t group; /* number, from 1 */
};

size_t fake_table_count(const struct fake_server *server, const char *table);
/* False when the row is not of this table. */
bool fake_table_row(const struct fake_server *server, const char *table, size_t index,
                    struct fake_row *row);

/* `column eq literal`, parts in parentheses joined by `and`: all that vergefs asks. */
bool fake_matches(const struct fake_row *row, const char *filter, size_t length);

void fake_print_row(const struct fake_row *row, struct verge_text *out);
void fake_print_device(const struct fake_device *device, struct verge_text *out);

#endif
