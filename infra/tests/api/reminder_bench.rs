//! Runs the bench of sending reminders with few of them, and checks its ratios and limits, not its timings.

use crate::programs;
use lab::bench::reminders::{ReminderMeasurement, exceeded_limits, send};
use std::path::Path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_times_the_reminders_are_ten_times_the_calls() {
    let lab = programs::lab();
    let program = Path::new(lab.get_program());
    let few = send(program, 50, 5).await.unwrap();
    let many = send(program, 500, 5).await.unwrap();
    assert_eq!(exceeded_limits(&few, &many), [""; 0], "{few:?} {many:?}");
    assert_eq!((few.sent, many.sent), (50, 500));
    // The bench reports figures that are too high.
    let slow = ReminderMeasurement { longest: 900.0, pace: 22.0, duplicates: 1, ..many };
    assert_eq!(exceeded_limits(&few, &slow).len(), 3);
    let crooked = ReminderMeasurement { calls: many.calls * 2, ..many };
    assert_eq!(exceeded_limits(&few, &crooked).len(), 1);
}
