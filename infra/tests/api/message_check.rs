//! Short runs of `cargo lab check messages`: concurrent, lost and repeated inbound messages on a failing table are each
//! processed once and in order.

use lab::check::messages::{MessagesPlan, run_scenario};

const PLAN: MessagesPlan = MessagesPlan { seed: 7, messages: 250, faults: 0.4, skip_every_tenth: false };

#[tokio::test]
async fn each_message_is_processed_once_under_faults() {
    let tally = run_scenario(PLAN).await.unwrap();
    assert!(tally.found.is_empty(), "{:#?}", tally.found);
    assert_eq!(tally.written, PLAN.messages);
    assert!(tally.lost > 10 && tally.delivered > tally.written && tally.effects > 20, "{tally:?}");
}

#[tokio::test]
async fn an_unprocessed_message_is_detected() {
    let tally = run_scenario(MessagesPlan { messages: 100, skip_every_tenth: true, ..PLAN }).await.unwrap();
    assert!(!tally.found.is_empty());
}
