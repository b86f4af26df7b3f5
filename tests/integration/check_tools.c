/* SPDX-License-Identifier: MIT
 *
 * Ordinary tools on the mount: every row of the table in tools.c, and copies of whole trees. With
 * --page it prints the table for the manual instead.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/integration/page.h"
#include "tests/integration/requests.h"
#include "tests/integration/terminal.h"
#include "tests/integration/tools.h"

/* ---- the table ---- */

/* "PUT machine_devices/102 {...}" becomes "PUT device {...}"; of a POST the method says enough. */
static const char *short_change(const char *line)
{
    size_t method = strcspn(line, " ");
    const char *body = strchr(line + method + 1, ' ');
    const char *table = line + method + 1;
    const char *what = strncmp(table, "machine_devices", 15) == 0 ? "device" : "settings";
    if (strncmp(line, "PUT ", 4) != 0 || body == NULL) {
        body = "";
    }
    return text("%.*s %s%s", (int)method, line, what, body);
}

static const char *short_changes(void)
{
    const char *all = "";
    for (const char *line = changes_sent(); *line != '\0';) {
        size_t length = strcspn(line, "\n");
        const char *change = short_change(text("%.*s", (int)length, line));
        all = text("%s%s%s", all, *all == '\0' ? "" : "\n", change);
        line += length + (line[length] == '\n');
    }
    return all;
}

/* The last thing that was sent is what the server has. */
static void expect_kept(void)
{
    const cJSON *last = cJSON_GetArrayItem(sim_log(), cJSON_GetArraySize(sim_log()) - 1);
    const cJSON *entry = NULL;
    cJSON_ArrayForEach(entry, sim_log())
    {
        const char *method =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "method"));
        last = strcmp(method, "PUT") == 0 ? entry : last;
    }
    const char *where = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(last, "path"));
    const char *body = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(last, "body"));
    const char *key = strrchr(where, '/') + 1;
    const char *table = text("%.*s", (int)(key - 1 - where) - 8, where + 8);
    cJSON *sent = cJSON_Parse(body);
    const cJSON *row = sim_row(table, key);
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, sent)
    {
        const cJSON *kept = cJSON_GetObjectItemCaseSensitive(row, member->string);
        if (!cJSON_Compare(member, kept, true)) {
            fail_test("%s is not what was sent: %s", member->string, body);
        }
    }
    cJSON_Delete(sent);
}

static void run_at_terminal(const struct tool *tool)
{
    const char *command = text("cd '%s' && %s", path(TOOLS_DEVICE), tool->command);
    int status = on_terminal(command, tool->prompt, tool->keys);
    if (status != tool->status) {
        fail_test("%s: status %d, not %d", tool->name, status, tool->status);
    }
}

static void run_as_script(const struct tool *tool)
{
    struct result result = run("T=$(mktemp -d) && cd %s && {\n%s\n}; s=$?; rm -rf \"$T\"; exit $s",
                               TOOLS_DEVICE, tool->command);
    if (result.status != tool->status) {
        fail_test("%s: status %d, not %d: %s%s", tool->name, result.status, tool->status,
                  result.out, result.err);
    }
    if (tool->out != NULL && strcmp(result.out, tool->out) != 0) {
        fail_test("%s: printed '%s', not '%s'", tool->name, result.out, tool->out);
    }
}

static void try_tool(const struct tool *tool)
{
    const char *expected = tool->sent == NULL ? "" : tool->sent;
    sim_clear_log();
    if (tool->keys != NULL) {
        run_at_terminal(tool);
    } else {
        run_as_script(tool);
    }
    const char *sent = short_changes();
    if (strcmp(sent, expected) != 0) {
        fail_test("%s: changes sent to the server\nexpected:\n%s\nfound:\n%s", tool->name, expected,
                  sent);
    }
    if (strncmp(expected, "PUT", 3) == 0) {
        expect_kept();
    }
}

/* A test for each row, by its place among all of them. */
static const struct tool *tool_at(size_t index)
{
    const struct tool_group *group = tool_groups;
    while (index >= group->count) {
        index -= group->count;
        group++;
    }
    return &group->tools[index];
}

static size_t count_tools(void)
{
    size_t count = 0;
    for (size_t i = 0; i < TOOL_GROUPS; i++) {
        count += tool_groups[i].count;
    }
    return count;
}

START_TEST(a_tool_does_its_work)
{
    try_tool(tool_at((size_t)_i));
}
END_TEST

/* ---- the table as a part of a page ---- */

/* In one line, but for what the page says of all: that it exits with 0 and changes nothing. */
static const char *result_of(const struct tool *tool)
{
    const char *result = tool->status == 0 ? "" : text("exit %d", tool->status);
    for (const char *line = tool->sent; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        result = text("%s%s%.*s", result, *result == '\0' ? "" : ", ", (int)length, line);
        line += length + (line[length] == '\n');
    }
    return result;
}

static void print_tool(const struct tool *tool)
{
    const char *result = result_of(tool);
    fputs(".It Sy ", stdout);
    page_argument(tool->name);
    if (*result != '\0') {
        fputs(" No ", stdout);
        page_argument(text("(%s)", result));
    }
    puts("\n.Bd -literal -compact");
    page_text(tool->command, 1);
    if (tool->typed != NULL) {
        page_text(text("\n    typed: %s", tool->typed), 1);
    }
    puts("\n.Ed");
}

static int print_page(void)
{
    for (size_t i = 0; i < TOOL_GROUPS; i++) {
        printf(".Ss %s\n.Bl -tag -width Ds -compact\n", tool_groups[i].title);
        for (size_t j = 0; j < tool_groups[i].count; j++) {
            print_tool(&tool_groups[i].tools[j]);
        }
        puts(".El");
    }
    return EXIT_SUCCESS;
}

/* ---- whole trees ---- */

START_TEST(a_tree_copied_with_rsync_compares_equal)
{
    expect_run(0, "same\n",
               "T=$(mktemp -d) && rsync -a vms resource_groups devices $T/ && "
               "diff -r --no-dereference vms $T/vms && "
               "diff -r --no-dereference resource_groups $T/resource_groups && "
               "diff -r --no-dereference devices $T/devices && echo same; rm -rf $T");
}
END_TEST

START_TEST(a_tree_copied_with_tar_compares_equal)
{
    expect_run(0, "same\n",
               "T=$(mktemp -d) && tar cf $T/all.tar vms resource_groups && mkdir $T/out && "
               "tar xf $T/all.tar -C $T/out && diff -r --no-dereference vms $T/out/vms && "
               "diff -r --no-dereference resource_groups $T/out/resource_groups && echo same; "
               "rm -rf $T");
}
END_TEST

START_TEST(each_attribute_is_met_once)
{
    expect_run(0, "", "find vms -type f -path '*/devices/*' -printf '%%i\\n' | sort | uniq -d");
}
END_TEST

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--page") == 0) {
        return print_page();
    }
    Suite *suite = suite_create("tools");
    TCase *each = mounted_case(suite, "each tool", NULL, NULL);
    tcase_add_loop_test(each, a_tool_does_its_work, 0, (int)count_tools());
    TCase *trees = mounted_case(suite, "trees", NULL, NULL);
    add_tests(trees, a_tree_copied_with_rsync_compares_equal, a_tree_copied_with_tar_compares_equal,
              each_attribute_is_met_once);
    return run_suite(suite);
}
