//! Parse, dispatch, print the error chain, return the exit code.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = densimeter::cli::Cli::parse();
    densimeter::cmd::main(cli)
}
