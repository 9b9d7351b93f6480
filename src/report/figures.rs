//! The figures of a report: each is drawn where there is data for it, else says why not.

pub mod audit;
pub mod crossover;
pub mod density;
pub mod density_edge;
pub mod latency;
pub mod memory;
pub mod quality;
pub mod speed;
pub mod thermal;

/// Rows beyond which a figure with one mark each could not be read.
const MOST_ROWS: usize = 24;

/// Height of a drawing area with so many named rows.
fn height(rows: usize) -> f64 {
    rows as f64 * 26.0 + 8.0
}

/// `3 rows` in words for descriptions.
fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}
