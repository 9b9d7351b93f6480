//! `densimeter audit`: is the compressed model denser than its original?

use std::path::PathBuf;

use crate::process::interrupt;
use crate::report::audit_summary::{AuditSummary, summary};

use super::eval::opening;
use super::progress::Terminal;
use super::{Outcome, Usage, terminal};
use crate::audit::plan::{Answers, AuditPlan, Rules};
use crate::audit::published::audit_table;
use crate::audit::quant_sweep::audit_sweep;
use crate::audit::record::AuditRecord;
use crate::audit::session::audit_files;
use crate::audit::{ci, sweep_text, text};
use crate::cli::Global;
use crate::cli::audit::{Audit, By};
use crate::eval::own_task::OwnTask;
use crate::eval::plan::Programs;
use crate::eval::subset::Subset;
use crate::eval::task::Task as _;
use crate::file::run_folder;
use crate::law::audit::{Kind, Verdict};
use crate::law::density::Workload;
use crate::model::recipe::{Recipe, UnknownName};
use crate::stat::Bootstrap;

mod rank;
mod refusal;

use refusal::refused;

/// Runs the command.
pub(super) fn run(args: &Audit, global: &Global) -> anyhow::Result<Outcome> {
    let rules = rules(args, global)?;
    let task = match &args.task_file {
        Some(file) => vec![OwnTask::read(file)?.name().to_owned()],
        None => opening::tasks(&args.task)?,
    };
    let args = &Audit { task, ..args.clone() };
    // Before an evaluation, which may take an hour.
    for file in args.junit.iter().chain(&args.summary) {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(Usage(format!("{}: there is no folder {}", file.display(), folder.display())).into());
        }
    }
    if !args.rank.is_empty() {
        return rank::run(args, plan(rules, args, global)?, global);
    }
    if let Some(path) = &args.pairs {
        return show(&audit_table(path, &rules)?, args, global, text::table);
    }
    if args.ladder.is_none() && args.models.len() < 2 {
        return Err(Usage("audit needs an original and at least one compressed model".to_owned()).into());
    }
    if args.reference.is_some() && args.sequential {
        let text = "--reference gives densities by a fixed number of items: leave --sequential out";
        return Err(Usage(text.to_owned()).into());
    }
    interrupt::listen();
    let recipe = |name: &String| name.parse().map(Recipe::plain).map_err(|error: UnknownName| Usage(error.to_string()));
    let recipes = args.rungs.iter().map(recipe).collect::<Result<Vec<_>, _>>()?;
    let plan = plan(rules, args, global)?;
    let observer = Terminal::new(global.quiet);
    if let Some(model) = &args.ladder {
        let records = audit_sweep(model, &recipes, &plan, &observer).map_err(refused)?;
        return show(&records, args, global, sweep_text::render);
    }
    let records = audit_files(&args.models[0], &args.models[1..], &plan, &observer).map_err(refused)?;
    show(&records, args, global, text::table)
}

fn rules(args: &Audit, global: &Global) -> Result<Rules, Usage> {
    for (name, share) in [("--margin", args.margin), ("--loss-margin", args.loss_margin)] {
        if !(share > 0.0 && share < 1.0) {
            return Err(Usage(format!("{name} {share}: must be a share between 0 and 1, such as 0.05")));
        }
    }
    Ok(Rules {
        by: match args.by {
            By::Params => Kind::Params,
            By::Memory => Kind::Memory,
            By::Time => Kind::Time,
        },
        margin: args.margin,
        loss_margin: args.loss_margin,
        bootstrap: Bootstrap { resamples: args.resamples as usize, seed: global.seed },
        workload: Workload { n_in: args.n_in, n_out: args.n_out },
    })
}

fn plan(rules: Rules, args: &Audit, global: &Global) -> anyhow::Result<AuditPlan> {
    let subset = match &args.items {
        Some(path) => opening::ids(path)?,
        None => Subset::Limit { items: args.limit as usize, seed: global.seed },
    };
    Ok(AuditPlan {
        rules,
        engine: super::bench::kind(args.engine),
        data: args.data.clone(),
        unpinned_data: args.unpinned_data,
        task_file: args.task_file.clone(),
        tasks: args.task.clone(),
        subset,
        sequential: args.sequential,
        answers: match (args.loss_only, args.generate) {
            (true, _) => Answers::Never,
            (false, true) => Answers::Always,
            (false, false) => Answers::WhereAboveChance,
        },
        reference: args.reference.clone(),
        unrelated: args.unrelated,
        kl_tokens: args.kl_tokens as usize,
        timed: !args.no_speed,
        threads: args.threads,
        folder: match &args.out {
            Some(folder) => folder.clone(),
            None => default_folder()?,
        },
        programs: if args.unsafe_no_sandbox { Programs::Anyhow } else { Programs::Jailed },
        offline: args.offline,
    })
}

/// Logs are kept from one audit to the next: an original is evaluated once.
fn default_folder() -> anyhow::Result<PathBuf> {
    let runs = run_folder::state_folder()?;
    let base = runs.parent().and_then(std::path::Path::parent).map(PathBuf::from).unwrap_or(runs);
    Ok(base.join("audits"))
}

/// Shows the records everywhere they were asked for, for people by `render`, and picks the outcome.
fn show(
    records: &[AuditRecord],
    args: &Audit,
    global: &Global,
    render: fn(&[AuditRecord]) -> String,
) -> anyhow::Result<Outcome> {
    if let Some(path) = &args.junit {
        run_folder::write(path, ci::junit(records).as_bytes())?;
    }
    if let Some(path) = &args.summary {
        let stem = path.file_stem().map_or_else(|| "audit".to_owned(), |stem| stem.to_string_lossy().into_owned());
        let AuditSummary { markdown, figures } = summary(records, &stem);
        for (name, svg) in figures {
            run_folder::write(&path.with_file_name(name), svg.as_bytes())?;
        }
        run_folder::write(path, markdown.as_bytes())?;
    }
    if global.json {
        terminal::json(&records)?;
    } else {
        terminal::out(&render(records))?;
    }
    if args.github {
        let lines = ci::github(records);
        if global.json { terminal::note(lines.trim_end()) } else { terminal::out(&lines)? }
    }
    Ok(if records.iter().any(|record| record.verdict == Verdict::Dropped) {
        Outcome::Dropped
    } else if records.iter().any(AuditRecord::incomplete) {
        Outcome::SomeFailed
    } else {
        Outcome::Done
    })
}
