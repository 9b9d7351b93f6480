#!/usr/bin/env bash
# Tells how to take back what the scripts of this project installed on this machine. Removes nothing itself.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

quoted() { printf '%q' "$1"; }
any=no
# What to say, and the command: one a line, so that all can be copied.
tell() {
    any=yes
    printf '# %s\n%s\n' "$1" "$2"
}

sudo=""
is_root || sudo="sudo "
recorded() { [ ! -e "$INSTALLED" ] || sed -n "s/^$1 //p" "$INSTALLED" | tr ' ' '\n' | sort -u | tr '\n' ' '; }

for manager in apt dnf pacman brew; do
    packages=$(recorded "$manager")
    packages=${packages% }
    if [ -z "$packages" ]; then continue; fi
    case $manager in
        apt) tell "packages that were missing, and what came with them" "${sudo}apt-get purge --autoremove $packages" ;;
        dnf) tell "packages that were missing" "${sudo}dnf remove $packages" ;;
        pacman) tell "packages that were missing" "${sudo}pacman -Rs $packages" ;;
        brew) tell "packages that were missing" "brew uninstall $packages" ;;
    esac
done
tools=$(recorded cargo)
if [ -n "$tools" ]; then tell "tools that were built for this user" "cargo uninstall ${tools% }"; fi
if grep -qsx rustup "$INSTALLED"; then tell "Rust, which was missing" "rustup self uninstall"; fi

target=${CARGO_TARGET_DIR:-target}
if [ -d "$target" ]; then tell "what was built, and what was unpacked for tests" "rm -rf $(quoted "$target")"; fi
for folder in dist tests/browser/node_modules; do
    if [ -d "$folder" ]; then tell "made by this project" "rm -rf $folder"; fi
done
cache=${DENSIMETER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/densimeter}
if [ -d "$cache" ]; then tell "models and benchmarks that were fetched" "rm -rf $(quoted "$cache")"; fi
# The record first: it lies in the folder, whose removal takes it along.
state=${INSTALLED%/*}
if [ -e "$INSTALLED" ]; then tell "the record of what was installed" "rm $(quoted "$INSTALLED")"; fi
if [ -d "$state" ]; then tell "runs, journals and what was probed of this device" "rm -rf $(quoted "$state")"; fi
if [ "$any" = no ]; then echo "# nothing is left of this project's set-up"; fi
