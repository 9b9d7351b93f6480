//! The bandwidth probe against the C library's copy, which is written by hand for every processor.

use std::hint::black_box;
use std::time::Duration;

use densimeter::device::{compute, probe};
use densimeter::meter::clock::{Clock, SystemClock};
use densimeter::sysfs::Root;

#[test]
fn reading_keeps_up_with_a_copy() {
    if cfg!(debug_assertions) {
        return;
    }
    let clock = SystemClock::new();
    let measured = compute::measure(&probe::profile(&Root::system()), Duration::from_secs(3), &|| clock.now());
    let reading = &measured.read_bandwidth[0];
    assert_eq!(reading.threads, 1);

    const BYTES: usize = 128 << 20;
    let (source, mut target) = (vec![1_u8; BYTES], vec![0_u8; BYTES]);
    let copying = (0..10)
        .map(|_| {
            let start = clock.now();
            target.copy_from_slice(black_box(&source));
            black_box(&mut target);
            BYTES as f64 / (clock.now() - start).as_secs_f64()
        })
        .fold(0.0, f64::max);
    // A copy reads as much as reading does, and writes beside it.
    assert!(reading.best > 0.7 * copying, "{} of {copying} bytes/s", reading.best);
}
