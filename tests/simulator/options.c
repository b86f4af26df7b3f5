/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/simulator/options.h"
#include "tests/simulator/buffer.h"
#include "tests/simulator/fleet.h"
#include "tests/simulator/value.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: vergesim [OPTION]...\n"
    "Simulates the VergeOS API on the loopback address.\n"
    "\n"
    "  --https PORT             HTTPS port; 0 takes any, which is the default; off: none\n"
    "  --http PORT              HTTP port; 0 takes any; off, the default: none\n"
    "  --state DIR              where the certificates are kept\n"
    "                           ($XDG_STATE_HOME/vergesim or ~/.local/state/vergesim)\n"
    "  --certificate FILE       use this certificate (with --key)\n"
    "  --key FILE               and this key\n"
    "  --certificate-kind KIND  good, wrong-host, expired or self-signed\n"
    "  --fleet VMSxDEVICES      so many VMs with so many devices each\n"
    "  --data FILE              a fleet in JSON; without either, a demo data centre\n"
    "  --user NAME:PASSWORD     who may log in (admin:vergesim)\n"
    "  --token KEY              the API key (vergesim-key)\n"
    "  --quirk NAME=VALUE       a switch, see below; may be repeated\n"
    "  --delay-ms N             wait so long before every answer\n"
    "  --ready-file FILE        write what is printed at the start to a file too\n"
    "  --die-with-parent        end when the process that started it ends\n"
    "  --help, --version\n"
    "\n"
    "Quirks, with their values, of which the first is the initial one (a number starts at 0):\n";

