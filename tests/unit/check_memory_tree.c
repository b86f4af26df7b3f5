/* SPDX-License-Identifier: MIT */
/*
 * The tree's memory runs out, at each of its allocations in turn: what is listed and read is whole
 * or an error, and what is written is done, or not, as it is said to be.
 */
#include "config.h"

#include <fcntl.h>

#include "fs/file.h"
#include "fs/options.h"
#include "fs/query.h"
#include "fs/scratch.h"
#include "fs/watch.h"
#include "fs/workbench.h"
#include "tests/unit/memory_fixture.h"

#define OWNER 7

static struct options options = {.timeout = 30, .ttl = 600, .budget = 0};

static void tree_start(struct world *world, struct tree *tree)
{
    start(world);
    *tree = (struct tree){
        .client = world->client,
        .inventory = world->inventory,
        .queries = world->queries,
        .guard = guard_new(),
        .again = again_new(),
        .log = error_log_new(ERROR_LOG_SILENT),
        .scratch = scratch_new(),
        .filters = filters_new(),
        .watch = watch_new(tree, 1000),
        .options = &options,
        .url = "https://vergeos.example.com",
        .release = "26.1",
        .timeout_ms = 30000,
        .started = 1700000000,
        .started_ms = verge_now(),
    };
    handles_init(&tree->handles);
}

static void tree_stop(struct world *world, struct tree *tree)
{
    watch_end(tree->watch);
    handles_end(&tree->handles, tree);
    guard_free(tree->guard);
    again_free(tree->again);
    error_log_free(tree->log);
    scratch_free(tree->scratch);
    watch_free(tree->watch);
    filters_free(tree->filters);
    stop(world);
}

static struct request new_request(void)
{
    return (struct request){.call = {verge_now() + 600000, NULL}};
}

/* ---- reading ---- */

/* Everything that an address shows, as a text: names and inode numbers, a link's target, content.
 */
static int show_directory(struct tree *tree, struct request *request, struct address address,
                          struct verge_text *text)
{
    struct listing listing = {0};
    int rc = tree_list(tree, request, address, &listing);

    alloc_spare();
    for (size_t i = 0; rc == 0 && i < listing.count; i++)
        verge_text_printf(text, "%s %llu\n", listing_name(&listing, i),
                          (unsigned long long)inode_pack(listing.entries[i].node.address));
    alloc_spare_end();
    for (size_t i = 0; rc == 0 && i < listing.count; i++) {
        struct node node;
        rc = tree_lookup(tree, request, address, listing_name(&listing, i), &node);
    }
    listing_free(&listing);
    return rc;
}

static int show(struct tree *tree, struct address address, struct verge_text *text)
{
    struct request request = new_request();
    struct node node;
    int rc = tree_stat(tree, &request, address, &node);

    if (rc < 0)
        return rc;
    if (S_ISDIR(node.mode))
        return show_directory(tree, &request, address, text);
    if (S_ISLNK(node.mode))
        return tree_readlink(tree, &request, address, text);
    return file_content(tree, &request, address, text);
}

/* All addresses of the tree, each once. */
struct addresses {
    struct address *all;
    size_t count;
};

static bool is_known(const struct addresses *addresses, struct address address)
{
    for (size_t i = 0; i < addresses->count; i++)
        if (inode_pack(addresses->all[i]) == inode_pack(address))
            return true;
    return false;
}

static void walk(struct tree *tree, struct address address, struct addresses *addresses)
{
    struct request request = new_request();
    struct listing listing = {0};

    if (is_known(addresses, address))
        return;
    addresses->all = reallocarray(addresses->all, addresses->count + 1, sizeof(*addresses->all));
    ck_assert_ptr_nonnull(addresses->all);
    addresses->all[addresses->count++] = address;
    if (tree_list(tree, &request, address, &listing) == 0)
        for (size_t i = 0; i < listing.count; i++)
            walk(tree, listing.entries[i].node.address, addresses);
    listing_free(&listing);
}

/* Counters and times differ from one look to the next; what takes only writes shows nothing. */
static bool is_steady(struct tree *tree, struct address address)
{
    VERGE_TEXT_LOCAL one = VERGE_TEXT_INIT;
    VERGE_TEXT_LOCAL other = VERGE_TEXT_INIT;

    return show(tree, address, &one) == 0 && show(tree, address, &other) == 0 &&
           strcmp(verge_text_content(&one), verge_text_content(&other)) == 0;
}

static void show_without_memory(struct tree *tree, struct address address, enum alloc_mode mode)
{
    VERGE_TEXT_LOCAL whole = VERGE_TEXT_INIT;
    bool steady = is_steady(tree, address);

    show(tree, address, &whole);
    for (unsigned long n = 1, failed = 1; failed; n++) {
        VERGE_TEXT_LOCAL text = VERGE_TEXT_INIT;
        alloc_fail(n, mode);
        int rc = show(tree, address, &text);
        failed = alloc_stop();
        ck_assert_msg(rc == 0 || rc == -ENOMEM || !failed, "kind %d, allocation %lu: %s",
                      address.kind, n, verge_errno_name(-rc));
        if (rc == 0 && steady)
            ck_assert_msg(!strcmp(verge_text_content(&text), verge_text_content(&whole)),
                          "kind %d sub %u, allocation %lu: %s for %s", address.kind, address.sub, n,
                          verge_text_content(&text), verge_text_content(&whole));
    }
}

START_TEST(the_tree_is_whole_or_an_error)
{
    struct world world;
    struct tree tree;
    struct addresses addresses = {0};

    tree_start(&world, &tree);
    walk(&tree, (struct address){KIND_ROOT, 0, 1}, &addresses);
    ck_assert_uint_gt(addresses.count, 100);
    for (size_t i = 0; i < addresses.count; i++)
        show_without_memory(&tree, addresses.all[i], (enum alloc_mode)_i);
    free(addresses.all);
    tree_stop(&world, &tree);
}
END_TEST

