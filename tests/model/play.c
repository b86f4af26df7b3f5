/* SPDX-License-Identifier: MIT */
#include "tests/model/play.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/requests.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- chance ---- */

unsigned draw(struct play *play, unsigned limit)
{
    play->state ^= play->state << 13;
    play->state ^= play->state >> 17;
    play->state ^= play->state << 5;
    return (play->state >> 4) % limit;
}

const struct device *pick(struct play *play)
{
    const struct device *device = world_nth(&play->shown, draw(play, 1000));
    const struct device *now = device == NULL ? NULL : world_find(&play->server, device->key);
    play->stale = device != NULL && (now == NULL || strcmp(now->uuid, device->uuid) != 0);
    return device;
}

/* ---- words ---- */

void tell(struct play *play, const char *format, ...)
{
    size_t used = strlen(play->story);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(play->story + used, sizeof(play->story) - used, format, arguments);
    va_end(arguments);
}

void wrong(const struct play *play, const char *format, ...)
{
    char words[4000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    fail_test("%s: %s", play->story, words);
}

void must_be_right(const struct play *play, char *complaint)
{
    if (complaint == NULL)
        return;
    char words[4000];
    snprintf(words, sizeof(words), "%s", complaint);
    free(complaint);
    wrong(play, "%s", words);
}

/* ---- faults ---- */

struct fault {
    const char *name, *effect;
    bool slow; /* of a POST: what may have been created is looked for, for seconds */
};

static const struct fault faults[] = {
    {"400", "\"status\": 400", false},
    {"403", "\"status\": 403", false},
    {"409", "\"status\": 409", false},
    {"429", "\"status\": 429, \"headers\": {\"Retry-After\": \"0\"}", false},
    {"500", "\"status\": 500", false},
    {"502", "\"status\": 502", true},
    {"503", "\"status\": 503", true},
    {"507", "\"status\": 507", false},
    {"reset before", "\"drop\": \"before\"", true},
    {"reset after", "\"drop\": \"after\"", false},
    {"torn", "\"truncate\": 1", false},
    {"HTML instead", "\"status\": 200, \"content_type\": \"text/html\", \"body\": \"<html>\"",
     true},
    {"HTML after", "\"content_type\": \"text/html\", \"body\": \"<html>\"", false},
};

static const struct fault silences[] = {
    {"silence", "\"hang\": true", true},
    {"silence after", "\"after_ms\": 3000", true},
};

static void strike(struct play *play)
{
    static const char *const methods[] = {"GET", "PUT", "POST", "DELETE", "*"};
    const char *method = methods[draw(play, COUNT(methods))];
    bool silent = play->manner->silence && draw(play, 2) == 0;
    play->fault =
        silent ? &silences[draw(play, COUNT(silences))] : &faults[draw(play, COUNT(faults))];
    if (play->fault->slow && !play->manner->silence && strchr("P*", *method) != NULL)
        method = draw(play, 2) == 0 ? "GET" : "PUT";
    unsigned times = draw(play, 3);
    unsigned skip = draw(play, 4) == 0;
    tell(play, " [%s of %s, %s, skipping %u]", play->fault->name, method,
         times == 0 ? "each" : "once", skip);
    sim_fault(text("{%s%s%s\"times\": %u, \"skip\": %u, %s}",
                   *method == '*' ? "" : "\"method\": \"", *method == '*' ? "" : method,
                   *method == '*' ? "" : "\", ", times > 0, skip, play->fault->effect));
    play->figures.faults++;
}

/* ---- attempts ---- */

void attempt_begin(struct play *play, struct attempt *attempt, unsigned key)
{
    *attempt = (struct attempt){.after = play->server, .key = key};
    if (draw(play, 100) < play->manner->faults_in_100) {
        clear_error_log();
        if (draw(play, 3) == 0) {
            tell(play, " [cold]");
            expect_ok(write_file("1\n", ".vergefs/refresh"));
            play->shown = play->server;
            play->stale = false;
        }
        strike(play);
    }
    server_forget(play->asked);
    play->figures.operations++;
}

struct device *attempt_device(struct play *play, struct attempt *attempt)
{
    struct device *device = world_find(&attempt->after, attempt->key);
    if (device == NULL || play->stale) {
        attempt->error = ENOENT;
        attempt->requests = (struct requests){-1, -1, -1};
        return NULL;
    }
    return device;
}

static bool same(const struct world *one, const struct world *other)
{
    char *difference = world_difference(one, other);
    free(difference);
    return difference == NULL;
}

static const char *name_of(int error)
{
    return error == 0 ? "success" : strerrorname_np(error);
}

static bool as_many(int expected, int found)
{
    return expected < 0 || expected == found;
}

/* No fault: all is known before. */
static void judge(const struct play *play, const struct attempt *attempt, int error,
                  const struct world *now)
{
    struct requests sent;
    const struct requests *expected = &attempt->requests;
    if (error != attempt->error && (attempt->or_error == 0 || error != attempt->or_error))
        wrong(play, "expected %s, found %s", name_of(attempt->error), name_of(error));
    char *difference = world_difference(error == 0 ? &attempt->after : &play->server, now);
    if (difference != NULL)
        must_be_right(play, difference);
    server_requests(play->asked, &sent);
    if (!as_many(expected->puts, sent.puts) || !as_many(expected->posts, sent.posts) ||
        !as_many(expected->deletes, sent.deletes))
        wrong(play, "expected %d PUT %d POST %d DELETE, sent %d %d %d", expected->puts,
              expected->posts, expected->deletes, sent.puts, sent.posts, sent.deletes);
}

static void log_must_say(const struct play *play, const char *words, int error)
{
    const char *log = read_file(".vergefs/error_log");
    if (strstr(log, words) == NULL)
        wrong(play, "the server did it in spite of %s, and the error log does not say '%s': %s",
              name_of(error), words, log);
}

static void judge_faulted(const struct play *play, const struct attempt *attempt, int error,
                          const struct world *now)
{
    struct requests sent;
    server_requests(play->asked, &sent);
    if (sent.posts > 1)
        wrong(play, "%d POSTs were sent", sent.posts);
    if (error == 0 && attempt->error != 0)
        wrong(play, "success instead of %s", name_of(attempt->error));
    if (error == 0)
        must_be_right(play, world_difference(&attempt->after, now));
    if (error == 0 || same(&play->server, now))
        return;
    sim_clear_faults();
    if (attempt->error == 0 && same(&attempt->after, now))
        log_must_say(play, "may have been", error);
    else if (attempt->may_be_halfway && same(&attempt->halfway, now))
        log_must_say(play, "settings", error);
    else
        must_be_right(play, world_difference(&play->server, now));
}

/* What the mount shows at once of the device it wrote. */
static void show_again(struct play *play, const struct attempt *attempt, const struct world *now)
{
    struct device *shown = world_find(&play->shown, attempt->key);
    const struct device *device = world_find(now, attempt->key);
    if (shown != NULL && device == NULL)
        world_remove(&play->shown, attempt->key);
    if (shown == NULL || device == NULL)
        return;
    struct device before = *shown;
    if (attempt->row)
        *shown = *device;
    if (!attempt->settings)
        memcpy(shown->settings, before.settings, sizeof(before.settings));
    else
        memcpy(shown->settings, device->settings, sizeof(before.settings));
}

static void show_new(struct play *play, const struct world *now)
{
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        const struct device *device = &now->devices[i];
        if (device->exists && world_find(&play->server, device->key) == NULL)
            world_put(&play->shown, device);
    }
}

