/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "fs/scratch.h"
#include "fs/watch.h"

/* The largest value that the API takes is a description of 2048 characters; documents may be more
 * generous. */
#define SCALAR_LIMIT 16384
#define DOCUMENT_LIMIT (1 << 20)

struct file {
    struct handle handle; /* first: it is what the kernel's handle points to */
    struct address address;
    const struct attribute *attribute;
    atomic_uint references; /* the descriptor, and each read whose reply is on its way */
    bool readable, writable;
    atomic_bool polled;             /* reads anew at offset 0 */
    struct verge_identity identity; /* of the device that the path named at open */
    /* What readers see. Of a descriptor that can write the lock guards it, too: what it writes may
     * have an answer. */
    struct verge_text text;
    off_t text_start; /* the offset at which `text` begins for its reader */
    bool answered;    /* `text` is the answer to a write, and nobody has read of it */
    pthread_mutex_t
        lock; /* guards gather; held while a value is applied, so that writers take turns */
    struct gather gather;
};

static int check_access(const struct attribute *attribute, int flags)
{
    int access = flags & O_ACCMODE;
    bool writes = access != O_RDONLY || (flags & O_TRUNC);
    if (writes && attribute->syntax == SYNTAX_NONE)
        return -EACCES; /* root too, as on sysfs: there is nothing to write to */
    if (access != O_WRONLY && !attribute->show)
        return -EACCES;
    return 0;
}

/* At the end of the mount. */
static void release_left(void *tree, struct handle *handle)
{
    file_release(tree, (struct file *)handle);
}

static void gather_start(struct gather *gather, const struct attribute *attribute)
{
    enum syntax syntax = attribute ? attribute->syntax : SYNTAX_NONE;
    gather_init(gather, syntax, syntax == SYNTAX_DOCUMENT ? DOCUMENT_LIMIT : SCALAR_LIMIT);
}

/* `attribute` is NULL for scratch. */
static struct file *file_new(struct tree *tree, struct address address,
                             const struct attribute *attribute, int flags)
{
    struct file *file = calloc(1, sizeof(*file));
    if (!file)
        return NULL;
    atomic_init(&file->references, 1);
    file->address = address;
    file->attribute = attribute;
    file->readable = (flags & O_ACCMODE) != O_WRONLY;
    file->writable = (flags & O_ACCMODE) != O_RDONLY;
    pthread_mutex_init(&file->lock, NULL);
    gather_start(&file->gather, attribute);
    file->gather.append = flags & O_APPEND;
    handles_add(&tree->handles, &file->handle, release_left);
    return file;
}

struct file *file_hold(struct file *file)
{
    atomic_fetch_add(&file->references, 1);
    return file;
}

void file_release(struct tree *tree, struct file *file)
{
    if (!file || atomic_fetch_sub(&file->references, 1) > 1)
        return;
    handles_remove(&tree->handles, &file->handle);
    if (atomic_load(&file->polled))
        watch_remove(tree->watch, file);
    if (file->address.kind == KIND_SCRATCH)
        scratch_close(tree->scratch, file->address.key);
    gather_free(&file->gather);
    pthread_mutex_destroy(&file->lock);
    verge_text_free(&file->text);
    free(file);
}

static int take_snapshot(struct tree *tree, struct request *request, struct file *file)
{
    SUBJECT_LOCAL subject;
    enum verge_freshness freshness = file->readable ? VERGE_FRESH : VERGE_RECENT;
    int result = subject_load(tree, request, file->address, freshness, &subject);
    if (!result && file->readable && file->attribute->needs_settings)
        result = subject_load_settings(request, freshness, &subject);
    if (!result && subject.device)
        verge_device_identity(subject.device, &file->identity);
    if (!result && file->readable)
        result = attribute_render(file->attribute, &subject, &file->text);
    return result;
}

