# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the scripts share: saying what happens, installing what is missing, building, counting.
# Sourced by them; sets $root, the folder of the repository.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=${JOBS:-$(nproc)}

# ---- saying what happens ----

say() {
    printf '%s\n' "$@"
}

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Colours only where a person looks, who has not refused them (no-color.org).
on_terminal() {
    [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]
}

with_colours() {
    on_terminal && [ -z "${NO_COLOR:-}" ]
}

# ---- one step at a time ----

step_pid=

# A step is left behind by nothing, Ctrl-C included.
stop_step() {
    if [ -n "$step_pid" ]; then
        kill "$step_pid" 2>/dev/null || true
        wait "$step_pid" 2>/dev/null || true
        step_pid=
    fi
}

# progress LABEL LOG SECONDS: what the step is doing, on one line that the next one overwrites.
progress() {
    local last
    last=$(tail -n 1 "$2" | tr -d '\r\t' | cut -c1-50)
    printf '\r\033[K%s (%d s) %s' "$1" "$3" "$last"
}

# watch_step LABEL LOG: until it ends, shows that it is alive: each second on a terminal, else each
# half minute.
watch_step() {
    local begun=$SECONDS next=30
    while kill -0 "$step_pid" 2>/dev/null; do
        sleep 0.2
        local passed=$((SECONDS - begun))
        if on_terminal; then
            [ "$passed" -lt 1 ] || progress "$1" "$2" "$passed"
        elif [ "$passed" -ge "$next" ]; then
            say "$1: $passed s"
            next=$((passed + 30))
        fi
    done
    ! on_terminal || printf '\r\033[K'
}

# step LABEL LOG COMMAND...: runs it, its output going to LOG; says how long it took. Returns its
# status.
step() {
    local label=$1 log=$2 begun=$SECONDS status=0
    shift 2
    on_terminal || say "$label ..."
    "$@" >"$log" 2>&1 </dev/null &
    step_pid=$!
    watch_step "$label" "$log"
    wait "$step_pid" || status=$?
    step_pid=
    if [ "$status" -eq 0 ]; then
        say "$label: done in $((SECONDS - begun)) s"
    else
        say "$label: failed after $((SECONDS - begun)) s"
    fi
    return "$status"
}

# must_step LABEL LOG COMMAND...: the same; a failure shows the log and ends the script.
must_step() {
    step "$@" && return
    tail -n 60 "$2" >&2
    fail "$1 failed; the whole output is in $2"
}

# ---- packages ----

# What is needed for what: how to see that it is there, Debian's package, and what it is for.
needs() {
    case $1 in
    build) cat <<'END' ;;
command:gcc gcc the C compiler
file:/usr/include/stdio.h libc6-dev the C library's headers
command:make make the build
command:autoconf autoconf the build
command:automake automake the build
command:pkg-config pkg-config finding libraries
module:fuse3 libfuse3-dev the filesystem
module:libcurl libcurl4-openssl-dev HTTPS
module:libcjson libcjson-dev JSON
command:fusermount3 fuse3 mounting
file:/etc/ssl/certs/ca-certificates.crt ca-certificates verifying servers
module:check check the tests
module:libmicrohttpd libmicrohttpd-dev the simulator
module:gnutls libgnutls28-dev the simulator's certificates
END
    test) cat <<'END' ;;
command:python3 python3 tests of what Python does to a mount
perl:File::Path perl tests of what Perl does to a mount
command:jq jq tests of tools on a mount
command:sponge moreutils tests of tools on a mount
command:rsync rsync tests of tools on a mount
command:git git tests of tools on a mount
command:vim vim tests of tools on a mount
command:emacs emacs-nox tests of tools on a mount
command:gawk gawk tests of tools on a mount
command:curl curl tests of tools on a mount
command:ed ed tests of tools on a mount
command:nano nano tests of tools on a mount
command:patch patch tests of tools on a mount
command:busybox busybox tests of tools on a mount
command:node nodejs tests of tools on a mount
END
    install) cat <<'END' ;;
command:systemd-analyze systemd tests of the unit
command:ip iproute2 tests of what is installed, in a network of their own
command:openssl openssl tests of what is installed
command:curl curl tests of what is installed
command:man man-db tests of the manual page
command:groff groff tests of the manual page
command:mandoc mandoc tests of the manual page
command:zsh zsh tests of completion
command:jq jq the examples of the manual
command:sshfs sshfs the examples of the manual
file:/usr/lib/openssh/sftp-server openssh-sftp-server the examples of the manual
END
    clang) cat <<'END' ;;
command:clang clang the other compiler
END
    fuzz) cat <<'END' ;;
command:clang clang fuzzing
runtime:fuzzer libclang-rt-dev fuzzing
END
    valgrind) cat <<'END' ;;
command:valgrind valgrind memory checks
package:libc6-dbg libc6-dbg what valgrind must know of the C library
END
    lint) cat <<'END' ;;
command:clang-format clang-format the layout of the code
command:clang-tidy clang-tidy the habits of the code
command:cppcheck cppcheck the habits of the code
command:shellcheck shellcheck the scripts
END
    dist) cat <<'END' ;;
command:xz xz-utils the source archive
END
    package) cat <<'END' ;;
command:dpkg-buildpackage dpkg-dev the package
package:build-essential build-essential what every package is built with
command:dh debhelper the package
command:fakeroot fakeroot the package
command:lintian lintian its rules
END
    metrics) cat <<'END' ;;
