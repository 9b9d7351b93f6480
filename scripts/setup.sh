#!/usr/bin/env bash
# Installs what building densimeter needs and this machine lacks, and does nothing when all is there.
#
#   scripts/setup.sh [--test]     --test: also what `make test` needs (rustfmt, clippy, a browser with its driver; as root or
#                                 with CI set and apt: an ARM cross compiler, and, unpacked into target/lab, sshd, Slurm and an
#                                 emulator; without them tests are skipped). No service is installed or enabled
#   scripts/setup.sh --rust       only what a build without the engine needs: Rust and a linker
#   scripts/setup.sh --list       print what is missing, one a line, and change nothing
#
# As root, or with CI set, it runs straight through. At a terminal it shows the command and asks before sudo.
# Otherwise it prints the command and stops. Written for bash 3.2, which macOS carries.
set -euo pipefail

cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/packages.sh

RUST_NEEDED=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
for_tests=no
rust_only=no
list_only=no
for argument in "$@"; do
    case $argument in
        --test) for_tests=yes ;;
        --rust) rust_only=yes ;;
        --list) list_only=yes ;;
        *) echo "setup: unknown argument $argument (known: --test, --rust, --list)" >&2; exit 2 ;;
    esac
done

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
in_ci() { [ -n "${CI:-}" ] && [ "$CI" != false ] && [ "$CI" != 0 ]; }

# $1: what would be done. Asks only where somebody can answer.
agreed() {
    if is_root || in_ci; then return 0; fi
    if [ ! -t 0 ]; then return 1; fi
    local answer
    read -r -p "setup: $1 [y/N] " answer
    case $answer in y | Y | yes) return 0 ;; *) return 1 ;; esac
}

# bindgen needs the library and, beside it, the compiler's own headers (stddef.h); some packages bring only the first.
has_libclang() {
    local library folder
    for library in \
        "${LIBCLANG_PATH:-/nonexistent}"/libclang*.so* "${LIBCLANG_PATH:-/nonexistent}"/libclang*.dylib \
        /usr/lib/llvm*/lib/libclang*.so* /usr/lib/*-linux-gnu*/libclang*.so* /usr/lib64/libclang*.so* \
        /usr/lib64/llvm*/lib*/libclang*.so* /usr/lib/libclang*.so* /usr/local/lib/libclang*.so* \
        /Library/Developer/CommandLineTools/usr/lib/libclang.dylib \
        /Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib/libclang.dylib; do
        [ -e "$library" ] || continue
        case ${library##*/} in libclang-cpp* | libclang_*) continue ;; esac
        folder=$(dirname "$library")
        for header in "$folder"/clang/*/include/stddef.h /usr/lib/llvm*/lib/clang/*/include/stddef.h \
            /usr/lib/clang/*/include/stddef.h /usr/lib64/clang/*/include/stddef.h; do
            if [ -e "$header" ]; then return 0; fi
        done
    done
    return 1
}

has_browser() {
    local name
    for name in "${CHROMIUM:-chromium}" chromium-browser google-chrome chrome chromium-freeworld; do
        if have "$name"; then return 0; fi
    done
    return 1
}

has_font() {
    [ "$(uname -s)" != Linux ] && return 0
    local file
    for file in /usr/share/fonts/*/DejaVuSans.ttf /usr/share/fonts/*/*/DejaVuSans.ttf; do
        if [ -e "$file" ]; then return 0; fi
    done
    return 1
}

# What something is lacking without, but not everything.
only_optional() {
    local thing
    for thing in $missing; do
        case $thing in pip | chromium | node | font) ;; *) return 1 ;; esac
    done
}

# rustup's `cargo` exists even when no toolchain does, so the tools are run, not only looked for.
has_rust() { cargo --version >/dev/null 2>&1 && rustc --version >/dev/null 2>&1; }

rust_is_new_enough() {
    local found
    found=$(rustc --version | cut -d' ' -f2 | cut -d- -f1)
    [ "$(printf '%s\n%s\n' "$RUST_NEEDED" "$found" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$RUST_NEEDED" ]
}

