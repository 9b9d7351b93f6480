//! The worker of this very program.

use std::io;
use std::process::Command;

/// How long a thread of the engine looks whether the others have come before it sleeps, for the runtimes that the engine
/// may be built with: GNU's OpenMP counts looks, of which its default of 300 000 is some ten milliseconds; LLVM's counts
/// milliseconds, 200 by default; OpenMP's own word is for the others. On a busy machine, where another thread has lost its
/// core, nearly all the time goes into looking. On an idle machine of two cores it costs nothing (100 MMLU items of
/// gemma-3-270m, three runs each, alternating: 9.1 to 9.4 s, without it 9.2 to 9.8 s).
const YIELDS: &[(&str, &str)] = &[("GOMP_SPINCOUNT", "10000"), ("KMP_BLOCKTIME", "0"), ("OMP_WAIT_POLICY", "passive")];

/// glibc's allocator keeps what is freed below a bound that it raises up to 32 MiB by itself; a context that is replaced by a
/// longer one then stays beside it. With the bound told (its own first one) it is not raised (SmolLM2-135M, eight cloze
/// tasks: 219 MiB at the peak instead of 248). Other allocators do not read it.
const GIVES_BACK: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "131072");

/// The command that starts one whose work is not timed: it leaves the processors to others while it waits for its own
/// threads, and memory to others as soon as it is free. What is timed does as llama-bench does. What the user set stays.
///
/// # Errors
/// Where the program cannot be found.
pub fn untimed_worker() -> io::Result<Command> {
    let mut command = own_worker()?;
    for (name, value) in YIELDS.iter().chain([&GIVES_BACK]) {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    Ok(command)
}

/// The command that starts it.
///
/// # Errors
/// Where the program cannot be found.
pub(super) fn own_worker() -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("worker");
    Ok(command)
}
