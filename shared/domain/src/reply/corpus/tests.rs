use super::*;
use crate::reply::is_emergency;

fn corpus() -> Vec<LabelledMessage> {
    rows().unwrap()
}

#[test]
fn no_message_is_misread() {
    let report = CorpusReport::of(&corpus());
    assert!(report.mistakes().is_empty(), "{report}");
}

#[test]
fn the_matrix() {
    insta::assert_snapshot!(CorpusReport::of(&corpus()));
}

#[test]
fn the_corpus_is_large_and_varied() {
    let rows = corpus();
    let count = |wanted: &dyn Fn(&LabelledMessage) -> bool| rows.iter().filter(|row| wanted(row)).count();
    assert!(rows.len() >= 420, "{}", rows.len());
    assert!(count(&|row| row.context == ReplyContext::CancelQuestion) >= 60);
    assert!(count(&|row| row.context == ReplyContext::Offer(6)) >= 60);
    assert!(count(&|row| row.label == Meaning::Unclear) >= 150, "most messages must cause no action");
    for intent in [Meaning::Confirm, Meaning::Reschedule, Meaning::Cancel, Meaning::OptOut] {
        assert!(count(&|row| row.context == ReplyContext::Reminder && row.label == intent) >= 20, "{intent}");
    }
}

#[test]
fn no_row_is_duplicated() {
    let mut seen = std::collections::HashSet::new();
    for row in corpus() {
        assert!(seen.insert((row.context.to_string(), row.message)), "{}: {}", row.context, row.message);
    }
}

#[test]
fn malformed_lines_are_rejected() {
    for line in
        ["confirm\tsi", "reminder\tmaybe\tsi", "nowhere\tconfirm\tsi", "offer:x\tnone\tsi", "reminder\tchoice:\t1"]
    {
        assert_eq!(row(line), Err(Malformed(line)), "{line}");
    }
}

/// Every message of the corpus of replies is ordinary too.
#[test]
fn emergencies_are_found_and_ordinary_messages_are_not_taken_for_one() {
    let report = emergency::EmergencyReport::new();
    assert!(report.alarming >= 200 && report.ordinary >= 500, "{report}");
    assert!(report.missed.is_empty() && report.false_alarms.is_empty(), "{report}");
    for row in corpus() {
        assert!(!is_emergency(row.message), "{}", row.message);
    }
}

#[test]
fn no_message_is_in_both_corpora_of_emergencies_or_twice() {
    let mut seen = std::collections::HashSet::new();
    for message in emergency::alarming().chain(emergency::ordinary()) {
        assert!(seen.insert(message), "{message}");
    }
}
