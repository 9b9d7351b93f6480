//! One file per command, each with a `run`. Only this layer prints.

use std::process::ExitCode;

use crate::cli::{Cli, Command, Global};

mod audit;
mod bench;
mod bench_table;
mod board;
mod calibrate;
mod compare;
mod completions;
mod crossover;
mod density;
mod devices;
mod eval;
mod eval_table;
mod fleet;
mod interrupt;
mod law;
mod measure;
mod memory;
mod models;
mod outcome;
mod own_device;
mod part;
mod probe;
mod quantize;
mod report;
mod run;
mod run_steps;
mod sandbox;
mod schema;
mod sustain;
pub mod terminal;
mod threads;
mod trial;
mod variant;
mod worker;

pub use outcome::{Outcome, Usage};

/// Runs the parsed command and turns its end into an exit code.
#[must_use]
pub fn main(cli: Cli) -> ExitCode {
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
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
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
        Command::Crossover(args) => crossover::run(&args, global),
        Command::Audit(args) => audit::run(&args, global),
        Command::Report(args) => report::run(&args, global),
        Command::Schema(args) => schema::run(&args, global),
        Command::Compare(args) => compare::run(&args, global),
        Command::Fleet(args) => fleet::run(&args, global),
        Command::Completions(args) => completions::run(&args, global),
        Command::Board(args) => board::run(&args, global),
        Command::Worker(args) => worker::run(&args, global),
        Command::Sandbox(args) => sandbox::run(&args, global),
    }
}
