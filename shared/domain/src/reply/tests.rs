//! The labelled messages of `corpus.tsv`, and what must hold for any text at all.

use proptest::prelude::*;

use super::*;

const CORPUS: &str = include_str!("corpus.tsv");

/// The rows: what the message means, whether the robot may also find it unclear, the message.
fn corpus() -> Vec<(Reading, bool, &'static str)> {
    let rows = CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.map(|row| {
        let (label, text) = row.split_once('\t').expect(row);
        let (label, may_ask) = match label.strip_suffix('?') {
            Some(label) => (label, true),
            None => (label, false),
        };
        let reading = match label {
            "confirm" => Reading::Act(Intent::Confirm),
            "reschedule" => Reading::Act(Intent::Reschedule),
            "cancel" => Reading::Act(Intent::Cancel),
            "opt_out" => Reading::Act(Intent::OptOut),
            "opt_in" => Reading::Act(Intent::OptIn),
            "unclear" => Reading::Unclear,
            _ => Reading::Choice(label.strip_prefix("choice:").expect(row).parse().expect(row)),
        };
        (reading, may_ask, text)
    })
    .collect()
}

#[test]
fn the_corpus() {
    let mut wrong = Vec::new();
    for (expected, may_ask, text) in corpus() {
        let reading = interpret(text);
        if reading != expected && !(may_ask && reading == Reading::Unclear) {
            wrong.push(format!("{text}: {reading:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_corpus_is_large_and_varied() {
    let rows = corpus();
    let count = |wanted: Reading| rows.iter().filter(|(reading, ..)| *reading == wanted).count();
    assert!(rows.len() >= 250, "{}", rows.len());
    assert!(count(Reading::Unclear) >= 100, "what must not act is most of it");
    for intent in [Intent::Confirm, Intent::Reschedule, Intent::Cancel, Intent::OptOut] {
        assert!(count(Reading::Act(intent)) >= 20, "{intent:?}");
    }
}

#[test]
fn control_characters_and_length() {
    assert_eq!(interpret("si\u{0}"), Reading::Act(Intent::Confirm));
    assert_eq!(interpret("\n\n1\n"), Reading::Choice(1));
    assert_eq!(interpret(&"si ".repeat(MAX_CHARS / 3)), Reading::Act(Intent::Confirm));
    assert_eq!(interpret(&"si ".repeat(MAX_CHARS)), Reading::Unclear);
}

/// A row that is read as something, so that a change to it can be seen.
fn understood() -> impl Strategy<Value = (Reading, &'static str)> {
    let rows = corpus().into_iter().map(|(_, _, text)| (interpret(text), text));
    prop::sample::select(rows.filter(|(reading, _)| *reading != Reading::Unclear).collect::<Vec<_>>())
}

/// Any row.
fn message() -> impl Strategy<Value = &'static str> {
    prop::sample::select(corpus().into_iter().map(|(.., text)| text).collect::<Vec<_>>())
}

/// Inserts a word between two words of a text, or at an end.
fn with_word(text: &str, at: prop::sample::Index, word: &str) -> String {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.insert(at.index(words.len() + 1), word);
    words.join(" ")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_string_has_a_reading(text in any::<String>()) {
        let _ = interpret(&text);
        let _ = answers_cancel_question(&text);
    }

    #[test]
    fn a_word_we_do_not_know_makes_it_unclear(
        text in message(),
        at in any::<prop::sample::Index>(),
        word in prop_oneof!["zq[a-z]{2,8}", "[\u{3b1}-\u{3c9}]{1,5}", "[🍕🚗😡👎🙄]", "[0-9]{2,6}"],
    ) {
        prop_assert_eq!(interpret(&with_word(text, at, &word)), Reading::Unclear);
    }

    #[test]
    fn a_negation_never_gives_the_same_action(
        (reading, text) in understood(),
        at in any::<prop::sample::Index>(),
        word in prop::sample::select(&["no", "não", "not", "nunca", "nem", "?"][..]),
    ) {
        // "no" before "voy" makes a phrase of its own: then the action has to change.
        let negated = interpret(&with_word(text, at, word));
        prop_assert!(negated == Reading::Unclear || negated != reading);
        prop_assert_ne!(negated, Reading::Act(Intent::Confirm));
    }

    #[test]
    fn two_messages_in_one_agree_or_are_unclear((one, a) in understood(), (two, b) in understood()) {
        let both = interpret(&format!("{a} {b}"));
        prop_assert!(both == Reading::Unclear || (both == one && both == two), "{:?}", both);
    }

    #[test]
    fn looks_do_not_matter((reading, text) in understood(), shout in any::<bool>(),
                           accent in prop::sample::select(&["\u{301}", "\u{308}", "\u{fe0f}", "\u{200d}"][..])) {
        let cased = if shout { text.to_uppercase() } else { text.to_lowercase() };
        prop_assert_eq!(interpret(&cased), reading);
        let mut dressed = String::new();
        for c in text.chars() {
            // Fullwidth forms of ASCII lie 0xFEE0 above it.
            let wide = char::from_u32(u32::from(c) + 0xfee0).filter(|_| c.is_ascii_alphanumeric());
            dressed.push(wide.unwrap_or(c));
            if c.is_alphanumeric() {
                dressed.push_str(accent);
            }
            if matches!(c, '👍' | '👌') {
                dressed.push('\u{1F3FD}');
            }
        }
        prop_assert_eq!(interpret(&dressed), reading);
    }
}
