//! What `--version` tells: what a report would, for a binary that was found somewhere.

use std::sync::LazyLock;

static LONG: LazyLock<String> = LazyLock::new(|| {
    let features: Vec<&str> = [
        (cfg!(feature = "llama"), "llama"),
        (cfg!(feature = "openmp"), "openmp"),
        (cfg!(feature = "download"), "download"),
        (cfg!(feature = "json-schema"), "json-schema"),
        (cfg!(feature = "static"), "static"),
        (cfg!(feature = "cuda"), "cuda"),
        (cfg!(feature = "vulkan"), "vulkan"),
        (cfg!(feature = "metal"), "metal"),
        (cfg!(feature = "opencl"), "opencl"),
    ]
    .into_iter()
    .filter_map(|(on, name)| on.then_some(name))
    .collect();
    format!(
        "{}\nlevel: {}\ntarget: {} {}\nfeatures: {}",
        env!("CARGO_PKG_VERSION"),
        option_env!("DENSIMETER_LEVEL").unwrap_or("that of its own build machine"),
        std::env::consts::ARCH,
        std::env::consts::OS,
        if features.is_empty() { "none".to_owned() } else { features.join(" ") },
    )
});

/// Version, CPU level, target, and the features that it was built with.
pub(super) fn long() -> &'static str {
    LONG.as_str()
}
