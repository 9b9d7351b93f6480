//! Device classes as data: one TOML file each in `devices/`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::class_variant::Variant;
use super::history::HistoricDevice;

/// What a class of devices offers a language model, and what is asked of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassSpec {
    /// Identity: lower-case words joined by hyphens.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Value of the history's class column.
    pub history_class: String,
    /// A row of the history must carry one of these tags; empty: any row.
    pub require_tags: Vec<String>,
    /// Rows with one of these tags stay out of the class.
    pub exclude_tags: Vec<String>,
    /// Share of RAM that weights, KV cache and buffers may take, in (0, 1].
    pub usable_ram: f64,
    /// Gigabytes that the system keeps on any device, however small: what is left bounds the share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_ram_gb: Option<f64>,
    /// Why that share.
    pub usable_ram_reason: String,
    /// Backend whose measured speeds stand for the class.
    pub backend: String,
    /// Share of the history's peak FP16 that prefill reaches, in (0, 1].
    pub prefill_efficiency: f64,
    /// Standard deviation of the logarithm of that share.
    pub prefill_efficiency_deviation: f64,
    /// Where share and deviation come from.
    pub prefill_efficiency_reason: String,
    /// Default quantisation.
    pub quantization: String,
    /// Real bits of file per parameter of that quantisation.
    pub bits_per_weight: f64,
    /// Peak memory (weights, KV cache, buffers) over file size.
    pub memory_over_file: f64,
    /// Standard deviation of the logarithm of that ratio.
    pub memory_over_file_deviation: f64,
    /// Where that ratio comes from.
    pub memory_over_file_reason: String,
    /// Decode speed that counts as usable, in tokens per second.
    pub target_tokens_per_second: f64,
    /// Longest time to the first token, in seconds.
    pub max_ttft_seconds: f64,
    /// Prompt length of that limit, in tokens.
    pub prompt_tokens: u32,
    /// Other processors of the class.
    #[serde(default, rename = "variant", skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// What decode does over the speeds of `backend`, and the standard deviation of its logarithm: those of a variant.
    #[serde(skip)]
    pub decode_ratio: Option<(f64, f64)>,
}

/// Why a class file cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClassError {
    /// The text is not the TOML of a class.
    #[error("{file}: {problem}")]
    Toml {
        /// The file.
        file: String,
        /// What the reader says.
        problem: String,
    },
    /// A field has a value out of its range.
    #[error("{file}: `{field}` is {value}, not {wanted}")]
    Field {
        /// The file.
        file: String,
        /// The field.
        field: &'static str,
        /// The value found.
        value: f64,
        /// The range.
        wanted: &'static str,
    },
    /// No class of that name.
    #[error("no device class `{asked}`; known: {known}")]
    Unknown {
        /// The name asked for.
        asked: String,
        /// The names there are.
        known: String,
    },
}

impl ClassSpec {
    /// Reads a class; `file` is what errors call it.
    ///
    /// # Errors
    /// Text that is not TOML of a class, or a number out of its range.
    pub fn parse(file: &str, text: &str) -> Result<Self, ClassError> {
        let class: Self = toml::from_str(text)
            .map_err(|error| ClassError::Toml { file: file.to_owned(), problem: error.message().to_owned() })?;
        let share = |value: f64| value > 0.0 && value <= 1.0;
        let above = |value: f64| value > 0.0 && value.is_finite();
        let checks = [
            ("usable_ram", class.usable_ram, share(class.usable_ram), "a share in (0, 1]"),
            (
                "reserved_ram_gb",
                class.reserved_ram_gb.unwrap_or(0.0),
                class.reserved_ram_gb.is_none_or(|gb| gb >= 0.0 && gb.is_finite()),
                "zero or more",
            ),
            ("prefill_efficiency", class.prefill_efficiency, share(class.prefill_efficiency), "a share in (0, 1]"),
            ("bits_per_weight", class.bits_per_weight, above(class.bits_per_weight), "above zero"),
            (
                "memory_over_file",
                class.memory_over_file,
                class.memory_over_file >= 1.0 && class.memory_over_file.is_finite(),
                "1 or more",
            ),
            (
                "prefill_efficiency_deviation",
                class.prefill_efficiency_deviation,
                class.prefill_efficiency_deviation >= 0.0 && class.prefill_efficiency_deviation.is_finite(),
                "zero or more",
            ),
            (
                "memory_over_file_deviation",
                class.memory_over_file_deviation,
                class.memory_over_file_deviation >= 0.0 && class.memory_over_file_deviation.is_finite(),
                "zero or more",
            ),
            (
                "target_tokens_per_second",
                class.target_tokens_per_second,
                above(class.target_tokens_per_second),
                "above zero",
            ),
            ("max_ttft_seconds", class.max_ttft_seconds, above(class.max_ttft_seconds), "above zero"),
            ("prompt_tokens", f64::from(class.prompt_tokens), class.prompt_tokens > 0, "above zero"),
        ];
        let of_variants = class.variants.iter().flat_map(Variant::checks);
        for (field, value, holds, wanted) in checks.into_iter().chain(of_variants) {
            if !holds {
                return Err(ClassError::Field { file: file.to_owned(), field, value, wanted });
            }
        }
        Ok(class)
    }

