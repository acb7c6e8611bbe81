//! Many messages at once, lost, repeated, on a table that fails: each counts once and in its order.

use lab::check::messages::{Plan, town};

const PLAN: Plan = Plan { seed: 7, messages: 250, faults: 0.4, forgetful: false };

#[tokio::test]
async fn each_message_counts_once_whatever_becomes_of_it() {
    let tally = town(PLAN).await.unwrap();
    assert!(tally.found.is_empty(), "{:#?}", tally.found);
    assert_eq!(tally.written, PLAN.messages);
    assert!(tally.lost > 10 && tally.delivered > tally.written && tally.effects > 20, "{tally:?}");
}

#[tokio::test]
async fn a_message_that_counts_nowhere_is_noticed() {
    let tally = town(Plan { messages: 100, forgetful: true, ..PLAN }).await.unwrap();
    assert!(!tally.found.is_empty());
}
