//! Linux: the Landlock rules.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};

use super::{Isolation, Job};

/// Truncation is held from here on (Linux 6.2); before, a program could empty files that it may not write.
const OLDEST: ABI = ABI::V3;
/// The newest ABI whose rights are asked for, where the kernel has them.
const NEWEST: ABI = ABI::V7;

/// Restricts this process and all it starts; returns the layer in force.
pub(super) fn restrict(job: &Job) -> Result<String, String> {
    let failed =
        |error: &dyn std::fmt::Display| format!("Landlock: {error} (Linux 6.2 with Landlock enabled is needed)");
    // Without a PID namespace only the signal scope (Linux 6.12) keeps signals in.
    let scope = if job.isolation == Isolation::Scoped { CompatLevel::HardRequirement } else { CompatLevel::BestEffort };
    let read = AccessFs::Execute | AccessFs::ReadFile | AccessFs::ReadDir;
    let device = AccessFs::ReadFile | AccessFs::WriteFile;
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(OLDEST))
        .map_err(|error| failed(&error))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))
        .map_err(|error| failed(&error))?
        .handle_access(AccessNet::from_all(NEWEST))
        .map_err(|error| failed(&error))?
        .set_compatibility(scope)
        .scope(Scope::from_all(NEWEST))
        .map_err(|error| failed(&error))?
        .set_compatibility(CompatLevel::BestEffort)
        .create()
        .map_err(|error| failed(&error))?
        .add_rules(path_beneath_rules(&job.interpreter.read, read))
        .map_err(|error| failed(&error))?
        .add_rules(path_beneath_rules([&job.work], AccessFs::from_all(NEWEST) & !AccessFs::Execute))
        .map_err(|error| failed(&error))?
        .add_rules(path_beneath_rules(["/dev/null"], device))
        .map_err(|error| failed(&error))?
        .add_rules(path_beneath_rules(["/dev/urandom", "/dev/random", "/dev/zero"], AccessFs::ReadFile))
        .map_err(|error| failed(&error))?
        .restrict_self()
        .map_err(|error| failed(&error))?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err(failed(&"not enforced"));
    }
    Ok(match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => format!("layer landlock ABI {}", effective_abi as i32),
        _ => return Err(failed(&"not available")),
    })
}
