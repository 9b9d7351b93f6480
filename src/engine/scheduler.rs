//! What llama.cpp's scheduler says of a graph: nothing in its interface tells which back end computes what, but with
//! `GGML_SCHED_DEBUG=2` it prints every assignment while it splits a graph (`ggml_backend_sched_print_assignments`), and it
//! always prints what it allocates. Both on the thread that asked for the work.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::placement::{BackendShare, CPU};

/// The variable that makes the scheduler of a new context talk, and the level at which it names every operation.
pub(super) const TALK: (&str, &str) = ("GGML_SCHED_DEBUG", "2");

/// Layers that are told apart; a file that names more is not a model of today.
const MOST_LAYERS: u32 = 4096;

/// Operations that are work, and the place of the operand whose bytes count: the weights that are multiplied by, the keys
/// that attention looks at (after the queries). The scheduler prints ten letters of a name.
const WORK: [(&str, usize); 4] = [("MUL_MAT", 0), ("MUL_MAT_ID", 0), ("OUT_PROD", 0), ("FLASH_ATTN", 1)];

/// What was heard since the last look.
#[derive(Debug, Default)]
struct Heard {
    /// Whether the assignments are wanted.
    tracing: bool,
    /// The back end of the split that is being printed.
    backend: String,
    /// The operation that is being printed, where it is work.
    operation: Option<Operation>,
    /// Bytes multiplied by each back end.
    work: BTreeMap<String, f64>,
    /// The same for each layer.
    layers: BTreeMap<u32, BTreeMap<String, f64>>,
    /// Mebibytes of weights in each buffer.
    weights: BTreeMap<String, f64>,
    /// Mebibytes that the context made in each buffer: its cache (added up) and its results (the last size).
    cache: BTreeMap<String, f64>,
    results: BTreeMap<String, f64>,
}

/// An operation of a graph.
#[derive(Debug)]
struct Operation {
    layer: Option<u32>,
    /// Operands to come before the one that counts.
    before: usize,
    bytes: Option<f64>,
}

thread_local! {
    static HEARD: RefCell<Heard> = RefCell::default();
}

/// Whether this thread wants the scheduler's assignments, which come at a level that nobody else listens to.
pub(super) fn tracing() -> bool {
    HEARD.with_borrow(|heard| heard.tracing)
}

/// Begins or ends to listen to assignments on this thread.
pub(super) fn trace(on: bool) {
    HEARD.with_borrow_mut(|heard| heard.tracing = on);
}

/// Forgets the graphs that were heard of, such as those that a context reserves its memory by.
pub(super) fn forget_graphs() {
    HEARD.with_borrow_mut(|heard| {
        heard.work.clear();
        heard.layers.clear();
        heard.operation = None;
    });
}

/// A model is about to be loaded.
pub(super) fn loading() {
    HEARD.with_borrow_mut(|heard| heard.weights.clear());
}

/// A context is about to be made.
pub(super) fn making_context() {
    HEARD.with_borrow_mut(|heard| {
        heard.cache.clear();
        heard.results.clear();
    });
}

/// Hears a line, or a piece of one, of the engine.
pub(super) fn hear(text: &str) {
    HEARD.with_borrow_mut(|heard| {
        if heard.tracing {
            heard.assignment(text);
        }
        heard.allocation(text);
    });
}

/// The shares of what was heard; empty where the scheduler named no work.
pub(super) fn told() -> Vec<BackendShare> {
    HEARD.with_borrow_mut(|heard| {
        heard.settle();
        heard.shares()
    })
}

impl Heard {
    /// `\n## SPLIT #0: Vulkan0 # 4 inputs`, `node #  3 (   MUL_MAT):               Qcur-0 (  1K) […] use=1,c=1:`, and then one
    /// piece for each operand: ` blk.0.attn_q.weight ( 207K) [CPU          ]`.
    fn assignment(&mut self, text: &str) {
        if let Some(rest) = text.trim_start().strip_prefix("## SPLIT #") {
            self.settle();
            let name = rest.split_once(": ").and_then(|(_, rest)| rest.rsplit_once(" # "));
            self.backend = name.map_or_else(String::new, |(name, _)| name.trim().to_owned());
        } else if text.starts_with("node #") {
            self.settle();
            self.operation = operation(text);
        } else if let Some(operation) = &mut self.operation
            && let Some((layer, bytes)) = operand(text)
        {
            operation.layer = operation.layer.or(layer);
            match operation.before.checked_sub(1) {
                Some(before) => operation.before = before,
                None => operation.bytes = operation.bytes.or(Some(bytes)),
            }
        }
    }

