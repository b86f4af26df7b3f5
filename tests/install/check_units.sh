#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The unit of systemd and what systemd makes of lines in fstab, as far as can be seen without a
# systemd that runs (scripts/package --boot starts one); and what clears a dead mount away.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

needs_command systemd-analyze
generator=/usr/lib/systemd/system-generators/systemd-fstab-generator
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
unit=$folder/vergefs@lab.service

# As it is installed, but with commands that exist.
sed -e 's|@bindir@/vergefs|/bin/true|' -e 's|@libexecdir@/vergefs/clear-mount|/bin/true|' \
    "$source_dir/system/vergefs@.service.in" >"$folder/vergefs@.service"
cp "$folder/vergefs@.service" "$unit"

verify() {
    local said
    said=$(systemd-analyze verify --man=no --recursive-errors=no "$@" 2>&1)
    [ -z "$said" ] || ! printf '%s\n' "$said"
}

# What is missed above the limit needs a mount namespace, which would hide the mount.
secure() {
    systemd-analyze security --offline=yes --no-pager --threshold="$1" "$unit"
}

check "systemd-analyze verify" verify "$unit"
check "systemd-analyze security: at most 4.1" secure 41
check "no path is left to be filled in" awk '/@[a-z]+@/ { exit 1 }' "$folder/vergefs@.service"

# A mount that nobody else can see is what each of these would make.
namespaced() {
    ! grep -nE '^(Protect(System|Home|Kernel|Control|Proc)|Private|ReadOnly|ReadWrite|Inaccessible|Bind|Temporary|Root|Mount|DynamicUser|RuntimeDirectory|ProcSubset)' \
        "$source_dir/system/vergefs@.service.in"
}

check "nothing in it makes a mount namespace" namespaced

same "it does not start again after a refusal" "2 3 4 5" \
    "$(sed -n 's/^RestartPreventExitStatus=//p' "$unit")"

# ---- drop-in of the manual ----

mkdir "$unit.d"
sed -n '/^\.\\" example: file .*override.conf/,/^\.Ed/p' "$source_dir/doc/vergefs.1" |
    grep -v '^\.' >"$unit.d/override.conf"
check "the manual's drop-in is not empty" grep -q LoadCredential "$unit.d/override.conf"
check "the manual's drop-in" verify "$unit"

# ---- fstab ----

# generate OPTIONS: the units that systemd makes of a line of fstab with them.
generate() {
    rm -rf "$folder/normal" && mkdir -p "$folder/normal"
    printf 'vergeos.example.com %s fuse.vergefs %s 0 0\n' /mnt/verge "$1" >"$folder/fstab"
    SYSTEMD_FSTAB=$folder/fstab SYSTEMD_SYSROOT_FSTAB=/dev/null "$generator" \
        "$folder/normal" "$folder/normal" "$folder/normal"
}

has() {
    grep -qxF -e "$1" "$folder/normal/$2" || ! cat "$folder/normal/$2"
}

if [ -x "$generator" ]; then
    check "a line of fstab" generate profile=office,ro,_netdev,nofail
    check "fstab: the type" has Type=fuse.vergefs mnt-verge.mount
    check "fstab: the options" has Options=profile=office,ro,_netdev,nofail mnt-verge.mount
    check "fstab: it waits for the network" test -e "$folder/normal/remote-fs.target.wants/mnt-verge.mount"
    check "fstab: verify" verify "$folder/normal/mnt-verge.mount"
    check "a line with an automount" generate _netdev,nofail,noauto,x-systemd.automount,user
    check "fstab: the automount" has Where=/mnt/verge mnt-verge.automount
    check "fstab: verify the automount" verify "$folder/normal/mnt-verge.automount"
fi

finish
