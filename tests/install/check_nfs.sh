#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A mount that is exported by NFS, as the manual says: nfs-ganesha serves it, libnfs is the client.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=world.sh
. "$(dirname "$0")/world.sh"
needs_command ganesha.nfsd nfs-cat nfs-ls python3
enter_world "$0"
# shellcheck source-path=SCRIPTDIR source=examples.sh
. "$(dirname "$0")/examples.sh"

# What systemctl restart nfs-ganesha does, where no systemd runs.
cat >"$world/systemctl" <<END
#!/bin/bash
[ "\$*" = "restart nfs-ganesha" ] || exit 1
if [ -e "$world/server" ]; then
    kill "\$(cat "$world/server")"
    while [ -e "/proc/\$(cat "$world/server")" ]; do sleep 0.1; done
fi
rm -f "$world/server.log"
ganesha.nfsd -F -f /etc/ganesha/ganesha.conf -L "$world/server.log" -p "$world/server.pid" >/dev/null 2>&1 &
echo \$! >"$world/server"
for ((i = 0; i < 100; i++)); do
    grep -qs 'NFS SERVER INITIALIZED' "$world/server.log" && exit
    sleep 0.1
done
tail -n 20 "$world/server.log"
exit 1
END
chmod +x "$world/systemctl"
export FAKE_SYSTEMCTL=$world/systemctl
mkdir -p /mnt/verge /run/ganesha /var/lib/nfs/ganesha

# ---- the manual's session ----

umask 077 # for the login
take_examples vergefs.1 "$source_dir/doc/vergefs.1"
for example in "$examples/vergefs.1"/*; do
    case "$(cat "$example/kind") $(cat "$example/argument")" in
    "file /etc/vergefs/office.env" | "file /etc/ganesha/ganesha.conf") do_file "$example" ;;
    nfs*) run_example "$example" /root && judge_all "$example" ;;
    esac
done

# ---- the whole tree, and writes ----

device=vms/render-02/devices/gpu0
url() {
    printf 'nfs://localhost/verge/%s?version=4' "$1"
}

same "what is listed" "devices
query
resource_groups
vms" \
    "$(nfs-ls "$(url "")" | awk '{ print $NF }' | sort)"
for file in "$device"/{status,settings.json,device.json} .vergefs/version \
    devices/by-status/errors/render-02:gpu0/status_info; do
    check "$file is there" test -s "/mnt/verge/$file"
    same "$file" "$(cat "/mnt/verge/$file")" "$(nfs-cat "$(url "$file")")"
done

write() {
    python3 "$source_dir/tests/install/nfs.py" "/$1" "$2"
}

refused() {
    local said
    said=$(write "$@" 2>&1) && return 1
    [[ $said == *"$expected"* ]] || ! printf '%s\n' "$said"
}

check "a value is written" write "$device/enabled" false
same "and is there" false "$(cat "/mnt/verge/$device/enabled")"
check "settings are written" write vms/render-01/devices/nic0/settings.json '{"vlan": 7}'
same "and are there" 7 "$(jq .vlan /mnt/verge/vms/render-01/devices/nic0/settings.json)"
expected=NFS4ERR_INVAL
check "a value that makes no sense is refused" refused "$device/enabled" perhaps
expected=NFS4ERR
check "what is read-only is not written" refused "$device/key" 1

# ---- a remount ----

fusermount3 -uz /mnt/verge
vergefs -o profile=office,allow_other /mnt/verge
check "the server starts again" "$FAKE_SYSTEMCTL" restart nfs-ganesha
# Opening files waits until the clients of before had time to come back; looking does not.
same "after a remount" "$(command ls "/mnt/verge/$device" | sort)" \
    "$(nfs-ls "$(url "$device")" | awk '{ print $NF }' | sort)"
kill "$(cat "$world/server")"
fusermount3 -uz /mnt/verge
finish
