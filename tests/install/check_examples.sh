#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs every example of the manual page and the README, and compares what it prints with what the
# page shows. CONTRIBUTING.md says how examples are marked.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=world.sh
. "$(dirname "$0")/world.sh"
needs_command jq sshfs
[ -x /usr/lib/openssh/sftp-server ] || skip "there is no sftp-server here"
enter_world "$0"

# shellcheck source-path=SCRIPTDIR source=examples.sh
. "$(dirname "$0")/examples.sh"

demo=$world/demo

# ---- kinds of examples ----

do_demo() {
    reset_system
    echo 1 >"$demo/.vergefs/refresh"
    run_example "$1" "$start"
    judge_all "$1"
}

# Prometheus itself has to understand them, and know what they ask for.
do_queries() {
    local name
    while read -r name; do
        check "$page: $name" grep -q "^${name}[ {]" "$demo/.vergefs/stats"
    done < <(grep -o 'vergefs_[a-z_]*' "$1/content" | sort -u)
    command -v promtool >/dev/null || return 0
    {
        printf 'groups:\n- name: manual\n  rules:\n'
        awk '{ printf "  - record: query_%d\n    expr: |\n      %s\n", NR, $0 }' "$1/content"
    } >"$world/rules.yml"
    check "$page: queries" promtool check rules "$world/rules.yml"
}

# Commands of the README that need the network or take long are run by CI; the rest in the world.
do_script() {
    local command line
    for command in "$1"/command.*; do
        line=$(sed 's/ *\(#.*\)*$//' "$command")
        case $line in
        scripts/*)
            check "README.md: CI runs $line" grep -qwF -e "$line" "$source_dir/.ci/run"
            rm "$command"
            ;;
        'sudo apt install '*) # tests/install/boot
            rm "$command"
            ;;
        esac
    done
    if compgen -G "$1/command.*" >/dev/null; then
        do_machine "$1"
    fi
}

run_page() {
    local example kind
    take_examples "$@"
    for example in "$examples/$page"/*; do
        kind=$(cat "$example/kind")
        case $kind in
        demo | machine | file | queries | script) "do_$kind" "$example" ;;
        nfs) ;;             # check_nfs.sh
        systemd | shown) ;; # scripts/package --boot; nothing
        *) bad "$page:$(cat "$example/line"): no such kind of example: $kind" ;;
        esac
    done
}

# sshd's end of sshfs, without a network or a login.
cat >"$world/ssh" <<'END'
#!/bin/sh
exec /usr/lib/openssh/sftp-server
END
chmod +x "$world/ssh"
export FAKE_SSH=$world/ssh

mkdir -p "$demo" /var/lib/prometheus/node-exporter
VERGE_TOKEN=vergesim-key vergefs -o budget=0 vergeos.example.com "$demo" ||
    { bad "the demo data centre is mounted" && finish; exit; }
start=$demo
run_page vergefs.1 "$source_dir/doc/vergefs.1"
start=$world
run_page README.md "$source_dir/README.md" markdown
same "the daemon lives" "devices query resource_groups vms" "$(command ls "$demo" | tr '\n' ' ' | sed 's/ $//')"
fusermount3 -u "$demo"
finish
