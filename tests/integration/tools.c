/* SPDX-License-Identifier: MIT */
#include "tests/integration/tools.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SETTINGS(number) "PUT settings {\"vlan\":" #number "}"
#define DISABLED "PUT device {\"enabled\":false}"
#define DESCRIBED(text) "PUT device {\"description\":\"" text "\"}"
#define VIM "vim -Nu NONE -i NONE "
#define EMACS "emacs -Q --batch "

static const struct tool reading[] = {
    {"cat", "cat enabled type", .out = "true\nnode_sriov_nic_devices\n"},
    {"head, tail", "head -c 3 name; tail -c 5 enabled", .out = "nictrue\n"},
    {"tac, od", "tac settings.json | head -n 1; od -An -c enabled",
     .out = "}\n   t   r   u   e  \\n\n"},
    {"wc", "test $(wc -c < settings.json) = $(cat settings.json | wc -c)", .out = ""},
    {"stat", "test $(stat -c %s device.json) = $(cat device.json | wc -c)", .out = ""},
    {"grep -r", "grep -rl node_sriov_nic_devices . | sort", .out = "./device.json\n./type\n"},
    {"find", "find . -type f -name 'e*'; find . -newermt 2000-01-01 -name key",
     .out = "./enabled\n./key\n"},
    {"find -empty", "find . -empty -name status_info", .out = "./status_info\n"},
    {"test -s", "test -s enabled && test ! -s status_info && test -w enabled", .out = ""},
    {"ls", "ls -l enabled | cut -c1-10; ls -A | grep -c json", .out = "-rw-r--r--\n2\n"},
    {"bash's $(<)", "bash -c 'v=$(<enabled); echo $v'", .out = "true\n"},
    {"sh's read", "while read -r line; do echo $line; done < enabled", .out = "true\n"},
    {"jq", "jq -c .vlan settings.json", .out = "100\n"},
    {"awk", "awk '{ print FILENAME, $0 }' enabled optional",
     .out = "enabled true\noptional false\n"},
    {"du", "du -s . | cut -f1", .out = "0\n"},
    {"df", "df . > $T/df && wc -l < $T/df", .out = "2\n"},
    {"sha256sum", "sha256sum enabled > $T/sum && sha256sum --quiet -c $T/sum", .out = ""},
    {"cmp, dd", "cmp -n 9 device.json device.json && dd if=enabled bs=1 status=none | cat",
     .out = "true\n"},
    {"git hash-object",
     "test $(git hash-object device.json) = \\\n"
     "    $(git hash-object --stdin < device.json)",
     .out = ""},
    {"busybox", "busybox cat enabled && busybox ls | busybox grep -c json", .out = "true\n2\n"},
    {"python", "python3 -c 'print(open(\"enabled\").read(), end=\"\")'", .out = "true\n"},
    {"node",
     "node -e 'process.stdout.write(\n"
     "    require(\"fs\").readFileSync(\"enabled\"))'",
     .out = "true\n"},
};

static const struct tool copying[] = {
    {"diff -r", "cp -r . $T/copy && diff -r . $T/copy && echo same", .out = "same\n"},
    {"cp -a", "cp -a . $T/copy && diff -r . $T/copy && echo same", .out = "same\n"},
    {"tar", "mkdir $T/tar && tar cf - . | tar xf - -C $T/tar && diff -r . $T/tar", .out = ""},
    {"rsync -a", "rsync -a ./ $T/rsync/ && diff -r . $T/rsync && rsync -ain ./ $T/rsync/",
     .out = ""},
    {"git diff --no-index", "cp -a . $T/git && git diff --no-index --quiet . $T/git", .out = ""},
    {"install, from it", "install -m 600 settings.json $T && cmp settings.json $T/settings.json",
     .out = ""},
    {"mv, from it", "mv enabled $T", .status = 1, .out = ""},
};

