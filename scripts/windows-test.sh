#!/usr/bin/env bash
# Holds what the Windows build says under wine against what this system's build of the same features says: bytes of stdout, the
# exit code, the files that are written. Called by scripts/windows.sh:
#
#   WINE=… WINE_LIBRARIES=… scripts/windows-test.sh BINARY BINARY.exe ROOM
set -euo pipefail
cd "$(dirname "$0")/.."
here=$(realpath "$1")
there=$(realpath "$2")
room=$(realpath "$3")

rm -rf "$room/test"
mkdir -p "$room/test/here" "$room/test/there"
out=$room/test
export WINEPREFIX=$room/prefix WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe="
unset DISPLAY WAYLAND_DISPLAY
# Neither side reads or writes what belongs to the user.
export DENSIMETER_CACHE=$out/cache XDG_STATE_HOME=$out/state
in_wine() { LD_LIBRARY_PATH=$WINE_LIBRARIES "$WINE" "$there" "$@"; }
echo "windows: starting wine ($(LD_LIBRARY_PATH=$WINE_LIBRARIES "$WINE" --version))" >&2
LD_LIBRARY_PATH=$WINE_LIBRARIES timeout 600 "$WINE" wineboot -i >/dev/null 2>&1

failed=0
count=0
ok() { count=$((count + 1)); echo "ok    $*"; }
wrong() { failed=$((failed + 1)); echo "WRONG $*"; }

# Numbers with a point to 12 digits, in place.
rounded() { perl -i -pe 's/-?\d+\.\d+(?:e-?\d+)?/sprintf("%.12g", $&)/ge' "$@"; }

# The two exit codes and what is printed are the same. `@` in an argument is a folder of each side's own.
same() {
    local code_here=0 code_there=0 arguments=("$@")
    (timeout 120 "$here" "${arguments[@]//@/$out/here}") >"$out/here.out" 2>"$out/here.err" || code_here=$?
    (export -f in_wine; timeout 120 bash -c 'in_wine "$@"' bash "${arguments[@]//@/$out/there}") >"$out/there.out" 2>"$out/there.err" || code_there=$?
    # The mathematical functions of the two systems may differ in the last digit.
    if [ -n "${ROUNDED:-}" ]; then rounded "$out/here.out" "$out/there.out"; fi
    if [ $code_here = "$code_there" ] && cmp -s "$out/here.out" "$out/there.out"; then
        ok "$* (exit code $code_here, $(wc -c <"$out/here.out") bytes)"
    else
        wrong "$* (exit codes $code_here and $code_there)"
        diff <(head -c 100000 "$out/here.out") <(head -c 100000 "$out/there.out") | head -n 8 || true
        head -n 3 "$out/there.err"
    fi
}
# The files below the two sides' folder of this name are the same.
same_files() {
    if [ -n "$(ls "$out/here/$1")" ] && diff -r "$out/here/$1" "$out/there/$1"; then
        ok "$(find "$out/here/$1" -type f | wc -l) files in $1/"
    else
        wrong "files in $1/"
    fi
}
# The exit code of the Windows build, and a text that it prints on either stream.
says() {
    local code=$1 text=$2 got=0
    shift 2
    in_wine "${@//@/$out/there}" >"$out/there.out" 2>&1 || got=$?
    if [ $got = "$code" ] && grep -qF -e "$text" "$out/there.out"; then ok "$* (exit code $code: $text)"; else
        wrong "$* (exit code $got, not $code with '$text')"
        head -n 5 "$out/there.out"
    fi
}
export WINE WINE_LIBRARIES there

reports=(reports/*/*/)
scores=mmlu=45.3,bbh=32.6,math=2.5,humaneval=12.8,mbpp=20.8
says 0 "target: x86_64 windows" --version
same recommend --device "Raspberry Pi 5" --top 2 --today 2026-11-27
same recommend --device "Raspberry Pi 5" --top 2 --today 2026-11-27 --json
same models list --json
same devices list --json
same law --markdown
same density --scores $scores --params 6.74e9
same density --scores $scores --params 6.74e9 --json
same audit --pairs models/compression.csv
ROUNDED=yes same crossover --class phone --json
same report "${reports[0]}" -o @/report
same_files report
same report reports -o @/site
same_files site
same report --check reports/
same compare "${reports[0]}" "${reports[1]}" --allow all
same schema

# Errors: the typed ones, by their exit code.
same density --scores mmlu=450 --params 1e9
same report nothing-there
same audit --pairs nothing-there.csv
same no-such-command

# Paths as Windows writes them, with spaces and letters beyond ASCII; lines as Windows ends them.
for side in here there; do
    mkdir -p "$out/$side/ein Ordner für Umlaute"
    sed 's/$/\r/' models/compression.csv >"$out/$side/ein Ordner für Umlaute/Paare.csv"
    cp -r "${reports[0]}" "$out/$side/ein Ordner für Umlaute/Bericht"
done
same audit --pairs "@/ein Ordner für Umlaute/Paare.csv"
same report "@/ein Ordner für Umlaute/Bericht" -o "@/ein Ordner für Umlaute/Seite"
same_files "ein Ordner für Umlaute/Seite"
says 3 "GPTQ" audit --pairs 'models\compression.csv'
says 3 "GPTQ" audit --pairs 'Z:'"${out//\//\\}"'\there\ein Ordner für Umlaute\Paare.csv'

# A second writing replaces what is there.
same report "${reports[0]}" -o @/report
same_files report

# Processes, pipes, locks and the journal, with the engine that runs no model.
mkdir -p "$out/there/Läufe"
scripts/small-gguf "$out/there/small.gguf"
bench=(bench --engine mock --no-wait -m @/small.gguf -t 1 -p 16 -n 4 -r 2 -o "@/Läufe/1")
says 0 '"samples_ns"' "${bench[@]}" --json
says 0 'tg4' report "@/Läufe/1"
# One process has a run; another one is told so.
second=("${bench[@]//Läufe\/1/Läufe\/2}")
DENSIMETER_MOCK_DELAY_MS=2000 in_wine "${second[@]//@/$out/there}" >/dev/null 2>&1 &
held=$!
SECONDS=0
until [ -s "$out/there/Läufe/2/run.jsonl" ] || [ $SECONDS -gt 60 ]; do sleep 0.2; done
says 1 "another densimeter" "${second[@]}"
kill $held 2>/dev/null || true
wait $held 2>/dev/null || true

# What is not there is said, and is no zero.
says 0 '"threads": ' probe --no-measure --json
if grep -qE '"(threads|cores|total|available)": 0[,]?$' "$out/there.out"; then wrong "probe tells a zero"; else ok "probe tells no zero"; fi
cp "$out/there.out" "$out/probe.json"
says 1 "does not run on this system" sandbox --program models/compression.csv
says 2 "fleets are driven from Linux or macOS" fleet status @

echo "windows: $count as they should be, $failed not" >&2
[ $failed = 0 ]
