#!/usr/bin/env bash
# Builds static binaries to push to other machines, one for each CPU level, and writes dist/ with their SHA-256 sums.
#
#   scripts/dist.sh [--full] [VARIANT…]    default: every variant of the list below
#   scripts/dist.sh --list                 the variants
#
# What is sent to a target is small and fetches nothing. With --full the binaries are those of wheels and archives, which a person
# installs: into dist/full/, with the downloader and the JSON Schema library, of any size.
#
# A variant is a Rust target, an engine level and what cmake is told. The Rust code itself is always of the target's
# baseline, so that a binary can look at the processor and refuse in words before an illegal instruction ends it.
# What a build depends on beside the sources (level, compilers, the cmake files) is part of its folder's name: nothing
# is taken from a build of something else. docs/cross-building.md says more.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/packages.sh

# name | Rust target | DENSIMETER_ARM_ARCH | ggml switches on | ggml switches off | an instruction that its kernels hold
VARIANTS='
aarch64-armv8.0|aarch64-unknown-linux-gnu|armv8-a|||smull
aarch64-dotprod|aarch64-unknown-linux-gnu|armv8.2-a+dotprod|||sdot
aarch64-i8mm|aarch64-unknown-linux-gnu|armv8.2-a+dotprod+fp16+i8mm|||smmla
armv7-neon|armv7-unknown-linux-gnueabihf|armv7-a+neon-vfpv4|||vmull.s8
x86_64-v2|x86_64-unknown-linux-gnu||SSE42|AVX AVX2 FMA F16C BMI2|pmaddubsw
x86_64-v3|x86_64-unknown-linux-gnu||SSE42 AVX AVX2 FMA F16C BMI2||vpmaddubsw
x86_64-avx512|x86_64-unknown-linux-gnu||SSE42 AVX AVX2 FMA F16C BMI2 AVX512 AVX512_VNNI||vpdpbusd
'

say() { echo "dist: $*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
names() { printf '%s' "$VARIANTS" | sed -n 's/^\([^|]\{1,\}\)|.*/\1/p'; }

wanted=() full=no
for argument in "$@"; do
    case $argument in
        --list) names; exit 0 ;;
        --full) full=yes ;;
        -*) fail "unknown argument $argument (known: --list, --full)" ;;
        *) names | grep -qxF -e "$argument" || fail "unknown variant $argument (known: $(names | tr '\n' ' '))"
           wanted+=("$argument") ;;
    esac
done
features=static out=dist
if [ "$full" = yes ]; then features=static,download,json-schema out=dist/full; fi
if [ ${#wanted[@]} -eq 0 ]; then
    while IFS= read -r name; do wanted+=("$name"); done < <(names)
fi

# The prefix of the GNU tools of a Rust target, and Debian's names.
tools_of() {
    case $1 in
        aarch64-*) echo "aarch64-linux-gnu arm64" ;;
        armv7-*) echo "arm-linux-gnueabihf armhf" ;;
        x86_64-*) echo "x86_64-linux-gnu amd64" ;;
    esac
}

# Rust's standard library of the target: rustup's, or Debian's own compiler with Debian's library (`rustc-web`).
prepare_rust() {
    local target=$1 architecture=$2
    if have rustup && [ "${DENSIMETER_DIST_RUST:-rustup}" = rustup ] && rustup target add "$target" >&2; then
        return
    fi
    if [ ! -d "$(/usr/bin/rustc --print sysroot 2>/dev/null)/lib/rustlib/$target" ]; then
        if is_root; then dpkg --add-architecture "$architecture"; fi
        install_debian dist rustc-web "libstd-rust-web-dev:$architecture"
    fi
    export RUSTC=/usr/bin/rustc
}

# The linker that rustup brings folds functions of equal code into one, which GNU's cannot: 0.3 MB.
folding_linker() {
    local folder
    folder=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/gcc-ld
    if [ "${DENSIMETER_DIST_RUST:-rustup}" = rustup ] && [ -x "$folder/ld.lld" ]; then
        echo "-C link-arg=-B$folder -C link-arg=-fuse-ld=lld -C link-arg=-Wl,--icf=all"
    fi
}

