//! Tests of `audit`: the statistics against SciPy and simulation, published pairs, and the command on the mock engine.

mod alarm;
mod command;
mod false_alarms;
mod oracle;
#[cfg(feature = "llama")]
mod real;