    /// Counts the operation that was printed last.
    fn settle(&mut self) {
        let Some(Operation { layer, bytes: Some(bytes), .. }) = self.operation.take() else { return };
        *self.work.entry(self.backend.clone()).or_default() += bytes;
        if let Some(layer) = layer {
            *self.layers.entry(layer).or_default().entry(self.backend.clone()).or_default() += bytes;
        }
    }

    /// `    Vulkan0 model buffer size =    98.87 MiB`.
    fn allocation(&mut self, text: &str) {
        let Some((what, size)) = text.split_once(" buffer size =") else { return };
        let Some((buffer, kind)) = what.trim().split_once(' ') else { return };
        let Some(size) = size.trim().strip_suffix("MiB").and_then(|size| size.trim().parse::<f64>().ok()) else {
            return;
        };
        let buffer = buffer.rsplit(": ").next().unwrap_or(buffer).to_owned();
        match kind.trim() {
            "model" => *self.weights.entry(buffer).or_default() += size,
            "KV" | "RS" => *self.cache.entry(buffer).or_default() += size,
            "compute" => {
                self.results.insert(buffer, size);
            }
            _ => {}
        }
    }

    fn shares(&self) -> Vec<BackendShare> {
        let all: f64 = self.work.values().sum();
        let busiest = |work: &BTreeMap<String, f64>| {
            work.iter().max_by(|a, b| a.1.total_cmp(b.1)).map(|(backend, _)| backend.clone())
        };
        let owners: Vec<String> = self.layers.values().filter_map(busiest).collect();
        let share = |(backend, work): (&String, &f64)| BackendShare {
            layers: owners.iter().filter(|owner| *owner == backend).count() as f64 / owners.len().max(1) as f64,
            work: work / all,
            device: None,
            memory: (backend != CPU).then(|| self.memory(backend)),
            backend: backend.clone(),
        };
        self.work.iter().map(share).collect()
    }

    /// Bytes of the buffers that lie on a device: they bear its name, alone or with more behind it (`CUDA0_Split`).
    fn memory(&self, device: &str) -> u64 {
        let on_it =
            |buffer: &String| buffer.strip_prefix(device).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        let all = [&self.weights, &self.cache, &self.results];
        let mebibytes: f64 =
            all.iter().flat_map(|of| of.iter()).filter(|(buffer, _)| on_it(buffer)).map(|of| of.1).sum();
        (mebibytes * 1_048_576.0) as u64
    }
}

/// `node #  3 (   MUL_MAT):               Qcur-0 (   1K) […]`, where it is work; results bear their layer's number at the end.
fn operation(text: &str) -> Option<Operation> {
    let (name, rest) = text.split_once('(')?.1.split_once("): ")?;
    let (_, before) = WORK.into_iter().find(|(work, _)| *work == name.trim())?;
    let layer = rest.get(..20)?.trim().rsplit('-').next().and_then(number_of_layer);
    Some(Operation { layer, before, bytes: None })
}

fn number_of_layer(text: &str) -> Option<u32> {
    text.parse().ok().filter(|layer| *layer < MOST_LAYERS)
}

