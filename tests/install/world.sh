# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A small world: vergefs is installed in /usr, and vergeos.example.com is the simulator with the
# demo data centre, on the port and with a certificate as a real system has them. It lives in
# namespaces of its own, over layers that are thrown away: nothing of it touches the machine, and
# all of it ends with the test. To be sourced after lib.sh.
# shellcheck source-path=SCRIPTDIR source=lib.sh
: "${source_dir:?}" "${build_dir:?}"

# enter_world "$0": the script begins again inside of it, as root and process 1.
enter_world() {
    if [ -n "${VERGEFS_WORLD:-}" ]; then
        make_world
        return
    fi
    [ "$(id -u)" -eq 0 ] || skip "only root can make the namespaces"
    [ -x "$build_dir/vergefs" ] || give_up "vergefs is built" "there is no $build_dir/vergefs"
    needs_command unshare ip openssl curl awk
    exec env VERGEFS_WORLD=yes unshare --mount --net --pid --fork --kill-child --mount-proc \
        --propagation private bash "$1"
}

make_world() {
    world=$(mktemp -d)
    mount -t tmpfs -o mode=755 world "$world"
    layer etc usr root srv mnt var
    mount -t tmpfs -o mode=755 run /run
    ip link set lo up
    export HOME=/root
    unset XDG_CONFIG_HOME XDG_DATA_HOME NOTIFY_SOCKET "${!VERGE@}"
    install_here
    name_the_system
    start_system
}

layer() {
    local name
    for name in "$@"; do
        mkdir -p "$world/$name/upper" "$world/$name/work"
        mount -t overlay "world-$name" "/$name" \
            -o "lowerdir=/$name,upperdir=$world/$name/upper,workdir=$world/$name/work" ||
            skip "no overlay of /$name can be mounted"
    done
}

# As root by hand. The paths in the unit are those that configure was told, so it is made anew.
install_here() {
    [ "$(findmnt -n -o SOURCE /usr)" = world-usr ] || skip "/usr is not a layer"
    make -s -C "$build_dir" install prefix=/usr >"$world/install.log" 2>&1 ||
        give_up "make install" "$(tail -n 5 "$world/install.log")"
    sed -e 's|@bindir@|/usr/bin|' -e 's|@libexecdir@|/usr/libexec|' \
        "$source_dir/system/vergefs@.service.in" >/usr/lib/systemd/system/vergefs@.service
    mkdir -p /etc/vergefs
}

name_the_system() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -keyout "$world/key.pem" -out "$world/certificate.pem" -subj /CN=vergeos.example.com \
        -addext 'subjectAltName=DNS:vergeos.example.com,DNS:localhost' 2>/dev/null
    cat "$world/certificate.pem" >>/etc/ssl/certs/ca-certificates.crt
    printf '127.0.0.1 localhost vergeos.example.com\n' >/etc/hosts
}

start_system() {
    local tries=0
    "$build_dir/vergesim" --https 443 --certificate "$world/certificate.pem" \
        --key "$world/key.pem" --state "$world/state" --ready-file "$world/ready" \
        >"$world/vergesim.log" 2>&1 &
    until [ -s "$world/ready" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || give_up "the simulator starts" "$(cat "$world/vergesim.log")"
        sleep 0.05
    done
}

# The demo data centre as it was at first.
reset_system() {
    curl -fsS -X POST -H 'Content-Length: 0' https://vergeos.example.com/_sim/reset >/dev/null
}