# Beside static linking, what keeps a binary small: no tables for unwinding, which never happens (`panic` of the profile),
# and less inlining in what is not timed (the loops of the probes are as fast). x86-64 code is larger than ARM's: it is also
# tied to one address.
rust_flags() {
    local flags="-C target-feature=+crt-static -C force-unwind-tables=no -C llvm-args=-inline-threshold=50"
    case $1 in x86_64-*) flags="$flags -C relocation-model=static $(folding_linker)" ;; esac
    echo "$flags"
}

build() {
    local name=$1 target=$2 arm_arch=$3 on=$4 off=$5 proof=$6 prefix architecture fpu=
    read -r prefix architecture < <(tools_of "$target")
    have "$prefix-g++" || install_debian dist "gcc-${prefix//_/-}" "g++-${prefix//_/-}"
    prepare_rust "$target" "$architecture"
    local key
    key=$({ printf '%s\n' "$@"; "${RUSTC:-rustc}" -V; "$prefix-g++" --version | head -n 1; cat cmake/*.cmake
        } | sha256sum | cut -c1-8)
    # The C compiler's driver of that target names a floating-point unit without NEON, and the name stands above the level.
    case $target in armv7-*) fpu=${arm_arch#*+} ;; esac
    local under=${target//-/_}
    local folder=target/dist/$name-$key
    say "$name: $target, engine ${arm_arch:-$on}"
    # RUSTFLAGS of the surroundings would say target-cpu=native, and cmake's switches those of another level.
    env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_TARGET_DIR \
        "CARGO_TARGET_${under^^}_LINKER=$prefix-gcc" "CARGO_TARGET_${under^^}_RUSTFLAGS=$(rust_flags "$target")" \
        "CC_$under=$prefix-gcc" "CXX_$under=$prefix-g++" "AR_$under=$prefix-ar" \
        CMAKE_PROJECT_INCLUDE="$PWD/cmake/cpu-level.cmake" \
        DENSIMETER_ARM_ARCH="$arm_arch" DENSIMETER_ARM_FPU="$fpu" \
        DENSIMETER_X86_ON="${on// /;}" DENSIMETER_X86_OFF="${off// /;}" \
        DENSIMETER_LEVEL="$name" \
        cargo build --profile dist --locked --no-default-features --features "$features" \
        --target "$target" --target-dir "$folder" --bin densimeter >&2
    local binary=$folder/$target/dist/densimeter bytes
    bytes=$(wc -c <"$binary")
    # `file` is not everywhere; a static binary names no interpreter.
    if LC_ALL=C "$prefix-readelf" -l "$binary" | grep -c 'Requesting program interpreter' >/dev/null; then
        fail "$name: the binary is not static"
    fi
    # A level that did not reach the compiler builds as well, and measures wrong.
    # (grep -q would end at the first and leave objdump a broken pipe.)
    if ! LC_ALL=C "$prefix-objdump" -d --no-show-raw-insn "$binary" | grep -cwF -e "$proof" >/dev/null; then
        fail "$name: the binary holds no $proof: it was not compiled for its level"
    fi
    # 15 MB is what a phone or a board should be sent. x86-64 code is larger, and its AVX-512 kernels are the largest.
    local most=15000000
    case $target in x86_64-*) most=18000000 ;; esac
    if [ "$full" = no ] && [ "$bytes" -gt "$most" ]; then fail "$name: $bytes bytes are more than the $((most / 1000000)) MB that it may take"; fi
    mkdir -p "$out"
    install -m 755 "$binary" "$out/densimeter-$name"
    say "$name: $out/densimeter-$name, $bytes bytes"
}

while IFS='|' read -r name target arm_arch on off proof; do
    for one in "${wanted[@]}"; do
        if [ "$one" = "$name" ]; then (build "$name" "$target" "$arm_arch" "$on" "$off" "$proof"); fi
    done
done < <(printf '%s' "$VARIANTS" | sed '/^$/d')

(cd "$out" && sha256sum densimeter-* >SHA256SUMS)
say "$(wc -l <"$out/SHA256SUMS") binaries in $out/, sums in $out/SHA256SUMS"
