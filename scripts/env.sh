# shellcheck shell=bash
# Sourced by the Makefile's recipes and by setup.sh: where this machine keeps its tools. Installs nothing, prints nothing.

# rustup puts cargo here, but a shell opened before its installation does not know it.
if ! command -v cargo >/dev/null 2>&1 && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    export PATH
fi

# With another HOME than the one rustup was installed under, its `cargo` is on the path but finds no toolchain.
if [ -z "${RUSTUP_HOME:-}" ] && [ ! -d "$HOME/.rustup/toolchains" ] && command -v cargo >/dev/null 2>&1; then
    densimeter_folder=$(dirname "$(command -v cargo)")/../../.rustup
    if [ -d "$densimeter_folder/toolchains" ]; then
        RUSTUP_HOME=$(cd "$densimeter_folder" && pwd)
        export RUSTUP_HOME
    fi
    unset densimeter_folder
fi

# bindgen searches the usual folders of Linux itself; Homebrew's is not among them.
if [ -z "${LIBCLANG_PATH:-}" ]; then
    for densimeter_folder in /opt/homebrew/opt/llvm/lib /usr/local/opt/llvm/lib; do
        if [ -e "$densimeter_folder/libclang.dylib" ] || [ -e "$densimeter_folder/libclang.so" ]; then
            LIBCLANG_PATH="$densimeter_folder"
            export LIBCLANG_PATH
            break
        fi
    done
    unset densimeter_folder
fi
