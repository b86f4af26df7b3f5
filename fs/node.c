/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fs/node.h"

#include <errno.h>
#include <string.h>

#include "fs/options.h"

/* Tells a device or VM from another that the server gave the same key: the kernel then drops what
 * it held of the first. */
static uint32_t generation_of(const struct subject *subject)
{
    const char *uuid = subject->device ? subject->device->uuid
                       : subject->vm   ? subject->vm->uuid
                                       : "";
    return inode_hash(uuid);
}

static int64_t time_of(const struct subject *subject)
{
    int64_t modified = 0;
    if (subject->device)
        modified = subject->device->modified;
    else if (subject->vm)
        modified = subject->vm->modified;
    else if (subject->group)
        modified = subject->group->modified;
    return modified > 0 ? modified : subject->tree->started;
}

/* What all parts of a row have in common. */
static void fill_row(const struct subject *subject, struct node *node)
{
    node->time = time_of(subject);
    node->generation = generation_of(subject);
}

static void fill_part(const struct subject *subject, struct address address, mode_t mode,
                      off_t size, struct node *node)
{
    node->address = address;
    node->mode = mode & ~(subject->tree->options->umask & 0777);
    node->size = size;
    node->until = subject->until;
}

static void node_fill(const struct subject *subject, struct address address, mode_t mode,
                      off_t size, struct node *node)
{
    fill_row(subject, node);
    fill_part(subject, address, mode, size, node);
}

void node_directory(const struct subject *subject, struct address address, struct node *node)
{
    node_fill(subject, address, S_IFDIR | 0755, 0, node);
}

void node_link(const struct subject *subject, struct address address, size_t length,
               struct node *node)
{
    node_fill(subject, address, S_IFLNK | 0777, (off_t)length, node);
    node->mode = S_IFLNK | 0777;
    node->until = 0; /* names elsewhere change it, and to look again costs no request */
}

/* Settings held and fresh, or a request if that is allowed. */
static int need_settings(struct request *request, struct subject *subject,
                         enum verge_freshness freshness)
{
    if (subject->settings)
        return 0;
    int64_t until = subject->until;
    int result = subject_load_settings(request, freshness, subject);
    bool stale = freshness == VERGE_CACHED && (result == -EAGAIN || subject->until <= verge_now());
    if (!stale)
        return result;
    verge_record_release((struct verge_record *)subject->settings);
    subject->settings = NULL;
    subject->until = until;
    request->error = (struct verge_error)VERGE_ERROR_INIT;
    return -EAGAIN;
}

/* `text` is where the content goes whose length is the size. */
static int render(struct request *request, struct subject *subject,
                  const struct attribute *attribute, enum verge_freshness freshness,
                  struct verge_text *text)
{
    int result = attribute->needs_settings ? need_settings(request, subject, freshness) : 0;
    verge_text_clear(text);
    return result ? result : attribute_render(attribute, subject, text);
}

static void fill_file(const struct subject *subject, struct address address,
                      const struct attribute *attribute, size_t size, struct node *node)
{
    fill_part(subject, address, attribute_mode(attribute), (off_t)size, node);
    if (address.kind == KIND_CONTROL_FILE)
        node->until = 0; /* changes with every request */
}

int node_file(struct request *request, struct subject *subject, struct address address,
              enum verge_freshness freshness, struct node *node)
{
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    const struct attribute *attribute = attribute_at(address);
    if (!attribute)
        return -ENOENT;
    int result = render(request, subject, attribute, freshness, &text);
    if (result)
        return result;
    fill_row(subject, node);
    fill_file(subject, address, attribute, text.length, node);
    return 0;
}

/* Of a file whose content would take a request a listing has the name, which takes none. */
int node_list_files(struct request *request, struct subject *subject, enum kind directory,
                    struct address file, struct listing *listing)
{
    struct attribute_table table = attributes_of(directory);
    VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
    struct node node;
    fill_row(subject, &node);
    for (uint32_t i = 0; i < table.count; i++) {
        int result = render(request, subject, &table.rows[i], VERGE_CACHED, &text);
        if (result && result != -EAGAIN)
            return result;
        file.sub = i;
        fill_file(subject, file, &table.rows[i], text.length, &node);
        listing_add(listing, table.rows[i].name, &node, result == -EAGAIN);
    }
    return 0;
}
