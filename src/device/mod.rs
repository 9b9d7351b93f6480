//! Devices as data: this machine's profile and its own model, the classes and their histories.

mod arm_cores;
pub mod class;
pub mod class_spec;
pub mod class_variant;
pub mod compute;
mod core_kinds;
pub mod feature_match;
pub mod growth;
pub mod growth_report;
mod hardware_thread;
pub mod history;
pub mod isa_level;
pub mod own_speed;
pub mod possible;
pub mod prefill_model;
pub mod probe;
pub mod profile;
pub mod rates;
pub mod record;
pub mod reported;
mod soc;
pub mod speed_model;
pub mod speed_report;
pub mod speeds;
pub mod topology;
mod vector_sets;

pub use class::DeviceClass;
pub use profile::DeviceProfile;
pub use record::DeviceRecord;
