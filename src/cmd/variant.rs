//! A binary of `make dist` on the processor it finds itself on: the better one beside it, or a refusal in words.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::device::level;

/// The level that this binary was built for; none in a build for its own machine.
const BUILT: Option<&str> = option_env!("DENSIMETER_LEVEL");

/// Whether a file can be gone over to: a program of the same kind and machine (the first 20 bytes of its ELF header), or a
/// script that names its interpreter. `execvp` gives anything else to the shell: half a download would end without a word.
fn resembles(other: &Path, own: &Path) -> bool {
    let head = |path: &Path| {
        let mut head = [0; 20];
        File::open(path).and_then(|mut file| file.read_exact(&mut head)).map(|()| head).ok()
    };
    head(other).is_some_and(|other| other.starts_with(b"#!") || head(own) == Some(other))
}

/// Goes over to the best binary of the same folder that this processor can run, under the same arguments; refuses where
/// this one cannot run here and no other can either.
pub(super) fn fitting() -> anyhow::Result<()> {
    let Some(built) = BUILT.and_then(level::find) else { return Ok(()) };
    let lacking = built.lacking(&level::present);
    let usable = level::usable(built.architecture, &level::present);
    let own = std::env::current_exe();
    let own_name = format!("densimeter-{}", built.name);
    // Under another name (on a board, say) somebody else has chosen.
    if let Ok(own) = own
        && own.file_name().is_some_and(|name| name == own_name.as_str())
        && let Some(best) =
            usable.iter().find(|level| resembles(&own.with_file_name(format!("densimeter-{}", level.name)), &own))
        && best.name != built.name
    {
        let error = std::os::unix::process::CommandExt::exec(
            std::process::Command::new(own.with_file_name(format!("densimeter-{}", best.name)))
                .args(std::env::args_os().skip(1)),
        );
        // This one may do: slower, which the report says.
        if !lacking.is_empty() {
            anyhow::bail!("densimeter-{} cannot be started: {error}", best.name);
        }
    }
    if lacking.is_empty() {
        return Ok(());
    }
    let way_out = usable.first().map_or_else(
        || "no binary of `make dist` is for it".to_owned(),
        |level| format!("take densimeter-{}", level.name),
    );
    anyhow::bail!("this binary is built for {}, and the processor lacks {}: {way_out}", built.name, lacking.join(", "))
}
