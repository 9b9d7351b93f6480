//! Flags of llama-bench that `bench` does not have. With one dash clap would take `-ot` for an output folder `t` and `-mmp`
//! for a model `mp`: they are refused by name, with what to do instead.

use std::ffi::OsString;

/// The flag's names, and why it is not taken.
const REFUSED: &[(&[&str], &str)] = &[
    (&["-pg"], "one average over prompt and generation says neither: give -p and -n, or -n with a depth (-d)"),
    (&["--delay"], "every run waits for a cool or quiet machine instead (--no-wait switches that off)"),
    (&["--prio"], "start it with the priority that you want: nice -n -5 densimeter …"),
    (&["--poll"], "threads look for work as long as llama-bench's default lets them (50)"),
    (
        &["-mmp", "--mmap", "-dio", "--direct-io", "-lm", "--load-mode"],
        "a model file is always mapped, as by llama-bench's default",
    ),
    (&["-ot", "--override-tensor"], "tensors lie where -ngl puts their layers"),
    (&["-ncmoe", "--n-cpu-moe"], "tensors lie where -ngl puts their layers"),
    (
        &["-sm", "--split-mode", "-mg", "--main-gpu", "-ts", "--tensor-split"],
        "llama.cpp's defaults share out the layers",
    ),
    (&["-nkvo", "--no-kv-offload"], "the cache lies where its layers do"),
    (&["--no-host"], "buffers lie where llama.cpp's default puts them"),
    (&["-fitt", "--fit-target", "-fitc", "--fit-ctx"], "nothing is fitted: give -ngl and -d as they are to be"),
    (
        &["-C", "--cpu-mask", "--cpu-strict", "--numa"],
        "start it on the processors that you want: taskset -c 4-7 densimeter …",
    ),
    (&["-embd", "--embeddings"], "speed of embeddings is not measured"),
    (&["--no-warmup"], "every row is warmed up in its own shape, and tells the warm-up's time"),
    (&["-oe", "--output-err", "--progress"], "what is said beside the result goes to stderr already"),
    (
        &["-hf", "-hfr", "--hf-repo", "-hff", "--hf-file", "-hft", "--hf-token"],
        "name the model as -m hf:owner/repo/file.gguf (and set HF_TOKEN)",
    ),
];

/// The first flag of a call of `bench` that is llama-bench's alone, with the way out.
#[must_use]
pub(crate) fn refused(arguments: &[OsString]) -> Option<String> {
    let words: Vec<&str> = arguments.iter().skip(1).map_while(|word| word.to_str()).collect();
    let command = words.iter().position(|word| *word == "bench")?;
    words[command..].iter().find_map(|word| {
        let name = word.split('=').next().unwrap_or(word);
        let (_, why) = REFUSED.iter().find(|(names, _)| names.contains(&name))?;
        Some(format!("{name} of llama-bench is not taken: {why}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Option<String> {
        refused(&line.split(' ').map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn what_would_be_taken_for_something_else_is_named() {
        for flag in ["-pg 512,128", "-mmp 0", "-ot x=CPU", "--poll=0", "--delay 5", "--prio 2"] {
            let name = flag.split([' ', '=']).next().unwrap();
            let said = said(&format!("densimeter --quiet bench -m a.gguf {flag}")).unwrap();
            assert!(said.starts_with(&format!("{name} of llama-bench is not taken: ")), "{said}");
        }
        assert_eq!(said("densimeter bench -m a.gguf -p 512 -fa 1 -o out"), None);
        assert_eq!(said("densimeter run -m a.gguf -ot x"), None, "other commands have their own flags");
    }
}