/* ---- writing ---- */

/* A value written to a file of the first device or the first VM. */
static const struct {
    const char *file, *value;
    bool of_vm;
    const char *request; /* what the server gets */
} values[] = {
    {"description", "new words\n", false, "PUT /api/v4/machine_devices/"},
    {"enabled", "off\n", false, "PUT /api/v4/machine_devices/"},
    {"orderid", "7\n", false, "PUT /api/v4/machine_devices/"},
    {"device.json", "{\"description\":\"a\",\"settings_args\":{\"guest_reset\":false}}", false,
     "PUT /api/v4/machine_device"},
    {"settings.json", "{\"guest_reset\":false}\n", false,
     "PUT /api/v4/machine_device_settings_usb"},
    {"attach", "{\"type\":\"usb\",\"name\":\"n\",\"settings_args\":{\"guest_reset\":false}}\n",
     true, "POST /api/v4/machine_devices"},
    {"power", "on\n", true, "POST /api/v4/vm_actions"},
};
#define VALUES (sizeof values / sizeof values[0])

static struct address address_of(const struct world *world, size_t value)
{
    struct address address = {values[value].of_vm ? KIND_VM_FILE : KIND_DEVICE_FILE, 0, 1};

    if (!values[value].of_vm)
        address.key = world->fake->devices[0].key;
    ck_assert(attribute_find(attributes_of(values[value].of_vm ? KIND_VM : KIND_DEVICE),
                             values[value].file, &address.sub));
    return address;
}

/* As `echo VALUE > FILE` does it. */
static int write_value(struct tree *tree, struct request *request, struct address address,
                       const char *value)
{
    struct file *file;
    int rc = file_open(tree, request, address, O_WRONLY, &file);

    if (rc < 0)
        return rc;
    rc = file_write(tree, request, file, value, strlen(value), 0, OWNER);
    if (rc == 0)
        rc = file_flush(tree, request, file, OWNER);
    file_release(tree, file);
    return rc;
}

/* -EINVAL, unasked: what was written and what there was no memory to parse look alike to cJSON. */
static void check_written(const struct world *world, size_t value, int rc,
                          const struct request *request, unsigned long n)
{
    bool sent = fake_logged(world->fake, values[value].request) > 0;
    bool known = rc == 0 || rc == -ENOMEM || rc == -EBADMSG || (rc == -EINVAL && !sent);

    ck_assert_msg(known, "%s, allocation %lu: %s: %s", values[value].file, n, verge_errno_name(-rc),
                  request->error.text);
    ck_assert_msg(rc < 0 || sent, "%s, allocation %lu: not sent", values[value].file, n);
    bool told =
        request->error.uncertain || strstr(request->error.text, "settings_args is as written");
    ck_assert_msg(rc == 0 || !sent || told, "%s, allocation %lu: sent, and not told: %s",
                  values[value].file, n, request->error.text);
    ck_assert_uint_le(world->fake->posts, 1);
}

START_TEST(what_is_written_is_told)
{
    size_t value = (size_t)_i / ALLOC_MODES;

    for (unsigned long n = 1, failed = 1; failed; n++) {
        struct world world;
        struct tree tree;
        tree_start(&world, &tree);
        struct address address = address_of(&world, value);
        struct request request = new_request(), warm = new_request();
        struct listing listing = {0};
        ck_assert_int_eq(tree_list(&tree, &warm, (struct address){KIND_DEVICES, 0, 1}, &listing),
                         0);
        listing_free(&listing);
        alloc_fail(n, (enum alloc_mode)(_i % ALLOC_MODES));
        int rc = write_value(&tree, &request, address, values[value].value);
        failed = alloc_stop();
        check_written(&world, value, rc, &request, n);
        tree_stop(&world, &tree);
    }
}
END_TEST

/* ---- beside the attributes ---- */

/* An editor's way: a file of its own, renamed onto the attribute. */
static int edit(struct tree *tree, struct request *request, uint32_t device)
{
    struct address directory = {KIND_DEVICE, 0, device};
    struct node node;
    int rc = workbench_create(tree, request, directory, "tmp", S_IFREG | 0600, NULL, &node);

    if (rc == 0)
        rc = write_value(tree, request, node.address, "edited\n");
    if (rc == 0)
        rc = tree_rename(tree, request, directory, "tmp", directory, "description", false);
    return rc;
}

START_TEST(what_is_renamed_into_place_is_told)
{
    for (unsigned long n = 1, failed = 1; failed; n++) {
        struct world world;
        struct tree tree;
        tree_start(&world, &tree);
        struct request request = new_request();
        uint32_t device = world.fake->devices[0].key;
        alloc_fail(n, (enum alloc_mode)_i);
        int rc = edit(&tree, &request, device);
        failed = alloc_stop();
        bool done = strcmp(fake_device(world.fake, device)->description, "edited") == 0;
        ck_assert_msg(rc == 0 || rc == -ENOMEM || rc == -EBADMSG, "allocation %lu: %s", n,
                      verge_errno_name(-rc));
        ck_assert_msg(rc < 0 || done, "allocation %lu: said to be done", n);
        ck_assert_msg(rc == 0 || !done || request.error.uncertain, "allocation %lu: not told", n);
        tree_stop(&world, &tree);
    }
}
END_TEST

UNIT_MAIN_TIMES("memory of the tree", {the_tree_is_whole_or_an_error, ALLOC_MODES},
                {what_is_written_is_told, (int)VALUES *ALLOC_MODES},
                {what_is_renamed_into_place_is_told, ALLOC_MODES})
