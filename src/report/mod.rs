//! What is kept: the journal, the versioned report, and its renderings.

pub use crate::file::run_folder as store;
pub use crate::measure::{bench_report as bench, journal, load_time as load, sustain_report as sustain};

pub mod chart;
pub mod csv;
pub mod derived;
pub mod figures;
pub mod gallery;
pub mod import;
pub mod markdown;
pub mod markdown_table;
pub mod page;
pub mod rendering;
pub mod run;
pub mod schema;
pub mod stored;
pub mod table;
pub mod terminal_chart;
pub mod text;
pub mod view;
