//! Why there is no jail here.

/// Why no jail could be opened.
#[derive(Debug, thiserror::Error)]
pub enum JailError {
    /// No isolation works on this host.
    #[error(
        "this host cannot isolate model-written code ({0}); score elsewhere with `densimeter sandbox --score`, \
         or accept the risk with --unsafe-no-sandbox"
    )]
    Unavailable(String),
    /// Not even the limits of the unconfined mode exist.
    #[error(
        "model-written code does not run on this system, which has none of the limits that hold it elsewhere; \
         score on Linux with `densimeter sandbox --score`"
    )]
    NoLimits,
    /// No usable Python.
    #[error("no usable python3 ({0}); install one or name it with --python")]
    Interpreter(String),
    /// The running binary is unknown.
    #[error("cannot find the densimeter binary to re-execute: {0}")]
    Executable(std::io::Error),
}
