/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct signals {
    struct mount *mount;
    struct fuse_session *session;
    pthread_t loop, thread;
    atomic_bool ended; /* the loop has returned */
};

/* SIGUSR1 wakes the loop, SIGUSR2 this module's own thread. */
static sigset_t waited(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR2);
    return set;
}

static void nothing(int signal)
{
    (void)signal;
}

void signals_block(void)
{
    sigset_t set = waited();
    struct sigaction wake = {.sa_handler = nothing}; /* without SA_RESTART: it is to interrupt */
    sigaction(SIGUSR1, &wake, NULL);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* The loop may be just before its wait, so it is woken until it has seen the end. */
static void end_loop(struct signals *signals)
{
    mount_end(signals->mount);
    mount_wait(signals->mount);
    fuse_session_exit(signals->session);
    while (!atomic_load(&signals->ended)) {
        pthread_kill(signals->loop, SIGUSR1);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
}

static void *wait_for_signals(void *argument)
{
    struct signals *signals = argument;
    sigset_t set = waited();
    int got = 0;
    while (sigwait(&set, &got) == 0 && got == SIGHUP)
        continue; /* a terminal that goes away is no reason to unmount */
    if (got != SIGUSR2)
        end_loop(signals);
    return NULL;
}

struct signals *signals_start(struct mount *mount, struct fuse_session *session, pthread_t loop)
{
    struct signals *signals = calloc(1, sizeof(*signals));
    if (!signals)
        return NULL;
    *signals = (struct signals){.mount = mount, .session = session, .loop = loop};
    int result = pthread_create(&signals->thread, NULL, wait_for_signals, signals);
    if (!result)
        return signals;
    free(signals);
    errno = result;
    return NULL;
}

void signals_end(struct signals *signals)
{
    if (!signals)
        return;
    atomic_store(&signals->ended, true);
    pthread_kill(signals->thread, SIGUSR2);
    pthread_join(signals->thread, NULL);
    free(signals);
}
