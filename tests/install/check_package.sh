#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the package is made of, as far as it can be seen without building it (scripts/package does):
# the version has one source, the examples are those of the manual.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

cd "$source_dir" || exit 1
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

same "debian/changelog has the version of configure.ac" \
    "$(sed -n 's/^AC_INIT(\[vergefs\], \[\([^]]*\)\].*/\1/p' configure.ac)" \
    "$(sed -n '1s/^vergefs (\([^)]*\)) .*/\1/p' debian/changelog)"
same "debian/copyright has the licence of COPYING" \
    "$(sed -n '5,$p' COPYING)" \
    "$(sed -n '/^License: MIT/,$p' debian/copyright | grep '^ ' | sed -e 's/^ //' -e 's/^\.$//')"

awk -v out="$folder" -f tests/install/examples.awk doc/vergefs.1
for example in doc/examples/*; do
    shown=$(grep -l "/${example##*/}\$" "$folder"/*/argument)
    same "$example is the manual's" "$(sed 's/vergesim-key/YOUR-API-KEY/' "${shown%/*}/content")" \
        "$(cat "$example")"
done

# What is installed where, with a root and a prefix of its own.
install_elsewhere() {
    make -s -C "$build_dir" install DESTDIR="$folder/root" prefix=/opt/verge sysconfdir=/opt/verge/etc
}

check "make install DESTDIR=... prefix=..." install_elsewhere
same "nothing outside of the prefix" "opt" "$(ls "$folder/root" 2>/dev/null)"
same "what is installed" "bin/vergefs
lib/systemd/system/vergefs@.service
libexec/vergefs/clear-mount
sbin/mount.vergefs
share/bash-completion/completions/vergefs
share/doc/vergefs/CONTRIBUTING.md
share/doc/vergefs/README.md
share/man/man1/vergefs.1
share/man/man7/vergefs-faults.7
share/man/man7/vergefs-tools.7
share/man/man8/mount.vergefs.8
share/zsh/site-functions/_vergefs" "$(cd "$folder/root/opt/verge" && find . -type f -printf '%P\n' | LC_ALL=C sort)"

finish
