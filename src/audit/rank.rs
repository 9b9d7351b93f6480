//! Which of several files of one model is the good one: all are measured against one of them, or a better one beside them.

mod contestant;
mod decision;
pub(crate) mod record;
mod same_model;
pub(crate) mod session;
mod sheet;
pub(crate) mod text;
