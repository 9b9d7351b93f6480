//! A binary of `make dist` on the processor it finds itself on: the better one beside it, or a refusal in words.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::device::isa_level::{self, IsaLevel};
use crate::meter::deadline::Deadline;
use crate::process::capture::capture;
use crate::process::go_over::go_over;

/// The level that this binary was built for; none in a build for its own machine.
const BUILT: Option<&str> = option_env!("DENSIMETER_LEVEL");

/// How long a neighbour may take to say what it is.
const ANSWER: Duration = Duration::from_secs(5);

/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(2);

/// Whether a neighbour starts here, and is of this version and of its level. `exec` would give half a download, or a program
/// of another machine, to the shell; starting it does not.
fn starts(program: &Path, level: &IsaLevel) -> bool {
    let mut command = Command::new(program);
    command.arg("--version");
    let deadline = Deadline::new(ANSWER);
    let said = capture(command, 4096, LOOK, &mut |_| deadline.left().is_zero().then_some(()));
    let expected = format!("densimeter {}\nlevel: {}\n", env!("CARGO_PKG_VERSION"), level.name);
    matches!(said, Ok(Ok(said)) if said.out.starts_with(expected.as_bytes()))
}

/// Goes over to the best binary of the same folder that this processor can run, under the same arguments; refuses where
/// this one cannot run here and no other can either.
pub(super) fn fitting() -> anyhow::Result<()> {
    let Some(built) = BUILT.and_then(isa_level::find) else { return Ok(()) };
    let lacking = built.lacking(&isa_level::present);
    let usable = isa_level::usable(built.architecture, &isa_level::present);
    let own = std::env::current_exe();
    let own_name = format!("densimeter-{}", built.name);
    // A wheel calls its baseline by the program's plain name. Under another one (on a board, say) somebody else has chosen.
    if let Ok(own) = own
        && own.file_name().is_some_and(|name| name == own_name.as_str() || name == env!("CARGO_PKG_NAME"))
    {
        for better in usable.iter().take_while(|level| level.name != built.name) {
            let program = own.with_file_name(format!("densimeter-{}", better.name));
            if program.is_file() && starts(&program, better) {
                let error = go_over(Command::new(&program).args(std::env::args_os().skip(1)));
                anyhow::bail!("{}: cannot be started: {error}", program.display());
            }
        }
        // This one may do: slower, which the report says.
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
