//! Checks that `testkit::leaks` reads the log of all tests, at the most detailed level.

use crate::clinic_setup::ClinicSetup;
use testkit::leaks::watch;
use tracing::Level;

#[tokio::test]
async fn the_log_of_all_tests_is_watched_at_trace_level() {
    let setup = ClinicSetup::new().await;
    let before = watch().lines();
    setup.book("10:00").await;
    assert!(watch().lines() > before, "a request leaves a line");
    assert!(tracing::enabled!(target: "app", Level::TRACE), "everything of our own crates");
    assert!(!tracing::enabled!(target: "aws_smithy_runtime", Level::INFO), "only what a deployment logs of libraries");
}
