use super::*;

fn corpus() -> Vec<Row> {
    rows().unwrap()
}

#[test]
fn no_row_is_misread() {
    let report = Report::of(&corpus());
    assert!(report.mistakes().is_empty(), "{report}");
}

#[test]
fn the_matrix() {
    insta::assert_snapshot!(Report::of(&corpus()));
}

#[test]
fn the_corpus_is_large_and_varied() {
    let rows = corpus();
    let count = |wanted: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| wanted(row)).count();
    assert!(rows.len() >= 420, "{}", rows.len());
    assert!(count(&|row| row.context == Context::CancelQuestion) >= 60);
    assert!(count(&|row| row.context == Context::Offer(6)) >= 60);
    assert!(count(&|row| row.label == Meaning::Unclear) >= 150, "what must not act is most of it");
    for intent in [Meaning::Confirm, Meaning::Reschedule, Meaning::Cancel, Meaning::OptOut] {
        assert!(count(&|row| row.context == Context::Reminder && row.label == intent) >= 20, "{intent}");
    }
}

#[test]
fn no_row_stands_twice() {
    let mut seen = std::collections::HashSet::new();
    for row in corpus() {
        assert!(seen.insert((row.context.to_string(), row.message)), "{}: {}", row.context, row.message);
    }
}

#[test]
fn what_is_no_row_is_refused() {
    for line in
        ["confirm\tsi", "reminder\tmaybe\tsi", "nowhere\tconfirm\tsi", "offer:x\tnone\tsi", "reminder\tchoice:\t1"]
    {
        assert_eq!(row(line), Err(Malformed(line)), "{line}");
    }
}
