//! An evaluation that is shared out among machines.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use densimeter::engine::mock::Mock;
use densimeter::eval::journal::Journal;
use densimeter::eval::merge::{self, MergeError};
use densimeter::eval::record::Record;
use densimeter::eval::run::Run;
use densimeter::eval::subset::{Subset, select};
use densimeter::eval::task;

use super::{evaluate, mini, model, options};

#[test]
fn shards_put_together_are_the_whole_to_the_last_digit() {
    // Rows of one batch disturb each other in this double: a block that was cut otherwise would show.
    let model = model(Mock::engine().with_row_groups(4));
    for name in ["mmlu", "bbh", "mbpp"] {
        let task = task::open(name, &mini()).unwrap();
        let all = select(&*task, &Subset::Full);
        let options = options(false, true);
        let run = Run { model: &*model, options: &options, clock: &|| 0.0, code: None };
        let key = run.key(&*task, &all);
        let whole: BTreeMap<String, Record> = evaluate(&*model, &options, &*task, &all)
            .records
            .into_iter()
            .map(|record| (record.id.clone(), Record { key: key.short(), ..record }))
            .collect();
        for of in [1, 2, 3, 7] {
            let folder = tempfile::tempdir().unwrap();
            let shards: Vec<PathBuf> = (0..of).map(|index| folder.path().join(index.to_string())).collect();
            for (index, shard) in shards.iter().enumerate() {
                let mut journal = Journal::open(shard, &key, true).unwrap();
                let share = format!("{index}/{of}").parse().unwrap();
                run.share(&*task, &all, share, Some(&mut journal), &mut |_| ControlFlow::Continue(())).unwrap();
                // A task that was requeued after its end finds nothing to do.
                let again =
                    run.share(&*task, &all, share, Some(&mut journal), &mut |_| ControlFlow::Continue(())).unwrap();
                assert_eq!(again.resumed, again.records.len());
            }
            let merged = merge::merge(&shards, name).unwrap();
            assert_eq!(merged.of_shards.iter().sum::<usize>(), task.len());
            let merged: BTreeMap<String, Record> =
                merged.records.into_iter().map(|record| (record.id.clone(), record)).collect();
            assert_eq!(merged, whole, "{name} in {of} shards");
        }
    }
}

#[test]
fn shards_of_two_evaluations_and_items_that_are_there_twice_are_refused() {
    let model = model(Mock::engine());
    let task = task::open("mmlu", &mini()).unwrap();
    let all = select(&*task, &Subset::Full);
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    for (name, exact) in [("one", false), ("two", false), ("exact", true)] {
        let options = options(exact, true);
        let run = Run { model: &*model, options: &options, clock: &|| 0.0, code: None };
        let mut journal = Journal::open(&place(name), &run.key(&*task, &all), false).unwrap();
        run.task(&*task, &all, Some(&mut journal), &mut |_| ControlFlow::Continue(())).unwrap();
    }
    assert!(matches!(merge::merge(&[place("one"), place("two")], "mmlu"), Err(MergeError::Twice { .. })));
    assert!(matches!(merge::merge(&[place("one"), place("exact")], "mmlu"), Err(MergeError::OtherKey { .. })));
    assert!(matches!(merge::merge(&[place("none")], "mmlu"), Err(MergeError::Nothing(_))));
    // A line of another evaluation that was put into a log by hand.
    let foreign = std::fs::read_to_string(place("exact/mmlu.jsonl")).unwrap();
    std::fs::write(place("two/mmlu.jsonl"), foreign).unwrap();
    assert!(matches!(merge::merge(&[place("two")], "mmlu"), Err(MergeError::Stray { .. })));
}
