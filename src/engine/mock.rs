//! A deterministic engine without weights: logits are a hash of the tokens that a sequence has seen.
//!
//! It answers like a small model (same calls, same cache rules), so the whole command line is tested without C++.
