/* SPDX-License-Identifier: MIT */
/*
 * The tree: what exists, found and listed. One row per kind of directory says how a child is found,
 * how all are listed, and what mkdir, rmdir and rename mean there. No FUSE here: addresses and
 * nodes in, errnos out.
 *
 * Convention: 0 or a negative errno; `request->error` then says more where there is more to say
 * than the errno does.
 */
#ifndef VERGEFS_TREE_H
#define VERGEFS_TREE_H

#include <sys/stat.h>

#include "fs/again.h"
#include "fs/error_log.h"
#include "fs/guard.h"
#include "fs/handles.h"
#include "fs/inode.h"
#include "fs/names.h"
#include "lib/inventory.h"

/* What the whole tree shares. No member changes after the start, but for what is behind it. */
struct tree {
    struct verge_client *client;
    struct verge_inventory *inventory;
    struct guard *guard;
    struct again *again;
    struct error_log *log;
    struct scratch *scratch;
    struct watch *watch;
    struct notify *notify;
    struct filters *filters;
    struct verge_queries *queries;
    struct handles handles;
    const struct options *options;
    const char *url;     /* of the system, for `config` */
    const char *release; /* the system's version as it told at the login; "" when it did not */
    int64_t timeout_ms;  /* of one operation, retries included */
    time_t started;      /* UTC seconds: the times of what has no row */
    int64_t started_ms;  /* verge_now() at the start */
};

/* One operation of one process: until when, what ends it, what went wrong. */
struct request {
    struct verge_call call;
    struct verge_error error;
    pid_t thread; /* who asked */
};

/* What the kernel wants to know of an address. */
struct node {
    struct address address;
    mode_t mode;
    off_t size;
    int64_t time;        /* st_mtime and st_ctime */
    uint32_t generation; /* differs when the server has given a device's key to another device */
    int64_t until;       /* verge_now() up to which this may be held */
};

/* NODE_FOREVER: what no server can change. */
#define NODE_FOREVER INT64_MAX

/* The entries of a directory as they were at one moment. */
struct listing {
    struct listing_entry {
        size_t name; /* where it begins in `names` */
        struct node node;
        bool bare; /* only name, kind of file and inode number are known: asking for more would cost
                      a request */
    } * entries;
    size_t count, size;
    struct verge_text names; /* NUL-separated */
    bool failed;             /* out of memory */
};
void listing_add(struct listing *listing, const char *name, const struct node *node, bool bare);
const char *listing_name(const struct listing *listing, size_t index);
void listing_free(struct listing *listing);

int tree_lookup(struct tree *tree, struct request *request, struct address directory,
                const char *name, struct node *node);
int tree_stat(struct tree *tree, struct request *request, struct address address,
              struct node *node);
int tree_list(struct tree *tree, struct request *request, struct address directory,
              struct listing *listing);
/* The target of a symlink; appended. */
int tree_readlink(struct tree *tree, struct request *request, struct address link,
                  struct verge_text *target);

/* Attach, detach, rename: see spec §3. -EPERM where the directory's kind has no such thing. */
int tree_mkdir(struct tree *tree, struct request *request, struct address directory,
               const char *name, struct node *node);
int tree_rmdir(struct tree *tree, struct request *request, struct address directory,
               const char *name);
/* `exclusive`: RENAME_NOREPLACE. */
int tree_rename(struct tree *tree, struct request *request, struct address directory,
                const char *name, struct address to_directory, const char *to_name, bool exclusive);
/* -EPERM for all but scratch files, as on configfs; in a device's directory the guard is told. */
int tree_unlink(struct tree *tree, struct request *request, struct address directory,
                const char *name);

/* A path for the error log, from what is held, without a request; appended. `name` may be NULL. */
void tree_path(struct tree *tree, struct address address, const char *name,
               struct verge_text *path);

#endif
