//! What a file of the catalogue takes of a device: memory, time for a token, time to the first one.

use std::collections::BTreeMap;

use super::limits::Limits;
use super::machine::Machine;
use super::rising::rising;
use crate::device::prefill_model::{OPERATIONS, PrefillModel};
use crate::device::rates::{Rates, shape, usual_cache};
use crate::device::speed_model::{SpeedInput, SpeedModel};
use crate::device::speeds::{self, SpeedRow};
use crate::model::catalog::{Catalog, CatalogEntry, CatalogFile};
use crate::stat::{Estimate, ProcessError, Sample, TWO_SIDED_80};

/// Nominal coverage of these intervals: the one that the speed model was judged at.
pub const LEVEL: f64 = 0.8;
/// Tokens that a layer with a window holds beside it: a batch.
const BATCH: f64 = 512.0;
/// Memory beside weights and cache: the program, its vocabulary and the buffers of a batch, bytes; and for a token of
/// context a row of the mask for each token of the batch (`docs/methodology-recommend.md`).
const BUFFERS: (f64, f64) = (64e6, 3072.0);
/// The pessimistic end: apps on phones ask for 1.1 times what weights and cache take, and up to 0.4 GiB beside.
const PESSIMISTIC: (f64, f64) = (1.1, 0.4e9);

/// A file with the numbers that its costs follow from.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate<'a> {
    /// Its model.
    pub entry: &'a CatalogEntry,
    /// The file.
    pub file: &'a CatalogFile,
    /// Its size, bytes.
    pub bytes: f64,
    /// Whether that was published, or follows from other files of the quantisation.
    pub size_known: bool,
}

impl Candidate<'_> {
    /// Parameters, all and those used for a token.
    #[must_use]
    pub fn params(&self) -> (f64, f64) {
        (self.entry.parameters.total.count(), self.entry.parameters.active.count())
    }

    /// Parameters that a token of the prompt is computed with: an embedding is looked up, and only the last token needs the
    /// output layer.
    #[must_use]
    pub fn prompt_params(&self) -> f64 {
        let (total, active) = self.params();
        self.entry.parameters.non_embedding.map_or(active, |inner| active * inner.count() / total)
    }

    /// Bits of the file for a weight.
    #[must_use]
    pub fn bits(&self) -> f64 {
        self.bytes * 8.0 / self.params().0
    }

    /// Bytes of the cache for a context.
    fn cache_bytes(&self, context: f64, bits: f64) -> f64 {
        match &self.entry.cache {
            Some(cache) => cache.bytes(context, bits, BATCH),
            None => usual_cache(self.params().0, bits) * context,
        }
    }

    /// Bytes that decoding one token reads: the weights that it uses, and the keys and values before it.
    fn read_bytes(&self, depth: f64, bits: f64) -> f64 {
        let (total, active) = self.params();
        let cache = match &self.entry.cache {
            Some(cache) => cache.read_bytes(depth, bits),
            None => usual_cache(total, bits) * depth,
        };
        self.bytes * active / total + cache
    }
}

/// Bits for a weight of each quantisation: the middle of the files whose size is published.
#[must_use]
pub fn usual_bits(catalog: &Catalog) -> Vec<(String, f64)> {
    let mut bits: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for entry in catalog.entries() {
        for (file, bytes) in entry.files.iter().filter_map(|file| Some((file, file.bytes?))) {
            let of_one = bytes.bytes() as f64 * 8.0 / entry.parameters.total.count();
            bits.entry(file.quantisation.as_str()).or_default().push(of_one);
        }
    }
    let middle = |bits| Sample::new(bits).ok().map(|bits| bits.median());
    bits.into_iter().filter_map(|(name, bits)| Some((name.to_owned(), middle(bits)?))).collect()
}

/// The catalogue's files with their sizes; where one is not published, it is that of other files of its quantisation.
#[must_use]
pub fn candidates(catalog: &Catalog) -> Vec<Candidate<'_>> {
    let usual: BTreeMap<String, f64> = usual_bits(catalog).into_iter().collect();
    let files = catalog.entries().iter().flat_map(|entry| entry.files.iter().map(move |file| (entry, file)));
    files
        .filter_map(|(entry, file)| {
            let known = file.bytes.map(|bytes| bytes.bytes() as f64);
            let bytes =
                known.or_else(|| Some(usual.get(&file.quantisation)? * entry.parameters.total.count() / 8.0))?;
            Some(Candidate { entry, file, bytes, size_known: known.is_some() })
        })
        .collect()
}