static int open_scratch(struct tree *tree, struct address address, int flags, struct file **file)
{
    int result = scratch_open(tree->scratch, address.key);
    if (!result && (flags & O_TRUNC))
        scratch_truncate(tree->scratch, address.key, 0);
    *file = result ? NULL : file_new(tree, address, NULL, flags);
    if (!result && !*file) {
        scratch_close(tree->scratch, address.key);
        result = -ENOMEM;
    }
    return result;
}

int file_open(struct tree *tree, struct request *request, struct address address, int flags,
              struct file **file)
{
    if (address.kind == KIND_SCRATCH)
        return open_scratch(tree, address, flags, file);
    const struct attribute *attribute = attribute_at(address);
    if (!attribute)
        return -ESTALE;
    int result = check_access(attribute, flags);
    if (result)
        return result;
    *file = file_new(tree, address, attribute, flags);
    if (!*file)
        return -ENOMEM;
    result = take_snapshot(tree, request, *file);
    if (result)
        file_release(tree, *file);
    return result;
}

static const char *read_scratch(struct tree *tree, const struct file *file, off_t offset,
                                size_t *length, struct verge_text *room)
{
    scratch_read(tree->scratch, file->address.key, offset, *length, room);
    *length = room->length;
    return verge_text_content(room);
}

static const char *read_text(const struct file *file, off_t offset, size_t *length)
{
    if (offset < 0 || (size_t)offset >= file->text.length) {
        *length = 0;
        return "";
    }
    size_t left = file->text.length - (size_t)offset;
    if (*length > left)
        *length = left;
    return file->text.data + offset;
}

int file_now(struct tree *tree, struct request *request, const struct file *file,
             struct verge_text *text)
{
    SUBJECT_LOCAL subject;
    int result = subject_load(tree, request, file->address, VERGE_CACHED, &subject);
    return result ? result : attribute_render(file->attribute, &subject, text);
}

/* Whose poller was woken reads again from the beginning, as with sysfs. */
static void read_anew(struct tree *tree, struct file *file)
{
    struct request request = {.call = {.deadline = verge_now()}};
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    if (file_now(tree, &request, file, &text))
        return;
    struct verge_text old = file->text;
    file->text = text;
    text = old;
}

/* Who wrote and reads on without a seek, as a shell does, begins with the answer's first byte; who
 * goes back to 0 does, too. */
static off_t place_in_text(struct file *file, off_t offset)
{
    if (offset == 0)
        file->text_start = 0;
    else if (file->answered)
        file->text_start = offset == file->gather.next ? offset : 0;
    file->answered = false;
    return offset - file->text_start;
}

/* The text of a descriptor that can write or poll may change: it reads a copy. */
static const char *read_changing(struct tree *tree, struct file *file, off_t offset, size_t *length,
                                 struct verge_text *room)
{
    pthread_mutex_lock(&file->lock);
    if (offset == 0 && atomic_load(&file->polled))
        read_anew(tree, file);
    const char *bytes = read_text(file, place_in_text(file, offset), length);
    verge_text_append(room, bytes, *length);
    pthread_mutex_unlock(&file->lock);
    *length = room->length;
    return verge_text_content(room);
}

const char *file_read(struct tree *tree, struct file *file, off_t offset, size_t *length,
                      struct verge_text *room)
{
    if (file->address.kind == KIND_SCRATCH)
        return read_scratch(tree, file, offset, length, room);
    if (file->writable || atomic_load(&file->polled))
        return read_changing(tree, file, offset, length, room);
    return read_text(file, offset, length);
}

off_t file_size(struct file *file)
{
    if (!file->readable || !file->attribute)
        return -1;
    pthread_mutex_lock(&file->lock);
    off_t size = (off_t)file->text.length;
    pthread_mutex_unlock(&file->lock);
    return size;
}

struct address file_address(const struct file *file)
{
    return file->address;
}

bool file_pollable(const struct file *file)
{
    return file->attribute && file->attribute->pollable && file->readable;
}

