//! How files are fetched.

/// How to fetch.
#[derive(Debug, Clone)]
pub struct Options {
    /// Take only what the cache holds.
    pub offline: bool,
    /// Read files that are there again in full, instead of trusting size and time of change.
    pub verify: bool,
    /// Address of the Hugging Face hub, without a final slash.
    pub endpoint: String,
    /// Token sent to that address and nowhere else.
    pub token: Option<String>,
}

impl Options {
    /// Settings of the environment: `HF_ENDPOINT` and `HF_TOKEN`.
    #[must_use]
    pub fn from_environment() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let endpoint = set("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".to_owned());
        Self {
            offline: false,
            verify: false,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: set("HF_TOKEN"),
        }
    }
}
