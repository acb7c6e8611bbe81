//! Properties of the interpreter for any text, tested on modified messages of the corpus.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

use super::{
    corpus::{self, LabelledMessage, Meaning, ReplyContext},
    *,
};

#[test]
fn control_characters_and_length() {
    assert_eq!(interpret("si\u{0}"), Reading::Yes);
    assert_eq!(interpret("\n\n1\n"), Reading::Choice(1));
    assert_eq!(interpret(&"si ".repeat(MAX_CHARS / 3)), Reading::Yes);
    assert_eq!(interpret(&"si ".repeat(MAX_CHARS)), Reading::Unclear);
}

fn message() -> impl Strategy<Value = LabelledMessage> {
    prop::sample::select(corpus::rows().unwrap())
}

/// A message with a reading other than unclear, so that the effect of a change is visible.
fn understood() -> impl Strategy<Value = LabelledMessage> {
    let rows = corpus::rows().unwrap().into_iter();
    prop::sample::select(rows.filter(|row| row.reading() != Meaning::Unclear).collect::<Vec<_>>())
}

/// Two such messages in the same context with different readings.
fn opposed() -> impl Strategy<Value = (LabelledMessage, LabelledMessage)> {
    (understood(), understood())
        .prop_filter("opposed", |(one, other)| one.context == other.context && one.reading() != other.reading())
}

/// Inserts a word between two words of a text, or at its start or end.
fn with_word(text: &str, at: prop::sample::Index, word: &str) -> String {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.insert(at.index(words.len() + 1), word);
    words.join(" ")
}

/// The same text to a human reader: with accents, fullwidth letters and digits, skin tones.
fn decorated(text: &str, accent: &str) -> String {
    let mut decorated = String::new();
    for c in text.chars() {
        // The fullwidth form of an ASCII character is 0xFEE0 above it.
        let wide = char::from_u32(u32::from(c) + 0xfee0).filter(|_| c.is_ascii_alphanumeric());
        decorated.push(wide.unwrap_or(c));
        if c.is_alphanumeric() {
            decorated.push_str(accent);
        }
        if matches!(c, '👍' | '👌' | '👎') {
            decorated.push('\u{1F3FD}');
        }
    }
    decorated
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_string_has_a_reading(text in any::<String>(), offered in any::<u8>()) {
        for context in [ReplyContext::Reminder, ReplyContext::CancelQuestion, ReplyContext::Offer(offered)] {
            let _ = context.read(&text);
        }
    }

    #[test]
    fn an_unknown_word_makes_a_message_unclear(
        row in message(),
        at in any::<prop::sample::Index>(),
        word in prop_oneof!["zq[a-z]{2,8}", "[\u{3b1}-\u{3c9}]{1,5}", "[🍕🚗😡👎🙄]", "[0-9]{2,6}"],
    ) {
        prop_assert_eq!(row.context.read(&with_word(row.message, at, &word)), Meaning::Unclear);
    }

    #[test]
    fn a_negation_never_gives_the_same_action(
        row in understood(),
        at in any::<prop::sample::Index>(),
        word in prop::sample::select(&["no", "não", "not", "nunca", "nem", "?", "no,", "no."][..]),
    ) {
        // "no" before "voy" is a phrase of its own, then the action must change. An additional "no" is harmless
        // when refusing an offer or keeping the appointment.
        let negated = row.context.read(&with_word(row.message, at, word));
        let harmless = matches!(negated, Meaning::Unclear | Meaning::Keep | Meaning::NoneOfThese);
        prop_assert!(harmless || negated != row.reading(), "{:?}", negated);
        prop_assert_ne!(negated, Meaning::Confirm);
    }

    #[test]
    fn two_opposed_messages_never_act_together(
        (one, other) in opposed(),
        between in prop::sample::select(&[" ", ", ", ". ", "\n", " - "][..]),
    ) {
        // "No" followed by "cancelar" keeps the appointment, which changes nothing.
        let both = one.context.read(&format!("{}{between}{}", one.message, other.message));
        let keeps = both == Meaning::Keep && [one.reading(), other.reading()].contains(&Meaning::Keep);
        prop_assert!(both == Meaning::Unclear || keeps, "{:?} and {:?}: {both:?}", one.message, other.message);
    }

    #[test]
    fn two_messages_never_have_a_third_meaning(
        one in understood(),
        other in understood(),
    ) {
        let both = one.context.read(&format!("{}\n{}", one.message, other.message));
        prop_assert!(both == Meaning::Unclear || both == one.reading(), "{both:?}");
    }

    #[test]
    fn case_accents_and_punctuation_do_not_matter(
        row in message(),
        shout in any::<bool>(),
        accent in prop::sample::select(&["\u{301}", "\u{308}", "\u{fe0f}", "\u{200d}"][..]),
        (before, after) in ("[ \t\n.,;:!¡*_\"(]{0,3}", "[ \t\n.,;:!)*_\"]{0,3}"),
    ) {
        let text = row.message;
        let cased = if shout { text.to_uppercase() } else { text.to_lowercase() };
        let plain: String = text.nfd().filter(|c| !('\u{300}'..='\u{333}').contains(c)).collect();
        for same in [cased, plain, decorated(text, accent), format!("{before}{text}{after}")] {
            prop_assert_eq!(row.context.read(&same), row.reading(), "{}", same);
        }
    }
}
