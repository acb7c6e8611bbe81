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

/// Temporary: half of the corpus.
#[test]
fn half() {
    let want: usize = std::env::var("HALF").map_or(0, |half| half.parse().unwrap());
    let half = |(index, message): (usize, &'static str)| (index % 2 == want).then_some(message);
    let alarming: Vec<_> = emergency::alarming().enumerate().filter_map(half).collect();
    let ordinary: Vec<_> = emergency::ordinary().enumerate().filter_map(half).collect();
    let missed: Vec<_> = alarming.iter().filter(|message| !is_emergency(message)).collect();
    let wrong: Vec<_> = ordinary.iter().filter(|message| is_emergency(message)).collect();
    println!("missed {} of {}, false alarms {} of {}", missed.len(), alarming.len(), wrong.len(), ordinary.len());
    if std::env::var("SHOW").is_ok() {
        println!("{missed:#?}\n{wrong:#?}");
    }
}
