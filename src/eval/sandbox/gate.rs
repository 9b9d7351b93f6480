//! The stage between supervisor and init: gives up root, enters the namespaces, waits for init.

use super::Job;

/// Enters the namespaces and runs init in them on the inherited pipes. `say` writes lines to the verdict channel.
#[cfg(target_os = "linux")]
pub fn run(job: &Job, mut say: impl FnMut(&str)) {
    let result = super::namespaces::pass_gate(job).and_then(|layers| {
        layers.iter().for_each(|layer| say(&format!("layer {layer}")));
        let text = serde_json::to_string(job).map_err(|error| error.to_string())?;
        // The link reaches the file itself, also where the unprivileged user cannot walk its path.
        std::process::Command::new("/proc/self/exe")
            .args(["sandbox", "--stage", "init", "--job", &text])
            .env_clear()
            .status()
            .map_err(|error| format!("the inner stage does not start: {error}"))
    });
    if let Err(reason) = result {
        say(&format!("host {reason}"));
    }
}

/// Only Linux has the namespaces.
#[cfg(not(target_os = "linux"))]
pub fn run(_job: &Job, mut say: impl FnMut(&str)) {
    say("host namespaces exist only on Linux");
}
