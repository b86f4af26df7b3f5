/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/operation.h"

#include <errno.h>

static void on_interrupt(fuse_req_t req, void *data)
{
    (void)req;
    verge_cancel_fire(data);
}

static void enlist(struct mount *mount, struct operation *operation)
{
    operation->waits = true;
    pthread_mutex_lock(&mount->lock);
    operation->next = mount->running;
    operation->link = &mount->running;
    if (operation->next)
        operation->next->link = &operation->next;
    mount->running = operation;
    if (mount->ending)
        verge_cancel_fire(&operation->cancel);
    pthread_mutex_unlock(&mount->lock);
}

static void delist(struct mount *mount, struct operation *operation)
{
    pthread_mutex_lock(&mount->lock);
    *operation->link = operation->next;
    if (operation->next)
        operation->next->link = operation->link;
    if (operation->left && --mount->left == 0)
        pthread_cond_broadcast(&mount->all_left);
    pthread_mutex_unlock(&mount->lock);
}

/* What is answered from what is held waits for nothing and takes none of these locks. */
static void arm(void *argument)
{
    struct operation *operation = argument;
    enlist(operation->mount, operation);
    fuse_req_interrupt_func(operation->req, on_interrupt, &operation->cancel);
}

int operation_begin(struct operation *operation, fuse_req_t req, fuse_ino_t inode,
                    struct address *address)
{
    struct mount *mount = fuse_req_userdata(req);
    *operation = (struct operation){.mount = mount, .req = req};
    operation->origin.told = notify_told(mount->notify);
    verge_cancel_init_unarmed(&operation->cancel, arm, operation);
    operation->request.call.deadline = verge_now() + mount->tree->timeout_ms;
    operation->request.call.cancel = &operation->cancel;
    operation->request.thread = fuse_req_ctx(req)->pid;
    if (!inode_unpack(inode, address))
        return -ESTALE;
    operation->origin.asked = *address;
    return 0;
}

/* A name that is not there and a caller who gave up are no failures. */
static bool worth_telling(const struct request *request, int result)
{
    return result < 0 && result != -ENOENT && result != -EINTR && request->error.errnum;
}

static void tell(struct operation *operation, const char *what, struct address address,
                 const char *name)
{
    struct tree *tree = operation->mount->tree;
    VERGE_TEXT_LOCAL path = VERGE_TEXT_INIT;
    tree_path(tree, address, name, &path);
    error_log_add(tree->log, operation->request.thread, what, verge_text_content(&path),
                  &operation->request.error);
}

int operation_end(struct operation *operation, const char *what, struct address address,
                  const char *name, int result)
{
    if (operation->waits) {
        fuse_req_interrupt_func(operation->req, NULL, NULL);
        delist(operation->mount, operation);
    }
    if (worth_telling(&operation->request, result))
        tell(operation, what, address, name);
    /* Nobody knows what the change did: what the kernel holds is no better than what we hold. */
    if (result < 0 && operation->request.error.uncertain)
        notify_stale(operation->mount->notify);
    verge_cancel_destroy(&operation->cancel);
    return result;
}

/* ---- the mount ---- */

void mount_init(struct mount *mount, struct tree *tree, struct notify *notify)
{
    *mount = (struct mount){.tree = tree, .notify = notify};
    pthread_mutex_init(&mount->lock, NULL);
    pthread_cond_init(&mount->all_left, NULL);
}

void mount_destroy(struct mount *mount)
{
    pthread_mutex_destroy(&mount->lock);
    pthread_cond_destroy(&mount->all_left);
}

void mount_end(struct mount *mount)
{
    pthread_mutex_lock(&mount->lock);
    for (struct operation *operation = mount->running; operation; operation = operation->next) {
        if (!mount->ending) {
            operation->left = true;
            mount->left++;
        }
        verge_cancel_fire(&operation->cancel);
    }
    mount->ending = true;
    pthread_mutex_unlock(&mount->lock);
}

void mount_wait(struct mount *mount)
{
    pthread_mutex_lock(&mount->lock);
    while (mount->left)
        pthread_cond_wait(&mount->all_left, &mount->lock);
    pthread_mutex_unlock(&mount->lock);
}