/* What is shown of one device, where that may be old or new. */
static void catch_up_with(struct play *play, unsigned key)
{
    struct device *shown = world_find(&play->shown, key);
    const struct device *now = world_find(&play->server, key);
    if (shown != NULL && now != NULL && same_row(shown, now) && same_settings(shown, now))
        return;
    int folder = tree_enter_key(key);
    if (folder < 0 && now == NULL)
        world_remove(&play->shown, key);
    if (folder >= 0 && shown == NULL && now != NULL)
        world_put(&play->shown, now);
    if (folder >= 0 && shown != NULL && now != NULL) {
        struct device old = *shown;
        bool row = !tree_has_row(folder, shown) && tree_has_row(folder, now);
        bool settings = !tree_has_settings(folder, shown) && tree_has_settings(folder, now);
        *shown = row ? *now : old;
        memcpy(shown->settings, settings ? now->settings : old.settings, sizeof(old.settings));
    }
    if (folder >= 0)
        close(folder);
}

void catch_up(struct play *play)
{
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        if (play->server.devices[i].exists)
            catch_up_with(play, play->server.devices[i].key);
        if (play->shown.devices[i].exists)
            catch_up_with(play, play->shown.devices[i].key);
    }
}

/* Of a device that is gone or replaced, the settings may be gone already while its row is shown. */
static char *complaint_of(struct play *play, unsigned key, enum way way, int which)
{
    const struct device *shown = world_find(&play->shown, key);
    const struct device *now = world_find(&play->server, key);
    if (shown == NULL)
        return NULL;
    bool gone = now == NULL || strcmp(now->uuid, shown->uuid) != 0;
    return gone ? tree_check_row(&play->shown, shown, way)
                : tree_check_device(&play->shown, shown, way, which);
}

