//! Which items of which tasks.

/// Ids by task, in the order of the tasks.
pub(super) type TaskIds = Vec<(String, Vec<String>)>;
