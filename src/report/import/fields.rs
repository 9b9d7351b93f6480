//! The fields of a test, from any of the formats.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::FlashAttention;

/// A test as names and values; SQL and CSV give text where JSON gives numbers.
pub(super) type Record = BTreeMap<String, Value>;

/// What a test tells.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    pub(super) build: String,
    pub(super) cpu: Option<String>,
    pub(super) gpu: Option<String>,
    pub(super) backends: Option<String>,
    pub(super) file: String,
    pub(super) kind: Option<String>,
    pub(super) bytes: u64,
    pub(super) params: u64,
    pub(super) n_batch: u32,
    pub(super) n_ubatch: u32,
    pub(super) threads: u32,
    pub(super) type_k: String,
    pub(super) type_v: String,
    /// Whether there was one batch size only: until March 2024.
    pub(super) older: bool,
    /// `None` where llama-bench left the choice to llama.cpp.
    pub(super) gpu_layers: Option<u32>,
    /// As above.
    pub(super) flash_attention: FlashAttention,
    pub(super) n_prompt: u32,
    pub(super) n_gen: u32,
    pub(super) n_depth: u32,
    pub(super) time: jiff::Timestamp,
    pub(super) speed: f64,
    pub(super) deviation: Option<f64>,
    pub(super) samples_ns: Vec<u64>,
}

impl Test {
    /// From a record.
    pub(super) fn of(record: &Record) -> Result<Self, String> {
        let commit = text(record, "build_commit").ok_or("no `build_commit`")?;
        let time = text(record, "test_time").ok_or("no `test_time`")?;
        let samples_ns = match record.get("samples_ns") {
            Some(Value::Array(samples)) => samples.iter().map(Value::as_u64).collect::<Option<Vec<_>>>(),
            _ => Some(Vec::new()),
        };
        let samples_ns = samples_ns.ok_or("`samples_ns` holds something else than whole numbers above 0")?;
        let speed = number(record, "avg_ts")?;
        if !(speed > 0.0 && speed.is_finite()) || samples_ns.contains(&0) {
            return Err("a test that took no time or has no speed".to_owned());
        }
        let older = !record.contains_key("n_ubatch");
        let (n_prompt, n_gen): (u32, u32) = (whole(record, "n_prompt")?, whole(record, "n_gen")?);
        agrees(speed, f64::from(n_prompt) + f64::from(n_gen), &samples_ns)?;
        Ok(Self {
            build: match text(record, "build_number") {
                Some(number) => format!("llama.cpp {commit} ({number})"),
                None => format!("llama.cpp {commit}"),
            },
            cpu: text(record, "cpu_info"),
            gpu: text(record, "gpu_info"),
            backends: text(record, "backends").or_else(|| backends_of_flags(record)),
            file: text(record, "model_filename").ok_or("no `model_filename`")?,
            kind: text(record, "model_type"),
            bytes: whole(record, "model_size")?,
            params: positive(record, "model_n_params")?,
            n_batch: positive(record, "n_batch")?,
            n_ubatch: if older { positive(record, "n_batch")? } else { positive(record, "n_ubatch")? },
            threads: positive(record, "n_threads")?,
            type_k: text(record, "type_k").or_else(|| cache_of_flag(record)).ok_or("no `type_k`")?,
            type_v: text(record, "type_v").or_else(|| cache_of_flag(record)).ok_or("no `type_v`")?,
            older,
            gpu_layers: automatic(record, "n_gpu_layers")?,
            flash_attention: match record.contains_key("flash_attn") {
                true => automatic(record, "flash_attn")?.map_or(FlashAttention::Auto, |on: u8| (on != 0).into()),
                // Before the flag there was no flash attention.
                false => FlashAttention::Off,
            },
            n_prompt,
            n_gen,
            n_depth: if record.contains_key("n_depth") { whole(record, "n_depth")? } else { 0 },
            time: time.parse().map_err(|_| format!("`test_time` is no time: {}", short(&time)))?,
            speed,
            deviation: number(record, "stddev_ts").ok().filter(|deviation| deviation.is_finite()),
            samples_ns,
        })
    }
}

