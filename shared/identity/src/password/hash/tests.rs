//! Matching, rehashing, and equal time without an account.

use std::time::Instant;

use super::*;

const WRONG: PasswordCheck = PasswordCheck { matches: false, needs_rehash: false };

fn stored(text: &str) -> PasswordHash {
    hash(&Password::parse(text).unwrap()).unwrap()
}

#[test]
fn a_hash_matches_only_its_password() {
    let hash = stored("mañana-de-lluvia");
    assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_eq!(verify("mañana-de-lluvia", Some(&hash)), PasswordCheck { matches: true, needs_rehash: false });
    assert!(verify("man\u{303}ana-de-lluvia", Some(&hash)).matches, "typed on another keyboard");
    assert_eq!(verify("mañana-de-lluvia ", Some(&hash)), WRONG);
    assert_eq!(verify("", Some(&hash)), WRONG);
}

#[test]
fn the_same_password_twice_has_two_hashes() {
    assert_ne!(stored("mañana-de-lluvia"), stored("mañana-de-lluvia"));
}

#[test]
fn a_hash_with_other_parameters_needs_rehashing() {
    let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8 * 1024, 1, 1, None).unwrap());
    let salt = SaltString::encode_b64(&[7; 16]).unwrap();
    let phc = weak.hash_password(b"an older password", &salt).unwrap().to_string();
    let hash = PasswordHash(phc);
    assert_eq!(verify("an older password", Some(&hash)), PasswordCheck { matches: true, needs_rehash: true });
    assert_eq!(verify("a wrong password", Some(&hash)), WRONG);
}

#[test]
fn a_missing_or_broken_hash_never_matches_and_takes_the_same_time() {
    let hash = stored("mañana-de-lluvia");
    let broken = PasswordHash("not a hash".to_owned());
    let time = |hash: Option<&PasswordHash>| {
        let best = (0..3).map(|_| {
            let start = Instant::now();
            assert_eq!(verify("some wrong guess", hash), WRONG);
            start.elapsed()
        });
        best.min().unwrap()
    };
    let real = time(Some(&hash));
    // The factor of 4 tolerates a busy machine; without the dummy work the difference would be far larger.
    for none in [time(None), time(Some(&broken))] {
        assert!(none * 4 > real && real * 4 > none, "{none:?} against {real:?}");
    }
}

#[test]
fn a_hash_is_stored_as_a_string_and_redacted_in_debug() {
    let hash = stored("mañana-de-lluvia");
    let json = serde_json::to_string(&hash).unwrap();
    assert_eq!(json, format!("\"{}\"", hash.as_str()));
    assert_eq!(serde_json::from_str::<PasswordHash>(&json).unwrap(), hash);
    assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
}
