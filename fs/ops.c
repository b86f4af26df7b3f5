/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/file.h"
#include "fs/operation.h"
#include "fs/watch.h"
#include "fs/workbench.h"

/* What the kernel may hold for as long as it likes. */
#define FOREVER_SECONDS 86400.0

static struct tree *tree_of(fuse_req_t req)
{
    return ((struct mount *)fuse_req_userdata(req))->tree;
}

/* How long the kernel may hold what it is told of a node. What has changed since the answer was
 * begun was told to a kernel that did not hold it yet. */
static double timeout_of(const struct tree *tree, const struct node *node,
                         const struct origin *origin)
{
    int64_t now = verge_now();
    if (node->until <= now)
        return 0;
    notify_given(tree->notify, node->address, now, node->until);
    notify_given(tree->notify, origin->asked, now, node->until);
    if (notify_told(tree->notify) != origin->told)
        return 0;
    return node->until == NODE_FOREVER ? FOREVER_SECONDS : (double)(node->until - now) / 1000;
}

static void fill_stat(const struct tree *tree, const struct node *node, struct stat *attr)
{
    *attr = (struct stat){
        .st_ino = inode_pack(node->address),
        .st_mode = node->mode,
        .st_nlink = 1,
        .st_uid = tree->options->uid,
        .st_gid = tree->options->gid,
        .st_size = node->size,
        .st_blksize = 1 << 20, /* so that stdio writes a whole document at once */
        .st_atim.tv_sec = node->time,
        .st_mtim.tv_sec = node->time,
        .st_ctim.tv_sec = node->time,
    };
}

static void fill_entry(const struct tree *tree, const struct node *node,
                       const struct origin *origin, struct fuse_entry_param *entry)
{
    *entry = (struct fuse_entry_param){
        .ino = inode_pack(node->address),
        .generation = node->generation,
        .attr_timeout = timeout_of(tree, node, origin),
    };
    entry->entry_timeout = entry->attr_timeout;
    fill_stat(tree, node, &entry->attr);
}

static void reply_entry(fuse_req_t req, int result, const struct node *node,
                        const struct origin *origin)
{
    struct fuse_entry_param entry;
    if (result) {
        fuse_reply_err(req, -result);
        return;
    }
    fill_entry(tree_of(req), node, origin, &entry);
    fuse_reply_entry(req, &entry);
}

static void reply_attr(fuse_req_t req, int result, const struct node *node,
                       const struct origin *origin)
{
    struct stat attr;
    if (result) {
        fuse_reply_err(req, -result);
        return;
    }
    fill_stat(tree_of(req), node, &attr);
    fuse_reply_attr(req, &attr, timeout_of(tree_of(req), node, origin));
}

/* What the caller has brought about, or been the first to see, the kernel knows before it does. */
static void settle(fuse_req_t req)
{
    notify_settle(((struct mount *)fuse_req_userdata(req))->notify);
}

/* ---- names and attributes ---- */

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
    (void)userdata;
    conn->want |=
        conn->capable & FUSE_CAP_EXPORT_SUPPORT; /* numbers are addresses: see tree_lookup */
#ifdef FUSE_CAP_DIRECT_IO_ALLOW_MMAP
    if (conn->capable & FUSE_CAP_DIRECT_IO_ALLOW_MMAP)
        conn->want |= FUSE_CAP_DIRECT_IO_ALLOW_MMAP;
#endif
    conn->want &=
        ~(unsigned)FUSE_CAP_WRITEBACK_CACHE; /* would reorder writes and hide their errors */
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct operation operation;
    struct address address;
    struct node node;
    int result = operation_begin(&operation, req, parent, &address);
    if (!result)
        result = tree_lookup(tree_of(req), &operation.request, address, name, &node);
    result = operation_end(&operation, "lookup", address, name, result);
    reply_entry(req, result, &node, &operation.origin);
}

/* Nothing is held per inode, so there is nothing to forget. */
static void op_forget(fuse_req_t req, fuse_ino_t inode, uint64_t count)
{
    (void)inode;
    (void)count;
    fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
    (void)count;
    (void)forgets;
    fuse_reply_none(req);
}

