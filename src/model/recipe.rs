//! What llama.cpp's quantiser is asked to write: a file format, and what becomes of the two largest tensors.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::gguf::{Header, Tensor, TensorType};
use crate::unit::Params;

/// The tensor of the token embeddings; where there is no output tensor it is read as the output, too.
pub const TOKEN_EMBEDDING: &str = "token_embd.weight";
/// The output tensor of models whose output is not the embedding.
pub const OUTPUT: &str = "output.weight";

/// Formats by name, number (`enum llama_ftype`) and the type that most of their tensors get
/// (`llama_ftype_get_default_type`). Those that need an importance matrix are left out: there is none to give.
const FORMATS: &[(&str, u32, &str)] = &[
    ("F32", 0, "F32"),
    ("F16", 1, "F16"),
    ("BF16", 32, "BF16"),
    ("Q8_0", 7, "Q8_0"),
    ("Q6_K", 18, "Q6_K"),
    ("Q5_K_M", 17, "Q5_K"),
    ("Q5_K_S", 16, "Q5_K"),
    ("Q5_1", 9, "Q5_1"),
    ("Q5_0", 8, "Q5_0"),
    ("Q4_K_M", 15, "Q4_K"),
    ("Q4_K_S", 14, "Q4_K"),
    ("Q4_1", 3, "Q4_1"),
    ("Q4_0", 2, "Q4_0"),
    ("IQ4_NL", 25, "IQ4_NL"),
    ("IQ4_XS", 30, "IQ4_XS"),
    ("Q3_K_L", 13, "Q3_K"),
    ("Q3_K_M", 12, "Q3_K"),
    ("Q3_K_S", 11, "Q3_K"),
    ("IQ3_M", 27, "IQ3_S"),
    ("IQ3_S", 26, "IQ3_S"),
    ("Q2_K", 10, "Q2_K"),
    ("TQ2_0", 37, "TQ2_0"),
    ("TQ1_0", 36, "TQ1_0"),
];

/// A name that no format or tensor type has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{name}' is none of {}", known.join(", "))]
pub struct UnknownName {
    /// What was typed.
    pub name: String,
    /// What there is.
    pub known: Vec<&'static str>,
}

/// A file format of llama.cpp's quantiser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Format(&'static (&'static str, u32, &'static str));

impl Format {
    /// Name, as `Q4_K_M`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.0
    }

    /// Number in `enum llama_ftype`.
    #[must_use]
    pub const fn file_type(self) -> u32 {
        self.0.1
    }

    /// The type that most tensors get.
    #[must_use]
    pub fn kind(self) -> TensorType {
        TensorType::named(self.0.2).expect("the table names types that exist (a test holds it)")
    }
}

impl FromStr for Format {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let row = FORMATS.iter().find(|row| row.0.eq_ignore_ascii_case(text));
        row.map(Self)
            .ok_or_else(|| UnknownName { name: text.to_owned(), known: FORMATS.iter().map(|row| row.0).collect() })
    }
}

impl TryFrom<String> for Format {
    type Error = UnknownName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Format> for String {
    fn from(format: Format) -> Self {
        format.name().to_owned()
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A type for one tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Kind(pub TensorType);

impl FromStr for Kind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownName { name: text.to_owned(), known: TensorType::names().collect() };
        TensorType::named(text).map(Self).ok_or_else(unknown)
    }
}

impl TryFrom<String> for Kind {
    type Error = UnknownName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.0.name.to_owned()
    }
}

/// What the quantiser is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// The file format.
    pub format: Format,
    /// Every tensor in the format's own type, embedding and output included, instead of the format's mixture.
    pub pure: bool,
    /// Type of the token embedding, instead of the format's choice.
    pub token_embedding: Option<Kind>,
    /// Type of the output tensor, instead of the format's choice.
    pub output: Option<Kind>,
}

/// A recipe that does not fit the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "rows of {row} values of `{tensor}` do not divide into blocks of {block}, as {kind} needs; take a type of blocks of 32, as Q8_0"
)]
pub struct Misfit {
    /// The tensor.
    pub tensor: &'static str,
    /// Its row length.
    pub row: u64,
    /// The type asked for.
    pub kind: &'static str,
    /// Values in one of its blocks.
    pub block: u64,
}

