//! The worker of this very program.

use std::io;
use std::process::Command;

/// How long a thread of the engine looks whether the others have come before it sleeps, for the runtimes that the engine
/// may be built with: GNU's OpenMP counts looks, of which its default of 300 000 is some ten milliseconds; LLVM's counts
/// milliseconds, 200 by default; OpenMP's own word is for the others. On a busy machine, where another thread has lost its
/// core, nearly all the time goes into looking. Sixteen cloze items of SmolLM2-135M on two cores, alone and beside one busy
/// process: 7.7 and 34.6 s with 100 000 looks, 7.7 and 17.4 s with 10 000, 7.7 and 14.9 s with 1 000, 8.1 and 14.8 s with none.
const YIELDS: &[(&str, &str)] = &[("GOMP_SPINCOUNT", "1000"), ("KMP_BLOCKTIME", "0"), ("OMP_WAIT_POLICY", "passive")];

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
