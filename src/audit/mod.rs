//! Is a compressed model denser than its original? From item records, published tables and files to verdicts.

mod candidate;
pub(crate) mod ci;
mod divergence;
pub(crate) mod error;
mod evaluation;
mod evidence;
mod first_look;
mod items;
pub(crate) mod kind_verdict;
mod loss_curve;
pub(crate) mod measured;
pub(crate) mod own_losses;
mod pairing;
pub(crate) mod plan;
pub(crate) mod published;
mod published_mean;
pub(crate) mod quant_sweep;
pub(crate) mod rank;
pub(crate) mod record;
pub(crate) mod session;
mod speed;
mod subject;
pub(crate) mod sweep_text;
mod task_ids;
pub(crate) mod text;
mod verdicts;
