//! Devices as data: this machine's profile, the classes and their histories.

pub mod class_spec;
pub mod growth;
pub mod history;
pub mod speed_model;
pub mod speeds;
pub mod table;