/// Layer and bytes of an operand; the scheduler prints whole kibibytes or mebibytes, and the middle is taken.
fn operand(text: &str) -> Option<(Option<u32>, f64)> {
    let name = text.get(1..21)?.trim();
    // A copy on another back end is called `Vulkan0#blk.0.attn_q.weight#0`.
    let name = name.split('#').nth(1).unwrap_or(name);
    let size = text.get(21..)?.strip_prefix(" (")?.split_once(')')?.0.trim();
    let (number, unit) = match size.strip_suffix('K') {
        Some(number) => (number, 1024.0),
        // Five letters hold no unit from 10 GiB on.
        None => (size.strip_suffix('M').unwrap_or(size), 1_048_576.0),
    };
    let bytes = (number.parse::<f64>().ok()? + 0.5) * unit;
    let of_weights = name.strip_prefix("blk.").and_then(|rest| rest.split('.').next());
    let of_cache = name.strip_prefix("cache_k_l").or_else(|| name.strip_prefix("cache_v_l"));
    let of_cache = of_cache.and_then(|rest| rest.split(' ').next());
    Some((of_weights.or(of_cache).and_then(number_of_layer), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(number: u32, backend: &str) -> String {
        format!("\n## SPLIT #{number}: {backend} # 1 inputs")
    }

    fn node(operation: &str, name: &str) -> String {
        format!("node #  3 ({operation:>10.10}): {name:>20.20} (   1K) [CPU           ] use=1,c=1:")
    }

    fn piece(name: &str, size: &str) -> String {
        format!(" {name:>20.20} ({size:>5.5}) [CPU          ]")
    }

    #[test]
    fn work_is_shared_out_by_the_splits() {
        let mut heard = Heard { tracing: true, ..Heard::default() };
        for text in [
            split(0, "CPU"),
            node("GET_ROWS", "embd"),
            piece("token_embd.weight", "16M"),
            split(1, "Vulkan0"),
            ": ".to_owned(),
            "[ embd (   1K)] ".to_owned(),
            "\n".to_owned(),
            node("MUL_MAT", "Qcur-0"),
            piece("Vulkan0#blk.0.attn_q.weight#0", "207K"),
            piece("norm-0", "1M"),
            node("FLASH_ATTN_EXT", "kqv-0"),
            piece("Qcur-0 (view)", "1M"),
            piece("cache_k_l0 (view)", "10K"),
            piece("cache_v_l0 (view)", "10K"),
            split(2, "CPU"),
            node("MUL_MAT", "kq-1"),
            piece("k", "207K"),
            piece("q", "1M"),
            node("ADD", "ffn_inp-1"),
            piece("a", "1M"),
        ] {
            heard.assignment(&text);
        }
        heard.settle();
        let shares = heard.shares();
        let of = |backend: &str| shares.iter().find(|share| share.backend == backend).unwrap();
        assert_eq!(shares.len(), 2);
        assert_eq!((of("CPU").layers, of("Vulkan0").layers), (0.5, 0.5));
        let work = (207.5 + 10.5) / (207.5 + 10.5 + 207.5);
        assert!((of("Vulkan0").work - work).abs() < 1e-9, "{shares:?}");
    }

    #[test]
    fn memory_is_that_of_the_buffers_on_the_device() {
        let mut heard = Heard::default();
        for line in [
            "     CPU_Mapped model buffer size =    16.00 MiB",
            "        Vulkan0 model buffer size =    80.00 MiB",
            "    Vulkan0 KV buffer size =     4.00 MiB",
            "    Vulkan0 KV buffer size =     2.00 MiB",
            "    Vulkan0 compute buffer size =     9.00 MiB",
            "    Vulkan0 compute buffer size =    10.00 MiB",
            "Vulkan_Host compute buffer size =     3.00 MiB",
            "Vulkan0 compute buffer size is 10.0000 MiB, matches expectation of 10.0000 MiB",
        ] {
            heard.allocation(line);
        }
        assert_eq!(heard.memory("Vulkan0"), 96 * 1_048_576);
    }

    #[test]
    fn sizes_without_a_unit_and_other_text_are_read_or_left() {
        assert_eq!(operand(&piece("output.weight", "12345M")), Some((None, 12345.5 * 1_048_576.0)));
        assert_eq!(operand(&piece("blk.99999.x", "1K")), Some((None, 1536.0)));
        assert_eq!(operand(&piece("Vulkan0#blk.12.attn_q.weight#0", "1K")), Some((Some(12), 1536.0)));
        for other in ["", ": ", "\n", "[embd (   1K)] ", "é (1K)", "                      (xK) [", "node"] {
            assert_eq!(operand(other), None, "{other:?}");
        }
    }
}
