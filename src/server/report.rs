//! The document of `bench --url`: rows as in a bench, and what is new.

use serde::{Deserialize, Serialize};

use super::beside::Beside;
use super::dialect::Endpoint;
use super::row::ServerRow;
use crate::device::DeviceRecord;
use crate::measure::bench_report::EngineReport;
use crate::measure::journal::SCHEMA;

/// Name of the document in the folder of a run. It is no `report.json`: what a server gives is no property of a device, and
/// stands in no collection of devices.
pub const FILE: &str = "server.json";

/// The document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerReport {
    /// Version of this shape.
    pub schema: u32,
    /// Name of the run.
    pub run_id: String,
    /// When it began, RFC 3339.
    pub started: jiff::Timestamp,
    /// Version of densimeter.
    pub densimeter: String,
    /// Seed of prompts and order.
    pub seed: u64,
    /// The machine that asked: the server's own where both are one.
    pub device: Option<DeviceRecord>,
    /// The server's build, as it tells; null where it does not.
    pub engine: Option<EngineReport>,
    /// The model as the server was asked for it.
    pub model: ServerModel,
    /// The server and how it was spoken to.
    pub server: ServerInfo,
    /// What to know about all rows.
    pub notes: Vec<String>,
    /// The rows, in the plan's order.
    pub results: Vec<ServerRow>,
    /// The same file in our engine; null where none was given.
    pub beside: Option<Beside>,
    /// Whether every row is valid.
    pub valid: bool,
}

/// A model of which a server tells no more than its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerModel {
    /// Its name.
    pub id: String,
    /// Null: a server does not tell.
    pub sha256: Option<String>,
    /// Null: a server does not tell.
    pub params: Option<u64>,
    /// Null: a server does not tell.
    pub bytes: Option<u64>,
    /// Null: a server does not tell.
    pub bits_per_weight: Option<f64>,
}

/// The server and how it was spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerInfo {
    /// The base of its addresses.
    pub url: String,
    /// The model's name there.
    pub model: String,
    /// Its build (`system_fingerprint`); null where it does not tell.
    pub build: Option<String>,
    /// The endpoint that answered.
    pub endpoint: Endpoint,
    /// Whether `cache_prompt: false` and `ignore_eos: true` were sent; a server that refuses them is asked without.
    pub extras: bool,
    /// How prompts are made.
    pub prompts: String,
    /// What is known of its cache of prompts.
    pub cache: String,
}

/// What holds of every row, and nobody can see in it.
const NOTES: [&str; 2] = [
    "every request has a connection of its own, which is in the time to the first token",
    "nobody watched the machine of the server for other load and heat: repetitions that spread are the only sign",
];

impl ServerReport {
    /// The document, without the machine and the engine beside it.
    pub(super) fn of(
        run_id: String,
        started: jiff::Timestamp,
        seed: u64,
        server: ServerInfo,
        results: Vec<ServerRow>,
    ) -> Self {
        let id = server.model.clone();
        Self {
            schema: SCHEMA,
            run_id,
            started,
            densimeter: env!("CARGO_PKG_VERSION").to_owned(),
            seed,
            device: None,
            engine: server.build.clone().map(|build| EngineReport { build, features: Vec::new() }),
            model: ServerModel { id, sha256: None, params: None, bytes: None, bits_per_weight: None },
            server,
            notes: NOTES.map(str::to_owned).to_vec(),
            valid: results.iter().all(|row| row.valid),
            results,
            beside: None,
        }
    }

    /// Rows that have no number.
    #[must_use]
    pub fn failed_rows(&self) -> usize {
        self.results.iter().filter(|row| row.tokens_per_second.is_none() && row.first_token.is_none()).count()
    }
}
