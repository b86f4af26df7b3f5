/* SPDX-License-Identifier: MIT
 *
 * Starting the simulator and speaking to its control interface, over plain HTTP on loopback. Each
 * request has a connection of its own: tests are forked, and must not share one.
 */
#include "tests/integration/harness_internal.h"

#include <curl/curl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sim {
    struct sim *next; /* among those that the test started */
    struct process process;
    char *url;     /* https */
    char *control; /* http */
    char *cacert;
    bool ended;
};

static struct sim *current;
static struct sim *started; /* by this test */

/* ---- looking at it ---- */

void sim_use(struct sim *sim)
{
    current = sim;
}

struct sim *sim_current(void)
{
    return current;
}

const char *sim_url(const struct sim *sim)
{
    return sim->url;
}

const char *sim_control_url(const struct sim *sim)
{
    return sim->control;
}

const char *sim_cacert(const struct sim *sim)
{
    return sim->cacert;
}

const char *sim_token(void)
{
    return "the-key-of-the-tests";
}

const char *sim_password(void)
{
    return "the-password-of-the-tests";
}

/* ---- requests ---- */

struct answer {
    long status;
    char *body;
    size_t length;
};

static size_t collect(char *data, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    char *grown = realloc(answer->body, answer->length + size * count + 1);
    if (grown == NULL) {
        return 0;
    }
    memcpy(grown + answer->length, data, size * count);
    answer->body = grown;
    answer->length += size * count;
    answer->body[answer->length] = '\0';
    return size * count;
}

static struct answer perform(const char *method, const char *url, const char *body)
{
    struct answer answer = {.body = calloc(1, 1)};
    CURL *curl = curl_easy_init();
    if (curl == NULL || answer.body == NULL) {
        fail_test("no memory for a request");
    }
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, text("Authorization: Bearer %s", sim_token()));
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)patience_limit(20));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    if (body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    }
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    keep_text(answer.body);
    if (code != CURLE_OK) {
        fail_test("the simulator does not answer %s %s: %s", method, url, curl_easy_strerror(code));
    }
    return answer;
}

static struct answer request(const char *method, const char *where, const char *body)
{
    if (current == NULL) {
        fail_test("there is no simulator to speak to");
    }
    return perform(method, text("%s/_sim/%s", current->control, where), body);
}

static void delete_json(void *json)
{
    cJSON_Delete(json);
}

const cJSON *sim_control(const char *method, const char *where, const char *body)
{
    struct answer answer = request(method, where, body);
    if (answer.status < 200 || answer.status > 299) {
        fail_test("the simulator's control answered %ld to %s %s %s: %s", answer.status, method,
                  where, body == NULL ? "" : body, answer.body);
    }
    cJSON *json = cJSON_Parse(answer.body);
    return json == NULL ? NULL : keep(json, delete_json);
}

static const char *escaped(const char *word)
{
    char *safe = curl_easy_escape(NULL, word, 0);
    return keep(safe, curl_free);
}

/* ---- control ---- */

void sim_quirk(const char *name, const char *value)
{
    cJSON *json = cJSON_CreateObject();
    keep(json, delete_json);
    cJSON_AddStringToObject(json, name, value);
    sim_control("PUT", "quirks", keep_text(cJSON_PrintUnformatted(json)));
}

void sim_reset(void)
{
    sim_control("POST", "reset", "");
}

void sim_clear_log(void)
{
    sim_control("DELETE", "log", NULL);
}

const cJSON *sim_log(void)
{
    return sim_control("GET", "log", NULL);
}

int sim_count(const char *method, const char *path_prefix)
{
    const char *where = "log?count=1";
    if (method != NULL) {
        where = text("%s&method=%s", where, method);
    }
    if (path_prefix != NULL) {
        where = text("%s&path=%s", where, escaped(path_prefix));
    }
    const cJSON *count = sim_control("GET", where, NULL);
    if (!cJSON_IsNumber(count)) {
        count = cJSON_GetObjectItemCaseSensitive(count, "count");
    }
    if (!cJSON_IsNumber(count)) {
        fail_test("the simulator did not count %s", where);
    }
    return count->valueint;
}

