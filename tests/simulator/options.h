/* SPDX-License-Identifier: MIT */
/* The command line. */
#ifndef SIMULATOR_OPTIONS_H
#define SIMULATOR_OPTIONS_H

#include <stdbool.h>

#include "tests/simulator/certificate.h"
#include "tests/simulator/quirks.h"

enum { PORT_OFF = -1, PORT_ANY = 0 };

struct options {
    int https, http; /* a port, PORT_ANY or PORT_OFF */
    char *state;
    const char *certificate, *key;
    enum certificate_kind certificate_kind;
    const char *data;
    int vms, devices; /* of a generated fleet; -1: none */
    char *user, *password;
    const char *token;
    struct quirks quirks;
    int delay_ms;
    const char *ready_file;
    bool die_with_parent;
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };

/* Prints what --help and --version want, and complaints. */
enum options_result options_read(struct options *options, int count, char **words);
void options_clear(struct options *options);

#endif
