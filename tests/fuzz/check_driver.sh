#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The driver finds what breaks a target, keeps it, and finds the same with the same seed.
set -eu

target=$PWD/tests/fuzz/broken
srcdir=$(cd "${srcdir:-.}" && pwd)
export srcdir
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"

fail() {
    echo "$*" >&2
    exit 1
}

# breaks SEED: the name of the input that is kept.
breaks() {
    if FUZZ_SEED=$1 "$target" >out 2>err; then
        fail "seed $1 breaks nothing"
    fi
    grep -q 'broken: !memmem' err || fail "it is not said what was broken: $(cat err)"
    grep -o 'broken-[0-9]*-[0-9]*\.input' out | head -n 1
}

one=$(breaks 1)
[ -s "$one" ] || fail "no input is kept"
grep -q '{}' "$one" || fail "another input is kept: $(cat "$one")"
mv "$one" first
[ "$(breaks 1)" = "$one" ] || fail "the same seed finds something else"
cmp first "$one"
[ "$(breaks 2)" != "$one" ] || fail "another seed finds the same"
! "$target" first >out 2>&1 || fail "the input that was kept breaks nothing"
"$target" "$srcdir/tests/fuzz/corpus/broken/hello" >out 2>&1 || fail "what is sound breaks: $(cat out)"
FUZZ_RUNS=0 "$target" >out 2>&1 || fail "the corpus alone breaks: $(cat out)"
grep -q '^broken: 1 files, 0 mutations, seed 1$' out || fail "what was run is not said: $(cat out)"
