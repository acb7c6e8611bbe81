//! Short runs of `cargo lab check closures`: nothing promises a patient time that the clinic has closed.

use lab::check::closures::run_many;
use testkit::faulty_client::mutation::Mutation;

const SEED: u64 = 5;

#[tokio::test]
async fn nothing_promises_closed_time() {
    let report = run_many(SEED, 60, None, None).await.unwrap();
    assert!(report.found.is_empty(), "{:#?}", report.found);
    assert!(report.closed > 10 && report.confirmed > 5 && report.stranded > 5, "{report:?}");
}

/// Appointments are read without the mark of stranded ones.
#[tokio::test]
async fn a_confirmation_of_closed_time_is_detected() {
    let report = run_many(SEED, 60, None, Some(Mutation::ForgetStranded)).await.unwrap();
    assert!(!report.found.is_empty());
}
