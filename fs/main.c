/* SPDX-License-Identifier: MIT */
/* vergefs(1): from the command line to a running mount, and back. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs/complain.h"
#include "fs/connect.h"
#include "fs/daemon.h"
#include "fs/ops.h"
#include "fs/query.h"
#include "fs/ready.h"
#include "fs/scratch.h"
#include "fs/signals.h"
#include "fs/stale.h"
#include "fs/watch.h"

/* Workers at once: a few slow requests must not stop the rest. */
#define WORKERS 64
#define IDLE_WORKERS 16

/* Everything that lives as long as the mount, in the order of its making. */
struct program {
    struct options options;
    struct connection connection;
    struct tree tree;
    bool tree_made;
    struct notify *notify;
    struct mount mount;
    struct fuse_session *session;
    int ready; /* whom to tell that we are up; -1 in the foreground */
};

/* ---- the mount ---- */

/* How often a polled value is looked at: when its row has grown stale, but no more than once a
 * second. */
static int64_t watch_interval(const struct options *options)
{
    return options->ttl > 1 ? llround(options->ttl * 1000) : 1000;
}

static bool make_tree(struct program *program)
{
    const struct options *options = &program->options;
    struct tree *tree = &program->tree;
    *tree = (struct tree){
        .client = program->connection.client,
        .inventory = program->connection.inventory,
        .queries = program->connection.queries,
        .guard = guard_new(),
        .again = again_new(),
        .log = error_log_new(options->foreground ? ERROR_LOG_STDERR : ERROR_LOG_SYSLOG),
        .scratch = scratch_new(),
        .filters = filters_new(),
        .watch = watch_new(tree, watch_interval(options)),
        .options = options,
        .notify = program->notify,
        .url = program->connection.url,
        .release = program->connection.system.release,
        .timeout_ms = llround(options->timeout * 1000),
        .started = time(NULL),
        .started_ms = verge_now(),
    };
    handles_init(&tree->handles);
    program->tree_made = true;
    if (tree->guard && tree->again && tree->log && tree->scratch && tree->filters && tree->watch)
        return true;
    complain("out of memory");
    return false;
}

static enum exit_status mount_tree(struct program *program)
{
    struct options *options = &program->options;
    int result = stale_clear(options->mountpoint);
    if (result)
        complain("%s: a dead mount stays: %s", options->mountpoint, strerror(-result));
    program->session = fuse_session_new(&options->mount_args, &ops, sizeof(ops), &program->mount);
    if (!program->session)
        return EXIT_USAGE;
    if (fuse_session_mount(program->session, options->mountpoint))
        return EXIT_OTHER; /* libfuse has said why */
    result = notify_start(program->notify, program->session, program->tree.inventory,
                          program->tree.scratch);
    if (!result)
        return EXIT_OK;
    complain("cannot start a thread: %s", strerror(-result));
    return EXIT_OTHER;
}

#if FUSE_USE_VERSION >= 312
static int run_loop(struct fuse_session *session)
{
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    fuse_loop_cfg_set_max_threads(config, WORKERS);
    fuse_loop_cfg_set_idle_threads(config, IDLE_WORKERS);
    int result = fuse_session_loop_mt(session, config);
    fuse_loop_cfg_destroy(config);
    return result;
}
#else /* workers are not bounded there */
static int run_loop(struct fuse_session *session)
{
    struct fuse_loop_config config = {.max_idle_threads = IDLE_WORKERS};
    return fuse_session_loop_mt(session, &config);
}
#endif

static enum exit_status serve(struct program *program)
{
    struct signals *signals = signals_start(&program->mount, program->session, pthread_self());
    if (!signals) {
        complain("cannot start a thread: %s", strerror(errno));
        return EXIT_OTHER;
    }
    if (program->ready >= 0)
        daemon_ready(program->ready);
    ready_notify("READY=1");
    int result = run_loop(program->session);
    signals_end(signals);
    return result < 0 ? EXIT_OTHER : EXIT_OK;
}

static void take_down(struct program *program)
{
    ready_notify("STOPPING=1");
    mount_end(&program->mount);
    watch_end(program->tree.watch);
    if (program->session)
        fuse_session_unmount(program->session);
    verge_inventory_free(program->connection.inventory); /* its threads bring no more news */
    program->connection.inventory = NULL;
    notify_free(program->notify);
    if (program->session)
        fuse_session_destroy(program->session);
    if (program->tree_made)
        handles_end(&program->tree.handles, &program->tree);
    guard_free(program->tree.guard);
    again_free(program->tree.again);
    error_log_free(program->tree.log);
    scratch_free(program->tree.scratch);
    watch_free(program->tree.watch);
    filters_free(program->tree.filters);
    mount_destroy(&program->mount);
}

static enum exit_status run(struct program *program)
{
    signals_block();
    if (chdir("/"))
        return EXIT_OTHER;
    program->notify = notify_new();
    program->connection.changed = notify_changed;
    program->connection.doubted = notify_doubted;
    program->connection.changed_argument = program->notify;
    mount_init(&program->mount, &program->tree, program->notify);
    enum exit_status status = program->notify ? connection_open(&program->connection) : EXIT_OTHER;
    if (status == EXIT_OK)
        status = make_tree(program) ? mount_tree(program) : EXIT_OTHER;
    if (status == EXIT_OK)
        status = serve(program);
    take_down(program);
    return status;
}

/* ---- the command line ---- */

static enum exit_status start(struct program *program)
{
    enum exit_status status = connection_prepare(&program->connection, &program->options);
    verge_credentials_clear_environment();
    if (status != EXIT_OK)
        return status;
    if (program->options.check)
        return connection_check(&program->connection);
    if (!program->options.foreground)
        program->ready = daemon_fork();
    if (!program->options.foreground && program->ready < 0) {
        complain("cannot go to the background: %s", strerror(errno));
        return EXIT_OTHER;
    }
    return run(program);
}

int main(int argc, char **argv)
{
    struct program program = {.ready = -1};
    daemon_harden();
    enum exit_status status = options_parse(&program.options, argc, argv);
    if (status == EXIT_OK && program.options.show_help)
        options_usage(argv[0]);
    else if (status == EXIT_OK && program.options.show_version)
        printf("vergefs %s (libfuse %s)\n", PACKAGE_VERSION, fuse_pkgversion());
    else if (status == EXIT_OK)
        status = start(&program);
    connection_close(&program.connection);
    options_free(&program.options);
    return status;
}
