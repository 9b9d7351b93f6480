# shellcheck shell=bash
# Sourced by the scripts that pack the binaries of dist/: which go together, and what lies beside them.

# architecture | baseline | further levels, best last | platforms of the wheel
# Android's tag is for Termux: the binaries are static, and its kernel is Linux.
ARCHITECTURES='
x86_64|x86_64-v2|x86_64-v3 x86_64-avx512|manylinux_2_17_x86_64 musllinux_1_1_x86_64
aarch64|aarch64-armv8.0|aarch64-dotprod aarch64-i8mm|manylinux_2_17_aarch64 musllinux_1_1_aarch64 android_21_arm64_v8a
armv7|armv7-neon||manylinux_2_17_armv7l musllinux_1_1_armv7l
'

# A field of Cargo.toml.
field() { sed -n "s/^$1 = \"\(.*\)\"\$/\1/p" Cargo.toml | head -n 1; }

# each_architecture COMMAND: calls it with name, baseline, further levels and platforms of each.
each_architecture() {
    local architecture baseline levels platforms
    while IFS='|' read -r architecture baseline levels platforms; do
        "$1" "$architecture" "$baseline" "$levels" "$platforms"
    done < <(printf '%s' "$ARCHITECTURES" | sed '/^$/d')
}

# place_binaries DIST BASELINE "LEVELS" FOLDER: the baseline as `densimeter`, the levels beside it under their own names. Prints which
# levels are missing.
place_binaries() {
    local dist=$1 baseline=$2 levels=$3 folder=$4 level
    mkdir -p "$folder"
    install -m 755 "$dist/densimeter-$baseline" "$folder/densimeter"
    for level in $levels; do
        if [ -f "$dist/densimeter-$level" ]; then
            install -m 755 "$dist/densimeter-$level" "$folder/densimeter-$level"
        else
            echo "without $level, which $dist does not hold"
        fi
    done
}

# A binary of DIST that runs on this machine, for what only the program can write.
runnable() {
    local one
    for one in ${DENSIMETER:+"$DENSIMETER"} "$1"/densimeter-*; do
        if [ -x "$one" ] && "$one" --version >/dev/null 2>&1; then
            echo "$one"
            return 0
        fi
    done
    return 1
}

# place_pages BINARY FOLDER: man pages and completions where a system looks for them below a prefix.
place_pages() {
    local binary=$1 share=$2/share
    mkdir -p "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/site-functions" "$share/fish/vendor_completions.d"
    "$binary" man -o "$share/man/man1" >/dev/null
    "$binary" completions bash >"$share/bash-completion/completions/densimeter"
    "$binary" completions zsh >"$share/zsh/site-functions/_densimeter"
    "$binary" completions fish >"$share/fish/vendor_completions.d/densimeter.fish"
}

# has_baseline WHO ARCHITECTURE BASELINE DIST WHAT: whether DIST holds it; says, as WHO, that there is no WHAT where not.
has_baseline() {
    if [ -f "$4/densimeter-$3" ]; then return 0; fi
    echo "$1: $2: no $4/densimeter-$3, so no $5 (scripts/dist.sh --full $3)" >&2
    return 1
}

# pages_of WHO DIST FOLDER: man pages and completions by a binary of DIST that runs here.
pages_of() {
    local binary
    binary=$(runnable "$2") || {
        echo "$1: no binary of $2 runs here, to write the man pages: scripts/dist.sh --full makes them, or set DENSIMETER to one that runs" >&2
        return 1
    }
    place_pages "$binary" "$3"
}
