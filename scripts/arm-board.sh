#!/usr/bin/env bash
# A whole ARM board, made of nothing but packages: an arm64 Debian with a kernel of its own, booted by qemu-system and reached
# by ssh, and the default model measured on it as on any other target of a fleet. Slow (the processor is emulated): a
# quarter of an hour, of which half is the first set-up. Nothing of this machine is changed but for the packages named below.
#
#   scripts/arm-board.sh               set up what is missing, boot, measure, collect, shut down
#   scripts/arm-board.sh --keep        leave the board running and print how to reach it
#
# BOARD_ARGUMENTS  what is measured (default: -p 16 -n 8 -r 2 -t 2 --no-wait)
# BOARD_PORT       port of its ssh on this machine (default: 2222)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/packages.sh

PACKAGES="qemu-system-arm qemu-user-static debootstrap cpio openssh-client kmod"
SUITE=bookworm
FOLDER=${CARGO_TARGET_DIR:-target}/arm-board
PORT=${BOARD_PORT:-2222}
ARGUMENTS=${BOARD_ARGUMENTS:--p 16 -n 8 -r 2 -t 2 --no-wait}
keep=no
case ${1:-} in
    "") ;;
    --keep) keep=yes ;;
    *) echo "arm-board: unknown argument $1 (known: --keep)" >&2; exit 2 ;;
esac

