//! Evaluations of an audit: `densimeter eval` in a process of its own.

use crate::audit::evaluation::{EvalReport, Order};
use crate::audit::plan::AuditPlan;
use crate::cmd::part;
use crate::worker::protocol::EngineKind;

/// No evaluation may take longer than this, seconds.
const WEEK: f64 = 7.0 * 86_400.0;

/// Evaluates a model and gives the document, or the reason why there is none.
pub(super) fn evaluate(order: &Order<'_>, plan: &AuditPlan, quiet: bool) -> Result<EvalReport, String> {
    let (model, tasks) = (order.model.display().to_string(), order.tasks.join(","));
    let (items, out) = (order.items.display().to_string(), order.folder.display().to_string());
    let data = plan.benchmarks.root().display().to_string();
    let [threads, ubatch, parallel] = [order.threads, order.n_ubatch, order.parallel].map(|number| number.to_string());
    let mut line = vec!["eval", "-m", &model, "--task", &tasks, "--items", &items, "-o", &out, "--resume"];
    line.extend(["--data", &data, "-t", &threads, "--ub", &ubatch, "--parallel", &parallel]);
    line.extend(["--noise-items", "0", "--no-own-speed"]);
    let switches = [
        (!plan.pinned, "--unpinned-data"),
        (order.loss_only, "--loss-only"),
        (quiet, "--quiet"),
        (plan.unconfined, "--unsafe-no-sandbox"),
    ];
    line.extend(switches.into_iter().filter(|(on, _)| *on).map(|(_, switch)| switch));
    if plan.engine == EngineKind::Mock {
        line.extend(["--engine", "mock"]);
    }
    serde_json::from_value(part::json(&line, WEEK)?).map_err(|error| error.to_string())
}