static struct file *file_of(const struct fuse_file_info *fi)
{
    return fi ? (struct file *)(uintptr_t)fi->fh : NULL;
}

/* Who has a file open sees the size of what it reads, whatever the row has become since. */
static void size_of_open(const struct fuse_file_info *fi, struct node *node)
{
    struct file *file = file_of(fi);
    if (!file || !S_ISREG(node->mode) || file_size(file) < 0)
        return;
    node->size = file_size(file);
    node->until = 0;
}

static void op_getattr(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    struct operation operation;
    struct address address;
    struct node node;
    int result = operation_begin(&operation, req, inode, &address);
    if (!result)
        result = tree_stat(tree_of(req), &operation.request, address, &node);
    result = operation_end(&operation, "getattr", address, NULL, result);
    if (!result)
        size_of_open(fi, &node);
    reply_attr(req, result, &node, &operation.origin);
}

/* What already is may be set again, so that cp -p, rsync -a and editors are content. */
static int check_setattr(const struct tree *tree, const struct node *node, const struct stat *attr,
                         int to_set)
{
    if ((to_set & FUSE_SET_ATTR_MODE) && ((attr->st_mode ^ node->mode) & 07777))
        return -EPERM;
    if ((to_set & FUSE_SET_ATTR_UID) && attr->st_uid != tree->options->uid)
        return -EPERM;
    if ((to_set & FUSE_SET_ATTR_GID) && attr->st_gid != tree->options->gid)
        return -EPERM;
    if ((to_set & FUSE_SET_ATTR_SIZE) && !(node->mode & 0222))
        return -EACCES;
    return 0;
}

static unsigned changes_of(int to_set)
{
    return (to_set & FUSE_SET_ATTR_MODE ? WORKBENCH_MODE : 0) |
           (to_set & FUSE_SET_ATTR_SIZE ? WORKBENCH_SIZE : 0) |
           (to_set & FUSE_SET_ATTR_MTIME ? WORKBENCH_TIME : 0) |
           (to_set & FUSE_SET_ATTR_MTIME_NOW ? WORKBENCH_NOW : 0);
}

static void op_setattr(fuse_req_t req, fuse_ino_t inode, struct stat *attr, int to_set,
                       struct fuse_file_info *fi)
{
    struct operation operation;
    struct address address;
    struct node node;
    (void)fi;
    int result = operation_begin(&operation, req, inode, &address);
    if (!result)
        result = tree_stat(tree_of(req), &operation.request, address, &node);
    if (!result && address.kind == KIND_SCRATCH)
        result = workbench_set(tree_of(req), address, attr, changes_of(to_set), &node);
    else if (!result)
        result = check_setattr(tree_of(req), &node, attr, to_set);
    result = operation_end(&operation, "setattr", address, NULL, result);
    reply_attr(req, result, &node, &operation.origin);
}

static void op_readlink(fuse_req_t req, fuse_ino_t inode)
{
    struct operation operation;
    struct address address;
    VERGE_TEXT_LOCAL target = VERGE_TEXT_INIT;
    int result = operation_begin(&operation, req, inode, &address);
    if (!result)
        result = tree_readlink(tree_of(req), &operation.request, address, &target);
    result = operation_end(&operation, "readlink", address, NULL, result);
    if (result)
        fuse_reply_err(req, -result);
    else
        fuse_reply_readlink(req, verge_text_content(&target));
}

/* ---- attach, detach, rename ---- */

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    struct operation operation;
    struct address address;
    struct node node;
    (void)mode; /* shown is what the mount says */
    int result = operation_begin(&operation, req, parent, &address);
    if (!result)
        result = tree_mkdir(tree_of(req), &operation.request, address, name, &node);
    result = operation_end(&operation, "mkdir", address, name, result);
    settle(req);
    reply_entry(req, result, &node, &operation.origin);
}

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct operation operation;
    struct address address;
    int result = operation_begin(&operation, req, parent, &address);
    if (!result)
        result = tree_rmdir(tree_of(req), &operation.request, address, name);
    result = operation_end(&operation, "rmdir", address, name, result);
    settle(req);
    fuse_reply_err(req, -result);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct operation operation;
    struct address address;
    int result = operation_begin(&operation, req, parent, &address);
    if (!result)
        result = tree_unlink(tree_of(req), &operation.request, address, name);
    fuse_reply_err(req, -operation_end(&operation, "unlink", address, name, result));
}

