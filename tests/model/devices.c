/* SPDX-License-Identifier: MIT
 *
 * Steps that make and remove devices, here and elsewhere, and change them elsewhere.
 */
#include "tests/model/play.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* So many are not exceeded by more than a few at once. */
enum { ENOUGH = 14 };

static const char *new_name(struct play *play)
{
    static const char *const words[] = {"new", "n w", "x/y", "%", ".hidden", "-o", "ß"};
    const char *word = words[draw(play, COUNT(words))];
    return draw(play, 3) == 0 ? word : text("%s%u", word, draw(play, 1000));
}

/* With the settings that the vendor's own call sends. */
static struct device make_device(struct play *play, unsigned vm, int kind)
{
    struct device device = {.exists = true,
                            .vm = vm,
                            .kind = kind,
                            .group = world_kinds[kind].groups[0],
                            .enabled = true,
                            .orderid = -1};
    if (world_kinds[kind].groups[1] >= 0 && draw(play, 2) == 0)
        device.group = world_kinds[kind].groups[1];
    snprintf(device.name, sizeof(device.name), "%s", new_name(play));
    for (int i = 0; i < WORLD_SETTINGS; i++)
        device.settings[i] = world_kinds[kind].settings[i].preset;
    return device;
}

/* ---- mkdir, rmdir, mv ---- */

/* What is wrong with the name or the place, or 0. */
static int refusal(struct play *play, const struct shelf *shelf, const char *file_name)
{
    if (shelf_find(&play->shown, shelf, file_name) != NULL)
        return EEXIST;
    if (shelf->kind < 0 && shelf->group < 0)
        return EPERM;
    return shelf->group < 0 && world_kinds[shelf->kind].groups[1] >= 0 ? EINVAL : 0;
}

void make_directory(struct play *play)
{
    struct attempt attempt;
    char path_[2 * WORLD_FILE];
    char name[WORLD_FILE];
    if (world_count(&play->server) > ENOUGH)
        return;
    struct device device = make_device(play, draw(play, WORLD_VMS), (int)draw(play, WORLD_KINDS));
    struct shelf shelf = {device.vm, device.kind, -1};
    if (device.group >= 0 && draw(play, 2) == 0)
        shelf = (struct shelf){device.vm, -1, device.group};
    else if (draw(play, 16) == 0)
        shelf.kind = -1;
    name_written(device.name, name);
    bool bad = draw(play, 16) == 0;
    if (bad)
        strcat(name, "%");
    shelf_path(&shelf, path_);
    tell(play, "mkdir %s/%s", path_, name);
    attempt_begin(play, &attempt, 0);
    attempt.error = refusal(play, &shelf, name);
    if (bad && attempt.error != EPERM)
        attempt.error = EINVAL;
    attempt.requests.posts = attempt.error == 0;
    if (attempt.error == 0)
        world_put(&attempt.after, &device);
    int result = mkdir(path("%s/%s", path_, name), 0755);
    attempt_end(play, &attempt, result == -1 ? errno : 0);
}

void detach(struct play *play)
{
    static const enum way ways[] = {BY_NAME, BY_TYPE, BY_GROUP};
    struct attempt attempt;
    char path_[WORLD_FILE];
    const struct device *device = pick(play);
    if (device == NULL || world_count(&play->server) < 4)
        return;
    enum way way = ways[draw(play, COUNT(ways))];
    tree_path(&play->shown, device, way, path_);
    close(tree_enter(&play->shown, device, way));
    tell(play, "rmdir %s", path_);
    attempt_begin(play, &attempt, device->key);
    attempt.requests.deletes = 1;
    if (attempt_device(play, &attempt) != NULL)
        world_remove(&attempt.after, attempt.key);
    int result = rmdir(path("%s", path_));
    attempt_end(play, &attempt, result == -1 ? errno : 0);
}

