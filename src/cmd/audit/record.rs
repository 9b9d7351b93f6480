//! The record of one compressed model, made of everything that was measured.

use serde_json::{Value, json};

use super::files::{Audited, Entry};
use super::items::LOOKS;
use super::kind;
use super::speed::Speed;
use super::subject::Subject;
use super::verdicts::{Judged, Shown};
use crate::cli::bench::Engine;
use crate::law::audit::ALPHA;
use crate::law::density;
use crate::law::evidence::POWER;
use crate::report::audit::AuditRecord;
use crate::unit::Params;

impl Audited<'_> {
    /// The record of one entry.
    pub(super) fn record(
        &self,
        entry: &Entry,
        judged: Judged,
        shown: Result<Shown, String>,
    ) -> anyhow::Result<AuditRecord> {
        let names = [self.original.about.id.clone(), entry.subject.about.id.clone(), entry.method.clone()];
        let mut record = AuditRecord::new(names, kind(self.args.by), judged.kinds);
        if let Ok(Shown { compared: Some(compared), .. }) = &shown {
            let own = |estimate, subject: &Subject| {
                let params = Params::from_count(subject.about.params as f64);
                density::by_params(estimate, params).map(|found| found.map(|density| density.ratio()))
            };
            record.density_original = Some(own(&compared.original.effective, &self.original)?);
            record.effective_params_original = Some(compared.original.effective.clone().map(|n| n.count()));
            if let Ok(after) = &compared.compressed {
                record.density_compressed = Some(own(&after.effective, &entry.subject)?);
                record.effective_params_compressed = Some(after.effective.clone().map(|n| n.count()));
            }
        }
        let mut add = |name: &str, value: Value| record.details.insert(name.to_owned(), value);
        if let Some(reason) = &entry.failed {
            add("failed", json!(reason));
        }
        if let Some(paired) = &entry.paired {
            add("loss", paired.loss.clone());
            add("unpaired_items", json!(paired.unpaired));
            let mut tasks = paired.tasks.clone();
            for (benchmark, finding) in judged.tasks {
                if let Some(task) = tasks.get_mut(&benchmark) {
                    task["test"] = finding;
                }
            }
            for (benchmark, difference) in shown.iter().flat_map(|shown| &shown.differences) {
                if let Some(task) = tasks.get_mut(benchmark) {
                    task["score_difference"] = difference.clone();
                }
            }
            add("tasks", json!(tasks));
        }
        if let Some(why) = shown.ok().and_then(|shown| shown.why) {
            add("basis_reason", json!(why));
        }
        if self.args.kl_tokens > 0 {
            add("divergence", entry.divergence.clone());
        }
        add("items", json!({ "planned": self.items.planned, "used": entry.items }));
        if self.args.sequential {
            add(
                "sequential",
                json!({ "looks": entry.looks, "of": LOOKS, "error_rate": ALPHA, "stopped_early": entry.items < self.items.planned,
                        "method": "one-sided normal-mixture confidence sequence (mixture SPRT), valid at every look" }),
            );
        }
        add(
            "error_rate",
            json!({ "one_sided": ALPHA, "family": "all models and tasks of this call, Holm", "power": POWER }),
        );
        add("kinship", json!(entry.relation));
        add("sizes", json!({ "original": self.original.json(), "compressed": entry.subject.json() }));
        if let Some(Ok(speed)) = &self.original_speed {
            let after = if entry.same_file() {
                Some(speed)
            } else {
                entry.speed.as_ref().and_then(|speed| speed.as_ref().ok())
            };
            add("speed", json!({ "original": speed.json(), "compressed": after.map(Speed::json) }));
        }
        add("mock", json!(self.args.engine == Engine::Mock));
        add("seed", json!(self.global.seed));
        Ok(record)
    }
}