void sim_fault(const char *json)
{
    sim_control("POST", "faults", json);
}

void sim_clear_faults(void)
{
    sim_control("DELETE", "faults", NULL);
}

/* ---- rows ---- */

static const char *row_path(const char *table, const char *key)
{
    return text("rows/%s/%s", table, escaped(key));
}

const cJSON *sim_rows(const char *table)
{
    return sim_control("GET", text("rows/%s", table), NULL);
}

const cJSON *sim_row(const char *table, const char *key)
{
    const char *where = row_path(table, key);
    if (request("GET", where, NULL).status == 404) {
        return NULL;
    }
    return sim_control("GET", where, NULL);
}

static const char *value_text(const cJSON *value)
{
    if (value == NULL) {
        return "(missing)";
    }
    if (cJSON_IsString(value)) {
        return value->valuestring;
    }
    return keep_text(cJSON_PrintUnformatted(value));
}

const char *sim_field(const char *table, const char *key, const char *field)
{
    const cJSON *row = sim_row(table, key);
    if (row == NULL) {
        fail_test("the server has no row %s of %s", key, table);
    }
    return value_text(cJSON_GetObjectItemCaseSensitive(row, field));
}

void expect_field(const char *value, const char *table, const char *key, const char *field)
{
    const char *found = sim_field(table, key, field);
    if (strcmp(found, value) != 0) {
        fail_test("on the server, %s of row %s of %s\nexpected: %s\nfound:    %s", field, key,
                  table, value, found);
    }
}

const cJSON *sim_find(const char *table, const char *field, const char *value)
{
    const cJSON *row = NULL;
    cJSON_ArrayForEach(row, sim_rows(table))
    {
        const cJSON *found = cJSON_GetObjectItemCaseSensitive(row, field);
        if (found != NULL && strcmp(value_text(found), value) == 0) {
            return row;
        }
    }
    return NULL;
}

const char *sim_key(const char *table, const char *field, const char *value)
{
    const cJSON *row = sim_find(table, field, value);
    if (row == NULL) {
        fail_test("the server has no row of %s whose %s is '%s'", table, field, value);
    }
    return value_text(cJSON_GetObjectItemCaseSensitive(row, "$key"));
}

void sim_set_row(const char *table, const char *key, const char *json)
{
    sim_control("PUT", row_path(table, key), json);
}

const char *sim_insert(const char *table, const char *json)
{
    const cJSON *row = sim_control("POST", text("rows/%s", table), json);
    return value_text(cJSON_GetObjectItemCaseSensitive(row, "$key"));
}

void sim_delete(const char *table, const char *key)
{
    sim_control("DELETE", row_path(table, key), NULL);
}

long sim_ask(const char *method, const char *api_path, const char *body)
{
    if (current == NULL) {
        fail_test("there is no simulator to speak to");
    }
    const char *url = text("%s%s", current->control, api_path);
    return perform(method, url, body).status;
}

/* ---- starting ---- */

static const char *data_file(const char *name)
{
    const char *folder = getenv("srcdir"); /* as make check has it */
    if (name[0] == '/') {
        return name;
    }
    return text("%s/tests/integration/%s", folder == NULL ? "." : folder, name);
}

static void add_quirks(struct words *argv, const char *list)
{
    char *rest = NULL;
    char *copy = list == NULL ? NULL : sentence("%s", list);
    for (char *quirk = copy == NULL ? NULL : strtok_r(copy, ",", &rest); quirk != NULL;
         quirk = strtok_r(NULL, ",", &rest)) {
        words_add(argv, "--quirk");
        words_add(argv, quirk);
    }
    free(copy);
}

static void command_line(struct words *argv, const struct sim_options *options, const char *ready)
{
    program_words(argv, "VERGESIM", "./vergesim");
    words_add(argv, text("--state=%s/simulator", scratch_folder()));
    words_add(argv, text("--ready-file=%s", ready));
    words_add(argv, text("--token=%s", sim_token()));
    words_add(argv, text("--user=admin:%s", sim_password()));
    words_split(argv, "--http=0 --https=0 --die-with-parent");
    if (options->fleet != NULL) {
        words_add(argv, text("--fleet=%s", options->fleet));
    }
    if (options->data != NULL) {
        words_add(argv, text("--data=%s", data_file(options->data)));
    }
    add_quirks(argv, options->quirks);
    words_split(argv, options->args);
}