void move(struct play *play)
{
    struct attempt attempt;
    char from[WORLD_FILE];
    char folder[WORLD_FILE];
    char name[WORLD_FILE];
    const struct device *device = pick(play);
    if (device == NULL || play->stale)
        return;
    const char *new = new_name(play);
    struct shelf shelf = {device->vm, -1, -1};
    enum way way = draw(play, 2) == 0 ? BY_NAME : BY_TYPE;
    if (way == BY_TYPE)
        shelf.kind = device->kind;
    close(tree_enter(&play->shown, device, way));
    tree_path(&play->shown, device, way, from);
    name_written(new, name);
    if (draw(play, 12) == 0)
        shelf.vm = (shelf.vm + 1) % WORLD_VMS;
    shelf_path(&shelf, folder);
    tell(play, "mv %s %s/%s", from, folder, name);
    attempt_begin(play, &attempt, device->key);
    struct device *after = attempt_device(play, &attempt);
    device = world_find(&play->shown, attempt.key);
    const struct device *there = shelf_find(&play->shown, &shelf, name);
    if (there != NULL && there->key == device->key)
        attempt.requests.puts = 0; /* the kernel does nothing */
    else if (shelf.vm != device->vm)
        attempt.error = EPERM;
    else if (there != NULL)
        attempt.error = EEXIST;
    else
        attempt.requests.puts = 1;
    attempt.row = attempt.requests.puts == 1;
    if (attempt.row)
        snprintf(after->name, sizeof(after->name), "%s", new);
    int result = rename(path("%s", from), path("%s/%s", folder, name));
    attempt_end(play, &attempt, result == -1 ? errno : 0);
}

/* ---- attach ---- */

static void add_settings(struct play *play, struct device *device, cJSON *object)
{
    cJSON *settings = cJSON_AddObjectToObject(object, "settings_args");
    for (int i = 0; i < WORLD_SETTINGS; i++) {
        const struct setting *setting = &world_kinds[device->kind].settings[i];
        if (setting->form != FORM_NUMBER || draw(play, 2) == 0)
            continue;
        device->settings[i] = (long)draw(play, (unsigned)setting->most + 1);
        cJSON_AddNumberToObject(settings, setting->name, (double)device->settings[i]);
    }
}

static cJSON *attach_object(struct play *play, struct device *device, unsigned count)
{
    cJSON *object = cJSON_CreateObject();
    snprintf(device->description, sizeof(device->description), "made %u", draw(play, 100000));
    device->optional = draw(play, 2);
    device->numbered = count > 1;
    if (device->group >= 0)
        cJSON_AddStringToObject(object, "resource_group", world_groups[device->group].name);
    if (device->group < 0 || draw(play, 2) == 0)
        cJSON_AddStringToObject(object, "type", world_kinds[device->kind].directory);
    cJSON_AddStringToObject(object, "name", device->name);
    cJSON_AddStringToObject(object, "description", device->description);
    cJSON_AddBoolToObject(object, "optional", device->optional);
    if (count > 1)
        cJSON_AddNumberToObject(object, "count", count);
    add_settings(play, device, object);
    return object;
}

void attach(struct play *play)
{
    struct attempt attempt;
    if (world_count(&play->server) > ENOUGH)
        return;
    struct device device = make_device(play, draw(play, WORLD_VMS), (int)draw(play, WORLD_KINDS));
    unsigned count = device.group >= 0 && draw(play, 3) == 0 ? 2 + draw(play, 2) : 1;
    cJSON *object = attach_object(play, &device, count);
    char *json = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    tell(play, "attach to VM %u: %s", device.vm, json);
    attempt_begin(play, &attempt, 0);
    attempt.requests.posts = 1;
    for (unsigned i = 0; i < count; i++)
        world_put(&attempt.after, &device);
    int result = write_file(json, "vms/%s/attach", world_vms[device.vm].file_name);
    cJSON_free(json);
    attempt_end(play, &attempt, result == -1 ? errno : 0);
}

/* ---- power ---- */

