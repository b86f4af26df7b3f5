/* SPDX-License-Identifier: MIT */
/*
 * Ordinary tools on the mount: for each the command, its exit status, and what the tree and so the
 * server have afterwards. The manual's table of tools is this one.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/integration/harness.h"

/* Each command is run in a device's directory with a scratch directory $T beside. */
#define DEVICE "vms/render-01/devices/nic0"

struct tool {
    const char *name, *command;
    int status;
    const char *out;            /* NULL: anything */
    const char *file, *content; /* in DEVICE, afterwards; NULL: not looked at */
    const char *member, *value; /* of settings.json, afterwards; NULL: not looked at */
};

static const struct tool tools[] = {
    /* reading */
    {"cat", "cat enabled type", 0, "true\nnode_sriov_nic_devices\n", NULL, NULL, NULL, NULL},
    {"head and tail", "head -c 3 name; tail -c 5 enabled", 0, "nictrue\n", NULL, NULL, NULL, NULL},
    {"wc", "test $(wc -c < settings.json) = $(cat settings.json | wc -c)", 0, "", NULL, NULL, NULL,
     NULL},
    {"stat", "test $(stat -c %s device.json) = $(cat device.json | wc -c)", 0, "", NULL, NULL, NULL,
     NULL},
    {"grep -r", "grep -rl node_sriov_nic_devices . | sort", 0, "./device.json\n./type\n", NULL,
     NULL, NULL, NULL},
    {"find", "find . -type f -name 'e*' ; find . -newermt 2000-01-01 -name key", 0,
     "./enabled\n./key\n", NULL, NULL, NULL, NULL},
    {"find -empty", "find . -empty -name status_info", 0, "./status_info\n", NULL, NULL, NULL,
     NULL},
    {"bash's $(<)", "bash -c 'v=$(<enabled); echo $v'", 0, "true\n", NULL, NULL, NULL, NULL},
    {"jq", "jq -c .vlan settings.json", 0, NULL, NULL, NULL, NULL, NULL},
    {"diff -r", "diff -r . . && echo same", 0, "same\n", NULL, NULL, NULL, NULL},
    {"cp -a", "cp -a . $T/copy && diff -r . $T/copy && echo same", 0, "same\n", NULL, NULL, NULL,
     NULL},
    {"tar", "mkdir $T/tar && tar cf - . | tar xf - -C $T/tar && diff -r . $T/tar && echo same", 0,
     "same\n", NULL, NULL, NULL, NULL},
    {"rsync -a", "rsync -a ./ $T/rsync/ && diff -r . $T/rsync && rsync -ain ./ $T/rsync/", 0, "",
     NULL, NULL, NULL, NULL},
    {"git diff --no-index", "cp -a . $T/git && git diff --no-index --quiet . $T/git && echo same",
     0, "same\n", NULL, NULL, NULL, NULL},
    {"git hash-object",
     "test $(git hash-object device.json) = $(git hash-object --stdin < device.json)", 0, "", NULL,
     NULL, NULL, NULL},
    {"du", "du -s . | cut -f1", 0, "0\n", NULL, NULL, NULL, NULL},
    {"df", "df . > $T/df && wc -l < $T/df", 0, "2\n", NULL, NULL, NULL, NULL},
    {"busybox", "busybox cat enabled && busybox wc -l < name && busybox ls | busybox grep -c e", 0,
     NULL, NULL, NULL, NULL, NULL},
    {"python reads", "python3 -c 'print(open(\"enabled\").read(), end=\"\")'", 0, "true\n", NULL,
     NULL, NULL, NULL},
    {"python maps", "python3 -c 'import os; print(len(os.listdir(\".\")) > 20)'", 0, "True\n", NULL,
     NULL, NULL, NULL},
    {"node reads", "node -e 'process.stdout.write(require(\"fs\").readFileSync(\"enabled\"))'", 0,
     "true\n", NULL, NULL, NULL, NULL},

    /* writing a scalar */
    {"echo", "echo false > enabled", 0, "", "enabled", "false\n", NULL, NULL},
    {"echo, refused", "echo perhaps > enabled", 1, "", "enabled", "true\n", NULL, NULL},
    {"printf", "printf no > enabled", 0, "", "enabled", "false\n", NULL, NULL},
    {"tee", "echo 5 | tee orderid", 0, "5\n", "orderid", "5\n", NULL, NULL},
    {"cp", "echo port one > $T/x && cp $T/x description", 0, "", "description", "port one\n", NULL,
     NULL},
    {"dd bs=1", "echo 12 | dd of=orderid bs=1 conv=notrunc 2>/dev/null", 0, "", "orderid", "12\n",
     NULL, NULL},
    {"truncate", "truncate -s 0 enabled", 0, "", "enabled", "true\n", NULL, NULL},
    {"sort -o", "sort -o description description", 0, "", NULL, NULL, NULL, NULL},
    {"sed -i", "echo one > description && sed -i s/one/two/ description", 0, "", "description",
     "two\n", NULL, NULL},
    {"perl -i", "echo one > description && perl -pi -e s/one/three/ description", 0, "",
     "description", "three\n", NULL, NULL},
    {"busybox writes", "busybox sh -c 'echo false > enabled'", 0, "", "enabled", "false\n", NULL,
     NULL},
    {"python writes", "python3 -c 'open(\"enabled\", \"w\").write(\"no\\n\")'", 0, "", "enabled",
     "false\n", NULL, NULL},
    {"python is told",
     "python3 -c 'with open(\"enabled\", \"w\") as f: f.write(\"perhaps\\n\")' 2>/dev/null", 1, "",
     "enabled", "true\n", NULL, NULL},
    {"node writes", "node -e 'require(\"fs\").writeFileSync(\"enabled\", \"false\\n\")'", 0, "",
     "enabled", "false\n", NULL, NULL},

    /* writing a document */
    {"jq and mv", "jq .vlan=7 settings.json > .new && mv .new settings.json", 0, "", NULL, NULL,
     "vlan", "7"},
    {"jq in place", "jq .vlan=8 settings.json > settings.json", 0, "", NULL, NULL, "vlan", "8"},
    {"sponge", "jq .vlan=9 settings.json | sponge settings.json", 0, "", NULL, NULL, "vlan", "9"},
    {"sponge a device", "jq .optional=true device.json | sponge device.json", 0, "", "optional",
     "true\n", NULL, NULL},
    {"sed -i a document", "sed -i 's/\"qos\":.*/\"qos\": 3,/' settings.json", 0, "", NULL, NULL,
     "qos", "3"},
    {"sed -i.bak",
     "sed -i.bak 's/\"qos\":.*/\"qos\": 4,/' settings.json && cat settings.json.bak | jq .qos", 0,
     NULL, NULL, NULL, "qos", "4"},
    {"python os.replace",
     "python3 -c 'import json, os; d = json.load(open(\"settings.json\")); d[\"vlan\"] = 11; "
     "f = open(\".t\", \"w\"); json.dump(d, f); f.flush(); os.fsync(f.fileno()); f.close(); "
     "os.replace(\".t\", \"settings.json\")'",
     0, "", NULL, NULL, "vlan", "11"},
    {"node renames",
     "node -e 'const fs = require(\"fs\"); const d = "
     "JSON.parse(fs.readFileSync(\"settings.json\")); "
     "d.vlan = 12; fs.writeFileSync(\".t\", JSON.stringify(d)); fs.renameSync(\".t\", "
     "\"settings.json\")'",
     0, "", NULL, NULL, "vlan", "12"},
    {"rsync to it", "jq .vlan=13 settings.json > $T/settings.json && rsync -a $T/settings.json ./",
     0, "", NULL, NULL, "vlan", "13"},
    {"vim", "vim -Nu NONE -i NONE -es '+%s/\"vlan\":.*/\"vlan\": 14,/' +wq settings.json", 0, "",
     NULL, NULL, "vlan", "14"},
    {"ed", "printf ',s/\"vlan\":.*/\"vlan\": 15,/\\nw\\nq\\n' | ed -s settings.json", 0, "", NULL,
     NULL, "vlan", "15"},
    {"an invalid document", "sed -i 's/{/[/' settings.json 2>/dev/null", 4, "", NULL, NULL, "vlan",
     NULL},

    /* what succeeds and does nothing, and what is refused */
    {"touch", "touch enabled settings.json", 0, "", "enabled", "true\n", NULL, NULL},
    {"chmod to what it is", "chmod 644 enabled && chown $(id -u) enabled", 0, "", NULL, NULL, NULL,
     NULL},
    {"chmod to another", "chmod 600 enabled 2>/dev/null", 1, "", NULL, NULL, NULL, NULL},
    {"rm", "rm -f enabled 2>/dev/null", 1, "", "enabled", "true\n", NULL, NULL},
    {"ln", "ln enabled hard 2>/dev/null", 1, "", NULL, NULL, NULL, NULL},
    {"install", "install -m 644 /dev/null enabled 2>/dev/null", 1, "", "enabled", "true\n", NULL,
     NULL},
};

