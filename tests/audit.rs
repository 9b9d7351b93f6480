//! Tests of `audit`: the statistics against SciPy and simulation, published pairs, and the command on the mock engine.

mod alarm;
mod command;
mod false_alarms;
mod families;
mod oracle;
mod own_task;
mod rank;
mod rank_false_alarms;
#[cfg(feature = "llama")]
mod rank_real;
#[cfg(feature = "llama")]
mod real;
mod sequential;
