#!/usr/bin/env bash
# Packs the static binaries of dist/full/ as wheels into dist/wheels/, so that `pip install` or `uvx` needs no compiler.
#
#   scripts/wheels.sh [--dist DIR] [--out DIR] [--sdist]
#
# One wheel for each architecture, with every level that DIR holds. The command `densimeter` is the baseline level; it goes over to
# the best binary beside it that the processor can run, as the binaries of `make dist` do. They are static, so that one file serves
# glibc, musl and Android. Man pages and completions are inside. The archive and its list of sums are written by PyPA's own
# `wheel pack`. With --sdist also the sources, which pip builds where no wheel fits (pyproject.toml).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/pack.sh

say() { echo "wheels: $*" >&2; }
fail() { say "$*"; exit 1; }

dist=dist/full out='' sdist=no
while [ $# -gt 0 ]; do
    case $1 in
        --dist) dist=${2:?--dist needs a folder}; shift 2 ;;
        --out) out=${2:?--out needs a folder}; shift 2 ;;
        --sdist) sdist=yes; shift ;;
        *) fail "unknown argument $1 (known: --dist DIR, --out DIR, --sdist)" ;;
    esac
done
out=${out:-dist/wheels}

# The packers, in a folder of their own: nothing is installed into the system.
command -v python3 >/dev/null || fail "python3 is missing: apt-get install python3-venv"
tool=target/wheels/venv
tool_has() { [ -x "$tool/bin/$1" ] || {
    [ -x "$tool/bin/pip" ] || python3 -m venv "$tool" || fail "python3 has no venv: apt-get install python3-venv"
    "$tool/bin/pip" install --quiet --disable-pip-version-check "$2"
}; }
tool_has wheel 'wheel==0.45.1'

version=$(field version)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
pages_of wheels "$dist" "$work/pages" || exit 1

pack() {
    local architecture=$1 baseline=$2 levels=$3 platforms=$4 tree platform lacking
    has_baseline wheels "$architecture" "$baseline" "$dist" wheel || return 0
    tree=$work/densimeter-$version
    rm -rf "$tree"
    mkdir -p "$tree/densimeter-$version.data" "$tree/densimeter-$version.dist-info/licenses"
    lacking=$(place_binaries "$dist" "$baseline" "$levels" "$tree/densimeter-$version.data/scripts")
    if [ -n "$lacking" ]; then say "$architecture: $lacking"; fi
    cp -R "$work/pages" "$tree/densimeter-$version.data/data"
    cp LICENSE-* "$tree/densimeter-$version.dist-info/licenses/"
    {
        printf 'Metadata-Version: 2.4\nName: densimeter\nVersion: %s\n' "$version"
        printf 'Summary: %s\nLicense-Expression: %s\nRequires-Python: >=3.8\n' "$(field description)" "$(field license)"
        printf 'Project-URL: Source, %s\nDescription-Content-Type: text/markdown\n\n' "$(field repository)"
        cat README.md
    } >"$tree/densimeter-$version.dist-info/METADATA"
    {
        printf 'Wheel-Version: 1.0\nGenerator: scripts/wheels.sh\nRoot-Is-Purelib: false\n'
        for platform in $platforms; do printf 'Tag: py3-none-%s\n' "$platform"; done
    } >"$tree/densimeter-$version.dist-info/WHEEL"
    "$tool/bin/wheel" pack --dest-dir "$out" "$tree" >&2
    made=$((made + 1))
}

made=0
each_architecture pack
[ "$made" -gt 0 ] || fail "$dist holds no baseline binary: scripts/dist.sh --full makes them"
files=("$out"/*.whl)
if [ "$sdist" = yes ]; then
    tool_has maturin 'maturin==1.16.0'
    "$tool/bin/maturin" sdist --out "$out" >&2
    files+=("$out"/*.tar.gz)
fi
(cd "$out" && sha256sum -- "${files[@]##*/}" >SHA256SUMS)
for file in "${files[@]}"; do say "$file, $(wc -c <"$file") bytes"; done
