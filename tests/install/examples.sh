# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Running the examples of a page in the small world, and comparing what they print with what the
# page shows. CONTRIBUTING.md says how examples are marked. To be sourced after enter_world.
# shellcheck source-path=SCRIPTDIR source=lib.sh
: "${source_dir:?}" "${world:?}"

examples=$world/examples

# take_examples PAGE FILE [markdown]: into $examples/PAGE, one folder for each; sets $page.
take_examples() {
    page=$1
    mkdir -p "$examples/$page"
    awk -v out="$examples/$page" ${3:+-v "$3=1"} -f "$source_dir/tests/install/examples.awk" "$2"
}

# ---- running ----

# What differs between a script and a person at a terminal 64 columns wide.
prologue() {
    cat <<'END'
ls() { if [ -f /dev/stdout ]; then command ls -C -w 64 -T 0 --quoting-style=shell-escape "$@"; else command ls "$@"; fi; }
sshfs() { command sshfs -o ssh_command="$FAKE_SSH" "$@"; }
systemctl() { "$FAKE_SYSTEMCTL" "$@"; }
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

do_machine() {
    reset_system
    run_example "$1" /root
    judge_all "$1"
    fusermount3 -uzq /mnt/verge # what the page leaves to go on with
}

do_file() {
    local name
    name=$(cat "$1/argument")
    mkdir -p "$(dirname "$name")"
    cp "$1/content" "$name"
}
