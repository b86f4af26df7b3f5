/* SPDX-License-Identifier: MIT */
/*
 * What goes wrong on purpose: rules that pick requests, and what befalls those. Has its own lock;
 * a fault that was taken lives until it is released, whatever happens to the list.
 */
#ifndef SIMULATOR_FAULTS_H
#define SIMULATOR_FAULTS_H

#include <stdatomic.h>

#include <cjson/cJSON.h>

#include "tests/simulator/request.h"

enum drop { DROP_NO, DROP_BEFORE, DROP_AFTER };

struct fault {
    char *name;                  /* as the log has it */
    char *method, *path, *query; /* which requests; NULL: any */
    long skip, times;            /* 0 times: until cleared */
    unsigned long hits;

    int status;     /* 0: that of the work */
    cJSON *headers; /* an object of strings, or NULL */
    char *body, *type;
    long delay_ms, after_ms, trickle_ms;
    enum drop drop;
    int64_t truncate; /* bytes that go out; -1: all */
    bool hang;
    int64_t huge, deep; /* bytes; levels */
    bool ignore;
    cJSON *patch;  /* members to put into each row, or NULL */
    char *replace; /* raw JSON, or NULL */

    atomic_bool released; /* ends a hang */
    atomic_uint references;
};

struct faults;

struct faults *faults_new(void);
void faults_free(struct faults *faults);

/* Adds what an object or an array of them describes. False, with the reason, if one is wrong. */
bool faults_add(struct faults *faults, const cJSON *json, const char **problem);
/* Forgets all, and lets what hangs go on. */
void faults_clear(struct faults *faults);
/* The list with its hit counts; the caller deletes it. */
cJSON *faults_list(struct faults *faults);

/* The first fault that is meant for the request, counted as a hit; NULL if there is none. */
struct fault *faults_take(struct faults *faults, const struct request *request);
void fault_release(struct fault *fault);

/* Whether the fault answers by itself, without any work being done. */
bool fault_answers(const struct fault *fault);

#endif
