//! The published densities and their law, kept in a report so that it can be compared with them for years.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::measured::{Filter, dated, of_releases};
use crate::law::densing::{DensingLaw, LawError};
use crate::law::frontier::{DatedDensity, ORIGIN};
use crate::published::Library;
use crate::stat::{Bootstrap, Estimate};
use crate::unit::iso::IsoDate;

/// Nominal coverage of the band and of the growth.
const LEVEL: f64 = 0.95;

/// A release with its density.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ReleaseDensity {
    /// The model.
    pub model: String,
    /// Its release.
    #[schemars(with = "IsoDate")]
    pub date: Date,
    /// Effective over actual parameters.
    pub density: f64,
    /// Whether it set a new maximum of the law's data when it came out.
    pub record: bool,
    /// Whether the law was fitted with it; the others are later or were not in the paper's figure.
    pub in_law: bool,
}

/// The law on one day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LawPoint {
    /// The day.
    #[schemars(with = "IsoDate")]
    pub date: Date,
    /// Density of a record by the law.
    pub density: f64,
    /// Lower end of the 95 % band for a record of that day.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The densities that a report is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FrontierReport {
    /// Where the densities of the law and those beside it come from.
    pub source: String,
    /// Day zero of the law.
    #[schemars(with = "IsoDate")]
    pub origin: Date,
    /// Models in the law.
    pub n_models: usize,
    /// A in ln ρ per day.
    pub growth_per_day: Estimate,
    /// Coefficient of determination of the line through the records.
    pub r_squared: f64,
    /// All models by date.
    pub releases: Vec<ReleaseDensity>,
    /// The law from its first model to the day of the report, a point a quarter.
    pub curve: Vec<LawPoint>,
}

impl FrontierReport {
    /// The library's densities and their law as of a day, with its base models of five scores beside them.
    ///
    /// # Errors
    /// Densities that give no law.
    pub fn as_of(library: &Library, today: Date, run: Bootstrap) -> Result<Self, LawError> {
        let listed = |name: &str| library.find(name).map(|release| release.model.as_str());
        let there: Vec<&str> = library.densities.iter().filter_map(|row| listed(&row.model)).collect();
        let (others, _) = of_releases(library, &Filter::base(5));
        let others = others.into_iter().map(|(model, _)| model);
        let others: Vec<DatedDensity> =
            others.filter(|model| model.date <= today && !there.contains(&model.model.as_str())).collect();
        let densities = library.densities.iter().filter(|row| row.date <= today).map(dated).collect();
        let source = format!(
            "law: {}; beside it: base models with five scores of {}",
            library.densities_file, library.releases_file
        );
        Self::of(&source, densities, &others, today, run)
    }

    /// The frontier of these densities as of a day, with others beside it.
    ///
    /// # Errors
    /// Densities that give no law.
    pub fn of(
        source: &str,
        densities: Vec<DatedDensity>,
        others: &[DatedDensity],
        today: Date,
        run: Bootstrap,
    ) -> Result<Self, LawError> {
        let law = DensingLaw::fit(densities)?;
        let growth_per_day = law.growth_per_day(run, LEVEL)?;
        let records: Vec<&str> = law.frontier.records().map(|record| record.model.as_str()).collect();
        let release = |model: &DatedDensity, in_law: bool| ReleaseDensity {
            model: model.model.clone(),
            date: model.date,
            density: model.density,
            record: in_law && records.contains(&model.model.as_str()),
            in_law,
        };
        let own = law.frontier.models();
        let n_models = own.len();
        let own = own.iter().map(|model| release(model, true));
        let mut releases: Vec<ReleaseDensity> = own.chain(others.iter().map(|model| release(model, false))).collect();
        releases.sort_by_key(|release| release.date);
        let first = releases.first().map_or(ORIGIN, |release| release.date);
        let curve = quarters(first, today)
            .filter_map(|date| {
                let band = law.forecast(date, LEVEL)?;
                Some(LawPoint { date, density: band.point, low: band.low?, high: band.high? })
            })
            .collect();
        Ok(Self {
            source: source.to_owned(),
            origin: ORIGIN,
            n_models,
            growth_per_day,
            r_squared: law.line.r_squared,
            releases,
            curve,
        })
    }
}

/// The days from one to another, three months apart, and the last.
fn quarters(from: Date, to: Date) -> impl Iterator<Item = Date> {
    let steps = (0..400).map(move |step| from.checked_add(jiff::Span::new().months(3 * step)).unwrap_or(to));
    steps.take_while(move |date| *date < to).chain(std::iter::once(to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_curve_is_the_law_and_ends_today() {
        let densities: Vec<DatedDensity> = (0..8)
            .map(|step| DatedDensity {
                model: format!("m{step}"),
                date: date(2023, 3, 1) + jiff::Span::new().days(100 * step),
                density: 0.1 * f64::from(step + 1),
            })
            .collect();
        let today = date(2026, 1, 2);
        let later = DatedDensity { model: "later".to_owned(), date: date(2025, 12, 1), density: 70.0 };
        let run = Bootstrap { resamples: 200, seed: 1 };
        let found = FrontierReport::of("test", densities.clone(), std::slice::from_ref(&later), today, run).unwrap();
        assert_eq!((found.n_models, found.curve.last().unwrap().date), (8, today));
        assert_eq!(found.releases.iter().filter(|release| release.record).count(), 8, "every one of the law's");
        assert_eq!(found.releases.last().map(|last| (last.model.as_str(), last.in_law)), Some(("later", false)));
        let law = DensingLaw::fit(densities).unwrap();
        assert_eq!(found.curve[3].density, law.forecast(found.curve[3].date, 0.95).unwrap().point);
        assert!(found.curve.iter().all(|point| point.low < point.density && point.density < point.high));
    }
}