enum option_code {
    OPTION_HTTPS = 1,
    OPTION_HTTP,
    OPTION_STATE,
    OPTION_CERTIFICATE,
    OPTION_KEY,
    OPTION_KIND,
    OPTION_FLEET,
    OPTION_DATA,
    OPTION_USER,
    OPTION_TOKEN,
    OPTION_QUIRK,
    OPTION_DELAY,
    OPTION_READY,
    OPTION_PARENT,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option names[] = {
    {"https", required_argument, NULL, OPTION_HTTPS},
    {"http", required_argument, NULL, OPTION_HTTP},
    {"state", required_argument, NULL, OPTION_STATE},
    {"certificate", required_argument, NULL, OPTION_CERTIFICATE},
    {"key", required_argument, NULL, OPTION_KEY},
    {"certificate-kind", required_argument, NULL, OPTION_KIND},
    {"fleet", required_argument, NULL, OPTION_FLEET},
    {"data", required_argument, NULL, OPTION_DATA},
    {"user", required_argument, NULL, OPTION_USER},
    {"token", required_argument, NULL, OPTION_TOKEN},
    {"quirk", required_argument, NULL, OPTION_QUIRK},
    {"delay-ms", required_argument, NULL, OPTION_DELAY},
    {"ready-file", required_argument, NULL, OPTION_READY},
    {"die-with-parent", no_argument, NULL, OPTION_PARENT},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static bool wrong(const char *what, const char *value)
{
    (void)fprintf(stderr, "vergesim: %s: '%s'\n", what, value);
    return false;
}

static bool read_number(const char *text, int most, int *number)
{
    int64_t wide = 0;

    if (!parse_number(text, &wide) || wide < 0 || wide > most)
        return false;
    *number = (int)wide;
    return true;
}

static bool read_port(const char *text, int *port)
{
    if (strcmp(text, "off") == 0) {
        *port = PORT_OFF;
        return true;
    }
    return read_number(text, 65535, port) || wrong("not a port", text);
}

static bool read_fleet(struct options *options, const char *text)
{
    char *copy = must_copy(text);
    char *cross = strchr(copy, 'x');
    bool good = cross != NULL;

    if (good) {
        *cross = '\0';
        good = read_number(copy, MOST_FLEET_VMS, &options->vms) &&
               read_number(cross + 1, MOST_FLEET_DEVICES, &options->devices);
    }
    free(copy);
    return good || wrong("a fleet is VMSxDEVICES, like 100x8, not", text);
}

static bool read_user(struct options *options, const char *text)
{
    const char *colon = strchr(text, ':');

    if (!colon || colon == text)
        return wrong("a user is NAME:PASSWORD, not", text);
    free(options->user);
    free(options->password);
    options->user = must_copy(text);
    options->user[colon - text] = '\0';
    options->password = must_copy(colon + 1);
    return true;
}

static bool read_quirk(struct options *options, const char *text)
{
    char *copy = must_copy(text);
    char *equals = strchr(copy, '=');
    char problem[256];
    bool good = equals != NULL;

    if (good) {
        *equals = '\0';
        good = quirks_set(&options->quirks, copy, equals + 1, problem);
        if (!good)
            (void)fprintf(stderr, "vergesim: %s\n", problem);
    } else {
        (void)wrong("a quirk is NAME=VALUE, not", text);
    }
    free(copy);
    return good;
}

static bool read_text(const char **place, const char *text)
{
    *place = text;
    return true;
}

static bool read_option(struct options *options, int option, const char *text)
{
    switch (option) {
    case OPTION_HTTPS:
        return read_port(text, &options->https);
    case OPTION_HTTP:
        return read_port(text, &options->http);
    case OPTION_STATE:
        free(options->state);
        options->state = must_copy(text);
        return true;
    case OPTION_CERTIFICATE:
        return read_text(&options->certificate, text);
    case OPTION_KEY:
        return read_text(&options->key, text);
    case OPTION_KIND:
        options->certificate_kind = certificate_kind_find(text);
        return options->certificate_kind < CERTIFICATE_KINDS ||
               wrong("no such kind of certificate", text);
    case OPTION_FLEET:
        return read_fleet(options, text);
    case OPTION_DATA:
        return read_text(&options->data, text);
    case OPTION_USER:
        return read_user(options, text);
    case OPTION_TOKEN:
        return read_text(&options->token, text);
    case OPTION_QUIRK:
        return read_quirk(options, text);
    case OPTION_DELAY:
        return read_number(text, 3600000, &options->delay_ms) || wrong("not a delay", text);
    case OPTION_READY:
        return read_text(&options->ready_file, text);
    default:
        options->die_with_parent = options->die_with_parent || option == OPTION_PARENT;
        return option == OPTION_PARENT;
    }
}

static char *usual_state(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    struct buffer path = {0};

    if (state && *state == '/')
        buffer_printf(&path, "%s/vergesim", state);
    else
        buffer_printf(&path, "%s/.local/state/vergesim", home && *home ? home : "/tmp");
    return buffer_take(&path);
}

static void start(struct options *options)
{
    *options = (struct options){.https = PORT_ANY,
                                .http = PORT_OFF,
                                .vms = -1,
                                .state = usual_state(),
                                .user = must_copy("admin"),
                                .password = must_copy("vergesim"),
                                .token = "vergesim-key"};
    quirks_start(&options->quirks);
}

static void print_help(void)
{
    char *quirks = quirks_help();

    (void)printf("%s%s", usage, quirks);
    free(quirks);
}

static bool consistent(const struct options *options)
{
    if (!options->certificate != !options->key)
        return wrong("needs the other of --certificate and --key",
                     options->key ? "--key" : "--certificate");
    if (options->data && options->vms >= 0)
        return wrong("excludes --fleet", "--data");
    if (options->https == PORT_OFF && options->http == PORT_OFF)
        return wrong("nothing to listen on", "--https off");
    return true;
}

enum options_result options_read(struct options *options, int count, char **words)
{
    int option;

    start(options);
    while ((option = getopt_long(count, words, "", names, NULL)) != -1) {
        if (option == OPTION_HELP) {
            print_help();
            return OPTIONS_DONE;
        }
        if (option == OPTION_VERSION) {
            (void)puts("vergesim " PACKAGE_VERSION);
            return OPTIONS_DONE;
        }
        if (!read_option(options, option, optarg))
            return OPTIONS_WRONG;
    }
    if (optind < count) {
        (void)wrong("unexpected", words[optind]);
        return OPTIONS_WRONG;
    }
    return consistent(options) ? OPTIONS_RUN : OPTIONS_WRONG;
}

void options_clear(struct options *options)
{
    free(options->state);
    free(options->user);
    free(options->password);
    options->state = options->user = options->password = NULL;
}