void switch_power(struct play *play)
{
    static const struct {
        const char *word;
        int then; /* -1: as before */
    } words[] = {{"on", 1}, {"off", 0}, {"kill", 0}, {"reset", -1}};
    struct attempt attempt;
    size_t word = draw(play, COUNT(words));
    unsigned vm = draw(play, WORLD_VMS);
    tell(play, "power of VM %u %s", vm, words[word].word);
    attempt_begin(play, &attempt, 0);
    attempt.requests.posts = 1;
    if (words[word].then >= 0)
        attempt.after.running[vm] = words[word].then;
    int result =
        write_file(text("%s\n", words[word].word), "vms/%s/power", world_vms[vm].file_name);
    attempt_end(play, &attempt, result == -1 ? errno : 0);
    reload(play); /* the devices were read again */
}

/* ---- by others ---- */

void set_remotely(struct play *play)
{
    catch_up(play);
    struct device *device = world_nth(&play->server, draw(play, 1000));
    if (device == NULL)
        return;
    snprintf(device->description, sizeof(device->description), "elsewhere %u", draw(play, 100000));
    device->enabled = draw(play, 2);
    device->orderid = (long)draw(play, 65);
    if (draw(play, 2) == 0)
        snprintf(device->name, sizeof(device->name), "%s", new_name(play));
    for (int i = 0; i < WORLD_SETTINGS; i++) {
        const struct setting *setting = &world_kinds[device->kind].settings[i];
        if (setting->form != FORM_NONE && draw(play, 2) == 0)
            device->settings[i] =
                (long)draw(play, setting->form == FORM_NUMBER ? (unsigned)setting->most + 1 : 2);
    }
    tell(play, "elsewhere %u becomes '%s' '%s'", device->key, device->name, device->description);
    server_set(device);
}

static void insert(struct play *play, struct device *device)
{
    struct world now;
    device->orderid = (long)draw(play, 65);
    server_insert(device);
    server_read(play->asked, &now);
    world_put(&play->server, device);
    must_be_right(play, world_difference(&play->server, &now));
    play->server = now;
}

void insert_remotely(struct play *play)
{
    catch_up(play);
    if (world_count(&play->server) > ENOUGH)
        return;
    struct device device = make_device(play, draw(play, WORLD_VMS), (int)draw(play, WORLD_KINDS));
    tell(play, "elsewhere '%s' is attached to VM %u", device.name, device.vm);
    insert(play, &device);
}

void delete_remotely(struct play *play)
{
    catch_up(play);
    const struct device *device = world_nth(&play->server, draw(play, 1000));
    if (device == NULL || world_count(&play->server) < 6)
        return;
    tell(play, "elsewhere '%s' (%u) is detached", device->name, device->key);
    server_delete(device->key);
    world_remove(&play->server, device->key);
}

/* Its key goes to another device. Who has a file of the old one open, or its path, does not reach
 * the new one. */
void replace_remotely(struct play *play)
{
    struct attempt attempt;
    char path_[WORLD_FILE];
    const struct device *device = pick(play);
    if (device == NULL || play->stale)
        return;
    struct device old = *device;
    tree_path(&play->shown, device, BY_NAME, path_);
    int folder = tree_enter(&play->shown, device, BY_NAME);
    int fd = openat(folder, "description", O_WRONLY | O_CLOEXEC);
    close(folder);
    struct device new = make_device(play, old.vm, old.kind);
    new.key = old.key;
    tell(play, "elsewhere '%s' (%u) is replaced by '%s'", old.name, old.key, new.name);
    server_delete(old.key);
    world_remove(&play->server, old.key);
    insert(play, &new);
    bool write_it = draw(play, 2);
    tell(play, write_it ? ", write to the old" : ", rmdir of the old");
    if (write_it)
        reload(play);
    play->stale = true;
    attempt_begin(play, &attempt, old.key);
    attempt.error = ESTALE;
    /* Of the kernel: it has seen the new one meanwhile; it tries again and finds no such name. */
    attempt.or_error = write_it ? EIO : ENOENT;
    ssize_t result = write_it ? write(fd, "lost\n", 5) : rmdir(path("%s", path_));
    int error = result < 0 ? errno : 0;
    close(fd);
    attempt_end(play, &attempt, error);
}