say() { echo "arm-board: $*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# shellcheck disable=SC2086
{ have qemu-system-aarch64 && have qemu-aarch64-static && have debootstrap && have cpio && have ssh && have depmod; } ||
    install_debian arm-board $PACKAGES
is_root || fail "debootstrap needs root: sudo -E $0"
[ -x dist/densimeter-aarch64-armv8.0 ] || scripts/dist.sh aarch64-armv8.0

mkdir -p "$FOLDER"
FOLDER=$(cd "$FOLDER" && pwd)
root=$FOLDER/root

# The second stage runs ARM programs by the hundred: the emulator is registered with the kernel for its time, where nothing is.
registry=/proc/sys/fs/binfmt_misc
register() {
    [ -e "$registry/register" ] || mount -t binfmt_misc binfmt_misc "$registry" ||
        fail "no binfmt_misc: load the kernel's module, or install qemu-user-static with binfmt-support"
    if ! grep -qs aarch64 "$registry"/qemu-*; then
        # ELF64, little-endian, machine 183; F: opened here and now, so that it is found inside the new root too.
        echo ':qemu-densimeter:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:'"$(command -v qemu-aarch64-static)"':F' \
            >"$registry/register"
    fi
}
unregister() { if [ -e "$registry/qemu-densimeter" ]; then echo -1 >"$registry/qemu-densimeter"; fi; }

if [ ! -e "$root/.ready" ]; then
    say "making an arm64 Debian ($SUITE)"
    rm -rf "$root"
    debootstrap --arch=arm64 --foreign --variant=minbase --include=openssh-server,iproute2,kmod "$SUITE" "$root" "$(debian_mirror)" \
        >"$FOLDER/debootstrap.log" 2>&1 || fail "debootstrap failed: $FOLDER/debootstrap.log"
    register
    trap unregister EXIT
    chroot "$root" /debootstrap/debootstrap --second-stage >>"$FOLDER/debootstrap.log" 2>&1 ||
        fail "debootstrap's second stage failed: $FOLDER/debootstrap.log"
    unregister
    trap - EXIT
    rm -rf "$root/var/cache/apt/archives" "$root/var/lib/apt/lists" "$root/usr/share/doc" "$root/usr/share/locale" \
        "$root/usr/share/man"
    touch "$root/.ready"
fi

# The kernel comes as a package of its own, unpacked and not installed: it would make an initial disk with the emulator.
if [ ! -e "$FOLDER/vmlinuz" ]; then
    say "fetching its kernel"
    mkdir -p "$FOLDER/kernel"
    options=$(apt_elsewhere "$FOLDER/apt" \
        "deb [arch=arm64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(debian_mirror) $SUITE main")
    options="$options -oAPT::Architecture=arm64 -oAPT::Architectures=arm64 -oDir::State::status=$FOLDER/apt/status"
    : >"$FOLDER/apt/status"
    # shellcheck disable=SC2086
    {
        apt-get -q $options update
        package=$(apt-cache $options depends linux-image-arm64 | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1)
        (cd "$FOLDER/apt" && apt-get -q $options download "$package")
    } >"$FOLDER/apt.log" 2>&1 || fail "no kernel: $FOLDER/apt.log"
    dpkg-deb -x "$FOLDER"/apt/linux-image-*.deb "$FOLDER/kernel"
    release=$(basename "$FOLDER"/kernel/lib/modules/*)
    mkdir -p "$root/lib/modules"
    rm -rf "$root/lib/modules/$release"
    # Of its modules only what the virtual machine has.
    for module in drivers/net/virtio_net.ko drivers/net/net_failover.ko net/core/failover.ko drivers/virtio/virtio.ko \
        drivers/virtio/virtio_ring.ko drivers/virtio/virtio_pci.ko drivers/virtio/virtio_pci_modern_dev.ko \
        drivers/virtio/virtio_pci_legacy_dev.ko drivers/virtio/virtio_mmio.ko; do
        from=$FOLDER/kernel/lib/modules/$release/kernel/$module
        if [ -e "$from" ]; then install -D -m 644 "$from" "$root/lib/modules/$release/kernel/$module"; fi
    done
    cp "$FOLDER/kernel/lib/modules/$release"/modules.builtin* "$FOLDER/kernel/lib/modules/$release/modules.order" \
        "$root/lib/modules/$release/"
    depmod -b "$root" "$release"
    cp "$FOLDER/kernel/boot/vmlinuz-$release" "$FOLDER/vmlinuz"
fi

[ -e "$FOLDER/key" ] || ssh-keygen -q -t ed25519 -N '' -C densimeter-board -f "$FOLDER/key"
install -d -m 700 "$root/root/.ssh"
install -m 600 "$FOLDER/key.pub" "$root/root/.ssh/authorized_keys"
echo board >"$root/etc/hostname"
cat >"$root/init" <<'INIT'
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm /run/sshd
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
hostname board
modprobe virtio_pci
modprobe virtio_net
ip link set lo up
card=$(ls /sys/class/net | grep -v '^lo$' | head -n 1)
ip address add 10.0.2.15/24 dev "$card"
ip link set "$card" up
ip route add default via 10.0.2.2
/usr/sbin/sshd -e
echo "board: sshd is up on $card"
exec sleep 2147483647
INIT
chmod 755 "$root/init"
(cd "$root" && find . -xdev -print0 | cpio --null --quiet -o -H newc) >"$FOLDER/initrd"

say "booting (console in $FOLDER/console)"
qemu-system-aarch64 -M virt -cpu cortex-a72 -smp 2 -m 3072 -nographic -no-reboot \
    -kernel "$FOLDER/vmlinuz" -initrd "$FOLDER/initrd" -append "console=ttyAMA0 rdinit=/init panic=-1" \
    -netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$PORT-:22" -device virtio-net-pci,netdev=net,romfile= \
    </dev/null >"$FOLDER/console" 2>&1 &
board=$!
if [ "$keep" = no ]; then trap 'kill "$board" 2>/dev/null || true' EXIT; fi

for _ in $(seq 1 300); do
    kill -0 "$board" 2>/dev/null || fail "the board ended: $FOLDER/console"
    if ssh-keyscan -T 5 -p "$PORT" -t ed25519 127.0.0.1 >"$FOLDER/known_hosts" 2>/dev/null && [ -s "$FOLDER/known_hosts" ]; then break; fi
    sleep 2
done
[ -s "$FOLDER/known_hosts" ] || fail "its sshd did not answer: $FOLDER/console"
say "up: ssh -i $FOLDER/key -o UserKnownHostsFile=$FOLDER/known_hosts -p $PORT root@127.0.0.1"
if [ "$keep" = yes ]; then say "left running; end it by: kill $board"; exit 0; fi

# TOML's own quotes: an argument of BOARD_ARGUMENTS holds no blanks.
quoted=$(printf '"%s", ' $ARGUMENTS)
cat >"$FOLDER/fleet.toml" <<INVENTORY
[job]
command = "bench"
model = "smollm2-135m-instruct"
arguments = [${quoted%, }]
time_limit_s = 3600

[[target]]
name = "board"
address = "ssh://root@127.0.0.1:$PORT"
identity = "$FOLDER/key"
known_hosts = "$FOLDER/known_hosts"
binary = "$PWD/dist/densimeter-aarch64-armv8.0"
pin = "none"
INVENTORY
rm -rf "$FOLDER/runs"
"${DENSIMETER:-${CARGO_TARGET_DIR:-target}/release/densimeter}" fleet run "$FOLDER/fleet.toml" -o "$FOLDER/runs"
say "its report:"
"${DENSIMETER:-${CARGO_TARGET_DIR:-target}/release/densimeter}" report "$FOLDER"/runs/board/*/
