#!/bin/sh
# A private Docker daemon for the tests. Usage: daemon.sh start|stop [directory]
# "start" prints the line that the tests need in their environment; it does nothing but that when the daemon runs already.
set -eu
home=${2:-${TMPDIR:-/tmp}/faultbox-docker}
socket=$home/docker.sock

answers() { curl -sf --max-time 5 --unix-socket "$socket" http://docker/_ping >/dev/null 2>&1; }

launch() {
    setsid nohup dockerd --data-root "$home/data" --exec-root "$home/exec" --pidfile "$home/dockerd.pid" \
        --host "unix://$socket" "$@" >"$home/dockerd.log" 2>&1 </dev/null &
    daemon=$!
    for _ in $(seq 1 150); do
        answers && return 0
        kill -0 "$daemon" 2>/dev/null || return 1
        sleep 0.2
    done
    kill "$daemon" 2>/dev/null || true
    return 1
}

case ${1:-} in
start)
    if ! answers; then
        command -v dockerd >/dev/null || { echo "dockerd is missing: apt-get install docker.io" >&2; exit 1; }
        mkdir -p "$home"
        rm -f "$home/dockerd.pid"
        # Overlay file systems do not nest everywhere; plain copies always work.
        launch || launch --storage-driver=vfs || { tail -20 "$home/dockerd.log" >&2; exit 1; }
    fi
    echo "DOCKER_HOST=unix://$socket"
    ;;
stop)
    if [ -f "$home/dockerd.pid" ]; then
        daemon=$(cat "$home/dockerd.pid")
        kill "$daemon" 2>/dev/null || true
        while kill -0 "$daemon" 2>/dev/null; do sleep 0.2; done
    fi
    rm -rf "$home"
    ;;
*)
    echo "usage: daemon.sh start|stop [directory]" >&2
    exit 2
    ;;
esac