/// The back ends of an output before November 2024, which has a flag for each.
fn backends_of_flags(record: &Record) -> Option<String> {
    const FLAGS: &[(&str, &str)] = &[
        ("cuda", "CUDA"),
        ("hip", "HIP"),
        ("opencl", "OpenCL"),
        ("vulkan", "Vulkan"),
        ("kompute", "Kompute"),
        ("metal", "Metal"),
        ("sycl", "SYCL"),
        ("rpc", "RPC"),
        ("blas", "BLAS"),
    ];
    let told = |flag: &str| text(record, flag).map(|value| value == "true" || value == "1");
    let known = FLAGS.iter().any(|(flag, _)| told(flag).is_some());
    let on: Vec<&str> = FLAGS.iter().filter(|(flag, _)| told(flag) == Some(true)).map(|(_, name)| *name).collect();
    known.then(|| if on.is_empty() { "CPU".to_owned() } else { on.join(",") })
}

/// The cache's type of an output before December 2023: halves or not.
fn cache_of_flag(record: &Record) -> Option<String> {
    let halves = text(record, "f16_kv")?;
    Some(if halves == "true" || halves == "1" { "f16" } else { "f32" }.to_owned())
}

/// llama-bench's mean is that of its repetitions; it writes six digits behind the point.
fn agrees(speed: f64, tokens: f64, samples_ns: &[u64]) -> Result<(), String> {
    if samples_ns.is_empty() || tokens == 0.0 {
        return Ok(());
    }
    let sum: f64 = samples_ns.iter().map(|ns| tokens * 1e9 / *ns as f64).sum();
    let mean = sum / samples_ns.len() as f64;
    if (speed - mean).abs() > 1e-4 * mean + 1e-6 {
        return Err(format!("`avg_ts` is {speed}, and its repetitions give {mean:.6}"));
    }
    Ok(())
}

/// Text of a message, short.
pub(super) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

/// A field that is there and not empty.
fn text(record: &Record, name: &str) -> Option<String> {
    let text = match record.get(name)? {
        Value::String(text) => text.clone(),
        Value::Null => return None,
        other => other.to_string(),
    };
    Some(text).filter(|text| !text.is_empty())
}

fn number(record: &Record, name: &str) -> Result<f64, String> {
    let text = text(record, name).ok_or_else(|| format!("no `{name}`"))?;
    text.parse().map_err(|_| format!("`{name}` is no number: {}", short(&text)))
}

fn whole<T: TryFrom<u64>>(record: &Record, name: &str) -> Result<T, String> {
    let text = text(record, name).ok_or_else(|| format!("no `{name}`"))?;
    let number = text.parse::<u64>().ok().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| format!("`{name}` is no whole number that can be: {}", short(&text)))
}

/// A whole number above 0.
fn positive<T: TryFrom<u64> + PartialEq + Default>(record: &Record, name: &str) -> Result<T, String> {
    let number = whole(record, name)?;
    if number == T::default() { Err(format!("`{name}` is 0")) } else { Ok(number) }
}

/// A number, a truth value, or −1 for "let llama.cpp choose".
fn automatic<T: TryFrom<u64>>(record: &Record, name: &str) -> Result<Option<T>, String> {
    match text(record, name).as_deref() {
        None | Some("-1" | "auto") => Ok(None),
        Some("true" | "on") => Ok(T::try_from(1).ok()),
        Some("false" | "off") => Ok(T::try_from(0).ok()),
        Some(_) => whole(record, name).map(Some),
    }
}

/// `-o json`; of several outputs in one file the tests of all.
pub(super) fn of_json(text: &str) -> serde_json::Result<Vec<Record>> {
    let arrays: Vec<Vec<Record>> = serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>()?;
    Ok(arrays.into_iter().flatten().collect())
}

/// `-o jsonl`.
pub(super) fn of_lines(text: &str) -> serde_json::Result<Vec<Record>> {
    serde_json::Deserializer::from_str(text).into_iter().collect()
}

/// `-o csv`; a header that stands again, of another version perhaps, begins another output.
pub(super) fn of_csv(text: &str) -> Result<Vec<Record>, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut header: Option<csv::StringRecord> = None;
    let mut records = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| error.to_string())?;
        let Some(names) = header.as_ref().filter(|_| row.get(0) != Some("build_commit")) else {
            header = Some(row);
            continue;
        };
        if row.len() != names.len() {
            let line = row.position().map_or(0, csv::Position::line);
            return Err(format!("line {line} has {} cells where the header has {}", row.len(), names.len()));
        }
        records.push(names.iter().zip(&row).map(|(name, cell)| (name.to_owned(), cell.into())).collect());
    }
    Ok(records)
}
