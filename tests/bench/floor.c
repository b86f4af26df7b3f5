/* SPDX-License-Identifier: MIT */
/*
 * The least that a filesystem on libfuse's low-level interface can do: one directory of files whose
 * bytes were copied from another at the start, served from memory without a lock or an allocation.
 * What the benchmark measures vergefs against. Mounted with the options that vergefs has, and
 * called as vergefs is: floor [-f] [-o IGNORED] SOURCE MOUNTPOINT.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fuse_lowlevel.h>

#define MOST_FILES 256
#define FOREVER 3600.0
#define WORKERS 64
#define IDLE_WORKERS 16

/* Inode 1 is the directory, the files begin at 2. */
static struct {
    char *name, *bytes;
    struct stat attr;
} files[MOST_FILES];
static size_t file_count;
static struct stat directory;

/* ---- the copy ---- */

static bool copy_file(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY);
    struct stat attr;
    if (fd < 0 || fstat(fd, &attr) || !S_ISREG(attr.st_mode) || file_count == MOST_FILES) {
        close(fd);
        return false;
    }
    char *bytes = calloc(1, (size_t)attr.st_size + 1);
    ssize_t length = bytes ? read(fd, bytes, (size_t)attr.st_size) : -1;
    close(fd);
    attr.st_ino = file_count + 2;
    attr.st_size = length < 0 ? 0 : length;
    files[file_count].name = strdup(name);
    files[file_count].bytes = bytes;
    files[file_count++].attr = attr;
    return true;
}

static bool copy_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder || fstat(dirfd(folder), &directory)) {
        perror(path);
        return false;
    }
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_type == DT_REG)
            copy_file(dirfd(folder), entry->d_name);
    closedir(folder);
    directory.st_ino = FUSE_ROOT_ID;
    return true;
}

/* ---- the filesystem ---- */

static const struct stat *attr_of(fuse_ino_t inode)
{
    return inode == FUSE_ROOT_ID ? &directory : &files[inode - 2].attr;
}

static struct fuse_entry_param entry_of(size_t index)
{
    return (struct fuse_entry_param){
        .ino = index + 2,
        .attr = files[index].attr,
        .attr_timeout = FOREVER,
        .entry_timeout = FOREVER,
    };
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    (void)parent;
    for (size_t i = 0; i < file_count; i++)
        if (!strcmp(files[i].name, name)) {
            struct fuse_entry_param entry = entry_of(i);
            fuse_reply_entry(req, &entry);
            return;
        }
    fuse_reply_err(req, ENOENT);
}

static void op_forget(fuse_req_t req, fuse_ino_t inode, uint64_t count)
{
    (void)inode;
    (void)count;
    fuse_reply_none(req);
}

static void op_getattr(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)fi;
    fuse_reply_attr(req, attr_of(inode), FOREVER);
}

static void op_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    fi->direct_io = 1;
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 11)
    fi->noflush = 1;
#endif
    fuse_reply_open(req, fi);
}

static void op_read(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset,
                    struct fuse_file_info *fi)
{
    (void)fi;
    size_t length = (size_t)files[inode - 2].attr.st_size;
    size_t start = (size_t)offset < length ? (size_t)offset : length;
    size_t left = length - start;
    fuse_reply_buf(req, files[inode - 2].bytes + start, size < left ? size : left);
}

static void op_release(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    (void)fi;
    fuse_reply_err(req, 0);
}

static void read_directory(fuse_req_t req, size_t size, off_t offset, bool plus)
{
    char *buffer = malloc(size);
    size_t used = 0;
    for (size_t i = (size_t)offset; buffer && i < file_count; i++) {
        struct fuse_entry_param entry = entry_of(i);
        size_t more = plus ? fuse_add_direntry_plus(req, buffer + used, size - used, files[i].name,
                                                    &entry, (off_t)i + 1)
                           : fuse_add_direntry(req, buffer + used, size - used, files[i].name,
                                               &entry.attr, (off_t)i + 1);
        if (more > size - used)
            break;
        used += more;
    }
    fuse_reply_buf(req, buffer, used);
    free(buffer);
}

static void op_readdir(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset,
                       struct fuse_file_info *fi)
{
    (void)inode;
    (void)fi;
    read_directory(req, size, offset, false);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset,
                           struct fuse_file_info *fi)
{
    (void)inode;
    (void)fi;
    read_directory(req, size, offset, true);
}

static void op_opendir(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    fuse_reply_open(req, fi);
}

static const struct fuse_lowlevel_ops ops = {
    .lookup = op_lookup,
    .forget = op_forget,
    .getattr = op_getattr,
    .open = op_open,
    .read = op_read,
    .release = op_release,
    .opendir = op_opendir,
    .readdir = op_readdir,
    .readdirplus = op_readdirplus,
    .releasedir = op_release,
};

/* ---- mounting it: the same loop that vergefs has ---- */

static int run_loop(struct fuse_session *session)
{
#if FUSE_USE_VERSION >= 312
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    fuse_loop_cfg_set_max_threads(config, WORKERS);
    fuse_loop_cfg_set_idle_threads(config, IDLE_WORKERS);
    int result = fuse_session_loop_mt(session, config);
    fuse_loop_cfg_destroy(config);
    return result;
#else
    struct fuse_loop_config config = {.max_idle_threads = IDLE_WORKERS};
    return fuse_session_loop_mt(session, &config);
#endif
}

int main(int argc, char **argv)
{
    struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
    if (argc < 3 || !copy_folder(argv[argc - 2]))
        return 2;
    fuse_opt_add_arg(&args, "floor");
    struct fuse_session *session = fuse_session_new(&args, &ops, sizeof(ops), NULL);
    if (!session || fuse_set_signal_handlers(session) ||
        fuse_session_mount(session, argv[argc - 1]))
        return 1;
    int result = run_loop(session);
    fuse_session_unmount(session);
    fuse_remove_signal_handlers(session);
    fuse_session_destroy(session);
    fuse_opt_free_args(&args);
    return result < 0;
}
