//! Is the whole suite watched for personal data that gets out? What is looked for, and where, is
//! `testkit::leaks`'; that each kind of finding is one, its own tests see.

use crate::world::World;
use testkit::leaks::watch;
use tracing::Level;

#[tokio::test]
async fn the_log_of_all_tests_is_read_at_its_most_talkative() {
    let world = World::new().await;
    let before = watch().lines();
    world.book("10:00").await;
    assert!(watch().lines() > before, "a request leaves a line");
    assert!(tracing::enabled!(target: "app", Level::TRACE), "of our own crates, everything");
    assert!(!tracing::enabled!(target: "aws_smithy_runtime", Level::INFO), "of libraries, what a deployment logs");
}
