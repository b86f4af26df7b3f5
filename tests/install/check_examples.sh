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

demo=$world/demo
examples=$world/examples

# ---- running ----

# What differs between a script and a person at a terminal 64 columns wide.
prologue() {
    cat <<'END'
ls() { if [ -f /dev/stdout ]; then command ls -C -w 64 -T 0 --quoting-style=shell-escape "$@"; else command ls "$@"; fi; }
sshfs() { command sshfs -o ssh_command="$FAKE_SSH" "$@"; }
END
}

# write_script EXAMPLE: its commands, each after a mark that tells where its output begins.
write_script() {
    local command
    prologue
    for command in "$1"/command.*; do
        printf 'printf "\\n\\036%s\\n"\n' "${command##*.}"
        cat "$command"
        # shellcheck disable=SC2016 # the example's shell expands
        printf 'printf "\\n\\035%%d\\n" $?\n'
    done
}

# run_example EXAMPLE FOLDER: all commands in one shell, as the page shows them.
run_example() {
    write_script "$1" >"$1/script"
    (cd "$2" && timeout 60 bash --norc "$1/script") </dev/null >"$1/output" 2>&1
    sed -i -e "s|^$1/script: line [0-9]*: |bash: |" -e "s/[‘’]/'/g" -e 's/ *$//' "$1/output"
}

# output_of EXAMPLE NUMBER: what the command printed, and in $status how it ended.
output_of() {
    awk -v number="$2" '
        /^\036/ { inside = ($0 == "\036" number); next }
        /^\035/ { inside = 0 }
        inside' "$1/output" | sed -e '$ { /^$/ d }'
}

status_of() {
    awk -v number="$2" '
        /^\036/ { inside = ($0 == "\036" number) }
        /^\035/ && inside { print substr($0, 2) }' "$1/output"
}

# ---- comparing ----

# matches SHOWN PRINTED: the same lines; a line of dots stands for any.
matches() {
    awk '
        NR == FNR { shown[++m] = $0; next }
        { printed[++n] = $0 }
        function from(i, j) {
            if (i > m)
                return j > n
            if (shown[i] == "…" || shown[i] == "...") {
                for (; j <= n + 1; j++)
                    if (from(i + 1, j))
                        return 1
                return 0
            }
            return j <= n && shown[i] == printed[j] && from(i + 1, j + 1)
        }
        END { exit !from(1, 1) }' "$1" "$2"
}

# A command whose page shows no complaint must succeed.
judge() {
    local example=$1 number=$2 what status
    what="$page:$(cat "$example/line"): $(head -n 1 "$example/command.$number")"
    status=$(status_of "$example" "$number")
    output_of "$example" "$number" >"$example/printed.$number"
    if [ -e "$example/shown.$number" ] && ! matches "$example/shown.$number" "$example/printed.$number"; then
        bad "$what" "$(diff "$example/shown.$number" "$example/printed.$number")"
    elif [ "${status:-none}" != 0 ] && ! [ -s "$example/shown.$number" ]; then
        bad "$what" "ended with ${status:-nothing}: $(cat "$example/printed.$number")"
    else
        good "$what"
    fi
}

judge_all() {
    local command
    for command in "$1"/command.*; do
        judge "$1" "${command##*.}"
    done
}

# ---- kinds of examples ----

do_demo() {
    reset_system
    echo 1 >"$demo/.vergefs/refresh"
    run_example "$1" "$start"
    judge_all "$1"
}

do_machine() {
    reset_system
    run_example "$1" /root
    judge_all "$1"
}

do_file() {
    local name
    name=$(cat "$1/argument")
    mkdir -p "$(dirname "$name")"
    cp "$1/content" "$name"
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
    page=$1
    mkdir -p "$examples/$page"
    awk -v out="$examples/$page" ${3:+-v "$3=1"} -f "$source_dir/tests/install/examples.awk" "$2"
    for example in "$examples/$page"/*; do
        kind=$(cat "$example/kind")
        case $kind in
        demo | machine | file | queries | script) "do_$kind" "$example" ;;
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

mkdir -p "$demo" /var/lib/prometheus/node-exporter /mnt/verge
VERGE_TOKEN=vergesim-key vergefs -o budget=0 vergeos.example.com "$demo" ||
    { bad "the demo data centre is mounted" && finish; exit; }
start=$demo
run_page vergefs.1 "$source_dir/doc/vergefs.1"
start=$world
run_page README.md "$source_dir/README.md" markdown
same "the daemon lives" "devices query resource_groups vms" "$(command ls "$demo" | tr '\n' ' ' | sed 's/ $//')"
fusermount3 -u "$demo"
finish