command:promtool prometheus judging the statistics
END
    nfs) cat <<'END' ;;
command:ganesha.nfsd nfs-ganesha exporting a mount by NFS
package:nfs-ganesha-vfs nfs-ganesha-vfs exporting a mount by NFS
command:nfs-cat libnfs-utils exporting a mount by NFS
END
    boot) cat <<'END' ;;
command:systemd-nspawn systemd-container a small machine
command:man man-db the manual page on it
command:ip iproute2 its network
command:openssl openssl its certificate
command:curl curl looking at it
END
    *) fail "nothing is known about what '$1' needs" ;;
    esac
}

is_there() {
    local what=${1#*:}
    case $1 in
    command:*) command -v "$what" >/dev/null ;;
    file:*) [ -e "$what" ] ;;
    module:*) command -v pkg-config >/dev/null && pkg-config --exists "$what" ;;
    perl:*) perl -M"$what" -e 1 2>/dev/null ;;
    runtime:*) command -v clang >/dev/null &&
        compgen -G "$(clang -print-resource-dir)/lib/*/libclang_rt.$what*.a" >/dev/null ;;
    package:*) dpkg-query -W -f='${Status}' "$what" 2>/dev/null | grep -q ' installed$' ;;
    esac
}

# missing PURPOSE...: a line "PACKAGE WHY" for each package that is not there.
missing() {
    local purpose probe package why
    for purpose in "$@"; do
        needs "$purpose" | while read -r probe package why; do
            is_there "$probe" || printf '%-22s %s\n' "$package" "$why"
        done
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "this needs root, and there is no sudo: $*"
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}

# install_missing PURPOSE...: silent when nothing is missing.
install_missing() {
    local list packages log
    list=$(missing "$@")
    [ -n "$list" ] || return 0
    say "Missing on this machine, and now installed with apt:"
    say "  ${list//$'\n'/$'\n'  }"
    command -v apt-get >/dev/null || fail "there is no apt-get here: please install them by hand"
    if [ "$(id -u)" -ne 0 ]; then
        say "sudo may ask for your password:"
        as_root true
    fi
    mapfile -t packages < <(awk '!seen[$1]++ { print $1 }' <<<"$list")
    log=$(mktemp)
    must_step "Asking apt what there is" "$log" apt_get update
    must_step "Installing" "$log" apt_get install --no-install-recommends "${packages[@]}"
    rm "$log"
    list=$(missing "$@")
    [ -z "$list" ] || fail "still missing after the installation: $list"
}

# ---- the kernel's side ----

require_fuse() {
    if [ ! -c /dev/fuse ]; then
        fail "there is no /dev/fuse here, so nothing can be mounted: load the kernel's module" \
            "(modprobe fuse), or start the container with --device /dev/fuse --cap-add SYS_ADMIN"
    fi
    if [ ! -r /dev/fuse ] || [ ! -w /dev/fuse ]; then
        open_fuse
    fi
}

# Some tests mount as an ordinary user, whoever runs them.
require_fuse_for_all() {
    require_fuse
    [[ $(stat -c %a /dev/fuse) == *6 ]] || open_fuse
}

open_fuse() {
    say "/dev/fuse is open to root alone here: making it 0666, as distributions have it"
    as_root chmod 0666 /dev/fuse
}

# ---- building ----

# Where warnings are errors unless asked for: in CI, not on the machine of a person who tries it.
werror=${CI:+yes}

# build DIR TARGETS [CONFIGURE-OPTION...]: out of tree. Configures only when there is something new.
build() {
    local dir=$1 targets=$2 options
    shift 2
    options=(CC=gcc "CFLAGS=-O2 -g" ${werror:+--enable-werror} "$@")
    [ ! -e "$root/config.status" ] ||
        fail "the source folder itself is configured: run 'make distclean' in it first"
    mkdir -p "$dir"
    if [ ! -x "$root/configure" ]; then
        must_step "Preparing" "$dir/autoreconf.out" autoreconf -fi "$root"
    fi
    if [ ! -e "$dir/Makefile" ] || [ "$(cat "$dir/options" 2>/dev/null)" != "${options[*]}" ]; then
        must_step "Configuring" "$dir/configure.out" in_folder "$dir" "$root/configure" -q \
            "${options[@]}"
        printf '%s' "${options[*]}" >"$dir/options"
        make -s -C "$dir" clean >/dev/null
    fi
    # shellcheck disable=SC2086 # several words
    must_step "Building" "$dir/build.out" make --no-print-directory -C "$dir" -j"$jobs" $targets
}

in_folder() {
    cd "$1" && shift && "$@"
}

# ---- counting ----

# tally_program LOG TRS: "PASSED FAILED" of one test program, by Check's own lines. One that crashed
# counts as a failure; one that has no such lines counts as one test, one that was skipped as none.
tally_program() {
    awk '
        /^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$/ {
            gsub(/[^0-9 ]/, "")
            checks += $2; failed += $3 + $4
        }
        /^:test-result: / { passed = ($2 == "PASS"); skipped = ($2 == "SKIP") }
        END {
            if (skipped) { print 0, 0; exit }
            if (!passed && failed == 0) { failed++; checks++ }
            if (checks == 0) { checks++ }
            print checks - failed, failed + 0
        }' "$@"
}

# total PASSED FAILED: the last line of every run, and the status to end with.
total() {
    say "$1 passed, $2 failed"
    [ "$2" -eq 0 ] && [ "$1" -gt 0 ]
}
