#!/usr/bin/env bash
# Builds the parts without an engine for Windows (x86-64), below target/windows, and tries them under wine.
#
#   scripts/windows.sh          build densimeter.exe, and print where it is
#   scripts/windows.sh test     build it and this system's binary of the same features, and hold what they say against each other
#
# Rust's library for Windows is rustup's, where that can be fetched. Else, and with DENSIMETER_WINDOWS_RUST=debian, it is compiled
# from Debian's sources by Debian's own compiler. What is missing (that compiler, mingw, wine) is unpacked into target/windows
# and not installed. docs/cross-building.md says what was seen.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/packages.sh

say() { echo "windows: $*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

case ${1:-} in
    '' | test) ;;
    *) echo "windows: unknown argument $1 (known: test)" >&2; exit 2 ;;
esac
profile=${DENSIMETER_WINDOWS_PROFILE:-release}
triple=x86_64-pc-windows-gnu
mkdir -p "${CARGO_TARGET_DIR:-target}/windows"
target=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
room=$target/windows
# Those of this CPU are not those of whoever gets the binary.
unset RUSTFLAGS

# unpacked NAME PROGRAM PACKAGE…: a folder of the room, filled where the program is not in it yet.
unpacked() {
    local name=$1 program=$2
    shift 2
    [ -e "$room/$name/$program" ] || unpack_debian windows "$room/$name" "$@" || fail "cannot get $*"
}

# The compiler's linker. Both of Debian's mingws do; this one needs no library of threads.
linker() {
    if ! have x86_64-w64-mingw32-gcc; then
        unpacked mingw usr/bin/x86_64-w64-mingw32-gcc-win32 gcc-mingw-w64-x86-64-win32
        ln -sf x86_64-w64-mingw32-gcc-win32 "$room/mingw/usr/bin/x86_64-w64-mingw32-gcc"
        export PATH="$room/mingw/usr/bin:$PATH"
    fi
    export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
}

# Debian's compiler knows Windows, but Debian has no library for it: it is built from the sources, with the two objects of
# start-up that the linker is given.
debian_rust() {
    local root=$room/rust/usr library part
    unpacked rust usr/bin/rustc rustc-web cargo-web rust-web-src
    library=$root/lib/rustlib
    if [ ! -e "$library/src/rust/library" ]; then
        rm -rf "$library/src"
        mkdir -p "$library/src/rust"
        mv "$root"/src/*/library "$library/src/rust/"
    fi
    export PATH="$root/bin:$PATH" RUSTC=$root/bin/rustc RUSTC_BOOTSTRAP=1
    export LD_LIBRARY_PATH="$root/lib/x86_64-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    mkdir -p "$library/$triple/lib"
    for part in rsbegin rsend; do
        "$RUSTC" --target "$triple" --crate-type lib --emit=obj -o "$library/$triple/lib/$part.o" "$library/src/rust/library/rtstartup/$part.rs"
    done
}

# In a shell of its own: what it exports is not for this system's binary.
build() (
    linker
    extra=()
    if [ "${DENSIMETER_WINDOWS_RUST:-rustup}" = rustup ] && have rustup && rustup target add "$triple" >&2; then
        say "with rustup's library"
    else
        say "with Debian's compiler, and its library compiled from the sources"
        debian_rust
        extra=(-Zbuild-std=std,panic_abort)
        # Without unwinding: it would need a second library.
        export CARGO_PROFILE_DEV_PANIC=abort CARGO_PROFILE_RELEASE_PANIC=abort
    fi
    cargo build --locked --profile "$profile" --no-default-features --bin densimeter --target "$triple" \
        --target-dir "$room/build" ${extra[@]+"${extra[@]}"} >&2
)

build
folder=$([ "$profile" = dev ] && echo debug || echo "$profile")
program=$room/build/$triple/$folder/densimeter.exe
[ -e "$program" ] || fail "$program was not built"
echo "$program"
[ "${1:-}" = test ] || exit 0

cargo build --locked --profile "$profile" --no-default-features --bin densimeter --target-dir "$target/light" >&2
wine=$(command -v wine64 || true)
libraries=${LD_LIBRARY_PATH:-}
if [ -z "$wine" ]; then
    unpacked wine usr/lib/wine/wine64 wine64
    # Debian's start script looks below /usr.
    ln -sf wineserver64 "$room/wine/usr/lib/wine/wineserver"
    wine=$room/wine/usr/lib/wine/wine64
    libraries=$room/wine/usr/lib/x86_64-linux-gnu${libraries:+:$libraries}
fi
# What the prefix needs beside wine's own libraries: Debian puts the first in its place when its packages are installed.
system=$room/prefix/drive_c/windows/system32
rm -rf "$room/prefix"
mkdir -p "$system"
for library in "$room"/wine/usr/x86_64-w64-mingw32/lib/zlib1.dll /usr/x86_64-w64-mingw32/lib/zlib1.dll; do
    if [ -e "$library" ]; then cp "$library" "$system/"; fi
done
(linker; "$CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER" -shared -o "$system/bcryptprimitives.dll" scripts/bcryptprimitives.c -ladvapi32)
WINE=$wine WINE_LIBRARIES=$libraries scripts/windows-test.sh "$target/light/$folder/densimeter" "$program" "$room"