void check_device(struct play *play, const struct device *device, enum way way, int which)
{
    unsigned key = device->key;
    char *complaint = complaint_of(play, key, way, which);
    if (complaint == NULL)
        return;
    free(complaint);
    catch_up(play);
    must_be_right(play, complaint_of(play, key, way, which));
}

void check_names(struct play *play, unsigned vm)
{
    char *complaint = tree_check_names(&play->shown, vm);
    if (complaint == NULL)
        return;
    free(complaint);
    catch_up(play);
    must_be_right(play, tree_check_names(&play->shown, vm));
}

static bool answers(void)
{
    return try_read("vms/%s/name", world_vms[0].file_name) == 0 &&
           try_read("resource_groups/%s/name", world_groups[0].file_name) == 0;
}

void reload(struct play *play)
{
    expect_ok(write_file("1\n", ".vergefs/refresh"));
    play->shown = play->server;
    must_be_right(play, tree_check_rows(&play->shown));
}

void refresh(struct play *play)
{
    tell(play, "refresh");
    reload(play);
    must_be_right(play, tree_check_all(&play->shown));
}

/* What the server changed of the device is shown at once, whatever the error was. */
static void look_at_once(struct play *play, const struct attempt *attempt, const struct world *now)
{
    const struct device *device = world_find(now, attempt->key);
    const struct device *before = world_find(&play->server, attempt->key);
    struct device *shown = world_find(&play->shown, attempt->key);
    if (device == NULL || before == NULL || shown == NULL)
        return;
    struct device old = *shown;
    if (!same_row(before, device))
        *shown = *device;
    memcpy(shown->settings, same_settings(before, device) ? old.settings : device->settings,
           sizeof(old.settings));
    play->server = *now;
    int folder = tree_enter_key(device->key); /* its row is read; names follow */
    if (folder >= 0)
        close(folder);
    check_device(play, shown, BY_NAME, -1);
}

static void recover(struct play *play, const struct attempt *attempt, const struct world *now)
{
    sim_clear_faults();
    wait_until(answers());
    if (play->fault != NULL)
        look_at_once(play, attempt, now);
    play->fault = NULL;
    play->server = *now;
    reload(play);
}

static void spoil(struct play *play, const struct attempt *attempt, int error);

static bool may_be_late(const struct play *play, int error)
{
    return play->manner->silence && (error == ETIMEDOUT || error == EINTR);
}

void attempt_end(struct play *play, struct attempt *attempt, int error)
{
    struct world now;
    bool faulted = play->fault != NULL || may_be_late(play, error);
    tell(play, " = %s", name_of(error));
    spoil(play, attempt, error);
    server_read(play->asked, &now);
    play->figures.errors += error != 0;
    if (faulted)
        judge_faulted(play, attempt, error, &now);
    else
        judge(play, attempt, error, &now);
    if (faulted || play->stale) {
        recover(play, attempt, &now);
        return;
    }
    if (error == 0) {
        show_again(play, attempt, &now);
        show_new(play, &now);
    }
    play->server = now;
}

/* ---- sabotage ---- */

