//! Is a compressed model denser than its original? From item records, published tables and files to verdicts.

mod candidate;
pub mod ci;
mod divergence;
pub mod error;
mod evaluation;
mod evidence;
mod items;
pub mod kind_verdict;
mod loss_curve;
pub mod measured;
mod pairing;
pub mod plan;
pub mod published;
pub mod quant_sweep;
pub mod record;
pub mod session;
mod speed;
mod subject;
pub mod sweep_text;
pub mod text;
mod verdicts;
