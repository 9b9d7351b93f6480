//! Whether files are of one model: only then is a divergence from one of them a fault of the other.

use crate::model::gguf::Header;
use crate::sanitize;

/// Tensors that a quantiser may add or leave out: an output of its own where the embedding served, and tables of positions.
const OPTIONAL: &[&str] = &["output.weight", "rope_freqs.weight"];

/// Differences that are named; more are only counted.
const NAMED: usize = 3;

/// In what two files differ that one model cannot; `None` where they are of one.
#[must_use]
pub(super) fn differences(a: &Header, b: &Header) -> Option<String> {
    let (x, y) = (a.facts(), b.facts());
    let mut found = Vec::new();
    let shown = |text: Option<String>| text.map_or_else(|| "none".to_owned(), |text| sanitize::line(&text, 40));
    let mut compare = |what: &str, a: Option<String>, b: Option<String>| {
        if a != b {
            found.push(format!("{what} {} and {}", shown(a), shown(b)));
        }
    };
    let number = |value: Option<u64>| value.map(|value| value.to_string());
    compare("architecture", x.architecture, y.architecture);
    compare("tokenizer", x.tokenizer.model, y.tokenizer.model);
    compare("vocabulary", number(x.tokenizer.vocabulary), number(y.tokenizer.vocabulary));
    for (mine, theirs) in [(a, b), (b, a)] {
        let shapes: std::collections::BTreeMap<&str, &[u64]> =
            theirs.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.dimensions.as_slice())).collect();
        for tensor in &mine.tensors {
            let name = sanitize::line(&tensor.name, 60);
            match shapes.get(tensor.name.as_str()) {
                None if OPTIONAL.contains(&tensor.name.as_str()) => {}
                None => found.push(format!("only one has the tensor {name}")),
                // Said once, not from either side.
                Some(shape) if *shape != tensor.dimensions.as_slice() && std::ptr::eq(mine, a) => {
                    found.push(format!("tensor {name} {:?} and {shape:?}", tensor.dimensions));
                }
                Some(_) => {}
            }
        }
    }
    let rest = found.len().saturating_sub(NAMED);
    found.truncate(NAMED);
    let more = if rest > 0 { format!("; and {rest} more") } else { String::new() };
    (!found.is_empty()).then(|| found.join("; ") + &more)
}