/* The kernel moves what it holds from one name to the other; an attribute stays where it is. */
static void forget_names(fuse_req_t req, fuse_ino_t directory, const char *name,
                         const char *new_name)
{
    struct mount *mount = fuse_req_userdata(req);
    notify_name(mount->notify, directory, name);
    notify_name(mount->notify, directory, new_name);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
                      const char *new_name, unsigned flags)
{
    struct operation operation;
    struct address from, to;
    int result = operation_begin(&operation, req, parent, &from);
    if (!result && !inode_unpack(new_parent, &to))
        result = -ESTALE;
    if (!result && (flags & ~(unsigned)RENAME_NOREPLACE))
        result = -EINVAL;
    if (!result)
        result = tree_rename(tree_of(req), &operation.request, from, name, to, new_name,
                             flags & RENAME_NOREPLACE);
    result = operation_end(&operation, "rename", from, name, result);
    if (!result && from.kind == KIND_DEVICE)
        forget_names(req, parent, name, new_name);
    settle(req);
    fuse_reply_err(req, -result);
}

/* ---- scratch files ---- */

static int make_scratch(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                        const char *target, struct node *node, struct origin *origin)
{
    struct operation operation;
    struct address address;
    int result = operation_begin(&operation, req, parent, &address);
    *origin = operation.origin;
    if (!result)
        result =
            workbench_create(tree_of(req), &operation.request, address, name, mode, target, node);
    return operation_end(&operation, "create", address, name, result);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
    struct node node;
    struct origin origin;
    (void)rdev;
    int result = make_scratch(req, parent, name, mode, NULL, &node, &origin);
    reply_entry(req, result, &node, &origin);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
    struct node node;
    struct origin origin;
    int result = make_scratch(req, parent, name, S_IFLNK | 0777, target, &node, &origin);
    reply_entry(req, result, &node, &origin);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                      struct fuse_file_info *fi)
{
    struct node node;
    struct fuse_entry_param entry;
    struct file *file = NULL;
    struct origin origin;
    int result = make_scratch(req, parent, name, (mode & 07777) | S_IFREG, NULL, &node, &origin);
    if (!result)
        result = file_open(tree_of(req), NULL, node.address, fi->flags, &file);
    if (result) {
        fuse_reply_err(req, -result);
        return;
    }
    fi->fh = (uintptr_t)file;
    fi->direct_io = 1;
    fill_entry(tree_of(req), &node, &origin, &entry);
    if (fuse_reply_create(req, &entry, fi) == -ENOENT)
        file_release(tree_of(req), file);
}

/* No second names: as on sysfs. */
static void op_link(fuse_req_t req, fuse_ino_t inode, fuse_ino_t parent, const char *name)
{
    (void)inode;
    (void)parent;
    (void)name;
    fuse_reply_err(req, EPERM);
}

/* ---- open files ---- */

static void op_open(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    struct operation operation;
    struct address address;
    struct file *file = NULL;
    int result = operation_begin(&operation, req, inode, &address);
    if (!result)
        result = file_open(tree_of(req), &operation.request, address, fi->flags, &file);
    result = operation_end(&operation, "open", address, NULL, result);
    if (result) {
        fuse_reply_err(req, -result);
        return;
    }
    settle(req); /* the opener may ask for the size before it reads */
    fi->fh = (uintptr_t)file;
    fi->direct_io = 1; /* one snapshot per open, and the size never clips it */
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 11)
    fi->noflush = (fi->flags & O_ACCMODE) == O_RDONLY;
#endif
    if (fuse_reply_open(req, fi) == -ENOENT)
        file_release(tree_of(req), file); /* the opener was interrupted: there will be no release */
}

