//! The report: its types, how it is read as a stranger's file, and its renderings. Computes nothing.

pub(crate) mod audit_summary;
pub mod chart;
pub mod csv;
pub mod derived;
pub mod figures;
pub mod gallery;
pub mod import;
pub mod markdown;
pub mod markdown_table;
pub mod page;
pub(crate) mod rank_summary;
pub mod rendering;
pub mod reported_index;
pub mod run;
pub mod schema;
pub mod stored;
pub mod table;
pub mod terminal_chart;
pub mod text;
pub mod view;