static void check_member(const struct tool *tool)
{
    const cJSON *settings = read_json(DEVICE "/settings.json");
    char *value = cJSON_PrintUnformatted(cJSON_GetObjectItem(settings, tool->member));
    ck_assert_msg(tool->value ? value && !strcmp(value, tool->value) : value != NULL,
                  "%s: %s is %s, not %s", tool->name, tool->member, value,
                  tool->value ? tool->value : "there");
    free(value);
}

START_TEST(a_tool_does_its_work)
{
    const struct tool *tool = &tools[_i];
    struct result result = run("T=$(mktemp -d) && cd %s && { %s; }; s=$?; rm -rf \"$T\"; exit $s",
                               DEVICE, tool->command);
    ck_assert_msg(result.status == tool->status, "%s: status %d, not %d: %s%s", tool->name,
                  result.status, tool->status, result.out, result.err);
    if (tool->out)
        ck_assert_msg(!strcmp(result.out, tool->out), "%s: printed '%s', not '%s'", tool->name,
                      result.out, tool->out);
    if (tool->file)
        expect_file(tool->content, DEVICE "/%s", tool->file);
    if (tool->member)
        check_member(tool);
}
END_TEST

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

int main(void)
{
    Suite *suite = suite_create("tools");
    TCase *each = mounted_case(suite, "each tool", NULL, NULL);
    tcase_add_loop_test(each, a_tool_does_its_work, 0, (int)(sizeof(tools) / sizeof(tools[0])));
    TCase *trees = mounted_case(suite, "trees", NULL, NULL);
    add_tests(trees, a_tree_copied_with_rsync_compares_equal, a_tree_copied_with_tar_compares_equal,
              each_attribute_is_met_once);
    return run_suite(suite);
}
