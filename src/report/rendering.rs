//! A report as files: the page, the Markdown, the figures and the tables. All are derived; the report stays as it is.

use super::view::View;
use super::{csv, markdown, page};

/// The page.
pub const PAGE: &str = "index.html";

/// The Markdown.
pub const TEXT: &str = "README.md";

/// Why a report could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The page.
    #[error(transparent)]
    Page(#[from] page::PageError),
    /// A table.
    #[error("the tables could not be made: {0}")]
    Table(#[from] ::csv::Error),
}

/// Every file of a report with its path below the report's folder.
///
/// # Errors
/// Only when a template does not fit the view, or a table cannot be built.
pub fn files(view: &View) -> Result<Vec<(String, String)>, RenderError> {
    let mut files = vec![(PAGE.to_owned(), page::render(view)?), (TEXT.to_owned(), markdown::report(view))];
    for section in &view.sections {
        for figure in &section.figures {
            if let Ok(chart) = &figure.chart {
                files.push((format!("figures/{}.svg", figure.id), chart.file()));
            }
        }
        for table in &section.tables {
            files.push((format!("tables/{}.csv", table.id), csv::table(table)?));
        }
    }
    files.push(("tables/numbers.csv".to_owned(), csv::numbers(view)?));
    Ok(files)
}
