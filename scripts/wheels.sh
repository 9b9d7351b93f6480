#!/usr/bin/env bash
# Packs the static binaries of dist/ as wheels into dist/wheels/, so that `pip install` or `uvx` needs no compiler.
#
#   scripts/wheels.sh [--dist DIR] [--out DIR]
#
# One wheel for each architecture, with every level that DIR holds. The command `densimeter` is the baseline level; it goes over to
# the best binary beside it that the processor can run, as the binaries of `make dist` do. They are static, so that one file serves
# glibc and musl. The archive and its list of sums are written by PyPA's own `wheel pack`.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "wheels: $*" >&2; }
fail() { say "$*"; exit 1; }

dist=dist out=
while [ $# -gt 0 ]; do
    case $1 in
        --dist) dist=${2:?--dist needs a folder}; shift 2 ;;
        --out) out=${2:?--out needs a folder}; shift 2 ;;
        *) fail "unknown argument $1 (known: --dist DIR, --out DIR)" ;;
    esac
done
out=${out:-$dist/wheels}

# architecture | baseline | further levels | platforms of the wheel
WHEELS='
x86_64|x86_64-v2|x86_64-v3 x86_64-avx512|manylinux_2_17_x86_64 musllinux_1_1_x86_64
aarch64|aarch64-armv8.0|aarch64-dotprod aarch64-i8mm|manylinux_2_17_aarch64 musllinux_1_1_aarch64
armv7|armv7-neon||manylinux_2_17_armv7l musllinux_1_1_armv7l
'

# The packer, in a folder of its own: nothing is installed into the system.
command -v python3 >/dev/null || fail "python3 is missing: apt-get install python3-venv"
tool=target/wheels/venv
if [ ! -x "$tool/bin/wheel" ]; then
    python3 -m venv "$tool" || fail "python3 has no venv: apt-get install python3-venv"
    "$tool/bin/pip" install --quiet --disable-pip-version-check 'wheel==0.45.1'
fi

field() { sed -n "s/^$1 = \"\(.*\)\"\$/\1/p" Cargo.toml | head -n 1; }
version=$(field version)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

pack() {
    local architecture=$1 baseline=$2 levels=$3 platforms=$4 tree scripts level platform
    if [ ! -f "$dist/densimeter-$baseline" ]; then
        say "$architecture: no $dist/densimeter-$baseline, so no wheel (make dist VARIANTS=$baseline)"
        return 0
    fi
    tree=$work/densimeter-$version
    rm -rf "$tree"
    scripts=$tree/densimeter-$version.data/scripts
    mkdir -p "$scripts" "$tree/densimeter-$version.dist-info"
    install -m 755 "$dist/densimeter-$baseline" "$scripts/densimeter"
    for level in $levels; do
        if [ -f "$dist/densimeter-$level" ]; then
            install -m 755 "$dist/densimeter-$level" "$scripts/densimeter-$level"
        else
            say "$architecture: without $level, which $dist does not hold"
        fi
    done
    {
        printf 'Metadata-Version: 2.1\nName: densimeter\nVersion: %s\n' "$version"
        printf 'Summary: %s\nLicense: %s\nRequires-Python: >=3.8\n' "$(field description)" "$(field license)"
        printf 'Description-Content-Type: text/markdown\n\n'
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
while IFS='|' read -r architecture baseline levels platforms; do
    pack "$architecture" "$baseline" "$levels" "$platforms"
done < <(printf '%s' "$WHEELS" | sed '/^$/d')
[ "$made" -gt 0 ] || fail "$dist holds no baseline binary: make dist makes them"
(cd "$out" && sha256sum ./*.whl >SHA256SUMS)
for file in "$out"/*.whl; do say "$file, $(wc -c <"$file") bytes"; done
