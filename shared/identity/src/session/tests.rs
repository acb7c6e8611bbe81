//! Every branch of a rotation, and random walks through it.

use proptest::prelude::*;

use super::*;

const NOW: UnixSeconds = 1_800_000_000;
const PEPPER: &[u8] = b"a pepper of thirty-two bytes, ok";

fn started() -> Rotation {
    Session::start("user-1", "family-1", NOW).unwrap()
}

/// A session after `n` rotations, a minute apart, with every token it has had, oldest first.
fn rotated(n: i64) -> (Session, Vec<RefreshToken>, UnixSeconds) {
    let Rotation { mut session, token } = started();
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
    let Rotation { session, token } = started();
    let next = session.rotate(&token, NOW + 600, PEPPER).unwrap();
    assert!(next.token.matches(&next.session.current));
    assert!(token.matches(next.session.previous.as_ref().unwrap()));
    assert_eq!((session.rotation(), next.session.rotation()), (0, 1));
    assert_eq!(next.session.started_at(), NOW);
    assert_eq!(next.session.expires_at(), NOW + 600 + IDLE);
    assert!(next.session.rotate(&next.token, NOW + 1200, PEPPER).is_ok());
}

#[test]
fn a_repeat_within_the_grace_gives_the_same_one() {
    let (session, tokens, now) = rotated(3);
    for later in [-2, 0, 1, REUSE_GRACE - 1] {
        let repeat = session.rotate(&tokens[2], now + later, PEPPER).unwrap();
        assert_eq!(repeat.token.to_text(), tokens[3].to_text());
        assert_eq!(repeat.session, session, "nothing to write");
    }
    assert_eq!(refused(&session, &tokens[2], now + REUSE_GRACE), Some(RefreshError::Reused));
}

#[test]
fn any_older_token_is_a_reuse_even_within_the_grace() {
    let (session, tokens, now) = rotated(5);
    for old in &tokens[..4] {
        assert_eq!(refused(&session, old, now), Some(RefreshError::Reused));
    }
}

#[test]
fn a_made_up_token_is_unknown_and_revokes_nothing() {
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
fn idle_for_too_long() {
    let Rotation { session, token } = started();
    assert_eq!(refused(&session, &token, NOW + IDLE - 1), None);
    assert_eq!(refused(&session, &token, NOW + IDLE), Some(RefreshError::Expired));
    assert_eq!(refused(&session, &token, i64::MAX), Some(RefreshError::Expired));
}

#[test]
fn seven_days_are_the_end_however_busy() {
    let Rotation { mut session, mut token } = started();
    let mut now = NOW;
    while now + IDLE / 2 < NOW + ABSOLUTE {
        now += IDLE / 2;
        let next = session.rotate(&token, now, PEPPER).unwrap();
        (session, token) = (next.session, next.token);
    }
    assert_eq!(session.expires_at(), NOW + ABSOLUTE);
    assert_eq!(refused(&session, &token, NOW + ABSOLUTE - 1), None);
    assert_eq!(refused(&session, &token, NOW + ABSOLUTE), Some(RefreshError::Expired));
}

#[test]
fn an_old_token_of_a_session_that_is_over_is_only_expired() {
    let (session, tokens, now) = rotated(5);
    for token in &tokens {
        assert_eq!(refused(&session, token, now + IDLE), Some(RefreshError::Expired));
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
fn an_old_token_is_a_reuse_whatever_peppers_came_since() {
    const PEPPERS: [&[u8]; 3] = [PEPPER, b"another pepper of thirty-two byt", b"a third pepper of thirty-two byt"];
    let Rotation { mut session, token } = started();
    let mut tokens = vec![token];
    for (i, pepper) in (1..).zip(PEPPERS.iter().flat_map(|pepper| [pepper; 3])) {
        let next = session.rotate(tokens.last().unwrap(), NOW + 60 * i, pepper).unwrap();
        session = next.session;
        tokens.push(next.token);
    }
    let now = NOW + 60 * 9;
    for (i, old) in tokens[..8].iter().enumerate() {
        // By one of the peppers that there were. The caller tries each that is still known.
        let found: Vec<_> = PEPPERS.iter().map(|pepper| session.rotate(old, now, pepper).err()).collect();
        assert!(found.contains(&Some(RefreshError::Reused)), "{i}: {found:?}");
        assert!(!found.contains(&None), "{i}");
    }
    let stranger = RefreshToken::generate("user-1", "family-1").unwrap();
    for pepper in PEPPERS {
        assert_eq!(session.rotate(&stranger, now, pepper).err(), Some(RefreshError::Unknown));
    }
}

#[test]
fn looks_back_a_bounded_way() {
    let (mut session, tokens, now) = rotated(3);
    session.rotation = u32::MAX;
    assert_eq!(refused(&session, &tokens[0], now), Some(RefreshError::Reused));
    let forged = RefreshToken::generate("user-1", "family-1").unwrap();
    assert_eq!(refused(&session, &forged, now), Some(RefreshError::Unknown));
}

#[test]
fn the_row_holds_no_token() {
    let (session, tokens, _) = rotated(2);
    let json = serde_json::to_string(&session).unwrap();
    assert_eq!(serde_json::from_str::<Session>(&json).unwrap(), session);
    for token in &tokens {
        assert!(!json.contains(token.to_text().rsplit_once('.').unwrap().1));
    }
    assert!(!format!("{session:?}").contains(tokens[2].to_text().rsplit_once('.').unwrap().1));
}

proptest! {
    /// Whatever token of the family comes at whatever time: only the newest moves the session on,
    /// only the one before may be repeated, and only inside its 20 seconds.
    #[test]
    fn a_random_walk(steps in prop::collection::vec((0_usize..6, 0_i64..40), 1..30)) {
        let Rotation { mut session, token } = started();
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