/// Memory, speed and wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// Weights, cache and buffers, bytes.
    pub memory_bytes: Estimate,
    /// Decode speed, tokens per second.
    pub tokens_per_second: Estimate,
    /// Seconds to the first token of the prompt.
    pub first_token_seconds: Estimate,
    /// Share of the device's bandwidth that decode uses at that speed.
    pub bandwidth_share: f64,
}

/// The models of devices that nobody measured.
#[derive(Debug, Clone)]
pub struct Estimators {
    decode: SpeedModel,
    prefill: PrefillModel,
}

impl Estimators {
    /// From the measured rows that ship, and those of the device itself.
    ///
    /// # Errors
    /// Rows that give no model, which the tests exclude.
    pub fn with(timed: &[SpeedRow]) -> Result<Self, ProcessError> {
        let rows = || speeds::builtin().iter().chain(timed);
        Ok(Self { decode: SpeedModel::fit(rows())?, prefill: PrefillModel::of(rows()) })
    }

    /// What a file takes of a machine; `None` where no measured row tells anything of its prefill.
    #[must_use]
    pub fn costs(&self, file: &Candidate<'_>, machine: &Machine, limits: &Limits) -> Option<Costs> {
        let read = file.read_bytes(limits.depth(), limits.cache_bits) / 1e9;
        let (decode, wait) = match machine.own.get(&file.file.quantisation) {
            Some(own) => (own_decode(own, file, limits), own_wait(own, file, limits)),
            None => (self.decode(read, machine), self.wait(file, machine, limits)?),
        };
        Some(Costs {
            memory_bytes: memory(file, limits),
            bandwidth_share: decode.point * read / machine.bandwidth_gbs,
            tokens_per_second: decode,
            first_token_seconds: wait,
        })
    }

    fn decode(&self, gb_per_token: f64, machine: &Machine) -> Estimate {
        rising(machine.bandwidth_gbs, |bandwidth| {
            let mut input = SpeedInput::new(bandwidth, gb_per_token, &machine.backend);
            if let Some(device) = &machine.measured_as {
                input = input.on(device);
            }
            let (cost, deviation) = self.decode.ln_cost(&input);
            let middle = bandwidth.ln() - gb_per_token.ln() - cost;
            within(middle, deviation.hypot(machine.bandwidth_deviation), "gaussian-process")
        })
    }

    fn wait(&self, file: &Candidate<'_>, machine: &Machine, limits: &Limits) -> Option<Estimate> {
        let device = machine.prefill_as.as_deref();
        self.prefill.ln_operations(machine.bandwidth_gbs, &machine.backend, device).ok()?;
        let operations = rising(machine.bandwidth_gbs, |bandwidth| {
            let (ln, deviation) = self.prefill.ln_operations(bandwidth, &machine.backend, device).unwrap_or((0.0, 0.0));
            within(ln, deviation.hypot(machine.bandwidth_deviation), "line of ln operations in ln bandwidth")
        });
        // Each token of the prompt also looks at all before it: two products of a head's width for each, half of them on average.
        let (layers, width) = shape(file.params().1);
        let attention = 2.0 * layers * width * limits.prompt * limits.prompt;
        let all = OPERATIONS * file.prompt_params() * limits.prompt + attention;
        Some(operations.map_decreasing(|operations| all / operations))
    }
}

/// exp of a normal with its interval.
fn within(middle: f64, deviation: f64, method: &'static str) -> Estimate {
    let at = |sign: f64| (middle + sign * TWO_SIDED_80 * deviation).exp();
    Estimate::new(at(0.0), at(-1.0), at(1.0), LEVEL, method)
}

fn own_decode(own: &Rates, file: &Candidate<'_>, limits: &Limits) -> Estimate {
    within(-own.decode_seconds(file.params().1, limits.depth()).ln(), own.decode_deviation, "own model of the device")
}

fn own_wait(own: &Rates, file: &Candidate<'_>, limits: &Limits) -> Estimate {
    let seconds = own.first_token_seconds(file.params().1, limits.prompt);
    within(seconds.ln(), own.prefill_deviation, "own model of the device")
}

/// Weights, cache and buffers: at least the first two, and at most what apps on phones leave room for.
#[must_use]
pub fn memory(file: &Candidate<'_>, limits: &Limits) -> Estimate {
    let context = f64::from(limits.context);
    let held = file.bytes + file.cache_bytes(context, limits.cache_bits);
    let point = held + BUFFERS.0 + BUFFERS.1 * context;
    let high = (PESSIMISTIC.0 * held + PESSIMISTIC.1).max(PESSIMISTIC.0 * point);
    Estimate::new(point, held, high, LEVEL, "file, cache by architecture, buffers by published rules")
}
