//! Every release beside the densities of the paper's figure.

use comfy_table::{Table, presets};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::{Outcome, terminal};
use super::record::{self, Densities, Subject};
use super::{Ground, Shipped, one};
use crate::cli::{Global, density::Density};
use crate::law::capability::Capability;
use crate::law::impute::ImputeError;
use crate::law::noise::full_test_sets;
use crate::model::densities;
use crate::model::published::{self, AlternateProtocol};
use crate::model::release::{Kind, Release};
use crate::stat::rank::spearman;
use crate::unit::{Benchmark, Scores};

/// A ratio to the figure beyond this factor, up or down, is named.
const OUTLIER_FACTOR: f64 = 1.35;

struct Line<'a> {
    release: &'a Release,
    capability: Result<Capability, ImputeError>,
    densities: Option<Densities>,
    /// Name and density in the paper's figure.
    figure: Option<(String, f64)>,
}

impl Line<'_> {
    fn ratio(&self) -> Option<f64> {
        Some(self.densities.as_ref()?.by_params.point.ratio() / self.figure.as_ref()?.1)
    }

    /// Dense, base, in the figure, with all five scores: the rows that the paper's own route can be checked on.
    fn comparable(&self) -> bool {
        self.release.kind == Kind::Base && self.release.scores.five_mean().is_some() && self.ratio().is_some()
    }
}

struct Comparison {
    n: usize,
    median_abs_ln_ratio: f64,
    spearman: Option<f64>,
    covered: usize,
    without_release: Vec<String>,
}

struct Outlier<'a> {
    line: &'a Line<'a>,
    ratio: f64,
    explanation: String,
}

/// Runs `density --all`.
pub(super) fn run(args: &Density, global: &Global, ground: &Ground, data: &Shipped) -> anyhow::Result<Outcome> {
    let figures = densities::published(Date::MAX)?;
    let mut lines = lines(args, ground, data)?;
    let mut without_release = Vec::new();
    for figure in figures {
        match published::find(&figure.model, &data.releases, &data.aliases) {
            Some(found) => {
                let line = lines.iter_mut().find(|line| line.release.model == found.model);
                if let Some(line) = line {
                    line.figure = Some((figure.model, figure.density));
                }
            }
            None => without_release.push(figure.model),
        }
    }
    let comparison = compare(&lines, without_release);
    let outliers = outliers(args, ground, &lines, &published::alternate_protocols()?)?;
    if global.json {
        terminal::json(&json!({
            "reference": format!("{}/average", ground.family.id),
            "d0_tokens": ground.d0,
            "cost": ground.cost.json(),
            "rows": lines.iter().map(|line| row(args, ground, line)).collect::<anyhow::Result<Vec<_>>>()?,
            "comparison": comparison.as_ref().map(comparison_json),
            "outliers": outliers.iter().map(|o| json!({
                "model": o.line.release.model, "ratio": o.ratio, "explanation": o.explanation,
            })).collect::<Vec<_>>(),
        }))?;
    } else {
        terminal::out(&format!("{}\n\n{}", table(&lines), summary(comparison.as_ref(), &outliers)))?;
    }
    Ok(Outcome::Done)
}

fn lines<'a>(args: &Density, ground: &Ground, data: &'a Shipped) -> anyhow::Result<Vec<Line<'a>>> {
    let items = full_test_sets();
    let mut lines = Vec::with_capacity(data.releases.len());
    for release in &data.releases {
        // Not every release has its embedding size on record; those keep the total and say so in `basis`.
        let params = one::basis(args, release).unwrap_or(release.params);
        let active = one::active(release);
        let subject = Subject { scores: &release.scores, items: &items, params, active, bits: args.bits };
        let capability = record::capability(ground, &subject);
        let densities = match &capability {
            Ok(capability) => Some(Densities::of(ground, &capability.effective, params, active, args.bits)?),
            Err(_) => None,
        };
        lines.push(Line { release, capability, densities, figure: None });
    }
    lines.sort_by_key(|line| line.release.date);
    Ok(lines)
}

fn compare(lines: &[Line<'_>], without_release: Vec<String>) -> Option<Comparison> {
    let rows: Vec<(f64, f64, bool)> = lines
        .iter()
        .filter(|line| line.comparable())
        .filter_map(|line| {
            let (ours, (_, figure)) = (&line.densities.as_ref()?.by_params, line.figure.as_ref()?);
            let inside = ours.low.is_none_or(|low| low.ratio() <= *figure)
                && ours.high.is_none_or(|high| *figure <= high.ratio());
            Some((ours.point.ratio(), *figure, inside))
        })
        .collect();
    let mut logs: Vec<f64> = rows.iter().map(|(ours, figure, _)| (ours / figure).ln().abs()).collect();
    logs.sort_by(f64::total_cmp);
    let n = logs.len();
    let median_abs_ln_ratio = match n {
        0 => return None,
        n if n % 2 == 1 => logs[n / 2],
        n => (logs[n / 2 - 1] + logs[n / 2]) / 2.0,
    };
    let (ours, figure): (Vec<f64>, Vec<f64>) = rows.iter().map(|(o, f, _)| (*o, *f)).unzip();
    let covered = rows.iter().filter(|(.., inside)| *inside).count();
    Some(Comparison { n, median_abs_ln_ratio, spearman: spearman(&ours, &figure), covered, without_release })
}

fn outliers<'a>(
    args: &Density,
    ground: &Ground,
    lines: &'a [Line<'a>],
    alternates: &[AlternateProtocol],
) -> anyhow::Result<Vec<Outlier<'a>>> {
    let mut found = Vec::new();
    for line in lines {
        let (Some(ratio), Some((_, figure))) = (line.ratio(), &line.figure) else { continue };
        if ratio.ln().abs() <= OUTLIER_FACTOR.ln() {
            continue;
        }
        let mut reasons = Vec::new();
        if !line.release.scores.missing().is_empty() {
            let names: Vec<_> = line.release.scores.missing().iter().map(|b| b.name()).collect();
            reasons.push(format!("{} imputed", names.join(", ")));
        }
        if line.release.kind == Kind::Moe
            && let Some(by_time) = line.densities.as_ref().and_then(|d| d.by_time.as_ref())
        {
            reasons.push(format!(
                "counted here by total parameters; by inference time {:.2}x the figure",
                by_time.point.ratio() / figure
            ));
        }
        if let Some(alternate) = alternates.iter().find(|a| a.release == line.release.model) {
            reasons.push(match under(args, ground, line.release, &alternate.scores)? {
                Some(density) => format!("with {}: {:.2}x the figure", alternate.explanation, density / figure),
                None => alternate.explanation.clone(),
            });
        }
        if reasons.is_empty() {
            reasons.push("no other protocol of its scores is on record".to_owned());
        }
        found.push(Outlier { line, ratio, explanation: reasons.join("; ") });
    }
    found.sort_by(|a, b| b.ratio.ln().abs().total_cmp(&a.ratio.ln().abs()));
    Ok(found)
}

