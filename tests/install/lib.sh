# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of what is installed share. Each ends with a line as Check's programs have it.

export source_dir build_dir
unset MAKEFLAGS MFLAGS MAKELEVEL
source_dir=$(cd "${srcdir:-.}" && pwd)
build_dir=$PWD
checks=0
failures=0

# good NAME, bad NAME [MORE]: one check has its verdict.
good() {
    checks=$((checks + 1))
    [ "${CK_VERBOSITY:-}" != verbose ] || printf 'passed (%d s): %s\n' "$SECONDS" "$1"
}

bad() {
    checks=$((checks + 1))
    failures=$((failures + 1))
    printf 'FAILED: %s\n' "$1"
    [ $# -lt 2 ] || printf '%s\n' "$2" | sed 's/^/    /'
}

# check NAME COMMAND...: it succeeds; what it says is shown when it does not.
check() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1 </dev/null); then
        good "$name"
    else
        bad "$name" "$said"
    fi
}

# same NAME EXPECTED FOUND
same() {
    if [ "$2" = "$3" ]; then
        good "$1"
    else
        bad "$1" "$(diff <(printf '%s\n' "$2") <(printf '%s\n' "$3"))"
    fi
}

# skip WHY: the whole program; automake knows the status.
skip() {
    printf 'skipped: %s\n' "$1"
    exit 77
}

# give_up NAME WHY: what all that follows stands on does not work, and that is ours.
give_up() {
    bad "$1" "$2"
    finish || exit 1
}

needs_command() {
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || skip "there is no $command here"
    done
}

finish() {
    local passed=100
    [ "$checks" -eq 0 ] || passed=$((100 * (checks - failures) / checks))
    printf '%s%%: Checks: %s, Failures: %s, Errors: 0\n' "$passed" "$checks" "$failures"
    [ "$failures" -eq 0 ] && [ "$checks" -gt 0 ]
}
