//! `densimeter sandbox`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `sandbox`: scores completions apart from their generation.
#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// Completions to score, one JSON object a line: {"id": …, "completion": …}; `-` reads standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["references", "program"])]
    pub score: Option<PathBuf>,
    /// Score the data set's own solutions: all must pass
    #[arg(long)]
    pub references: bool,
    /// Run one Python file that asserts its own correctness
    #[arg(long, value_name = "FILE", conflicts_with = "references")]
    pub program: Option<PathBuf>,
    /// Whose items the completions answer
    #[arg(long, value_enum)]
    pub task: Option<CodeTaskName>,
    /// Folder of the data sets (`humaneval/test.jsonl`, `mbpp/test.jsonl`)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The Python to use [default: python3 on PATH, then the usual places]
    #[arg(long, value_name = "PATH")]
    pub python: Option<PathBuf>,
    /// Programs at once [default: one per core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// Use this isolation instead of the strongest that works
    #[arg(long, value_enum)]
    pub isolation: Option<IsolationName>,
    /// Where no isolation works, run model-written code without it, with your rights
    #[arg(long)]
    pub unsafe_no_sandbox: bool,
    /// Internal: the stage this process plays
    #[arg(long, value_enum, hide = true)]
    pub stage: Option<Stage>,
    /// Internal: the job of the inner stage
    #[arg(long, hide = true, value_name = "JSON")]
    pub job: Option<String>,
}

/// The code tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CodeTaskName {
    /// HumanEval
    Humaneval,
    /// MBPP
    Mbpp,
}

/// Kinds of isolation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum IsolationName {
    /// Namespaces, Landlock, system-call filter, limits
    Namespaces,
    /// Landlock with signal scope, system-call filter, limits; no namespaces
    Scoped,
}

/// The stages of the jail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// Outside: watches and kills
    Supervisor,
    /// Single-threaded: enters the namespaces
    Gate,
    /// Inside: restricts itself and starts Python
    Init,
}