static void spoil_change(struct play *play, const struct attempt *attempt)
{
    const struct device *before = world_find(&play->server, attempt->key);
    const struct device *after = world_find(&attempt->after, attempt->key);
    if (before == NULL || after == NULL || attempt->requests.puts <= 0)
        return;
    if (play->sabotage == LOSE)
        server_set(before);
    if (play->sabotage == LOSE)
        play->sabotage = HONEST;
}

static void spoil_creation(struct play *play, const struct attempt *attempt)
{
    if (attempt->requests.posts != 1 || world_count(&attempt->after) == world_count(&play->server))
        return;
    const struct device *made = world_find(&attempt->after, 0);
    struct device copy = *made;
    copy.orderid = 1;
    if (play->sabotage == DOUBLE)
        server_insert(&copy);
    else
        sim_ask("POST", "/api/v4/machine_devices", "{}");
    play->sabotage = HONEST;
}

static void spoil(struct play *play, const struct attempt *attempt, int error)
{
    struct device *device = world_find(&play->server, attempt->key);
    if (play->sabotage == HONEST || play->fault != NULL || play->stale)
        return;
    if (play->sabotage == LOSE && error == 0)
        spoil_change(play, attempt);
    if ((play->sabotage == DOUBLE || play->sabotage == ASK_TWICE) && error == 0)
        spoil_creation(play, attempt);
    if (play->sabotage == INTRUDE && error == EINVAL && device != NULL) {
        struct device other = *device;
        other.optional = !other.optional;
        server_set(&other);
        play->sabotage = HONEST;
    }
}

/* ---- steps ---- */

static const struct {
    act *act;
    unsigned weight;
    bool changes;
} kinds[] = {
    {write_scalar, 16, true},
    {write_nonsense, 4, false},
    {write_settings, 12, true},
    {write_device, 8, true},
    {edit, 8, true},
    {put_back, 2, false},
    {make_directory, 9, true},
    {attach, 5, true},
    {detach, 8, true},
    {move, 6, true},
    {switch_power, 2, true},
    {truncate_alone, 3, false},
    {remove_file, 2, false},
    {touch, 2, false},
    {write_read_only, 2, false},
    {look, 8, false},
    {set_remotely, 8, false},
    {insert_remotely, 3, false},
    {delete_remotely, 2, false},
    {replace_remotely, 2, false},
    {refresh, 4, false},
};

static act *choose(struct play *play)
{
    unsigned weights = 0;
    for (size_t i = 0; i < COUNT(kinds); i++)
        weights += kinds[i].weight;
    unsigned at = draw(play, weights);
    size_t kind = 0;
    while (at >= kinds[kind].weight)
        at -= kinds[kind++].weight;
    return kinds[kind].act;
}

void play_hurry(void)
{
    const char *given = getenv("VERGEFS");
    const char *last = given == NULL ? NULL : strrchr(given, ' ');
    char command[1000];
    /* Before the program there may be one that checks it. */
    snprintf(command, sizeof(command), "%.*s%stests/model/hurried",
             last == NULL ? 0 : (int)(last - given), given == NULL ? "" : given,
             last == NULL ? "" : " ");
    setenv("VERGEFS", command, 1);
}

void play_begin(struct play *play, const struct manner *manner, enum sabotage sabotage)
{
    *play = (struct play){.manner = manner, .sabotage = sabotage, .story = "begin: "};
    sim_reset();
    play->asked = server_open();
    server_read(play->asked, &play->server);
    refresh(play);
}

void play_step(struct play *play, uint32_t step)
{
    struct kept *mark = kept_until_now();
    play->state = step != 0 ? step : 1;
    play->story[0] = '\0';
    play->stale = false;
    choose(play)(play);
    struct device *device = world_nth(&play->shown, draw(play, 1000));
    if (device != NULL && play->sabotage == MISREAD)
        device->optional = !device->optional;
    if (device != NULL)
        check_device(play, device, (enum way)draw(play, WAYS), (int)draw(play, 1000));
    play->figures.steps++;
    release_since(mark);
}

void play_end(struct play *play)
{
    snprintf(play->story, sizeof(play->story), "end: ");
    refresh(play);
}

void play_free(struct play *play)
{
    if (play->asked != NULL)
        server_close(play->asked);
    play->asked = NULL;
}
