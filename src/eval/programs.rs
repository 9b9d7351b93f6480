//! What becomes of model-written programs.

use super::plan::Programs;
use super::sandbox::{Jail, JailOptions};
use super::task::{CodeOutcome, CodeScorer};

/// Gives every program the same outcome, without running it.
struct Unrun(CodeOutcome);

impl CodeScorer for Unrun {
    fn score(&self, _task: &str, _program: &str) -> CodeOutcome {
        self.0.clone()
    }
}

/// What runs them, with a line on the jail for people: in the jail, left for later, or, where there is no jail, an ERROR
/// that says why.
#[must_use]
pub fn scorer(programs: Programs) -> (Box<dyn CodeScorer>, Option<String>) {
    if programs == Programs::Left {
        return (Box::new(Unrun(CodeOutcome::Left)), None);
    }
    let options = JailOptions { allow_unconfined: programs == Programs::Anyhow, ..JailOptions::default() };
    match Jail::open(&options) {
        Ok(jail) => {
            let text = format!("model-written code runs in: {}", jail.layers.join(", "));
            (Box::new(jail), Some(text))
        }
        Err(error) => {
            let way_out = "write with --leave-code here and score with `densimeter sandbox --score` elsewhere";
            (Box::new(Unrun(CodeOutcome::Error(format!("{error}; {way_out}")))), None)
        }
    }
}
