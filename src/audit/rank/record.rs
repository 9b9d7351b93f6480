//! The document of `audit --rank`: one record for every file that was named, the first in rank first.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::law::ranking::RankVerdict;
use crate::model::gguf::Provenance;
use crate::stat::Estimate;

/// What was found of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct RankRecord {
    /// The file, as it was named.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// From 1; files of the same bytes share it.
    pub rank: usize,
    /// What was found.
    pub verdict: RankVerdict,
    /// For `same-file`: the name under which the same bytes were measured.
    pub same_as: Option<String>,
    /// Whether this is the file that the others are compared with.
    pub reference: bool,
    /// Whether it is the answer: of the files but the reference, the one that no other surely beats.
    pub winner: bool,
    /// Whether it may be that file: no other, the reference left out, surely beats it.
    pub in_the_running: bool,
    /// Where several are in the running: items that would tell all of them apart, taking what was seen for the truth.
    pub items_to_tell_leaders: Option<u64>,
    /// The verdict in words.
    pub text: String,
    /// The name, and SHA-256, of the file that it is compared with.
    pub against: Against,
    /// What the order rests on.
    pub basis: RankBasis,
    /// Mean Kullback-Leibler divergence of a token from the reference, nats.
    pub kl_nats: Option<Estimate>,
    /// Share of tokens at which it finds the same one most probable as the reference.
    pub top_token_agreement: Option<Estimate>,
    /// Points of its score above that of the reference, on the same items.
    pub score_difference: Option<Estimate>,
    /// Loss of the reference over its own, on the same texts: below 1 where it is worse.
    pub loss_ratio: Option<Estimate>,
    /// Its own loss, bits per byte.
    pub loss: Option<Estimate>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bits per weight.
    pub bits_per_weight: f64,
    /// Decoded tokens a second on this device.
    pub tokens_per_second: Option<Estimate>,
    /// The most memory that its timing took, bytes.
    pub peak_rss: Option<u64>,
    /// Whether no other file is at least as good in bytes, divergence (else loss) and speed, and better in one.
    pub pareto: bool,
    /// The file before it in rank that beats it most surely.
    pub beaten_by: Option<String>,
    /// The p-value of that, one-sided, after Holm for all pairs of the call.
    pub p_adjusted: Option<f64>,
    /// Items with which it would be told from that file, where it is not.
    pub items_to_tell: Option<u64>,
    /// Items that were measured.
    pub items: usize,
    /// Why it could not be evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// Why a field is null.
    pub reasons: BTreeMap<String, String>,
    /// What its header says of its making; null where there is none.
    pub provenance: Option<Provenance>,
    /// Seed of everything that was drawn.
    pub seed: u64,
    /// Whether the engine was the deterministic double: then the numbers say nothing about any model.
    pub mock: bool,
}

/// The file that others are compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Against {
    /// As it was named.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Bytes of the file.
    pub bytes: u64,
}

/// What an order rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RankBasis {
    /// The divergence from the reference.
    Kl,
    /// The loss on the same texts.
    Loss,
}