void file_polled(struct file *file)
{
    atomic_store(&file->polled, true);
}

bool file_differs(struct file *file, const struct verge_text *now)
{
    pthread_mutex_lock(&file->lock);
    bool differs = strcmp(verge_text_content(&file->text), verge_text_content(now)) != 0;
    pthread_mutex_unlock(&file->lock);
    return differs;
}

/* Called with the lock held: the next write to this descriptor must see what became of this value.
 */
static int apply(struct tree *tree, struct request *request, struct file *file)
{
    struct verge_text reply = VERGE_TEXT_INIT;
    struct change change = {
        .attribute = file->attribute,
        .tree = tree,
        .request = request,
        .address = file->address,
        .identity = &file->identity,
        .value = verge_text_content(&file->gather.text),
        .reply = &reply,
    };
    int result = file->attribute->store(&change);
    gather_applied(&file->gather, result);
    if (reply.length && file->readable) {
        verge_text_free(&file->text);
        file->text = reply;
        file->answered = true;
    } else {
        verge_text_free(&reply);
    }
    return result;
}

/* What a file takes, for whoever wrote something else. */
static const char *const taken[] = {
    [SYNTAX_NONE] = "nothing",
    [SYNTAX_BOOLEAN] = "true or false",
    [SYNTAX_POWER] = "on, off, kill or reset",
    [SYNTAX_INTEGER] = "a decimal number",
    [SYNTAX_TEXT] = "one line of text",
    [SYNTAX_DOCUMENT] = "one JSON object",
    [SYNTAX_TRIGGER] = "anything",
};

static int refused(struct request *request, const struct file *file, int result)
{
    if (result < 0 && !request->error.errnum)
        verge_error_set(&request->error, -result, "%s takes %s", file->attribute->name,
                        taken[file->attribute->syntax]);
    return result;
}

int file_write(struct tree *tree, struct request *request, struct file *file, const char *bytes,
               size_t length, off_t offset, uint64_t owner)
{
    if (!file->writable)
        return -EBADF;
    if (!file->attribute)
        return scratch_write(tree->scratch, file->address.key, bytes, length, offset);
    pthread_mutex_lock(&file->lock);
    bool told = gather_repeats(&file->gather, bytes, length, offset);
    int result = gather_write(&file->gather, bytes, length, offset, owner);
    if (result > 0)
        result = apply(tree, request, file);
    pthread_mutex_unlock(&file->lock);
    return told ? result : refused(request, file, result);
}

int file_flush(struct tree *tree, struct request *request, struct file *file, uint64_t owner)
{
    if (!file->writable || !file->attribute)
        return 0;
    pthread_mutex_lock(&file->lock);
    int result = gather_close(&file->gather, owner);
    if (result > 0)
        result = apply(tree, request, file);
    pthread_mutex_unlock(&file->lock);
    return refused(request, file, result);
}

/* ---- without a descriptor ---- */

int file_content(struct tree *tree, struct request *request, struct address address,
                 struct verge_text *text)
{
    struct file *file = NULL;
    int result = file_open(tree, request, address, O_RDONLY, &file);
    if (result)
        return result;
    if (!verge_text_append(text, verge_text_content(&file->text), file->text.length))
        result = -ENOMEM;
    file_release(tree, file);
    return result;
}

int file_commit(struct tree *tree, struct request *request, struct address address,
                const char *bytes, size_t length)
{
    struct file *file = NULL;
    int result = file_open(tree, request, address, O_WRONLY, &file);
    if (result)
        return result;
    result = gather_write(&file->gather, bytes, length, 0, 0);
    if (!result)
        result = gather_close(&file->gather, 0);
    if (result > 0)
        result = apply(tree, request, file);
    else if (!result && length == 0)
        result = -EINVAL; /* renamed before it was flushed: not a value anybody meant */
    result = refused(request, file, result);
    file_release(tree, file);
    return result;
}
