#!/bin/sh
# Installs the programs that the tests use as real peers. Does nothing when they are there.
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
[ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"

[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "error: the tests need packages that are not installed:$missing" >&2
    echo "  install them: sudo apt-get install$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list of package names
apt-get install -y -qq --no-install-recommends $missing >/dev/null
