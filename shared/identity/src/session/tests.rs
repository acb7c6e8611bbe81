//! Every branch of a rotation, and random sequences of refreshes.

use proptest::prelude::*;

use super::*;

const NOW: UnixSeconds = 1_800_000_000;
const PEPPER: &[u8] = b"a pepper of thirty-two bytes, ok";

fn started() -> RotatedSession {
    Session::start("user-1", "family-1", NOW).unwrap()
}

/// A session after `n` rotations, a minute apart, with every token it has had, oldest first.
fn rotated(n: i64) -> (Session, Vec<RefreshToken>, UnixSeconds) {
    let RotatedSession { mut session, token } = started();
    let mut tokens = vec![token];
    for i in 1..=n {
        let next = session.rotate(tokens.last().unwrap(), NOW + 60 * i, PEPPER).unwrap();
        session = next.session;
        tokens.push(next.token);
    }
    (session, tokens, NOW + 60 * n)
}

fn refused(session: &Session, token: &RefreshToken, now: UnixSeconds) -> Option<RefreshError> {
    session.rotate(token, now, PEPPER).err()
}

#[test]
fn the_current_token_gives_its_successor() {
    let RotatedSession { session, token } = started();
    let next = session.rotate(&token, NOW + 600, PEPPER).unwrap();
    assert!(next.token.matches(&next.session.current));
    assert!(token.matches(next.session.previous.as_ref().unwrap()));
    assert_eq!((session.rotation(), next.session.rotation()), (0, 1));
    assert_eq!(next.session.started_at(), NOW);
    assert_eq!(next.session.expires_at(), NOW + 600 + IDLE_TIMEOUT);
    assert!(next.session.rotate(&next.token, NOW + 1200, PEPPER).is_ok());
}

#[test]
fn a_repeat_within_the_grace_period_gives_the_same_successor() {
    let (session, tokens, now) = rotated(3);
    for later in [-2, 0, 1, REUSE_GRACE - 1] {
        let repeat = session.rotate(&tokens[2], now + later, PEPPER).unwrap();
        assert_eq!(repeat.token.to_text(), tokens[3].to_text());
        assert_eq!(repeat.session, session, "nothing to write");
    }
    assert_eq!(refused(&session, &tokens[2], now + REUSE_GRACE), Some(RefreshError::Reused));
}

#[test]
fn an_older_token_is_a_reuse_even_within_the_grace_period() {
    let (session, tokens, now) = rotated(5);
    for old in &tokens[..4] {
        assert_eq!(refused(&session, old, now), Some(RefreshError::Reused));
    }
}

#[test]
fn a_forged_token_is_unknown_and_revokes_nothing() {
    let (session, tokens, now) = rotated(5);
    let forged = RefreshToken::generate("user-1", "family-1").unwrap();
    assert_eq!(refused(&session, &forged, now), Some(RefreshError::Unknown));
    let secret = tokens[5].to_text().rsplit_once('.').unwrap().1.to_owned();
    for text in [format!("user-2.family-1.{secret}"), format!("user-1.family-2.{secret}")] {
        let moved = RefreshToken::parse(&text).unwrap();
        assert_eq!(refused(&session, &moved, now), Some(RefreshError::Unknown));
    }
    let first = started();
    assert_eq!(refused(&first.session, &forged, NOW), Some(RefreshError::Unknown));
}

#[test]
fn a_session_expires_when_idle() {
    let RotatedSession { session, token } = started();
    assert_eq!(refused(&session, &token, NOW + IDLE_TIMEOUT - 1), None);
    assert_eq!(refused(&session, &token, NOW + IDLE_TIMEOUT), Some(RefreshError::Expired));
    assert_eq!(refused(&session, &token, i64::MAX), Some(RefreshError::Expired));
}

#[test]
fn a_session_expires_after_seven_days_in_use() {
    let RotatedSession { mut session, mut token } = started();
    let mut now = NOW;
    while now + IDLE_TIMEOUT / 2 < NOW + ABSOLUTE_TIMEOUT {
        now += IDLE_TIMEOUT / 2;
        let next = session.rotate(&token, now, PEPPER).unwrap();
        (session, token) = (next.session, next.token);
    }
    assert_eq!(session.expires_at(), NOW + ABSOLUTE_TIMEOUT);
    assert_eq!(refused(&session, &token, NOW + ABSOLUTE_TIMEOUT - 1), None);
    assert_eq!(refused(&session, &token, NOW + ABSOLUTE_TIMEOUT), Some(RefreshError::Expired));
}

