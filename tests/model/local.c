/* SPDX-License-Identifier: MIT
 *
 * Steps on the mount that make values: what a person would do with echo, printf, cp, jq or sed.
 */
#include "tests/model/play.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/harness.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- writing ---- */

/* In how many pieces, and how the file is opened. */
enum pieces { WHOLE, HALVES, BYTES, PIECES };

static size_t piece_length(enum pieces pieces, size_t length)
{
    return pieces == WHOLE ? length : pieces == BYTES ? 1 : (length + 1) / 2;
}

/* A refused write that is repeated gets the same answer. */
static int write_again(int fd, const char *piece, size_t length)
{
    int error = errno;
    ssize_t again = write(fd, piece, length);
    if (again >= 0 || errno != error)
        fail_test("a write that failed with %s and was repeated: %s", strerrorname_np(error),
                  again >= 0 ? "success" : strerrorname_np(errno));
    return error;
}

static int write_pieces(int fd, const char *value, enum pieces pieces)
{
    size_t length = strlen(value);
    size_t most = piece_length(pieces, length);
    for (size_t at = 0; at < length;) {
        size_t count = length - at < most ? length - at : most;
        ssize_t written = write(fd, value + at, count);
        if (written < 0)
            return pieces == WHOLE ? write_again(fd, value, length) : errno;
        at += (size_t)written;
    }
    return 0;
}

/* 0 or the errno of the call that failed. */
static int write_at(int folder, const char *file, const char *value, enum pieces pieces, int flags)
{
    int fd = openat(folder, file, O_WRONLY | O_CLOEXEC | flags, 0644);
    if (fd < 0)
        return errno;
    int error = write_pieces(fd, value, pieces);
    if (close(fd) == -1 && error == 0)
        error = errno;
    return error;
}

static int enter(struct play *play, const struct device *device)
{
    enum way way = (enum way)draw(play, WAYS);
    int folder = tree_enter(&play->shown, device, way);
    if (folder < 0)
        wrong(play, "'%s' (key %u) cannot be entered", device->name, device->key);
    return folder;
}

static int enter_real(struct play *play, const struct device *device)
{
    int folder = tree_enter(&play->shown, device, BY_NAME);
    if (folder < 0)
        wrong(play, "'%s' (key %u) cannot be entered", device->name, device->key);
    return folder;
}

/* ---- values ---- */

static const char *const words[] = {
    "gpu", "nic", "a b", "50%", "x/y", ".dot", "-dash", "ü–ß", "trail ", "q'\"uote", "back\\slash",
};

static const char *new_name(struct play *play)
{
    const char *word = words[draw(play, COUNT(words))];
    return draw(play, 3) == 0 ? word : text("%s%u", word, draw(play, 1000));
}

