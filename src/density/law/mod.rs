//! The Densing Law of a table: what is asked, what is found, and its document.

pub mod analysis;
pub mod classes;
pub mod error;
pub mod extension;
pub mod outlook;
pub mod parts;
pub mod plan;
pub mod prices;
pub mod report;
pub mod rolling;
