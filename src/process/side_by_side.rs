//! Many pieces of work on several threads.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Most threads: what reads and writes files gains nothing of more.
const MOST_THREADS: usize = 8;

/// As many threads as there are processors for this process, at most eight.
pub(crate) fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS)
}

/// Does a piece of work for each item, `at_once` at a time, each begun as soon as another has ended; the results stand in the
/// order of the items. A panic in one of them is a panic here.
pub(crate) fn side_by_side<T: Sync, R: Send>(
    items: &[T],
    at_once: usize,
    work: impl Fn(usize, &T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, work(index, item)));
        }
    };
    let mut all = thread::scope(|scope| {
        let threads: Vec<_> = (0..at_once.clamp(1, items.len().max(1))).map(|_| scope.spawn(worker)).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, Vec<(usize, R)>>| {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic))
        };
        threads.into_iter().flat_map(join).collect::<Vec<_>>()
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items_whichever_ends_first() {
        let items: Vec<u64> = (0..100).collect();
        for at_once in [0, 1, 3, 1000] {
            let found = side_by_side(&items, at_once, |index, item| {
                thread::sleep(std::time::Duration::from_micros(100 - *item));
                (index as u64, item * item)
            });
            assert_eq!(found, items.iter().map(|item| (*item, item * item)).collect::<Vec<_>>());
        }
        assert_eq!(side_by_side(&[] as &[u64], 2, |_, item| *item), [] as [u64; 0]);
    }

    #[test]
    #[should_panic(expected = "the third")]
    fn a_panic_is_passed_on() {
        side_by_side(&[1, 2, 3], 2, |_, item| assert!(*item != 3, "the third"));
    }
}
