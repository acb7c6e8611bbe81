//! Every way in which a token may be wrong, each with its own error.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use proptest::prelude::*;
use ring::hmac;
use serde_json::json;

use super::*;
use crate::{keys::SigningKey, session::Session};

const NOW: UnixSeconds = 1_800_000_000;

fn key() -> SigningKey {
    SigningKey::from_secret(b"a signing secret of 32 bytes, ok!").unwrap()
}

fn issuer() -> Issuer {
    Issuer { iss: "https://citas.example".to_owned(), aud: "citas".to_owned() }
}

fn token() -> String {
    let subject = TokenSubject { user: "user-1", session: "session-1" };
    AccessToken::issue(&key(), &issuer(), subject, NOW).unwrap().into_string()
}

fn check(token: &str) -> Result<Claims, TokenError> {
    verify(token, |_| Some(key().public().clone()), &issuer(), NOW)
}

/// The signed part of a token with these header and claims.
fn message(header: &serde_json::Value, claims: &serde_json::Value) -> String {
    let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

/// A token with these header and claims, signed by our key.
fn signed(header: &serde_json::Value, claims: &serde_json::Value) -> String {
    let message = message(header, claims);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key().encoding(), Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

fn good_header() -> serde_json::Value {
    json!({"alg": "EdDSA", "typ": "JWT", "kid": key().public().kid()})
}

fn good_claims() -> serde_json::Value {
    json!({"iss": "https://citas.example", "aud": "citas", "sub": "user-1", "sid": "session-1",
           "iat": NOW, "exp": NOW + 600, "use": "access"})
}

#[test]
fn a_token_has_its_user_session_and_expiry() {
    let claims = check(&token()).unwrap();
    assert_eq!((claims.sub.as_str(), claims.sid.as_str()), ("user-1", "session-1"));
    assert_eq!((claims.iat, claims.exp), (NOW, NOW + LIFETIME));
    assert_eq!(serde_json::to_value(&claims).unwrap(), good_claims());
    assert_eq!(check(&signed(&good_header(), &good_claims())), Ok(claims));
}

#[test]
fn unverified_claims_are_read_from_tokens_with_any_signature() {
    let (token, kid) = (token(), key().public().kid().to_owned());
    let expected = Some((kid, "user-1".to_owned(), "session-1".to_owned()));
    let claimed =
        |token: &str| unverified_claims(token).map(|UnverifiedClaims { kid, user, session }| (kid, user, session));
    assert_eq!(claimed(&token), expected);
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert_eq!(claimed(&format!("{signed}.AAAA")), expected);
    for none in ["", "a.b.c", signed, &format!("{token}{}", "A".repeat(MAX_TOKEN_BYTES))] {
        assert_eq!(claimed(none), None, "{none}");
    }
}

#[test]
fn a_malformed_key_id_is_refused() {
    for odd in [json!("USER#1"), json!("../../../../etc/x"), json!("ññññññññññññññññ"), json!(null)] {
        let token = signed(&json!({"alg": "EdDSA", "kid": odd}), &good_claims());
        assert!(unverified_claims(&token).is_none(), "{odd}");
        assert_eq!(check(&token), Err(TokenError::UnknownKey), "{odd}");
    }
}

#[test]
fn an_unknown_key_is_refused() {
    assert_eq!(verify(&token(), |_| None, &issuer(), NOW), Err(TokenError::UnknownKey));
    let other = SigningKey::from_secret(b"another signing secret of 32 bytes").unwrap();
    let wrong_row = |_: &str| Some(other.public().clone());
    assert_eq!(verify(&token(), wrong_row, &issuer(), NOW), Err(TokenError::UnknownKey));
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let other = SigningKey::from_secret(b"another signing secret of 32 bytes").unwrap();
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(key().public().kid().to_owned());
    let forged = jsonwebtoken::encode(&header, &good_claims(), other.encoding()).unwrap();
    assert_eq!(check(&forged), Err(TokenError::BadSignature));
}

#[test]
fn the_algorithm_none_is_refused() {
    let header = json!({"alg": "none", "kid": key().public().kid()});
    let token = signed(&header, &good_claims());
    assert_eq!(check(&token), Err(TokenError::Malformed));
    let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
    assert_eq!(check(&unsigned), Err(TokenError::Malformed));
}

#[test]
fn the_public_key_is_not_accepted_as_an_hmac_secret() {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(key().public().kid().to_owned());
    let bytes = URL_SAFE_NO_PAD.decode(key().public().x()).unwrap();
    for secret in [bytes.as_slice(), key().public().x().as_bytes()] {
        let message = message(&json!(header), &good_claims());
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
        assert_eq!(check(&forged), Err(TokenError::WrongAlgorithm));
        assert!(jsonwebtoken::encode(&header, &good_claims(), &EncodingKey::from_secret(secret)).is_err());
    }
}

#[test]
fn another_issuer_or_audience_is_refused() {
    let with = |member: &str, value: &str| {
        let mut claims = good_claims();
        claims[member] = json!(value);
        check(&signed(&good_header(), &claims)).err()
    };
    assert_eq!(with("iss", "https://citas.example/"), Some(TokenError::WrongIssuer));
    assert_eq!(with("aud", "another"), Some(TokenError::WrongAudience));
}

#[test]
fn expires_on_the_second() {
    let at = |now| verify(&token(), |_| Some(key().public().clone()), &issuer(), now).err();
    assert_eq!(at(NOW + LIFETIME - 1), None);
    assert_eq!(at(NOW + LIFETIME), Some(TokenError::Expired));
    assert_eq!(at(i64::MAX), Some(TokenError::Expired));
}

#[test]
fn a_token_for_another_use_is_refused() {
    for usage in [json!("refresh"), json!("Access"), json!("")] {
        let mut claims = good_claims();
        claims["use"] = usage;
        assert_eq!(check(&signed(&good_header(), &claims)), Err(TokenError::NotAccess));
    }
    let mut claims = good_claims();
    claims.as_object_mut().unwrap().remove("use");
    assert_eq!(check(&signed(&good_header(), &claims)), Err(TokenError::NotAccess));
}

#[test]
fn a_refresh_token_is_no_access_token() {
    let refresh = Session::start("user-1", "session-1", NOW).unwrap().token;
    assert_eq!(check(&refresh.to_text()), Err(TokenError::Malformed));
}

#[test]
fn missing_or_mistyped_claims_are_malformed() {
    for member in ["iss", "aud", "sub", "sid", "iat", "exp"] {
        let mut claims = good_claims();
        claims.as_object_mut().unwrap().remove(member);
        assert_eq!(check(&signed(&good_header(), &claims)), Err(TokenError::Malformed), "{member}");
    }
    let mut claims = good_claims();
    claims["iat"] = json!("now");
    assert_eq!(check(&signed(&good_header(), &claims)), Err(TokenError::Malformed));
}

#[test]
fn a_too_long_token_is_malformed() {
    let mut claims = good_claims();
    claims["padding"] = json!("x".repeat(MAX_TOKEN_BYTES));
    assert_eq!(check(&signed(&good_header(), &claims)), Err(TokenError::Malformed));
}

#[test]
fn debug_shows_nothing() {
    let subject = TokenSubject { user: "user-1", session: "session-1" };
    let token = AccessToken::issue(&key(), &issuer(), subject, NOW).unwrap();
    assert_eq!(format!("{token:?}"), "AccessToken(…)");
}

proptest! {
    #[test]
    fn a_changed_byte_invalidates_a_token(at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let mut bytes = token().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        prop_assert!(check(&String::from_utf8(bytes).unwrap()).is_err());
    }

    #[test]
    fn a_part_of_a_token_is_refused(cut in any::<prop::sample::Index>()) {
        let token = token();
        let cut = cut.index(token.len());
        prop_assert!(check(&token[..cut]).is_err());
        prop_assert!(cut == 0 || check(&token[cut..]).is_err());
    }

    #[test]
    fn any_text_is_an_error(text in "\\PC*") {
        prop_assert!(check(&text).is_err());
        prop_assert!(unverified_claims(&text).is_none());
    }
}