/// The density of a release with some scores replaced; `None` where there is nothing to replace.
fn under(args: &Density, ground: &Ground, release: &Release, other: &Scores) -> anyhow::Result<Option<f64>> {
    if other.present().next().is_none() {
        return Ok(None);
    }
    let scores = Scores::from_percent(Benchmark::ALL.map(|b| other.percent(b).or(release.scores.percent(b))))?;
    let items = full_test_sets();
    let params = one::basis(args, release).unwrap_or(release.params);
    let subject = Subject { scores: &scores, items: &items, params, active: None, bits: args.bits };
    Ok(record::capability(ground, &subject).ok().map(|c| c.effective.point.count() / params.count()))
}

fn row(args: &Density, ground: &Ground, line: &Line<'_>) -> anyhow::Result<Value> {
    let release = line.release;
    let basis = one::basis(args, release);
    let subject = Subject {
        scores: &release.scores,
        items: &full_test_sets(),
        params: basis.as_ref().copied().unwrap_or(release.params),
        active: one::active(release),
        bits: args.bits,
    };
    let mut record = record::json(ground, &subject, &line.capability)?;
    record["model"] = release.model.as_str().into();
    record["date"] = release.date.to_string().into();
    record["kind"] = serde_json::to_value(release.kind)?;
    record["basis"] = match (args.basis, basis.is_ok()) {
        (crate::cli::density::Basis::NonEmbedding, true) => "non-embedding".into(),
        _ => "total".into(),
    };
    record["figure"] = match &line.figure {
        Some((name, density)) => json!({ "model": name, "density": density, "ratio": line.ratio() }),
        None => Value::Null,
    };
    record["comparable"] = line.comparable().into();
    Ok(record)
}

fn comparison_json(comparison: &Comparison) -> Value {
    json!({
        "n": comparison.n,
        "median_abs_ln_ratio": comparison.median_abs_ln_ratio,
        "spearman": comparison.spearman,
        "figure_inside_interval": comparison.covered,
        "figure_models_without_release": comparison.without_release,
    })
}

fn table(lines: &[Line<'_>]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([
        "model",
        "date",
        "kind",
        "params",
        "mean %",
        "effective",
        "density [95 %]",
        "by time",
        "figure",
        "ratio",
    ]);
    for line in lines {
        let release = line.release;
        let (mean, effective, density) = match (&line.capability, &line.densities) {
            (Ok(capability), Some(densities)) => {
                let mark = if capability.mean.imputed.is_empty() { "" } else { " *" };
                (
                    format!("{:.1}{mark}", capability.mean.percent),
                    capability.effective.point.to_string(),
                    format!("{:.3}", densities.by_params),
                )
            }
            (Err(error), _) => ("none".to_owned(), "none".to_owned(), error.to_string()),
            (Ok(_), None) => (String::new(), String::new(), String::new()),
        };
        let by_time = line.densities.as_ref().and_then(|d| d.by_time.as_ref());
        table.add_row([
            release.model.clone(),
            release.date.to_string(),
            format!("{:?}", release.kind).to_lowercase(),
            release.params.to_string(),
            mean,
            effective,
            density,
            by_time.map_or_else(String::new, |d| format!("{:.3}", d.point)),
            line.figure.as_ref().map_or_else(String::new, |(_, d)| format!("{d:.4}")),
            line.ratio().map_or_else(String::new, |r| format!("{r:.2}{}", if line.comparable() { "" } else { " ~" })),
        ]);
    }
    table
}

fn summary(comparison: Option<&Comparison>, outliers: &[Outlier<'_>]) -> String {
    let mut text = "* mean imputed · ~ not compared: no dense base model with all five scores\n".to_owned();
    let Some(comparison) = comparison else { return text };
    text += &format!(
        "dense base models in the paper's figure with all five scores: {}; median |ln ratio| {:.3}; Spearman {}; \
         the figure's density lies in our 95 % interval for {} of them\n",
        comparison.n,
        comparison.median_abs_ln_ratio,
        comparison.spearman.map_or_else(|| "undefined".to_owned(), |r| format!("{r:.3}")),
        comparison.covered,
    );
    text += &format!("in the figure but not among the releases: {}\n", comparison.without_release.join(", "));
    text += &format!("outliers (beyond {OUTLIER_FACTOR}x of the figure, up or down):\n");
    for outlier in outliers {
        text += &format!("  {} {:.2}x: {}\n", outlier.line.release.model, outlier.ratio, outlier.explanation);
    }
    text
}
