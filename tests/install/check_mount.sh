#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Mounting through mount(8), fstab and the helper, by root and by an ordinary user.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=world.sh
. "$(dirname "$0")/world.sh"
enter_world "$0"

mkdir -p /mnt/verge /mnt/user /etc/vergefs
printf 'VERGE_HOST=vergeos.example.com\nVERGE_TOKEN=vergesim-key\n' >/etc/vergefs/office.env
chmod 600 /etc/vergefs/office.env

is_mounted() {
    [ "$(findmnt -n -o SOURCE,FSTYPE "$1")" = "vergeos.example.com fuse.vergefs" ] && ls "$1/vms" >/dev/null
}

is_not_mounted() {
    ! findmnt -n "$1"
}

# gone PID...: within a while.
gone() {
    local tries=0 pid
    for pid in "$@"; do
        while [ -e "/proc/$pid" ]; do
            tries=$((tries + 1))
            [ "$tries" -lt 100 ] || return 1
            sleep 0.05
        done
    done
}

daemons() {
    grep -lx vergefs /proc/[0-9]*/comm 2>/dev/null | cut -d / -f 3
}

# unmounted NAME DIR COMMAND...: the mount goes, and the daemon with it.
unmounted() {
    local name=$1 directory=$2 before
    shift 2
    before=$(daemons)
    check "$name" "$@"
    check "$name: it is gone" is_not_mounted "$directory"
    # shellcheck disable=SC2086 # several
    check "$name: so is the daemon" gone $before
}

# ---- mount(8) ----

for type in fuse.vergefs vergefs; do
    check "mount -t $type" mount -t "$type" -o profile=office,ttl=1 vergeos.example.com /mnt/verge
    check "mount -t $type: is there" is_mounted /mnt/verge
    unmounted "umount of $type" /mnt/verge umount /mnt/verge
done

check "mount -t vergefs -o ro" mount -t vergefs -o ro,profile=office vergeos.example.com /mnt/verge
refuses_writes() {
    ! echo false 2>/dev/null >/mnt/verge/vms/render-01/devices/gpu0/enabled &&
        findmnt -n -o OPTIONS /mnt/verge | grep -q '^ro,'
}
check "ro is ro" refuses_writes
unmounted "fusermount3 -u" /mnt/verge fusermount3 -u /mnt/verge

check "mount -f does nothing" mount -f -t vergefs -o profile=office vergeos.example.com /mnt/verge
check "mount -f: nothing is there" is_not_mounted /mnt/verge
check "mount -n -v -s" mount.vergefs vergeos.example.com /mnt/verge -n -v -s -o profile=office -t vergefs
unmounted "umount -l" /mnt/verge umount -l /mnt/verge

# ---- what is wrong is told, with an exit status that says what ----

fails_with() {
    local expected=$1 said status
    shift
    said=$("$@" 2>&1)
    status=$?
    [ "$status" = "$expected" ] || { printf 'status %s: %s\n' "$status" "$said" && return 1; }
    [ "$(printf '%s\n' "$said" | wc -l)" -le 2 ] || { printf '%s\n' "$said" && return 1; }
}

printf 'VERGE_TOKEN=wrong\n' >/etc/vergefs/wrong.env
chmod 600 /etc/vergefs/wrong.env
check "usage" fails_with 2 vergefs -o nonsense vergeos.example.com /mnt/verge
check "no such profile" fails_with 3 vergefs -o profile=nothing vergeos.example.com /mnt/verge
check "a wrong key" fails_with 4 vergefs -o profile=wrong vergeos.example.com /mnt/verge
check "nobody listens" fails_with 10 vergefs -o profile=office localhost:9 /mnt/verge
check "nothing was mounted" is_not_mounted /mnt/verge
mount_fails() {
    ! mount -t fuse.vergefs -o profile=wrong vergeos.example.com /mnt/verge
}
check "mount(8) fails, too" mount_fails

# ---- the journal gets levels, other files do not ----

# complaint_in_journal FILE: what is written when systemd names that file as the journal.
complaint_in_journal() {
    : >"$world/journal"
    JOURNAL_STREAM=$(stat -L -c %d:%i "$1") vergefs -o nonsense vergeos.example.com /mnt/verge \
        2>"$world/journal"
    cut -d ' ' -f 1 "$world/journal" | head -n 1
}

