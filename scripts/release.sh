#!/usr/bin/env bash
# Everything of a release in one folder, dist/release: the static binaries, archives, wheels and sources that `make dist wheels` made, a bill of
# materials (CycloneDX, from Cargo.lock), and the sums of all.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/pack.sh

out=dist/release
rm -rf "$out" dist/archives
mkdir -p "$out"
scripts/archives.sh
cp dist/densimeter-* dist/wheels/*.whl dist/wheels/*.tar.gz dist/archives/*.tar.gz scripts/install.sh "$out/"

# A tool of its own folder; it reads the lock file and needs no build of ours.
tools=target/tools
[ -x "$tools/bin/cargo-cyclonedx" ] || cargo install --quiet --locked --root "$tools" cargo-cyclonedx@0.5.9
"$tools/bin/cargo-cyclonedx" cyclonedx --quiet --format json --spec-version 1.5 --override-filename densimeter.cdx
mv densimeter.cdx.json "$out/densimeter-$(field version).cdx.json"

(cd "$out" && sha256sum -- * >SHA256SUMS)
echo "release: $(wc -l <"$out/SHA256SUMS") files in $out" >&2
