#!/usr/bin/env bash
# What the tests of fleets, Slurm and ARM binaries run on, unpacked into target/lab and not installed: no service is installed,
# started or enabled, no user is made, and nothing below /etc changes. What this machine already has is used as it is.
#
#   scripts/lab.sh           unpack what is missing
#   scripts/lab.sh --list    print the missing packages, one a line
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

lab=${CARGO_TARGET_DIR:-target}/lab

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
unpack_debian lab "$lab.new" "${missing[@]}" || exit 1
# Programs, libraries and plugins; of the emulators only that of 64-bit ARM.
rm -rf "$lab.new/usr/share" "$lab.new/var" "$lab.new/etc"
find "$lab.new" -name 'qemu-*-static' ! -name qemu-aarch64-static -delete
# Slurm's own names, which its packages give by links when they are installed.
for program in "$lab.new"/usr/sbin/slurm*-wlm; do
    [ ! -e "$program" ] || ln -sf "${program##*/}" "${program%-wlm}"
done
mkdir -p "$lab"
cp -a "$lab.new/." "$lab/"
rm -rf "$lab.new"