static const struct tool values[] = {
    {"echo", "echo false > enabled", .out = "", .sent = DISABLED},
    {"echo, refused", "echo perhaps > enabled", .status = 1, .out = ""},
    {"dash", "dash -c 'echo false > enabled'", .out = "", .sent = DISABLED},
    {"bash", "bash -c 'echo false > enabled'", .out = "", .sent = DISABLED},
    {"echo >>", "echo false >> enabled", .out = "", .sent = DISABLED},
    {"printf", "printf no > enabled", .out = "", .sent = DISABLED},
    {"printf, a number", "printf 42 > orderid", .out = "", .sent = "PUT device {\"orderid\":42}"},
    {"cat >", "cat > description << .\none\n.", .out = "", .sent = DESCRIBED("one")},
    {"two in turn", "{ echo 5; echo 6; } > orderid", .out = "",
     .sent = "PUT device {\"orderid\":5}\nPUT device {\"orderid\":6}"},
    {"tee", "echo 5 | tee orderid", .out = "5\n", .sent = "PUT device {\"orderid\":5}"},
    {"tee -a", "echo false | tee -a enabled", .out = "false\n", .sent = DISABLED},
    {"cp", "echo port one > $T/x && cp $T/x description", .out = "", .sent = DESCRIBED("port one")},
    {"cp -p", "echo false > $T/x && cp -p $T/x enabled", .out = "", .sent = DISABLED},
    {"cp, the same", "cp enabled $T/x && cp $T/x enabled", .out = "",
     .sent = "PUT device {\"enabled\":true}"},
    {"dd bs=1", "echo 12 | dd of=orderid bs=1 conv=notrunc status=none", .out = "",
     .sent = "PUT device {\"orderid\":12}"},
    {"dd conv=fsync", "echo 12 | dd of=orderid conv=fsync status=none", .out = "",
     .sent = "PUT device {\"orderid\":12}"},
    {"curl -o", "echo false > $T/x && curl -s -o enabled file://$T/x", .out = "", .sent = DISABLED},
    {"sed -i", "sed -i s/true/false/ enabled", .out = "", .sent = DISABLED},
    {"perl -i", "perl -pi -e s/true/false/ enabled", .out = "", .sent = DISABLED},
    {"gawk -i inplace", "gawk -i inplace '{ sub(/true/, \"false\"); print }' enabled", .out = "",
     .sent = DISABLED},
    {"sort -o", "echo 7 > orderid && sort -o orderid orderid", .out = "",
     .sent = "PUT device {\"orderid\":7}\nPUT device {\"orderid\":7}"},
    {"awk and mv", "awk '{ print 42 }' orderid > new && mv new orderid", .out = "",
     .sent = "PUT device {\"orderid\":42}"},
    {"sponge", "echo one | sponge description", .out = "", .sent = DESCRIBED("one")},
    {"perl, byte by byte", "perl -e '$|=1; print 1; print 2; print \"\\n\"' > orderid", .out = "",
     .sent = "PUT device {\"orderid\":12}"},
    {"perl, told at close",
     "perl -e 'open(F, \">enabled\"); print F \"perhaps\\n\";\n"
     "    close F or exit 3'",
     .status = 3, .out = ""},
    {"python -u", "python3 -u -c 'print(\"false\")' > enabled", .out = "", .sent = DISABLED},
    {"python", "python3 -c 'open(\"enabled\", \"w\").write(\"no\\n\")'", .out = "",
     .sent = DISABLED},
    {"python, refused",
     "python3 -c 'with open(\"enabled\", \"w\") as f:\n"
     "    f.write(\"perhaps\\n\")'",
     .status = 1, .out = ""},
    {"node", "node -e 'require(\"fs\").writeFileSync(\"enabled\", \"false\\n\")'", .out = "",
     .sent = DISABLED},
    {"busybox", "busybox sh -c 'echo false > enabled'", .out = "", .sent = DISABLED},
    {"busybox sed -i", "busybox sed -i s/true/false/ enabled", .out = "", .sent = DISABLED},
};

