//! Densities of releases and panels from their scores, through the recovered average curve.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use jiff::civil::Date;

use crate::cli::law::Kind;
use crate::law::frontier::{DatedDensity, Frontier, FrontierError, Series};
use crate::model::panels::{self, BENCHMARKS};
use crate::model::table::Table;

/// The curve from a mean score to effective parameters.
struct AverageCurve {
    a: f64,
    alpha: f64,
    floor: f64,
    c: f64,
    gamma: f64,
    l: f64,
    d: f64,
}

impl AverageCurve {
    fn shipped() -> anyhow::Result<Self> {
        let file: toml::Table = toml::from_str(include_str!("../../models/reference_curves.toml"))?;
        let curve = file.get("curve").and_then(|curves| curves.get("average"));
        let number = |step: &str, name: &str| {
            curve
                .and_then(|curve| curve.get(step)?.get(name)?.as_float())
                .with_context(|| format!("models/reference_curves.toml: no curve.average.{step}.{name}"))
        };
        let d0 = file.get("d0_tokens").and_then(toml::Value::as_float).context("no d0_tokens")?;
        Ok(Self {
            a: number("loss", "a")?,
            alpha: number("loss", "alpha")?,
            floor: number("loss", "b")? * d0.powf(-number("loss", "beta")?),
            c: number("score", "c")?,
            gamma: number("score", "gamma")?,
            l: number("score", "l")?,
            d: number("score", "d")?,
        })
    }

    /// Effective parameters for a mean score in percent; `None` outside the curve's range.
    fn effective_params(&self, score: f64) -> Option<f64> {
        let odds = self.c / (score - self.d) - 1.0;
        if score <= self.d || odds <= 0.0 {
            return None;
        }
        let reducible = self.l - odds.ln() / self.gamma - self.floor;
        (reducible > 0.0).then(|| (reducible / self.a).powf(-1.0 / self.alpha))
    }

    fn density(&self, scores: &[Option<f64>; 5], params_b: f64) -> Option<f64> {
        let sum: Option<f64> = scores.iter().copied().sum();
        Some(self.effective_params(sum? / 5.0)? / (params_b * 1e9))
    }
}

/// Which releases count.
pub(super) struct Filter<'a> {
    pub(super) kinds: &'a [Kind],
    pub(super) families: &'a [String],
    pub(super) source: Option<&'a str>,
}

/// The densities of the releases that have all five scores, and how many were left out for which reason.
pub(super) fn densities(
    file: &str,
    text: &str,
    filter: &Filter<'_>,
    today: Date,
) -> anyhow::Result<(Vec<DatedDensity>, BTreeMap<&'static str, usize>)> {
    let curve = AverageCurve::shipped()?;
    let table = Table::parse(file, text)?;
    let [model, family, date, params, kind] =
        ["model", "family", "release_date", "params_b", "kind"].map(|name| table.column(&[name]));
    let (model, family, date, params, kind) = (model?, family?, date?, params?, kind?);
    let scores = BENCHMARKS
        .map(|name| Ok::<_, anyhow::Error>((table.column(&[name])?, table.column(&[&format!("{name}_src")])?)));
    let scores = scores.into_iter().collect::<Result<Vec<_>, _>>()?;
    let kinds = if filter.kinds.is_empty() { &[Kind::Base][..] } else { filter.kinds };
    let mut found = Vec::new();
    let mut left_out = BTreeMap::new();
    for row in table.rows() {
        let name = row.required(model)?.to_owned();
        let date = row.past_date(date, today)?;
        let of_kind = match row.text(kind) {
            "base" => Kind::Base,
            "moe" => Kind::Moe,
            "instruct" => Kind::Instruct,
            other => return Err(row.error(kind, format!("`{other}` is not base, moe or instruct")).into()),
        };
        let mut values = [None; 5];
        let mut sourced = true;
        for (value, (column, source)) in values.iter_mut().zip(&scores) {
            *value = row.percent(*column)?;
            if value.is_some() {
                let read = row.source(*source)?;
                sourced &= filter.source.is_none_or(|text| read.contains(text));
            }
        }
        let mut leave_out = |reason| *left_out.entry(reason).or_insert(0) += 1;
        if !kinds.contains(&of_kind) {
            leave_out("another kind");
            continue;
        }
        if !filter.families.is_empty() && !filter.families.iter().any(|wanted| row.text(family).starts_with(wanted)) {
            leave_out("another family");
            continue;
        }
        if values.iter().any(Option::is_none) {
            leave_out("not all five scores");
            continue;
        }
        if !sourced {
            leave_out("another source");
            continue;
        }
        match curve.density(&values, row.positive(params)?) {
            Some(density) => found.push(DatedDensity { model: name, date, density }),
            None => leave_out("score outside the curve's range"),
        }
    }
    if found.is_empty() {
        bail!("{file}: no release is left by the filters");
    }
    Ok((found, left_out))
}

/// ln ρ by day for each shipped panel that measured all five benchmarks.
pub(super) fn panel_series(today: Date) -> anyhow::Result<Vec<(String, Series)>> {
    let curve = AverageCurve::shipped()?;
    let mut groups: BTreeMap<String, Vec<DatedDensity>> = BTreeMap::new();
    for row in panels::shipped(today)? {
        if let Some(density) = curve.density(&row.scores, row.params_b) {
            groups.entry(row.panel).or_default().push(DatedDensity { model: row.model, date: row.date, density });
        }
    }
    let series: Result<Vec<_>, FrontierError> =
        groups.into_iter().map(|(panel, models)| Ok((panel, Frontier::new(models)?.series()))).collect();
    Ok(series?)
}
