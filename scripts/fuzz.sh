#!/usr/bin/env bash
# Fuzzes what reads bytes from outside, and prints one line of a table a target.
#
#   scripts/fuzz.sh [--runs N] [TARGET...]    default: a million runs of every target, beginning from fuzz/corpus/
#   scripts/fuzz.sh --keep [TARGET...]        afterwards also gathers the fewest inputs that reach all code in fuzz/found/TARGET.few
#
# A crash, 2 GiB of memory or a second over one input ends a target, with the input below fuzz/artifacts/. cargo-fuzz is
# installed for this user where it is missing. Rust's stable compiler will do: what libFuzzer needs of it is switched on here.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/packages.sh

runs=1000000
keep=no
targets=()
while [ $# -gt 0 ]; do
    case $1 in
        --runs) runs=${2:?"--runs needs a number"}; shift 2 ;;
        --keep) keep=yes; shift ;;
        -*) echo "fuzz: unknown argument $1 (known: --runs N, --keep, names of targets)" >&2; exit 2 ;;
        *) targets+=("$1"); shift ;;
    esac
done
if [ ${#targets[@]} = 0 ]; then
    for file in fuzz/targets/*.rs; do file=${file##*/}; targets+=("${file%.rs}"); done
fi

if ! cargo fuzz --version >/dev/null 2>&1; then
    install_cargo fuzz cargo-fuzz@0.13.2
fi
# Memory is safe without a sanitizer in a program without unsafe code; what is left to find are panics, time and memory.
export RUSTC_BOOTSTRAP=1
# Readers of files are given theirs in memory.
if [ -d /dev/shm ] && [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
# cargo-fuzz asks for one codegen unit, which takes one processor a quarter of an hour; what comes later counts.
export RUSTFLAGS=-Ccodegen-units=16
for target in "${targets[@]}"; do cargo fuzz build --sanitizer none "$target" >&2; done

failed=0
printf '| target | runs | seconds | runs/s | edges | slowest input, s | crashes |\n|---|---:|---:|---:|---:|---:|---:|\n'
for target in "${targets[@]}"; do
    mkdir -p "fuzz/found/$target" "fuzz/corpus/$target"
    # What the project already has of such files.
    seeds=()
    case $target in
        llama_bench) seeds=(tests/fixtures/llama-bench) ;;
        responses) seeds=(docs/own-tasks) ;;
    esac
    log="fuzz/found/$target.log"
    begin=$SECONDS
    code=0
    cargo fuzz run --sanitizer none "$target" "fuzz/found/$target" "fuzz/corpus/$target" ${seeds[@]+"${seeds[@]}"} -- \
        -runs="$runs" -timeout=1 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 -report_slow_units=1 \
        >"$log" 2>&1 || code=$?
    seconds=$((SECONDS - begin))
    value() { sed -n "s/^stat::$1: *//p" "$log" | tail -n 1; }
    done_runs=$(value number_of_executed_units)
    edges=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2)
    printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$target" "${done_runs:-?}" "$seconds" \
        "$(value average_exec_per_sec)" "${edges:-?}" "$(value slowest_unit_time_sec)" "$([ $code = 0 ] && echo 0 || echo 1)"
    if [ $code != 0 ]; then
        failed=1
        grep -a -m 3 'panicked\|ERROR: libFuzzer\|Test unit written' "$log" >&2 || tail -n 5 "$log" >&2
    fi
    if [ "$keep" = yes ]; then
        mkdir -p "fuzz/found/$target.few"
        cargo fuzz run --sanitizer none "$target" -- -merge=1 "fuzz/found/$target.few" "fuzz/corpus/$target" "fuzz/found/$target" \
            >>"$log" 2>&1 || true
    fi
done
exit $failed
