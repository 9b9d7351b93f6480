#!/usr/bin/env bash
# Runs the two commands as a stranger would: a clean clone of HEAD, a new HOME, nobody at the keyboard.
#
#   scripts/fresh-clone.sh [TARGET...]    make targets, one after the other; default: test demo
#
# The Rust toolchain and cargo's download cache stay those of the caller; models, settings and build output start empty.
# The folder is removed at the end unless KEEP is set.
set -euo pipefail

root=$(git -C "$(dirname "$0")/.." rev-parse --show-toplevel)
if [ -n "$(git -C "$root" status --porcelain --untracked-files=no)" ]; then
    echo "fresh-clone: uncommitted changes are not part of the clone" >&2
fi

folder=$(mktemp -d)
if [ -z "${KEEP:-}" ]; then trap 'rm -rf "$folder"' EXIT; fi
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
export HOME="$folder/home" CI=true
unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME CARGO_TARGET_DIR RUSTFLAGS
mkdir "$HOME"

git clone --quiet --no-local "$root" "$folder/densimeter"
cd "$folder/densimeter"
echo "fresh-clone: $(git log -1 --format='%h %s') in $PWD" >&2

for target in "${@:-test demo}"; do
    for word in $target; do
        started=$(date +%s)
        if make "$word" </dev/null; then
            echo "fresh-clone: make $word passed in $(($(date +%s) - started)) s" >&2
        else
            echo "fresh-clone: make $word FAILED after $(($(date +%s) - started)) s" >&2
            exit 1
        fi
    done
done
# A clone that the commands leave dirty would surprise the next `git status`.
if [ -n "$(git status --porcelain)" ]; then
    echo "fresh-clone: the commands left changes behind:" >&2
    git status --short >&2
    exit 1
fi