static const char *new_description(struct play *play)
{
    static const char letters[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    if (draw(play, 8) == 0)
        return "";
    return text("%s %u %.*s", words[draw(play, 8)], draw(play, 100000), (int)draw(play, 40),
                letters);
}

struct scalar {
    const char *file;
    char value[WORLD_NAME];
    bool closed; /* complete without its newline */
};

static void choose_truth(struct play *play, bool *truth, struct scalar *scalar)
{
    static const char *const spellings[][3] = {{"false", "0", "No"}, {"true", "1", "yes"}};
    *truth = draw(play, 2);
    snprintf(scalar->value, sizeof(scalar->value), "%s", spellings[*truth][draw(play, 3)]);
    scalar->closed = true;
}

/* A new value for one of the files, in the device and as it is written. */
static void choose_scalar(struct play *play, struct device *device, struct scalar *scalar)
{
    static const char *const files[] = {"name", "description", "enabled", "optional", "orderid"};
    *scalar = (struct scalar){.file = files[draw(play, COUNT(files))]};
    switch (*scalar->file) {
    case 'n':
        snprintf(device->name, sizeof(device->name), "%s", new_name(play));
        memcpy(scalar->value, device->name, sizeof(scalar->value));
        break;
    case 'd':
        snprintf(device->description, sizeof(device->description), "%s", new_description(play));
        memcpy(scalar->value, device->description, sizeof(scalar->value));
        break;
    case 'e':
        choose_truth(play, &device->enabled, scalar);
        break;
    case 'o':
        if (scalar->file[1] == 'p') {
            choose_truth(play, &device->optional, scalar);
            break;
        }
        device->orderid = (long)draw(play, 65);
        snprintf(scalar->value, sizeof(scalar->value), "%ld", device->orderid);
        break;
    }
}

void write_scalar(struct play *play)
{
    struct attempt attempt;
    struct scalar scalar;
    const struct device *device = pick(play);
    if (device == NULL)
        return;
    int folder = enter(play, device);
    tell(play, "write to '%s' (%u)", device->name, device->key);
    attempt_begin(play, &attempt, device->key);
    attempt.requests.puts = 1;
    attempt.row = true;
    struct device unused = *device;
    struct device *after = attempt_device(play, &attempt);
    choose_scalar(play, after != NULL ? after : &unused, &scalar);
    bool line = *scalar.value == '\0' || draw(play, 4) != 0;
    enum pieces pieces = line || !scalar.closed ? (enum pieces)draw(play, PIECES) : WHOLE;
    tell(play, " %s: '%s'%s", scalar.file, scalar.value, line ? "" : " without newline");
    attempt_end(play, &attempt,
                write_at(folder, scalar.file, line ? text("%s\n", scalar.value) : scalar.value,
                         pieces, draw(play, 2) == 0 ? O_TRUNC : O_APPEND));
    close(folder);
}

static const struct {
    const char *file, *value;
} nonsense[] = {
    {"enabled", "maybe\n"},
    {"optional", "truely\n"},
    {"orderid", "12x\n"},
    {"orderid", "1.5\n"},
    {"orderid", "\n"},
    {"description", "two\nlines\n"},
    {"description", "\xff\xfe\n"},
    {"settings.json", "[1]\n"},
    {"settings.json", "{\"vlan\":"},
    {"settings.json", "{} {}\n"},
    {"device.json", "null\n"},
    {"device.json", "{\"uuid\": \"another\"}\n"},
    {"device.json", "{\"no\": 1}\n"},
};

/* Nothing of it reaches the server. */
void write_nonsense(struct play *play)
{
    struct attempt attempt;
    const struct device *device = pick(play);
    size_t which = draw(play, COUNT(nonsense));
    if (device == NULL || play->stale)
        return;
    int folder = enter(play, device);
    tell(play, "nonsense to '%s' %s: %s", device->name, nonsense[which].file,
         nonsense[which].value);
    attempt_begin(play, &attempt, device->key);
    attempt.error = EINVAL;
    attempt_end(play, &attempt,
                write_at(folder, nonsense[which].file, nonsense[which].value, WHOLE, O_TRUNC));
    close(folder);
}

/* ---- documents ---- */

/* Members of an object whose values are what shows; a new one for each that is drawn. */
struct document {
    cJSON *object;
    bool changes; /* something of it */
};

static void set_member(cJSON *object, const char *name, cJSON *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    cJSON_AddItemToObject(object, name, value);
}

static cJSON *setting_json(const struct setting *setting, long value)
{
    if (setting->form == FORM_NUMBER)
        return cJSON_CreateNumber((double)value);
    if (setting->form == FORM_BOOLEAN)
        return cJSON_CreateBool(value != 0);
    return cJSON_CreateString(setting->words[value]);
}

/* What is written as it is shown stays as it is, even where others have changed it since. */
static void draw_settings(struct play *play, const struct device *shown, struct device *after,
                          struct document *document)
{
    for (int i = 0; i < WORLD_SETTINGS; i++) {
        const struct setting *setting = &world_kinds[shown->kind].settings[i];
        if (setting->form == FORM_NONE || draw(play, 2) == 0)
            continue;
        long value =
            (long)draw(play, setting->form == FORM_NUMBER ? (unsigned)setting->most + 1 : 2);
        set_member(document->object, setting->name, setting_json(setting, value));
        tell(play, " %s=%ld", setting->name, value);
        if (value == shown->settings[i])
            continue;
        document->changes = true;
        if (after != NULL)
            after->settings[i] = value;
    }
}

static void draw_fields(struct play *play, const struct device *shown, struct device *after,
                        struct document *document)
{
    struct device unused = *shown;
    struct device *device = after != NULL ? after : &unused;
    if (draw(play, 2) == 0) {
        const char *description = new_description(play);
        set_member(document->object, "description", cJSON_CreateString(description));
        tell(play, " description='%s'", description);
        if (strcmp(description, shown->description) != 0) {
            snprintf(device->description, sizeof(device->description), "%s", description);
            document->changes = true;
        }
    }
    if (draw(play, 2) == 0) {
        bool enabled = draw(play, 2);
        set_member(document->object, "enabled", cJSON_CreateBool(enabled));
        tell(play, " enabled=%d", enabled);
        if (enabled != shown->enabled) {
            device->enabled = enabled;
            document->changes = true;
        }
    }
    if (draw(play, 3) == 0) {
        long orderid = (long)draw(play, 65);
        set_member(document->object, "orderid", cJSON_CreateNumber((double)orderid));
        tell(play, " orderid=%ld", orderid);
        if (orderid != shown->orderid) {
            device->orderid = orderid;
            document->changes = true;
        }
    }
}

/* As jq would begin: with all that is in the file; else with nothing. */
static cJSON *begin_object(struct play *play, int folder, const char *file)
{
    size_t length = 0;
    if (draw(play, 2) == 0)
        return cJSON_CreateObject();
    tell(play, " whole");
    char *content = tree_read(folder, file, &length);
    cJSON *object = content == NULL ? NULL : cJSON_Parse(content);
    free(content);
    if (object == NULL)
        wrong(play, "%s cannot be read: %s", file, strerror(errno));
    return object;
}

/* Deletes the object; its text lives until the step is over. */
static const char *print_object(struct play *play, cJSON *object)
{
    char *printed = draw(play, 2) == 0 ? cJSON_Print(object) : cJSON_PrintUnformatted(object);
    const char *copy = text("%s%s", printed, draw(play, 2) == 0 ? "\n" : "");
    cJSON_free(printed);
    cJSON_Delete(object);
    return copy;
}

/* By writing into it, or beside it and renaming. */
static int put_document(struct play *play, int folder, const char *file, const char *content,
                        bool beside)
{
    if (!beside)
        return write_at(folder, file, content, (enum pieces)draw(play, PIECES), O_TRUNC);
    const char *scratch = text(draw(play, 2) == 0 ? ".new%u" : "sed%u", draw(play, 1000000));
    bool backup = draw(play, 3) == 0;
    tell(play, " beside%s", backup ? " with backup" : "");
    int error = write_at(folder, scratch, content, WHOLE, O_CREAT | O_EXCL);
    if (error == 0 && backup && renameat(folder, file, folder, "backup~") == -1)
        error = errno;
    if (error == 0 && renameat(folder, scratch, folder, file) == -1)
        error = errno;
    unlinkat(folder, scratch, 0);
    unlinkat(folder, "backup~", 0);
    return error;
}

static void change_settings(struct play *play, bool beside)
{
    struct attempt attempt;
    struct document document = {NULL, false};
    const struct device *shown = pick(play);
    if (shown == NULL || world_kinds[shown->kind].settings[0].form == FORM_NONE ||
        (beside && play->stale))
        return;
    struct device before = *shown;
    int folder = beside ? enter_real(play, shown) : enter(play, shown);
    tell(play, "settings of '%s' (%u):", shown->name, shown->key);
    document.object = begin_object(play, folder, "settings.json");
    attempt_begin(play, &attempt, before.key);
    shown = world_find(&play->shown, before.key); /* not so if it is gone and was asked for anew */
    before = shown != NULL ? *shown : before;
    struct device *after = attempt_device(play, &attempt);
    draw_settings(play, &before, after, &document);
    attempt.requests.puts = after == NULL ? -1 : document.changes;
    attempt.settings = document.changes;
    if (!document.changes)
        attempt.error = 0;
    attempt_end(
        play, &attempt,
        put_document(play, folder, "settings.json", print_object(play, document.object), beside));
    close(folder);
}

void write_settings(struct play *play)
{
    change_settings(play, false);
}

static void change_row(struct play *play, bool beside)
{
    struct attempt attempt;
    struct document row = {NULL, false};
    struct document settings = {NULL, false};
    const struct device *shown = pick(play);
    if (shown == NULL || play->stale)
        return;
    int folder = beside ? enter_real(play, shown) : enter(play, shown);
    tell(play, "device.json of '%s' (%u):", shown->name, shown->key);
    row.object = begin_object(play, folder, "device.json");
    attempt_begin(play, &attempt, shown->key);
    struct device before = *world_find(&play->shown, attempt.key);
    struct device *after = attempt_device(play, &attempt);
    settings.object = cJSON_GetObjectItemCaseSensitive(row.object, "settings_args");
    if (settings.object == NULL && draw(play, 2) == 0)
        settings.object = cJSON_AddObjectToObject(row.object, "settings_args");
    if (settings.object != NULL)
        draw_settings(play, &before, after, &settings);
    attempt.halfway = attempt.after;
    draw_fields(play, &before, after, &row);
    attempt.may_be_halfway = settings.changes && row.changes;
    attempt.requests.puts = settings.changes + row.changes;
    attempt.settings = settings.changes;
    attempt.row = row.changes;
    attempt_end(play, &attempt,
                put_document(play, folder, "device.json", print_object(play, row.object), beside));
    close(folder);
}

void write_device(struct play *play)
{
    change_row(play, false);
}

static void edit_scalar(struct play *play)
{
    struct attempt attempt;
    struct scalar scalar;
    const struct device *device = pick(play);
    if (device == NULL || play->stale)
        return;
    int folder = enter_real(play, device);
    tell(play, "edit '%s' (%u)", device->name, device->key);
    attempt_begin(play, &attempt, device->key);
    attempt.requests.puts = 1;
    attempt.row = true;
    choose_scalar(play, attempt_device(play, &attempt), &scalar);
    tell(play, " %s: '%s'", scalar.file, scalar.value);
    attempt_end(play, &attempt,
                put_document(play, folder, scalar.file, text("%s\n", scalar.value), true));
    close(folder);
}

void edit(struct play *play)
{
    switch (draw(play, 3)) {
    case 0:
        edit_scalar(play);
        break;
    case 1:
        change_row(play, true);
        break;
    default:
        change_settings(play, true);
    }
}

/* ---- what changes nothing ---- */

static const char *const writable[] = {"name",    "description",   "enabled",    "optional",
                                       "orderid", "settings.json", "device.json"};

/* An attribute renamed away and back. */
void put_back(struct play *play)
{
    struct attempt attempt;
    const struct device *device = pick(play);
    if (device == NULL || play->stale)
        return;
    const char *file = writable[draw(play, COUNT(writable))];
    int folder = enter_real(play, device);
    tell(play, "rename '%s' (%u) %s away and back", device->name, device->key, file);
    attempt_begin(play, &attempt, device->key);
    int error = renameat(folder, file, folder, "aside") == -1 ? errno : 0;
    if (error == 0 && renameat(folder, "aside", folder, file) == -1)
        error = errno;
    unlinkat(folder, "aside", 0);
    attempt_end(play, &attempt, error);
    close(folder);
}

void truncate_alone(struct play *play)
{
    struct attempt attempt;
    const struct device *device = pick(play);
    if (device == NULL || play->stale)
        return;
    const char *file = writable[draw(play, COUNT(writable))];
    int folder = enter(play, device);
    tell(play, "truncate '%s' %s", device->name, file);
    attempt_begin(play, &attempt, device->key);
    int fd = openat(folder, file, O_WRONLY | O_CLOEXEC | (draw(play, 2) == 0 ? O_TRUNC : 0));
    int error = fd < 0 || ftruncate(fd, 0) == -1 ? errno : 0;
    if (fd >= 0 && close(fd) == -1 && error == 0)
        error = errno;
    attempt_end(play, &attempt, error);
    close(folder);
}

/* In a process of its own, for it is refused the device's rmdir afterwards. */
void remove_file(struct play *play)
{
    struct attempt attempt;
    int status = 0;
    const struct device *device = pick(play);
    if (device == NULL || play->stale)
        return;
    const char *file = writable[draw(play, COUNT(writable))];
    int folder = enter_real(play, device);
    tell(play, "unlink '%s' %s", device->name, file);
    attempt_begin(play, &attempt, device->key);
    attempt.error = EPERM;
    pid_t child = fork();
    if (child == 0)
        _exit(unlinkat(folder, file, 0) == -1 ? errno : 0);
    waitpid(child, &status, 0);
    attempt_end(play, &attempt, WEXITSTATUS(status));
    close(folder);
}

void touch(struct play *play)
{
    struct attempt attempt;
    const struct device *device = pick(play);
    if (device == NULL || play->stale)
        return;
    const char *file = writable[draw(play, COUNT(writable))];
    bool mode = draw(play, 2);
    int folder = enter(play, device);
    tell(play, "%s '%s' %s", mode ? "chmod" : "touch", device->name, file);
    attempt_begin(play, &attempt, device->key);
    int result = mode ? fchmodat(folder, file, 0644, 0) : utimensat(folder, file, NULL, 0);
    attempt_end(play, &attempt, result == -1 ? errno : 0);
    close(folder);
}

void write_read_only(struct play *play)
{
    static const char *const files[] = {"key", "type", "status", "uuid", "created", "machine"};
    struct attempt attempt;
    const struct device *device = pick(play);
    if (device == NULL || play->stale)
        return;
    const char *file = files[draw(play, COUNT(files))];
    int folder = enter(play, device);
    tell(play, "write to read-only '%s' %s", device->name, file);
    attempt_begin(play, &attempt, device->key);
    attempt.error = EACCES;
    attempt_end(play, &attempt, write_at(folder, file, "1\n", WHOLE, O_TRUNC));
    close(folder);
}

/* With a fault a file cannot be read, or is right. */
void look(struct play *play)
{
    struct attempt attempt;
    size_t length = 0;
    const struct device *device = pick(play);
    if (device == NULL || play->stale)
        return;
    int folder = enter(play, device);
    tell(play, "look at '%s' (%u)", device->name, device->key);
    attempt_begin(play, &attempt, device->key);
    const struct device *shown = world_find(&play->shown, attempt.key);
    char *content = tree_read(folder, "description", &length);
    int error = content == NULL ? errno : 0;
    if (content != NULL && strncmp(content, shown->description, strlen(shown->description)) != 0)
        wrong(play, "the description is '%s'", content);
    free(content);
    unsigned vm = shown->vm;
    bool faulted = play->fault != NULL;
    attempt_end(play, &attempt, error);
    if (!faulted)
        check_names(play, vm);
    close(folder);
}