#[test]
fn an_old_token_of_an_expired_session_is_not_a_reuse() {
    let (session, tokens, now) = rotated(5);
    for token in &tokens {
        assert_eq!(refused(&session, token, now + IDLE_TIMEOUT), Some(RefreshError::Expired));
    }
}

#[test]
fn a_changed_pepper_neither_logs_out_nor_revokes() {
    let (session, tokens, now) = rotated(5);
    let other: &[u8] = b"another pepper of 32 bytes, fine";
    assert!(session.rotate(&tokens[5], now, other).is_ok());
    let repeat = session.rotate(&tokens[4], now, other).err();
    assert_eq!(repeat, Some(RefreshError::Unknown));
    assert_eq!(session.rotate(&tokens[0], now, other).err(), Some(RefreshError::Unknown));
}

#[test]
fn an_old_token_is_a_reuse_after_rotations_of_the_pepper() {
    const PEPPERS: [&[u8]; 3] = [PEPPER, b"another pepper of thirty-two byt", b"a third pepper of thirty-two byt"];
    let RotatedSession { mut session, token } = started();
    let mut tokens = vec![token];
    for (i, pepper) in (1..).zip(PEPPERS.iter().flat_map(|pepper| [pepper; 3])) {
        let next = session.rotate(tokens.last().unwrap(), NOW + 60 * i, pepper).unwrap();
        session = next.session;
        tokens.push(next.token);
    }
    let now = NOW + 60 * 9;
    for (i, old) in tokens[..8].iter().enumerate() {
        // Detected with one of the peppers; the caller tries all that it still knows.
        let found: Vec<_> = PEPPERS.iter().map(|pepper| session.rotate(old, now, pepper).err()).collect();
        assert!(found.contains(&Some(RefreshError::Reused)), "{i}: {found:?}");
        assert!(!found.contains(&None), "{i}");
    }
    let forged = RefreshToken::generate("user-1", "family-1").unwrap();
    for pepper in PEPPERS {
        assert_eq!(session.rotate(&forged, now, pepper).err(), Some(RefreshError::Unknown));
    }
}

#[test]
fn the_search_for_old_tokens_is_bounded() {
    let (mut session, tokens, now) = rotated(3);
    session.rotation = u32::MAX;
    assert_eq!(refused(&session, &tokens[0], now), Some(RefreshError::Reused));
    let forged = RefreshToken::generate("user-1", "family-1").unwrap();
    assert_eq!(refused(&session, &forged, now), Some(RefreshError::Unknown));
}

#[test]
fn the_row_contains_no_token() {
    let (session, tokens, _) = rotated(2);
    let json = serde_json::to_string(&session).unwrap();
    assert_eq!(serde_json::from_str::<Session>(&json).unwrap(), session);
    for token in &tokens {
        assert!(!json.contains(token.to_text().rsplit_once('.').unwrap().1));
    }
    assert!(!format!("{session:?}").contains(tokens[2].to_text().rsplit_once('.').unwrap().1));
}

proptest! {
    /// For any sequence of tokens and times: only the newest token rotates the session, and only the one before may be
    /// repeated, within 20 seconds.
    #[test]
    fn random_sequences_of_refreshes(steps in prop::collection::vec((0_usize..6, 0_i64..40), 1..30)) {
        let RotatedSession { mut session, token } = started();
        let mut tokens = vec![token];
        let (mut now, mut rotated_at) = (NOW, NOW);
        for (age, pause) in steps {
            now += pause;
            let newest = tokens.len() - 1;
            let age = age.min(newest);
            match session.rotate(&tokens[newest - age], now, PEPPER) {
                Ok(next) if age == 0 => {
                    prop_assert_eq!(next.session.rotation(), session.rotation() + 1);
                    session = next.session;
                    tokens.push(next.token);
                    rotated_at = now;
                }
                Ok(next) => {
                    prop_assert!(age == 1 && now < rotated_at + REUSE_GRACE);
                    prop_assert_eq!(&next.session, &session);
                    prop_assert_eq!(next.token.to_text(), tokens[newest].to_text());
                }
                Err(error) => {
                    prop_assert_eq!(error, RefreshError::Reused);
                    prop_assert!(age > 1 || now >= rotated_at + REUSE_GRACE);
                }
            }
        }
    }
}
