//! One file per command, each with a `run`. Only this layer prints.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

use crate::calibration::error::CalibrationError;
use crate::cli::{self, Cli, Command, Global};
use crate::measure::error::MeasureError;
use crate::process::interrupt;
use crate::run::error::RunError;

mod agent;
mod audit;
mod bench;
mod calibrate;
mod compare;
mod completions;
mod crossover;
mod density;
mod devices;
mod eval;
mod eval_table;
mod fleet;
mod law;
mod man;
mod models;
mod outcome;
mod own_audits;
mod probe;
mod progress;
mod recommend;
mod report;
mod run;
mod sandbox;
mod schema;
mod share;
pub(crate) mod terminal;
mod today;
mod variant;
mod worker;

pub(crate) use outcome::{Outcome, Usage};

/// What somebody at a terminal sees who typed no command: where to start. A script gets the help, and exit code 2.
const FIRST_STEPS: &str = "\
densimeter recommend      what this device should run, within seconds: no model, no network
densimeter run --quick    measure it: speed, memory and density of a small model, within minutes
densimeter bench -m FILE  the speed of a model of yours; flags and names as in llama-bench
densimeter crossover      when each class of device runs what GPT-4 can do
densimeter --help         all commands; densimeter COMMAND --help tells the options of one
";

/// Parses the arguments of this process, runs the command and turns its end into an exit code; an error's chain is
/// printed on one line.
#[must_use]
pub fn main() -> ExitCode {
    let typed: Vec<std::ffi::OsString> = std::env::args_os().collect();
    if let Some(why) = cli::llama_bench::refused(&typed) {
        terminal::error(&Usage(why).into());
        return ExitCode::from(2);
    }
    if typed.len() <= 1 && std::io::stdout().is_terminal() {
        return match terminal::out(FIRST_STEPS) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let cli = Cli::parse_from(cli::canonical(typed));
    if cli.global.reason_file.is_some() {
        interrupt::end_with_the_parent();
    }
    match variant::fitting().and_then(|()| dispatch(cli.command, &cli.global)) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Dropped) => ExitCode::from(3),
        Ok(Outcome::SomeFailed) => ExitCode::from(4),
        Err(error) => {
            terminal::error(&error);
            if let Some(path) = &cli.global.reason_file {
                // Whoever asked for it learns of a failure to write from the file's absence.
                let _ = std::fs::write(path, terminal::one_line(&error));
            }
            ExitCode::from(if mistyped(&error) { 2 } else { 1 })
        }
    }
}

/// Whether the fault lies in what was asked.
fn mistyped(error: &anyhow::Error) -> bool {
    let refused = |error: &MeasureError| matches!(error, MeasureError::Refused(_));
    let of_run = |error: &RunError| match error {
        RunError::Refused(_) => true,
        RunError::Measure(error) => refused(error),
        _ => false,
    };
    let of_calibration = |error: &CalibrationError| matches!(error, CalibrationError::Measure(error) if refused(error));
    error.is::<Usage>()
        || error.downcast_ref().is_some_and(refused)
        || error.downcast_ref().is_some_and(of_run)
        || error.downcast_ref().is_some_and(of_calibration)
}

fn dispatch(command: Command, global: &Global) -> anyhow::Result<Outcome> {
    match command {
        Command::Run(args) => run::run(&args, global),
        Command::Probe(args) => probe::run(&args, global),
        Command::Models(args) => models::run(&args, global),
        Command::Devices(args) => devices::run(&args, global),
        Command::Bench(args) => bench::run(&args, global),
        Command::Eval(args) => eval::run(&args, global),
        Command::Density(args) => density::run(&args, global),
        Command::Law(args) => law::run(&args, global),
        Command::Recommend(args) => recommend::run(&args, global),
        Command::Crossover(args) => crossover::run(&args, global),
        Command::Audit(args) => audit::run(&args, global),
        Command::Report(args) => report::run(&args, global),
        Command::Share(args) => share::run(&args, global),
        Command::Schema(args) => schema::run(&args, global),
        Command::Compare(args) => compare::run(&args, global),
        Command::Fleet(args) => fleet::run(&args, global),
        Command::Completions(args) => completions::run(&args, global),
        Command::Man(args) => man::run(&args, global),
        Command::Agent(args) => agent::run(&args, global),
        Command::Worker(args) => worker::run(&args, global),
        Command::Sandbox(args) => sandbox::run(&args, global),
    }
}