/* The reader may close as soon as it has its bytes, while the reply is still leaving here. */
static void op_read(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset,
                    struct fuse_file_info *fi)
{
    (void)inode;
    struct tree *tree = tree_of(req);
    struct file *file = file_hold(file_of(fi));
    VERGE_TEXT_LOCAL room = VERGE_TEXT_INIT;
    const char *bytes = file_read(tree, file, offset, &size, &room);
    fuse_reply_buf(req, bytes, size);
    file_release(tree, file);
}

static void op_write(fuse_req_t req, fuse_ino_t inode, const char *bytes, size_t size, off_t offset,
                     struct fuse_file_info *fi)
{
    struct operation operation;
    struct address address;
    struct mount *mount = fuse_req_userdata(req);
    int result = operation_begin(&operation, req, inode, &address);
    if (!result)
        result = file_write(mount->tree, &operation.request, file_of(fi), bytes, size, offset,
                            fi->lock_owner);
    result = operation_end(&operation, "write", address, NULL, result);
    notify_settle_names(mount->notify);
    if (result)
        fuse_reply_err(req, -result);
    else
        fuse_reply_write(req, size);
}

static void op_flush(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    struct operation operation;
    struct address address;
    struct mount *mount = fuse_req_userdata(req);
    int result = operation_begin(&operation, req, inode, &address);
    if (!result)
        result = file_flush(mount->tree, &operation.request, file_of(fi), fi->lock_owner);
    result = operation_end(&operation, "close", address, NULL, result);
    notify_settle_names(mount->notify);
    fuse_reply_err(req, -result);
}

/* What poll(2) says of a value that has changed: as sysfs does, and as select and epoll want it. */
#define CHANGED_EVENTS (POLLIN | POLLRDNORM | POLLPRI | POLLERR)
#define ALWAYS_EVENTS (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)

static bool has_changed(struct tree *tree, struct file *file)
{
    struct request request = {.call = {.deadline = verge_now()}};
    VERGE_TEXT_LOCAL now = VERGE_TEXT_INIT;
    return !file_now(tree, &request, file, &now) && file_differs(file, &now);
}

static void op_poll(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi,
                    struct fuse_pollhandle *handle)
{
    (void)inode;
    struct file *file = file_of(fi);
    struct tree *tree = tree_of(req);
    if (!file_pollable(file)) {
        if (handle)
            fuse_pollhandle_destroy(handle);
        fuse_reply_poll(req, ALWAYS_EVENTS);
        return;
    }
    file_polled(file);
    int result = handle ? watch_add(tree->watch, file, handle) : 0;
    if (result)
        fuse_reply_err(req, -result);
    else
        fuse_reply_poll(req, has_changed(tree, file) ? CHANGED_EVENTS : 0);
}

static void op_release(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    file_release(tree_of(req), file_of(fi));
    fuse_reply_err(req, 0);
}

/* A write has taken effect when it returns. */
static void op_fsync(fuse_req_t req, fuse_ino_t inode, int datasync, struct fuse_file_info *fi)
{
    (void)inode;
    (void)datasync;
    (void)fi;
    fuse_reply_err(req, 0);
}

/* ---- directories ---- */

struct open_directory {
    struct handle handle; /* first: it is what the kernel's handle points to */
    struct listing listing;
    struct origin origin;
};

static struct open_directory *directory_of(const struct fuse_file_info *fi)
{
    return (struct open_directory *)(uintptr_t)fi->fh;
}

static void release_directory(void *argument, struct handle *handle)
{
    struct tree *tree = argument;
    struct open_directory *directory = (struct open_directory *)handle;
    handles_remove(&tree->handles, handle);
    listing_free(&directory->listing);
    free(directory);
}

static void op_opendir(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    struct tree *tree = tree_of(req);
    struct open_directory *directory = calloc(1, sizeof(*directory));
    if (!directory) {
        fuse_reply_err(req, ENOMEM);
        return;
    }
    handles_add(&tree->handles, &directory->handle, release_directory);
    fi->fh = (uintptr_t)directory;
    if (fuse_reply_open(req, fi) == -ENOENT)
        release_directory(tree, &directory->handle);
}

