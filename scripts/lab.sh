#!/usr/bin/env bash
# What the tests of fleets, Slurm and ARM binaries run on, unpacked into target/lab and not installed: no service is installed,
# started or enabled, no user is made, and nothing below /etc changes. What this machine already has is used as it is.
#
#   scripts/lab.sh           unpack what is missing
#   scripts/lab.sh --list    print the missing packages, one a line
set -euo pipefail
cd "$(dirname "$0")/.."

lab=${CARGO_TARGET_DIR:-target}/lab

say() { echo "lab: $*" >&2; }
fail() { say "$*"; exit 1; }
# Daemons stand in folders that are not on everybody's path.
have() { [ -x "/usr/sbin/$1" ] || [ -x "/usr/bin/$1" ] || [ -x "$lab/usr/sbin/$1" ] || [ -x "$lab/usr/bin/$1" ]; }

missing=()
have sshd || missing+=(openssh-server)
{ have slurmctld && have slurmd && have sbatch && have munged; } || missing+=(slurmctld slurmd slurm-client munge)
have qemu-aarch64-static || missing+=(qemu-user-static)

if [ "${1:-}" = --list ]; then
    for package in ${missing[@]+"${missing[@]}"}; do echo "$package"; done
    exit 0
fi
[ $# = 0 ] || { echo "lab: unknown argument $1 (known: --list)" >&2; exit 2; }
[ ${#missing[@]} -gt 0 ] || exit 0
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || fail "needs Debian's packages: ${missing[*]}"

work=$lab.part
rm -rf "$work"
mkdir -p "$work/packages"
work=$(cd "$work" && pwd)
trap 'rm -rf "$work"' EXIT

# What apt would install for them is what they need beside what is here. Its C library is never among it: a second one
# would not go with this machine's loader.
needed() { LC_ALL=C apt-get install --simulate --no-install-recommends "${missing[@]}" 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -v '^libc6$'; }
packages=$(needed || true)
if [ -z "$packages" ] && [ "$(id -u)" = 0 ]; then
    apt-get update -q >&2 || say "apt-get update failed; going on"
    packages=$(needed || true)
fi
[ -n "$packages" ] || fail "apt-get knows no ${missing[*]}: run apt-get update"
say "unpacking into $lab, installing nothing: $(echo $packages)"
# shellcheck disable=SC2086
(cd "$work/packages" && apt-get -q -oAPT::Sandbox::User=root download $packages >&2) || fail "apt-get could not fetch $(echo $packages)"
for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$work/tree"; done
# Programs, libraries and plugins; of the emulators only that of 64-bit ARM.
rm -rf "$work/tree/usr/share" "$work/tree/var" "$work/tree/etc"
find "$work/tree" -name 'qemu-*-static' ! -name qemu-aarch64-static -delete
# Slurm's own names, which its packages give by links when they are installed.
for program in "$work"/tree/usr/sbin/slurm*-wlm; do
    [ ! -e "$program" ] || ln -sf "${program##*/}" "${program%-wlm}"
done
mkdir -p "$lab"
cp -a "$work/tree/." "$lab/"
