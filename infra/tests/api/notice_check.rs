//! Short runs of `cargo lab check notices`: the last message that a patient got names the state of the appointment, or
//! another message is on its way.

use lab::check::notices::{NoticesPlan, run_histories};

const PLAN: NoticesPlan = NoticesPlan { seed: 1, histories: 12, faults: 0.1, forget_notices: false };

#[tokio::test]
async fn the_last_message_is_true_under_faults() {
    let report = run_histories(PLAN).await.unwrap();
    assert!(report.found.is_empty(), "{}", report.found.join("\n"));
    assert!(report.steps > 100 && report.messages > 6, "{report:?}");
}

#[tokio::test]
async fn a_forgotten_notice_is_detected() {
    let report = run_histories(NoticesPlan { forget_notices: true, ..PLAN }).await.unwrap();
    assert!(report.found.iter().any(|found| found.contains("the patient believes")), "{report:?}");
}