/// Tensors that could not have the type that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fallback {
    /// Values in their rows.
    pub row: u64,
    /// Type asked for (of a mixture: the one that most tensors get).
    pub asked: &'static str,
    /// Type they have.
    pub got: &'static str,
    /// How many there are.
    pub tensors: usize,
    /// Parameters in them.
    pub params: Params,
}

impl Recipe {
    /// The plain recipe of a format.
    #[must_use]
    pub const fn plain(format: Format) -> Self {
        Self { format, pure: false, token_embedding: None, output: None }
    }

    /// A name for files: the format and what differs from its plain recipe.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = self.format.name().to_owned();
        if self.pure {
            name += "-pure";
        }
        for (what, kind) in [("embd", self.token_embedding), ("out", self.output)] {
            if let Some(Kind(kind)) = kind {
                name += &format!("-{what}-{}", kind.name);
            }
        }
        name
    }

    /// The type asked for a tensor, the format's main type where a mixture decides.
    fn asked(&self, tensor: &str, tied: bool) -> TensorType {
        let embedding = self.token_embedding.or(self.output.filter(|_| tied));
        let kind = match tensor {
            TOKEN_EMBEDDING => embedding,
            OUTPUT => self.output,
            _ => None,
        };
        kind.map_or_else(|| self.format.kind(), |Kind(kind)| kind)
    }

    /// Looks whether the types named for single tensors fit their rows: llama.cpp has a fallback for a format's own
    /// types only and aborts on these.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn check(&self, source: &Header) -> Result<(), Misfit> {
        for (tensor, kind) in [(TOKEN_EMBEDDING, self.token_embedding), (OUTPUT, self.output)] {
            let found = source.tensors.iter().find(|found| found.name == tensor);
            if let (Some(Kind(kind)), Some(&row)) = (kind, found.and_then(|found| found.dimensions.first()))
                && row % kind.block_values != 0
            {
                return Err(Misfit { tensor, row, kind: kind.name, block: kind.block_values });
            }
        }
        Ok(())
    }

    /// The matrices of `written` whose rows do not divide into the blocks that were asked for, by shape and type.
    #[must_use]
    pub fn fallbacks(&self, source: &Header, written: &Header) -> Vec<Fallback> {
        let tied = !written.tensors.iter().any(|tensor| tensor.name == OUTPUT);
        let mut found: Vec<Fallback> = Vec::new();
        for tensor in &written.tensors {
            let row = tensor.dimensions.first().copied().unwrap_or(1);
            let asked = self.asked(&tensor.name, tied);
            if tensor.dimensions.len() < 2 || row % asked.block_values == 0 || untouched(source, tensor) {
                continue;
            }
            let params = tensor.values as f64;
            match found.iter_mut().find(|old| (old.row, old.asked, old.got) == (row, asked.name, tensor.kind.name)) {
                Some(old) => {
                    old.tensors += 1;
                    old.params = Params::from_count(old.params.count() + params);
                }
                None => found.push(Fallback {
                    row,
                    asked: asked.name,
                    got: tensor.kind.name,
                    tensors: 1,
                    params: Params::from_count(params),
                }),
            }
        }
        found
    }
}

/// Whether a tensor was copied as it was and is no quantised one: the quantiser leaves norms and routers alone.
fn untouched(source: &Header, tensor: &Tensor) -> bool {
    tensor.kind.block_values == 1 && source.tensors.iter().any(|old| old.name == tensor.name && old.kind == tensor.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_unknown_ones_list_what_there_is() {
        let format: Format = "q4_k_m".parse().unwrap();
        assert_eq!((format.name(), format.file_type(), format.kind().name), ("Q4_K_M", 15, "Q4_K"));
        let unknown = "Q9".parse::<Format>().unwrap_err().to_string();
        assert!(unknown.starts_with("'Q9' is none of F32, F16") && unknown.contains("Q2_K"), "{unknown}");
        assert!(FORMATS.iter().all(|row| Format(row).kind().block_values > 0), "every kind in the table exists");
    }

    #[test]
    fn a_recipe_is_written_by_names() {
        let mut recipe = Recipe::plain("Q4_0".parse().unwrap());
        recipe.token_embedding = Some("q8_0".parse().unwrap());
        let text = serde_json::to_string(&recipe).unwrap();
        assert_eq!(text, r#"{"format":"Q4_0","pure":false,"token_embedding":"Q8_0","output":null}"#);
        assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe);
        assert_eq!(recipe.name(), "Q4_0-embd-Q8_0");
    }
}