missing=""
[ "$rust_only" = yes ] || have cmake || missing="$missing cmake"
{ have c++ || have g++ || have clang++; } && { have cc || have gcc || have clang; } || missing="$missing compiler"
have make || missing="$missing make"
[ "$rust_only" = yes ] || has_libclang || missing="$missing libclang"
# The second source of models is PyPI, read through pip; without it only the first one is left.
[ "$rust_only" = yes ] ||
    python3 -c 'import sys, importlib.util as i; sys.exit(i.find_spec("pip") is None)' >/dev/null 2>&1 || missing="$missing pip"
has_rust || have curl || have rustup || missing="$missing curl"
# Reports are looked at in a browser; the pictures that are compared are set in one font.
if [ "$for_tests" = yes ]; then
    has_browser || missing="$missing chromium"
    { have node && have npm; } || missing="$missing node"
    has_font || missing="$missing font"
fi

# What the tests of fleets, cross-builds and wheels run on. Without it those tests are skipped and say so. Compilers and tools are
# installed; what would bring a service (sshd, Slurm) is only unpacked.
lab="" unpacked=""
if [ "$for_tests" = yes ] && have apt-get && { is_root || in_ci; }; then
    have ip || lab="$lab iproute2"
    have ssh || lab="$lab openssh-client"
    have aarch64-linux-gnu-g++ || lab="$lab gcc-aarch64-linux-gnu g++-aarch64-linux-gnu"
    python3 -c 'import ensurepip' >/dev/null 2>&1 || lab="$lab python3-venv"
    unpacked=$(scripts/lab.sh --list | tr '\n' ' ')
fi

rust=""
if ! has_rust; then
    rust=install
elif ! rust_is_new_enough; then
    rust=update
elif [ "$for_tests" = yes ] && ! { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1; then
    rust=components
fi

if [ "$list_only" = yes ]; then
    for thing in $missing $lab $unpacked; do echo "$thing"; done
    if [ -n "$rust" ]; then echo "rust ($rust)"; fi
    exit 0
fi

if [ -n "$missing$lab" ]; then say "to be installed, and recorded for \`make clean-setup\`:$missing$lab"; fi
if [ -n "$unpacked" ]; then say "to be unpacked below target/, not installed: $unpacked"; fi

if [ -n "$missing" ]; then
    case "$(uname -s)$missing" in
        Darwin*compiler*) fail "the C++ compiler of macOS comes with its command line tools: run xcode-select --install" ;;
    esac
    if have apt-get; then manager=apt
    elif have dnf; then manager=dnf
    elif have pacman; then manager=pacman
    elif have brew; then manager=brew
    else fail "missing:$missing; found none of apt, dnf, pacman, brew: install them by hand and run this again"
    fi
    packages=""
    for thing in $missing; do
        case $manager:$thing in
            # curl alone comes without the certificates that HTTPS needs.
            apt:curl) package="curl ca-certificates" ;;
            *:cmake | *:make | *:curl | *:chromium) package=$thing ;;
            apt:node | pacman:node) package="nodejs npm" ;;
            dnf:node) package=nodejs ;;
            brew:node) package=node ;;
            apt:font) package=fonts-dejavu-core ;;
            dnf:font) package=dejavu-sans-fonts ;;
            *:font) package=ttf-dejavu ;;
            apt:compiler) package=g++ ;;
            apt:libclang) package=libclang-dev ;;
            apt:pip) package="python3 python3-pip" ;;
            dnf:compiler) package="gcc gcc-c++" ;;
            dnf:libclang) package=clang-devel ;;
            dnf:pip) package="python3 python3-pip" ;;
            pacman:compiler) package=gcc ;;
            pacman:libclang) package=clang ;;
            pacman:pip) package="python python-pip" ;;
            brew:compiler) package=gcc ;;
            brew:libclang) package=llvm ;;
            brew:pip) package=python ;;
        esac
        packages="$packages $package"
    done
    case $manager in
        apt) install="apt-get install -y --no-install-recommends$packages" ;;
        dnf) install="dnf install -y$packages" ;;
        pacman) install="pacman -S --needed --noconfirm$packages" ;;
        brew) install="brew install$packages" ;;
    esac

    sudo=""
    if [ "$manager" != brew ] && ! is_root; then
        have sudo || fail "missing:$missing; as root, run: $install"
        sudo=sudo
        if in_ci; then sudo="sudo -n"; fi
    fi
    if agreed "missing:$missing. Run '${sudo:+$sudo }$install'?"; then
        # shellcheck disable=SC2086
        if [ "$manager" = apt ]; then
            install_debian setup $packages
        else
            $sudo $install >&2
            record "$manager" $packages
        fi
        . scripts/env.sh
    elif only_optional; then
        say "going on without$missing (pip: the second source of models; the others: reports in a browser)"
    else
        fail "missing:$missing; run: ${sudo:+$sudo }$install"
    fi
