#!/usr/bin/env bash
# Builds densimeter with llama.cpp's Vulkan back end and runs a cargo command with it: scripts/vulkan.sh test|build [ARGUMENT…].
#
# The compiler of shaders, the loader and a driver come from packages; with no GPU the driver is Mesa's, in software. llama.cpp
# needs headers of Vulkan 1.4 (vk::LayerSettingEXT), newer than Debian 12's: where they are missing those of Debian 13 are
# unpacked, not installed, under target/. The build has a folder of its own, so that the one for the CPU stays.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/packages.sh

PACKAGES="glslc libvulkan-dev mesa-vulkan-drivers"
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
sdk=$target/vulkan-sdk

say() { echo "vulkan: $*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

loader() { ldconfig -p 2>/dev/null | grep -c 'libvulkan\.so$' >/dev/null; }
driver() { ls /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json >/dev/null 2>&1 || [ -n "${VK_DRIVER_FILES:-}" ]; }

# shellcheck disable=SC2086
{ have glslc && loader && driver; } || install_debian vulkan $PACKAGES

recent() {
    grep -qs LayerSettingEXT "$1"/vulkan/vulkan_structs.hpp && ls "$1"/../share/cmake/SPIRV-Headers/*Config.cmake >/dev/null 2>&1
}

# From the mirror that this machine uses, with a list of its own: nothing else comes from there.
fetch_headers() {
    have apt-get || fail "no headers of Vulkan 1.4 and SPIR-V: set VULKAN_SDK to a folder that holds include/ and share/"
    local apt=$target/vulkan-apt options
    options=$(apt_elsewhere "$apt" "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_mirror) trixie main")
    say "fetching the headers of Vulkan and SPIR-V of Debian 13"
    # shellcheck disable=SC2086
    (cd "$apt" && apt-get -q $options update && apt-get -q $options download libvulkan-dev spirv-headers) >&2 ||
        fail "no headers of Vulkan 1.4: set VULKAN_SDK to a folder that holds include/ and share/"
    rm -rf "$sdk.part"
    local package
    for package in "$apt"/*.deb; do dpkg-deb -x "$package" "$sdk.part"; done
    # Its library is a link to one that is not there.
    rm -rf "$sdk.part/usr/lib" "$sdk" "$apt"
    mv "$sdk.part/usr" "$sdk"
    rm -rf "$sdk.part"
}

if [ -z "${VULKAN_SDK:-}" ] && ! recent /usr/include; then
    recent "$sdk/include" || fetch_headers
    export VULKAN_SDK=$sdk CPLUS_INCLUDE_PATH=$sdk/include${CPLUS_INCLUDE_PATH:+:$CPLUS_INCLUDE_PATH}
fi

command=${1:?usage: scripts/vulkan.sh test|build [ARGUMENT…]}
shift
# llama.cpp passes over drivers in software unless one is named.
if [ -z "${GGML_VK_VISIBLE_DEVICES:-}" ]; then export GGML_VK_VISIBLE_DEVICES=0; fi
exec cargo "$command" --release --locked --features vulkan --target-dir "$target/vulkan" "$@"