static const struct tool documents[] = {
    {"jq and mv", "jq .vlan=7 settings.json > .new && mv .new settings.json", .out = "",
     .sent = SETTINGS(7)},
    {"jq in place", "jq .vlan=8 settings.json > settings.json", .out = "", .sent = SETTINGS(8)},
    {"sponge", "jq .vlan=9 settings.json | sponge settings.json", .out = "", .sent = SETTINGS(9)},
    {"sponge, the row", "jq .optional=true device.json | sponge device.json", .out = "",
     .sent = "PUT device {\"optional\":true}"},
    {"echo", "echo '{\"vlan\": 10, \"qos\": 1}' > settings.json", .out = "",
     .sent = "PUT settings {\"vlan\":10,\"qos\":1}"},
    {"bash, line by line", "bash -c \"printf '%s\\n' '{' '\\\"vlan\\\": 11' '}'\" > settings.json",
     .out = "", .sent = SETTINGS(11)},
    {"in pieces", "{ echo '{\"vlan\":'; sleep 0.1; echo '12}'; } > settings.json", .out = "",
     .sent = SETTINGS(12)},
    {"cut off", "echo '{\"vlan\": 13' > $T/x; cp $T/x settings.json", .status = 1, .out = ""},
    {"dd bs=1", "jq .vlan=14 settings.json > $T/x && dd if=$T/x of=settings.json bs=1 status=none",
     .out = "", .sent = SETTINGS(14)},
    {"cp", "jq .vlan=15 settings.json > new && cp new settings.json && rm new", .out = "",
     .sent = SETTINGS(15)},
    {"cp -a", "jq .vlan=16 settings.json > $T/x && cp -a $T/x settings.json", .out = "",
     .sent = SETTINGS(16)},
    {"cp, the same", "cp settings.json $T/x && cp $T/x settings.json", .out = ""},
    {"rsync -a", "jq .vlan=17 settings.json > $T/settings.json && rsync -a $T/settings.json .",
     .out = "", .sent = SETTINGS(17)},
    {"rsync --inplace", "jq .vlan=18 settings.json > $T/settings.json && rsync --inplace $T/* .",
     .out = "", .sent = SETTINGS(18)},
    {"sed -i", "sed -i s/100/19/ settings.json", .out = "", .sent = SETTINGS(19)},
    {"sed -i.bak", "sed -i.bak s/100/20/ settings.json && jq .vlan settings.json.bak",
     .out = "100\n", .sent = SETTINGS(20)},
    {"sed -i, invalid", "sed -i 's/{/[/' settings.json", .status = 4, .out = ""},
    {"perl -i", "perl -pi -e s/100/21/ settings.json", .out = "", .sent = SETTINGS(21)},
    {"perl -i.bak", "perl -pi.bak -e s/100/22/ settings.json && jq .vlan settings.json.bak",
     .out = "100\n", .sent = SETTINGS(22)},
    {"gawk -i inplace", "gawk -i inplace '{ sub(/100/, \"23\"); print }' settings.json", .out = "",
     .sent = SETTINGS(23)},
    {"gawk, with a backup",
     "gawk -i inplace -v inplace::suffix=.bak \\\n"
     "    '{ sub(/100/, \"24\"); print }' settings.json",
     .status = 2, .out = ""},
    {"busybox sed -i", "busybox sed -i s/100/25/ settings.json", .out = "", .sent = SETTINGS(25)},
    {"patch",
     "sed s/100/26/ settings.json > $T/x; diff settings.json $T/x > $T/y\n"
     "patch -s settings.json $T/y",
     .out = "", .sent = SETTINGS(26)},
    {"ed", "printf '%s\\n' ,s/100/27/ w q | ed -s settings.json", .out = "", .sent = SETTINGS(27)},
    {"python, os.replace",
     "python3 -c 'import json, os, tempfile\n"
     "d = json.load(open(\"settings.json\")); d[\"vlan\"] = 28\n"
     "with tempfile.NamedTemporaryFile(\"w\", dir=\".\", delete=False) as f:\n"
     "    json.dump(d, f); f.flush(); os.fsync(f.fileno())\n"
     "os.replace(f.name, \"settings.json\")'",
     .out = "", .sent = SETTINGS(28)},
    {"node, rename",
     "node -e 'const fs = require(\"fs\")\n"
     "const d = JSON.parse(fs.readFileSync(\"settings.json\")); d.vlan = 29\n"
     "fs.writeFileSync(\".t\", JSON.stringify(d))\n"
     "fs.renameSync(\".t\", \"settings.json\")'",
     .out = "", .sent = SETTINGS(29)},
};

static const struct tool editors[] = {
    {"vim, a script", VIM "-es +%s/100/30/ +wq settings.json", .out = "", .sent = SETTINGS(30)},
    {"vim, backup by copy",
     VIM "-es --cmd 'set backup backupskip= backupcopy=yes' \\\n"
         "    +%s/100/31/ +wq settings.json",
     .out = "", .sent = SETTINGS(31)},
    {"vim, backup by rename",
     VIM "-es --cmd 'set backup backupskip= backupcopy=no' \\\n"
         "    +%s/100/32/ +wq settings.json",
     .out = "", .sent = SETTINGS(32)},
    {"vim, with undo file", VIM "-es --cmd 'set undofile' +%s/100/33/ +wq settings.json", .out = "",
     .sent = SETTINGS(33)},
    {"vim, refused", VIM "-es +%s/true/perhaps/ +w +q! enabled", .status = 1, .out = ""},
    {"vim", VIM "settings.json", "100", ":%s/100/34/\r:wq\r", ":%s/100/34/ Enter :wq Enter",
     .sent = SETTINGS(34)},
    {"nano", "nano -I description", "Exit", "typed\017\r\030", "typed Ctrl-O Enter Ctrl-X",
     .sent = DESCRIBED("typed")},
    {"nano, with a backup", "nano -IB orderid", "Exit", "1\017\r\030", "1 Ctrl-O Enter Ctrl-X",
     .sent = "PUT device {\"orderid\":11}"},
    {"emacs, a script",
     EMACS "settings.json \\\n"
           "    --eval '(progn (search-forward \"100\") (replace-match \"35\"))' -f save-buffer",
     .out = "", .sent = SETTINGS(35)},
    {"emacs, no backup",
     EMACS "settings.json --eval '(setq make-backup-files nil)' \\\n"
           "    --eval '(progn (search-forward \"100\") (replace-match \"36\"))' -f save-buffer",
     .out = "", .sent = SETTINGS(36)},
    {"emacs, backup by copy",
     EMACS "settings.json --eval '(setq backup-by-copying t)' \\\n"
           "    --eval '(progn (search-forward \"100\") (replace-match \"37\"))' -f save-buffer",
     .out = "", .sent = SETTINGS(37)},
    {"emacs, refused", EMACS "enabled --eval '(insert \"un\")' -f save-buffer", .status = 255,
     .out = ""},
    {"emacs", "emacs -nw -Q description", "description", "typed\030\023\030\003",
     "typed Ctrl-X Ctrl-S Ctrl-X Ctrl-C", .sent = DESCRIBED("typed")},
};