fi

if [ -n "$lab" ]; then
    sudo=""
    is_root || sudo="sudo -n"
    # shellcheck disable=SC2086
    install_debian setup $lab || say "not installed; tests that need them are skipped, and fail where CI is set"
fi
if [ -n "$unpacked" ]; then
    scripts/lab.sh || say "not unpacked: $unpacked; tests that need them are skipped, and fail where CI is set"
fi

case $rust in
    install)
        if have rustup; then
            install="rustup toolchain install stable --profile minimal --component clippy,rustfmt"
            agreed "no Rust toolchain is installed. Run '$install'?" || fail "no Rust toolchain; run: $install"
            $install >&2
        else
            agreed "Rust is missing. Install it for this user with rustup (https://rustup.rs)?" ||
                fail "Rust $RUST_NEEDED or newer is missing; see https://rustup.rs"
            say "installing Rust with rustup"
            script=$(mktemp)
            trap 'rm -f "$script"' EXIT
            curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs -o "$script"
            sh "$script" -y --no-modify-path --profile minimal --component clippy --component rustfmt >&2
            record rustup
            . scripts/env.sh
        fi
        ;;
    update)
        have rustup || fail "$(rustc --version) is older than the needed $RUST_NEEDED; update it, or see https://rustup.rs"
        agreed "$(rustc --version) is older than the needed $RUST_NEEDED. Run 'rustup update stable'?" ||
            fail "Rust $RUST_NEEDED or newer is needed; run: rustup update stable"
        rustup update stable >&2
        ;;
    components)
        have rustup || fail "rustfmt and clippy are missing; install them with the package manager that brought rustc"
        agreed "rustfmt or clippy is missing. Run 'rustup component add rustfmt clippy'?" ||
            fail "the tests need them; run: rustup component add rustfmt clippy"
        rustup component add rustfmt clippy >&2
        ;;
esac

# Looks at the dependencies' licences and sources. Built here, for this user; a minute or five.
if [ "$for_tests" = yes ] && ! have cargo-deny; then
    if agreed "cargo-deny is missing. Run 'cargo install --locked cargo-deny'?"; then
        install_cargo setup cargo-deny@0.20.2 || { if in_ci; then fail "CI needs cargo-deny"; fi; }
    else
        say "going on without cargo-deny: dependencies are not checked"
    fi
fi

# The driver of the browser, from its lock file, where the last one was not of this lock.
if [ "$for_tests" = yes ] && have npm && [ ! tests/browser/node_modules/.package-lock.json -nt tests/browser/package-lock.json ]; then
    say "installing the driver of the browser and the linter of the workflows (tests/browser)"
    if said=$(npm ci --prefix tests/browser --no-audit --no-fund 2>&1); then
        touch -c tests/browser/node_modules/.package-lock.json
    else
        say "npm ci failed in tests/browser; its last lines:"
        printf '%s\n' "$said" | tail -n 15 | sed 's/^/    /' >&2
        if in_ci; then fail "CI needs the browser's driver"; fi
        say "going on: reports are not looked at in a browser"
    fi
fi

if [ -n "$missing$rust" ]; then
    { have cmake && has_libclang && has_rust && rust_is_new_enough; } ||
        fail "something is still missing after the installation: $(scripts/setup.sh --list | tr '\n' ' ')"
fi
