#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Completion: what the two shells offer where.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

home=$(mktemp -d)
trap 'rm -r "$home"' EXIT
mkdir -p "$home/.config/vergefs" "$home/mnt/verge"
touch "$home/.config/vergefs/office.env" "$home/.config/vergefs/oslo.env" "$home/secret"

# ---- bash: the function is called as readline calls it ----

# offers LINE: the sorted replies with the cursor at its end, as one line.
offers() {
    # shellcheck disable=SC2016 # the inner shell expands
    (cd "$home" && env -u XDG_CONFIG_HOME HOME="$home" bash --norc -c '
        . "$1"
        COMP_LINE=$2 COMP_POINT=${#2}
        _vergefs
        printf "%s\n" "${COMPREPLY[@]}"' - "$source_dir/completion/vergefs" "$1" 2>/dev/null) |
        sort | tr '\n' ' ' | sed 's/ $//'
}

same "bash: long options" "--check --help --version" "$(offers 'vergefs --')"
same "bash: an option" "insecure" "$(offers 'vergefs -o ins')"
same "bash: options with values" "gid=" "$(offers 'vergefs -o g')"
same "bash: the last of a list" "ro,nodelete" "$(offers 'vergefs -o ro,nod')"
same "bash: profiles" "office oslo" "$(offers 'vergefs -o profile=o')"
same "bash: a profile in a list" "oslo" "$(offers 'vergefs -o ro,profile=os')"
same "bash: a file" "secret" "$(offers 'vergefs -o credentials=sec')"
same "bash: a value" "0 1000" "$(offers 'vergefs -o budget=')"
same "bash: glued to -o" "-onodelete" "$(offers 'vergefs -onod')"
same "bash: a mount point" "mnt/verge" "$(offers 'vergefs host mnt/v')"

# ---- zsh: a real one that is typed into ----

if command -v zsh >/dev/null; then
    check "zsh: syntax" zsh -n "$source_dir/completion/_vergefs"
    env -u XDG_CONFIG_HOME HOME="$home" zsh -f "$source_dir/tests/install/complete.zsh" \
        "$source_dir/completion" "$home/zsh.out" 'vergefs -o nod' 'vergefs -o profile=os' \
        'vergefs -o ro,ins' 'vergefs --ch' 'vergefs -o credentials=sec'
    # The comma that offers to go on vanishes when one does not.
    mapfile -t made < <(sed -e 1d -e 's/[ ,]*$//' "$home/zsh.out")
    same "zsh: an option" "vergefs -o nodelete" "${made[0]:-}"
    same "zsh: a profile" "vergefs -o profile=oslo" "${made[1]:-}"
    same "zsh: the last of a list" "vergefs -o ro,insecure" "${made[2]:-}"
    same "zsh: a long option" "vergefs --check" "${made[3]:-}"
    same "zsh: a file" "vergefs -o credentials=secret" "${made[4]:-}"
fi

finish
