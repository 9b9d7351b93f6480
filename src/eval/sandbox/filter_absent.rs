//! Linux on a 32-bit processor: no system-call filter, so nothing may be run.

/// Refuses: the layer cannot be in force here.
pub(super) fn install() -> Result<String, String> {
    Err("there is no system-call filter for 32-bit processors".to_owned())
}