same "a complaint in the journal" "<3>vergefs:" "$(complaint_in_journal "$world/journal")"
same "a complaint elsewhere" "vergefs:" "$(complaint_in_journal /dev/null)"

# ---- fstab ----

cat >"$world/fstab" <<'END'
vergeos.example.com /mnt/verge fuse.vergefs profile=office,_netdev,nofail,x-systemd.automount,noauto,user,ro 0 0
END
check "mount -T" mount -T "$world/fstab" /mnt/verge
check "mount -T: is there" is_mounted /mnt/verge
check "ro of fstab is ro" refuses_writes
unmounted "umount after -T" /mnt/verge umount /mnt/verge

sed 's/noauto,user,//; s/x-systemd.automount,//' "$world/fstab" >/etc/fstab
check "mount -a" mount -a
check "mount -a: is there" is_mounted /mnt/verge
check "mount -a again: no second one" mount -a
same "one line in the list of mounts" 1 "$(grep -c ' /mnt/verge fuse.vergefs ' /proc/mounts)"
unmounted "umount -a" /mnt/verge umount -a -t fuse.vergefs

# ---- an ordinary user ----

as_user() {
    setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$world/home" "$@"
}

mkdir -p "$world/home/.config/vergefs"
cp /etc/vergefs/office.env "$world/home/.config/vergefs/own.env"
chown -R 65534:65534 "$world/home" /mnt/user
chmod 755 "$world"
cat >/etc/fstab <<END
vergeos.example.com /mnt/user fuse.vergefs credentials=$world/home/.config/vergefs/own.env,noauto,user 0 0
END
if [ "$(stat -c %a /dev/fuse)" = 666 ] && command -v setpriv >/dev/null; then
    check "a user's profile" as_user vergefs -o profile=own /mnt/user
    unmounted "a user's fusermount3 -u" /mnt/user as_user fusermount3 -u /mnt/user
    # mount(8) takes HOME away from ordinary users, and with it their profiles.
    check "a user mounts" as_user mount /mnt/user
    check "a user sees it" as_user ls /mnt/user/vms
    root_is_kept_out() { ! ls /mnt/user/vms; }
    check "root is kept out without allow_other" root_is_kept_out
    unmounted "a user unmounts" /mnt/user as_user umount /mnt/user
    check "the machine's profile is not for users" fails_with 3 as_user vergefs -o profile=office vergeos.example.com /mnt/user
fi

# ---- a daemon that was killed ----

is_dead() {
    ! ls /mnt/verge/. 2>/dev/null && findmnt -n /mnt/verge
}

die() {
    local pid
    pid=$(daemons)
    kill -9 "$pid"
    gone "$pid"
}

check "mount again" vergefs -o profile=office vergeos.example.com /mnt/verge
check "clear-mount leaves a mount that lives" /usr/libexec/vergefs/clear-mount /mnt/verge
check "it lives" is_mounted /mnt/verge
check "the daemon dies" die
check "a dead mount is left" is_dead
check "clear-mount" /usr/libexec/vergefs/clear-mount /mnt/verge
check "the dead mount is gone" is_not_mounted /mnt/verge
vergefs -o profile=office vergeos.example.com /mnt/verge
stat /mnt/verge >/dev/null
die
check "a new mount takes the place of a dead one" vergefs -o profile=office vergeos.example.com /mnt/verge
check "it is there" is_mounted /mnt/verge
same "alone" 1 "$(grep -c ' /mnt/verge ' /proc/mounts)"
fusermount3 -u /mnt/verge
mkdir -p "/mnt/a b\\c"
mount -t tmpfs other "/mnt/a b\\c"
check "clear-mount knows what is not its own" /usr/libexec/vergefs/clear-mount "/mnt/a b\\c"
check "that is left alone" findmnt -n "/mnt/a b\\c"

# ---- a remount has the same inode numbers ----

numbers() {
    (cd /mnt/verge && find . -printf '%i %p\n' | sort | sha256sum)
}

vergefs -o profile=office,budget=0 vergeos.example.com /mnt/verge
before=$(numbers)
fusermount3 -u /mnt/verge
vergefs -o profile=office,budget=0 vergeos.example.com /mnt/verge
same "inode numbers after a remount" "$before" "$(numbers)"

# ---- statistics ----

if command -v promtool >/dev/null; then
    judged_by_promtool() { promtool check metrics </mnt/verge/.vergefs/stats; }
    check "promtool check metrics" judged_by_promtool
fi
fusermount3 -u /mnt/verge
finish
