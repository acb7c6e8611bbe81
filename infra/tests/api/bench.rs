//! The bench of many reminders, with few: ratios and promises, no timings.

use crate::programs;
use lab::bench::reminders::{Measured, broken, send};
use std::path::Path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_times_the_reminders_are_ten_times_the_calls() {
    let lab = programs::lab();
    let program = Path::new(lab.get_program());
    let few = send(program, 50, 5).await.unwrap();
    let many = send(program, 500, 5).await.unwrap();
    assert_eq!(broken(&few, &many), [""; 0], "{few:?} {many:?}");
    assert_eq!((few.sent, many.sent), (50, 500));
    // It would notice.
    let slow = Measured { longest: 900.0, pace: 22.0, twice: 1, ..many.clone() };
    assert_eq!(broken(&few, &slow).len(), 3);
    let crooked = Measured { calls: many.calls * 2, ..many };
    assert_eq!(broken(&few, &crooked).len(), 1);
}
