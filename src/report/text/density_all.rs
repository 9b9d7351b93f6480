//! All releases beside the figure, for the terminal.

use comfy_table::{Table, presets};

use crate::density::comparison::{AssessedRelease, Comparison, OUTLIER_FACTOR};

/// The releases, and what the comparison says.
#[must_use]
pub fn text(found: &Comparison<'_>) -> String {
    format!("{}\n\n{}", table(&found.releases), summary(found))
}

fn table(lines: &[AssessedRelease<'_>]) -> Table {
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
        let (mean, effective, density) = match &line.assessed {
            Ok(assessed) => {
                let capability = &assessed.capability;
                let mark = if capability.mean.imputed.is_empty() { "" } else { " *" };
                (
                    format!("{:.1}{mark}", capability.mean.percent),
                    capability.effective.point.to_string(),
                    format!("{:.3}", assessed.densities.by_params),
                )
            }
            Err(error) => ("none".to_owned(), "none".to_owned(), error.to_string()),
        };
        let by_time = line.assessed.as_ref().ok().and_then(|assessed| assessed.densities.by_time.as_ref());
        table.add_row([
            release.model.clone(),
            release.date.to_string(),
            release.kind.name().to_owned(),
            release.params.to_string(),
            mean,
            effective,
            density,
            by_time.map_or_else(String::new, |d| format!("{:.3}", d.point)),
            line.figure.map_or_else(String::new, |(_, d)| format!("{d:.4}")),
            line.ratio().map_or_else(String::new, |r| format!("{r:.2}{}", if line.comparable() { "" } else { " ~" })),
        ]);
    }
    table
}

fn summary(found: &Comparison<'_>) -> String {
    let mut text = "* mean imputed · ~ not compared: no dense base model with all five scores\n".to_owned();
    let Some(agreement) = &found.agreement else { return text };
    text += &format!(
        "dense base models in the paper's figure with all five scores: {}; median |ln ratio| {:.3}; Spearman {}; \
         the figure's density lies in our 95 % interval for {} of them\n",
        agreement.n,
        agreement.median_abs_ln_ratio,
        agreement.spearman.map_or_else(|| "undefined".to_owned(), |r| format!("{r:.3}")),
        agreement.figure_inside_interval,
    );
    let missing = agreement.figure_models_without_release.join(", ");
    text += &format!("in the figure but not among the releases: {missing}\n");
    text += &format!("outliers (beyond {OUTLIER_FACTOR}x of the figure, up or down):\n");
    for outlier in &found.outliers {
        text += &format!("  {} {:.2}x: {}\n", outlier.model, outlier.ratio, outlier.explanation);
    }
    text
}
