#!/bin/sh
# SPDX-License-Identifier: MIT
# vergesim as its users meet it: over sockets, with curl. Run in the build folder.
set -u

command -v curl >/dev/null || exit 77

folder=$(mktemp -d) || exit 1
simulator=
failures=0

stop() {
    [ -z "$simulator" ] && return 0
    kill "$simulator" 2>/dev/null
    wait "$simulator"
}

trap 'stop; rm -rf "$folder"' EXIT

start() {
    rm -f "$folder/ready"
    ./vergesim --state "$folder/state" --http 0 --ready-file "$folder/ready" "$@" >"$folder/out" &
    simulator=$!
    tries=0
    until [ -s "$folder/ready" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || { echo "vergesim did not start"; exit 1; }
        sleep 0.05
    done
    https=$(sed -n 's/^https //p' "$folder/ready")
    http=$(sed -n 's/^http //p' "$folder/ready")
    ca=$(sed -n 's/^ca //p' "$folder/ready")
}

# expect NAME WANTED GOT
expect() {
    if [ "$2" != "$3" ]; then
        echo "$1: wanted '$2', got '$3'"
        failures=$((failures + 1))
    fi
}

# Status, bytes and curl's exit status.
get() {
    curl -sg -m 5 -o /dev/null -w '%{http_code} %{size_download} ' "$@"
    echo $?
}

fault() {
    curl -s -X DELETE "$http/_sim/faults" >/dev/null
    expect "posting $1" '{}' "$(curl -s "$http/_sim/faults" -d "$1")"
}

start
vm="$https/api/v4/vms/31?fields=name"
expect 'trusted' '{"version":"26.1.8"}' "$(curl -s --cacert "$ca" "$https/version.json")"
expect 'by address' '{"version":"26.1.8"}' \
    "$(curl -s --cacert "$ca" "https://127.0.0.1:${https##*:}/version.json")"
expect 'no credentials' '401 24 0' "$(get --cacert "$ca" "$vm")"
expect 'wrong password' '401 22 0' "$(get --cacert "$ca" -u admin:wrong "$vm")"
expect 'password' '200 20 0' "$(get --cacert "$ca" -u admin:vergesim "$vm")"
expect 'key' '200 20 0' "$(get --cacert "$ca" -H 'Authorization: Bearer vergesim-key' "$vm")"

token=$(curl -s "$http/api/sys/tokens" -d '{"login":"admin","password":"vergesim"}' |
    sed 's/.*"$key":"\([^"]*\)".*/\1/')
expect 'session' '200 20 0' "$(get --cacert "$ca" -H "x-yottabyte-token: $token" "$vm")"
curl -s -X DELETE "$http/_sim/sessions" >/dev/null
expect 'ended session' '401 24 0' "$(get --cacert "$ca" -H "x-yottabyte-token: $token" "$vm")"

set -- --cacert "$ca" -u admin:vergesim "$vm"
fault '{"drop":"before"}'
expect 'dropped' '000 0 52' "$(get "$@")"
fault '{"drop":"after"}'
expect 'dropped late' '000 0 52' "$(get "$@")"
fault '{"truncate":5}'
expect 'cut short' '200 5 18' "$(get "$@")"
fault '{"trickle_ms":20}'
expect 'trickling' '200 20 0' "$(get "$@")"
fault '{"status":503,"headers":{"Retry-After":"1"},"skip":1}'
expect 'skipping' '200 20 0' "$(get "$@")"
expect 'refusing' '503 29 0' "$(get "$@")"
expect 'used up' '200 20 0' "$(get "$@")"
fault '{"huge":1000000}'
expect 'huge' '200 1000000 0' "$(get "$@")"
fault '{"deep":1000}'
expect 'deep' '200 2000 0' "$(get "$@")"
fault '{"hang":true}'
expect 'hanging' '000 0 28' "$(get -m 0.3 "$@")"

expect 'log' '{"count":16}' "$(curl -s "$http/_sim/log?count=1&path=/api/v4/")"
curl -s -X POST "$http/_sim/reset" >/dev/null
expect 'log after reset' '{"count":0}' "$(curl -s "$http/_sim/log?count=1")"

fault '{"hang":true,"times":0}'
get "$@" >/dev/null &
sleep 0.2
kill "$simulator"
wait "$simulator"
expect 'ended while one hangs' 0 $?
simulator=

for kind in wrong-host expired self-signed; do
    start --certificate-kind "$kind"
    expect "$kind" '000 0 60' "$(get --cacert "$ca" "$https/version.json")"
    expect "$kind, not looked at" '200 20 0' "$(get -k "$https/version.json")"
    stop
    simulator=
done

[ "$failures" -eq 0 ]
