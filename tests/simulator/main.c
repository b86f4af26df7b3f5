/* SPDX-License-Identifier: MIT */
/* vergesim: a simulator of the VergeOS API, for trying vergefs and for testing it. */
#include "tests/simulator/fleet.h"
#include "tests/simulator/files.h"
#include "tests/simulator/http.h"
#include "tests/simulator/options.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct program {
    struct options options;
    struct certificate certificate;
    struct simulator *simulator;
    struct http *https, *http;
    sigset_t signals;
};

/* Signals are waited for by the main thread, so all others must have them blocked. */
static void block_signals(sigset_t *signals)
{
    (void)sigemptyset(signals);
    (void)sigaddset(signals, SIGTERM);
    (void)sigaddset(signals, SIGINT);
    (void)sigaddset(signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

/* False if the parent has gone already. */
static bool follow_parent(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
}

static struct store *load_data(const struct options *options)
{
    struct store *store = NULL;
    char problem[256] = "";

    if (options->vms >= 0)
        return fleet_generate(options->vms, options->devices);
    if (!options->data)
        return fleet_demo();

    char *text = file_read(options->data);

    if (text)
        store = fleet_from_json(text, problem);
    if (!store)
        (void)fprintf(stderr, "vergesim: %s: %s\n", options->data,
                      text ? problem : strerror(errno));
    free(text);
    return store;
}

static bool load_certificate(struct program *program)
{
    const struct options *options = &program->options;

    if (options->https == PORT_OFF)
        return true;
    if (options->certificate)
        return certificate_read(&program->certificate, options->certificate, options->key);
    return certificate_prepare(&program->certificate, options->state, options->certificate_kind);
}

static bool listen_on(struct program *program, int port, bool tls, struct http **http)
{
    if (port == PORT_OFF)
        return true;
    *http = http_start(program->simulator, port, tls ? program->certificate.chain : NULL,
                       tls ? program->certificate.key : NULL);
    if (!*http)
        (void)fprintf(stderr, "vergesim: cannot listen on port %d%s\n", port,
                      tls ? ", or the certificate is no good" : "");
    return *http != NULL;
}

static bool begin(struct program *program)
{
    const struct options *options = &program->options;
    struct store *store;

    if (!load_certificate(program))
        return false;
    store = load_data(options);
    if (!store)
        return false;
    program->simulator = simulator_new(store, &options->quirks,
                                       auth_new(options->user, options->password, options->token));
    program->simulator->delay_ms = options->delay_ms;
    return listen_on(program, options->https, true, &program->https) &&
           listen_on(program, options->http, false, &program->http);
}

static char *facts(const struct program *program)
{
    struct buffer text = {0};

    if (program->https)
        buffer_printf(&text, "https https://localhost:%d\n", http_port(program->https));
    if (program->http)
        buffer_printf(&text, "http http://127.0.0.1:%d\n", http_port(program->http));
    if (program->certificate.authority)
        buffer_printf(&text, "ca %s\n", program->certificate.authority);
    if (program->http)
        buffer_printf(&text, "control http://127.0.0.1:%d/_sim\n", http_port(program->http));
    else
        buffer_printf(&text, "control https://localhost:%d/_sim\n", http_port(program->https));
    buffer_text(&text, "ready\n");
    return buffer_take(&text);
}

static bool announce(const struct program *program)
{
    char *text = facts(program);
    const char *file = program->options.ready_file;
    bool good = !file || file_replace(file, text, 0644);

    if (!good)
        (void)fprintf(stderr, "vergesim: cannot write %s\n", file);
    (void)fputs(text, stdout);
    (void)fflush(stdout);
    free(text);
    return good;
}

static void finish(struct program *program)
{
    if (program->simulator)
        atomic_store(&program->simulator->stopping, true);
    http_stop(program->https);
    http_stop(program->http);
    simulator_free(program->simulator);
    certificate_clear(&program->certificate);
    options_clear(&program->options);
}

int main(int count, char **words)
{
    struct program program = {0};
    pid_t parent = getppid();
    enum options_result result = options_read(&program.options, count, words);
    bool good = result == OPTIONS_RUN;
    int signal = 0;

    block_signals(&program.signals);
    if (good && program.options.die_with_parent)
        good = follow_parent(parent);
    good = good && begin(&program) && announce(&program);
    if (good)
        (void)sigwait(&program.signals, &signal);
    finish(&program);
    if (result == OPTIONS_WRONG)
        return 2;
    return good || result == OPTIONS_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
}
