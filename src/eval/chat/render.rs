//! Chat templates, rendered as `apply_chat_template` of Python's `transformers` renders them with jinja2: blocks trimmed,
//! loop controls, `raise_exception`, `strftime_now`, its own `tojson`, and Python's methods on texts, lists and mappings.
//!
//! A template is part of a file that anybody may have made: its size, the work and memory of a rendering (fuel), what it
//! writes and how deep it goes are bounded.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::generation_tag;
use super::python_json;
use super::python_methods;

/// Most bytes of a template; published ones reach some dozen kilobytes.
pub const MOST_TEMPLATE: usize = 1 << 20;

/// Most bytes that a rendering may write.
pub const MOST_OUTPUT: usize = 16 << 20;

/// Work of a rendering: an instruction, or 64 bytes made, is one. Published templates take some thousands.
const FUEL: u64 = 300_000;

/// Stack of a rendering: values within values are written and dropped by recursion, and this much fuel nests no deeper.
const STACK: usize = 256 << 20;

/// How long a rendering may take: some work is lazy, and costs no fuel before it is done. Its thread then ends with the process.
const PATIENCE: Duration = Duration::from_secs(20);

/// How deep expressions, blocks and macros may go.
const MOST_DEPTH: usize = 200;

/// The name under which the template is known.
const NAME: &str = "chat_template";

/// Why a template gave no text.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TemplateError {
    /// It is larger than any template.
    #[error("has {0} bytes, more than {MOST_TEMPLATE}")]
    TooLarge(usize),
    /// It wrote more than a prompt can be.
    #[error("wrote {0} bytes, more than {MOST_OUTPUT}")]
    TooMuch(usize),
    /// It does not parse, failed, or took more work than it may.
    #[error("line {line}: {reason}")]
    Line {
        /// The line of the template, from 1; 0 where it is not known.
        line: usize,
        /// Why.
        reason: String,
    },
}

/// Tells the date in a format of `strftime`, which some templates write into the prompt.
pub type Date = dyn Fn(&str) -> String + Send + Sync;

/// A template, ready to be rendered.
#[derive(Debug)]
pub struct Renderer {
    environment: Arc<Environment<'static>>,
}

impl Renderer {
    /// Parses a template; `date` answers `strftime_now`.
    ///
    /// # Errors
    /// A template that is too large or does not parse.
    pub fn new(source: &str, date: Box<Date>) -> Result<Self, TemplateError> {
        if source.len() > MOST_TEMPLATE {
            return Err(TemplateError::TooLarge(source.len()));
        }
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Lenient);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| told(&error))?);
        environment.set_unknown_method_callback(python_methods::method);
        // Lines are known all the same; what is left out is a picture of all variables, of any size.
        environment.set_debug(false);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(MOST_DEPTH);
        environment.add_filter("tojson", python_json::to_json);
        environment.add_function("raise_exception", |reason: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, reason))
        });
        environment.add_function("strftime_now", move |format: String| date(&format));
        // In Python a text, a mapping and what is undefined have a length and items, and so are sequences.
        environment.add_test("sequence", |value: &Value| {
            matches!(value.kind(), ValueKind::Seq | ValueKind::String | ValueKind::Map | ValueKind::Undefined)
        });
        environment.add_test("iterable", |value: &Value| {
            let kind = value.kind();
            matches!(
                kind,
                ValueKind::Seq | ValueKind::String | ValueKind::Map | ValueKind::Iterable | ValueKind::Undefined
            )
        });
        let source = generation_tag::without(source).into_owned();
        environment.add_template_owned(NAME, source).map_err(|error| told(&error))?;
        Ok(Self { environment: Arc::new(environment) })
    }

    /// Renders the template with these variables.
    ///
    /// # Errors
    /// What the template raises or does wrong, or more work or output than it may have.
    pub fn render(&self, variables: Value) -> Result<String, TemplateError> {
        let (send, receive) = mpsc::channel();
        let environment = Arc::clone(&self.environment);
        let render = move || {
            let text = environment.get_template(NAME).and_then(|template| template.render(variables));
            // Nobody listens any more where the time was over.
            let _ = send.send(text.map_err(|error| told(&error)));
        };
        let failed = |reason: String| TemplateError::Line { line: 0, reason };
        thread::Builder::new().stack_size(STACK).spawn(render).map_err(|error| failed(error.to_string()))?;
        let text = match receive.recv_timeout(PATIENCE) {
            Ok(text) => text?,
            Err(RecvTimeoutError::Timeout) => return Err(failed("takes longer than a template may".to_owned())),
            Err(RecvTimeoutError::Disconnected) => return Err(failed("the renderer failed".to_owned())),
        };
        if text.len() > MOST_OUTPUT { Err(TemplateError::TooMuch(text.len())) } else { Ok(text) }
    }
}

/// An error in one line.
fn told(error: &Error) -> TemplateError {
    let reason = match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "takes more work or memory than a template may".to_owned(),
        (ErrorKind::InvalidOperation, Some(detail)) => detail.to_owned(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    };
    let reason: String = reason.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).take(300).collect();
    TemplateError::Line { line: error.line().unwrap_or(0), reason }
}
