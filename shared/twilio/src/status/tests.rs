//! The order of statuses, in whatever order they are reported.

use super::*;

const WORDS: [&str; 13] = [
    "accepted",
    "scheduled",
    "queued",
    "sending",
    "sent",
    "partially_delivered",
    "failed",
    "undelivered",
    "canceled",
    "delivered",
    "read",
    "receiving",
    "received",
];

#[test]
fn statuses_round_trip_through_twilios_words() {
    for word in WORDS.into_iter().chain(["brand_new"]) {
        let status = MessageStatus::from(word);
        assert_eq!(status.as_str(), word);
        assert_eq!(matches!(status, MessageStatus::Other(_)), word == "brand_new");
        let json = serde_json::to_string(&status).unwrap();
        assert_eq!(json, format!("\"{word}\""));
        assert_eq!(serde_json::from_str::<MessageStatus>(&json).unwrap(), status);
    }
}

#[test]
fn reports_never_lower_the_rank() {
    let ladder = ["accepted", "queued", "sending", "sent", "delivered", "read"];
    for (low, word) in ladder.iter().enumerate() {
        for (high, other) in ladder.iter().enumerate() {
            let (a, b) = (MessageStatus::from(*word), MessageStatus::from(*other));
            assert_eq!(b.supersedes(&a), high > low, "{word} → {other}");
        }
    }
}

#[test]
fn a_failure_is_final_unless_the_message_was_delivered() {
    for failure in ["failed", "undelivered", "canceled"].map(MessageStatus::from) {
        assert!(failure.is_failure());
        for before in ["queued", "sending", "sent"].map(MessageStatus::from) {
            assert!(failure.supersedes(&before));
            assert!(!before.supersedes(&failure));
        }
        for proof in ["delivered", "read"].map(MessageStatus::from) {
            assert!(proof.supersedes(&failure));
            assert!(!failure.supersedes(&proof));
        }
    }
}

#[test]
fn an_unknown_status_overwrites_nothing() {
    let unknown = MessageStatus::from("brand_new");
    for status in WORDS.map(MessageStatus::from) {
        assert!(!unknown.supersedes(&status));
    }
    assert!(MessageStatus::Sent.supersedes(&unknown));
}
