#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The manual page: well-formed, and about everything that the program has.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

page=$source_dir/doc/vergefs.1
cd "$source_dir" || exit 1

# ---- well-formed ----

silent() {
    local said
    said=$("$@" 2>&1 >/dev/null | grep -v 'mandoc.db')
    [ -z "$said" ] || ! printf '%s\n' "$said"
}

pages=(doc/*.[1-8])

mandoc_lint() {
    ! mandoc -T lint "${pages[@]}" 2>/dev/null | grep -v 'referenced manual not found'
}

if command -v mandoc >/dev/null; then
    check "mandoc has nothing to say" mandoc_lint
fi
if command -v man >/dev/null && command -v groff >/dev/null; then
    for name in "${pages[@]}"; do
        check "$name: man has no warning" silent man --warnings -E UTF-8 -l -Tutf8 -Z "$name"
    done
fi

# In a display, a bare one of these is typeset as something that no shell understands.
displays() {
    awk '/^\.Bd -literal/ { inside = 1; next } /^\.Ed/ { inside = 0 } inside' "$page"
}

typeset() {
    ! displays | sed -e 's/\\-//g' -e 's/\\(..//g' | grep -n "[-'\`^~]"
}

check "displays can be copied into a shell" typeset

# ---- tables of the tests, which `make pages` writes into their pages ----

table_of() {
    awk -v programs="$build_dir" -f doc/table.awk "$1"
}

for name in doc/*.7; do
    same "$name shows the table of its test" "$(table_of "$name")" "$(cat "$name")"
done

# ---- complete ----

# as_written: the words of the page as a reader sees them, one a line.
words=$(sed -e 's/\\-/-/g' -e 's/\\&//g' "$page" | tr -s ' ,' '\n')

# every WHAT COMMAND...: each of the names that it prints, one at least, is a word of the page.
every() {
    local what=$1 names name missing=
    shift
    names=$("$@")
    for name in $names; do
        grep -qxF -e "$name" <<<"$words" || missing+=" $name"
    done
    if [ -n "$names" ] && [ -z "$missing" ]; then
        good "every $what"
    else
        bad "every $what" "not in the page:${missing:- anything, for none was found in the source}"
    fi
}

# The table of fs/options.c up to what is ignored.
options() {
    sed -n '/^static const struct row rows/,/^};/p' fs/options.c |
        sed -n 's/^    {"\([^"]*\)", \(take\|pass\|refuse\).*/\1/p'
}

# Long and short options of the command line lose their minus, which .Fl gives back.
option_words() {
    options | sed -e 's/=$//' -e 's/^-//'
}

files() {
    sed -n '/_files\[\]/,/^};/p' fs/attributes.c |
        sed -n -e 's/.*\(READ\|WRITE\)("\([^"]*\)".*/\2/p' -e 's/.*\.name = "\([^"]*\)".*/\1/p' | sort -u
}

# All that the sources return or set, but for two that reach no caller.
errnos() {
    {
        sed -n '/statuses\[\]/,/^};/p' lib/error.c
        sed -n '/} failures\[\]/,/^};/p' lib/transport_curl.c | grep CURLE_ | sed 's/CURLE_[A-Z_]*//'
        grep -hoE -- '-E[A-Z]{3,}|error_set\([^,]*, E[A-Z]+' fs/*.c lib/*.c
    } | grep -oE '\bE[A-Z]{3,}\b' | grep -vxE 'EBADF|ESHUTDOWN|EXACT' | sort -u
}

variables() {
    grep -o '"VERGE[A-Z_]*"' lib/credentials.c | tr -d '"' | sort -u
}

statuses() {
    sed -n '/^enum exit_status/,/^}/p' fs/options.h | grep -o '= [0-9]*' | tr -d '= '
}

counters() {
    grep -o '\(head\|one\)(text, "[a-z_]*"' fs/stats.c | sed 's/.*"\(.*\)"/vergefs_\1/'
}

types() {
    sed -n '/verge_device_types\[\] = {/,/^};/p' lib/device_type.c |
        sed -n 's/.*\.\(directory\|token\|device_class\) = "\([^"]*\)".*/\2/p' | sort -u
}

every option option_words
every "file of the tree" files
every errno errnos
every variable variables
every "exit status" statuses
every counter counters
every "type and its directory" types

# ---- --help and completion have the same options ----

own_options() {
    options | grep -v '^-\|^dev$\|^nodev$\|suid$\|exec$\|atime$\|sync$\|fsname\|subtype\|^debug$' | sort
}

help_options() {
    sed -n '/^void options_usage/,/^}/p' fs/options.c | grep -o -- '-o [a-z_]*=\?\|,[a-z]*=[A-Z]' |
        sed -e 's/^-o //' -e 's/^,//' -e 's/=.$/=/' | sort
}

bash_options() {
    bash -c '. completion/vergefs; printf "%s\n" $_vergefs_options' | sort
}

zsh_options() {
    sed -n "/_values/,/^}/s/^ *'\([a-z_]*\)\[.*/\1/p" completion/_vergefs | sort
}

# What libfuse knows and people seldom need is not in the help.
same "--help has every option" "$(own_options | grep -v '^rw$\|^auto_unmount$')" "$(help_options)"
same "bash's completion has every option" "$(own_options)" "$(bash_options)"
same "zsh's completion has every option" "$(own_options | tr -d =)" "$(zsh_options)"

# ---- examples ----

unmarked() {
    ! awk '/^\.Bd -literal/ && before !~ /^\.\\" example: / { print FILENAME ":" FNR ": not marked" }
        { before = $0 }' "$page" | grep .
}

check "every display says how it is tested" unmarked

finish