static void op_releasedir(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)inode;
    release_directory(tree_of(req), &directory_of(fi)->handle);
    fuse_reply_err(req, 0);
}

/* A listing is as the directory was when reading began; rewinddir(3) begins anew. */
static int fill_listing(fuse_req_t req, fuse_ino_t inode, struct open_directory *directory)
{
    struct operation operation;
    struct address address;
    struct listing *listing = &directory->listing;
    int result = operation_begin(&operation, req, inode, &address);
    directory->origin = operation.origin;
    struct node self = {.address = address, .mode = S_IFDIR};
    listing_free(listing);
    listing_add(listing, ".", &self, true);
    listing_add(listing, "..", &self, true);
    if (!result)
        result = tree_list(tree_of(req), &operation.request, address, listing);
    return operation_end(&operation, "readdir", address, NULL, result);
}

/* The size of an entry in the buffer; above `room` when it does not fit. */
typedef size_t add_entry(fuse_req_t req, char *buffer, size_t room,
                         const struct open_directory *directory, size_t index);

static size_t add_plain(fuse_req_t req, char *buffer, size_t room,
                        const struct open_directory *directory, size_t index)
{
    const struct listing *listing = &directory->listing;
    const struct node *node = &listing->entries[index].node;
    struct stat attr = {.st_ino = inode_pack(node->address), .st_mode = node->mode};
    return fuse_add_direntry(req, buffer, room, listing_name(listing, index), &attr,
                             (off_t)index + 1);
}

static size_t add_plus(fuse_req_t req, char *buffer, size_t room,
                       const struct open_directory *directory, size_t index)
{
    struct fuse_entry_param entry;
    const struct listing *listing = &directory->listing;
    struct node node = listing->entries[index].node;
    bool bare = listing->entries[index].bare;
    if (bare)
        node.until = 0;
    fill_entry(tree_of(req), &node, &directory->origin, &entry);
    if (bare)
        entry.ino = 0; /* the kernel asks when it wants to know */
    return fuse_add_direntry_plus(req, buffer, room, listing_name(listing, index), &entry,
                                  (off_t)index + 1);
}

static void read_directory(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset,
                           struct fuse_file_info *fi, add_entry *add)
{
    struct open_directory *directory = directory_of(fi);
    const struct listing *listing = &directory->listing;
    int result = offset == 0 ? fill_listing(req, inode, directory) : 0;
    char *buffer = result ? NULL : malloc(size);
    if (!buffer) {
        fuse_reply_err(req, result ? -result : ENOMEM);
        return;
    }
    size_t used = 0;
    for (size_t index = (size_t)offset; index < listing->count; index++) {
        size_t more = add(req, buffer + used, size - used, directory, index);
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
    read_directory(req, inode, size, offset, fi, add_plain);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset,
                           struct fuse_file_info *fi)
{
    read_directory(req, inode, size, offset, fi, add_plus);
}

/* Never asks the server: df and login shells must not hang on a system that is away. */
static void op_statfs(fuse_req_t req, fuse_ino_t inode)
{
    (void)inode;
    struct statvfs statfs = {.f_bsize = 4096, .f_frsize = 4096, .f_namemax = NAME_MAX};
    fuse_reply_statfs(req, &statfs);
}

const struct fuse_lowlevel_ops ops = {
    .init = op_init,
    .lookup = op_lookup,
    .forget = op_forget,
    .forget_multi = op_forget_multi,
    .getattr = op_getattr,
    .setattr = op_setattr,
    .readlink = op_readlink,
    .mknod = op_mknod,
    .mkdir = op_mkdir,
    .unlink = op_unlink,
    .rmdir = op_rmdir,
    .symlink = op_symlink,
    .rename = op_rename,
    .link = op_link,
    .open = op_open,
    .read = op_read,
    .write = op_write,
    .flush = op_flush,
    .release = op_release,
    .fsync = op_fsync,
    .poll = op_poll,
    .opendir = op_opendir,
    .readdir = op_readdir,
    .releasedir = op_releasedir,
    .fsyncdir = op_fsync,
    .statfs = op_statfs,
    .create = op_create,
    .readdirplus = op_readdirplus,
};
