#!/usr/bin/env bash
# Packs the static binaries of dist/full/ as archives into dist/archives/: a prefix (bin, share/man, completions) for each architecture, as
# scripts/install.sh and `cargo binstall` take them.
#
#   scripts/archives.sh [--dist DIR] [--out DIR]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/pack.sh

say() { echo "archives: $*" >&2; }
fail() { say "$*"; exit 1; }

dist=dist/full out=
while [ $# -gt 0 ]; do
    case $1 in
        --dist) dist=${2:?--dist needs a folder}; shift 2 ;;
        --out) out=${2:?--out needs a folder}; shift 2 ;;
        *) fail "unknown argument $1 (known: --dist DIR, --out DIR)" ;;
    esac
done
out=${out:-dist/archives}

version=$(field version)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
pages_of archives "$dist" "$work/pages" || exit 1

pack() {
    local architecture=$1 baseline=$2 levels=$3 name tree lacking
    has_baseline archives "$architecture" "$baseline" "$dist" archive || return 0
    name=densimeter-$version-$architecture-linux
    tree=$work/$name
    lacking=$(place_binaries "$dist" "$baseline" "$levels" "$tree/bin")
    if [ -n "$lacking" ]; then say "$architecture: $lacking"; fi
    cp -R "$work/pages/share" "$tree/"
    cp LICENSE-* README.md "$tree/"
    # The same files give the same archive: no times, no names of users, a fixed order.
    tar --sort=name --mtime='2024-01-01 00:00Z' --owner=0 --group=0 --numeric-owner -C "$work" -cf - "$name" | gzip -n -9 >"$out/$name.tar.gz"
    made=$((made + 1))
}

made=0
each_architecture pack
[ "$made" -gt 0 ] || fail "$dist holds no baseline binary: scripts/dist.sh --full makes them"
(cd "$out" && sha256sum ./*.tar.gz | sed 's|  \./|  |' >SHA256SUMS)
for file in "$out"/*.tar.gz; do say "$file, $(wc -c <"$file") bytes"; done
