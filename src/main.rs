//! Parse, dispatch, print the error chain, return the exit code.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = densimeter::cli::canonical(std::env::args_os());
    let cli = densimeter::cli::Cli::parse_from(arguments);
    densimeter::cmd::main(cli)
}
