/* SPDX-License-Identifier: MIT */
/*
 * The command line (spec §6): vergefs [options] [HOST] MOUNTPOINT, by libfuse's option parser.
 *
 * What is refused is never repeated, for it might be a secret: messages name options, not their
 * values.
 */
#ifndef VERGEFS_OPTIONS_H
#define VERGEFS_OPTIONS_H

#include <stdbool.h>
#include <sys/types.h>

#include <fuse_lowlevel.h>

#include "lib/credentials.h"

/* Exit statuses: the numbers of the vendor's CLI. */
enum exit_status {
    EXIT_OK = 0,
    EXIT_OTHER = 1,
    EXIT_USAGE = 2,
    EXIT_CONFIGURATION = 3,
    EXIT_AUTHENTICATION = 4,
    EXIT_FORBIDDEN = 5,
    EXIT_TIMEOUT = 9,
    EXIT_CONNECTION = 10,
};

struct options {
    char *host;       /* as given; NULL: from the credentials */
    char *mountpoint; /* absolute, of an existing directory, or of a mount whose daemon is gone;
                         NULL with --check */
    char *credentials_file; /* of credentials= or profile=, whichever was said last */
    char *cacert;           /* absolute: the daemon changes to / */
    int insecure;
    double ttl;     /* seconds; default 5 */
    double timeout; /* seconds; default 30; < 0: not said */
    int retries;    /* default 3; < 0: not said */
    int budget;     /* per hour; default 1000; 0: none */
    int nodelete;
    int read_only;
    int allow_other;
    uid_t uid;
    gid_t gid;
    mode_t umask;
    int foreground, debug, show_version, show_help;
    int check;                   /* --check: connect, say what is there, exit; mounts nothing */
    struct fuse_args mount_args; /* what goes to libfuse: -o
                                    allow_other,default_permissions,subtype=,fsname=,… */
};

/*
 * Parses the command line. Returns EXIT_OK, or EXIT_USAGE with one sentence printed to stderr
 * (EXIT_OTHER: no memory). -V and -h are left to the caller; with them nothing else need be there.
 * Options of mount(8) and fstab that are none of ours (rw, noauto, _netdev, nofail, user,
 * x-systemd.…, dev/nodev, …) are accepted. To be freed whatever is returned.
 */
enum exit_status options_parse(struct options *options, int argc, char **argv);
void options_free(struct options *options);

/*
 * Completes options and credentials (which it initializes) from each other, and mount_args by the
 * host. The credentials are those of the file of -o credentials=, else of the environment, else of
 * the default file: they are never mixed, so that no key of one system is sent to another. Host,
 * timeout, retries and TLS verification said on the command line win, then the same source, then
 * the environment. Completed options are left alone, so it may be asked again, from any thread, for
 * credentials that have changed. EXIT_CONFIGURATION with one sentence when there is no host or
 * nothing to log in with.
 */
enum exit_status options_credentials(struct options *options,
                                     struct verge_credentials *credentials);

/* The --help screen. */
void options_usage(const char *program);

#endif