    /// The class on another of its processors: the same devices and limits, other speeds.
    fn on(&self, variant: &Variant) -> Self {
        let Variant { kind, backend, reason, .. } = variant;
        let efficiency = self.prefill_efficiency * variant.prefill_ratio;
        Self {
            id: format!("{}-{kind}", self.id),
            name: format!("{}, {} ({backend})", self.name, kind.to_uppercase()),
            // No processor does more than its peak.
            prefill_efficiency: efficiency.min(1.0),
            prefill_efficiency_deviation: self.prefill_efficiency_deviation.hypot(variant.prefill_deviation),
            prefill_efficiency_reason: format!("{}; {reason}", self.prefill_efficiency_reason),
            variants: Vec::new(),
            decode_ratio: Some((variant.decode_ratio, variant.decode_deviation)),
            ..self.clone()
        }
    }

    /// Bytes that a model may take on a device of the class with so many of RAM.
    #[must_use]
    pub fn usable_bytes(&self, ram_bytes: f64) -> f64 {
        (self.usable_ram * ram_bytes).min(ram_bytes - self.reserved_bytes()).max(0.0)
    }

    /// The least RAM of which a model may take so many bytes: the reverse of [`Self::usable_bytes`].
    #[must_use]
    pub fn ram_for(&self, usable_bytes: f64) -> f64 {
        (usable_bytes / self.usable_ram).max(usable_bytes + self.reserved_bytes())
    }

    fn reserved_bytes(&self) -> f64 {
        self.reserved_ram_gb.unwrap_or(0.0) * 1e9
    }

    /// Whether a device of the history belongs to the class.
    #[must_use]
    pub fn holds(&self, device: &HistoricDevice) -> bool {
        device.class == self.history_class
            && (self.require_tags.is_empty() || device.has_any(&self.require_tags))
            && !device.has_any(&self.exclude_tags)
    }
}

/// The classes that come with the program.
#[must_use]
pub fn builtin() -> &'static [ClassSpec] {
    const FILES: &[(&str, &str)] = &[
        ("devices/phone.toml", include_str!("../../devices/phone.toml")),
        ("devices/tablet.toml", include_str!("../../devices/tablet.toml")),
        ("devices/sbc.toml", include_str!("../../devices/sbc.toml")),
        ("devices/edge-module.toml", include_str!("../../devices/edge-module.toml")),
        ("devices/laptop.toml", include_str!("../../devices/laptop.toml")),
        ("devices/desktop.toml", include_str!("../../devices/desktop.toml")),
        ("devices/unified-memory.toml", include_str!("../../devices/unified-memory.toml")),
    ];
    static CLASSES: LazyLock<Vec<ClassSpec>> = LazyLock::new(|| {
        FILES
            .iter()
            .map(|(file, text)| ClassSpec::parse(file, text).expect("the built-in classes are tested"))
            .collect()
    });
    &CLASSES
}

/// The classes on their other processors: `phone-gpu`, `phone-npu`, …
fn variants() -> &'static [ClassSpec] {
    static VARIANTS: LazyLock<Vec<ClassSpec>> = LazyLock::new(|| {
        builtin().iter().flat_map(|class| class.variants.iter().map(|variant| class.on(variant))).collect()
    });
    &VARIANTS
}

fn named(id: &str, among: impl Iterator<Item = &'static ClassSpec> + Clone) -> Result<&'static ClassSpec, ClassError> {
    among.clone().find(|class| class.id == id).ok_or_else(|| ClassError::Unknown {
        asked: id.to_owned(),
        known: among.map(|class| class.id.as_str()).collect::<Vec<_>>().join(", "),
    })
}

/// The built-in class of that id.
///
/// # Errors
/// No such class; the message lists those there are.
pub fn find(id: &str) -> Result<&'static ClassSpec, ClassError> {
    named(id, builtin().iter())
}

/// The same, or a class on another of its processors.
///
/// # Errors
/// No such class; the message lists those there are.
pub fn find_any(id: &str) -> Result<&'static ClassSpec, ClassError> {
    named(id, builtin().iter().chain(variants()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::history;

    #[test]
    fn a_phone_keeps_what_the_published_rule_says() {
        let phone = find("phone").unwrap();
        approx::assert_relative_eq!(phone.usable_bytes(8e9), 4.8e9);
        approx::assert_relative_eq!(phone.usable_bytes(2e9), 0.8e9);
        approx::assert_relative_eq!(phone.usable_bytes(1e9), 0.0);
        for usable in [0.5e9, 1.8e9, 6e9] {
            approx::assert_relative_eq!(phone.usable_bytes(phone.ram_for(usable)), usable, max_relative = 1e-12);
        }
    }

    #[test]
    fn every_class_has_devices_and_a_reason() {
        for class in builtin() {
            assert!(history::builtin().iter().filter(|row| class.holds(row)).count() >= 5, "{}", class.id);
            assert!(!class.usable_ram_reason.is_empty(), "{}", class.id);
        }
    }

    #[test]
    fn a_share_above_one_is_refused() {
        let text = include_str!("../../devices/phone.toml").replace("usable_ram = 0.6", "usable_ram = 1.5");
        let error = ClassSpec::parse("phone.toml", &text).unwrap_err();
        assert_eq!(error.to_string(), "phone.toml: `usable_ram` is 1.5, not a share in (0, 1]");
    }

    #[test]
    fn an_unknown_class_lists_those_there_are() {
        assert!(
            find("toaster").unwrap_err().to_string().starts_with("no device class `toaster`; known: phone, tablet")
        );
    }
}