/* What follows "NAME " in one of the lines; for the caller to free, or NULL. */
static char *line_of(const char *content, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = content; line != NULL && *line != '\0';) {
        if (strncmp(line, name, length) == 0 && line[length] == ' ') {
            const char *value = line + length + 1;
            return sentence("%.*s", (int)strcspn(value, "\n"), value);
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return NULL;
}

/* False while there is no such file; it appears when it is whole. */
static bool is_ready(struct sim *sim, const char *ready)
{
    char *content = slurp(ready, NULL);
    if (content == NULL) {
        return false;
    }
    sim->url = line_of(content, "https");
    sim->control = line_of(content, "http");
    sim->cacert = line_of(content, "ca");
    free(content);
    return true;
}

static void free_sim(struct sim *sim)
{
    daemon_forget(sim->process.pid);
    process_release(&sim->process);
    free(sim->url);
    free(sim->control);
    free(sim->cacert);
    free(sim);
}

static char *why_not_ready(struct sim *sim, const char *ready)
{
    enum { LIMIT = 30, NAP = 5 };
    for (long waited = 0; !is_ready(sim, ready); waited += NAP) {
        bool late = (double)waited / 1000 > patience_limit(LIMIT);
        if (process_ended(&sim->process) || late) {
            char *said = slurp(sim->process.err, NULL);
            char *why = sentence("the simulator %s (exit status %d); it wrote:\n%s",
                                 late ? "was not ready in time" : "ended",
                                 process_exit_code(&sim->process), said == NULL ? "" : said);
            free(said);
            return why;
        }
        nap(NAP);
    }
    return NULL;
}

struct sim *sim_launch(const struct sim_options *options, char **complaint)
{
    static const struct sim_options standard;
    struct sim *sim = calloc(1, sizeof(*sim));
    char *ready = scratch_name("ready");
    struct words argv = {0};
    command_line(&argv, options != NULL ? options : &standard, ready);
    if (sim == NULL || !process_start(&sim->process, argv.list, NULL, NULL)) {
        perror("harness: fork");
        abort();
    }
    words_release(&argv);
    daemon_remember(sim->process.pid, "");
    *complaint = why_not_ready(sim, ready);
    unlink(ready);
    free(ready);
    if (*complaint != NULL) {
        free_sim(sim);
        return NULL;
    }
    return sim;
}

/* ---- ending ---- */

static char *end(struct sim *sim)
{
    enum { LIMIT = 20 };
    pid_t pid = sim->process.pid;
    kill(pid, SIGTERM);
    process_wait(&sim->process, patience_limit(LIMIT));
    char *complaint = ended_well(&sim->process, "the simulator");
    process_kill(&sim->process);
    daemon_forget(pid);
    sim->ended = true;
    if (current == sim) {
        current = NULL;
    }
    return complaint;
}

char *sim_finish(struct sim *sim)
{
    char *complaint = end(sim);
    free_sim(sim);
    return complaint;
}

/* ---- simulators that a test starts ---- */

struct sim *sim_start(const struct sim_options *options)
{
    char *complaint = NULL;
    struct sim *sim = sim_launch(options, &complaint);
    if (sim == NULL) {
        fail_test("%s", keep_text(complaint));
    }
    sim->next = started;
    started = sim;
    return sim;
}

void sim_stop(struct sim *sim)
{
    char *complaint = end(sim);
    if (complaint != NULL) {
        fail_test("%s", keep_text(complaint));
    }
}

void sims_of_test_stop(void)
{
    while (started != NULL) {
        struct sim *sim = started;
        char *complaint = sim->ended ? NULL : end(sim);
        started = sim->next;
        free_sim(sim);
        if (complaint != NULL) {
            fail_test("%s", keep_text(complaint));
        }
    }
}
