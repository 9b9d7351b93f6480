//! What a run has finished so far.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::event::{Event, Observer, RunError};
use crate::eval::journal::Journal;
use crate::eval::record::Record;
use crate::eval::subset::Selection;
use crate::eval::task::Task;

/// The records so far, on disk and in memory.
pub(super) struct Log<'j, 'o> {
    key: String,
    journal: Option<&'j mut Journal>,
    observe: Observer<'o>,
    /// By the items' indices.
    pub(super) records: BTreeMap<usize, Record>,
}

impl<'j, 'o> Log<'j, 'o> {
    /// What the journal holds of the selected items.
    pub(super) fn begin(
        task: &dyn Task,
        selection: &Selection,
        journal: Option<&'j mut Journal>,
        observe: Observer<'o>,
    ) -> Self {
        let done = |index: &usize| Some((*index, journal.as_ref()?.done().get(&task.id(*index))?.clone()));
        let records = selection.indices.iter().filter_map(done).collect();
        Self { key: journal.as_ref().map_or_else(String::new, |j| j.key().to_owned()), journal, observe, records }
    }

    /// Tells the observer.
    pub(super) fn tell(&mut self, event: &Event<'_>) -> ControlFlow<()> {
        (self.observe)(event)
    }

    /// Keeps verdicts on texts that could not be graded before.
    pub(super) fn settle(&mut self, graded: Vec<(usize, Record)>) -> Result<(), RunError> {
        graded.iter().for_each(|(index, _)| _ = self.records.remove(index));
        self.add(graded)
    }

    /// Keeps items that were finished together; those that are there already stay as they are.
    pub(super) fn add(&mut self, mut finished: Vec<(usize, Record)>) -> Result<(), RunError> {
        finished.retain(|(index, _)| !self.records.contains_key(index));
        for (_, record) in &mut finished {
            record.key.clone_from(&self.key);
        }
        if let Some(journal) = &mut self.journal {
            let records: Vec<Record> = finished.iter().map(|(_, record)| record.clone()).collect();
            journal.append(&records)?;
        }
        let mut stop = false;
        for (index, record) in finished {
            stop |= (self.observe)(&Event::Item(&record)).is_break();
            self.records.insert(index, record);
        }
        if stop { Err(RunError::Stopped) } else { Ok(()) }
    }
}
