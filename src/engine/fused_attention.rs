//! What llama.cpp made of `auto`: nothing in its interface tells whether a context uses flash attention, but it says so while
//! it makes the context, on the thread that asked for it.

use std::cell::Cell;

/// The lines of llama.cpp (`llama_context::resolve_fused_ops`, `llama_init_from_model`) and what they mean.
const SAID: [(&str, bool); 5] = [
    ("Flash Attention enabled", true),
    ("Flash Attention not supported, set to disabled", false),
    ("enabling flash_attn since it is required", true),
    ("flash_attn is not compatible with Grok - forcing off", false),
    ("disabling flash attention", false),
];

thread_local! {
    static LAST: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Hears a line of the engine.
pub(super) fn hear(line: &str) {
    if let Some((_, on)) = SAID.iter().find(|(said, _)| line.contains(said)) {
        LAST.set(Some(*on));
    }
}

/// What this thread heard since it asked last.
pub(super) fn told() -> Option<bool> {
    LAST.take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_this_thread_counts_and_is_told_once() {
        hear("Flash Attention enabled\n");
        hear("reserving ...");
        std::thread::spawn(|| hear("Flash Attention not supported, set to disabled")).join().unwrap();
        assert_eq!((told(), told()), (Some(true), None));
        hear("resolve_fused_ops: Flash Attention not supported, set to disabled");
        assert_eq!(told(), Some(false));
    }
}
