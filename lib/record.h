/* SPDX-License-Identifier: MIT */
/*
 * Rows of VergeOS as compact, immutable, shared records. What a kind of row has is a table of
 * columns: one table says what is asked of the server, how it is read, how it is shown as JSON, and
 * how two rows are compared.
 */
#ifndef VERGE_RECORD_H
#define VERGE_RECORD_H

#include <cjson/cJSON.h>
#include <stdatomic.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/text.h"

struct verge_record;

/* At the most so many columns has a model, for a set of them to fit 64 bits with one to spare. */
#define VERGE_COLUMNS 63

enum verge_kind {
    VERGE_KEY,       /* uint32_t: a row number; 0 for none */
    VERGE_INTEGER,   /* int64_t */
    VERGE_BOOLEAN,   /* bool */
    VERGE_TIME,      /* int64_t: UTC seconds; 0 for unset */
    VERGE_STRING,    /* const char *: never NULL */
    VERGE_REFERENCE, /* struct verge_reference */
};

/* A reference exactly as the API gave it (vergeos-api §6 #1): its text and whether JSON had a
 * number. */
struct verge_reference {
    const char *text; /* never NULL; "" for none */
    bool is_number;
};

struct verge_column {
    const char *name; /* in the answer: "machine_name" */
    const char
        *source; /* in `fields`: "machine#name as machine_name"; NULL when it is just the name */
    enum verge_kind kind;
    size_t offset;   /* into the record's struct */
    int64_t missing; /* what an absent integer or boolean reads as */
    bool hidden;     /* not in the JSON of the record */
};

struct verge_model {
    const char *table;
    const char *filter; /* that every list of it carries, or NULL */
    const struct verge_column *columns;
    size_t count;
    size_t size;                                 /* of the record's struct */
    bool (*accept)(struct verge_record *record); /* last word on a row that was read: false drops
                                                    it; may set `key` */
    const char *extra_fields;                    /* appended to the projection, or NULL */
    /* For rows with columns that are not known beforehand: what else to keep of a row, as text in
     * `rest`. NULL for none. */
    bool (*read_rest)(const cJSON *row, struct verge_text *rest);
};

/* The head of every record. Nothing of a record changes after it was read. */
struct verge_record {
    atomic_uint references;
    uint32_t key;   /* names the row within its table: $key, or for resource groups a hash of it */
    uint32_t owner; /* the row whose part this is: a device's machine, a settings row's device; else
                       its own key */
    const struct verge_model *model;
    const char *rest; /* what read_rest kept; "" otherwise */
};

/* Reads a row. NULL when it is not a row (no object, no key, refused by `accept`), with errno 0, or
 * memory ran out, with errno ENOMEM. */
struct verge_record *verge_record_read(const struct verge_model *model, const cJSON *row);

/* Reference counting, safe for many threads. release(NULL) is nothing. */
void *verge_record_hold(const void *record);
void verge_record_release(const void *record);

/* The columns that differ, as a bit set by index; the last bit for `rest`. Records of one model. */
#define VERGE_REST_DIFFERS ((uint64_t)1 << 63)
uint64_t verge_record_diff(const struct verge_record *one, const struct verge_record *other);

/* A column by its name in the answer; NULL when the model has none such. */
const struct verge_column *verge_model_column(const struct verge_model *model, const char *name);

/* `fields` for this model; appended. */
bool verge_model_projection(const struct verge_model *model, struct verge_text *fields);

/* The record as a JSON object under the API's own names and types; columns in table order. Caller
 * frees; NULL: no memory. */
cJSON *verge_record_json(const struct verge_record *record);

/* The members of that object as text, each on a line of its own, without the brackets: what
 * cJSON_Print would give, written without a tree. */
bool verge_record_print(const struct verge_record *record, struct verge_text *text);

/* A reference as it is sent: in the kind it came in, null for none. Caller frees; NULL: no memory.
 */
cJSON *verge_reference_json(const struct verge_reference *reference);

/* One column as the text of an attribute file without newline: "" for unset, true/false, ISO 8601
 * UTC. */
bool verge_record_show(const struct verge_record *record, const struct verge_column *column,
                       struct verge_text *text);

/* 2024-01-01T00:00:00Z, "" for 0. */
bool verge_show_time(int64_t seconds, struct verge_text *text);

#endif