static const struct tool directories[] = {
    {"mkdir", "mkdir ../../by-type/tpm/tpm1", .out = "", .sent = "POST device"},
    {"mkdir -p", "mkdir -p ../../by-type/tpm/tpm_0", .out = ""},
    {"cp, to attach", "cp device.json ../../../backup/attach", .out = "", .sent = "POST device"},
    {"mv", "mv ../nic0 ../uplink", .out = "", .sent = "PUT device {\"name\":\"uplink\"}"},
    {"mv -n, there is one", "mv -nT ../nic0 ../gpu0; test -e ../nic0", .out = ""},
    {"mv, to another VM", "mv ../nic0 ../../../backup/devices/", .status = 1, .out = ""},
    {"rmdir", "rmdir ../nic0", .out = "", .sent = "DELETE device"},
    {"rmdir, by its type", "rmdir ../../by-type/sriov_nic/nic0", .out = "",
     .sent = "DELETE device"},
    {"rm -r", "rm -rf ../nic0", .status = 1, .out = ""},
    {"find -delete", "find ../nic0 -delete", .status = 1, .out = ""},
    {"rsync --delete", "rsync -rq --delete $T/ ../", .status = 23, .out = ""},
    {"python, rmtree", "python3 -c 'import shutil; shutil.rmtree(\"../nic0\", True)'", .out = ""},
    {"cp -r, of a device", "cp -r ../nic0 ../../../backup/devices/copy", .status = 1, .out = ""},
};

static const struct tool others[] = {
    {"touch", "touch enabled settings.json", .out = ""},
    {"touch, a new file", "touch new && test ! -s new && rm new", .out = ""},
    {"chmod, as it is", "chmod 644 enabled && chown $(id -u) enabled", .out = ""},
    {"chmod, otherwise", "chmod 600 enabled", .status = 1, .out = ""},
    {"truncate", "truncate -s 0 enabled && cat enabled", .out = "true\n"},
    {"> alone", "> enabled && cat enabled", .out = "true\n"},
    {"sync", "sync enabled", .out = ""},
    {"flock", "flock enabled cat enabled", .out = "true\n"},
    {"rm", "rm -f enabled", .status = 1, .out = ""},
    {"ln", "ln enabled hard", .status = 1, .out = ""},
    {"ln -s", "ln -s enabled link && readlink link && rm link", .out = "enabled\n"},
    {"install", "echo false > $T/x; install -m 644 $T/x enabled", .status = 1, .out = ""},
    {"mv, to it", "echo false > $T/x; mv $T/x enabled", .status = 1, .out = ""},
    {"cp --remove-destination", "cp --remove-destination optional enabled", .status = 1, .out = ""},
    {"cp -b", "echo false > $T/x; cp -b $T/x enabled", .status = 1, .out = ""},
    {"set -C", "bash -c 'set -C; echo false > enabled'", .status = 1, .out = ""},
    {"setfattr", "python3 -c 'import os; os.setxattr(\"enabled\", \"user.a\", b\"\")'", .status = 1,
     .out = ""},
};

#define GROUP(title, tools) \
    { \
        title, tools, COUNT(tools) \
    }

const struct tool_group tool_groups[TOOL_GROUPS] = {
    GROUP("Reading", reading),
    GROUP("Copying", copying),
    GROUP("Changing a value", values),
    GROUP("Changing a document", documents),
    GROUP("Editors", editors),
    GROUP("Attaching, detaching, renaming", directories),
    GROUP("What changes nothing, and what fails", others),
};
