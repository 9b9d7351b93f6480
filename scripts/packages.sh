# shellcheck shell=bash
# Sourced by the scripts that need packages of the system: says what is installed, installs it, and keeps a record of it.
#
# `make clean-setup` reads the record and tells how to take everything back. Sourced from the folder of the project.

INSTALLED=${XDG_STATE_HOME:-$HOME/.local/state}/densimeter/installed

is_root() { [ "$(id -u)" = 0 ]; }

# Appends `KIND WORD…` to the record, once.
record() {
    mkdir -p "${INSTALLED%/*}"
    grep -qsxF "$*" "$INSTALLED" || echo "$*" >>"$INSTALLED"
}

# install_debian SAY PACKAGE…: as root (or by sudo where $sudo says so). Fails where apt-get does.
# SAY is the name under which the caller speaks.
install_debian() {
    local who=$1
    shift
    if ! is_root && [ -z "${sudo:-}" ]; then
        echo "$who: missing: $*; as root, run: apt-get install -y --no-install-recommends $*" >&2
        return 1
    fi
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "$who: missing: $* (Debian's names): install them by hand and run this again" >&2
        return 1
    fi
    echo "$who: installing: $*" >&2
    # An image without package lists cannot install anything; elsewhere a failed refresh is no reason to stop.
    # shellcheck disable=SC2086
    {
        ${sudo:-} env DEBIAN_FRONTEND=noninteractive apt-get update -q || echo "$who: apt-get update failed; going on"
        ${sudo:-} env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
    } >&2 || return 1
    record apt "$@"
}

# install_cargo SAY TOOL@VERSION: builds a tool for this user.
install_cargo() {
    echo "$1: building $2 for this user (cargo install), recorded for \`make clean-setup\`" >&2
    cargo install --quiet --locked "$2" >&2 || return 1
    record cargo "${2%@*}"
}

# The mirror that this machine uses.
debian_mirror() {
    local from
    from=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -v security | head -n 1)
    echo "${from:-http://deb.debian.org/debian}"
}

# apt_elsewhere FOLDER SOURCES-LINE: prints the options by which apt-get works on a list of packages of its own below FOLDER, so that
# nothing of this machine's lists or sources is touched.
apt_elsewhere() {
    mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
    echo "$2" >"$1/sources.list"
    echo "-oDir::Etc::SourceList=$1/sources.list -oDir::Etc::SourceParts=- -oDir::State::Lists=$1/lists -oDir::Cache=$1/cache" \
        "-oAPT::Sandbox::User=root"
}

# unpack_debian SAY FOLDER PACKAGE…: what apt would install for these, unpacked below a folder and not installed. The C library is
# never among it: a second one would not go with this machine's loader. Of sources of Rust only the standard library's.
unpack_debian() {
    local who=$1 folder=$2 work package needed
    shift 2
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { echo "$who: needs Debian's packages: $*" >&2; return 1; }
    apt_needs() { LC_ALL=C apt-get install --simulate --no-install-recommends "$@" 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -v '^libc6$'; }
    needed=$(apt_needs "$@" || true)
    if [ -z "$needed" ] && is_root; then
        apt-get update -q >&2 || echo "$who: apt-get update failed; going on" >&2
        needed=$(apt_needs "$@" || true)
    fi
    [ -n "$needed" ] || { echo "$who: apt-get knows no $*: run apt-get update" >&2; return 1; }
    # shellcheck disable=SC2086
    echo "$who: unpacking into $folder, installing nothing:" $needed >&2
    rm -rf "$folder.part"
    mkdir -p "$folder.part/packages" "$folder.part/root"
    # shellcheck disable=SC2086
    (cd "$folder.part/packages" && apt-get -q -oAPT::Sandbox::User=root download $needed >&2) || return 1
    for package in "$folder.part"/packages/*.deb; do
        case ${package##*/} in
            rust*-src_*) dpkg-deb --fsys-tarfile "$package" | tar -x -C "$folder.part/root" --wildcards './usr/src/*/library' ;;
            *) dpkg-deb -x "$package" "$folder.part/root" ;;
        esac || return 1
    done
    rm -rf "$folder" "$folder.part/packages"
    mv "$folder.part/root" "$folder"
    rm -rf "$folder.part"
}
