//! Bits per byte of a cloze task, made more certain by those of another model on the same items: what an item costs one
//! model it costs others too, and the other one's mean over many more items is known.

use serde::{Deserialize, Serialize};

use super::record::Record;
use crate::published::Library;
use crate::published::edge_control::{ItemBits, MODEL, SHA256, key};
use crate::stat::control_variate::control_variate;
use crate::stat::{Estimate, TWO_SIDED_95};
use crate::unit::ClozeTask;

/// The mean bits per byte of a task, adjusted by a control variate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Controlled {
    /// The model whose bits per byte by item are shipped.
    pub model: String,
    /// Items that are known of it.
    pub items: u64,
    /// The adjusted mean; null with `reason`.
    pub mean: Option<Estimate>,
    /// Correlation of the two models over the items.
    pub correlation: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The mean of what a model of that hash was measured on, adjusted by the shipped numbers; `None` for other tasks, and where
/// not one of the items is known.
#[must_use]
pub fn controlled(task: &str, model_sha256: &str, records: &[Record]) -> Option<Controlled> {
    let known = Library::shipped().edge_control.get(&task.parse::<ClozeTask>().ok()?)?;
    of(known, model_sha256 == SHA256, records)
}

fn of(known: &ItemBits, same: bool, records: &[Record]) -> Option<Controlled> {
    let of = |record: &Record| known.get(&key(&record.id, &record.prompt_sha256)).copied();
    let measured: Vec<(f64, Option<f64>)> =
        records.iter().filter_map(|record| Some((record.bits_per_byte?, of(record)))).collect();
    let pairs: Vec<(f64, f64)> = measured.iter().filter_map(|(own, other)| Some((*own, (*other)?))).collect();
    if pairs.is_empty() {
        return None;
    }
    let none =
        Controlled { model: MODEL.to_owned(), items: known.len() as u64, mean: None, correlation: None, reason: None };
    let refused = |reason: String| Some(Controlled { reason: Some(reason), ..none.clone() });
    if same {
        return refused(format!("{MODEL} is itself the model of the control: its own numbers tell nothing new of it"));
    }
    if pairs.len() < measured.len() || pairs.len() >= known.len() {
        return refused(format!(
            "the control is known on {} items: it helps a run of fewer, all of them among these",
            known.len()
        ));
    }
    // The items of the control stand for all there could be, as the model's own do.
    let all = known.len() as f64;
    let mean = known.values().sum::<f64>() / all;
    let variance = known.values().map(|bits| (bits - mean).powi(2)).sum::<f64>() / (all - 1.0);
    let Some(found) = control_variate(&pairs, mean, (variance / all).sqrt()) else {
        return refused(format!("{} items are too few to learn how the two models go together", pairs.len()));
    };
    let half = TWO_SIDED_95 * found.standard_error;
    Some(Controlled {
        mean: Some(Estimate::new(found.mean, found.mean - half, found.mean + half, 0.95, "control variate")),
        correlation: Some(found.correlation),
        ..none
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of an item with its bits per byte.
    fn record(id: usize, bits: f64) -> Record {
        let line = format!(
            r#"{{"key":"","id":"{id}","prompt_sha256":"0123456789abcdef","context_sha256":"","continuation_sha256":"","context_tokens":1,
            "context_tokens_sha256":"","continuation_tokens":1,"continuation_tokens_sha256":"","continuation_bytes":2,
            "prediction":null,"gold":null,"correct":null,"nll_nats":1.0,"bits_per_byte":{bits}}}"#
        );
        serde_json::from_str(&line).unwrap()
    }

    fn bits(id: usize) -> f64 {
        1.0 + ((id * 37) % 100) as f64 / 100.0
    }

    #[test]
    fn a_model_that_follows_the_control_gets_its_mean_over_all_items() {
        let known: ItemBits = (0..100).map(|id| (key(&id.to_string(), "0123456789abcdef"), bits(id))).collect();
        let records: Vec<Record> = (0..10).map(|id| record(id, 0.3 + 0.5 * bits(id))).collect();
        let found = of(&known, false, &records).unwrap();
        // Exactly 0.3 + 0.5 · 1.495, and only the control's own error is left: 0.5 · 0.29011 / √100.
        let mean = found.mean.unwrap();
        assert!((mean.point - 1.0475).abs() < 1e-9, "{mean:?}");
        assert!((mean.high.unwrap() - mean.point - 1.959_964 * 0.5 * 0.029_011_491_97).abs() < 1e-9, "{mean:?}");
        assert_eq!((found.items, &*mean.method), (100, "control variate"));
        assert!((found.correlation.unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn where_the_control_tells_nothing_it_says_why_and_strange_items_have_none() {
        let known: ItemBits = (0..20).map(|id| (key(&id.to_string(), "0123456789abcdef"), bits(id))).collect();
        let some = |ids: std::ops::Range<usize>| ids.map(|id| record(id, bits(id))).collect::<Vec<_>>();
        let reason = |found: Option<Controlled>| {
            let found = found.unwrap();
            assert_eq!((found.mean, found.correlation), (None, None));
            found.reason.unwrap()
        };
        assert!(reason(of(&known, true, &some(0..10))).contains("itself the model"));
        assert!(reason(of(&known, false, &some(0..20))).contains("known on 20 items"), "as many");
        assert!(reason(of(&known, false, &some(15..25))).contains("known on 20 items"), "others among them");
        assert!(reason(of(&known, false, &some(0..3))).contains("too few"));
        assert_eq!(of(&known, false, &some(30..40)), None);
        let strange: Vec<Record> =
            some(0..10).into_iter().map(|record| Record { prompt_sha256: "another".to_owned(), ..record }).collect();
        assert_eq!(of(&known, false, &strange), None, "the same ids, other items");
        assert_eq!(controlled("mmlu", "", &some(0..10)), None);
    }
}
