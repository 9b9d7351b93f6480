//! The measured child process and its host: jobs in, JSON Lines out.
