//! The size to divide by: the ladder counts all weights less the input embedding table, output head included.

use serde::{Deserialize, Serialize};

use crate::density::from_scores::ModelSize;
use crate::model::gguf::{Header, Tensor};
use crate::unit::Params;

/// The table that turns tokens into vectors.
const EMBEDDING: &str = "token_embd.weight";
/// The output head, where it is not the embedding table.
const HEAD: &str = "output.weight";

/// Which weights of a model count as its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ParamsDefinition {
    /// All: the one table is also the output head, which the ladder counts.
    AllTied,
    /// All but the input embedding table: the output head is a table of its own.
    LessInputEmbedding,
    /// As given by the user.
    Given,
}

impl ParamsDefinition {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::AllTied => "all weights (the embedding table is the output head too, which the ladder counts)",
            Self::LessInputEmbedding => {
                "all weights less the input embedding table (the output head is its own), as the ladder counts"
            }
            Self::Given => {
                "as given (the ladder counts all weights less the input embedding table, output head included)"
            }
        }
    }
}

/// A model's size as the ladder counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EdgeSize {
    /// What counts, and its bits per weight.
    pub size: ModelSize,
    /// Which weights these are.
    pub definition: ParamsDefinition,
}

impl EdgeSize {
    /// Of a size that the user gave.
    #[must_use]
    pub const fn given(size: ModelSize) -> Self {
        Self { size, definition: ParamsDefinition::Given }
    }

    /// Of a model file.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        let named = |name: &str| header.tensors.iter().find(|tensor| tensor.name == name);
        let left_out = named(EMBEDDING).filter(|_| named(HEAD).is_some());
        let less =
            |params: Params| Params::from_count(params.count() - left_out.map_or(0.0, |table| table.values as f64));
        let kept = || header.tensors.iter().filter(|tensor| left_out.is_none_or(|table| table.name != tensor.name));
        let sum = |of: fn(&Tensor) -> u64| kept().map(|tensor| of(tensor) as f64).sum::<f64>();
        let size = ModelSize {
            params: less(header.params()),
            active: header.active_params().map(less),
            bits: 8.0 * sum(|tensor| tensor.bytes) / sum(|tensor| tensor.values),
        };
        let definition =
            if left_out.is_some() { ParamsDefinition::LessInputEmbedding } else { ParamsDefinition::AllTied };
        Self { size, definition }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::gguf::TensorType;
    use crate::unit::Bytes;

    fn header(tensors: &[(&str, u64, &str)]) -> Header {
        let tensor = |(name, values, kind): &(&str, u64, &str)| {
            let kind = TensorType::named(kind).unwrap();
            let bytes = kind.bytes(&[*values]).unwrap();
            Tensor { name: (*name).to_owned(), dimensions: vec![*values], kind, bytes, values: *values }
        };
        let tensors = tensors.iter().map(tensor).collect();
        Header { version: 3, file_bytes: Bytes::from_bytes(1), files: Vec::new(), metadata: BTreeMap::new(), tensors }
    }

    #[test]
    fn only_a_model_with_its_own_output_head_leaves_its_input_table_out() {
        let body = [("token_embd.weight", 6_400, "Q8_0"), ("blk.0.attn_q.weight", 3_200, "F16")];
        let tied = EdgeSize::of(&header(&body));
        assert_eq!((tied.size.params.count(), tied.definition), (9_600.0, ParamsDefinition::AllTied));
        approx::assert_relative_eq!(tied.size.bits, (8.5 * 6_400.0 + 16.0 * 3_200.0) / 9_600.0);
        let mut own = body.to_vec();
        own.push(("output.weight", 6_400, "F16"));
        let own = EdgeSize::of(&header(&own));
        assert_eq!((own.size.params.count(), own.definition), (9_600.0, ParamsDefinition::LessInputEmbedding));
        assert_eq!(own.size.active.unwrap().count(), 9_600.0);
        approx::assert_relative_eq!(own.size.bits, 16.0);
    }
}
