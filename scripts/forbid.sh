#!/usr/bin/env bash
# Fails when a tracked file holds what must not be committed: unfinished-work markers, a developer's own paths, emoji.
# A line that needs one of them ends with `forbid: allow` and says why beside it.
set -euo pipefail

cd "$(dirname "$0")/.."
# Byte by byte: the patterns below are the UTF-8 bytes of emoji, and not every grep knows Unicode classes.
export LC_ALL=C

# Outside a repository (a source archive), or where git refuses one of another owner, every file is looked at.
listed() {
    git ls-files -z 2>/dev/null || find . -type d \( -name 'target*' -o -name .git \) -prune -o -type f -print0
}

files=()
while IFS= read -r -d '' file; do
    case ${file#./} in
        scripts/forbid.sh | Cargo.lock | LICENSE-* | tests/fixtures/* | fuzz/corpus/* | data/* | *.gguf) continue ;;
    esac
    if [ -f "$file" ]; then files+=("$file"); fi
done < <(listed)
[ ${#files[@]} -gt 0 ] || { echo "forbid: no file to look at" >&2; exit 1; }

found=0
# $1: what it is; $2: an extended regular expression.
forbid() {
    local lines
    lines=$(grep -nIE -e "$2" -- "${files[@]}" | grep -v 'forbid: allow' || true)
    if [ -n "$lines" ]; then
        printf 'forbidden (%s):\n%s\n' "$1" "$lines" >&2
        found=1
    fi
}

forbid 'unfinished work' '(todo|unimplemented|dbg)!|\b(TODO|FIXME|XXX)\b|<<<<<<<|>>>>>>>'
forbid "a developer's own path" '(^|[^[:alnum:]_.])(/home/[a-z]|/Users/[A-Za-z]|/root/|/work/)'
forbid 'emoji' $'\xf0\x9f|\xe2\x9c\x85|\xe2\x9a\xa0|\xe2\x9a\xa1|\xe2\x9d\x8c|\xe2\xad\x90|\xef\xb8\x8f'
exit $found
