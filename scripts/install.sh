#!/bin/sh
# Installs a release of densimeter for this user: fetches the archive of this architecture, holds it against its SHA-256 sum, and
# unpacks it below a prefix. Nothing is compiled, nothing needs root.
#
#   curl --proto '=https' --tlsv1.2 -sSf https://raw.githubusercontent.com/densimeter/densimeter/main/scripts/install.sh | sh
#
# DENSIMETER_VERSION   a version such as 0.1.0 (default: the latest release)
# DENSIMETER_PREFIX    where to (default: ~/.local)
# DENSIMETER_RELEASES  where from (default: the project's releases)
set -eu

say() { echo "install: $*" >&2; }
fail() { say "$*"; exit 1; }

case ${1:-} in
    '') ;;
    -h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail "unknown argument $1: what to install is said by the environment (--help)" ;;
esac

releases=${DENSIMETER_RELEASES:-https://github.com/densimeter/densimeter/releases}
prefix=${DENSIMETER_PREFIX:-${HOME:?}/.local}

case $(uname -s) in
    Linux | Android) ;;
    *) fail "there are no binaries for $(uname -s): build from source, https://github.com/densimeter/densimeter" ;;
esac
case $(uname -m) in
    x86_64 | amd64) architecture=x86_64 ;;
    aarch64 | arm64) architecture=aarch64 ;;
    armv7* | armv8l) architecture=armv7 ;;
    *) fail "there are no binaries for $(uname -m): build from source, https://github.com/densimeter/densimeter" ;;
esac

if command -v curl >/dev/null 2>&1; then
    fetch() { curl --fail --silent --show-error --location --retry 3 --output "$2" "$1"; }
elif command -v wget >/dev/null 2>&1; then
    fetch() { wget --quiet --tries=3 --output-document="$2" "$1"; }
else
    fail "curl or wget is needed"
fi
command -v sha256sum >/dev/null 2>&1 || fail "sha256sum is needed, to check what was fetched"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if [ -n "${DENSIMETER_VERSION:-}" ]; then from=$releases/download/v$DENSIMETER_VERSION; else from=$releases/latest/download; fi
fetch "$from/SHA256SUMS" "$folder/SHA256SUMS" || fail "no sums of a release at $from"
# The sums name the version.
name=$(sed -n "s/^[0-9a-f]\{64\}  \(densimeter-[0-9][0-9A-Za-z.+-]*-$architecture-linux\.tar\.gz\)\$/\1/p" "$folder/SHA256SUMS" | head -n 1)
[ -n "$name" ] || fail "the release at $from has no archive for $architecture"
say "fetching $name"
fetch "$from/$name" "$folder/$name" || fail "could not fetch $from/$name"
(cd "$folder" && grep -F "  $name" SHA256SUMS | sha256sum -c - >/dev/null 2>&1) ||
    fail "$name is not what its sum says: fetched in part, or changed on the way; nothing was installed"
tar -xzf "$folder/$name" -C "$folder" || fail "$name does not unpack"
tree=$folder/${name%.tar.gz}
mkdir -p "$prefix/bin" "$prefix/share"
# A program that is running cannot be written over; a new file in its place can be moved there.
for file in "$tree"/bin/*; do
    cp "$file" "$prefix/bin/.${file##*/}.new"
    mv "$prefix/bin/.${file##*/}.new" "$prefix/bin/${file##*/}"
done
cp -R "$tree/share/." "$prefix/share/"
say "$("$prefix/bin/densimeter" --version | head -n 1) in $prefix/bin"
case :$PATH: in
    *:"$prefix/bin":*) ;;
    *) say "put it on the path: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
