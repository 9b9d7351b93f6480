//! Tests of `audit`: the statistics against SciPy and simulation, published pairs, and the command on the mock engine.

mod false_alarms;
