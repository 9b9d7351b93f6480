//! The machine that this process runs on.

/// Its name on the network; empty where the system tells none.
pub(crate) fn name() -> String {
    sysinfo::System::host_name().unwrap_or_default()
}
