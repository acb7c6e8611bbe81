//! Refresh tokens: their text, their hash, their successors.

use proptest::prelude::*;

use super::*;

const PEPPER: &[u8] = b"a pepper of thirty-two bytes, ok";

fn token() -> RefreshToken {
    RefreshToken::generate("018f-user", "018f-family").unwrap()
}

#[test]
fn a_token_round_trips_through_its_text() {
    let token = token();
    let again = RefreshToken::parse(&token.to_text()).unwrap();
    assert_eq!((again.user(), again.family()), ("018f-user", "018f-family"));
    assert_eq!(again.to_text(), token.to_text());
    assert!(again.matches(&token.hash()));
}

#[test]
fn generated_tokens_differ() {
    assert_ne!(token().hash(), token().hash());
}

#[test]
fn other_forms_are_refused() {
    let good = token().to_text();
    let secret = good.rsplit_once('.').unwrap().1;
    for text in [
        String::new(),
        "a.b".to_owned(),
        "a.b.".to_owned(),
        format!("{good}.x"),
        format!("{good}="),
        format!("{good}A"),
        good[..good.len() - 1].to_owned(),
        format!(".b.{secret}"),
        format!("a..{secret}"),
        format!("a#b.c.{secret}"),
        format!("ñ.c.{secret}"),
        format!("{}.c.{secret}", "a".repeat(65)),
    ] {
        let refused = RefreshToken::parse(&text).err();
        assert_eq!(refused, Some(RefreshTokenError::Malformed), "{text}");
    }
    assert!(RefreshToken::generate("a.b", "c").is_err());
}

#[test]
fn the_successor_is_deterministic_and_depends_on_pepper_ids_and_secret() {
    let token = token();
    let next = token.successor(PEPPER);
    assert_eq!(next.hash(), token.successor(PEPPER).hash());
    assert_ne!(next.hash(), token.hash());
    assert_ne!(next.hash(), token.successor(b"another pepper of 32 bytes, fine").hash());
    let secret = token.to_text().rsplit_once('.').unwrap().1.to_owned();
    for text in [format!("018f-user.other.{secret}"), format!("other.018f-family.{secret}")] {
        let twin = RefreshToken::parse(&text).unwrap();
        assert!(!twin.matches(&token.hash()));
        assert_ne!(twin.successor(PEPPER).secret, next.secret);
    }
}

#[test]
fn debug_shows_no_secret() {
    assert_eq!(format!("{:?}", token()), "RefreshToken(018f-user.018f-family.…)");
}

proptest! {
    #[test]
    fn one_changed_byte_is_another_token(at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let token = token();
        let mut bytes = token.to_text().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        let changed = RefreshToken::parse(&String::from_utf8(bytes).unwrap());
        prop_assert!(changed.is_err() || !changed.unwrap().matches(&token.hash()));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        if let Ok(token) = RefreshToken::parse(&text) {
            prop_assert_eq!(token.to_text(), text);
        }
    }
}
