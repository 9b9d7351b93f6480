//! What is kept: the journal, the versioned report, and its renderings.
