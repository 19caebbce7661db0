#!/bin/sh
# Installs the programs and client libraries that the tests use as real peers. Does nothing when they are there.
set -eu

missing=
need() { # command, Debian package
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need gcc gcc
need musl-gcc musl-tools
need python3 python3
need node nodejs
need curl curl
need strace strace
need javac default-jdk-headless
need nginx nginx-light
need redis-server redis-server
need wrk wrk
need h2load nghttp2-client
need nghttpd nghttp2-server
need ncat ncat
need haproxy haproxy
need iperf3 iperf3
need ip iproute2
need busybox busybox-static
need dockerd docker.io
need iptables iptables
need aarch64-linux-gnu-as binutils-aarch64-linux-gnu
need qemu-aarch64-static qemu-user-static
[ -e /usr/aarch64-linux-gnu/include/asm/unistd.h ] || missing="$missing linux-libc-dev-arm64-cross"
[ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"

[ -e /usr/lib/nginx/modules/ngx_stream_module.so ] || missing="$missing libnginx-mod-stream"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"

drivers() { # client libraries of Node.js, from the lock file
    cd "$(dirname "$0")/../tests/drivers"
    [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --silent --ignore-scripts
}

if [ -z "$missing" ]; then
    drivers
    exit
fi
if [ "$(id -u)" != 0 ]; then
    echo "error: the tests need packages that are not installed:$missing" >&2
    echo "  install them: sudo apt-get install$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list of package names
apt-get install -y -qq --no-install-recommends $missing >/dev/null
drivers
