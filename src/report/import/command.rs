//! A llama-bench command that measures the rows of an import again.

use crate::bench::plan::Phase;
use crate::measure::bench_report::{BenchReport, RowReport};

/// The command. llama-bench's file does not hold what was typed: every value that a row has is in it, and llama-bench
/// runs all combinations of them.
#[must_use]
pub fn command(bench: &BenchReport) -> String {
    let of = |value: &dyn Fn(&RowReport) -> Option<String>| distinct(bench.results.rows.iter().filter_map(value));
    let tokens = |phase: Phase| {
        let found = of(&|row| (row.phase == phase).then(|| row.tokens.to_string()));
        if found.is_empty() { "0".to_owned() } else { found }
    };
    let models = distinct(bench.models.iter().map(|model| word(&format!("{}.gguf", model.id), "MODEL.gguf")));
    let flags = [
        ("-m", models),
        ("-p", tokens(Phase::Prefill)),
        ("-n", tokens(Phase::Decode)),
        ("-d", of(&|row| Some(row.depth.to_string()))),
        ("-t", of(&|row| Some(row.threads.to_string()))),
        ("-b", of(&|row| Some(row.settings.n_batch.to_string()))),
        ("-ub", of(&|row| Some(row.settings.n_ubatch.to_string()))),
        ("-ctk", of(&|row| Some(word(&row.settings.type_k, "TYPE")))),
        ("-ctv", of(&|row| Some(word(&row.settings.type_v, "TYPE")))),
        ("-fa", of(&|row| row.settings.flash_attention.map(|on| u8::from(on).to_string()))),
        ("-ngl", of(&|row| row.settings.n_gpu_layers.map(|layers| layers.to_string()))),
        ("-r", of(&|row| Some(row.samples_ns.len().to_string()).filter(|count| count != "0"))),
    ];
    let flags: Vec<String> =
        flags.iter().filter(|(_, value)| !value.is_empty()).map(|(flag, value)| format!("{flag} {value}")).collect();
    format!("llama-bench {} -o json", flags.join(" "))
}

/// Each value once, in the order of the rows.
fn distinct(values: impl Iterator<Item = String>) -> String {
    let mut found: Vec<String> = Vec::new();
    for value in values {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found.join(",")
}

/// A word of the file where a shell takes it as one word; who copies the command must not run what a file says.
fn word(text: &str, otherwise: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    let safe = text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(plain);
    if safe { text.to_owned() } else { otherwise.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_run_is_left_out() {
        assert_eq!(word("gemma-3-270m.Q4_0.gguf", "MODEL.gguf"), "gemma-3-270m.Q4_0.gguf");
        for nasty in ["x;reboot", "$(reboot)", "-rf", "a b", "x.gguf #2", "", "`x`", "a,b"] {
            assert_eq!(word(nasty, "MODEL.gguf"), "MODEL.gguf", "{nasty}");
        }
    }
}
